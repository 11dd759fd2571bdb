//! Requests.

use bytes::Bytes;
use http::{HeaderMap, HeaderName};

/// The head of a request: method, target, headers.
pub type Head = http::request::Parts;

/// A request whose body has arrived.
#[derive(Debug)]
pub struct Request {
    /// Method, target, headers.
    pub head: Head,
    /// The whole body, within the server's limit.
    pub body: Bytes,
    /// The number of the connection that it came through.
    pub connection: u64,
}

impl Request {
    /// A request that came through no connection.
    pub fn new(head: Head, body: Bytes) -> Self {
        Self { head, body, connection: 0 }
    }
}

/// The value of a header, if it is text.
pub fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
