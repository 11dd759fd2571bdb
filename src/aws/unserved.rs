//! The names of calls to AWS services that are not served here.

use std::borrow::Cow;

use http::header::AUTHORIZATION;

use crate::dialect::Request;
use crate::dialect::request::header;
use crate::domain::UnservedCall;

use super::TARGET;

/// The target prefix of the service that is served.
const IDENTITY_STORE: &str = "AWSIdentityStore";

/// The services whose calls are known by the prefix of their target.
///
/// Source: botocore's models, `targetPrefix`.
const TARGET_PREFIXES: &[(&str, &str)] =
    &[("AWSOrganizationsV20161128", "organizations"), ("SWBExternalService", "sso-admin")];

/// The services of the query protocol that are known by the version of their API.
///
/// Source: botocore's models, `apiVersion`.
const QUERY_VERSIONS: &[(&str, &str)] = &[("2010-05-08", "iam"), ("2011-06-15", "sts")];

/// The longest name of a service or an operation, in bytes. Names come from clients and are kept.
const NAME_BYTES_MAX: usize = 128;

/// The call of another AWS service that a request makes, if it is one.
///
/// Assumed: the name of a service is the one that requests are signed for, except for the services above.
pub fn unserved_call(request: &Request) -> Option<UnservedCall> {
    let (service, operation, is_query) = match header(&request.head.headers, &TARGET) {
        Some(target) => {
            let (prefix, operation) = target.split_once('.')?;
            if prefix == IDENTITY_STORE {
                return None;
            }
            let service = lookup(TARGET_PREFIXES, prefix).or_else(|| signed_service(request));
            (service.unwrap_or(prefix.into()), operation.into(), false)
        }
        None => {
            let action = parameter(request, "Action")?;
            let service = || signed_service(request);
            let version = parameter(request, "Version");
            let service = service().or_else(|| lookup(QUERY_VERSIONS, version.as_deref()?))?;
            (service, action, true)
        }
    };
    let is_name = |name: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_plain)
    };
    (is_name(&service) && is_name(&operation)).then(|| UnservedCall {
        service: service.into_owned(),
        operation: operation.into_owned(),
        is_query,
    })
}

fn lookup(rows: &[(&str, &'static str)], key: &str) -> Option<Cow<'static, str>> {
    rows.iter().find(|(known, _)| *known == key).map(|(_, service)| Cow::Borrowed(*service))
}

/// The service in the scope of the signature: `AKID/20300101/us-east-1/sts/aws4_request`.
fn signed_service(request: &Request) -> Option<Cow<'_, str>> {
    let service = |scope: &str| Some(scope.split('/').nth(3)?.to_owned().into());
    match header(&request.head.headers, &AUTHORIZATION) {
        Some(authorization) => {
            let (_, scope) = authorization.split_once("Credential=")?;
            service(scope.split([',', ' ']).next()?)
        }
        None => service(&parameter(request, "X-Amz-Credential")?),
    }
}

/// A parameter of the query protocol, from the form in the body or from the query string.
fn parameter<'a>(request: &'a Request, name: &str) -> Option<Cow<'a, str>> {
    let query = request.head.uri.query().unwrap_or_default().as_bytes();
    let form: &[u8] = if request.body.starts_with(b"{") { &[] } else { &request.body };
    let mut pairs = form_urlencoded::parse(form).chain(form_urlencoded::parse(query));
    pairs.find(|(key, _)| key == name).map(|(_, value)| value)
}
