//! AWS Identity Store as its service answers: awsJson1_1 on `POST /`.
//!
//! Knows the domain and what dialects share; not Huawei.

mod arn;
mod errors;
mod limits;
mod operations;
mod outcomes;
mod patch;
mod shapes;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Map, Value as Json};

use crate::dialect::dialect::{INVOCATION, header, hex, session};
use crate::dialect::{
    Args, CloudExportFormat, Dialect, ErrorSpelling, Head, Matched, Notes, Reply, Request,
    Response, Route, Shape, Subject,
};
use crate::domain::{ApiError, Call, Operation, Rejection, ResourceKind, UnknownOperation};

use arn::{resource_id, store_id};
pub use operations::ROUTES;
use outcomes::CONTENT;

/// The header that names the operation.
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");

/// What stands before the name.
const SERVICE: &str = "AWSIdentityStore.";

/// Which attempt of a call this is, as AWS's SDKs count.
const ATTEMPT: HeaderName = HeaderName::from_static("amz-sdk-request");

/// Which model of the service answers. Source: behaviour.md §1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Model {
    /// 22 operations, ARNs and revisions.
    #[default]
    Current,
    /// 19 operations, older limits, no ARNs, no revisions; UpdateUser answers `{}`.
    Nineteen,
}

/// What ListUsers and ListGroups do with filters.
///
/// Source: behaviour.md §10a: newer Regions refuse them (il-central-1, December 2024).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Filters {
    /// They are applied.
    #[default]
    Accept,
    /// They are rejected as deprecated.
    Refuse,
}

/// What can be set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AwsSettings {
    /// Which model answers.
    pub model: Model,
    /// Whether lists take filters.
    pub filters: Filters,
    /// 12 digits: in ARNs, and who has created and updated.
    pub account_id: String,
}

/// The AWS dialect.
#[derive(Debug)]
pub struct Aws {
    settings: AwsSettings,
    by: std::sync::Arc<str>,
}

impl Aws {
    /// The dialect with these settings.
    pub fn new(settings: AwsSettings) -> Self {
        let by = settings.account_id.as_str().into();
        Self { settings, by }
    }

    fn find(&self, target: Option<&[u8]>) -> Option<&'static Route> {
        let name = target?.strip_prefix(SERVICE.as_bytes())?;
        let routes = operations::routes(self.settings.model);
        routes.iter().find(|route| route.operation.name().as_bytes() == name)
    }
}

impl Aws {
    fn store_id<'a>(&self, text: &'a str) -> Option<&'a str> {
        store_id(text, &self.settings.account_id)
    }
}

/// Why a request is in no form of this protocol, if it is not.
fn other_protocol(headers: &HeaderMap, target: Option<&[u8]>) -> Option<UnknownOperation> {
    // As every SDK writes it.
    if headers.get(&CONTENT_TYPE).is_some_and(|value| value == CONTENT) {
        return None;
    }
    let content_type = header(headers, &CONTENT_TYPE).unwrap_or_default();
    let content_type = content_type.split(';').next().unwrap_or_default().trim();
    if content_type.eq_ignore_ascii_case(CONTENT) {
        None
    } else if content_type.eq_ignore_ascii_case("application/json") {
        // The real front end answers 200 with an error of another protocol inside: a trap that
        // we do not set.
        Some(UnknownOperation::Name)
    } else if target.is_some() {
        Some(UnknownOperation::ContentType)
    } else {
        Some(UnknownOperation::Unnamed)
    }
}

impl Dialect for Aws {
    fn name(&self) -> &'static str {
        "aws"
    }

    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    fn shapes(&self) -> Vec<&'static Shape> {
        vec![&shapes::USER, &shapes::GROUP, &shapes::EXTENSIONS, &shapes::IDENTITY_STORE]
    }

    fn cloud_export_format(&self) -> Option<&'static CloudExportFormat> {
        Some(&shapes::CLOUD_EXPORT)
    }

    /// The service has one path, and AWS takes no notice of it: the target says whom it is for.
    fn claims(&self, head: &Head) -> bool {
        head.uri.path() == "/" || head.headers.contains_key(&TARGET)
    }

    /// Source: protocol.md, "Malformed requests". Assumed: what is not UTF-8 and a lone surrogate are
    /// malformed too; an absent or malformed `Authorization` is accepted (behaviour.md §12).
    fn route<'r>(&self, request: &'r Request) -> Result<Matched<'r>, ApiError> {
        let headers = &request.head.headers;
        let target = headers.get(&TARGET).map(HeaderValue::as_bytes);
        let unknown = |why| Err(ApiError::UnknownOperation(why));
        if request.head.method != Method::POST {
            return unknown(UnknownOperation::Unnamed);
        }
        if let Some(why) = other_protocol(headers, target) {
            return unknown(why);
        }
        let route = self.find(target);
        let body = match (route, request.body.is_empty()) {
            (None, true) => return unknown(UnknownOperation::Name),
            // The only operation without a required member: "servers must accept empty bodies".
            (Some(route), true) if route.operation == Operation::ListIdentityStores => {
                Json::Object(Map::new())
            }
            _ => serde_json::from_slice(&request.body)
                .map_err(|error| ApiError::Malformed(error.to_string()))?,
        };
        if !body.is_object() {
            return Err(ApiError::Malformed("the body is not a JSON object".to_owned()));
        }
        match route {
            Some(route) => Ok(Matched { route, body, params: Vec::new() }),
            None => unknown(UnknownOperation::Name),
        }
    }

    fn named(&self, head: &Head) -> Option<Operation> {
        let target = head.headers.get(&TARGET).filter(|_| head.method == Method::POST);
        Some(self.find(target.map(HeaderValue::as_bytes))?.operation)
    }

    fn subject<'a>(&self, matched: Option<&'a Matched<'a>>, head: &'a Head) -> Subject<'a> {
        let body = matched.map(|matched| &matched.body);
        let member = |name: &str| body.and_then(|body| body.get(name)?.as_str());
        let member_id = || body.and_then(|body| body.get("MemberId")?.get("UserId")?.as_str());
        let user = member("UserId").or_else(member_id);
        Subject {
            dialect: self.name(),
            operation: matched.map(|matched| matched.route.operation),
            store: member("IdentityStoreId").map(|text| self.store_id(text).unwrap_or(text)),
            user: user.map(|text| resource_id(text, "user")),
            group: member("GroupId").map(|text| resource_id(text, "group")),
            session: session(&head.headers),
            attempt: header(&head.headers, &ATTEMPT).and_then(attempt),
            invocation: header(&head.headers, &INVOCATION),
        }
    }

    fn decode(&self, matched: &Matched<'_>) -> Result<Call, ApiError> {
        let notes = Notes::of_model(self.settings.model == Model::Nineteen);
        if self.settings.filters == Filters::Refuse && has_filters(matched) {
            notes.refuse(ApiError::Rejected(Rejection::DeprecatedFilter));
        }
        let command = (matched.route.read)(&mut Args::new(matched, &notes));
        let call = notes.finish(false, Call { by: self.by.clone(), command })?;
        match matched.body.get("IdentityStoreId").and_then(Json::as_str) {
            Some(text) if self.store_id(text).is_none() => {
                Err(ApiError::not_found(ResourceKind::IdentityStore, text))
            }
            Some(_) | None => Ok(call),
        }
    }

    fn touched<'a>(&self, matched: &'a Matched<'a>) -> Vec<&'a str> {
        let steps = matched.body.get("Operations").and_then(Json::as_array);
        steps.into_iter().flatten().filter_map(|step| step.get("AttributePath")?.as_str()).collect()
    }

    fn membership<'a>(&self, matched: &'a Matched) -> Option<&'a str> {
        Some(resource_id(matched.body.get("MembershipId")?.as_str()?, "membership"))
    }

    fn error_spelling(&self) -> ErrorSpelling {
        let (code, code_header) = ("__type", "x-amzn-errortype");
        // Source: protocol.md, "Malformed requests": a body of `__type` alone.
        let bare_codes = &["UnknownOperationException"];
        ErrorSpelling { code, code_header, message: &["Message", "message"], bare_codes }
    }

    fn request_id(&self, id: u128) -> String {
        text(&uuid(id)).to_owned()
    }

    fn value_members(&self) -> &'static [&'static str] {
        &["AttributeValue"]
    }

    fn encode(&self, request_id: u128, result: Result<&Reply, &ApiError>) -> Response {
        let digits = uuid(request_id);
        match result {
            Ok(reply) => outcomes::encode(&self.settings, text(&digits), reply),
            Err(error) => errors::encode(&self.settings, text(&digits), error),
        }
    }
}

/// Whether a list has a filter. Assumed: an empty list of filters is none.
fn has_filters(matched: &Matched<'_>) -> bool {
    let filters = matched.body.get("Filters").and_then(Json::as_array);
    matches!(matched.route.operation, Operation::ListUsers | Operation::ListGroups)
        && filters.is_some_and(|filters| !filters.is_empty())
}

/// The attempt in `attempt=2; max=3`.
fn attempt(header: &str) -> Option<u32> {
    let mut parts = header.split(';').map(str::trim);
    parts.find_map(|part| part.strip_prefix("attempt="))?.parse().ok()
}

/// A request id as this vendor writes it: a UUID.
fn uuid(id: u128) -> [u8; 36] {
    let digits = hex(id);
    let mut text = [b'-'; 36];
    for (to, from) in
        [(0..8, 0..8), (9..13, 8..12), (14..18, 12..16), (19..23, 16..20), (24..36, 20..32)]
    {
        text[to].copy_from_slice(&digits[from]);
    }
    text
}

/// Digits and dashes as what they are.
fn text(digits: &[u8]) -> &str {
    str::from_utf8(digits).unwrap_or_default()
}

/// The headers that every answer has.
fn headers(request_id: &str, content: &'static str) -> [(HeaderName, HeaderValue); 2] {
    // Of hex digits and dashes, so always a header's value.
    let id = HeaderValue::from_str(request_id).unwrap_or(HeaderValue::from_static(""));
    [(REQUEST_ID, id), (CONTENT_TYPE, HeaderValue::from_static(content))]
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
