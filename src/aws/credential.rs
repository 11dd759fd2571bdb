//! Reads the credential of a signature: who signed, for which Region and service.

use http::header::AUTHORIZATION;

use crate::dialect::Head;
use crate::dialect::request::header;

/// Maximum length in bytes of a service or operation name from a request.
const NAME_LENGTH_MAX: usize = 64;

/// Returns whether the request has an AWS signature, in a header or in the query.
pub fn is_signed(head: &Head) -> bool {
    signed_service(head).is_some()
}

/// The service in the credential scope.
pub fn signed_service(head: &Head) -> Option<&str> {
    credential_part(head, 3)
}

/// The Region in the credential scope.
pub fn signed_region(head: &Head) -> Option<&str> {
    credential_part(head, 2)
}

/// The access key id of a signature.
pub fn access_key(head: &Head) -> Option<&str> {
    credential_part(head, 0)
}

/// A part of the credential, `AKID/20260102/us-east-1/sts/aws4_request`, of a header or a presigned URL.
fn credential_part(head: &Head, part: usize) -> Option<&str> {
    let scope = match header(&head.headers, &AUTHORIZATION) {
        Some(authorization) => {
            let parameters = authorization.strip_prefix("AWS4-")?;
            parameters.split_once("Credential=")?.1.split(',').next()?
        }
        None => head.uri.query()?.split_once("X-Amz-Credential=")?.1.split('&').next()?,
    };
    // Slashes are percent-encoded in a query.
    let mut parts = scope.split('/').flat_map(|part| part.split("%2F"));
    parts.nth(part).filter(|name| is_name(name))
}

/// Returns whether a text of a request can name a service or an operation.
pub fn is_name(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=NAME_LENGTH_MAX).contains(&text.len()) && text.chars().all(is_allowed)
}
