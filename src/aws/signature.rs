//! Verifies signatures of version 4, in the `Authorization` header and in the query.
//!
//! Source: AWS, "Signature Version 4 signing process". The path is encoded twice, as for all services but
//! S3. Assumed: error messages that no document shows.

use std::borrow::Cow;
use std::sync::Arc;

use http::header::{AUTHORIZATION, DATE};
use http::{HeaderName, Uri};
use sha2::Sha256;

use crate::auth::signature::{
    NO_SECRET, canonical_headers, canonical_query, encoded, equals, hex, hex_digest, hmac,
    parse_compact_time,
};
use crate::auth::{AccessKey, Cloud, Keyring};
use crate::dialect::request::header;
use crate::dialect::{Head, Request};
use crate::domain::{SignedText, TimeDifference, Timestamp, Unauthenticated};

use super::service::AwsService;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";

/// How long a signature in the header is valid, before and after its time.
const VALID_MS: i64 = 5 * 60_000;

/// The longest validity of a signature in the query, in seconds: a week.
const EXPIRES_MAX_S: i64 = 7 * 86_400;

const AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const CONTENT_HASH: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// Headers that must be signed if they are present, because they name the operation, the time and the
/// caller. Assumed, except for the host.
const SIGNED_HEADERS: [&str; 5] =
    ["host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "x-amz-target"];

/// The parts of a signature, as sent.
struct Signature<'r> {
    credential: Cow<'r, str>,
    signed_headers: Cow<'r, str>,
    signature: Cow<'r, str>,
    date: Cow<'r, str>,
    token: Option<Cow<'r, str>>,
    /// How long it is valid, if it is in the query.
    expires_ms: Option<i64>,
}

/// Verifies the signature of a request for a service. Returns the access key that signed it.
///
/// # Errors
/// What is wrong with the signature.
pub fn verify(
    keys: Keyring<'_>,
    service: AwsService,
    request: &Request,
    now: Timestamp,
) -> Result<Arc<AccessKey>, Unauthenticated> {
    let head = &request.head;
    let sent = read(head)?;
    let mut scope = sent.credential.split('/').rev();
    let (Some(terminator), Some(name), Some(region), Some(day)) =
        (scope.next(), scope.next(), scope.next(), scope.next())
    else {
        return Err(Unauthenticated::Incomplete(format!(
            "Credential must have at least 5 slash-delimited elements separated by slashes. Received '{}'",
            sent.credential
        )));
    };
    let id = scope.rev().collect::<Vec<_>>().join("/");
    check_scope(keys, service, [day, region, name, terminator], &sent.date)?;
    check_time(&sent, now)?;
    let signed = sent.signed_headers.as_ref();
    let must_be_signed = |name: &&&str| {
        **name == "host" || (sent.expires_ms.is_none() && head.headers.contains_key(**name))
    };
    for name in SIGNED_HEADERS.iter().filter(must_be_signed) {
        if !signed.split(';').any(|signed| signed == *name) {
            let name = if *name == "host" { "Host' or ':authority" } else { *name };
            return Err(Unauthenticated::WrongScope(format!(
                "'{name}' must be a 'SignedHeader' in the AWS Authorization."
            )));
        }
    }
    let (canonical, shown) = canonical_request(request, signed)?;
    let scope = format!("{day}/{region}/{name}/{terminator}");
    let to_sign = |canonical: &str| {
        format!("{ALGORITHM}\n{}\n{scope}\n{}", sent.date, hex_digest::<Sha256>(canonical))
    };
    let key = keys.key(&id, Cloud::Aws);
    let secret = key.as_ref().map_or(NO_SECRET, |key| key.secret.as_str());
    let mut hash = hmac::<Sha256>(format!("AWS4{secret}").as_bytes(), day);
    for part in [region, name, terminator] {
        hash = hmac::<Sha256>(&hash, part);
    }
    let string_to_sign = to_sign(&canonical);
    let expected = hex(&hmac::<Sha256>(&hash, &string_to_sign));
    let matches = equals(&expected, &sent.signature);
    let Some(key) = key else { return Err(Unauthenticated::UnknownKey(id)) };
    let token = sent.token.as_deref().unwrap_or_default();
    if !equals(token, key.session_token.as_deref().unwrap_or_default()) {
        return Err(Unauthenticated::InvalidToken);
    }
    if !matches {
        let signed = SignedText { canonical_request: shown, string_to_sign };
        return Err(Unauthenticated::BadSignature(Some(Box::new(signed))));
    }
    if key.is_expired(now) {
        return Err(Unauthenticated::ExpiredToken);
    }
    Ok(key)
}

/// Reads the parts of the signature.
fn read(head: &Head) -> Result<Signature<'_>, Unauthenticated> {
    match header(&head.headers, &AUTHORIZATION) {
        Some(text) => read_header(head, text),
        None => read_query(&head.uri),
    }
}

fn read_header<'r>(head: &'r Head, text: &'r str) -> Result<Signature<'r>, Unauthenticated> {
    let (algorithm, parameters) = text.split_once(' ').unwrap_or((text, ""));
    check_algorithm(algorithm)?;
    let parameter = |name: &str| {
        let mut parameters = parameters.split(',').map(str::trim);
        let found =
            parameters.find_map(|parameter| parameter.strip_prefix(name)?.strip_prefix('='));
        found.filter(|value| !value.is_empty())
    };
    let names = ["Credential", "Signature", "SignedHeaders"];
    let mut missing: Vec<_> = names
        .into_iter()
        .filter(|name| parameter(name).is_none())
        .map(|name| format!("Authorization header requires '{name}' parameter."))
        .collect();
    let date = header(&head.headers, &AMZ_DATE).or_else(|| header(&head.headers, &DATE));
    if date.is_none() {
        missing.push(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
                .to_owned(),
        );
    }
    let (Some(credential), Some(signature), Some(signed_headers), Some(date)) =
        (parameter(names[0]), parameter(names[1]), parameter(names[2]), date)
    else {
        return Err(Unauthenticated::Incomplete(missing.join(" ")));
    };
    Ok(Signature {
        credential: credential.into(),
        signed_headers: signed_headers.into(),
        signature: signature.into(),
        date: date.into(),
        token: header(&head.headers, &SECURITY_TOKEN).map(Into::into),
        expires_ms: None,
    })
}

fn read_query(uri: &Uri) -> Result<Signature<'_>, Unauthenticated> {
    let query = uri.query().unwrap_or_default();
    let parameter = |name: &str| {
        let mut parameters = form_urlencoded::parse(query.as_bytes());
        parameters.find(|(key, _)| key == name).map(|(_, value)| value)
    };
    let Some(algorithm) = parameter("X-Amz-Algorithm") else {
        return Err(Unauthenticated::MissingToken);
    };
    check_algorithm(&algorithm)?;
    let required = |name: &str| {
        parameter(name).filter(|value| !value.is_empty()).ok_or_else(|| {
            Unauthenticated::Incomplete(format!(
                "AWS query-string parameters must include '{name}'. Re-examine the query-string parameters."
            ))
        })
    };
    let seconds = match parameter("X-Amz-Expires") {
        None => VALID_MS / 1000,
        Some(text) => {
            let seconds = text.parse().ok().filter(|s| (0..=EXPIRES_MAX_S).contains(s));
            let invalid =
                || "X-Amz-Expires must be a number of seconds from 0 to 604800".to_owned();
            seconds.ok_or_else(|| Unauthenticated::Incomplete(invalid()))?
        }
    };
    Ok(Signature {
        credential: required("X-Amz-Credential")?,
        signed_headers: required("X-Amz-SignedHeaders")?,
        signature: required("X-Amz-Signature")?,
        date: required("X-Amz-Date")?,
        token: parameter("X-Amz-Security-Token"),
        expires_ms: Some(seconds * 1000),
    })
}

fn check_algorithm(algorithm: &str) -> Result<(), Unauthenticated> {
    if algorithm == ALGORITHM {
        return Ok(());
    }
    let text = match algorithm {
        "AWS4-ECDSA-P256-SHA256" => {
            "Signature Version 4A (AWS4-ECDSA-P256-SHA256) is not supported by idouble; sign with AWS4-HMAC-SHA256.".to_owned()
        }
        _ => format!("Unsupported AWS 'algorithm': '{algorithm}'."),
    };
    Err(Unauthenticated::Incomplete(text))
}

/// Checks day, Region, service and terminator of the credential.
fn check_scope(
    keys: Keyring<'_>,
    service: AwsService,
    [day, region, name, terminator]: [&str; 4],
    date: &str,
) -> Result<(), Unauthenticated> {
    let wrong = |text: String| Err(Unauthenticated::WrongScope(text));
    if terminator != TERMINATOR {
        return wrong(format!(
            "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'."
        ));
    }
    if name != service.signing_name() {
        let expected = service.signing_name();
        return wrong(format!("Credential should be scoped to correct service: '{expected}'. "));
    }
    if keys.region().is_some_and(|expected| expected != region) {
        return wrong("Credential should be scoped to a valid region. ".to_owned());
    }
    let Some(signed_day) = parse_compact_time(date).and(date.get(..8)) else {
        return Err(Unauthenticated::Incomplete(format!(
            "Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
        )));
    };
    if day != signed_day {
        return wrong(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{day}' != '{signed_day}', from '{date}'."
        ));
    }
    Ok(())
}

fn check_time(sent: &Signature<'_>, now: Timestamp) -> Result<(), Unauthenticated> {
    let signed_at = parse_compact_time(&sent.date).unwrap_or(now);
    let after = sent.expires_ms.unwrap_or(VALID_MS);
    let valid_ms = if signed_at < now { after } else { VALID_MS };
    match (now.0 - signed_at.0).abs() > valid_ms {
        true => Err(Unauthenticated::ClockSkew(Some(TimeDifference { signed_at, valid_ms, now }))),
        false => Ok(()),
    }
}

/// The canonical form of the request, and the same with security tokens hidden.
fn canonical_request(
    request: &Request,
    signed_headers: &str,
) -> Result<(String, String), Unauthenticated> {
    let head = &request.head;
    let query = head.uri.query().unwrap_or_default();
    let canonical = canonical_query(query, |name| name == "X-Amz-Signature");
    let query_shown =
        canonical_query(query, |name| ["X-Amz-Signature", "X-Amz-Security-Token"].contains(&name));
    let collapse = |value: &str| value.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((headers, shown)) = canonical_headers(head, signed_headers, collapse) else {
        return Err(Unauthenticated::Incomplete(format!(
            "SignedHeaders names a header that the request does not have: '{signed_headers}'"
        )));
    };
    let is_unsigned = header(&head.headers, &CONTENT_HASH) == Some(UNSIGNED_PAYLOAD);
    let hash = match is_unsigned {
        true => UNSIGNED_PAYLOAD.to_owned(),
        false => hex_digest::<Sha256>(&request.body),
    };
    let path = canonical_path(head.uri.path());
    let join = |query: &str, headers: &str| {
        format!("{}\n{path}\n{query}\n{headers}\n{signed_headers}\n{hash}", head.method)
    };
    Ok((join(&canonical, &headers), join(&query_shown, &shown)))
}

/// The path without dot segments and empty segments, each segment encoded once more.
fn canonical_path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    if segments.is_empty() {
        return "/".to_owned();
    }
    let end = if path.ends_with('/') { "/" } else { "" };
    let segments = segments.into_iter().map(|segment| format!("/{}", encoded(segment.as_bytes())));
    segments.chain([end.to_owned()]).collect()
}
