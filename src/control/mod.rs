//! The control API, under `/_idouble/` on the same port: JSON in, JSON out, for tests and people.
//!
//! Knows no socket; the server decides who may call.

mod calls;
mod clock;
mod faults;
mod journal;
mod metrics;
mod openapi;
mod schemas;
mod snapshots;
mod stores;
mod stream;

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value as Json, json};

use crate::dialect::Head;
use crate::journal::FIELDS;
use crate::service::Service;

/// What nearly every answer is.
const JSON: &str = "application/json";

/// Under which all calls are.
const PREFIX: &str = "/_idouble";

/// The calls that are answered while the stores are being loaded.
const ALWAYS: &[&str] = &["/", "/health"];

/// The server sends it with every response of the control API, so that a client notices another web
/// server.
pub const VERSION_HEADER: HeaderName = HeaderName::from_static("x-idouble-version");

/// The value of [`VERSION_HEADER`].
pub const VERSION: HeaderValue = HeaderValue::from_static(env!("CARGO_PKG_VERSION"));

/// Size limit of a request body, in bytes, unless the call takes a whole store.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Size limit of a request body that holds a whole store, in bytes.
const STORE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Bodies above this size, in bytes, are never parsed on a request thread.
const INLINE_BODY_BYTES_MAX: usize = 16 * 1024;

/// Whether a path is the control API's rather than a dialect's.
pub fn claims(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The number of bytes that the body of this call may have at most. The server checks it before it reads
/// the body.
pub fn body_bytes_max(head: &Head) -> usize {
    matching_rows(head.uri.path())
        .find(|(row, _)| row.method == head.method)
        .map_or(BODY_BYTES_MAX, |(row, _)| row.body_bytes_max)
}

/// The control API of one service.
#[derive(Clone)]
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
    /// Size limit of the body, in bytes.
    body_bytes_max: usize,
    /// Where the call runs.
    runs: Runs,
    /// Query parameters.
    parameters: &'static [&'static str],
    /// Whether every field of a journal entry is a query parameter too.
    filters: bool,
    /// What it answers, by status, besides refusals.
    gives: &'static [(u16, Gives)],
}

/// Where a call runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Runs {
    /// On the request thread: a short call whose cost does not depend on the number of users, entries
    /// or rules.
    Inline,
    /// On a thread of its own, so that it delays no other request.
    Blocking,
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
    let (body_bytes_max, runs) = (BODY_BYTES_MAX, Runs::Blocking);
    let (takes, parameters, filters) = (None, &[], false);
    Route { method, path, answer, takes, body_bytes_max, runs, parameters, filters, gives }
}

impl Route {
    const fn takes(mut self, schema: Schema) -> Self {
        self.takes = Some(schema);
        self
    }

    /// The body may hold a whole store.
    const fn takes_store(mut self) -> Self {
        self.body_bytes_max = STORE_BYTES_MAX;
        self
    }

    /// The query filters journal entries.
    const fn filters(mut self) -> Self {
        self.filters = true;
        self
    }

    const fn inline(mut self) -> Self {
        self.runs = Runs::Inline;
        self
    }

    const fn query(mut self, parameters: &'static [&'static str]) -> Self {
        self.parameters = parameters;
        self
    }

    /// The names of the query parameters.
    fn parameters(&self) -> impl Iterator<Item = &'static str> {
        let fields = FIELDS.iter().map(|field| field.name).filter(|_| self.filters);
        fields.chain(self.parameters.iter().copied())
    }

    /// Rejects query parameters and bodies that the call does not read: `DELETE /faults?id=a` would remove
    /// all rules.
    fn reject_unread_input(&self, query: &str, body: &[u8]) -> Result<(), Refusal> {
        let bad = |error: String| Err(Refusal::new(StatusCode::BAD_REQUEST, error));
        for (name, _) in form_urlencoded::parse(query.as_bytes()) {
            if !self.parameters().any(|known| known == name) {
                let known: Vec<_> = self.parameters().collect();
                return bad(match known.is_empty() {
                    true => format!("unknown query parameter {name:?}; this call has none"),
                    false => {
                        format!("unknown query parameter {name:?}; known are {}", known.join(", "))
                    }
                });
            }
        }
        let body = body.trim_ascii();
        if self.takes.is_none() && !body.is_empty() && body != b"{}" {
            return bad("this call has no body".to_owned());
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
    follow: Option<BoxStream<'static, Bytes>>,
}

/// The response to a control call.
pub type ControlResponse = http::Response<ControlBody>;

/// The body of a response to a control call.
pub enum ControlBody {
    /// In one piece.
    Whole(Bytes),
    /// Written while it is sent.
    Stream(BoxStream<'static, Bytes>),
}

impl Answer {
    /// As it is.
    fn text(content_type: &'static str, text: impl Into<Bytes>) -> Self {
        Self { status: StatusCode::OK, content_type, body: text.into(), follow: None }
    }

    /// As it is made.
    fn follow(content_type: &'static str, follow: BoxStream<'static, Bytes>) -> Self {
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
    route(Method::GET, "/", calls::index, &[(200, Told(schemas::index))]).inline(),
    route(
        Method::GET,
        "/health",
        calls::health,
        &[(200, Told(schemas::health)), (503, Told(schemas::health))],
    )
    .inline(),
    route(Method::POST, "/reset", calls::reset, &[(200, Told(schemas::reset))])
        .takes(schemas::reset_body),
    route(Method::GET, "/stores", stores::list, &[(200, Either(schemas::stores))])
        .query(&["format"]),
    route(Method::POST, "/stores", stores::create, &[(201, Told(schemas::id))])
        .takes(schemas::new_store)
        .takes_store(),
    route(Method::GET, "/stores/{}", stores::export, &[(200, Either(schemas::fixture))])
        .query(&["format"]),
    route(
        Method::PUT,
        "/stores/{}",
        stores::replace,
        &[(200, Told(schemas::id)), (201, Told(schemas::id))],
    )
    .takes(schemas::one_store)
    .takes_store(),
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
    route(Method::GET, "/clock", clock::get, &[(200, Told(schemas::clock))]).inline(),
    route(Method::PUT, "/clock", clock::put, &[(200, Told(schemas::clock))])
        .takes(schemas::clock_setting)
        .inline(),
    route(Method::GET, "/journal", journal::list, &[(200, Told(schemas::entries))])
        .filters()
        .query(journal::PAGING),
    route(Method::DELETE, "/journal", journal::clear, &[(200, Told(schemas::removed))]),
    route(Method::GET, "/journal/count", journal::count, &[(200, Told(schemas::count))]).filters(),
    route(
        Method::POST,
        "/journal/expect",
        journal::expect,
        &[(200, Told(schemas::expectation)), (409, Told(schemas::expectation))],
    )
    .takes(schemas::expected),
    route(Method::GET, "/events", journal::events, &[(200, Text("text/event-stream"))])
        .filters()
        .inline(),
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

    /// Answers one call. Never fails.
    pub async fn answer(&self, head: &Head, body: Bytes) -> ControlResponse {
        let found: Vec<_> = matching_rows(head.uri.path()).collect();
        // HEAD is GET without its body, which hyper leaves out.
        let method = if head.method == Method::HEAD { Method::GET } else { head.method.clone() };
        let Some(&(row, id)) = found.iter().find(|(row, _)| row.method == method) else {
            let path = head.uri.path();
            return if found.is_empty() { not_found(path) } else { not_allowed(&found) };
        };
        let id = percent_decode_str(id).decode_utf8_lossy().into_owned();
        let query = head.uri.query().unwrap_or_default().to_owned();
        if row.runs == Runs::Inline && body.len() <= INLINE_BODY_BYTES_MAX {
            return self.run(row, id, &query, &body);
        }
        let control = self.clone();
        let run = tokio::task::spawn_blocking(move || control.run(row, id, &query, &body));
        match run.await {
            Ok(response) => response,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => {
                refuse(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "the server is stopping"))
            }
        }
    }

    fn run(&self, row: &'static Route, id: String, query: &str, body: &[u8]) -> ControlResponse {
        let call = Call { service: &self.service, started: self.started, id, query, body };
        let loading =
            || Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "the fixtures are being loaded");
        let answered = match self.service.is_ready() || ALWAYS.contains(&row.path) {
            true => row.reject_unread_input(query, body).and_then(|()| (row.answer)(&call)),
            false => Err(loading()),
        };
        answered.map_or_else(refuse, respond)
    }
}

impl Refusal {
    fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into(), details: Vec::new() }
    }
}

/// The rows whose path is `path`, each with its segment.
fn matching_rows(path: &str) -> impl Iterator<Item = (&'static Route, &str)> {
    let path = path.strip_prefix(PREFIX).filter(|path| !path.is_empty()).unwrap_or("/");
    ROUTES.iter().filter_map(move |row| Some((row, segment(row.path, path)?)))
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

fn respond(answer: Answer) -> ControlResponse {
    let body = match answer.follow {
        Some(stream) => ControlBody::Stream(stream),
        None => ControlBody::Whole(answer.body),
    };
    let mut response = ControlResponse::new(body);
    *response.status_mut() = answer.status;
    let content_type = HeaderValue::from_static(answer.content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn refuse(refusal: Refusal) -> ControlResponse {
    let mut body = json!({ "error": refusal.error });
    if refusal.status == StatusCode::BAD_REQUEST && refusal.details.is_empty() {
        body["details"] = json!([refusal.error]);
    } else if !refusal.details.is_empty() {
        body["details"] = refusal.details.into();
    }
    respond(Answer::json(refusal.status, &body))
}

fn not_found(path: &str) -> ControlResponse {
    let calls: Vec<_> =
        ROUTES.iter().map(|row| format!("{} {}", row.method, full_path(row))).collect();
    let error = format!("no such call: {path}");
    respond(Answer::json(StatusCode::NOT_FOUND, &json!({ "error": error, "details": calls })))
}

/// The path of a row as OpenAPI writes it.
fn full_path(row: &Route) -> String {
    format!("{PREFIX}{}", row.path.replace("{}", "{id}"))
}

fn not_allowed(found: &[(&Route, &str)]) -> ControlResponse {
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
