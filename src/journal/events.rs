//! Entries as they come, for whoever listens. A listener who is slow is let go, and told so: nothing
//! waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::sync::mpsc;

use super::{Entry, Filter, Journal};

/// How many may listen at a time.
pub const SUBSCRIBERS_MAX: usize = 64;

/// How many entries wait for one listener.
pub const QUEUE_ENTRIES_MAX: usize = 1_000;

/// How many bytes of them, as the journal counts.
pub const QUEUE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What one listener and the journal share.
#[derive(Default, Debug)]
struct Shared {
    bytes: AtomicUsize,
    slow: AtomicBool,
}

/// The journal's end of one listener.
#[derive(Debug)]
pub(super) struct Subscriber {
    queue: mpsc::Sender<Arc<Entry>>,
    shared: Arc<Shared>,
}

/// The listener's end. Gone when dropped.
#[derive(Debug)]
pub struct Subscription {
    journal: Arc<Journal>,
    filter: Filter,
    queue: mpsc::Receiver<Arc<Entry>>,
    shared: Arc<Shared>,
    begun: bool,
    ended: bool,
}

impl Subscriber {
    /// Passes an entry on. `false` where nobody listens any more, or too slowly.
    pub(super) fn tell(&self, entry: &Arc<Entry>) -> bool {
        let bytes = entry.bytes();
        let waiting = self.shared.bytes.fetch_add(bytes, Ordering::Relaxed);
        // One that is larger by itself still goes to who has read all others.
        let fits = waiting == 0 || waiting + bytes <= QUEUE_BYTES_MAX;
        let told = fits && self.queue.try_send(entry.clone()).is_ok();
        if !told {
            self.shared.slow.store(true, Ordering::Relaxed);
        }
        told
    }

    /// Whether somebody listens.
    pub(super) fn listens(&self) -> bool {
        !self.queue.is_closed()
    }
}

impl Subscription {
    pub(super) fn new(journal: Arc<Journal>, filter: Filter) -> (Subscriber, Self) {
        let (queue, receiver) = mpsc::channel(QUEUE_ENTRIES_MAX);
        let shared = Arc::new(Shared::default());
        let subscriber = Subscriber { queue, shared: shared.clone() };
        (subscriber, Self { journal, filter, queue: receiver, shared, begun: false, ended: false })
    }

    /// The next piece of a `text/event-stream`; `None` at its end.
    pub fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<String>> {
        if !self.begun {
            // At once, so that who waits for the head knows that nothing will be missed.
            self.begun = true;
            return Poll::Ready(Some(": idouble journal\n\n".to_owned()));
        }
        if self.ended {
            return Poll::Ready(None);
        }
        // Who cares for few of many entries still lets others have their turn: tokio's own budget.
        while let Some(entry) = ready!(self.queue.poll_recv(context)) {
            self.shared.bytes.fetch_sub(entry.bytes(), Ordering::Relaxed);
            if self.filter.takes(&self.journal, &entry) {
                let json = self.journal.show(&entry);
                return Poll::Ready(Some(format!("id: {}\ndata: {json}\n\n", entry.seq())));
            }
        }
        self.ended = true;
        let slow = self.shared.slow.load(Ordering::Relaxed);
        let note = "event: dropped\ndata: {\"error\":\"read too slowly: entries were lost; \
                    ask GET /_idouble/journal\"}\n\n";
        Poll::Ready(slow.then(|| note.to_owned()))
    }
}
