//! The control API, under `/_idouble/` on the same port: JSON in, JSON out, for tests and people.
//!
//! Answers at once, and waits for nothing. Knows no socket; who may call is the server's to judge.

mod calls;
mod clock;
mod faults;
mod journal;
mod metrics;
mod openapi;
mod schemas;
mod snapshots;
mod stores;

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value as Json, json};

use crate::dialect::{Head, Response};
use crate::journal::Subscription;
use crate::service::Service;

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
    /// The schema of its body, where it takes one.
    takes: Option<Schema>,
    /// What it answers, by status, besides refusals.
    gives: &'static [(u16, Gives)],
}

/// A JSON Schema.
type Schema = fn() -> Json;

/// What an answer holds.
#[derive(Clone, Copy)]
enum Gives {
    /// JSON of this schema.
    Json(Schema),
    /// The same, or TOML, as `format` says.
    Either(Schema),
    /// Text of this type.
    Text(&'static str),
}

/// A row of a call that takes no body.
const fn route(
    method: Method,
    path: &'static str,
    answer: fn(&Call<'_>) -> Result<Answer, Refusal>,
    gives: &'static [(u16, Gives)],
) -> Route {
    Route { method, path, answer, takes: None, gives }
}

impl Route {
    const fn takes(mut self, schema: Schema) -> Self {
        self.takes = Some(schema);
        self
    }

    /// Refuses a change that is told what it does not read: `DELETE /faults?id=a` would remove all of
    /// them. Who only looks may add what it likes, against caches.
    fn says_all(&self, query: &str, body: &[u8]) -> Result<(), Refusal> {
        if self.method == Method::GET {
            return Ok(());
        }
        if let Some((name, _)) = form_urlencoded::parse(query.as_bytes()).next() {
            let error = format!("this call has no parameter {name:?}, nor any other in its query");
            return Err(Refusal::new(StatusCode::BAD_REQUEST, error));
        }
        let said = body.trim_ascii();
        if self.takes.is_none() && !said.is_empty() && said != b"{}" {
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "this call takes no body"));
        }
        Ok(())
    }
}

/// What a call answers.
struct Answer {
    status: StatusCode,
    content_type: &'static str,
    body: Bytes,
    /// What follows in the place of a body.
    follow: Option<Follow>,
}

/// A body that is made while it is sent.
pub enum Follow {
    /// Entries of the journal, as they come.
    Events(Subscription),
    /// Stores, a piece at a time.
    Pieces(Box<dyn Iterator<Item = Vec<u8>> + Send>),
}

impl Answer {
    /// As it is.
    fn text(content_type: &'static str, text: impl Into<Bytes>) -> Self {
        Self { status: StatusCode::OK, content_type, body: text.into(), follow: None }
    }

    /// As it is made.
    fn follow(content_type: &'static str, follow: Follow) -> Self {
        Self { follow: Some(follow), ..Self::text(content_type, Bytes::new()) }
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

use Gives::{Either, Json as Told, Text};

static ROUTES: &[Route] = &[
    route(
        Method::GET,
        HEALTH,
        calls::health,
        &[(200, Told(schemas::health)), (503, Told(schemas::health))],
    ),
    route(Method::POST, "/reset", calls::reset, &[(200, Told(schemas::reset))])
        .takes(schemas::reset_body),
    route(Method::GET, "/stores", stores::list, &[(200, Either(schemas::stores))]),
    route(Method::POST, "/stores", stores::create, &[(201, Told(schemas::id))])
        .takes(schemas::new_store),
    route(Method::GET, "/stores/{}", stores::export, &[(200, Either(schemas::fixture))]),
    route(
        Method::PUT,
        "/stores/{}",
        stores::replace,
        &[(200, Told(schemas::id)), (201, Told(schemas::id))],
    )
    .takes(schemas::one_store),
    route(Method::DELETE, "/stores/{}", stores::remove, &[(200, Told(schemas::removed))]),
    route(Method::GET, "/snapshots", snapshots::list, &[(200, Told(schemas::snapshots))]),
    route(
        Method::PUT,
        "/snapshots/{}",
        snapshots::put,
        &[(200, Told(schemas::snapshot)), (201, Told(schemas::snapshot))],
    )
    .takes(schemas::nothing),
    route(Method::DELETE, "/snapshots/{}", snapshots::remove, &[(200, Told(schemas::removed))]),
    route(
        Method::POST,
        "/snapshots/{}/restore",
        snapshots::restore,
        &[(200, Told(schemas::restored))],
    )
    .takes(schemas::nothing),
    route(Method::POST, "/state/save", stores::save, &[(200, Told(schemas::saved))]),
    route(Method::GET, "/clock", clock::get, &[(200, Told(schemas::clock))]),
    route(Method::PUT, "/clock", clock::put, &[(200, Told(schemas::clock))])
        .takes(schemas::clock_setting),
    route(Method::GET, "/journal", journal::list, &[(200, Told(schemas::entries))]),
    route(Method::DELETE, "/journal", journal::clear, &[(200, Told(schemas::removed))]),
    route(Method::GET, "/journal/count", journal::count, &[(200, Told(schemas::count))]),
    route(
        Method::POST,
        "/journal/expect",
        journal::expect,
        &[(200, Told(schemas::expectation)), (409, Told(schemas::expectation))],
    )
    .takes(schemas::expected),
    route(Method::GET, "/events", journal::events, &[(200, Text("text/event-stream"))]),
    route(Method::GET, "/metrics", metrics::metrics, &[(200, Text(metrics::CONTENT_TYPE))]),
    route(Method::GET, "/openapi.json", openapi::openapi, &[(200, Told(schemas::document))]),
    route(Method::GET, "/faults", faults::list_faults, &[(200, Told(schemas::rules))]),
    route(Method::POST, "/faults", faults::add_faults, &[(201, Told(schemas::ids))])
        .takes(schemas::new_rules),
    route(Method::PUT, "/faults", faults::replace_faults, &[(200, Told(schemas::ids))])
        .takes(schemas::new_rules),
    route(Method::DELETE, "/faults", faults::clear_faults, &[(200, Told(schemas::removed))]),
    route(
        Method::GET,
        "/faults/verdict",
        faults::verdict,
        &[(200, Told(schemas::verdict)), (409, Told(schemas::verdict))],
    ),
    route(Method::POST, "/faults/preview", faults::preview, &[(200, Told(schemas::preview))])
        .takes(schemas::ahead),
    route(Method::GET, "/faults/{}", faults::get_fault, &[(200, Told(schemas::rule))]),
    route(Method::PUT, "/faults/{}", faults::put_fault, &[(200, Told(schemas::ids))])
        .takes(schemas::new_rule),
    route(Method::DELETE, "/faults/{}", faults::remove_fault, &[(200, Told(schemas::removed))]),
];

impl Control {
    /// The control API of `service`, whose time begins now.
    pub fn new(service: Arc<Service>) -> Self {
        Self { service, started: Instant::now() }
    }

    /// Answers one call, and gives what follows the answer as it is made. Never fails.
    pub fn answer(&self, head: &Head, body: &Bytes) -> (Response, Option<Follow>) {
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
            true => row.says_all(query, body).and_then(|()| (row.answer)(&call)),
            false => Err(loading()),
        };
        match answered {
            Ok(mut answer) => {
                let follow = answer.follow.take();
                (respond(answer), follow)
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
