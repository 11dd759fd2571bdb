//! The Huawei dialect: Huawei Cloud IAM Identity Center's identity store, REST under
//! `/v1/identity-stores/`.

mod errors;
mod limits;
mod params;
mod patch;
mod requests;
mod response_schemas;
mod responses;
mod routes;
mod saml_metadata;
mod shapes;
mod signature;

use std::sync::{Arc, LazyLock};

use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::auth::{AccessKey, Keyring};
use crate::dialect::json;
use crate::dialect::request::header;
use crate::dialect::{
    CloudExportFormat, Dialect, ErrorMembers, Head, Json, Matched, Request, Response,
    ResponseSchemas, Route, Router, Shape,
};
use crate::domain::{ApiError, Operation, Outcome, Timestamp, Unauthenticated, UnknownOperation};

pub use routes::ROUTES;

/// The prefix of the service's error codes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum ErrorPrefix {
    /// `IIC`, documented since about autumn 2024.
    #[default]
    #[serde(rename = "IIC")]
    #[cfg_attr(feature = "cli", value(name = "IIC"))]
    Iic,
    /// `IdentityCenter`, documented in spring 2024.
    #[cfg_attr(feature = "cli", value(name = "IdentityCenter"))]
    IdentityCenter,
}

impl ErrorPrefix {
    /// The prefix as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Iic => "IIC",
            Self::IdentityCenter => "IdentityCenter",
        }
    }
}

/// The region of the directory. Assumed: the first one that Huawei's SDK knows.
const REGION: &str = "cn-north-4";

/// Settings of the Huawei dialect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HuaweiSettings {
    /// The prefix of error codes.
    pub error_prefix: ErrorPrefix,
    /// The account id of 32 hex digits, used in `created_by` and `updated_by`.
    pub account_id: String,
}

/// The Huawei dialect. It handles every path, as Huawei's API gateway does.
#[derive(Debug)]
pub struct Huawei {
    settings: HuaweiSettings,
    account: Arc<str>,
}

impl Huawei {
    /// Creates the dialect.
    pub fn new(settings: HuaweiSettings) -> Self {
        let account = settings.account_id.as_str().into();
        Self { settings, account }
    }
}

static ROUTER: LazyLock<Router> = LazyLock::new(|| Router::new(ROUTES));

impl Dialect for Huawei {
    fn name(&self) -> &'static str {
        "huawei"
    }

    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    fn shapes(&self) -> Vec<&'static Shape> {
        vec![&shapes::USER, &shapes::GROUP]
    }

    fn cloud_export_format(&self) -> Option<&'static CloudExportFormat> {
        Some(&shapes::CLOUD_EXPORT)
    }

    fn recognizes(&self, _head: &Head) -> bool {
        true
    }

    fn route<'r>(&self, request: &'r Request) -> Result<Matched<'r>, ApiError> {
        let (method, path) = (&request.head.method, request.head.uri.path());
        let unknown = || {
            let (method, path) = (method.to_string(), path.to_owned());
            ApiError::UnknownOperation(UnknownOperation::Path { method, path })
        };
        let (routes, mut params) = ROUTER.find(path).ok_or_else(unknown)?;
        let route = routes.iter().find(|route| route.method == *method).ok_or_else(unknown)?;
        if let Some(query) = request.head.uri.query() {
            params.extend(form_urlencoded::parse(query.as_bytes()));
        }
        // SDKs send a content type, and sometimes `{}`, with GET and DELETE.
        let ignores_body = matches!(*method, Method::GET | Method::DELETE) || route.bodiless;
        let body = if ignores_body { Json::Null } else { body(request)? };
        Ok(Matched::new(route, &request.head, body, params))
    }

    fn operation_of(&self, head: &Head) -> Option<Operation> {
        let (routes, _) = ROUTER.find(head.uri.path())?;
        Some(routes.iter().find(|route| route.method == head.method)?.operation)
    }

    fn authenticate(
        &self,
        keys: Keyring<'_>,
        request: &Request,
        now: Timestamp,
    ) -> Result<Option<Arc<AccessKey>>, Unauthenticated> {
        signature::verify(keys, request, now).map(Some)
    }

    /// The gateway verifies it, and only the service reads the body. Source: docs/huawei-behaviour.md §5.
    fn authenticates_before_parsing(&self) -> bool {
        true
    }

    fn action(&self, route: &Route) -> String {
        errors::action(route.operation.name())
    }

    fn account(&self) -> &Arc<str> {
        &self.account
    }

    fn encode(&self, request_id: u128, matched: &Matched<'_>, outcome: &Outcome) -> Response {
        responses::encode(&self.account, self.request_id(request_id), matched, outcome)
    }

    fn encode_error(
        &self,
        request_id: u128,
        _now: Timestamp,
        _head: &Head,
        error: &ApiError,
    ) -> Response {
        errors::encode(&self.settings, &self.request_id(request_id), error)
    }

    fn error_members(&self) -> ErrorMembers {
        ErrorMembers {
            code: "error_code",
            code_header: "",
            message: &["error_msg"],
            bare_codes: &[],
        }
    }

    fn value_members(&self) -> &'static [&'static str] {
        &["attribute_value"]
    }

    fn response_schemas(&self) -> Option<ResponseSchemas> {
        Some(response_schemas::schemas())
    }
}

/// The headers of every response.
fn headers(request_id: &str) -> [(HeaderName, HeaderValue); 2] {
    const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
    // Hex digits are always a valid header value.
    let id = HeaderValue::from_str(request_id).unwrap_or(HeaderValue::from_static(""));
    [(REQUEST_ID, id), (CONTENT_TYPE, HeaderValue::from_static("application/json"))]
}

fn body(request: &Request) -> Result<Json<'_>, ApiError> {
    let malformed = |text: &str| Err(ApiError::Malformed(text.to_owned()));
    let content_type = header(&request.head.headers, &CONTENT_TYPE).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.is_empty() && !essence.eq_ignore_ascii_case("application/json") {
        return malformed("the Content-Type is not application/json");
    }
    if request.body.is_empty() {
        return malformed("the request body is missing");
    }
    match json::parse(&request.body) {
        Ok(body @ Json::Object(_)) => Ok(body),
        Ok(_) => malformed("the request body is not a JSON object"),
        Err(error) => Err(ApiError::Malformed(format!("the request body is not JSON: {error}"))),
    }
}
