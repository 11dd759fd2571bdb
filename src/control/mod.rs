//! The control API, under `/_idouble/` on the same port: JSON in, JSON out, for tests and people.
//!
//! Answers at once, and waits for nothing. Knows no socket; who may call is the server's to judge.

mod calls;
mod clock;
mod faults;
mod journal;
mod metrics;
mod openapi;
mod snapshots;
mod stores;

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value as Json, json};

use crate::journal::Subscription;
use crate::service::Service;
use crate::wire::{Head, Response};

/// What nearly every answer is.
const JSON: &str = "application/json";

/// Under which all calls are.
const PREFIX: &str = "/_idouble";

/// The one call that answers before there is anything to tell.
const HEALTH: &str = "/health";

/// Whether a path is the control API's rather than a dialect's.
pub fn claims(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The control API of one service.
pub struct Control {
    service: Arc<Service>,
    started: Instant,
}

/// A call, with what it may need.
struct Call<'a> {
    service: &'a Service,
    /// By the machine's time: how long the process has been up does not follow the service's clock.
    started: Instant,
    /// What stands in the path for `{}`, decoded.
    id: String,
    /// What follows the path's `?`.
    query: &'a str,
    body: &'a [u8],
}

impl Call<'_> {
    /// The first parameter of that name in the query.
    fn param(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
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
    content_type: &'static str,
    body: Bytes,
    /// What follows the body as it comes.
    events: Option<Subscription>,
}

impl Answer {
    /// As it is.
    fn text(content_type: &'static str, text: impl Into<Bytes>) -> Self {
        Self { status: StatusCode::OK, content_type, body: text.into(), events: None }
    }

    /// As entries come.
    fn events(events: Subscription) -> Self {
        let answer = Self::text("text/event-stream", Bytes::new());
        Self { events: Some(events), ..answer }
    }

    /// As JSON.
    fn json(status: StatusCode, body: &Json) -> Self {
        let mut text = body.to_string();
        text.push('\n');
        Self { status, ..Self::text(JSON, text) }
    }
}

/// Why a call is refused.
struct Refusal {
    status: StatusCode,
    error: String,
    details: Vec<String>,
}

static ROUTES: &[Route] = &[
    Route { method: Method::GET, path: HEALTH, answer: calls::health },
    Route { method: Method::POST, path: "/reset", answer: calls::reset },
    Route { method: Method::GET, path: "/stores", answer: stores::list },
    Route { method: Method::POST, path: "/stores", answer: stores::create },
    Route { method: Method::GET, path: "/stores/{}", answer: stores::export },
    Route { method: Method::PUT, path: "/stores/{}", answer: stores::replace },
    Route { method: Method::DELETE, path: "/stores/{}", answer: stores::remove },
    Route { method: Method::GET, path: "/snapshots", answer: snapshots::list },
    Route { method: Method::PUT, path: "/snapshots/{}", answer: snapshots::put },
    Route { method: Method::DELETE, path: "/snapshots/{}", answer: snapshots::remove },
    Route { method: Method::POST, path: "/snapshots/{}/restore", answer: snapshots::restore },
    Route { method: Method::POST, path: "/state/save", answer: stores::save },
    Route { method: Method::GET, path: "/clock", answer: clock::get },
    Route { method: Method::PUT, path: "/clock", answer: clock::put },
    Route { method: Method::GET, path: "/journal", answer: journal::list },
    Route { method: Method::DELETE, path: "/journal", answer: journal::clear },
    Route { method: Method::GET, path: "/journal/count", answer: journal::count },
    Route { method: Method::POST, path: "/journal/expect", answer: journal::expect },
    Route { method: Method::GET, path: "/events", answer: journal::events },
    Route { method: Method::GET, path: "/metrics", answer: metrics::metrics },
    Route { method: Method::GET, path: "/openapi.json", answer: openapi::openapi },
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
        Self { service, started: Instant::now() }
    }

    /// Answers one call, and gives what follows the answer as it comes. Never fails.
    pub fn answer(&self, head: &Head, body: &Bytes) -> (Response, Option<Subscription>) {
        let path = head.uri.path();
        let path = path.strip_prefix(PREFIX).unwrap_or(path);
        let found: Vec<_> =
            ROUTES.iter().filter_map(|row| Some((row, segment(row.path, path)?))).collect();
        // HEAD is GET without its body, which hyper leaves out.
        let method = if head.method == Method::HEAD { Method::GET } else { head.method.clone() };
        let Some((row, id)) = found.iter().find(|(row, _)| row.method == method) else {
            let path = head.uri.path();
            let refused = if found.is_empty() { not_found(path) } else { not_allowed(&found) };
            return (refused, None);
        };
        let id = percent_decode_str(id).decode_utf8_lossy().into_owned();
        let query = head.uri.query().unwrap_or_default();
        let call = Call { service: &self.service, started: self.started, id, query, body };
        let loading =
            || Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "the fixtures are being loaded");
        let answered = match self.service.is_ready() || row.path == HEALTH {
            true => (row.answer)(&call),
            false => Err(loading()),
        };
        match answered {
            Ok(mut answer) => {
                let events = answer.events.take();
                (respond(answer), events)
            }
            Err(refusal) => {
                let mut body = json!({ "error": refusal.error });
                if refusal.status == StatusCode::BAD_REQUEST && refusal.details.is_empty() {
                    body["details"] = json!([refusal.error]);
                } else if !refusal.details.is_empty() {
                    body["details"] = refusal.details.into();
                }
                (respond(Answer::json(refusal.status, &body)), None)
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

fn respond(answer: Answer) -> Response {
    let mut response = Response::new(answer.body);
    *response.status_mut() = answer.status;
    let content_type = HeaderValue::from_static(answer.content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn not_found(path: &str) -> Response {
    let mut calls: Vec<_> = ROUTES
        .iter()
        .map(|row| format!("{} {PREFIX}{}", row.method, row.path.replace("{}", "{id}")))
        .collect();
    calls.sort();
    let error = format!("no such call: {path}");
    respond(Answer::json(StatusCode::NOT_FOUND, &json!({ "error": error, "details": calls })))
}

fn not_allowed(found: &[(&Route, &str)]) -> Response {
    let methods: Vec<_> = found.iter().map(|(row, _)| row.method.as_str()).collect();
    let allow = methods.join(", ");
    let body = json!({ "error": format!("this call takes {allow}") });
    let mut response = respond(Answer::json(StatusCode::METHOD_NOT_ALLOWED, &body));
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
