//! Requests.

use bytes::Bytes;
use http::header::HOST;
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

/// Marks the head of a request that came over TLS, as one of its extensions.
#[derive(Clone, Copy, Debug)]
pub struct OverTls;

/// The scheme of the address that the client of this request uses.
pub fn scheme(head: &Head) -> &'static str {
    if head.extensions.get::<OverTls>().is_some() { "https" } else { "http" }
}

/// The address of this server as the client of this request knows it, such as `http://127.0.0.1:4747`.
///
/// Only a plain host and port is taken from the request: the text goes into URLs and XML.
pub fn base_url(head: &Head) -> String {
    let authority = head.uri.authority().map(|authority| authority.as_str());
    let host = header(&head.headers, &HOST).or(authority).filter(|host| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
        !host.is_empty() && host.bytes().all(is_plain)
    });
    format!("{}://{}", scheme(head), host.unwrap_or("localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_url_takes_a_plain_host_only() {
        let head = |host: &str| {
            let request = http::Request::builder().uri("/").header("host", host);
            request.body(()).expect("a request").into_parts().0
        };
        assert_eq!(base_url(&head("127.0.0.1:4747")), "http://127.0.0.1:4747");
        assert_eq!(base_url(&head("[::1]:80")), "http://[::1]:80");
        assert_eq!(base_url(&head("my_host.localhost")), "http://my_host.localhost");
        for odd in ["", "a&b", "user@host", "a/b", "<x>"] {
            assert_eq!(base_url(&head(odd)), "http://localhost", "{odd}");
        }
    }
}
