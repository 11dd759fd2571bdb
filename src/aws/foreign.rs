//! Recognizes calls of AWS services that are not served, so that errors, journal, log and metrics name
//! the service.

use http::Method;
use http::header::{AUTHORIZATION, CONTENT_TYPE};

use crate::dialect::request::header;
use crate::dialect::{Head, Request};
use crate::domain::{ForeignCall, ForeignProtocol};

use super::{SERVICE, SIGNING_NAME, TARGET};

/// Target prefixes that differ from the service's AWS CLI name.
const SERVICES: [(&str, &str); 2] =
    [("SWBExternalService", "sso-admin"), ("AWSOrganizationsV20161128", "organizations")];

/// API versions of query-protocol services. They identify the service of an unsigned request.
const VERSIONS: [(&str, &str); 2] = [("2011-06-15", "sts"), ("2010-05-08", "iam")];

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
    if prefix == SERVICE {
        return None;
    }
    let known = SERVICES.iter().find(|(target, _)| *target == prefix).map(|(_, name)| *name);
    let service = known.or_else(|| signed_service(head)).unwrap_or(prefix);
    named(service, operation, ForeignProtocol::Json)
}

fn query_call(head: &Head, body: &[u8]) -> Option<ForeignCall> {
    let is_form = header(&head.headers, &CONTENT_TYPE)
        .is_some_and(|content| content.starts_with("application/x-www-form-urlencoded"));
    let query = match head.method {
        Method::POST if is_form => body,
        Method::GET => head.uri.query()?.as_bytes(),
        _ => return None,
    };
    let member = |name: &str| {
        let mut pairs = form_urlencoded::parse(query);
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let operation = member("Action")?;
    let version = member("Version").unwrap_or_default();
    let known = VERSIONS.iter().find(|(known, _)| *known == version).map(|(_, name)| *name);
    named(signed_service(head).or(known)?, &operation, ForeignProtocol::Query)
}

/// A call of a service whose requests carry no operation name. Assumed: status and form of the error.
fn rest_call(head: &Head) -> Option<ForeignCall> {
    let service = signed_service(head).filter(|service| *service != SIGNING_NAME)?;
    let is_xml = REST_XML_SERVICES.contains(&service);
    let protocol = if is_xml { ForeignProtocol::RestXml } else { ForeignProtocol::RestJson };
    named(service, head.method.as_str(), protocol)
}

/// The service in the credential scope, `AKID/20260102/us-east-1/sts/aws4_request`, of a header or a
/// presigned URL.
fn signed_service(head: &Head) -> Option<&str> {
    let scope = match header(&head.headers, &AUTHORIZATION) {
        Some(authorization) => {
            let parameters = authorization.strip_prefix("AWS4-")?;
            parameters.split_once("Credential=")?.1.split(',').next()?
        }
        None => head.uri.query()?.split_once("X-Amz-Credential=")?.1.split('&').next()?,
    };
    // Slashes are percent-encoded in a query.
    let mut parts = scope.split('/').flat_map(|part| part.split("%2F"));
    parts.nth(3).filter(|name| is_name(name))
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
