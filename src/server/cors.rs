//! Lets pages of configured origins call the vendors' operations. By default none is. Only pages of the
//! server itself can call the control API.
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

/// Time for which a browser may cache the response to a preflight, in seconds.
const MAX_AGE_S: u64 = 600;

/// The origin of the page that sends a request, if it is one of `allowed`.
pub fn allowed_origin(head: &Head, allowed: &[String]) -> Option<HeaderValue> {
    if allowed.is_empty() || control::claims(head.uri.path()) {
        return None;
    }
    let mut origins = head.headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (origins.next(), origins.next()) else { return None };
    allowed.iter().any(|name| name.as_bytes() == origin.as_bytes()).then(|| origin.clone())
}

/// Whether a browser asks for permission to send a request.
pub fn is_preflight(head: &Head) -> bool {
    head.method == Method::OPTIONS && head.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Permits every method and header of the vendors' operations. It is not an operation: fault rules do not
/// match it, and it is not journaled. Status 200, as AWS responds.
pub fn preflight(head: &Head) -> Response {
    let mut response = Response::default();
    let headers = response.headers_mut();
    let methods = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE");
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(MAX_AGE_S));
    if let Some(names) = head.headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    response
}

/// Lets pages of this origin read a response.
pub fn allow_origin(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
    headers.append(VARY, HeaderValue::from_static("Origin"));
}
