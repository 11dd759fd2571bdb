//! The journal: the requests that were seen, in a ring bounded by entries and by bytes.
//!
//! A request pays for a copy of its facts and one short lock. Parsing, hiding and formatting wait
//! until somebody reads. Knows what dialects share, and no vendor.

mod entry;
mod events;
mod expect;
mod field;
mod redact;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::domain::lock::Mutex;
use serde_json::{Value as Json, json};

use crate::dialect::Dialect;
use crate::domain::Operation;

pub use entry::{ABANDONED, Answered, Entry, Seen};
use events::Subscriber;
pub use events::{QUEUE_BYTES_MAX, QUEUE_ENTRIES_MAX, SUBSCRIBERS_MAX, Subscription};
pub use expect::{Expected, Times, Verdict};
use field::written;
pub use field::{Difference, FIELDS, Field, Filter, FilterError, names};
pub use redact::HIDDEN;
use redact::{Hidden, escaped};

/// How many entries are kept where it is not said.
pub const ENTRIES_MAX: usize = 1_000;

/// How many bytes of them are kept where it is not said.
pub const BYTES_MAX: usize = 64 * 1024 * 1024;

/// An entry that takes more than such a part of all bytes is kept without its bodies.
const PART_OF_ALL: usize = 4;

/// What is kept, and shown, of bodies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bodies {
    /// All but what the vendors' models call sensitive.
    Redacted,
    /// All but secrets.
    Full,
    /// Nothing.
    Off,
}

/// How much is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// At most so many entries; 0 keeps none.
    pub entries: usize,
    /// At most so many bytes.
    pub bytes: usize,
    /// What of bodies.
    pub bodies: Bodies,
}

impl Default for Settings {
    fn default() -> Self {
        Self { entries: ENTRIES_MAX, bytes: BYTES_MAX, bodies: Bodies::Redacted }
    }
}

/// The requests that were seen.
pub struct Journal {
    settings: Settings,
    dialects: Arc<[Box<dyn Dialect>]>,
    /// One for each dialect, in their order.
    hidden: Vec<Hidden>,
    state: Mutex<State>,
}

#[derive(Default, Debug)]
struct State {
    /// Oldest first.
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
    /// The number of the last entry.
    last: u64,
    /// The number of the last one that made room for others.
    forgotten: u64,
    subscribers: Vec<Subscriber>,
    closed: bool,
}

impl State {
    /// Takes out the oldest entry, where there are too many.
    fn forget(&mut self, settings: &Settings) -> Option<Arc<Entry>> {
        if self.entries.len() <= settings.entries && self.bytes <= settings.bytes {
            return None;
        }
        let entry = self.entries.pop_front()?;
        self.bytes -= entry.bytes();
        self.forgotten = entry.seq;
        Some(entry)
    }
}

impl Journal {
    /// An empty journal of requests in these dialects.
    pub fn new(settings: Settings, dialects: Arc<[Box<dyn Dialect>]>) -> Self {
        let hidden = Hidden::of(&dialects);
        Self { settings, dialects, hidden, state: Mutex::default() }
    }

    /// Keeps a request.
    pub fn record(&self, seen: &Seen<'_>, answered: &Answered<'_>) {
        let settings = &self.settings;
        if settings.entries == 0 && self.passes_by() {
            return;
        }
        let mut entry = Entry::of(seen, answered, settings.bodies != Bodies::Off);
        if entry.bytes() > settings.bytes / PART_OF_ALL {
            entry.strip();
        }
        let mut entry = Arc::new(entry);
        let mut state = self.state.lock();
        state.last += 1;
        if let Some(entry) = Arc::get_mut(&mut entry) {
            entry.seq = state.last;
        }
        state.subscribers.retain(|subscriber| subscriber.tell(&entry));
        state.bytes += entry.bytes();
        state.entries.push_back(entry);
        // Freed when the lock is gone. A full journal forgets one for each that comes, mostly.
        let first = state.forget(settings);
        let mut more = Vec::new();
        while let Some(entry) = state.forget(settings) {
            more.push(entry);
        }
        drop(state);
        drop((first, more));
    }

    /// Counts a request that nobody wants to hear of; `false` where somebody listens.
    fn passes_by(&self) -> bool {
        let mut state = self.state.lock();
        let nobody = state.subscribers.is_empty();
        state.last += u64::from(nobody);
        nobody
    }

    /// Forgets everything. Numbers go on.
    pub fn clear(&self) -> usize {
        let mut state = self.state.lock();
        state.bytes = 0;
        let entries = std::mem::take(&mut state.entries);
        drop(state);
        entries.len()
    }

    /// Every entry, oldest first.
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        self.state.lock().entries.iter().cloned().collect()
    }

    /// Those that a filter takes, oldest first.
    pub fn find(&self, filter: &Filter) -> Vec<Arc<Entry>> {
        let mut entries = self.entries();
        entries.retain(|entry| filter.takes(self, entry));
        entries
    }

    /// How many entries there are, and how many bytes they take.
    pub fn size(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.entries.len(), state.bytes)
    }

    /// The number of the last request seen; 0 before the first.
    pub fn last(&self) -> u64 {
        self.state.lock().last
    }

    /// What came after the entry of this number, oldest first, and whether some of it is forgotten.
    fn after(&self, seq: u64) -> (Vec<Arc<Entry>>, bool) {
        let state = self.state.lock();
        let later = state.entries.iter().filter(|entry| entry.seq > seq);
        (later.cloned().collect(), state.forgotten > seq)
    }

    /// Judges whether what came after the entry of number `after` is as expected.
    pub fn judge(&self, filter: Filter, times: Times, after: u64) -> Verdict {
        Verdict::of(self, filter, times, after)
    }

    /// Expects a request, from now on: `aws:UpdateUser`, `*:CreateUser`, `huawei:*`, or an operation
    /// in any dialect.
    ///
    /// # Panics
    /// Where there is no such dialect or operation.
    pub fn expect(self: &Arc<Self>, call: &str) -> Expected {
        let filter = self.filter(call).unwrap_or_else(|error| panic!("{error}"));
        Expected::new(self.clone(), filter)
    }

    /// A filter from `aws:UpdateUser`, `*:CreateUser`, `huawei:*` or `UpdateUser`.
    ///
    /// # Errors
    /// In words, where there is no such dialect or operation.
    pub fn filter(&self, call: &str) -> Result<Filter, String> {
        let (dialect, operation) = call.split_once(':').unwrap_or(("*", call));
        let mut filter = Filter::new();
        let dialects = self.dialects.iter();
        let spoken = dialects.filter(|one| dialect == "*" || one.name() == dialect);
        let spoken: Vec<_> = spoken.collect();
        if spoken.is_empty() {
            return Err(format!("there is no dialect {dialect:?}"));
        }
        let routes = || spoken.iter().flat_map(|one| one.routes());
        if operation != "*" && !routes().any(|route| route.operation.name() == operation) {
            return Err(format!("there is no operation {operation:?}"));
        }
        for (name, value) in [("dialect", dialect), ("operation", operation)] {
            if value != "*" {
                filter = filter.with(name, value).map_err(|error| error.to_string())?;
            }
        }
        Ok(filter)
    }

    /// Listens to what comes from now on and a filter takes. `None` where too many do, or all is about to end.
    pub fn subscribe(self: &Arc<Self>, filter: Filter) -> Option<Subscription> {
        let (subscriber, subscription) = Subscription::new(self.clone(), filter);
        let mut state = self.state.lock();
        state.subscribers.retain(Subscriber::listens);
        if state.closed || state.subscribers.len() >= SUBSCRIBERS_MAX {
            return None;
        }
        state.subscribers.push(subscriber);
        Some(subscription)
    }

    /// Lets go of all who listen, for good.
    pub fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        let subscribers = std::mem::take(&mut state.subscribers);
        drop(state);
        drop(subscribers);
    }

    /// An entry as it may be shown.
    pub fn show(&self, entry: &Entry) -> Json {
        let bodies = self.settings.bodies;
        let hidden = self.at(entry).map(|at| &self.hidden[at]);
        let body = |body: &[u8]| hidden.map_or(Json::Null, |hidden| hidden.body(body, bodies));
        let target = hidden.map(|hidden| hidden.target(entry.target(), bodies));
        let mut shown = json!({
            "seq": entry.seq(),
            "time": written(entry.at()),
            "dialect": entry.dialect(),
            "operation": entry.operation().map(Operation::name),
            "store": entry.store().map(escaped),
            "user": entry.user().map(escaped),
            "group": entry.group().map(escaped),
            "session": entry.session().map(escaped),
            "attempt": entry.attempt(),
            "request_id": self.request_id(entry),
            "method": entry.method().as_str(),
            "path": target,
            "status": entry.status(),
            "error": self.code(entry).or(entry.kind().map(str::to_owned)),
            "kind": entry.kind(),
            "fault": entry.fault(),
            "duration_us": u64::try_from(entry.took().as_micros()).unwrap_or(u64::MAX),
            "request": body(entry.request()),
            "response": body(entry.response()),
        });
        if entry.stripped {
            shown["stripped"] = true.into();
        }
        shown
    }

    /// An entry in one line, for people.
    pub fn line(&self, entry: &Entry) -> String {
        line(&self.show(entry))
    }

    /// A body as it may be shown, as text; `None` where there is none.
    fn body<'a>(&self, entry: &Entry, body: &'a [u8]) -> Option<Cow<'a, str>> {
        let shown = self.hidden[self.at(entry)?].body(body, self.settings.bodies);
        (!shown.is_null()).then(|| shown.to_string().into())
    }

    /// The request id as the vendor writes it.
    fn request_id(&self, entry: &Entry) -> String {
        let id = entry.request_id();
        self.at(entry).map_or_else(String::new, |at| self.dialects[at].request_id(id))
    }

    /// The vendor's code of a refusal, from its body.
    fn code(&self, entry: &Entry) -> Option<String> {
        entry.kind()?;
        let body: Json = serde_json::from_slice(entry.response()).ok()?;
        let member = self.dialects[self.at(entry)?].error_spelling().code;
        body.get(member)?.as_str().map(escaped)
    }

    fn at(&self, entry: &Entry) -> Option<usize> {
        self.dialects.iter().position(|dialect| dialect.name() == entry.dialect())
    }
}

/// An entry that is shown, in one line, for people.
pub fn line(shown: &Json) -> String {
    let text = |name: &str| shown[name].as_str();
    let operation = text("operation").unwrap_or("(no operation)");
    let dialect = text("dialect").unwrap_or_default();
    let mut line = format!("#{} {dialect}:{operation}", shown["seq"]);
    for name in ["store", "user", "group", "session"] {
        if let Some(value) = text(name) {
            line += &format!(" {name}={value}");
        }
    }
    line += &match shown["status"].as_u64() {
        Some(status) => format!(" -> {status}"),
        None => " -> no answer".to_owned(),
    };
    if let Some(error) = text("error") {
        line += &format!(" {error}");
    }
    if let Some(fault) = text("fault") {
        line += &format!(" (fault {fault})");
    }
    line
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("settings", &self.settings).finish_non_exhaustive()
    }
}
