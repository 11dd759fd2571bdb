//! Entries as they are recorded, for subscribers. A subscriber that reads too slowly loses entries and gets
//! their number; the journal never waits for a subscriber.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::{Instant, sleep_until};

use super::{EntryFilter, Journal, JournalEntry};

/// The number of subscribers at a time.
pub const SUBSCRIBERS_MAX: usize = 64;

/// The number of entries that wait for a subscriber. A power of two, as tokio's channel wants it.
pub const QUEUE_ENTRIES_MAX: usize = 1_024;

/// Size above which an entry is sent without its bodies, in bytes. With [`QUEUE_ENTRIES_MAX`] it bounds the
/// queue, which all subscribers share, at 64 MiB.
pub const EVENT_BYTES_MAX: usize = 64 * 1024;

/// The period of [`SubscriptionStart::rate`].
const RATE_PERIOD: Duration = Duration::from_secs(1);

/// Which entries a subscriber receives.
#[derive(Clone, Default, Debug)]
pub struct SubscriptionStart {
    /// Entries that match this filter.
    pub filter: EntryFilter,
    /// The entries of the journal after this number come first; `None` for those from now on alone.
    pub after: Option<u64>,
    /// The number of entries a second at most; the newest are received. `None` for all.
    pub rate: Option<usize>,
}

/// What a subscriber receives.
#[derive(Clone, Debug)]
pub enum JournalEvent {
    /// An entry.
    Entry(Arc<JournalEntry>),
    /// This number of entries was not received: they exceed the rate, were read too slowly, or were dropped
    /// by the journal. Those may be among them that do not match the filter.
    Lost(u64),
}

/// The journal was closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the server is shutting down")]
pub struct Closed;

/// Receives the entries that match a filter. Dropping it frees what waits for it.
#[derive(Debug)]
pub struct Subscription {
    journal: Arc<Journal>,
    filter: EntryFilter,
    receiver: Receiver<Arc<JournalEntry>>,
    /// Entries of the journal from before the subscription, oldest first.
    backlog: VecDeque<Arc<JournalEntry>>,
    /// The number of entries that were lost since the last report.
    lost: u64,
    pace: Option<Pace>,
}

/// How many entries were received in the current period.
#[derive(Debug)]
struct Pace {
    rate: usize,
    received: usize,
    period_end: Instant,
}

impl Subscription {
    pub(super) fn new(
        journal: Arc<Journal>,
        start: SubscriptionStart,
        receiver: Receiver<Arc<JournalEntry>>,
        backlog: VecDeque<Arc<JournalEntry>>,
        lost: u64,
    ) -> Self {
        let SubscriptionStart { filter, rate, .. } = start;
        let pace = rate.map(|rate| Pace { rate, received: 0, period_end: Instant::now() });
        Self { journal, filter, receiver, backlog, lost, pace }
    }

    /// Waits for the next entry, or for the report that some were lost. Nothing is lost if the returned future is
    /// dropped.
    ///
    /// # Errors
    /// `Closed`; nothing comes after it.
    pub async fn next(&mut self) -> Result<JournalEvent, Closed> {
        loop {
            self.keep_pace().await;
            if self.lost > 0 {
                return Ok(JournalEvent::Lost(std::mem::take(&mut self.lost)));
            }
            let entry = match self.backlog.pop_front() {
                Some(entry) => entry,
                // tokio makes a task yield that receives many entries without a pause.
                None => match self.receiver.recv().await {
                    Ok(entry) => entry,
                    Err(RecvError::Lagged(count)) => {
                        self.lost += count;
                        continue;
                    }
                    Err(RecvError::Closed) => return Err(Closed),
                },
            };
            if self.filter.matches(&self.journal, &entry) {
                if let Some(pace) = &mut self.pace {
                    pace.received += 1;
                }
                return Ok(JournalEvent::Entry(entry));
            }
        }
    }

    /// Once the rate is reached, waits for the end of the period, and keeps the newest of the entries that came
    /// meanwhile. While it waits, a new entry costs the journal nothing for this subscriber.
    async fn keep_pace(&mut self) {
        let Some(pace) = &mut self.pace else { return };
        if pace.received >= pace.rate {
            sleep_until(pace.period_end).await;
            pace.received = 0;
            pace.period_end = Instant::now() + RATE_PERIOD;
            let rate = pace.rate;
            self.keep_newest(rate);
        } else if pace.received == 0 || Instant::now() >= pace.period_end {
            pace.received = 0;
            pace.period_end = Instant::now() + RATE_PERIOD;
            if self.backlog.len() > pace.rate {
                let rate = pace.rate;
                self.keep_newest(rate);
            }
        }
    }

    /// Receives everything that waits, and keeps the newest entries that match.
    fn keep_newest(&mut self, count: usize) {
        let mut newest = VecDeque::with_capacity(count + 1);
        let mut backlog = std::mem::take(&mut self.backlog);
        loop {
            let entry = match backlog.pop_front() {
                Some(entry) => entry,
                None => match self.receiver.try_recv() {
                    Ok(entry) => entry,
                    Err(TryRecvError::Lagged(count)) => {
                        self.lost += count;
                        continue;
                    }
                    // The next `recv` reports the end.
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                },
            };
            if self.filter.matches(&self.journal, &entry) {
                newest.push_back(entry);
            }
            if newest.len() > count {
                newest.pop_front();
                self.lost += 1;
            }
        }
        self.backlog = newest;
    }
}
