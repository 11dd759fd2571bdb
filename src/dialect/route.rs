//! Routes: one row is the whole registration of an operation.

use std::any::Any;

use http::Method;

use crate::domain::{ApiError, Command, OpenTenant, Operation};

use super::args::{Args, Params, param};
use super::json::{self, Json, JsonObject};
use super::request::Head;
use super::request_schema::RequestSchema;
use super::violations::Violations;

/// One operation of one dialect.
#[derive(Clone, Debug)]
pub struct Route {
    /// The operation.
    pub operation: Operation,
    /// The vendor's service that it belongs to, such as `AWSIdentityStore`.
    pub service: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path, with `{name}` for each parameter.
    pub path: &'static str,
    /// The status of a success.
    pub status: u16,
    /// Whether a request has no body, although its method allows one.
    pub bodiless: bool,
    /// Where a request names the resources that it is about.
    pub locations: Locations,
    /// Reads the arguments.
    pub decode: fn(&Args<'_>) -> Command,
}

/// A row of a dialect's table of routes.
pub const fn route(
    operation: Operation,
    service: &'static str,
    method: Method,
    path: &'static str,
    status: u16,
    locations: Locations,
    decode: fn(&Args<'_>) -> Command,
) -> Route {
    Route { operation, service, method, path, status, bodiless: false, locations, decode }
}

impl Route {
    /// A request has no body, although its method allows one.
    #[must_use]
    pub const fn bodiless(mut self) -> Self {
        self.bodiless = true;
        self
    }

    /// The parameters and members that its decoder reads.
    pub fn request_schema(&self) -> RequestSchema {
        Args::describe(self.decode)
    }
}

/// Where a request names the resources and attributes that it is about. Fault rules and the journal
/// read them without decoding the request.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Locations {
    /// The id of the store.
    pub store: Option<Location>,
    /// The id or ARN of the store's instance.
    pub instance: Option<Location>,
    /// The id of the user.
    pub user: Option<Location>,
    /// The id of the group.
    pub group: Option<Location>,
    /// The id of the membership.
    pub membership: Option<Location>,
    /// The paths of the attributes that an update, a filter or an alternate identifier names.
    pub attribute_paths: &'static [Location],
}

/// Where a value is in a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Location {
    /// The value of a parameter of path or query.
    Param(&'static str),
    /// The name of a parameter of the query, if it is present.
    ParamName(&'static str),
    /// A text in the body: the steps from the body to it.
    Body(&'static [Step]),
}

/// One step from a JSON value to a value within it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// To the member of that name.
    Member(&'static str),
    /// To each element of a list.
    Elements,
}

impl Locations {
    /// A request that names nothing.
    pub const NONE: Self = Self {
        store: None,
        instance: None,
        user: None,
        group: None,
        membership: None,
        attribute_paths: &[],
    };

    /// With a store id.
    #[must_use]
    pub const fn store(mut self, location: Location) -> Self {
        self.store = Some(location);
        self
    }

    /// With an instance's id or ARN.
    #[must_use]
    pub const fn instance(mut self, location: Location) -> Self {
        self.instance = Some(location);
        self
    }

    /// With a user id.
    #[must_use]
    pub const fn user(mut self, location: Location) -> Self {
        self.user = Some(location);
        self
    }

    /// With a group id.
    #[must_use]
    pub const fn group(mut self, location: Location) -> Self {
        self.group = Some(location);
        self
    }

    /// With a membership id.
    #[must_use]
    pub const fn membership(mut self, location: Location) -> Self {
        self.membership = Some(location);
        self
    }

    /// With attribute paths.
    #[must_use]
    pub const fn attribute_paths(mut self, locations: &'static [Location]) -> Self {
        self.attribute_paths = locations;
        self
    }
}

/// A request whose route is known and whose body is JSON.
#[derive(Debug)]
pub struct Matched<'r> {
    /// Its route.
    pub route: &'static Route,
    /// Method, target and headers.
    pub head: &'r Head,
    /// The body; `Null` if there is none.
    pub body: Json<'r>,
    /// The parameters of path and query.
    pub params: Params<'r>,
    /// The tenant that the request has opened, if the dialect has tenants.
    pub tenant: Option<OpenTenant>,
}

impl<'r> Matched<'r> {
    /// A request that has opened no tenant.
    pub fn new(route: &'static Route, head: &'r Head, body: Json<'r>, params: Params<'r>) -> Self {
        Self { route, head, body, params, tenant: None }
    }

    /// Puts a value at a location, as a client would.
    pub fn set(&mut self, location: Option<Location>, value: &'r str) {
        match location {
            Some(Location::Param(name)) => self.params.push((name.into(), value.into())),
            Some(Location::Body(steps)) => {
                *steps.iter().fold(&mut self.body, member_mut) = value.into();
            }
            Some(Location::ParamName(_)) | None => {}
        }
    }
}

impl Matched<'_> {
    /// Reads the arguments.
    ///
    /// # Errors
    /// `Invalid` with all violations at once; `Rejected` for what is well formed but not supported.
    pub fn decode(&self, violations: Violations) -> Result<Command, ApiError> {
        let command = (self.route.decode)(&Args::new(&self.body, &self.params, &violations));
        violations.finish(false, command)
    }

    /// Reads the arguments with a decoder that needs a context; see [`Args::context`].
    ///
    /// # Errors
    /// See [`Matched::decode`].
    pub fn decode_in(&self, context: &dyn Any) -> Result<Command, ApiError> {
        let violations = Violations::new();
        let args = Args::new(&self.body, &self.params, &violations).in_context(context);
        let command = (self.route.decode)(&args);
        violations.finish(false, command)
    }

    /// The first parameter of that name, from the path or else from the query.
    pub fn param(&self, name: &str) -> Option<&str> {
        param(&self.params, name)
    }

    /// The member of the body with this name.
    pub fn member(&self, name: &str) -> Option<&Json<'_>> {
        json::member(self.body.as_object()?, name)
    }

    /// The id of the store as sent, if the request names one.
    pub fn store(&self) -> Option<&str> {
        self.first(self.route.locations.store)
    }

    /// The number of the instance that the request names; see [`instance_number`].
    pub fn instance_number(&self) -> Option<u64> {
        instance_number(self.first(self.route.locations.instance)?)
    }

    /// The id of the user as sent, if the request names one.
    pub fn user(&self) -> Option<&str> {
        self.first(self.route.locations.user)
    }

    /// The id of the group as sent, if the request names one.
    pub fn group(&self) -> Option<&str> {
        self.first(self.route.locations.group)
    }

    /// The id of the membership as sent, if the request names one.
    pub fn membership(&self) -> Option<&str> {
        self.first(self.route.locations.membership)
    }

    /// The paths of the attributes that an update, a filter or an alternate identifier names, as sent.
    pub fn attribute_paths(&self) -> Vec<&str> {
        let mut paths = Vec::new();
        for location in self.route.locations.attribute_paths {
            self.read(*location, &mut |path| paths.push(path));
        }
        paths
    }

    fn first(&self, location: Option<Location>) -> Option<&str> {
        let mut first = None;
        self.read(location?, &mut |text| {
            first.get_or_insert(text);
        });
        first
    }

    /// Visits the texts at a location. Values of another type are left out.
    fn read<'a>(&'a self, location: Location, visit: &mut dyn FnMut(&'a str)) {
        match location {
            Location::Param(name) => {
                if let Some(value) = self.param(name) {
                    visit(value);
                }
            }
            Location::ParamName(name) => {
                if self.param(name).is_some() {
                    visit(name);
                }
            }
            Location::Body(steps) => visit_texts(&self.body, steps, visit),
        }
    }
}

/// The number in the id of an instance, or in an ARN that has it: `ins-` and 16 hex digits.
pub fn instance_number(text: &str) -> Option<u64> {
    let digits = text.split_once("ins-")?.1.split('/').next()?;
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_number = digits.len() == 16 && digits.bytes().all(is_digit);
    is_number.then(|| u64::from_str_radix(digits, 16).ok()).flatten()
}

/// Returns the member that a step names, and adds an empty object if it is missing. Returns any other value
/// as it is.
fn member_mut<'v, 'r>(value: &'v mut Json<'r>, step: &Step) -> &'v mut Json<'r> {
    match (step, value) {
        (Step::Member(name), Json::Object(members)) => {
            members.insert_or_get_mut(name, Json::Object(JsonObject::default()))
        }
        (_, value) => value,
    }
}

fn visit_texts<'a>(value: &'a Json<'a>, steps: &[Step], visit: &mut dyn FnMut(&'a str)) {
    match (steps, value) {
        ([], Json::Str(text)) => visit(text),
        ([Step::Member(name), rest @ ..], Json::Object(members)) => {
            if let Some(member) = json::member(members, name) {
                visit_texts(member, rest, visit);
            }
        }
        ([Step::Elements, rest @ ..], Json::Array(elements)) => {
            for element in elements {
                visit_texts(element, rest, visit);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instance_number_is_read_from_ids_and_arns() {
        let number = Some(0x1234_5678_9abc_def0);
        for text in [
            "ins-123456789abcdef0",
            "arn:aws:sso:::instance/ssoins-123456789abcdef0",
            "arn:aws:sso:::permissionSet/ssoins-123456789abcdef0/ps-0123456789abcdef",
        ] {
            assert_eq!(instance_number(text), number, "{text}");
        }
        for text in
            ["", "123456789abcdef0", "ins-1", "ins-123456789ABCDEF0", "ins-+23456789abcdef0"]
        {
            assert_eq!(instance_number(text), None, "{text}");
        }
    }

    #[test]
    fn texts_are_found_by_their_path() {
        let body = r#"{
            "UserId": "u-1",
            "MemberId": { "UserId": "u-2" },
            "Operations": [{ "AttributePath": "title" }, { "AttributePath": 1 }, 2, { "AttributePath": "emails" }]
        }"#;
        let body: Json<'_> = serde_json::from_str(body).expect("JSON");
        let member = Step::Member;
        for (steps, expected) in [
            (&[member("UserId")][..], &["u-1"][..]),
            (&[member("MemberId"), member("UserId")], &["u-2"]),
            (
                &[member("Operations"), Step::Elements, member("AttributePath")],
                &["title", "emails"],
            ),
            (&[member("Operations")], &[]),
            (&[member("UserId"), Step::Elements], &[]),
            (&[member("UserId"), member("UserId")], &[]),
            (&[member("GroupId")], &[]),
        ] {
            let mut found = Vec::new();
            visit_texts(&body, steps, &mut |text| found.push(text));
            assert_eq!(found, expected, "{steps:?}");
        }
    }
}
