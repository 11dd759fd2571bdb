//! Compares the tables of the dialects with the vendors' models: operations, members, limits.
//!
//! `tests/model/*.json` contains the implemented parts of the models. Tables are compared row by row.
//! Decoders are tested by requests that break one limit each.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Method;
use idouble::internal::aws::{Aws, AwsSettings, Filters, Model};
use idouble::internal::dialect::shape::Presence;
use idouble::internal::dialect::{Dialect, Limit, Member, MemberKind, Request, Shape};
use idouble::internal::domain::PATH_STEPS_MAX;
use idouble::internal::domain::{
    ApiError, Attribute, Constraint, JsonType, PathSegment, UnknownOperation, Violation,
};
use idouble::internal::huawei::{ErrorPrefix, Huawei, HuaweiSettings};
use serde_json::{Map, Value as Json, json};

// --- the models ---------------------------------------------------------------------------------

/// A member as a model has it.
struct Spec {
    name: String,
    required: bool,
    bound: Bound,
}

/// The values that a model allows.
enum Bound {
    Text {
        min: usize,
        max: Option<usize>,
        pattern: Option<String>,
        sensitive: bool,
    },
    Choice,
    Integer {
        min: i64,
        max: i64,
    },
    Flag,
    List {
        min: usize,
        max: usize,
        of: Box<Bound>,
    },
    Map {
        min: usize,
        max: usize,
    },
    Record(Vec<Spec>),
    Union(Vec<Spec>),
    /// A document or a time, without limits.
    Free,
}

fn parse(text: &str) -> Json {
    serde_json::from_str(text).expect("a model is JSON")
}

fn aws_model() -> Json {
    parse(include_str!("model/aws.json"))
}

/// The model of 19 operations: that of 22 with the changes in `aws_19.json`.
fn older_aws_model() -> Json {
    let (mut model, changes) = (aws_model(), parse(include_str!("model/aws_19.json")));
    let operations = model["operations"].as_array_mut().expect("a list");
    operations
        .retain(|operation| !each(&changes["without_operations"]).contains(&operation["name"]));
    for operation in operations {
        let input = operation["input"].as_array_mut().expect("a list");
        input.retain(|member| !each(&changes["without_members"]).contains(&member["name"]));
    }
    for (name, changed) in changes["types"].as_object().expect("an object") {
        for (key, value) in changed.as_object().expect("an object") {
            model["types"][name][key] = value.clone();
        }
    }
    model
}

fn huawei_model() -> Json {
    parse(include_str!("model/huawei.json"))
}

/// The models of the services other than Identity Store.
fn companion_models() -> Vec<Json> {
    each(&parse(include_str!("model/aws_companions.json"))["services"]).to_vec()
}

fn text_of(found: &Json, key: &str) -> String {
    found[key].as_str().unwrap_or_else(|| panic!("{key} in {found}")).to_owned()
}

fn size(found: &Json, key: &str) -> Option<usize> {
    found[key].as_u64().map(|size| usize::try_from(size).expect("it fits"))
}

fn each(found: &Json) -> &[Json] {
    found.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Parses a bound. `named` resolves the types that `of` and `members` refer to.
fn bound(entry: &Json, named: &dyn Fn(&str) -> Bound, members: &dyn Fn() -> Vec<Spec>) -> Bound {
    if entry.get("enum").is_some() {
        return Bound::Choice;
    }
    let integer = |key: &str| entry[key].as_i64().unwrap_or_default();
    match entry["kind"].as_str().expect("a kind") {
        "string" => Bound::Text {
            min: size(entry, "min").unwrap_or(0),
            max: size(entry, "max"),
            pattern: entry["pattern"].as_str().map(str::to_owned),
            sensitive: entry["sensitive"] == true,
        },
        "integer" => Bound::Integer { min: integer("min"), max: integer("max") },
        "boolean" => Bound::Flag,
        "list" => Bound::List {
            min: size(entry, "min").unwrap_or(0),
            max: size(entry, "max").unwrap_or(usize::MAX),
            of: Box::new(entry["of"].as_str().map_or(Bound::Free, named)),
        },
        "map" => Bound::Map {
            min: size(entry, "min").unwrap_or(0),
            max: size(entry, "max").unwrap_or(usize::MAX),
        },
        "structure" => Bound::Record(members()),
        "union" => Bound::Union(members()),
        _ => Bound::Free,
    }
}

fn aws_bound(model: &Json, name: &str) -> Bound {
    let entry = &model["types"][name];
    bound(entry, &|of| aws_bound(model, of), &|| aws_specs(model, &entry["members"]))
}

fn aws_specs(model: &Json, members: &Json) -> Vec<Spec> {
    let spec = |member: &Json| Spec {
        name: text_of(member, "name"),
        required: member["required"] == true,
        bound: aws_bound(model, &text_of(member, "type")),
    };
    each(members).iter().map(spec).collect()
}

/// The members of a schema.
fn huawei_schema(model: &Json, name: &str) -> Vec<Spec> {
    huawei_specs(model, &model["schemas"][name])
}

fn huawei_specs(model: &Json, members: &Json) -> Vec<Spec> {
    let spec = |member: &Json| {
        let of = member["of"].as_str().unwrap_or_default();
        let record = |name: &str| Bound::Record(huawei_schema(model, name));
        let mut bound = bound(member, &record, &|| huawei_schema(model, of));
        if let Bound::Text { pattern: Some(pattern), .. } = &mut bound {
            *pattern = huawei_pattern(model, pattern);
        }
        Spec { name: text_of(member, "name"), required: member["required"] == true, bound }
    };
    each(members).iter().map(spec).collect()
}

/// The named patterns of the model. Assumed: TEXT includes U+00A0 and U+3000, as on AWS.
fn huawei_pattern(model: &Json, pattern: &str) -> String {
    const SPACES: &str = " \u{a0}\u{3000}]";
    match pattern {
        "TEXT*" => huawei_pattern(model, "TEXT").replace("]+", "]*"),
        "TEXT" => text_of(&model["patterns"], "TEXT").replace(" ]", SPACES),
        name => model["patterns"][name].as_str().unwrap_or(name).to_owned(),
    }
}

// --- the dialects -------------------------------------------------------------------------------

fn aws() -> Aws {
    aws_of(Model::Current)
}

fn aws_of(model: Model) -> Aws {
    Aws::new(AwsSettings {
        model,
        filters: Filters::Accept,
        takes_moto_ids: false,
        account_id: "123456789012".to_owned(),
    })
}

fn huawei() -> Huawei {
    Huawei::new(HuaweiSettings { error_prefix: ErrorPrefix::Iic, account_id: "0".repeat(32) })
}

fn violations(dialect: &dyn Dialect, head: http::request::Builder, body: &Json) -> Vec<Violation> {
    let (head, ()) = head.body(()).expect("a request").into_parts();
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let request = Request::new(head, body);
    let matched = dialect.route(&request).expect("a route");
    match dialect.decode(&matched) {
        Err(ApiError::Invalid(invalid)) => invalid.violations,
        Ok(_) | Err(_) => Vec::new(),
    }
}

fn aws_head(operation: &str) -> http::request::Builder {
    target_head("AWSIdentityStore", operation)
}

fn target_head(service: &str, operation: &str) -> http::request::Builder {
    http::Request::builder()
        .method(Method::POST)
        .uri("/")
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", format!("{service}.{operation}"))
}

const STORE: &str = "d-1234567890";

/// The target of an operation, with `params` in path and query and valid values for all others.
fn huawei_target(operation: &Json, params: &BTreeMap<&str, String>) -> String {
    let mut target = text_of(operation, "path");
    for param in each(&operation["path_params"]) {
        let name = text_of(param, "name");
        let fine = if name == "identity_store_id" { STORE } else { "u" };
        let value = params.get(name.as_str()).map_or(fine, String::as_str);
        let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        target = target.replace(&format!("{{{name}}}"), &encoded);
    }
    let mut mark = '?';
    for param in each(&operation["query_params"]) {
        let name = text_of(param, "name");
        if let Some(value) = params.get(name.as_str()) {
            let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            target.push_str(&format!("{mark}{name}={encoded}"));
            mark = '&';
        }
    }
    target
}

fn ask_huawei(
    operation: &Json,
    params: &BTreeMap<&str, String>,
    body: Option<&Json>,
) -> Vec<Violation> {
    let head = http::Request::builder()
        .method(text_of(operation, "method").as_str())
        .uri(huawei_target(operation, params))
        .header("content-type", "application/json");
    violations(&huawei(), head, body.unwrap_or(&Json::Null))
}

// --- decoders ----------------------------------------------------------------------------

/// A position in a request: how to send a value there, and the label of its violations.
struct At<'a> {
    send: &'a dyn Fn(Json) -> Vec<Violation>,
    place: Vec<PathSegment>,
    label: String,
}

impl At<'_> {
    /// Sends `value` and returns the violation that `wanted` accepts, if one is reported.
    fn refuses(&self, value: Json, wanted: impl Fn(&Constraint) -> bool) -> Option<Violation> {
        let found = (self.send)(value);
        found.into_iter().find(|one| one.path == self.place && wanted(&one.constraint))
    }

    fn expect(&self, what: &str, value: Json, wanted: impl Fn(&Constraint) -> bool) -> Violation {
        let violations = (self.send)(value.clone());
        self.refuses(value, wanted)
            .unwrap_or_else(|| panic!("{}: {what} is not reported, but {violations:?}", self.label))
    }

    fn members(&self, specs: &[Spec]) {
        for spec in specs {
            let mut place = self.place.clone();
            place.push(PathSegment::Member(spec.name.clone()));
            let wrap = |value: Json| {
                let mut record = Map::new();
                if value != json!("(absent)") {
                    record.insert(spec.name.clone(), value);
                }
                (self.send)(Json::Object(record))
            };
            let at = At { send: &wrap, place, label: format!("{}.{}", self.label, spec.name) };
            let absent = at.refuses(json!("(absent)"), |found| *found == Constraint::Required);
            assert_eq!(absent.is_some(), spec.required, "{}: required", at.label);
            at.bound(&spec.bound);
        }
    }

    fn bound(&self, bound: &Bound) {
        match bound {
            Bound::Text { min, max, pattern, sensitive } => {
                self.text(*min, *max, pattern.as_deref(), *sensitive);
            }
            Bound::Choice => {
                self.expect("a choice", json!("\u{1}"), |c| matches!(c, Constraint::OneOf(_)));
            }
            Bound::Integer { min, max } => {
                self.expect("the least", json!(min - 1), |c| *c == Constraint::RangeMin(*min));
                self.expect("the most", json!(max + 1), |c| *c == Constraint::RangeMax(*max));
            }
            Bound::Flag => {
                self.expect("a flag", json!("true"), |c| kind_is(c, JsonType::Boolean));
            }
            Bound::List { min, max, of } => self.list(*min, *max, of),
            Bound::Map { min, max } => {
                let map = |count: usize| {
                    let keys = (0..count).map(|n| {
                        let letter = char::from(b'a' + u8::try_from(n).expect("few"));
                        (format!("aws:identitystore:{letter}"), json!({}))
                    });
                    Json::Object(keys.collect())
                };
                self.expect("the fewest", map(min - 1), |c| *c == Constraint::LengthMin(*min));
                self.expect("the most", map(max + 1), |c| most(c) == Some(*max));
            }
            Bound::Record(members) => {
                self.expect("a structure", json!("text"), |c| kind_is(c, JsonType::Object));
                self.members(members);
            }
            Bound::Union(members) => {
                let none = self.refuses(json!({}), |c| matches!(c, Constraint::ExactlyOne(_)));
                assert!(none.is_some(), "{}: a union of none", self.label);
                self.members(members);
            }
            Bound::Free => {}
        }
    }

    fn text(&self, min: usize, max: Option<usize>, pattern: Option<&str>, sensitive: bool) {
        let mut found = Vec::new();
        if min > 0 {
            let short = "a".repeat(min - 1);
            found.push(
                self.expect("the fewest", json!(short), |c| *c == Constraint::LengthMin(min)),
            );
        }
        if let Some(max) = max {
            let long = "a".repeat(max + 1);
            found.push(self.expect("the most", json!(long), |c| *c == Constraint::LengthMax(max)));
            let fine = self.refuses(json!("a".repeat(max)), |c| most(c).is_some());
            assert!(fine.is_none(), "{}: {max} are too many", self.label);
        }
        // Every text matches `[\s\S]*`.
        if let Some(pattern) = pattern.filter(|pattern| *pattern != r"[\s\S]*") {
            let odd = json!("\u{1}".repeat(min.max(1)));
            let same = |c: &Constraint| *c == Constraint::Pattern(leak(pattern));
            found.push(self.expect(&format!("the pattern {pattern}"), odd, same));
        }
        for violation in found {
            assert_eq!(violation.sensitive, sensitive, "{}: sensitive", self.label);
            assert_eq!(violation.value.is_none(), sensitive, "{}: the value is shown", self.label);
        }
    }

    fn list(&self, min: usize, max: usize, of: &Bound) {
        let element = if matches!(of, Bound::Record(_)) { json!({}) } else { json!("a") };
        if min > 0 {
            self.expect("the fewest", json!([]), |c| *c == Constraint::LengthMin(min));
        }
        // Values without a documented limit may have an assumed one.
        if max < usize::MAX {
            let long = Json::Array(vec![element; max + 1]);
            self.expect("the most", long, |c| most(c) == Some(max));
        }
        let mut place = self.place.clone();
        place.push(PathSegment::Index(0));
        let wrap = |value: Json| (self.send)(json!([value]));
        At { send: &wrap, place, label: format!("{}[0]", self.label) }.bound(of);
    }
}

fn kind_is(constraint: &Constraint, wanted: JsonType) -> bool {
    matches!(constraint, Constraint::JsonType { expected, .. } if *expected == wanted)
}

/// The maximum of a constraint that has one.
fn most(constraint: &Constraint) -> Option<usize> {
    match constraint {
        Constraint::LengthMax(max) | Constraint::ListMax(max) => Some(*max),
        _ => None,
    }
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

#[test]
fn aws_operations_check_every_limit_of_the_model() {
    for (ours, model) in [(Model::Current, aws_model()), (Model::Nineteen, older_aws_model())] {
        let dialect = aws_of(ours);
        for operation in each(&model["operations"]) {
            let name = text_of(operation, "name");
            let send = |body: Json| violations(&dialect, aws_head(&name), &body);
            let label = format!("{ours:?} {name}");
            let top = At { send: &send, place: Vec::new(), label };
            top.members(&aws_specs(&model, &operation["input"]));
        }
    }
}

#[test]
fn every_bound_of_every_companion_operation_is_checked() {
    let dialect = aws();
    let mut checked = 0;
    for model in companion_models() {
        // sts has no target, and its operation has no member.
        let Some(target) = model["target"].as_str() else { continue };
        for operation in each(&model["operations"]) {
            let name = text_of(operation, "name");
            let send = |body: Json| violations(&dialect, target_head(target, &name), &body);
            let top = At { send: &send, place: Vec::new(), label: format!("{target} {name}") };
            top.members(&aws_specs(&model, &operation["input"]));
            checked += 1;
        }
    }
    assert_eq!(checked, 21);
}

#[test]
fn older_aws_model_lacks_operations_and_members() {
    let dialect = aws_of(Model::Nineteen);
    let changes = parse(include_str!("model/aws_19.json"));
    for name in each(&changes["without_operations"]) {
        let (head, ()) =
            aws_head(name.as_str().expect("a name")).body(()).expect("one").into_parts();
        let refused = dialect.route(&Request::new(head, Bytes::from("{}"))).err();
        assert_eq!(refused, Some(ApiError::UnknownOperation(UnknownOperation::Name)), "{name}");
    }
    // A member that the model lacks is ignored, whatever its value.
    for operation in ["UpdateUser", "UpdateGroup", "DeleteUser", "DeleteGroup"] {
        for name in each(&changes["without_members"]) {
            let name = name.as_str().expect("a name");
            let place = [PathSegment::Member(name.to_owned())];
            let is_there = |one: &Violation| one.path == place;
            let body = json!({ name: "" });
            assert!(!violations(&dialect, aws_head(operation), &body).iter().any(is_there));
            assert!(violations(&aws(), aws_head(operation), &body).iter().any(is_there));
        }
    }
}

#[test]
fn huawei_bodies_check_every_limit_of_the_model() {
    let model = huawei_model();
    for operation in each(&model["operations"]) {
        let Some(body) = operation["body"].as_str() else { continue };
        let send = |body: Json| ask_huawei(operation, &BTreeMap::new(), Some(&body));
        let top = At { send: &send, place: Vec::new(), label: text_of(operation, "name") };
        top.members(&huawei_schema(&model, body));
    }
}

#[test]
fn huawei_parameters_check_every_limit_of_the_model() {
    let model = huawei_model();
    for operation in each(&model["operations"]) {
        let path = huawei_specs(&model, &operation["path_params"]);
        let query = huawei_specs(&model, &operation["query_params"]);
        let body = operation["body"].as_str().map(|_| json!({}));
        for spec in path.iter().chain(&query) {
            let send = |value: Json| {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                // A path with an empty segment belongs to no operation.
                if text.is_empty() && path.iter().any(|one| one.name == spec.name) {
                    return Vec::new();
                }
                let params = BTreeMap::from([(spec.name.as_str(), text)]);
                ask_huawei(operation, &params, body.as_ref())
            };
            let label = format!("{}?{}", text_of(operation, "name"), spec.name);
            let place = vec![PathSegment::Member(spec.name.clone())];
            let at = At { send: &send, place: place.clone(), label: label.clone() };
            match &spec.bound {
                // The minimum of 1 cannot be broken, because an empty id is another path.
                Bound::Text { min: 1, max, pattern, sensitive } => {
                    at.text(0, *max, pattern.as_deref(), *sensitive);
                }
                // A filter without a documented limit may have an assumed one.
                Bound::Text { max: None, .. } => {}
                bound => at.bound(bound),
            }
            if query.iter().any(|one| one.name == spec.name) {
                let found = ask_huawei(operation, &BTreeMap::new(), body.as_ref());
                let absent =
                    |one: &Violation| one.path == place && one.constraint == Constraint::Required;
                assert_eq!(found.iter().any(absent), spec.required, "{label}: required");
            }
        }
    }
}

// --- routes -------------------------------------------------------------------------------------

#[test]
fn routes_equal_the_operations_of_the_models() {
    let routed = |dialect: &dyn Dialect| -> Vec<String> {
        let mut rows: Vec<_> = dialect
            .routes()
            .iter()
            .map(|row| {
                format!("{} {} {} {}", row.operation.name(), row.method, row.path, row.status)
            })
            .collect();
        rows.sort();
        rows
    };
    let aws_operations = companion_models().into_iter().chain([aws_model()]);
    let aws_rows = aws_operations
        .flat_map(|model| each(&model["operations"]).to_vec())
        .map(|operation| format!("{} POST / 200", text_of(&operation, "name")))
        .collect::<std::collections::BTreeSet<_>>();
    assert_eq!(routed(&aws()), Vec::from_iter(aws_rows));

    let huawei_rows = each(&huawei_model()["operations"])
        .iter()
        .map(|operation| {
            let (name, method) = (text_of(operation, "name"), text_of(operation, "method"));
            format!("{name} {method} {} {}", text_of(operation, "path"), operation["status"])
        })
        .collect::<std::collections::BTreeSet<_>>();
    assert_eq!(routed(&huawei()), Vec::from_iter(huawei_rows));
}

// --- shapes -------------------------------------------------------------------------------------

/// All shapes of a dialect, including nested ones, without duplicates.
fn shapes(dialect: &dyn Dialect) -> Vec<&'static Shape> {
    let mut found: Vec<&'static Shape> = Vec::new();
    let mut open = dialect.shapes();
    while let Some(shape) = open.pop() {
        if found.iter().any(|known| std::ptr::eq(*known, shape)) {
            continue;
        }
        found.push(shape);
        for member in shape.members {
            match &member.kind {
                MemberKind::Record(shape) | MemberKind::List(shape, _) => open.push(shape),
                MemberKind::Text(_)
                | MemberKind::Choice(_)
                | MemberKind::Flag
                | MemberKind::Texts(..) => {}
            }
        }
    }
    found
}

fn same_limit(label: &str, limit: &Limit, bound: &Bound) {
    let Bound::Text { min, max, pattern, sensitive } = bound else {
        panic!("{label} is no text in the model")
    };
    assert_eq!(limit.min, *min, "{label}: the fewest");
    assert_eq!(Some(limit.max), *max, "{label}: the most");
    assert_eq!(limit.pattern, pattern.as_deref(), "{label}: the pattern");
    assert_eq!(limit.sensitive, *sensitive, "{label}: sensitive");
}

fn same_member(label: &str, member: &Member, spec: &Spec) {
    match (&member.kind, &spec.bound) {
        (MemberKind::Text(limit), bound) => same_limit(label, limit, bound),
        (MemberKind::Choice(_), Bound::Choice)
        | (MemberKind::Flag, Bound::Flag)
        | (MemberKind::Record(_), Bound::Record(_)) => {}
        (MemberKind::List(_, most), Bound::List { min: 1, max, .. }) => {
            assert_eq!(most, max, "{label}: the most");
        }
        (MemberKind::Texts(limit, most), Bound::List { min: 1, max, of }) => {
            assert_eq!(most, max, "{label}: the most");
            same_limit(label, limit, of);
        }
        (kind, _) => panic!("{label}: {:?} is of another kind in the model", kind.json_kind()),
    }
}

/// Returns whether a member is metadata, which is not part of a shape.
fn is_envelope(name: &str) -> bool {
    const ENVELOPE: &[&str] = &[
        "IdentityStoreId",
        "UserId",
        "GroupId",
        "UserArn",
        "GroupArn",
        "Revision",
        "UserStatus",
        "CreatedAt",
        "CreatedBy",
        "UpdatedAt",
        "UpdatedBy",
        "Extensions",
        "identity_store_id",
        "user_id",
        "group_id",
        "external_id",
        "created_at",
        "created_by",
        "updated_at",
        "updated_by",
        "email_verified",
        "enabled",
    ];
    ENVELOPE.contains(&name)
}

#[test]
fn aws_shapes_equal_the_structures_of_the_model() {
    let model = aws_model();
    let mut checked = 0;
    for shape in shapes(&aws()) {
        // The shape of a store is the input of UpdateIdentityStore; extensions are documents.
        if shape.name == "IdentityStore" || model["types"].get(shape.name).is_none() {
            continue;
        }
        let Bound::Record(specs) = aws_bound(&model, shape.name) else { continue };
        let specs: Vec<_> = specs.iter().filter(|spec| !is_envelope(&spec.name)).collect();
        let ours: Vec<_> = shape.members.iter().map(|member| member.name).collect();
        let theirs: Vec<_> = specs.iter().map(|spec| spec.name.as_str()).collect();
        assert_eq!(ours, theirs, "the members of {}", shape.name);
        for (member, spec) in shape.members.iter().zip(specs) {
            let label = format!("{}.{}", shape.name, member.name);
            same_member(&label, member, spec);
            assert_eq!(member.presence == Presence::RequiredByModel, spec.required, "{label}");
        }
        checked += 1;
    }
    assert_eq!(
        checked, 10,
        "User, Name, Email, Address, PhoneNumber, Photo, Role, ExternalId, Group, NetworkConfiguration"
    );
}

#[test]
fn huawei_shapes_equal_the_schemas_of_the_model() {
    let model = huawei_model();
    for shape in shapes(&huawei()) {
        // Input schemas come before output schemas.
        let schemas: &[&str] = match shape.name {
            "User" => &["CreateUserReqBody", "DescribeUserResponse"],
            "Group" => &["CreateGroupReqBody", "DescribeGroupResponse"],
            name => &[name],
        };
        let mut specs: BTreeMap<String, Spec> = BTreeMap::new();
        for spec in schemas.iter().flat_map(|name| huawei_schema(&model, name)) {
            if !is_envelope(&spec.name) {
                specs.entry(spec.name.clone()).or_insert(spec);
            }
        }
        let mut ours: Vec<_> = shape.members.iter().map(|member| member.name).collect();
        ours.sort_unstable();
        assert_eq!(ours, Vec::from_iter(specs.keys().map(String::as_str)), "{}", shape.name);
        for member in shape.members {
            let (label, spec) = (format!("{}.{}", shape.name, member.name), &specs[member.name]);
            same_member(&label, member, spec);
            assert_eq!(member.presence == Presence::RequiredByModel, spec.required, "{label}");
        }
    }
}

#[test]
fn attribute_paths_fit_the_maximum_depth() {
    fn depth(shape: &Shape) -> usize {
        let inner = shape.members.iter().map(|member| match &member.kind {
            MemberKind::Record(shape) => depth(shape),
            _ => 0,
        });
        1 + inner.max().unwrap_or(0)
    }
    for dialect in [&aws() as &dyn Dialect, &huawei()] {
        for shape in dialect.shapes() {
            assert!(depth(shape) <= PATH_STEPS_MAX, "{} {}", dialect.name(), shape.name);
        }
    }
}

#[test]
fn attributes_have_the_same_type_in_every_dialect() {
    let mut kinds: BTreeMap<Attribute, (&str, String)> = BTreeMap::new();
    for dialect in [&aws() as &dyn Dialect, &huawei()] {
        for shape in shapes(dialect) {
            for member in shape.members {
                let kind = match member.kind {
                    MemberKind::Text(_) | MemberKind::Choice(_) => "text",
                    MemberKind::Flag => "flag",
                    MemberKind::Record(_) => "record",
                    MemberKind::List(..) => "list",
                    MemberKind::Texts(..) => "texts",
                };
                let here = format!("{} {}.{}", dialect.name(), shape.name, member.name);
                let (known, first) =
                    kinds.entry(member.attribute).or_insert_with(|| (kind, here.clone()));
                assert_eq!(*known, kind, "{:?}: {first} and {here}", member.attribute);
            }
        }
    }
}
