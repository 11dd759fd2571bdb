//! The SCIM dialect: SCIM 2.0 under `/{tenant}/scim/v2/`, as AWS IAM Identity Center or Huawei Cloud IAM
//! Identity Center serve it, or as the RFCs define it. The tenant decides.
//!
//! Source: AWS SCIM Implementation Developer Guide; Huawei API reference, SCIM; RFC 7643 and RFC 7644.
//! docs/scim.md lists the behaviour that no document specifies.

mod errors;
mod filter;
mod limits;
mod params;
mod patch;
mod profile;
mod requests;
mod response_schemas;
mod responses;
mod routes;
mod schemas;
mod shapes;

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::dialect::request::header;
use crate::dialect::{
    Dialect, ErrorMembers, Head, Json, Matched, Params, Request, Response, ResponseSchemas, Route,
    Router, Shape, json,
};
use crate::domain::{
    AcceptedTokens, ApiError, Command, Operation, Outcome, TenantAccess, Timestamp,
    UnknownOperation,
};

pub use filter::{DEPTH_MAX, FILTER_BYTES_MAX, check as check_filter, check_path};
use params::Context;
use profile::Profile;
pub use routes::ROUTES;

/// Which tokens open a tenant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum ScimAuth {
    /// Any text, or none.
    #[default]
    Any,
    /// The token of AWS's tenants, or a token that Huawei's CreateBearerToken has issued.
    Token,
}

/// How the tenants of the stores themselves are served.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum ScimProfile {
    /// As AWS serves them.
    #[default]
    Aws,
    /// As RFC 7643 and RFC 7644 describe.
    Rfc,
}

/// The status of PutUser on AWS.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum PutStatus {
    /// 201, as in the developer guide.
    #[default]
    #[serde(rename = "201")]
    #[cfg_attr(feature = "cli", value(name = "201"))]
    Created,
    /// 200, as in the RFC.
    #[serde(rename = "200")]
    #[cfg_attr(feature = "cli", value(name = "200"))]
    Ok,
}

/// The state of a user without `active`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum AbsentActive {
    /// Enabled by POST, disabled by PUT.
    #[default]
    DisabledByPut,
    /// Enabled.
    Enabled,
    /// Disabled.
    Disabled,
}

/// What happens to attributes that a cloud does not support, such as `photos`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum UnsupportedAttributes {
    /// The request is rejected.
    #[default]
    Refuse,
    /// They are ignored.
    Ignore,
}

/// Settings of the SCIM dialect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScimSettings {
    /// Which tokens open a tenant.
    pub auth: ScimAuth,
    /// The token of the stores' own tenants; `None` means the one that is drawn from the seed.
    pub token: Option<String>,
    /// How the stores' own tenants are served.
    pub profile: ScimProfile,
    /// The status of PutUser on AWS.
    pub put_status: PutStatus,
    /// The state of a user without `active`, on both clouds.
    pub absent_active: AbsentActive,
    /// What happens to attributes that a cloud does not support.
    pub unsupported: UnsupportedAttributes,
    /// The maximum number of resources in a page on AWS.
    pub page_max: usize,
    /// For how long PatchGroup does not find a new group, in milliseconds.
    pub lag_ms: u64,
    /// Whether errors say what is wrong, instead of the clouds' general texts.
    pub verbose: bool,
}

impl Default for ScimSettings {
    fn default() -> Self {
        Self {
            auth: ScimAuth::default(),
            token: None,
            profile: ScimProfile::default(),
            put_status: PutStatus::default(),
            absent_active: AbsentActive::default(),
            unsupported: UnsupportedAttributes::default(),
            page_max: 100,
            lag_ms: 0,
            verbose: false,
        }
    }
}

/// The SCIM dialect.
#[derive(Debug)]
pub struct Scim {
    settings: Arc<ScimSettings>,
    account: Arc<str>,
}

impl Scim {
    /// Creates the dialect.
    pub fn new(settings: ScimSettings) -> Self {
        Self { settings: Arc::new(settings), account: "SCIM".into() }
    }

    fn profile(&self, tenant: &str) -> &'static Profile {
        Profile::of_tenant(tenant, self.settings.profile)
    }

    /// The profile of a request by its path.
    fn profile_of(&self, head: &Head) -> &'static Profile {
        self.profile(head.uri.path().split('/').nth(1).unwrap_or_default())
    }

    /// The routes of a path that its tenant has, with the parameters of the path.
    fn find<'p>(
        &self,
        path: &'p str,
    ) -> Option<(impl Iterator<Item = &'static Route> + use<>, Params<'p>)> {
        let (routes, params) = ROUTER.find(path)?;
        let tenant = params.iter().find(|(name, _)| name == "tenant");
        let profile = self.profile(tenant.map_or("", |(_, tenant)| tenant));
        let served = |route: &&Route| profile.operations.contains(&route.operation);
        Some((routes.iter().copied().filter(served), params))
    }
}

/// Some clients join paths with two slashes.
static ROUTER: LazyLock<Router> = LazyLock::new(|| Router::new(ROUTES).ignoring_empty_segments());

impl Dialect for Scim {
    fn name(&self) -> &'static str {
        "scim"
    }

    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    fn shapes(&self) -> Vec<&'static Shape> {
        vec![&shapes::AWS_USER, &shapes::GROUP, &shapes::ENTERPRISE]
    }

    /// Also recognizes paths that lack the slash after `v2`. No route matches them.
    fn recognizes(&self, head: &Head) -> bool {
        let mut segments = head.uri.path().split('/').skip(2);
        segments.next() == Some("scim") && segments.next().is_some_and(|end| end.starts_with("v2"))
    }

    fn route<'r>(&self, request: &'r Request) -> Result<Matched<'r>, ApiError> {
        let (method, path) = (&request.head.method, request.head.uri.path());
        let unknown = || {
            let (method, path) = (method.to_string(), path.to_owned());
            ApiError::UnknownOperation(UnknownOperation::Path { method, path })
        };
        let (mut routes, mut params) = self.find(path).ok_or_else(unknown)?;
        let route = routes.find(|route| route.method == *method).ok_or_else(unknown)?;
        if let Some(query) = request.head.uri.query() {
            params.extend(form_urlencoded::parse(query.as_bytes()));
        }
        let has_body = !matches!(*method, Method::GET | Method::DELETE);
        let body = if has_body { body(request)? } else { Json::Null };
        if route.path.ends_with("/.search") {
            params.extend(search_params(&body)?);
        }
        Ok(Matched::new(route, &request.head, body, params))
    }

    fn operation_of(&self, head: &Head) -> Option<Operation> {
        let (mut routes, _) = self.find(head.uri.path())?;
        Some(routes.find(|route| route.method == head.method)?.operation)
    }

    fn tenant_access<'r>(&'r self, head: &'r Head) -> Option<TenantAccess<'r>> {
        let tenant = head.uri.path().split('/').nth(1)?;
        let bearer = header(&head.headers, &AUTHORIZATION).and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
        });
        let accepts = match (self.settings.auth, self.profile(tenant).issues_tokens) {
            (ScimAuth::Any, _) => AcceptedTokens::Any,
            (ScimAuth::Token, true) => AcceptedTokens::Issued,
            (ScimAuth::Token, false) => AcceptedTokens::Fixed(self.settings.token.as_deref()),
        };
        Some(TenantAccess { tenant, bearer, accepts })
    }

    fn decode(&self, matched: &Matched<'_>) -> Result<Command, ApiError> {
        let profile = self.profile(matched.param("tenant").unwrap_or_default());
        matched.decode_in(&Context::new(profile, &self.settings, matched.tenant.clone()))
    }

    fn account(&self) -> &Arc<str> {
        &self.account
    }

    fn encode(&self, request_id: u128, matched: &Matched<'_>, outcome: &Outcome) -> Response {
        let profile = self.profile(matched.param("tenant").unwrap_or_default());
        let headers = headers(profile, &self.request_id(request_id));
        responses::encode(profile, &self.settings, headers, matched, outcome)
    }

    fn encode_error(
        &self,
        request_id: u128,
        now: Timestamp,
        head: &Head,
        error: &ApiError,
    ) -> Response {
        let profile = self.profile_of(head);
        let request_id = self.request_id(request_id);
        let headers = headers(profile, &request_id);
        let methods = match self.find(head.uri.path()) {
            Some((routes, _)) => routes.map(|route| route.method.as_str()).collect(),
            None => Vec::new(),
        };
        let context = errors::ScimErrorContext {
            profile,
            verbose: self.settings.verbose,
            request_id: &request_id,
            now,
            methods,
        };
        errors::encode(&context, headers, error)
    }

    fn request_id(&self, id: u128) -> String {
        Uuid::from_u128(id).hyphenated().encode_lower(&mut Uuid::encode_buffer()).to_owned()
    }

    fn error_members(&self) -> ErrorMembers {
        ErrorMembers { code: "scimType", code_header: "", message: &["detail"], bare_codes: &[] }
    }

    fn value_members(&self) -> &'static [&'static str] {
        &["value"]
    }

    fn response_schemas(&self) -> Option<ResponseSchemas> {
        Some(response_schemas::schemas())
    }
}

/// The headers of every response.
fn headers(profile: &Profile, request_id: &str) -> [(HeaderName, HeaderValue); 2] {
    // Hex digits and dashes are always a valid header value.
    let id = HeaderValue::from_str(request_id).unwrap_or(HeaderValue::from_static(""));
    let name = HeaderName::from_static(profile.request_id_header);
    [(name, id), (CONTENT_TYPE, HeaderValue::from_static(profile.content_type))]
}

/// The members of a search, as a list has them in its query. Source: RFC 7644 §3.4.3.
fn search_params(body: &Json<'_>) -> Result<Params<'static>, ApiError> {
    let wrong = |name: &str| ApiError::Malformed(format!("{name} has a value of another type"));
    let mut params = Params::new();
    for name in ["filter", "startIndex", "count", "attributes", "excludedAttributes"] {
        let value = body.as_object().and_then(|body| {
            let key = params::key_of(body, name)?;
            json::member(body, key)
        });
        let value = match value {
            None | Some(Json::Null) => continue,
            Some(Json::Str(text)) if !matches!(name, "startIndex" | "count") => text.to_string(),
            Some(Json::Number(number)) if matches!(name, "startIndex" | "count") => {
                number.to_string()
            }
            Some(Json::Array(names)) if name.to_lowercase().ends_with("attributes") => {
                let names = names.iter().map(|name| name.as_str());
                names.collect::<Option<Vec<_>>>().ok_or_else(|| wrong(name))?.join(",")
            }
            Some(_) => return Err(wrong(name)),
        };
        params.push((Cow::Borrowed(name), Cow::Owned(value)));
    }
    Ok(params)
}

/// The body of a request. The content type is `application/scim+json`, `application/json`, or absent.
fn body(request: &Request) -> Result<Json<'_>, ApiError> {
    let malformed = |text: String| Err(ApiError::Malformed(text));
    let content_type = header(&request.head.headers, &CONTENT_TYPE).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let accepted = ["", "application/scim+json", "application/json"];
    if !accepted.iter().any(|accepted| accepted.eq_ignore_ascii_case(essence)) {
        return malformed(format!("the Content-Type is {essence}, not application/scim+json"));
    }
    match json::parse(&request.body) {
        Ok(body @ Json::Object(_)) => Ok(body),
        Ok(_) => malformed("Invalid JSON from RequestBody: not an object".to_owned()),
        Err(error) => malformed(format!("Invalid JSON from RequestBody: {error}")),
    }
}
