//! Recognizes calls of AWS services that are not served, so that journal, log, metrics and the error name them.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Method};

use crate::dialect::request::header;
use crate::dialect::{Head, Request};
use crate::domain::{ForeignCall, ForeignProtocol};

use super::{SERVICE, TARGET};

/// Target prefixes whose service has another name on the AWS command line.
const SERVICES: [(&str, &str); 2] =
    [("SWBExternalService", "sso-admin"), ("AWSOrganizationsV20161128", "organizations")];

/// Longest name of a service or an operation that is taken over from a request.
const NAME_LENGTH_MAX: usize = 64;

/// The call of another service, if the request is one: JSON with a target, or a form with an `Action`.
pub(super) fn foreign_call(request: &Request) -> Option<ForeignCall> {
    json_call(&request.head.headers).or_else(|| query_call(&request.head, &request.body))
}

fn json_call(headers: &HeaderMap) -> Option<ForeignCall> {
    let (prefix, operation) = header(headers, &TARGET)?.split_once('.')?;
    if prefix == SERVICE {
        return None;
    }
    let known = SERVICES.iter().find(|(target, _)| *target == prefix).map(|(_, name)| *name);
    let service = known.or_else(|| signed_service(headers)).unwrap_or(prefix);
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
    let service = match signed_service(&head.headers) {
        Some(service) => service,
        // The version tells services apart that sign nothing.
        None if member("Version").as_deref() == Some("2011-06-15") => "sts",
        None => return None,
    };
    named(service, &operation, ForeignProtocol::Query)
}

/// The service in the credential scope: `Credential=AKID/20260102/us-east-1/sts/aws4_request`.
fn signed_service(headers: &HeaderMap) -> Option<&str> {
    let credential = header(headers, &AUTHORIZATION)?.split_once("Credential=")?.1;
    credential.split(',').next()?.split('/').nth(3).filter(|name| is_name(name))
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
