//! The service: all state of an emulator, and the pipeline that handles one request.
//!
//! It knows no socket: requests and responses are whole.

mod changes;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(not(feature = "metrics"))]
mod no_metrics;
mod pipeline;
mod record;
mod sessions;
mod settings;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::auth::{Auth, AuthMode};
use crate::dialect::Dialect;
use crate::domain::{Clock, Directory, IdentityStore, RequestIds, scim_token};
use crate::faults::Faults;
use crate::fixture::{Options, StateFile};
use crate::journal::{Journal, JournalSettings};

pub use changes::{ChangeSubscription, Changes, Topic};
#[cfg(feature = "metrics")]
pub use metrics::{Metrics, OpenConnection};
#[cfg(not(feature = "metrics"))]
pub use no_metrics::{NoMetrics as Metrics, UncountedConnection as OpenConnection};
pub use sessions::{session_of, store_of_session};
pub use settings::Setting;

/// All state of one emulator.
pub struct Service {
    dialects: Arc<[Box<dyn Dialect>]>,
    directory: Directory,
    faults: Faults,
    journal: Arc<Journal>,
    metrics: Metrics,
    changes: Changes,
    auth: Auth,
    clock: Clock,
    request_ids: RequestIds,
    fixtures: Options,
    state: Option<StateFile>,
    settings: Vec<Setting>,
    /// The token of AWS's SCIM tenants; `None` means the one that is drawn from the seed.
    scim_token: Option<String>,
    /// What clients of HTTPS have to trust, in PEM.
    ca_pem: Option<String>,
    /// Whether the initial stores are installed.
    ready: AtomicBool,
}

impl Service {
    /// A service of these dialects. The first one that recognizes a request handles it; the last one
    /// handles the rest.
    ///
    /// # Panics
    /// If there is no dialect.
    pub fn new(
        dialects: Vec<Box<dyn Dialect>>,
        directory: Directory,
        faults: Faults,
        journal: JournalSettings,
        clock: Clock,
        request_ids: RequestIds,
    ) -> Self {
        assert!(!dialects.is_empty(), "a service has at least one dialect");
        let dialects: Arc<[_]> = dialects.into();
        let journal = Arc::new(Journal::new(journal, dialects.clone()));
        let metrics = Metrics::new(dialects.iter().map(|dialect| dialect.name()));
        let (seed, rules) = (directory.seed(), directory.rules());
        let fixtures = Options { seed, rules, ..Options::default() };
        let (state, ready) = (None, AtomicBool::new(true));
        let auth = Auth::new(AuthMode::Off, Vec::new(), None);
        Self {
            dialects,
            directory,
            faults,
            journal,
            metrics,
            changes: Changes::default(),
            auth,
            clock,
            request_ids,
            fixtures,
            state,
            settings: Vec::new(),
            scim_token: None,
            ca_pem: None,
            ready,
        }
    }

    /// Sets the options for fixtures that are loaded later.
    #[must_use]
    pub fn with_fixtures(self, fixtures: Options) -> Self {
        Self { fixtures, ..self }
    }

    /// Sets who may call.
    #[must_use]
    pub fn with_auth(self, auth: Auth) -> Self {
        Self { auth, ..self }
    }

    /// Sets the file that [`Service::save`] writes.
    #[must_use]
    pub fn with_state(self, state: Option<StateFile>) -> Self {
        Self { state, ..self }
    }

    /// Sets the settings to show.
    #[must_use]
    pub fn with_settings(self, settings: Vec<Setting>) -> Self {
        Self { settings, ..self }
    }

    /// The settings with their sources.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// Sets the token of AWS's SCIM tenants.
    #[must_use]
    pub fn with_scim_token(self, scim_token: Option<String>) -> Self {
        Self { scim_token, ..self }
    }

    /// The token of AWS's SCIM tenants.
    pub fn scim_token(&self) -> String {
        self.scim_token.clone().unwrap_or_else(|| scim_token(self.directory.seed()))
    }

    /// Sets what clients of HTTPS have to trust, in PEM.
    #[must_use]
    pub fn with_ca_pem(self, ca_pem: Option<String>) -> Self {
        Self { ca_pem, ..self }
    }

    /// What clients of HTTPS have to trust, in PEM; `None` if HTTPS is not served.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Rejects all requests until [`Service::install_stores`] is called.
    #[must_use]
    pub fn not_ready(self) -> Self {
        Self { ready: AtomicBool::new(false), ..self }
    }

    /// Whether the initial stores are installed.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Installs the initial stores and clears the journal and the request ids.
    pub fn install_stores(&self, stores: Vec<IdentityStore>) {
        self.directory.set_baseline(stores);
        self.request_ids.reset();
        self.journal.clear();
        self.ready.store(true, Ordering::Release);
        self.changes.notify(&[Topic::Stores, Topic::Journal]);
    }

    /// Writes the stores to the state file, whole or not at all. Returns the number of stores; `None` if
    /// there is no state file.
    ///
    /// # Errors
    /// If the file cannot be written; it is unchanged then.
    pub fn save(&self) -> io::Result<Option<usize>> {
        let Some(file) = &self.state else { return Ok(None) };
        let stores = self.directory.current_stores();
        file.save(&stores)?;
        Ok(Some(stores.len()))
    }

    /// Options for fixtures that are loaded later.
    pub fn fixtures(&self) -> &Options {
        &self.fixtures
    }

    /// The dialects, in the order in which they are tried.
    pub fn dialects(&self) -> impl Iterator<Item = &dyn Dialect> {
        self.dialects.iter().map(AsRef::as_ref)
    }

    /// Resets stores, clock, fault rules and request ids to their initial state, and empties the journal.
    /// Each of them is replaced at once: no request sees one of them half reset.
    pub fn reset(&self) {
        self.clock.reset();
        self.directory.reset();
        self.faults.reset(self.clock.now());
        self.auth.reset();
        self.request_ids.reset();
        self.journal.clear();
        self.changes.notify(&[Topic::Rules, Topic::Stores, Topic::Clock, Topic::Journal]);
    }

    /// Notifies subscribers of changes that are not requests.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// All stores.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The fault rules in force.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The recorded requests.
    pub fn journal(&self) -> &Arc<Journal> {
        &self.journal
    }

    /// The metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Who may call.
    pub fn auth(&self) -> &Auth {
        &self.auth
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}
