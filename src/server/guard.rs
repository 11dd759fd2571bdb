//! Who may ask: checks on a request's head that come before anything reads the request.
//!
//! A page in a browser can make the browser send requests to this machine. It cannot choose the
//! `Host` of its own site (a name that was rebound to 127.0.0.1 stays in it), nor leave out `Origin`.

use std::net::IpAddr;

use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::{HeaderMap, Method, StatusCode};

use crate::dialect::Head;
use crate::domain::{ApiError, TooLarge};

/// Why a request is refused before the service sees it. The words are for whoever set the client up:
/// they say what would be right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// It is not framed or addressed as HTTP has it.
    Malformed(&'static str),
    /// It is for another host, or from another site.
    Foreign(&'static str),
    /// Its body is no JSON.
    MediaType(&'static str),
    /// Part of it is larger than the server takes.
    TooLarge(TooLarge),
    /// Its body did not arrive in time.
    BodyTimeout,
}

impl Refusal {
    /// The answer's status.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Foreign(_) => StatusCode::FORBIDDEN,
            Self::MediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge(TooLarge::Body) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooLarge(TooLarge::Uri) => StatusCode::URI_TOO_LONG,
            Self::TooLarge(TooLarge::Headers) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// What is wrong.
    pub fn message(self) -> &'static str {
        match self {
            Self::Malformed(message) | Self::Foreign(message) | Self::MediaType(message) => message,
            Self::TooLarge(TooLarge::Body) => "the body is larger than this server takes",
            Self::TooLarge(TooLarge::Uri) => "the request target is longer than this server takes",
            Self::TooLarge(TooLarge::Headers) => "the headers are larger than this server takes",
            Self::BodyTimeout => "the body did not arrive in time",
        }
    }

    /// The message for a control call whose body may have this many bytes.
    pub fn control_message(self, body_bytes_max: usize) -> String {
        const MIB: usize = 1024 * 1024;
        if self != Self::TooLarge(TooLarge::Body) {
            return self.message().to_owned();
        }
        let most = match body_bytes_max % MIB {
            0 => format!("{} MiB", body_bytes_max / MIB),
            _ => format!("{body_bytes_max} bytes"),
        };
        let help = match body_bytes_max > MIB {
            true => "; start idouble with --fixture FILE to load a directory of any size",
            false => "",
        };
        format!(
            "the body is larger than the {most} that this call of the control API may have{help}"
        )
    }

    /// The same as an error that a dialect can tell; `None` where no vendor says such a thing.
    pub fn error(self) -> Option<ApiError> {
        match self {
            Self::Malformed(message) => Some(ApiError::Malformed(message.to_owned())),
            Self::TooLarge(what) => Some(ApiError::TooLarge(what)),
            Self::BodyTimeout => Some(ApiError::BodyTimeout),
            Self::Foreign(_) | Self::MediaType(_) => None,
        }
    }
}

/// Checks `Host`: there is one, a target with an authority agrees with it, and it is a name of this
/// machine or among `allowed`.
///
/// # Errors
/// 400 where they are not one; 403 where it is foreign.
pub fn check_host(head: &Head, allowed: &[String]) -> Result<(), Refusal> {
    let mut hosts = head.headers.get_all(HOST).iter();
    let target = head.uri.authority().map(http::uri::Authority::as_str);
    let host = match (hosts.next(), hosts.next()) {
        (Some(_), Some(_)) => return Err(BAD_HOST),
        (Some(host), None) => Some(host.to_str().map_err(|_| BAD_HOST)?),
        (None, _) => None,
    };
    match (host, target) {
        (Some(host), Some(target)) if !host.eq_ignore_ascii_case(target) => Err(BAD_HOST),
        (Some(host), _) if is_ours(host, allowed) => Ok(()),
        (Some(_), _) => Err(FOREIGN_HOST),
        // HTTP/1.0 knows no Host, and no browser speaks it.
        (None, target) if head.version < http::Version::HTTP_11 => match target {
            Some(target) if !is_ours(target, allowed) => Err(FOREIGN_HOST),
            _ => Ok(()),
        },
        (None, _) => Err(BAD_HOST),
    }
}

/// Checks that no foreign page is behind a call to the control API, and that a write says it is JSON.
/// A write without a body need not.
///
/// # Errors
/// 403, or 415.
pub fn check_control(head: &Head, has_body: bool) -> Result<(), Refusal> {
    let mut sites = head.headers.get_all("sec-fetch-site").iter();
    if sites.any(|site| site != "none" && site != "same-origin") {
        return Err(FOREIGN_SITE);
    }
    if head.headers.contains_key(ORIGIN) && !is_same_origin(&head.headers) {
        return Err(FOREIGN_ORIGIN);
    }
    let reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(&head.method);
    let declared = head.headers.get(CONTENT_TYPE).map(|value| is_json(value.as_bytes()));
    match declared {
        _ if reads => Ok(()),
        Some(true) => Ok(()),
        None if !has_body => Ok(()),
        Some(false) | None => Err(NOT_JSON),
    }
}

const BAD_HOST: Refusal = Refusal::Malformed(
    "a request needs exactly one Host header, and a target with a host has to agree with it",
);
const FOREIGN_HOST: Refusal = Refusal::Foreign(
    "this Host is not a name of this machine; start idouble with --allowed-host to allow it",
);
const FOREIGN_SITE: Refusal =
    Refusal::Foreign("Sec-Fetch-Site: the control API does not answer to pages of other sites");
const FOREIGN_ORIGIN: Refusal =
    Refusal::Foreign("Origin: the control API does not answer to pages of other origins");
const NOT_JSON: Refusal =
    Refusal::MediaType("the control API takes JSON only: send Content-Type: application/json");

fn is_same_origin(headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (origins.next(), origins.next()) else { return false };
    let (Some(host), Ok(origin)) = (headers.get(HOST), origin.to_str()) else { return false };
    let host = host.to_str().unwrap_or_default();
    origin.strip_prefix("http://").is_some_and(|origin| origin.eq_ignore_ascii_case(host))
}

fn is_json(content_type: &[u8]) -> bool {
    let end = content_type.iter().position(|byte| *byte == b';').unwrap_or(content_type.len());
    content_type[..end].trim_ascii().eq_ignore_ascii_case(b"application/json")
}

/// Whether `host`, with or without a port, is a name of this machine or among `allowed`.
fn is_ours(host: &str, allowed: &[String]) -> bool {
    let Some(name) = without_port(host) else { return false };
    // As nearly all are.
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

/// The host without its port; `None` where it is no host at all.
fn without_port(host: &str) -> Option<&str> {
    let end = if host.starts_with('[') {
        host.find(']')? + 1
    } else {
        host.find(':').unwrap_or(host.len())
    };
    let (name, port) = host.split_at(end);
    let port_is_fine = match port.strip_prefix(':') {
        Some(digits) => digits.parse::<u16>().is_ok() && digits.bytes().all(|b| b.is_ascii_digit()),
        None => port.is_empty(),
    };
    (port_is_fine && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine_and_no_others() {
        let allowed = ["idouble".to_owned(), "box:80".to_owned(), "192.0.2.1".to_owned()];
        let ours = [
            "localhost",
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
            assert!(is_ours(host, &allowed), "{host}");
        }
        let foreign = [
            "",
            ":80",
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
            assert!(!is_ours(host, &allowed), "{host}");
        }
    }
}
