//! The request journal: recorded requests, in a ring bounded by entries and by bytes.
//!
//! A request pays for a copy of its facts and one short lock. Parsing, redaction and formatting wait until
//! somebody reads the entry. The journal knows what dialects share, and no vendor.

mod entry;
mod events;
mod expectation;
mod filter;
mod redact;
mod replay;
mod view;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tokio::sync::{Notify, broadcast};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use crate::dialect::{Dialect, Route};
use crate::domain::Timestamp;
use crate::domain::lock::Mutex;
use crate::escape::escape_control;

pub use entry::{ABANDONED, JournalEntry, RecordedRequest, RecordedResponse};
pub use events::{
    Closed, EVENT_BYTES_MAX, JournalEvent, QUEUE_ENTRIES_MAX, SUBSCRIBERS_MAX, Subscription,
    SubscriptionStart,
};
pub use expectation::{Expectation, ExpectationResult, ExpectedCount, Nearest};
use filter::EXPECTED_OPERATION;
pub use filter::{Difference, EntryField, EntryFilter, FIELDS, FilterError, names};
pub use redact::HIDDEN;
use redact::Redactor;
pub use replay::NotReplayable;
pub use view::EntryView;

/// The default limit of entries.
pub const ENTRIES_MAX: usize = 1_000;

/// The default limit of bytes.
pub const BYTES_MAX: usize = 64 * 1024 * 1024;

/// An entry that takes more than this fraction of the byte limit is kept without its bodies.
const LARGE_FRACTION: usize = 4;

/// What is kept, and shown, of bodies.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum Bodies {
    /// Everything but secrets and what the vendors' models call sensitive.
    Redacted,
    /// Everything but secrets.
    Full,
    /// Nothing.
    Off,
}

/// The settings of a journal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JournalSettings {
    /// The number of entries that are kept at most; 0 keeps none.
    pub entries: usize,
    /// The number of bytes that the entries take at most.
    pub bytes: usize,
    /// What is kept of bodies.
    pub bodies: Bodies,
}

impl Default for JournalSettings {
    fn default() -> Self {
        Self { entries: ENTRIES_MAX, bytes: BYTES_MAX, bodies: Bodies::Full }
    }
}

/// The recorded requests.
pub struct Journal {
    settings: JournalSettings,
    /// A random number, by which clients recognize that the server has restarted.
    run: u64,
    dialects: Arc<[Box<dyn Dialect>]>,
    /// One for each dialect, in order.
    redactors: Vec<Redactor>,
    state: Mutex<JournalState>,
    /// Wakes the tasks that wait for an expectation, at each request and when the journal is closed.
    changed: Notify,
}

#[derive(Debug)]
struct JournalState {
    /// Oldest first.
    entries: VecDeque<Arc<JournalEntry>>,
    /// The memory of all entries, in bytes.
    bytes: usize,
    /// The number of the last entry.
    last: u64,
    /// The number of the last entry that was dropped to make room.
    last_dropped: u64,
    /// `None` once the journal is closed.
    subscribers: Option<broadcast::Sender<Arc<JournalEntry>>>,
}

impl JournalState {
    fn has_subscribers(&self) -> bool {
        self.subscribers.as_ref().is_some_and(|sender| sender.receiver_count() > 0)
    }

    fn notify(&self, entry: &Arc<JournalEntry>) {
        let Some(subscribers) = &self.subscribers else { return };
        if subscribers.receiver_count() == 0 {
            return;
        }
        // It fails if the last subscriber has just left.
        let _ = subscribers.send(event(entry));
    }

    /// Removes the oldest entry if a limit is exceeded.
    fn evict(&mut self, settings: &JournalSettings) -> Option<Arc<JournalEntry>> {
        if self.entries.len() <= settings.entries && self.bytes <= settings.bytes {
            return None;
        }
        let entry = self.entries.pop_front()?;
        self.bytes -= entry.bytes();
        self.last_dropped = entry.seq;
        Some(entry)
    }
}

/// An entry as subscribers receive it: without bodies that are too large for their queue.
fn event(entry: &Arc<JournalEntry>) -> Arc<JournalEntry> {
    let mut event = entry.clone();
    if event.bytes() > EVENT_BYTES_MAX {
        Arc::make_mut(&mut event).strip();
    }
    event
}

impl Journal {
    /// An empty journal of requests in these dialects.
    pub fn new(settings: JournalSettings, dialects: Arc<[Box<dyn Dialect>]>) -> Self {
        let redactors = Redactor::for_dialects(&dialects);
        let (subscribers, _) = broadcast::channel(QUEUE_ENTRIES_MAX);
        let state = Mutex::new(JournalState {
            entries: VecDeque::new(),
            bytes: 0,
            last: 0,
            last_dropped: 0,
            subscribers: Some(subscribers),
        });
        let run = RandomState::new().build_hasher().finish();
        Self { settings, run, dialects, redactors, state, changed: Notify::new() }
    }

    /// Records a request.
    pub fn record(&self, request: &RecordedRequest<'_>, response: &RecordedResponse<'_>) {
        let settings = &self.settings;
        if settings.entries == 0 && self.skip_unobserved() {
            return;
        }
        let mut entry = JournalEntry::new(request, response, settings.bodies != Bodies::Off);
        if entry.bytes() > settings.bytes / LARGE_FRACTION {
            entry.strip();
        }
        let mut entry = Arc::new(entry);
        let mut state = self.state.lock();
        state.last += 1;
        if let Some(entry) = Arc::get_mut(&mut entry) {
            entry.seq = state.last;
        }
        state.notify(&entry);
        self.changed.notify_waiters();
        state.bytes += entry.bytes();
        state.entries.push_back(entry);
        // The lock is released before evicted entries are freed. Mostly there is one, which needs no `Vec`.
        let first = state.evict(settings);
        let mut others = Vec::new();
        while let Some(entry) = state.evict(settings) {
            others.push(entry);
        }
        drop(state);
        drop((first, others));
    }

    /// Counts a request without recording it, unless there are subscribers. Returns whether it did.
    fn skip_unobserved(&self) -> bool {
        let mut state = self.state.lock();
        let skip = !state.has_subscribers();
        state.last += u64::from(skip);
        skip
    }

    /// Removes all entries and returns their number. Later entries continue the numbering.
    pub fn clear(&self) -> usize {
        let mut state = self.state.lock();
        state.bytes = 0;
        let entries = std::mem::take(&mut state.entries);
        drop(state);
        entries.len()
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> Vec<Arc<JournalEntry>> {
        self.state.lock().entries.iter().cloned().collect()
    }

    /// The entries that match a filter, oldest first.
    pub fn find(&self, filter: &EntryFilter) -> Vec<Arc<JournalEntry>> {
        let mut entries = self.entries();
        entries.retain(|entry| filter.matches(self, entry));
        entries
    }

    /// The number of entries, and the bytes that they take.
    pub fn size(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.entries.len(), state.bytes)
    }

    /// The entry with this number.
    pub fn get(&self, seq: u64) -> Option<Arc<JournalEntry>> {
        let state = self.state.lock();
        let index = state.entries.binary_search_by_key(&seq, |entry| entry.seq).ok()?;
        state.entries.get(index).cloned()
    }

    /// The last entry with this request id.
    pub fn find_request(&self, request_id: u128) -> Option<Arc<JournalEntry>> {
        let state = self.state.lock();
        state.entries.iter().rev().find(|entry| entry.request_id == request_id).cloned()
    }

    /// What is shown of bodies.
    pub fn bodies(&self) -> Bodies {
        self.settings.bodies
    }

    /// A random number, which another run of the server does not have.
    pub fn run(&self) -> u64 {
        self.run
    }

    /// The number of the last entry; 0 before the first.
    pub fn last(&self) -> u64 {
        self.state.lock().last
    }

    /// The entries after number `seq`, oldest first, and whether some of them were dropped.
    fn entries_after(&self, seq: u64) -> (Vec<Arc<JournalEntry>>, bool) {
        let state = self.state.lock();
        let later = state.entries.iter().filter(|entry| entry.seq > seq);
        (later.cloned().collect(), state.last_dropped > seq)
    }

    /// Checks how many of the entries after number `after` match a filter.
    pub fn check(
        &self,
        filter: EntryFilter,
        count: ExpectedCount,
        after: u64,
    ) -> ExpectationResult {
        ExpectationResult::of(self, filter, count, after)
    }

    /// Waits until the entries after number `after` meet an expectation, for at most `within` by the
    /// machine's clock, or until the journal is closed. The entries are searched off the request threads.
    pub async fn check_within(
        self: Arc<Self>,
        filter: EntryFilter,
        count: ExpectedCount,
        after: u64,
        within: Duration,
    ) -> ExpectationResult {
        let deadline = Instant::now() + within;
        loop {
            // It exists before the search, so that it notices a request that comes during the search.
            let changed = self.changed.notified();
            let (journal, filter) = (self.clone(), filter.clone());
            let search =
                spawn_blocking(move || (journal.check(filter, count, after), journal.is_closed()));
            let (result, is_closed) = match search.await {
                Ok(searched) => searched,
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                // The runtime shuts down, and drops this task.
                Err(_) => std::future::pending().await,
            };
            if result.is_met() || is_closed || timeout_at(deadline, changed).await.is_err() {
                return result;
            }
        }
    }

    /// Expects a request from now on: `aws:UpdateUser`, `*:CreateUser`, `huawei:*`, an operation in any
    /// dialect, or `aws:sts:GetCallerIdentity` for a call of a service that is not served.
    ///
    /// # Panics
    /// If there is no such dialect or operation.
    #[track_caller]
    pub fn expect_request(self: &Arc<Self>, call: &str) -> Expectation {
        match self.filter_for(call) {
            Ok(filter) => Expectation::new(self.clone(), filter),
            Err(error) => panic!("{error}"),
        }
    }

    /// A filter for `aws:UpdateUser`, `*:CreateUser`, `huawei:*` or `UpdateUser`.
    ///
    /// # Errors
    /// If there is no such dialect or operation.
    pub fn filter_for(&self, call: &str) -> Result<EntryFilter, FilterError> {
        let (dialect, operation) = call.split_once(':').unwrap_or(("*", call));
        let conditions = [("dialect", dialect), ("operation", operation)];
        let filter = self.filter(conditions.into_iter().filter(|(_, value)| *value != "*"))?;
        let mut dialects =
            self.dialects.iter().filter(|one| dialect == "*" || one.name() == dialect);
        let is_known = dialects
            .any(|one| one.routes().iter().any(|route| route.operation.name() == operation));
        if operation != "*" && !operation.contains(':') && !is_known {
            let (field, value) = ("operation", operation.to_owned());
            let expected = format!("an operation of {dialect}");
            return Err(FilterError::Value { field, expected, value });
        }
        Ok(filter)
    }

    /// A filter with these conditions.
    ///
    /// # Errors
    /// If there is no such field, or if the field cannot have such a value.
    pub fn filter<'a>(
        &self,
        conditions: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<EntryFilter, FilterError> {
        let mut filter = EntryFilter::new();
        for (name, value) in conditions {
            filter = self.add_condition(filter, name, value)?;
        }
        Ok(filter)
    }

    /// Adds a condition to a filter. Unlike [`EntryFilter::with`], this knows the dialects.
    fn add_condition(
        &self,
        filter: EntryFilter,
        name: &str,
        value: &str,
    ) -> Result<EntryFilter, FilterError> {
        let dialects: Vec<_> = self.dialects.iter().map(|dialect| dialect.name()).collect();
        let invalid = |field, expected: String| {
            Err(FilterError::Value { field, expected, value: value.to_owned() })
        };
        if name == "dialect" && !value.is_empty() && !dialects.contains(&value) {
            return invalid("dialect", dialects.join(" or "));
        }
        // Entries of served operations have the name alone.
        if name == "operation"
            && let Some((service, operation)) = value.split_once(':')
        {
            let is_served = self.dialects.iter().any(|dialect| {
                let is_same = |route: &Route| {
                    route.operation.name() == operation && dialect.service_name(route) == service
                };
                dialect.routes().iter().any(is_same)
            });
            if is_served {
                return invalid("operation", operation.to_owned());
            }
            if dialects.contains(&service) {
                return invalid("operation", EXPECTED_OPERATION.to_owned());
            }
        }
        filter.with(name, value)
    }

    /// Subscribes to entries. `None` if there are [`SUBSCRIBERS_MAX`] subscribers, or if the journal is closed.
    pub fn subscribe(self: &Arc<Self>, start: SubscriptionStart) -> Option<Subscription> {
        let state = self.state.lock();
        let subscribers = state.subscribers.as_ref()?;
        if subscribers.receiver_count() >= SUBSCRIBERS_MAX {
            return None;
        }
        let receiver = subscribers.subscribe();
        let after = start.after.unwrap_or(u64::MAX);
        let backlog: Vec<_> =
            state.entries.iter().filter(|entry| entry.seq > after).cloned().collect();
        let lost = state.last_dropped.saturating_sub(after);
        drop(state);
        let backlog = backlog.iter().map(event).collect();
        Some(Subscription::new(self.clone(), start, receiver, backlog, lost))
    }

    /// Ends all subscriptions, and allows no more.
    pub fn close(&self) {
        let subscribers = self.state.lock().subscribers.take();
        drop(subscribers);
        self.changed.notify_waiters();
    }

    fn is_closed(&self) -> bool {
        self.state.lock().subscribers.is_none()
    }

    /// An entry as it may be shown.
    pub fn show(&self, entry: &JournalEntry) -> EntryView {
        let bodies = self.settings.bodies;
        let redactor = self.index(entry).map(|index| &self.redactors[index]);
        let body = |body| redactor.map_or(Json::Null, |redactor| redactor.body(body, bodies));
        EntryView {
            seq: entry.seq,
            time: written(entry.at),
            dialect: entry.dialect.to_owned(),
            operation: entry.operation_name().map(str::to_owned),
            store: entry.store().map(escape_control),
            user: entry.user().map(escape_control),
            group: entry.group().map(escape_control),
            user_name: None,
            group_name: None,
            session: entry.session().map(escape_control),
            attempt: entry.attempt,
            request_id: self.request_id(entry),
            method: entry.method.as_str().to_owned(),
            path: redactor.map(|redactor| redactor.target(entry.target(), bodies)),
            status: entry.status,
            error: self.error(entry),
            kind: entry.kind.map(str::to_owned),
            fault: entry.fault().map(str::to_owned),
            auth: entry.auth().map(escape_control),
            duration_us: u64::try_from(entry.duration.as_micros()).unwrap_or(u64::MAX),
            request: body(entry.request()),
            response: body(entry.response()),
            stripped: entry.stripped,
        }
    }

    /// An entry in one line, without its bodies.
    pub fn line(&self, entry: &JournalEntry) -> String {
        self.show(entry).line()
    }

    /// A body as it may be shown, as text; `None` if it is empty.
    fn body_text<'a>(&self, entry: &JournalEntry, body: &'a [u8]) -> Option<Cow<'a, str>> {
        let shown = self.redactors[self.index(entry)?].body(body, self.settings.bodies);
        (!shown.is_null()).then(|| shown.to_string().into())
    }

    /// The request id in the vendor's form.
    fn request_id(&self, entry: &JournalEntry) -> String {
        let id = entry.request_id;
        self.index(entry).map_or_else(String::new, |index| self.dialects[index].request_id(id))
    }

    /// The vendor's error code from the body of an error response, else the neutral name.
    fn error(&self, entry: &JournalEntry) -> Option<String> {
        let kind = entry.kind?;
        let code = || {
            let body: Json = serde_json::from_slice(entry.response()).ok()?;
            let member = self.dialects[self.index(entry)?].error_members().code;
            body.get(member)?.as_str().map(escape_control)
        };
        Some(code().unwrap_or_else(|| kind.to_owned()))
    }

    /// The index of the entry's dialect.
    fn index(&self, entry: &JournalEntry) -> Option<usize> {
        self.dialects.iter().position(|dialect| dialect.name() == entry.dialect)
    }
}

/// A time as the journal shows it, with milliseconds.
fn written(time: Timestamp) -> String {
    format!("{time:.3}")
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("settings", &self.settings).finish_non_exhaustive()
    }
}
