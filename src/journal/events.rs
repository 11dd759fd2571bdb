//! Entries as they are recorded, for subscribers. A subscriber that reads too slowly loses its
//! subscription; the journal never waits for one.

use std::sync::Arc;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::{EntryFilter, EntryView, Journal, JournalEntry};

/// The number of subscribers at a time.
pub const SUBSCRIBERS_MAX: usize = 64;

/// The number of entries that wait for a subscriber. A power of two, as tokio's channel wants it.
pub const QUEUE_ENTRIES_MAX: usize = 1_024;

/// Size above which an entry is sent without its bodies, in bytes. With [`QUEUE_ENTRIES_MAX`] it bounds the
/// queue, which all subscribers share, at 64 MiB.
pub const EVENT_BYTES_MAX: usize = 64 * 1024;

/// Receives the entries that match a filter. Dropping it frees what waits for it.
#[derive(Debug)]
pub struct Subscription {
    journal: Arc<Journal>,
    filter: EntryFilter,
    receiver: Receiver<Arc<JournalEntry>>,
}

/// Why a subscription has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SubscriptionEnd {
    /// Entries were lost.
    #[error("read too slowly: entries were lost; ask GET /_idouble/journal")]
    Lagged,
    /// The server is shutting down.
    #[error("the server is shutting down")]
    Closed,
}

impl Subscription {
    pub(super) fn new(
        journal: Arc<Journal>,
        filter: EntryFilter,
        receiver: Receiver<Arc<JournalEntry>>,
    ) -> Self {
        Self { journal, filter, receiver }
    }

    /// Waits for the next entry.
    ///
    /// # Errors
    /// `Lagged`, `Closed`; there is no entry after either.
    pub async fn next(&mut self) -> Result<EntryView, SubscriptionEnd> {
        loop {
            // tokio makes a task yield that receives many entries without a pause.
            let entry = self.receiver.recv().await.map_err(|error| match error {
                RecvError::Lagged(_) => SubscriptionEnd::Lagged,
                RecvError::Closed => SubscriptionEnd::Closed,
            })?;
            if self.filter.matches(&self.journal, &entry) {
                return Ok(self.journal.show(&entry));
            }
        }
    }
}
