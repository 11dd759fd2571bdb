//! The AWS dialect: AWS Identity Store, sso-admin and organizations over the AWS JSON 1.1 protocol,
//! `POST /`, and sts over the query protocol.

mod arn;
mod credential;
mod errors;
mod foreign;
mod limits;
mod organizations;
mod params;
mod patch;
mod query;
mod requests;
mod responses;
mod routes;
mod service;
mod shapes;
mod signature;
mod sso_admin;
mod sts;

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::auth::{AccessKey, Keyring};
use crate::dialect::json;
use crate::dialect::request::header;
use crate::dialect::{
    CloudExportFormat, Dialect, ErrorMembers, Head, Json, JsonObject, Matched, Params, Request,
    Response, Route, Shape, Violations,
};
use crate::domain::{
    ApiError, Command, Operation, Outcome, Rejection, ResourceKind, Timestamp, Unauthenticated,
    UnknownOperation,
};

use arn::{resource_id, store_id};
use responses::CONTENT;
pub use routes::ROUTES;
use service::AwsService;

/// The header that names the service and the operation.
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");

/// The operations without a required member.
const EMPTY_BODY_OPERATIONS: [Operation; 5] = [
    Operation::ListIdentityStores,
    Operation::ListInstances,
    Operation::ListAccounts,
    Operation::DescribeOrganization,
    Operation::ListRoots,
];

/// A published version of the service model.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Model {
    /// The model of 22 operations, with ARNs and revisions.
    #[default]
    #[serde(rename = "22")]
    #[cfg_attr(feature = "cli", value(name = "22"))]
    Current,
    /// The model of 19 operations: older limits, no ARNs, no revisions; updates return `{}`.
    #[serde(rename = "19")]
    #[cfg_attr(feature = "cli", value(name = "19"))]
    Nineteen,
}

/// How ListUsers and ListGroups handle `Filters`.
///
/// Source: docs/aws-behaviour.md §10a. Newer Regions reject them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum Filters {
    /// Filters are applied.
    #[default]
    Accept,
    /// Filters are rejected as deprecated.
    Refuse,
}

/// Settings of the AWS dialect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AwsSettings {
    /// The model that is served.
    pub model: Model,
    /// Whether lists accept filters.
    pub filters: Filters,
    /// Whether store ids of moto are accepted: `d-` and ten letters and digits.
    pub takes_moto_ids: bool,
    /// The account id of 12 digits, used in ARNs, `CreatedBy` and `UpdatedBy`.
    pub account_id: String,
}

/// The AWS dialect.
#[derive(Debug)]
pub struct Aws {
    settings: AwsSettings,
    account: Arc<str>,
}

impl Aws {
    /// Creates the dialect.
    pub fn new(settings: AwsSettings) -> Self {
        let account = settings.account_id.as_str().into();
        Self { settings, account }
    }

    /// Finds the route of a target, `<service>.<operation>`.
    fn find(&self, target: Option<&HeaderValue>) -> Option<&'static Route> {
        let (prefix, operation) = target?.to_str().ok()?.split_once('.')?;
        routes::find(self.settings.model, AwsService::of_target(prefix)?, operation)
    }
}

/// Returns the error for a request whose content type is not that of AWS JSON 1.1.
fn content_type_error(headers: &HeaderMap) -> Option<UnknownOperation> {
    // Fast path: SDKs send exactly this value.
    if headers.get(&CONTENT_TYPE).is_some_and(|value| value == CONTENT) {
        return None;
    }
    let content_type = header(headers, &CONTENT_TYPE).unwrap_or_default();
    let content_type = content_type.split(';').next().unwrap_or_default().trim();
    if content_type.eq_ignore_ascii_case(CONTENT) {
        None
    } else if content_type.eq_ignore_ascii_case("application/json") {
        // AWS returns 200 with an error of another protocol in the body. Clients would take that
        // for a success, so the emulator returns the error itself.
        Some(UnknownOperation::Name)
    } else if headers.contains_key(&TARGET) {
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
        &ROUTES
    }

    fn service_name(&self, route: &Route) -> &'static str {
        AwsService::of_route(route).command_name()
    }

    fn shapes(&self) -> Vec<&'static Shape> {
        vec![&shapes::USER, &shapes::GROUP, &shapes::EXTENSIONS, &shapes::IDENTITY_STORE]
    }

    fn cloud_export_format(&self) -> Option<&'static CloudExportFormat> {
        Some(&shapes::CLOUD_EXPORT)
    }

    fn request_all_attributes(&self, body: &mut Json<'_>) {
        if let Json::Object(members) = body {
            members.insert("Extensions", vec![patch::EXTENSION].into());
        }
    }

    fn replay_headers(&self, route: &Route) -> Option<HeaderMap> {
        if route.service == AwsService::Sts.route_name() {
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            return Some(HeaderMap::from_iter([(CONTENT_TYPE, form)]));
        }
        let target = format!("{}.{}", route.service, route.operation.name());
        let target = HeaderValue::from_str(&target).ok()?;
        let json = HeaderValue::from_static(CONTENT);
        Some(HeaderMap::from_iter([(TARGET, target), (CONTENT_TYPE, json)]))
    }

    /// AWS ignores the path; `X-Amz-Target` names the service.
    fn recognizes(&self, head: &Head) -> bool {
        head.uri.path() == "/" || head.headers.contains_key(&TARGET) || credential::is_signed(head)
    }

    /// Source: docs/aws-protocol.md, "Malformed requests". Assumed: invalid UTF-8 and lone surrogates are
    /// malformed; an absent or malformed `Authorization` is accepted (docs/aws-behaviour.md §12).
    fn route<'r>(&self, request: &'r Request) -> Result<Matched<'r>, ApiError> {
        let headers = &request.head.headers;
        let unknown = |why| Err(ApiError::UnknownOperation(why));
        let route = self.find(headers.get(&TARGET));
        if route.is_none() {
            if let Some(matched) = sts::find(request) {
                return Ok(matched);
            }
            if let Some(call) = foreign::foreign_call(request) {
                return unknown(UnknownOperation::NotServed(call));
            }
        }
        if request.head.method != Method::POST {
            return unknown(UnknownOperation::Unnamed);
        }
        if let Some(why) = content_type_error(headers) {
            return unknown(why);
        }
        let body = match (route, request.body.is_empty()) {
            (None, true) => return unknown(UnknownOperation::Name),
            // The protocol accepts an empty body if no member is required.
            (Some(route), true) if EMPTY_BODY_OPERATIONS.contains(&route.operation) => {
                Json::Object(JsonObject::default())
            }
            _ => json::parse(&request.body)
                .map_err(|error| ApiError::Malformed(error.to_string()))?,
        };
        if !body.is_object() {
            return Err(ApiError::Malformed("the body is not a JSON object".to_owned()));
        }
        match route {
            Some(route) => Ok(Matched::new(route, &request.head, body, Params::new())),
            None => unknown(UnknownOperation::Name),
        }
    }

    fn operation_of(&self, head: &Head) -> Option<Operation> {
        if let Some(route) = sts::find_by_head(head) {
            return Some(route.operation);
        }
        let target = head.headers.get(&TARGET).filter(|_| head.method == Method::POST);
        Some(self.find(target)?.operation)
    }

    fn decode(&self, matched: &Matched<'_>) -> Result<Command, ApiError> {
        let violations = Violations::of_model(self.settings.model == Model::Nineteen)
            .accepting_other_ids(self.settings.takes_moto_ids);
        if self.settings.filters == Filters::Refuse && has_filters(matched) {
            violations.reject(ApiError::Rejected(Rejection::DeprecatedFilter));
        }
        let command = matched.decode(violations)?;
        match matched.store() {
            Some(text) if store_id(text, &self.settings.account_id).is_none() => {
                Err(ApiError::not_found(ResourceKind::IdentityStore, text))
            }
            Some(_) | None => Ok(command),
        }
    }

    fn authenticate(
        &self,
        keys: Keyring<'_>,
        request: &Request,
        now: Timestamp,
    ) -> Result<Option<Arc<AccessKey>>, Unauthenticated> {
        signature::verify(keys, AwsService::of_head(&request.head), request, now).map(Some)
    }

    /// Source: docs/aws-protocol.md, "order of checks".
    fn authenticates_before_parsing(&self) -> bool {
        false
    }

    fn action(&self, route: &Route) -> String {
        let prefix = AwsService::of_route(route).action_prefix();
        format!("{prefix}:{}", route.operation.name())
    }

    fn plain_id<'a>(&self, kind: ResourceKind, text: &'a str) -> &'a str {
        match kind {
            ResourceKind::IdentityStore => {
                store_id(text, &self.settings.account_id).unwrap_or(text)
            }
            ResourceKind::User => resource_id(text, "user"),
            ResourceKind::Group => resource_id(text, "group"),
            ResourceKind::GroupMembership => resource_id(text, "membership"),
            _ => text,
        }
    }

    fn account(&self) -> &Arc<str> {
        &self.account
    }

    fn encode(&self, request_id: u128, matched: &Matched<'_>, outcome: &Outcome) -> Response {
        responses::encode(&self.settings, self.request_id(request_id), matched, outcome)
    }

    fn encode_error(
        &self,
        request_id: u128,
        _now: Timestamp,
        head: &Head,
        error: &ApiError,
    ) -> Response {
        errors::encode(&self.settings, &self.request_id(request_id), head, error)
    }

    fn request_id(&self, id: u128) -> String {
        Uuid::from_u128(id).hyphenated().encode_lower(&mut Uuid::encode_buffer()).to_owned()
    }

    fn error_members(&self) -> ErrorMembers {
        ErrorMembers {
            code: "__type",
            code_header: "x-amzn-errortype",
            message: &["Message", "message"],
            // Source: docs/aws-protocol.md, "Malformed requests": a body of `__type` alone.
            bare_codes: &["UnknownOperationException"],
        }
    }

    fn value_members(&self) -> &'static [&'static str] {
        &["AttributeValue"]
    }
}

/// Returns whether a list request has a filter. Assumed: an empty `Filters` list is accepted.
fn has_filters(matched: &Matched<'_>) -> bool {
    let filters = matched.member("Filters").and_then(Json::as_array);
    matches!(matched.route.operation, Operation::ListUsers | Operation::ListGroups)
        && filters.is_some_and(|filters| !filters.is_empty())
}

/// The headers of every response.
fn headers(request_id: &str, content: &'static str) -> [(HeaderName, HeaderValue); 2] {
    // Hex digits and dashes are always a valid header value.
    let id = HeaderValue::from_str(request_id).unwrap_or(HeaderValue::from_static(""));
    [(REQUEST_ID, id), (CONTENT_TYPE, HeaderValue::from_static(content))]
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
