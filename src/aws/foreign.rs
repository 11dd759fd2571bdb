//! Recognizes calls of AWS services that are not served, so that errors, journal, log and metrics name
//! the service.

use http::header::AUTHORIZATION;

use crate::dialect::request::header;
use crate::dialect::{Head, Request};
use crate::domain::{ForeignCall, ForeignProtocol};

use super::service::Service;
use super::{Model, TARGET, query, routes, sts};

/// Identity Store's name in signatures.
const SIGNING_NAME: &str = "identitystore";

/// API versions of query-protocol services. They identify the service of an unsigned request.
const VERSIONS: [(&str, &str); 2] = [(sts::VERSION, "sts"), ("2010-05-08", "iam")];

/// Services without operation names whose responses are XML.
const REST_XML_SERVICES: [&str; 3] = ["s3", "route53", "cloudfront"];

/// Maximum length in bytes of a service or operation name from a request.
const NAME_LENGTH_MAX: usize = 64;

/// Returns the call if the request is for another service: JSON with a target, a form with an `Action`,
/// or any request that is signed for another service.
pub(super) fn foreign_call(request: &Request) -> Option<ForeignCall> {
    let head = &request.head;
    if head.headers.contains_key(&TARGET) {
        return json_call(head);
    }
    query_call(head, &request.body).or_else(|| rest_call(head))
}

/// Returns whether the request has an AWS signature, in a header or in the query.
pub(super) fn is_signed(head: &Head) -> bool {
    signed_service(head).is_some()
}

fn json_call(head: &Head) -> Option<ForeignCall> {
    let (prefix, operation) = header(&head.headers, &TARGET)?.split_once('.')?;
    let service = match Service::of_target(prefix) {
        Some(Service::IdentityStore) => return None,
        Some(service) if routes::find(Model::Current, service, operation).is_some() => return None,
        Some(service) => service.command_name(),
        None => signed_service(head).unwrap_or(prefix),
    };
    named(service, operation, ForeignProtocol::Json)
}

fn query_call(head: &Head, body: &[u8]) -> Option<ForeignCall> {
    let params = query::params(head, body)?;
    let param = |name: &str| params.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let operation = param("Action")?;
    let version = param("Version").map(|version| &**version).unwrap_or_default();
    let known = VERSIONS.iter().find(|(known, _)| *known == version).map(|(_, name)| *name);
    named(signed_service(head).or(known)?, operation, ForeignProtocol::Query)
}

/// A call of a service whose requests carry no operation name. Assumed: status and form of the error.
fn rest_call(head: &Head) -> Option<ForeignCall> {
    let service = signed_service(head).filter(|service| *service != SIGNING_NAME)?;
    let is_xml = REST_XML_SERVICES.contains(&service);
    let protocol = if is_xml { ForeignProtocol::RestXml } else { ForeignProtocol::RestJson };
    named(service, head.method.as_str(), protocol)
}

/// The service in the credential scope.
fn signed_service(head: &Head) -> Option<&str> {
    credential_part(head, 3)
}

/// The Region in the credential scope.
pub(super) fn signed_region(head: &Head) -> Option<&str> {
    credential_part(head, 2)
}

/// The access key id of a signature.
pub(super) fn access_key(head: &Head) -> Option<&str> {
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

fn named(service: &str, operation: &str, protocol: ForeignProtocol) -> Option<ForeignCall> {
    (is_name(service) && is_name(operation)).then(|| ForeignCall {
        service: service.to_owned(),
        operation: operation.to_owned(),
        protocol,
    })
}

fn is_name(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=NAME_LENGTH_MAX).contains(&text.len()) && text.chars().all(is_allowed)
}
