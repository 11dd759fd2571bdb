//! Huawei Cloud IAM Identity Center's identity store as its service answers: REST under
//! `/v1/identity-stores/`.
//!
//! Knows the domain and what dialects share; not AWS.

mod admin;
mod answers;
mod errors;
mod limits;
mod operations;
mod outcomes;
mod patch;
mod shapes;

use std::borrow::Cow;
use std::sync::LazyLock;

use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use serde_json::Value as Json;

use crate::dialect::dialect::{INVOCATION, header, hex, session};
use crate::dialect::{
    AnswerSchemas, Args, CloudExportFormat, Dialect, ErrorSpelling, Head, Matched, Notes, Reply,
    Request, Response, Route, Shape, Subject,
};
use crate::domain::{ApiError, Call, Operation, UnknownOperation};

pub use operations::ROUTES;

/// What can be set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HuaweiSettings {
    /// What stands before the service's error numbers: `IIC` since about autumn 2024,
    /// `IdentityCenter` before.
    pub error_prefix: String,
    /// 32 hex digits: who has created and updated.
    pub account_id: String,
}

/// The Huawei dialect. It takes every path, as the API gateway in front of the service does.
#[derive(Debug)]
pub struct Huawei {
    settings: HuaweiSettings,
    by: std::sync::Arc<str>,
}

impl Huawei {
    /// The dialect with these settings.
    pub fn new(settings: HuaweiSettings) -> Self {
        let by = settings.account_id.as_str().into();
        Self { settings, by }
    }
}

/// Rows by path; one path has a row for each method.
static ROUTER: LazyLock<matchit::Router<Vec<&'static Route>>> = LazyLock::new(|| {
    let mut paths: Vec<(&str, Vec<&Route>)> = Vec::new();
    for route in ROUTES {
        match paths.iter_mut().find(|(path, _)| *path == route.path) {
            Some((_, routes)) => routes.push(route),
            None => paths.push((route.path, vec![route])),
        }
    }
    let mut router = matchit::Router::new();
    for (path, routes) in paths {
        // The paths are constants; every test that sends a request goes through here.
        router.insert(path, routes).expect("no two paths of the table collide");
    }
    router
});

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

    fn claims(&self, _head: &Head) -> bool {
        true
    }

    fn route<'r>(&self, request: &'r Request) -> Result<Matched<'r>, ApiError> {
        let (method, path) = (&request.head.method, request.head.uri.path());
        let unknown = || {
            let (method, path) = (method.to_string(), path.to_owned());
            ApiError::UnknownOperation(UnknownOperation::Path { method, path })
        };
        let (route, mut params) = match normalized(path) {
            None => row(method, path, Cow::Borrowed),
            // Its values are copied: what they are part of is gone in a moment.
            Some(path) => row(method, &path, |value| {
                percent_decode_str(value).decode_utf8_lossy().into_owned().into()
            }),
        }
        .ok_or_else(unknown)?;
        if let Some(query) = request.head.uri.query() {
            params.extend(form_urlencoded::parse(query.as_bytes()));
        }
        // The SDKs send a content type, and sometimes `{}`, with GET and DELETE too: not ours to mind.
        let bare =
            matches!(*method, Method::GET | Method::DELETE) || operations::is_bodiless(route);
        let body = if bare { Json::Null } else { body(request)? };
        Ok(Matched { route, body, params })
    }

    fn named(&self, head: &Head) -> Option<Operation> {
        let path = head.uri.path();
        let path = normalized(path).map_or(Cow::Borrowed(path), Cow::Owned);
        Some(row(&head.method, &path, Cow::Borrowed)?.0.operation)
    }

    fn subject<'a>(&self, matched: Option<&'a Matched<'a>>, head: &'a Head) -> Subject<'a> {
        let param = |name: &str| matched.and_then(|matched| matched.param(name));
        let body = matched.map(|matched| &matched.body);
        let member_id = || body.and_then(|body| body.get("member_id")?.get("user_id")?.as_str());
        let group_id = || body.and_then(|body| body.get("group_id")?.as_str());
        Subject {
            dialect: self.name(),
            operation: matched.map(|matched| matched.route.operation),
            store: param("identity_store_id"),
            user: param("user_id").or_else(member_id),
            group: param("group_id").or_else(group_id),
            session: session(&head.headers),
            attempt: None,
            invocation: header(&head.headers, &INVOCATION),
        }
    }

    fn decode(&self, matched: &Matched<'_>) -> Result<Call, ApiError> {
        let notes = Notes::new();
        let command = (matched.route.read)(&mut Args::new(matched, &notes));
        notes.finish(false, Call { by: self.by.clone(), command })
    }

    fn touched<'a>(&self, matched: &'a Matched<'a>) -> Vec<&'a str> {
        let steps = matched.body.get("operations").and_then(Json::as_array);
        steps
            .into_iter()
            .flatten()
            .filter_map(|step| step.get("attribute_path")?.as_str())
            .collect()
    }

    fn membership<'a>(&self, matched: &'a Matched) -> Option<&'a str> {
        matched.param("membership_id")
    }

    fn error_spelling(&self) -> ErrorSpelling {
        ErrorSpelling {
            code: "error_code",
            code_header: "",
            message: &["error_msg"],
            bare_codes: &[],
        }
    }

    fn answers(&self) -> Option<AnswerSchemas> {
        Some(answers::schemas())
    }

    fn value_members(&self) -> &'static [&'static str] {
        &["attribute_value"]
    }

    fn encode(&self, request_id: u128, result: Result<&Reply, &ApiError>) -> Response {
        let digits = hex(request_id);
        let request_id = str::from_utf8(&digits).unwrap_or_default();
        match result {
            Ok(reply) => outcomes::encode(&self.by, request_id, reply),
            Err(error) => errors::encode(&self.settings, request_id, error),
        }
    }
}

/// What stands in the place of a path's parameter: the parameter's name, and the text.
type Param<'p> = (Cow<'static, str>, Cow<'p, str>);

/// The row of a method and a path, and the path's parameters.
fn row<'p, 'r>(
    method: &Method,
    path: &'p str,
    decoded: impl Fn(&'p str) -> Cow<'r, str>,
) -> Option<(&'static Route, Vec<Param<'r>>)> {
    let found = ROUTER.at(path).ok()?;
    let route = found.value.iter().find(|route| route.method == *method)?;
    let params = found.params.iter().map(|(name, value)| (Cow::Borrowed(name), decoded(value)));
    Some((route, params.collect()))
}

/// A path whose segments are encoded where they have to be and nowhere else, so that each of its
/// spellings finds its row; `None` where nothing is encoded. Source: RFC 3986 §6.2.2.
fn normalized(path: &str) -> Option<String> {
    const ENCODED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    if !path.contains('%') {
        return None;
    }
    let segments = path.split('/').map(|segment| {
        let bytes: Vec<u8> = percent_decode_str(segment).collect();
        percent_encode(&bytes, ENCODED).to_string()
    });
    Some(segments.collect::<Vec<_>>().join("/"))
}

/// The headers that every answer has.
fn headers(request_id: &str) -> [(HeaderName, HeaderValue); 2] {
    const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
    // Of hex digits, so always a header's value.
    let id = HeaderValue::from_str(request_id).unwrap_or(HeaderValue::from_static(""));
    [(REQUEST_ID, id), (CONTENT_TYPE, HeaderValue::from_static("application/json"))]
}

fn body(request: &Request) -> Result<Json, ApiError> {
    let malformed = |text: &str| Err(ApiError::Malformed(text.to_owned()));
    let content_type = header(&request.head.headers, &CONTENT_TYPE).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.is_empty() && !essence.eq_ignore_ascii_case("application/json") {
        return malformed("the Content-Type is not application/json");
    }
    if request.body.is_empty() {
        return malformed("the request body is missing");
    }
    match serde_json::from_slice(&request.body) {
        Ok(body @ Json::Object(_)) => Ok(body),
        Ok(_) => malformed("the request body is not a JSON object"),
        Err(error) => Err(ApiError::Malformed(format!("the request body is not JSON: {error}"))),
    }
}
