//! The emulator as a library: started in a thread of its own, on a port of its own, and gone when it
//! is dropped.
//!
//! The binary goes through here too. Knows how everything is put together, and nothing of HTTP.
//!
//! ```
//! use idouble::Emulator;
//!
//! let emulator = Emulator::builder().seed(7).start()?;
//! // Point a client at `emulator.endpoint()`; while this guard lives, all its updates fail.
//! let throttled = emulator.inject("aws:UpdateUser=throttle")?;
//! assert_eq!(throttled.fired(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod injected;
mod isolated;
mod thread;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use crate::aws::{Aws, AwsSettings};
use crate::config::{ClockMode, Config, NameComparison};
use crate::dialect::Dialect;
use crate::domain::{
    CLOCK_START, Clock, Directory, IdentityStore, RequestIds, StoreError, StoreRules, Timestamp,
};
use crate::faults::{
    self, DialectCatalog, Fault, Faults, Preset, Rule, RuleError, parse_spec, parse_toml,
};
use crate::file_error::FileError;
use crate::fixture::{self, FixtureError, Source, StateFile};
use crate::huawei::{Huawei, HuaweiSettings};
use crate::journal::{self, Journal};
use crate::server::{Limits, StopOutcome};
use crate::service::Service;

pub use injected::Injected;
pub use isolated::{EmulatorClock, IsolatedStore};
use thread::Thread;

/// How long an emulator waits for requests under way when it is dropped. Less than the binary does:
/// who drops it has seen the answers that matter.
const DRAIN_ON_DROP: Duration = Duration::from_secs(1);

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The rules in the configuration file are invalid.
    #[error("{0}")]
    File(FileError),
    /// A fixture or the state file is invalid.
    #[error("{0}")]
    Fixture(#[from] FixtureError),
    /// A fault rule given as a line is wrong.
    #[error("{0}")]
    Fault(FileError),
    /// The fault rules do not go together.
    #[error("{0}")]
    Rules(RuleError),
    /// The time at which the clock should stand still is none.
    #[error("{0:?} is no time such as 2030-01-01T00:00:00Z")]
    Clock(String),
    /// Somebody else listens there.
    #[error("{0} is taken; choose another port, or 0 for a free one")]
    PortTaken(SocketAddr),
    /// The machine does not let us listen there.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    /// A store is not there, or may not be added.
    #[error("{0}")]
    Store(StoreError),
    /// The machine gives no thread.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
}

/// What an emulator is to be like. See [`Emulator::builder`].
#[derive(Clone, Debug)]
#[must_use = "nothing runs before `start`"]
pub struct Builder {
    config: Config,
    fixture_texts: Vec<String>,
    clock: Option<String>,
    limits: Limits,
    threads: usize,
    bytes_read: Arc<AtomicU64>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            config: Config { port: 0, ..Config::default() },
            fixture_texts: Vec::new(),
            clock: None,
            limits: Limits { drain: DRAIN_ON_DROP, ..Limits::default() },
            threads: 1,
            bytes_read: Arc::default(),
        }
    }
}

impl Builder {
    /// All settings at once, in the place of those made before.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// A fixture file, TOML or JSON. Without any fixture the embedded directory is served.
    ///
    /// ```
    /// let emulator = idouble::Emulator::builder().fixture("fixtures/small-firm.toml").start()?;
    /// assert_eq!(emulator.directory().size(), (1, 5));
    /// # Ok::<(), idouble::StartError>(())
    /// ```
    pub fn fixture(mut self, path: impl Into<PathBuf>) -> Self {
        self.config.fixtures.push(path.into());
        self
    }

    /// A fixture in code, as text: JSON where it starts with a brace, else TOML.
    ///
    /// ```
    /// let people = r#"
    ///     [[store]]
    ///     id = "d-00000000aa"
    ///     [[store.user]]
    ///     user_name = "ann"
    ///     [[store.group]]
    ///     display_name = "Everybody"
    ///     members = ["ann"]
    /// "#;
    /// let emulator = idouble::Emulator::builder().fixture_text(people).start()?;
    /// let store = emulator.directory().get(&"d-00000000aa".into()).expect("it was loaded");
    /// assert_eq!(store.users().next().map(|user| user.user_name()), Some("ann"));
    /// # Ok::<(), idouble::StartError>(())
    /// ```
    pub fn fixture_text(mut self, text: impl Into<String>) -> Self {
        self.fixture_texts.push(text.into());
        self
    }

    /// What ids and chance are drawn from.
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = seed;
        self
    }

    /// The port; 0, the default here, takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.config.port = port;
        self
    }

    /// A fault rule in one line, such as `*:UpdateUser=throttle@0.5`.
    pub fn fault(mut self, spec: impl Into<String>) -> Self {
        self.config.faults.push(spec.into());
        self
    }

    /// The time at which the clock stands still, such as `2030-01-01T00:00:00Z`.
    pub fn clock_frozen(mut self, at: impl Into<String>) -> Self {
        self.clock = Some(at.into());
        self
    }

    /// A clock that starts at a fixed time and advances with each request of a cloud, so that the same
    /// requests get the same responses, byte for byte.
    pub fn clock_stepping(mut self) -> Self {
        self.config.clock = ClockMode::Stepping;
        self
    }

    /// How many threads serve: 1, the default here, is best for a test's own emulator.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// How long requests under way may take to end when the emulator stops; a second is the default
    /// here.
    pub fn drain(mut self, drain: Duration) -> Self {
        self.limits.drain = drain;
        self
    }

    /// What the server takes, and for how long it waits; connections and host names are the
    /// configuration's.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Puts the service together and starts nothing. Its state is never saved.
    ///
    /// # Errors
    /// `File`, `Fault`, `Rules`, `Clock`.
    pub fn service(&self) -> Result<Service, StartError> {
        let service = self.assemble()?;
        service.install_stores(self.stores(service.fixtures())?);
        Ok(service)
    }

    /// The service without any stores yet.
    fn assemble(&self) -> Result<Service, StartError> {
        let config = &self.config;
        let clock = self.clock()?;
        let quotas = StoreRules {
            ignore_case: config.directory.names == NameComparison::IgnoreCase,
            users_max: config.quota.users.get(),
            groups_max: config.quota.groups.get(),
            assignment_delay_ms: 0,
        };
        let unknown = config.directory.unknown_store;
        let dialects = dialects(config);
        let faults = read_faults(config, quotas, &dialects, clock.now())?;
        let options = fixture::Options {
            seed: config.seed,
            rules: quotas,
            by: config.aws.account_id.as_str().into(),
            cloud_export_formats: dialects
                .iter()
                .filter_map(|dialect| dialect.cloud_export_format())
                .collect(),
            bytes_read: self.bytes_read.clone(),
        };
        let directory = Directory::new(Vec::new(), config.seed, quotas, unknown);
        let service =
            Service::new(dialects, directory, faults, clock, RequestIds::new(config.seed));
        Ok(service.with_journal(journal_settings(config)).with_fixtures(options).not_ready())
    }

    /// Starts it. It accepts connections when this returns; while it loads, it says that it does.
    ///
    /// # Errors
    /// As `service`, and `PortTaken`, `Listen`, `Thread`.
    pub fn start(self) -> Result<Emulator, StartError> {
        let config = &self.config;
        let state = config.state.as_deref().map(StateFile::open).transpose()?;
        let service = Arc::new(self.assemble()?.with_state(state));
        let address = SocketAddr::new(config.host, config.port);
        let mut allowed_hosts = config.allowed_hosts.clone();
        if !config.host.is_unspecified() {
            // A number cannot be rebound to another machine, as a name can.
            allowed_hosts.push(config.host.to_string());
        }
        let connections_max = config.connections_max.size();
        let cors_origins = config.cors.clone();
        let limits = Limits { allowed_hosts, cors_origins, connections_max, ..self.limits.clone() };
        let started = thread::start(self.threads, address, service.clone(), limits);
        if let Err(StartError::PortTaken(_)) = started {
            // An invalid fixture is reported rather than the port: it is wrong on every port.
            self.stores(service.fixtures())?;
        }
        let (thread, address) = started?;
        let emulator = Emulator {
            builder: self,
            endpoint: format!("http://{}", thread::reachable(address)),
            port: address.port(),
            service,
            thread,
        };
        // Should this fail, the emulator is dropped, and with that it stops.
        let stores = emulator.builder.stores(emulator.service.fixtures())?;
        emulator.service.install_stores(stores);
        Ok(emulator)
    }

    fn clock(&self) -> Result<Clock, StartError> {
        let mode = match &self.clock {
            None => self.config.clock,
            Some(text) => {
                let time = text.parse::<jiff::Timestamp>();
                let time = time.map_err(|_| StartError::Clock(text.clone()))?;
                ClockMode::Frozen(Timestamp(time.as_millisecond()))
            }
        };
        Ok(match mode {
            ClockMode::System => Clock::system(),
            ClockMode::Stepping => Clock::stepping(CLOCK_START),
            ClockMode::Frozen(time) => Clock::frozen(time),
        })
    }

    /// Adds the number of fixture bytes that have been read, for a progress bar.
    pub fn bytes_read(mut self, counter: Arc<AtomicU64>) -> Self {
        self.bytes_read = counter;
        self
    }

    /// The stores of the state file where that is there; else of the fixtures: files first, then texts;
    /// the embedded ones where there is neither.
    fn stores(&self, options: &fixture::Options) -> Result<Vec<IdentityStore>, FixtureError> {
        let state = self.config.state.as_deref().map(fixture::state_source).transpose()?;
        match state.flatten() {
            Some(source) => fixture::load(&[source], options),
            None => self.fixtures(options),
        }
    }

    fn fixtures(&self, options: &fixture::Options) -> Result<Vec<IdentityStore>, FixtureError> {
        let files = self.config.fixtures.iter().cloned().map(Source::File);
        let texts = self.fixture_texts.iter().enumerate();
        let texts = texts.map(|(at, text)| Source::text(format!("fixture {}", at + 1), text));
        let mut sources: Vec<_> = files.chain(texts).collect();
        if sources.is_empty() {
            sources.push(fixture::default_source());
        }
        fixture::load(&sources, options)
    }
}

fn journal_settings(config: &Config) -> journal::JournalSettings {
    let journal = &config.journal;
    let (entries, bytes) = (journal.entries.size(), journal.bytes.size());
    journal::JournalSettings { entries, bytes, bodies: journal.bodies }
}

fn dialects(config: &Config) -> Vec<Box<dyn Dialect>> {
    let aws = AwsSettings {
        model: config.aws.model,
        filters: config.aws.filters,
        account_id: config.aws.account_id.clone(),
    };
    let huawei = HuaweiSettings {
        error_prefix: config.huawei.error_prefix,
        account_id: config.huawei.account_id.clone(),
    };
    vec![Box::new(Aws::new(aws)), Box::new(Huawei::new(huawei))]
}

/// The rules of the command line, then those of the file, then those of presets: the first that fires
/// wins, a flag goes before a file, and what somebody wrote before what came with the program.
fn read_faults(
    config: &Config,
    quotas: StoreRules,
    dialects: &[Box<dyn Dialect>],
    now: Timestamp,
) -> Result<Faults, StartError> {
    let catalog = DialectCatalog::of(dialects.iter().map(AsRef::as_ref));
    let mut rules = Vec::new();
    for spec in &config.faults {
        rules.push(parse_spec("--fault", spec, &catalog).map_err(StartError::Fault)?);
    }
    if let Some(file) = &config.fault_file {
        let found = parse_toml(file.name(), file.text(), &catalog);
        rules.extend(found.map_err(StartError::File)?);
    }
    for name in &config.presets {
        let preset = Preset::find(name).map_err(|error| FileError::whole("--preset", error));
        let found = preset.and_then(|preset| preset.rules(&catalog));
        rules.extend(found.map_err(StartError::Fault)?);
    }
    let settings =
        faults::FaultSettings { seed: config.seed, wire_pure: config.wire_pure, quotas, catalog };
    Faults::new(settings, rules, now).map_err(StartError::Rules)
}

/// An emulator that runs. Dropping it stops it, and waits until it has: requests under way get their
/// answers within [`Builder::drain`], idle connections are closed.
pub struct Emulator {
    builder: Builder,
    endpoint: String,
    port: u16,
    service: Arc<Service>,
    thread: Thread,
}

impl Emulator {
    /// What an emulator is to be like, to begin with: the embedded directory on a free port of
    /// 127.0.0.1, without faults.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where clients reach it: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// All its state.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Its stores, for looking at what a client's calls have left.
    pub fn directory(&self) -> &Directory {
        self.service.directory()
    }

    /// The requests that it has seen: to look at, and to expect some.
    ///
    /// ```
    /// use std::io::{Read as _, Write as _};
    ///
    /// let emulator = idouble::Emulator::builder().start()?;
    /// let listed = emulator.journal().expect_request("huawei:ListUsers").with("status", "200").times(1);
    /// // What is tested; here it is one request.
    /// let mut client = std::net::TcpStream::connect(("127.0.0.1", emulator.port()))?;
    /// client.write_all(b"GET /v1/identity-stores/d-1234567890/users HTTP/1.0\r\n\r\n")?;
    /// client.read_to_string(&mut String::new())?;
    /// assert_eq!(listed.count(), 1);
    /// drop(listed); // Fails the test where it did not come so often.
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// An expectation that is not met says what came, and which came nearest:
    ///
    /// ```should_panic
    /// let emulator = idouble::Emulator::builder().start()?;
    /// let _updated = emulator.journal().expect_request("aws:UpdateUser").at_least(1);
    /// # Ok::<(), idouble::StartError>(())
    /// ```
    pub fn journal(&self) -> &Arc<Journal> {
        self.service.journal()
    }

    /// Puts stores, rules and ids back as they were at the start, and empties the journal.
    pub fn reset(&self) {
        self.service.reset();
    }

    /// Adds a fault rule for as long as the guard lives: a [`Fault`], or its text.
    ///
    /// ```
    /// use idouble::faults::Fault;
    ///
    /// let emulator = idouble::Emulator::builder().start()?;
    /// let throttled = emulator.inject("*:UpdateUser=throttle@0.5")?;
    /// assert_eq!((throttled.matched(), throttled.fired()), (0, 0));
    /// let lost = emulator.inject(Fault::on("write").commit().reset().id("lost"))?;
    /// assert_eq!(lost.id(), "lost");
    /// drop(lost); // The rule is removed; the other one stays in force.
    ///
    /// let error = emulator.inject(Fault::on("aws:UpdteUser").throttle()).err();
    /// let error = error.map(|error| error.to_string()).unwrap_or_default();
    /// assert!(error.contains("did you mean \"aws:UpdateUser\""), "{error}");
    /// # Ok::<(), idouble::StartError>(())
    /// ```
    ///
    /// # Errors
    /// `Fault`, `Rules`.
    pub fn inject(&self, fault: impl Into<Fault>) -> Result<Injected, StartError> {
        let rule = Rule::try_from(fault.into()).map_err(StartError::Fault)?;
        let ids = self.service.faults().add(vec![rule], self.service.clock().now());
        let ids = ids.map_err(|error| match error {
            RuleError::Invalid(error) => {
                StartError::Fault(FileError::whole(&error.path, error.message))
            }
            error => StartError::Rules(error),
        })?;
        Ok(Injected {
            service: self.service.clone(),
            id: ids.into_iter().next().unwrap_or_default(),
        })
    }

    /// Begins to stop: nothing more is accepted.
    pub fn stop(&mut self) {
        self.thread.stop();
    }

    /// Whether it has stopped.
    pub fn is_stopped(&self) -> bool {
        self.thread.is_stopped()
    }

    /// Waits until it has stopped.
    pub async fn stopped(&self) {
        self.thread.stopped().await;
    }

    /// Stops it and waits until it has. Tells whether every request got its answer.
    pub fn join(mut self) -> bool {
        self.thread.end() == Some(StopOutcome::Drained)
    }
}
