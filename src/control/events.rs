//! `GET /events`: requests as they are recorded and changes of the state, as a `text/event-stream`.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{iter, unfold};
use http::HeaderName;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::journal::{JournalEvent, Subscription, SubscriptionStart};
use crate::service::{ChangeSubscription, Service, Topic};

use super::ControlResponse;
use super::error::ControlError;
use super::reply::{Reply, stream_response, text_schema};
use super::route::{ControlCall, QueryParameter, integer_schema};

const EVENT_STREAM: &str = "text/event-stream";

/// The header of a client that reconnects: the id of the last event that it received.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The greatest number of requests a second that a client may ask for.
const RATE_MAX: usize = 1_000;

/// The query parameters besides the filter.
pub(super) const START: &[QueryParameter] = &[
    QueryParameter {
        name: "after",
        description: "The requests of the journal after this number come first",
        schema: || json!({ "type": "integer", "minimum": 0 }),
    },
    QueryParameter {
        name: "rate",
        description: "The number of requests a second at most; the others are counted in `lost` events",
        schema: || integer_schema(1, RATE_MAX),
    },
];

/// The data of an event `lost`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LostRequests {
    /// The number of requests that were not sent. Some may not match the filter.
    pub count: u64,
}

/// The data of an event `rules`, `stores`, `snapshots` or `journal`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountAfterChange {
    /// The number of rules, stores, snapshots or entries after the change.
    pub count: usize,
}

/// Subscribes to the requests that match the query, and to changes of the state.
pub(super) fn subscribe(call: &ControlCall<'_>) -> Result<EventStream, ControlError> {
    let filter = super::journal::filter(call)?;
    let rate = call.integer("rate", 1..=RATE_MAX as u64)?.map(|rate| rate as usize);
    let after = call.integer("after", 0..=u64::MAX)?;
    let journal = call.service.journal();
    let last_event = match call.head.headers.get(LAST_EVENT_ID) {
        None => None,
        Some(id) => Some(id.to_str().ok().and_then(parse_event_id).ok_or_else(|| {
            let error =
                "invalid Last-Event-ID; expected the id of an event, such as 467.18c3f0a2b1";
            ControlError::bad_request(error)
        })?),
    };
    let is_restarted = last_event.is_some_and(|(_, run)| run != journal.run());
    let after = match last_event {
        Some(_) if is_restarted => Some(0),
        Some((seq, _)) => Some(seq),
        None => after,
    };
    // Before the journal, so that no change is missed that a request shows.
    let changes = call.service.changes().subscribe();
    let requests = journal.subscribe(SubscriptionStart { filter, after, rate });
    let rejected = "too many event subscribers, or the server is shutting down";
    let requests = requests.ok_or_else(|| ControlError::unavailable(rejected))?;
    Ok(EventStream { service: call.service.clone(), requests, changes, is_restarted })
}

/// The number of the entry and the run of the server in the id of an event.
fn parse_event_id(id: &str) -> Option<(u64, u64)> {
    let (seq, run) = id.split_once('.')?;
    Some((seq.parse().ok()?, u64::from_str_radix(run, 16).ok()?))
}

/// The requests and changes of a subscriber.
pub(super) struct EventStream {
    service: Arc<Service>,
    requests: Subscription,
    changes: ChangeSubscription,
    /// Whether the client has received events of another run of the server.
    is_restarted: bool,
}

impl EventStream {
    /// Waits for the next event; `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        tokio::select! {
            topic = self.changes.next() => Some(self.change(topic)),
            event = self.requests.next() => Some(match event.ok()? {
                JournalEvent::Entry(entry) => {
                    let entry = super::journal::show(&self.service, &entry);
                    let run = self.service.journal().run();
                    let json = serde_json::to_string(&entry).unwrap_or_default();
                    format!("id: {}.{run:x}\ndata: {json}\n\n", entry.seq).into()
                }
                JournalEvent::Lost(count) => event_of("lost", &LostRequests { count }),
            }),
        }
    }

    fn change(&self, topic: Topic) -> Bytes {
        let service = &self.service;
        let count = |count| CountAfterChange { count };
        match topic {
            Topic::Rules => {
                let rules = service.faults().list(service.clock().now());
                event_of("rules", &count(rules.len()))
            }
            Topic::Stores => event_of("stores", &count(service.directory().size().0)),
            Topic::Clock => event_of("clock", &super::clock::current(service.clock())),
            Topic::Snapshots => {
                event_of("snapshots", &count(service.directory().snapshots().list().len()))
            }
            Topic::Journal => event_of("journal", &count(service.journal().size().0)),
        }
    }
}

fn event_of(name: &str, data: &impl Serialize) -> Bytes {
    let json = serde_json::to_string(data).unwrap_or_default();
    format!("event: {name}\ndata: {json}\n\n").into()
}

impl Reply for EventStream {
    fn into_response(self) -> ControlResponse {
        // Sent at once: a client that has read it misses no later entry.
        let mut greeting = vec![Bytes::from_static(b": idouble events\n\n")];
        if self.is_restarted {
            greeting.push(event_of("restarted", &json!({})));
        }
        let events =
            unfold(self, |mut stream| async { stream.next().await.map(|event| (event, stream)) });
        stream_response(EVENT_STREAM, iter(greeting).chain(events).boxed())
    }

    fn content(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
        vec![(EVENT_STREAM, text_schema(generator))]
    }
}
