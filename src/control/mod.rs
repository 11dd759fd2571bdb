//! The control API, under `/_idouble/` on the server's own port: JSON in, JSON out, for tests and tools.
//!
//! One file a resource, with the structs of its bodies; `routes.rs` has one row a call. The OpenAPI document
//! is made from both. The module knows no socket; the server decides who may call.

mod access_keys;
mod ca;
mod clock;
mod config;
mod error;
mod events;
mod faults;
mod groups;
mod health;
mod index;
mod journal;
mod journal_entry;
mod memberships;
#[cfg(feature = "metrics")]
mod metrics;
mod openapi;
mod presets;
mod reply;
mod reset;
mod resource;
mod route;
mod routes;
mod sessions;
mod snapshots;
mod state;
mod stores;
mod stream;
mod users;

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode_str;

use crate::dialect::Head;
use crate::service::Service;

pub use access_keys::{AccessKeyList, AuthReply};
pub use clock::{ClockReply, ClockRequest};
pub use config::ConfigReply;
pub use error::ErrorReply;
pub use events::{CountAfterChange, LostRequests};
pub use faults::{FaultIds, FaultList, FaultVerdict, PreviewReply, PreviewRequest};
pub use faults::{RuleChange, TomlReply, TomlRequest};
pub use groups::{GroupChange, GroupPage, GroupSummary, GroupView, NewGroup, UserOfGroup};
pub use health::{Health, HealthStatus};
pub use index::{CallSummary, Index};
pub use journal::{ClosestRequest, ExpectationReply, ExpectationRequest, FieldDifference};
pub use journal::{FieldValue, JournalCount, JournalPage};
pub use journal_entry::{AttributeChange, ExplainReply, ExplainRequest, JournalDetail};
pub use journal_entry::{ReplayReply, ReplayRequest};
pub use memberships::{MembershipCreated, NewMembership};
pub use presets::{PresetList, PresetView};
pub use reply::Removed;
pub use reset::{ResetReply, ResetRequest};
pub use resource::{DialectView, ResourceStamps};
pub use sessions::{NewSession, SessionCreated};
pub use snapshots::{SnapshotList, SnapshotRestored, SnapshotSaved, SnapshotSummary};
pub use state::StateSaved;
pub use stores::{NewStore, StoreCreated, StoreList, StoreSummary};
pub use users::{GroupOfUser, NewUser, UserChange, UserPage, UserSummary, UserView};

use error::ControlError;
use route::{ControlCall, ControlRoute, RouteReply, Runs};
use routes::{matching_routes, routes};

/// The path under which all calls are.
const PREFIX: &str = "/_idouble";

/// The server sends it with every response of the control API, so that a client notices another web
/// server.
pub const VERSION_HEADER: HeaderName = HeaderName::from_static("x-idouble-version");

/// The value of [`VERSION_HEADER`].
pub const VERSION: HeaderValue = HeaderValue::from_static(env!("CARGO_PKG_VERSION"));

/// Bodies above this size, in bytes, are never parsed on a request thread.
const INLINE_BODY_BYTES_MAX: usize = 16 * 1024;

/// Whether a path is the control API's rather than a dialect's.
pub fn claims(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a call needs no token, whatever the server was started with.
pub fn is_open(path: &str) -> bool {
    matching_routes(path).any(|(route, _)| route.is_open)
}

/// Size limit of the body of a call, in bytes. The server checks it before it reads the body.
pub fn body_bytes_max(head: &Head) -> usize {
    matching_routes(head.uri.path())
        .find(|(route, _)| route.method == head.method)
        .map_or(route::BODY_BYTES_MAX, |(route, _)| route.body_bytes_max)
}

/// The control API of one service.
#[derive(Clone)]
pub struct Control {
    service: Arc<Service>,
    started: Instant,
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

impl Control {
    /// The control API of `service`, whose uptime begins now.
    pub fn new(service: Arc<Service>) -> Self {
        Self { service, started: Instant::now() }
    }

    /// Responds to one call. Never fails.
    pub async fn respond(&self, head: &Head, body: Bytes) -> ControlResponse {
        let path = head.uri.path();
        let found: Vec<_> = matching_routes(path).collect();
        // HEAD is GET without its body, which hyper leaves out.
        let method = if head.method == Method::HEAD { Method::GET } else { head.method.clone() };
        let Some(&(route, segments)) = found.iter().find(|(route, _)| route.method == method)
        else {
            return match found.is_empty() {
                true => not_found(path),
                false => error::method_not_allowed(found.iter().map(|(route, _)| &route.method)),
            };
        };
        if route.runs == Runs::Inline && body.len() <= INLINE_BODY_BYTES_MAX {
            return self.run(route, segments, head, &body).into_response().await;
        }
        let (control, head) = (self.clone(), head.clone());
        let segments = segments.map(str::to_owned);
        let run = tokio::task::spawn_blocking(move || {
            control.run(route, segments.each_ref().map(String::as_str), &head, &body)
        });
        match run.await {
            Ok(reply) => reply.into_response().await,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => ControlError::unavailable("the server is shutting down").into_response(),
        }
    }

    fn run(
        &self,
        route: &ControlRoute,
        segments: [&str; 2],
        head: &Head,
        body: &[u8],
    ) -> RouteReply {
        if !self.service.is_ready() && !route.is_served_while_loading {
            let error = ControlError::unavailable("the fixtures are being loaded");
            return RouteReply::Ready(error.into_response());
        }
        let query = head.uri.query().unwrap_or_default();
        let [id, item] =
            segments.map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned());
        let call = ControlCall {
            service: &self.service,
            routes: routes(),
            started: self.started,
            id,
            item,
            head,
            query,
        };
        let checked = route.check_query(query);
        let response = checked.and_then(|()| (route.handler)(&call, body));
        if response.is_ok() {
            self.service.changes().notify(route.changes);
        }
        response.unwrap_or_else(|error| RouteReply::Ready(error.into_response()))
    }
}

fn not_found(path: &str) -> ControlResponse {
    let calls = routes().iter().map(|route| format!("{} {}", route.method, route.full_path()));
    ControlError::new(StatusCode::NOT_FOUND, format!("no such call: {path}"))
        .with_details(calls.collect())
        .into_response()
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
}
