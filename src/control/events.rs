//! `GET /events`: journal entries as they are recorded, as a `text/event-stream`.

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{once, unfold};
use schemars::{Schema, SchemaGenerator};

use crate::journal::{Subscription, SubscriptionEnd};

use super::ControlResponse;
use super::error::ControlError;
use super::reply::{Reply, stream_response, text_schema};
use super::route::ControlCall;

const EVENT_STREAM: &str = "text/event-stream";

/// Subscribes to the entries from now on that match the query.
pub(super) fn subscribe(call: &ControlCall<'_>) -> Result<EventStream, ControlError> {
    let filter = super::journal::filter(call)?;
    let subscription = call.service.journal().subscribe(filter);
    let rejected = "too many event subscribers, or the server is shutting down";
    subscription.map(EventStream).ok_or_else(|| ControlError::unavailable(rejected))
}

/// The entries of a subscription.
pub(super) struct EventStream(Subscription);

impl Reply for EventStream {
    fn into_response(self) -> ControlResponse {
        // Sent at once: a client that has read it misses no later entry.
        let greeting = once(async { Bytes::from_static(b": idouble journal\n\n") });
        let events = unfold(Some(self.0), |subscription| async {
            let mut subscription = subscription?;
            match subscription.next().await {
                Ok(entry) => {
                    let json = serde_json::to_string(&entry).unwrap_or_default();
                    let event = format!("id: {}\ndata: {json}\n\n", entry.seq);
                    Some((Bytes::from(event), Some(subscription)))
                }
                Err(end @ SubscriptionEnd::Lagged) => {
                    let data = serde_json::json!({ "error": end.to_string() });
                    let event = format!("event: dropped\ndata: {data}\n\n");
                    Some((Bytes::from(event), None))
                }
                Err(SubscriptionEnd::Closed) => None,
            }
        });
        stream_response(EVENT_STREAM, greeting.chain(events).boxed())
    }

    fn content(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
        vec![(EVENT_STREAM, text_schema(generator))]
    }
}
