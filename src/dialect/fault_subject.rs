//! What fault rules and the journal match on.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};

use crate::domain::{Denial, Operation, ResourceKind};

use super::Dialect;
use super::request::{Head, header};
use super::route::Matched;

/// What fault rules and the journal know about a request. A value that is missing, or of the wrong
/// type, is `None`.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct FaultSubject<'a> {
    /// The dialect's name.
    pub dialect: &'static str,
    /// The operation; `None` if none was recognized.
    pub operation: Option<Operation>,
    /// The id of the store that it names, without ARN prefix.
    pub store: Option<&'a str>,
    /// The id of the user that it names, without ARN prefix.
    pub user: Option<&'a str>,
    /// The id of the group that it names, without ARN prefix.
    pub group: Option<&'a str>,
    /// The id of the membership that it names, without ARN prefix.
    pub membership: Option<&'a str>,
    /// `x-idouble-session` if sent, else the access key id in `Authorization`.
    pub session: Option<&'a str>,
    /// From `amz-sdk-request: attempt=N`, from 1; Huawei's SDK sends none.
    pub attempt: Option<u32>,
    /// From `amz-sdk-invocation-id`.
    pub invocation: Option<&'a str>,
}

impl<'a> FaultSubject<'a> {
    /// The error for a call that the caller may not make.
    pub fn denial(&self, operation: Operation) -> Denial {
        let text = |id: Option<&str>| id.map(str::to_owned);
        Denial {
            operation: operation.name(),
            store: text(self.store),
            group: text(self.group),
            user: text(self.user),
            membership: text(self.membership),
            ..Denial::default()
        }
    }

    /// The subject of a request. `matched` is `None` if no route was found, or the body is malformed.
    pub fn new(dialect: &dyn Dialect, matched: Option<&'a Matched<'a>>, head: &'a Head) -> Self {
        let id = |kind, text: Option<&'a str>| text.map(|text| dialect.plain_id(kind, text));
        Self {
            dialect: dialect.name(),
            operation: matched.map(|matched| matched.route.operation),
            store: id(ResourceKind::IdentityStore, matched.and_then(Matched::store)),
            user: id(ResourceKind::User, matched.and_then(Matched::user)),
            group: id(ResourceKind::Group, matched.and_then(Matched::group)),
            membership: id(ResourceKind::GroupMembership, matched.and_then(Matched::membership)),
            session: session(&head.headers),
            attempt: header(&head.headers, &ATTEMPT).and_then(attempt),
            invocation: header(&head.headers, &INVOCATION),
        }
    }
}

/// Names the session of a request: a test's own name instead of its access key.
const SESSION: HeaderName = HeaderName::from_static("x-idouble-session");

/// The number of the attempt, as AWS's SDKs count.
const ATTEMPT: HeaderName = HeaderName::from_static("amz-sdk-request");

/// The same for all attempts of one call by an AWS SDK.
const INVOCATION: HeaderName = HeaderName::from_static("amz-sdk-invocation-id");

/// The session of a request: the header for tests, else the access key id in `Authorization`.
fn session(headers: &HeaderMap) -> Option<&str> {
    header(headers, &SESSION).or_else(|| access_key(headers.get(AUTHORIZATION)?.as_bytes()))
}

/// The number in `attempt=2; max=3`.
fn attempt(header: &str) -> Option<u32> {
    let mut parts = header.split(';').map(str::trim);
    parts.find_map(|part| part.strip_prefix("attempt="))?.parse().ok()
}

/// The access key id in `Credential=AKID/…` (AWS, Huawei V11) or `Access=AK,` (Huawei).
fn access_key(authorization: &[u8]) -> Option<&str> {
    let mut parameters = after(authorization, b' ')?;
    let key = loop {
        match credential(parameters) {
            Some(key) => break key,
            None => parameters = after(parameters, b',')?,
        }
    };
    let key = key.split(|byte| matches!(byte, b'/' | b' ' | b',')).next()?;
    str::from_utf8(key).ok().filter(|key| !key.is_empty())
}

/// What follows the first `separator`.
fn after(text: &[u8], separator: u8) -> Option<&[u8]> {
    let at = text.iter().position(|byte| *byte == separator)?;
    Some(&text[at + 1..])
}

/// The value of the first parameter and what follows, if it is the one with the access key id.
fn credential(parameters: &[u8]) -> Option<&[u8]> {
    let parameter = parameters.trim_ascii_start();
    parameter.strip_prefix(b"Credential=").or_else(|| parameter.strip_prefix(b"Access="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_key_is_read_from_the_signature_of_either_cloud() {
        let access_key = |text: &'static str| access_key(text.as_bytes());
        let aws = "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/identitystore/aws4_request, SignedHeaders=host, Signature=0";
        assert_eq!(access_key(aws), Some("AKID"));
        let huawei = "SDK-HMAC-SHA256 Access=HWAK, SignedHeaders=host, Signature=0";
        assert_eq!(access_key(huawei), Some("HWAK"));
        let reordered = "AWS4-HMAC-SHA256 SignedHeaders=host,Signature=0, Credential=AKID";
        assert_eq!(access_key(reordered), Some("AKID"));
        for none in ["Bearer token", "AWS4-HMAC-SHA256 Credential=/x", "AWS4-HMAC-SHA256", ""] {
            assert_eq!(access_key(none), None, "{none}");
        }
    }
}
