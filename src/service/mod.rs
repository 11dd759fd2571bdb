//! The service: all state, and the life of a request through it.
//!
//! Knows no socket: a request comes in whole and a response goes out whole.

mod metrics;
mod pipeline;
mod record;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::dialect::Dialect;
use crate::domain::{Clock, Directory, IdentityStore, RequestIds};
use crate::faults::Faults;
use crate::fixture::{Options, save};
use crate::journal::{self, Journal};

pub use metrics::{Connection, Metrics};

/// All state of one emulator.
pub struct Service {
    dialects: Arc<[Box<dyn Dialect>]>,
    directory: Directory,
    faults: Faults,
    journal: Arc<Journal>,
    metrics: Metrics,
    clock: Clock,
    request_ids: RequestIds,
    fixtures: Options,
    state: Option<PathBuf>,
    /// Whether the stores are there.
    ready: AtomicBool,
}

impl Service {
    /// A service that speaks `dialects`, asked in that order which of them a request is in; the last
    /// one takes what no other claims.
    pub fn new(
        dialects: Vec<Box<dyn Dialect>>,
        directory: Directory,
        faults: Faults,
        clock: Clock,
        request_ids: RequestIds,
    ) -> Self {
        assert!(!dialects.is_empty(), "a service speaks at least one dialect");
        let dialects: Arc<[_]> = dialects.into();
        let journal = Arc::new(Journal::new(journal::Settings::default(), dialects.clone()));
        let metrics = Metrics::new();
        let (seed, rules) = (directory.seed(), directory.rules());
        let fixtures = Options { seed, rules, ..Options::default() };
        let (state, ready) = (None, AtomicBool::new(true));
        Self {
            dialects,
            directory,
            faults,
            journal,
            metrics,
            clock,
            request_ids,
            fixtures,
            state,
            ready,
        }
    }

    /// The same with an empty journal of these settings.
    #[must_use]
    pub fn with_journal(mut self, settings: journal::Settings) -> Self {
        self.journal = Arc::new(Journal::new(settings, self.dialects.clone()));
        self
    }

    /// The same, with these options for fixtures that are loaded later.
    #[must_use]
    pub fn with_fixtures(self, fixtures: Options) -> Self {
        Self { fixtures, ..self }
    }

    /// The same, with a file that keeps the stores.
    #[must_use]
    pub fn with_state(self, state: Option<PathBuf>) -> Self {
        Self { state, ..self }
    }

    /// The same, whose stores are yet to come; see [`Service::fill`].
    #[must_use]
    pub fn loading(self) -> Self {
        Self { ready: AtomicBool::new(false), ..self }
    }

    /// Whether the stores are there.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Takes these stores for those that it begins with. Whoever asked before leaves no trace.
    pub fn fill(&self, stores: Vec<IdentityStore>) {
        self.directory.resume(self.fixtures.stores_made.load(Ordering::Relaxed));
        self.directory.set_baseline(stores);
        self.request_ids.reset();
        self.journal.clear();
        self.ready.store(true, Ordering::Release);
    }

    /// Writes the stores to the state file, whole or not at all. Tells how many; `None` where there
    /// is no such file.
    ///
    /// # Errors
    /// What the machine says; the file is as it was then.
    pub fn save(&self) -> io::Result<Option<usize>> {
        let Some(file) = &self.state else { return Ok(None) };
        let stores = self.directory.current_stores();
        save(file, &stores, self.directory.minted())?;
        Ok(Some(stores.len()))
    }

    /// What fixtures that are loaded later leave open.
    pub fn fixtures(&self) -> &Options {
        &self.fixtures
    }

    /// The dialects, in the order in which they are asked.
    pub fn dialects(&self) -> impl Iterator<Item = &dyn Dialect> {
        self.dialects.iter().map(AsRef::as_ref)
    }

    /// Puts stores, clock, rules and ids back as they were at the start, and empties the journal. Each
    /// of them in one step: a reply on its way is wholly of before or wholly of after.
    pub fn reset(&self) {
        self.clock.reset();
        self.directory.reset();
        self.faults.reset(self.clock.now());
        self.request_ids.reset();
        self.journal.clear();
    }

    /// Every store.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The fault rules in force.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The requests that were seen.
    pub fn journal(&self) -> &Arc<Journal> {
        &self.journal
    }

    /// Counts of requests.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The time it is here.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}
