//! Responses.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// A whole response.
pub type Response = http::Response<Bytes>;

/// The names of the parts of an error's body that a fault rule can replace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ErrorMembers {
    /// The member with the code.
    pub code: &'static str,
    /// The header with the code; empty if there is none.
    pub code_header: &'static str,
    /// The members that can hold the message: the first one that is present, else the first one.
    pub message: &'static [&'static str],
    /// The codes of errors whose body has no member but the code.
    pub bare_codes: &'static [&'static str],
}

/// A response with these headers and this body.
pub fn respond(
    status: u16,
    headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
    body: impl Into<Bytes>,
) -> Response {
    let mut response = Response::new(body.into());
    // Every status is a constant, or was validated with its fault rule.
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().extend(headers);
    response
}

/// The headers of every success of one dialect, built once.
#[derive(Debug)]
pub struct SuccessHeaders {
    all: HeaderMap,
    request_id: HeaderName,
}

impl SuccessHeaders {
    /// These headers; the first one holds the request id.
    pub fn new<const N: usize>(headers: [(HeaderName, HeaderValue); N]) -> Self {
        let request_id = headers.first().map(|(name, _)| name.clone());
        let all = headers.into_iter().collect();
        Self { all, request_id: request_id.unwrap_or(CONTENT_TYPE) }
    }

    /// A response with this request id and this body.
    pub fn respond(&self, status: u16, request_id: String, body: impl Into<Bytes>) -> Response {
        let mut headers = self.all.clone();
        let id = headers.iter_mut().find(|(name, _)| **name == self.request_id);
        // A request id has only digits and dashes, so it is always a valid header value.
        if let (Some((_, value)), Ok(id)) = (id, HeaderValue::try_from(request_id)) {
            *value = id;
        }
        let mut response = respond(status, [], body);
        *response.headers_mut() = headers;
        response
    }
}
