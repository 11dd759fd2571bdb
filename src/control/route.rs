//! One call of the control API: method, path, input, output, and how it runs.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::dialect::Head;
use crate::file_error::from_json;
use crate::journal::FIELDS;
use crate::service::{Service, Topic};

use super::error::ControlError;
use super::reply::Reply;
use super::{ControlResponse, PREFIX};

/// Size limit of a body, in bytes, unless the call accepts a whole store.
pub(super) const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Size limit of a body that holds a whole store, in bytes.
const STORE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A call, with what its handler may need.
pub(super) struct ControlCall<'a> {
    pub(super) service: &'a Arc<Service>,
    /// Every call of the control API.
    pub(super) routes: &'static [ControlRoute],
    /// The start of the process, by the machine's clock: the uptime does not follow the service's clock.
    pub(super) started: Instant,
    /// The segment of the path that stands for the first `{}`, decoded.
    pub(super) id: String,
    /// The segment of the path that stands for the second `{}`, decoded.
    pub(super) item: String,
    /// Method, target and headers.
    pub(super) head: &'a Head,
    /// The query string.
    pub(super) query: &'a str,
}

impl ControlCall<'_> {
    /// A query parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// A query parameter that is an integer in a range.
    pub(super) fn integer(
        &self,
        name: &str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, ControlError> {
        let Some(text) = self.parameter(name) else { return Ok(None) };
        let number = text.parse().ok().filter(|number| range.contains(number));
        let (min, max) = (range.start(), range.end());
        let expected = match *max {
            u64::MAX => format!("an integer from {min}"),
            _ => format!("{min} to {max}"),
        };
        let error = || format!("invalid {name} {text:?}; expected {expected}");
        number.map(Some).ok_or_else(|| ControlError::bad_request(error()))
    }
}

/// One call of the control API. The row is the whole registration.
pub(super) struct ControlRoute {
    pub(super) method: Method,
    /// The path below the prefix; each `{}` stands for one segment, of which there are at most two.
    pub(super) path: &'static str,
    /// What the call does, for the OpenAPI document.
    pub(super) summary: &'static str,
    pub(super) handler: RouteHandler,
    /// The schema of the body; `None` if the call has no body.
    pub(super) body: Option<MakeSchema>,
    /// Size limit of the body, in bytes.
    pub(super) body_bytes_max: usize,
    /// Query parameters.
    pub(super) query: &'static [QueryParameter],
    /// Whether every field of a journal entry is a query parameter, too.
    pub(super) has_filter: bool,
    pub(super) runs: Runs,
    pub(super) is_served_while_loading: bool,
    /// Whether it needs no token.
    pub(super) is_open: bool,
    /// What a success changes.
    pub(super) changes: &'static [Topic],
    /// The statuses of success.
    pub(super) statuses: &'static [u16],
    /// The content of a success, by media type.
    pub(super) content: fn(&mut SchemaGenerator) -> Vec<(&'static str, Schema)>,
}

/// Where a call runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Runs {
    /// On the request thread: a short call whose cost does not depend on the number of users, entries or
    /// rules.
    Inline,
    /// On a thread of its own, so that it delays no other request.
    Blocking,
}

/// A query parameter of a call.
pub(super) struct QueryParameter {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) schema: fn() -> Json,
}

pub(super) type MakeSchema = fn(&mut SchemaGenerator) -> Schema;

type RouteHandler =
    Box<dyn Fn(&ControlCall<'_>, &[u8]) -> Result<RouteReply, ControlError> + Send + Sync>;

/// The response to a call.
pub(super) enum RouteReply {
    Ready(ControlResponse),
    /// To be awaited; no thread is blocked meanwhile.
    Later(BoxFuture<'static, ControlResponse>),
}

impl RouteReply {
    fn ready(reply: impl Reply) -> Self {
        Self::Ready(reply.into_response())
    }

    pub(super) async fn into_response(self) -> ControlResponse {
        match self {
            Self::Ready(response) => response,
            Self::Later(response) => response.await,
        }
    }
}

/// A call without a body.
pub(super) fn route<R: Reply + 'static>(
    method: Method,
    path: &'static str,
    summary: &'static str,
    handler: fn(&ControlCall<'_>) -> Result<R, ControlError>,
) -> ControlRoute {
    let run = move |call: &ControlCall<'_>, body: &[u8]| {
        let body = body.trim_ascii();
        if !body.is_empty() && body != b"{}" {
            return Err(ControlError::bad_request("this call has no body"));
        }
        handler(call).map(RouteReply::ready)
    };
    ControlRoute::new::<R>(method, path, summary, None, run)
}

/// A call with a JSON body. No body means `{}`.
pub(super) fn route_with_body<B, R>(
    method: Method,
    path: &'static str,
    summary: &'static str,
    handler: fn(&ControlCall<'_>, B) -> Result<R, ControlError>,
) -> ControlRoute
where
    B: for<'a> Deserialize<'a> + JsonSchema + 'static,
    R: Reply + 'static,
{
    let run = move |call: &ControlCall<'_>, body: &[u8]| {
        handler(call, parse_body(body)?).map(RouteReply::ready)
    };
    ControlRoute::new::<R>(method, path, summary, Some(SchemaGenerator::subschema_for::<B>), run)
}

/// A call with a JSON body whose reply is awaited. No body means `{}`.
pub(super) fn route_that_waits<B, R>(
    method: Method,
    path: &'static str,
    summary: &'static str,
    handler: fn(&ControlCall<'_>, B) -> Result<BoxFuture<'static, R>, ControlError>,
) -> ControlRoute
where
    B: for<'a> Deserialize<'a> + JsonSchema + 'static,
    R: Reply + 'static,
{
    let run = move |call: &ControlCall<'_>, body: &[u8]| {
        let reply = handler(call, parse_body(body)?)?;
        Ok(RouteReply::Later(reply.map(Reply::into_response).boxed()))
    };
    ControlRoute::new::<R>(method, path, summary, Some(SchemaGenerator::subschema_for::<B>), run)
}

/// A call whose handler parses the body itself. `B` describes the body. No body means `{}`.
pub(super) fn route_with_text<B: JsonSchema, R: Reply + 'static>(
    method: Method,
    path: &'static str,
    summary: &'static str,
    handler: fn(&ControlCall<'_>, &str) -> Result<R, ControlError>,
) -> ControlRoute {
    let run = move |call: &ControlCall<'_>, body: &[u8]| {
        let text = std::str::from_utf8(if body.is_empty() { b"{}" } else { body });
        let text = text.map_err(|error| ControlError::bad_request(format!("body: {error}")))?;
        handler(call, text).map(RouteReply::ready)
    };
    ControlRoute::new::<R>(method, path, summary, Some(SchemaGenerator::subschema_for::<B>), run)
}

/// Parses a JSON body. No body means `{}`.
pub(super) fn parse_body<'a, B: Deserialize<'a>>(body: &'a [u8]) -> Result<B, ControlError> {
    let body = if body.is_empty() { b"{}" } else { body };
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    // serde accepts a list for a struct, too.
    if first == Some(&b'[') {
        return Err(ControlError::bad_request("body: invalid type: list, expected an object"));
    }
    Ok(from_json("body", body)?)
}

impl ControlRoute {
    fn new<R: Reply + 'static>(
        method: Method,
        path: &'static str,
        summary: &'static str,
        body: Option<MakeSchema>,
        run: impl Fn(&ControlCall<'_>, &[u8]) -> Result<RouteReply, ControlError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self {
            method,
            path,
            summary,
            handler: Box::new(run),
            body,
            body_bytes_max: BODY_BYTES_MAX,
            query: &[],
            has_filter: false,
            runs: Runs::Blocking,
            is_served_while_loading: false,
            is_open: false,
            changes: &[],
            statuses: &[200],
            content: R::content,
        }
    }

    /// The body may hold a whole store.
    pub(super) fn accepts_store(self) -> Self {
        Self { body_bytes_max: STORE_BYTES_MAX, ..self }
    }

    pub(super) fn query(self, query: &'static [QueryParameter]) -> Self {
        Self { query, ..self }
    }

    /// It has nothing secret, and a client needs it before it has the token.
    pub(super) fn open(self) -> Self {
        Self { is_open: true, ..self }
    }

    /// The query filters journal entries.
    pub(super) fn filters(self) -> Self {
        Self { has_filter: true, ..self }
    }

    pub(super) fn inline(self) -> Self {
        Self { runs: Runs::Inline, ..self }
    }

    pub(super) fn served_while_loading(self) -> Self {
        Self { is_served_while_loading: true, ..self }
    }

    /// A success changes this, of which event subscribers are notified.
    pub(super) fn changes(self, changes: &'static [Topic]) -> Self {
        Self { changes, ..self }
    }

    pub(super) fn statuses(self, statuses: &'static [u16]) -> Self {
        Self { statuses, ..self }
    }

    /// The path as OpenAPI writes it.
    pub(super) fn full_path(&self) -> String {
        let path = self.path.replacen("{}", "{id}", 1).replacen("{}", "{item}", 1);
        format!("{PREFIX}{path}")
    }

    /// Rejects query parameters that the call does not read: `DELETE /faults?id=a` would remove all rules.
    pub(super) fn check_query(&self, query: &str) -> Result<(), ControlError> {
        let fields = FIELDS.iter().map(|field| field.name).filter(|_| self.has_filter);
        let fields: Vec<_> = fields.collect();
        let own = self.query.iter().map(|parameter| parameter.name);
        let known: Vec<_> = fields.iter().copied().chain(own).collect();
        let mut seen = HashSet::new();
        for (name, _) in form_urlencoded::parse(query.as_bytes()) {
            if !known.contains(&name.as_ref()) {
                let expected = match known.is_empty() {
                    true => "this call has none".to_owned(),
                    false => format!("known are {}", known.join(", ")),
                };
                let error = format!("unknown query parameter {name:?}; {expected}");
                return Err(ControlError::bad_request(error));
            }
            // A field may have several conditions.
            if !fields.contains(&name.as_ref()) && !seen.insert(name.to_string()) {
                let error = format!("query parameter {name:?} is given twice");
                return Err(ControlError::bad_request(error));
            }
        }
        Ok(())
    }

    /// The segments of `path` that stand for the first and the second `{}`; empty if the route's path has
    /// none. `None` if the paths differ.
    pub(super) fn segments<'a>(&self, path: &'a str) -> Option<[&'a str; 2]> {
        let (mut expected, mut found) = (self.path.split('/'), path.split('/'));
        let mut segments = [""; 2];
        let mut free = segments.iter_mut();
        loop {
            match (expected.next(), found.next()) {
                (None, None) => return Some(segments),
                (Some("{}"), Some(segment)) if !segment.is_empty() => *free.next()? = segment,
                (Some(expected), Some(found)) if expected == found && expected != "{}" => {}
                (Some(_) | None, Some(_)) | (Some(_), None) => return None,
            }
        }
    }
}

/// The JSON Schema of an integer in a range.
pub(super) fn integer_schema(min: usize, max: usize) -> Json {
    json!({ "type": "integer", "minimum": min, "maximum": max })
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::super::reply::{Json, Removed};
    use super::*;

    #[test]
    fn a_pattern_matches_whole_segments() {
        let segments = |pattern, path: &'static str| {
            let handler = |_: &ControlCall<'_>| Ok(Json::ok(Removed { removed: 0 }));
            route(Method::GET, pattern, "", handler).segments(path)
        };
        assert_eq!(segments("/faults/{}", "/faults/a"), Some(["a", ""]));
        assert_eq!(segments("/faults/{}", "/faults/a/b"), None);
        assert_eq!(segments("/faults/{}", "/faults/"), None);
        assert_eq!(segments("/stores/{}/x", "/stores/d-1/x"), Some(["d-1", ""]));
        assert_eq!(segments("/stores/{}/users/{}", "/stores/d-1/users/u"), Some(["d-1", "u"]));
        assert_eq!(segments("/stores/{}/users/{}", "/stores/d-1/users/"), None);
        assert_eq!(segments("/stores/{}/users/{}", "/stores//users/u"), None);
        assert_eq!(segments("/faults", "/faults"), Some(["", ""]));
        assert_eq!(segments("/faults", "/faults/"), None);
    }
}
