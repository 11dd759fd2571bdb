//! Pages in a browser that may read what the vendors' operations answer: those of origins that were
//! named, none by default, and never the control API.
//!
//! Source: the Fetch standard, "CORS protocol". Credentials are not allowed; the SDKs send none that a
//! browser would keep.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method};

use crate::control;
use crate::dialect::{Head, Response};

/// How long a browser may keep what it was told before it asks again.
const KEPT_S: u64 = 600;

/// The origin of the page behind a request, where it is one of `allowed`.
pub fn page(head: &Head, allowed: &[String]) -> Option<HeaderValue> {
    if allowed.is_empty() || control::claims(head.uri.path()) {
        return None;
    }
    let mut origins = head.headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (origins.next(), origins.next()) else { return None };
    allowed.iter().any(|name| name.as_bytes() == origin.as_bytes()).then(|| origin.clone())
}

/// Whether a browser asks what a page may send, before it sends it.
pub fn is_preflight(head: &Head) -> bool {
    head.method == Method::OPTIONS && head.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// All that either vendor's operations take. Not an operation: no fault hits it and no journal has it.
/// Status 200, as AWS answers. Source: AWS protocol.md, "Malformed requests".
pub fn preflight(head: &Head) -> Response {
    let mut response = Response::default();
    let headers = response.headers_mut();
    let methods = HeaderValue::from_static("GET, POST, PUT, DELETE");
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(KEPT_S));
    if let Some(asked) = head.headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    response
}

/// Lets the page of this origin read an answer.
pub fn grant(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
    headers.append(VARY, HeaderValue::from_static("Origin"));
}
