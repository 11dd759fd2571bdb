//! The control API, under `/_idouble/` on the same port: JSON in, JSON out, for tests and people.
//!
//! Answers at once, and waits for nothing. Knows no socket; who may call is the server's to judge.

mod calls;
mod faults;

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value as Json, json};

use crate::domain::Timestamp;
use crate::service::Service;
use crate::wire::{Head, Response};

/// Under which all calls are.
const PREFIX: &str = "/_idouble";

/// Whether a path is the control API's rather than a dialect's.
pub fn claims(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The control API of one service.
pub struct Control {
    service: Arc<Service>,
    started: Timestamp,
}

/// A call, with what it may need.
struct Call<'a> {
    service: &'a Service,
    started: Timestamp,
    /// What stands in the path for `{}`, decoded.
    id: String,
    body: &'a [u8],
}

/// One call of the API. The row is the whole registration.
struct Route {
    method: Method,
    /// The path below the prefix; `{}` stands for one segment.
    path: &'static str,
    answer: fn(&Call<'_>) -> Result<Answer, Refusal>,
}

/// What a call answers.
struct Answer {
    status: StatusCode,
    body: Json,
}

/// Why a call is refused.
struct Refusal {
    status: StatusCode,
    error: String,
    details: Vec<String>,
}

static ROUTES: &[Route] = &[
    Route { method: Method::GET, path: "/health", answer: calls::health },
    Route { method: Method::POST, path: "/reset", answer: calls::reset },
    Route { method: Method::GET, path: "/faults", answer: faults::list_faults },
    Route { method: Method::POST, path: "/faults", answer: faults::add_faults },
    Route { method: Method::PUT, path: "/faults", answer: faults::replace_faults },
    Route { method: Method::DELETE, path: "/faults", answer: faults::clear_faults },
    Route { method: Method::GET, path: "/faults/verdict", answer: faults::verdict },
    Route { method: Method::POST, path: "/faults/preview", answer: faults::preview },
    Route { method: Method::GET, path: "/faults/{}", answer: faults::get_fault },
    Route { method: Method::PUT, path: "/faults/{}", answer: faults::put_fault },
    Route { method: Method::DELETE, path: "/faults/{}", answer: faults::remove_fault },
];

impl Control {
    /// The control API of `service`, whose time begins now.
    pub fn new(service: Arc<Service>) -> Self {
        let started = service.clock().now();
        Self { service, started }
    }

    /// Answers one call. Never fails.
    pub fn answer(&self, head: &Head, body: &Bytes) -> Response {
        let path = head.uri.path();
        let path = path.strip_prefix(PREFIX).unwrap_or(path);
        let found: Vec<_> =
            ROUTES.iter().filter_map(|row| Some((row, segment(row.path, path)?))).collect();
        // HEAD is GET without its body, which hyper leaves out.
        let method = if head.method == Method::HEAD { Method::GET } else { head.method.clone() };
        let Some((row, id)) = found.iter().find(|(row, _)| row.method == method) else {
            return if found.is_empty() { not_found(head.uri.path()) } else { not_allowed(&found) };
        };
        let id = percent_decode_str(id).decode_utf8_lossy().into_owned();
        let call = Call { service: &self.service, started: self.started, id, body };
        match (row.answer)(&call) {
            Ok(answer) => respond(answer.status, &answer.body),
            Err(refusal) => {
                let mut body = json!({ "error": refusal.error });
                if !refusal.details.is_empty() {
                    body["details"] = refusal.details.into();
                }
                respond(refusal.status, &body)
            }
        }
    }
}

impl Refusal {
    fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into(), details: Vec::new() }
    }
}

/// What stands in `path` for the `{}` of `pattern`; empty where that has none. `None` where they
/// differ.
fn segment<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    match pattern.split_once("{}") {
        None => (pattern == path).then_some(""),
        Some((before, after)) => {
            let found = path.strip_prefix(before)?.strip_suffix(after)?;
            (!found.is_empty() && !found.contains('/')).then_some(found)
        }
    }
}

fn respond(status: StatusCode, body: &Json) -> Response {
    let mut text = body.to_string();
    text.push('\n');
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn not_found(path: &str) -> Response {
    let mut calls: Vec<_> = ROUTES
        .iter()
        .map(|row| format!("{} {PREFIX}{}", row.method, row.path.replace("{}", "{id}")))
        .collect();
    calls.sort();
    let error = format!("no such call: {path}");
    respond(StatusCode::NOT_FOUND, &json!({ "error": error, "details": calls }))
}

fn not_allowed(found: &[(&Route, &str)]) -> Response {
    let methods: Vec<_> = found.iter().map(|(row, _)| row.method.as_str()).collect();
    let allow = methods.join(", ");
    let body = json!({ "error": format!("this call takes {allow}") });
    let mut response = respond(StatusCode::METHOD_NOT_ALLOWED, &body);
    if let Ok(allow) = HeaderValue::try_from(allow) {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_segments_are_claimed() {
        for path in ["/_idouble", "/_idouble/", "/_idouble/health"] {
            assert!(claims(path), "{path}");
        }
        for path in ["/", "/_idoubles", "/v1/_idouble/health"] {
            assert!(!claims(path), "{path}");
        }
    }

    #[test]
    fn a_pattern_takes_one_segment() {
        assert_eq!(segment("/faults/{}", "/faults/a"), Some("a"));
        assert_eq!(segment("/faults/{}", "/faults/a/b"), None);
        assert_eq!(segment("/faults/{}", "/faults/"), None);
        assert_eq!(segment("/stores/{}/x", "/stores/d-1/x"), Some("d-1"));
        assert_eq!(segment("/faults", "/faults"), Some(""));
    }
}
