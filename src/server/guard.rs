//! Checks of a request's head that come before anything else reads the request.
//!
//! A page in a browser can make the browser send requests to this machine. It cannot change the `Host`,
//! which is the page's own name even if that resolves to 127.0.0.1, nor omit `Origin` or
//! `Sec-Fetch-Site` where the browser sends them.

use std::net::IpAddr;

use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, ORIGIN};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode_str;

use crate::auth::signature::equals;
use crate::dialect::Head;
use crate::dialect::request::{header, scheme};
use crate::domain::{ApiError, TooLarge};

/// Where the page that sends a request comes from, as its browser says.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The cookie in which the console sends the control token.
const TOKEN_COOKIE: &str = "idouble-control-token";

/// Why a request is rejected before the service sees it. The message says what would be right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GuardError {
    /// It is not valid HTTP.
    Malformed(&'static str),
    /// It is addressed to another host, or a page of another origin sends it.
    Foreign(String),
    /// It is a call of the control API without the token.
    NoControlToken(&'static str),
    /// Its body is not JSON.
    MediaType(&'static str),
    /// Part of it is too large.
    TooLarge(TooLarge),
    /// Its body did not arrive in time.
    BodyTimeout,
    /// The large bodies of other requests use all memory for bodies.
    NoRoom,
}

impl GuardError {
    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Foreign(_) => StatusCode::FORBIDDEN,
            Self::NoControlToken(_) => StatusCode::UNAUTHORIZED,
            Self::MediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge(TooLarge::Body) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooLarge(TooLarge::Uri) => StatusCode::URI_TOO_LONG,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::NoRoom => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        match self {
            Self::Malformed(message) | Self::NoControlToken(message) | Self::MediaType(message) => {
                message
            }
            Self::Foreign(message) => message,
            Self::TooLarge(TooLarge::Body) => "the body is larger than this server accepts",
            Self::TooLarge(TooLarge::Uri) => {
                "the request target is longer than this server accepts"
            }
            Self::BodyTimeout => "the body did not arrive in time",
            Self::NoRoom => "too many large bodies arrive at the same time; try again",
        }
    }

    /// The message for a control call whose body may have this many bytes.
    pub fn control_message(&self, body_bytes_max: u64) -> String {
        const MIB: u64 = 1024 * 1024;
        if *self != Self::TooLarge(TooLarge::Body) {
            return self.message().to_owned();
        }
        let limit = match body_bytes_max % MIB {
            0 => format!("{} MiB", body_bytes_max / MIB),
            _ => format!("{body_bytes_max} bytes"),
        };
        let help = match body_bytes_max > MIB {
            true => "; start idouble with --fixture FILE to load a directory of any size",
            false => "",
        };
        format!(
            "the body is larger than the {limit} that this call of the control API may have{help}"
        )
    }

    /// The error for a dialect to encode; `None` if no vendor has such an error.
    pub fn api_error(&self) -> Option<ApiError> {
        match self {
            Self::Malformed(message) => Some(ApiError::Malformed((*message).to_owned())),
            Self::Foreign(message) => Some(ApiError::Foreign(message.clone())),
            Self::TooLarge(what) => Some(ApiError::TooLarge(*what)),
            Self::BodyTimeout => Some(ApiError::BodyTimeout),
            Self::NoRoom => Some(ApiError::Unavailable { retry_after_ms: None }),
            Self::NoControlToken(_) | Self::MediaType(_) => None,
        }
    }
}

/// Checks `Host`: there is exactly one, it agrees with the authority of the target, and it is a name of
/// this machine or one of `allowed`.
///
/// # Errors
/// `Malformed` or `Foreign`.
pub fn check_host(head: &Head, allowed: &[String]) -> Result<(), GuardError> {
    let mut hosts = head.headers.get_all(HOST).iter();
    let target = head.uri.authority().map(http::uri::Authority::as_str);
    let host = match (hosts.next(), hosts.next()) {
        (Some(_), Some(_)) => return Err(BAD_HOST),
        (Some(host), None) => Some(host.to_str().map_err(|_| BAD_HOST)?),
        (None, _) => None,
    };
    match (host, target) {
        (Some(host), Some(target)) if !host.eq_ignore_ascii_case(target) => Err(BAD_HOST),
        (Some(host), _) if is_allowed_host(host, allowed) => Ok(()),
        (Some(host), _) => Err(foreign_host(host)),
        // HTTP/1.0 has no Host, and no browser speaks it.
        (None, target) if head.version < http::Version::HTTP_11 => match target {
            Some(target) if !is_allowed_host(target, allowed) => Err(foreign_host(target)),
            _ => Ok(()),
        },
        (None, _) => Err(BAD_HOST),
    }
}

/// Checks that no page of another origin sends the request. The caller skips this for the origins that
/// CORS allows. Clients other than browsers send neither header.
///
/// # Errors
/// `Foreign`.
pub fn check_origin(head: &Head) -> Result<(), GuardError> {
    if let Some(origin) = head.headers.get(ORIGIN)
        && !is_same_origin(head)
    {
        return Err(foreign_origin(origin));
    }
    let mut sites = head.headers.get_all(&SEC_FETCH_SITE).iter();
    if sites.any(|site| site != "none" && site != "same-origin") {
        return Err(foreign_site());
    }
    Ok(())
}

/// Checks that a call of the control API carries the token: as a bearer token, or in the cookie that the
/// console sets, because a browser adds no header to the requests of an event source.
///
/// # Errors
/// `NoControlToken`.
pub fn check_control_token(head: &Head, token: &str) -> Result<(), GuardError> {
    let bearer = header(&head.headers, &AUTHORIZATION).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let cookies = head.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookie = cookies.flat_map(|cookies| cookies.split(';')).find_map(|cookie| {
        let value = cookie.trim().strip_prefix(TOKEN_COOKIE)?.strip_prefix('=')?;
        percent_decode_str(value).decode_utf8().ok()
    });
    let is_equal = |sent: &str| equals(token, sent);
    match bearer.is_some_and(is_equal) || cookie.as_deref().is_some_and(is_equal) {
        true => Ok(()),
        false => Err(NO_CONTROL_TOKEN),
    }
}

/// Checks that a write to the control API declares JSON. One without a body need not.
///
/// # Errors
/// `MediaType`.
pub fn check_json(head: &Head, has_body: bool) -> Result<(), GuardError> {
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(&head.method) {
        return Ok(());
    }
    match head.headers.get(CONTENT_TYPE) {
        Some(value) if is_json(value.as_bytes()) => Ok(()),
        None if !has_body => Ok(()),
        Some(_) | None => Err(NOT_JSON),
    }
}

const BAD_HOST: GuardError = GuardError::Malformed(
    "a request needs exactly one Host header, which agrees with the host of its target",
);

fn foreign_host(host: &str) -> GuardError {
    let name = without_port(host).unwrap_or("NAME");
    GuardError::Foreign(format!(
        "this Host is not a name of this machine; start idouble with --allowed-host {name} to allow it"
    ))
}

fn foreign_site() -> GuardError {
    GuardError::Foreign(
        "Sec-Fetch-Site: requests of pages of other sites are rejected; start idouble with --cors ORIGIN to \
         allow their origin"
            .to_owned(),
    )
}

fn foreign_origin(origin: &HeaderValue) -> GuardError {
    // Pages without an origin send `null`, which cannot be allowed.
    let origin = origin.to_str().ok().filter(|origin| origin.contains("://")).unwrap_or("ORIGIN");
    GuardError::Foreign(format!(
        "Origin: requests of pages of other origins are rejected; start idouble with --cors {origin} to \
         allow this one"
    ))
}
const NO_CONTROL_TOKEN: GuardError = GuardError::NoControlToken(
    "the control API needs the token that the server was started with: send it as Authorization: Bearer, or \
     set IDOUBLE_CONTROL_TOKEN for commands and clients of idouble",
);
const NOT_JSON: GuardError =
    GuardError::MediaType("the control API accepts JSON only: send Content-Type: application/json");

fn is_same_origin(head: &Head) -> bool {
    let mut origins = head.headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (origins.next(), origins.next()) else { return false };
    let (Some(host), Ok(origin)) = (head.headers.get(HOST), origin.to_str()) else { return false };
    let host = host.to_str().unwrap_or_default();
    origin.split_once("://").is_some_and(|(origin_scheme, origin_host)| {
        origin_scheme == scheme(head) && origin_host.eq_ignore_ascii_case(host)
    })
}

fn is_json(content_type: &[u8]) -> bool {
    let end = content_type.iter().position(|byte| *byte == b';').unwrap_or(content_type.len());
    content_type[..end].trim_ascii().eq_ignore_ascii_case(b"application/json")
}

/// Whether `host`, with or without a port, is a name of this machine or one of `allowed`.
fn is_allowed_host(host: &str, allowed: &[String]) -> bool {
    let Some(name) = without_port(host) else { return false };
    // The common case.
    if name == "127.0.0.1" || name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    if let Ok(address) = bare.parse::<IpAddr>()
        && address.to_canonical().is_loopback()
    {
        return address.is_ipv6() == name.starts_with('[');
    }
    let ends_in_localhost = || {
        name.len().checked_sub(".localhost".len()).is_some_and(|start| {
            name.is_char_boundary(start) && name[start..].eq_ignore_ascii_case(".localhost")
        })
    };
    ends_in_localhost()
        || allowed.iter().any(|entry| {
            entry.eq_ignore_ascii_case(name)
                || entry.eq_ignore_ascii_case(host)
                || entry.eq_ignore_ascii_case(bare)
        })
}

/// The host without its port, and without the dot that ends an absolute name; `None` if it is not a host.
fn without_port(host: &str) -> Option<&str> {
    let end = if host.starts_with('[') {
        host.find(']')? + 1
    } else {
        host.find(':').unwrap_or(host.len())
    };
    let (name, port) = host.split_at(end);
    let is_port = |digits: &str| {
        digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok()
    };
    // RFC 3986 allows an empty port.
    let port_is_valid =
        port.is_empty() || port == ":" || port.strip_prefix(':').is_some_and(is_port);
    let name = name.strip_suffix('.').unwrap_or(name);
    (port_is_valid && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_loopback_names_or_allowed_ones() {
        let allowed = ["idouble".to_owned(), "box:80".to_owned(), "192.0.2.1".to_owned()];
        let ours = [
            "localhost",
            "localhost.",
            "localhost.:4747",
            "a.localhost.",
            "127.0.0.1:",
            "idouble.:1",
            "LocalHost:1",
            "a.localhost:4747",
            "127.0.0.1",
            "127.9.9.9:4747",
            "[::1]",
            "[::1]:4747",
            "[::ffff:127.0.0.1]",
            "idouble",
            "IDOUBLE:4747",
            "box:80",
            "192.0.2.1:1",
        ];
        for host in ours {
            assert!(is_allowed_host(host, &allowed), "{host}");
        }
        let foreign = [
            "",
            ".",
            ":",
            ":80",
            "localhost..",
            "evil.example.",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "evillocalhost",
            "::1",
            "evil.example:4747",
            "127.0.0.1:x",
            "127.0.0.1:+1",
            "127.0.0.1:99999",
            "[::1",
            "[::1]x",
            "[127.0.0.1]",
            "0.0.0.0",
            "[::]",
            "127.0.0.1@evil.example",
            "localhost:1:2",
            "box:81",
            "192.0.2.2",
            "idouble.evil.example",
            "127.0.0.1 ",
            "é.example",
        ];
        for host in foreign {
            assert!(!is_allowed_host(host, &allowed), "{host}");
        }
    }
}
