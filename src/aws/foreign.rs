//! Recognizes calls of AWS services that are not served, so that errors, journal, log and metrics name
//! the service.

use crate::dialect::request::header;
use crate::dialect::{Head, Request};
use crate::domain::{ForeignCall, ForeignProtocol};

use super::credential::{is_name, signed_service};
use super::service::AwsService;
use super::{Model, TARGET, query, routes, sts};

/// Identity Store's name in signatures.
const SIGNING_NAME: &str = "identitystore";

/// API versions of query-protocol services. They identify the service of an unsigned request.
const VERSIONS: [(&str, &str); 2] = [(sts::VERSION, "sts"), ("2010-05-08", "iam")];

/// Services without operation names whose responses are XML.
const REST_XML_SERVICES: [&str; 3] = ["s3", "route53", "cloudfront"];

/// Returns the call if the request is for another service: JSON with a target, a form with an `Action`,
/// or any request that is signed for another service.
pub(super) fn foreign_call(request: &Request) -> Option<ForeignCall> {
    let head = &request.head;
    if head.headers.contains_key(&TARGET) {
        return json_call(head);
    }
    query_call(head, &request.body).or_else(|| rest_call(head))
}

fn json_call(head: &Head) -> Option<ForeignCall> {
    let (prefix, operation) = header(&head.headers, &TARGET)?.split_once('.')?;
    let service = match AwsService::of_target(prefix) {
        Some(AwsService::IdentityStore) => return None,
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

fn named(service: &str, operation: &str, protocol: ForeignProtocol) -> Option<ForeignCall> {
    (is_name(service) && is_name(operation)).then(|| ForeignCall {
        service: service.to_owned(),
        operation: operation.to_owned(),
        protocol,
    })
}
