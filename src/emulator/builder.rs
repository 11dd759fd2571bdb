//! The settings of an emulator, and how it is put together from them.

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::oneshot;

use crate::auth::{AccessKey, AccessKeyError, Auth, AuthMode};
use crate::aws::{Aws, AwsSettings};
use crate::config::{ClockMode, Config, NameComparison};
use crate::dialect::Dialect;
use crate::domain::{CLOCK_START, Clock, Directory, RequestIds, StoreRules, Timestamp};
use crate::faults::{
    self, DialectCatalog, Fault, Faults, Preset, Rule, RuleError, parse_spec, parse_toml,
};
use crate::file_error::FileError;
use crate::fixture::{self, Fixtures, Source, StateFile};
use crate::huawei::{Huawei, HuaweiSettings};
use crate::journal;
use crate::scim::Scim;
use crate::server::{Limits, Tls, TlsSettings};
use crate::service::{Service, Setting};

use super::credentials::fresh_key;
use super::{Emulator, Error, thread};

/// How long an emulator that is dropped waits for requests under way.
const DRAIN_ON_DROP: Duration = Duration::from_secs(1);

/// The settings of an emulator. [`Emulator::builder`] makes one.
///
/// ```
/// use std::time::Duration;
///
/// use idouble::{Emulator, Fault};
///
/// let emulator = Emulator::builder()
///     .fixture("fixtures/small-firm.toml")
///     .seed(7)
///     .port(0)
///     .threads(2)
///     .drain(Duration::from_millis(100))
///     .no_console()
///     .preset("aws-limits")
///     .fault(Fault::on("*:UpdateUser").throttle().first(2))
///     .clock_frozen("2030-01-01T00:00:00Z")
///     .start()?;
/// assert!(emulator.clock().is_frozen());
/// # Ok::<(), idouble::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing runs before `start`"]
pub struct Builder {
    pub(super) config: Config,
    fixture_texts: Vec<String>,
    faults: Vec<Fault>,
    clock: Option<String>,
    limits: Limits,
    threads: usize,
    settings: Option<Vec<Setting>>,
    bytes_read: Arc<AtomicU64>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            config: Config { port: 0, ..Config::default() },
            fixture_texts: Vec::new(),
            faults: Vec::new(),
            clock: None,
            limits: Limits { drain: DRAIN_ON_DROP, ..Limits::default() },
            threads: 1,
            settings: None,
            bytes_read: Arc::default(),
        }
    }
}

impl Builder {
    /// All settings of the program at once, instead of those set before.
    #[doc(hidden)]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// The settings as `GET /config` shows them.
    #[doc(hidden)]
    pub fn settings(mut self, settings: Vec<Setting>) -> Self {
        self.settings = Some(settings);
        self
    }

    /// Adds a fixture file, TOML or JSON. Without a fixture, the built-in one is served.
    ///
    /// ```
    /// let emulator = idouble::Emulator::builder().fixture("fixtures/small-firm.toml").start()?;
    /// assert_eq!(emulator.store_ids().len(), 1);
    /// # Ok::<(), idouble::Error>(())
    /// ```
    pub fn fixture(mut self, path: impl Into<PathBuf>) -> Self {
        self.config.fixtures.push(path.into());
        self
    }

    /// Adds a fixture as text: JSON if it starts with a brace, else TOML.
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
    /// assert_eq!(emulator.store_ids(), ["d-00000000aa"]);
    /// # Ok::<(), idouble::Error>(())
    /// ```
    pub fn fixture_text(mut self, text: impl Into<String>) -> Self {
        self.fixture_texts.push(text.into());
        self
    }

    /// Sets the seed of ids and of random draws. The same seed and the same requests give the same ids.
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = seed;
        self
    }

    /// Sets the port. The default, 0, takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.config.port = port;
        self
    }

    /// Serves no pages for browsers. The control API is served either way.
    pub fn no_console(mut self) -> Self {
        self.config.no_console = true;
        self
    }

    /// Adds a fault rule: a [`Fault`], or its text such as `*:UpdateUser=throttle@0.5`.
    pub fn fault(mut self, fault: impl Into<Fault>) -> Self {
        self.faults.push(fault.into());
        self
    }

    /// Adds the fault rules of a preset, such as `aws-limits`.
    pub fn preset(mut self, name: impl Into<String>) -> Self {
        self.config.presets.push(name.into());
        self
    }

    /// Freezes the clock at a time such as `2030-01-01T00:00:00Z`.
    pub fn clock_frozen(mut self, at: impl Into<String>) -> Self {
        self.clock = Some(at.into());
        self
    }

    /// Uses a clock that starts at a fixed time and advances with each request of a cloud, so that the
    /// same requests get the same responses, byte for byte.
    ///
    /// ```
    /// let emulator = idouble::Emulator::builder().clock_stepping().start()?;
    /// let start = emulator.clock().now();
    /// assert_eq!(emulator.clock().now(), start, "no request was made");
    /// # Ok::<(), idouble::Error>(())
    /// ```
    pub fn clock_stepping(mut self) -> Self {
        self.config.clock = ClockMode::Stepping;
        self
    }

    /// Sets whether signatures and permissions are checked. Without an access key, the one that
    /// `idouble env` sets is accepted: id and secret are `idouble`.
    ///
    /// ```
    /// use idouble::{AccessKey, AuthMode, Emulator};
    ///
    /// let key = AccessKey::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI").allow("identitystore:Describe*");
    /// let emulator = Emulator::builder().auth(AuthMode::Strict).access_key(key).start()?;
    /// # Ok::<(), idouble::Error>(())
    /// ```
    pub fn auth(mut self, mode: AuthMode) -> Self {
        self.config.auth.mode = mode;
        self
    }

    /// Adds an access key; see [`Builder::auth`]. Two keys with one id are an error of [`Builder::start`].
    pub fn access_key(mut self, key: AccessKey) -> Self {
        self.config.access_keys.push(key);
        self
    }

    /// Serves HTTPS, too, at [`Emulator::tls_endpoint`], with a certificate that is made for localhost,
    /// 127.0.0.1 and ::1. Clients have to trust the CA that [`Emulator::ca_pem`] returns.
    ///
    /// ```
    /// let emulator = idouble::Emulator::builder().tls().start()?;
    /// assert!(emulator.tls_endpoint().is_some_and(|url| url.starts_with("https://127.0.0.1:")));
    /// assert!(emulator.ca_pem().is_some_and(|pem| pem.starts_with("-----BEGIN CERTIFICATE-----")));
    /// # Ok::<(), idouble::Error>(())
    /// ```
    #[cfg(feature = "tls")]
    pub fn tls(mut self) -> Self {
        self.config.tls.enabled = true;
        self
    }

    /// Writes an access key that is valid until the emulator stops, the endpoint and the CA to a folder below
    /// this one, named for the port of HTTPS: `config`, `credentials`, `ca.pem` and `truststore.p12`, as AWS
    /// Emulator does. Serves HTTPS as [`Builder::tls`] does. Only that key and those of
    /// [`Builder::access_key`] are accepted.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// use idouble::{AuthMode, Emulator};
    ///
    /// let builder = Emulator::builder().auth(AuthMode::Strict).credentials_dir(directory.path());
    /// let emulator = builder.start()?;
    /// let folder = emulator.credentials_folder().expect("the builder names a folder");
    /// assert!(folder.join("credentials").exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "tls")]
    pub fn credentials_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.config.tls.credentials_dir = Some(directory.into());
        self.tls()
    }

    /// Sets the number of threads that serve requests. The default is 1.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Sets how long the emulator waits for requests under way when it stops. The default is a second.
    pub fn drain(mut self, drain: Duration) -> Self {
        self.limits.drain = drain;
        self
    }

    /// Sets the limits of the server.
    #[doc(hidden)]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The service without a server.
    ///
    /// # Errors
    /// As [`Builder::start`], without those of the server.
    #[doc(hidden)]
    pub fn service(&self) -> Result<Service, Error> {
        let service = self.assemble()?;
        install(&service, self.initial_state(service.fixtures())?);
        Ok(service)
    }

    /// The service without any stores yet.
    fn assemble(&self) -> Result<Service, Error> {
        let config = &self.config;
        if !config.host.to_canonical().is_loopback() && config.control_token.is_none() {
            return Err(Error::NoControlToken(config.host));
        }
        let clock = self.clock()?;
        let quotas = StoreRules {
            ignore_case: config.directory.names == NameComparison::IgnoreCase,
            users_max: config.quota.users.get(),
            groups_max: config.quota.groups.get(),
            assignment_delay_ms: config.aws.assignment_delay.as_millis(),
        };
        let unknown = config.directory.unknown_store;
        let dialects = dialects(config);
        let faults = self.read_faults(quotas, &dialects, clock.now())?;
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
        let (journal, request_ids) = (journal_settings(config), RequestIds::new(config.seed));
        let service = Service::new(dialects, directory, faults, journal, clock, request_ids);
        let settings = self.settings.clone().unwrap_or_else(|| settings(config));
        let service = service.with_auth(auth(config)?).with_settings(settings);
        let service = service.with_scim_token(config.scim.token.clone());
        Ok(service.with_fixtures(options).not_ready())
    }

    /// Starts the emulator in a thread of its own. When this returns, it is ready for requests.
    ///
    /// This waits until the fixtures are loaded, which takes a second for 100,000 users. In async code,
    /// [`Builder::start_async`] does not block the runtime.
    ///
    /// # Errors
    /// If a fixture, a fault rule or the time of the clock is invalid, or if the server cannot listen.
    pub fn start(mut self) -> Result<Emulator, Error> {
        let tls = self.tls_server()?;
        let fresh_key = self.fresh_key(tls.as_ref().map(|(_, tls)| tls))?;
        self.config.access_keys.extend(fresh_key.clone());
        let config = &self.config;
        let state = config.state.as_deref().map(StateFile::open).transpose();
        let state = state.map_err(Error::Fixture)?;
        let service = self.assemble()?.with_state(state);
        let address = SocketAddr::new(config.host, config.port);
        let service =
            Arc::new(service.with_ca_pem(tls.as_ref().map(|(_, tls)| tls.ca_pem().to_owned())));
        let mut allowed_hosts = config.allowed_hosts.clone();
        allowed_hosts.extend_from_slice(&config.tls.names);
        if !config.host.is_unspecified() {
            // A number cannot be rebound to another machine, as a name can.
            allowed_hosts.push(config.host.to_string());
        }
        let connections_max = config.connections_max.size();
        let cors_origins = config.cors.clone();
        let limits = Limits {
            allowed_hosts,
            cors_origins,
            connections_max,
            has_console: !config.no_console,
            control_token: config.control_token.clone(),
            ..self.limits.clone()
        };
        let starting = thread::start(self.threads, address, tls.clone(), service.clone(), limits)?;
        // Loaded while the thread starts. An invalid fixture is reported rather than a taken port: it is wrong on
        // every port.
        let initial = self.initial_state(service.fixtures())?;
        let (thread, addresses) = starting.listening()?;
        let url = |scheme, address| format!("{scheme}://{}", thread::reachable(address));
        let tls_endpoint = addresses.tls.map(|address| url("https", address));
        let mut emulator = Emulator {
            builder: self,
            endpoint: url("http", addresses.plain),
            tls_endpoint,
            port: addresses.plain.port(),
            service,
            credentials: None,
            thread,
        };
        install(&emulator.service, initial);
        if let (Some(key), Some((_, tls)), Some(address)) = (fresh_key, tls, addresses.tls) {
            emulator.write_credentials(&key, &tls, address.port())?;
        }
        Ok(emulator)
    }

    /// A new access key, if there is a folder for it.
    fn fresh_key(&self, tls: Option<&Tls>) -> Result<Option<AccessKey>, Error> {
        if self.config.tls.credentials_dir.is_none() {
            return Ok(None);
        }
        let needs_tls = "--credentials-dir needs --tls, because its files are for HTTPS".to_owned();
        let random = tls.ok_or(needs_tls).and_then(Tls::random);
        Ok(Some(fresh_key(random.map_err(Error::Tls)?)))
    }

    /// The address and certificate of HTTPS, if it is served.
    fn tls_server(&self) -> Result<Option<(SocketAddr, Tls)>, Error> {
        let tls = &self.config.tls;
        if !tls.is_enabled() {
            return Ok(None);
        }
        let port = tls.port.unwrap_or(match self.config.port {
            0 => 0,
            port => port.wrapping_add(1),
        });
        let files = match (&tls.cert, &tls.key) {
            (Some(certificate), Some(key)) => Some((certificate.clone(), key.clone())),
            (None, None) => None,
            _ => {
                let text = "a certificate needs its key: set both --tls-cert and --tls-key";
                return Err(Error::Tls(text.to_owned()));
            }
        };
        let settings = TlsSettings { names: tls.names.clone(), files };
        let tls = Tls::new(&settings).map_err(Error::Tls)?;
        Ok(Some((SocketAddr::new(self.config.host, port), tls)))
    }

    /// Starts the emulator as [`Builder::start`] does, without blocking the runtime of the caller.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let emulator = idouble::Emulator::builder().start_async().await?;
    /// assert!(emulator.endpoint().starts_with("http://127.0.0.1:"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Builder::start`].
    pub async fn start_async(self) -> Result<Emulator, Error> {
        let (sender, receiver) = oneshot::channel();
        std::thread::Builder::new()
            .spawn(move || {
                // The caller may have dropped the future.
                let _ = sender.send(self.start());
            })
            .map_err(Error::Thread)?;
        let ended = || Err(Error::Thread(io::Error::other("the thread ended")));
        receiver.await.unwrap_or_else(|_| ended())
    }

    fn clock(&self) -> Result<Clock, Error> {
        let mode = match &self.clock {
            None => self.config.clock,
            Some(text) => {
                let time = text.parse::<jiff::Timestamp>();
                let time = time.map_err(|_| Error::Clock(text.clone()))?;
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
    #[doc(hidden)]
    pub fn bytes_read(mut self, counter: Arc<AtomicU64>) -> Self {
        self.bytes_read = counter;
        self
    }

    /// Loads the state file if it exists, else the fixtures. A state file has no access keys: those of the
    /// fixtures are loaded in either case.
    fn initial_state(&self, options: &fixture::Options) -> Result<Fixtures, Error> {
        let state = self.config.state.as_deref().map(fixture::state_source).transpose();
        let state = state.map_err(Error::Fixture)?;
        let Some(source) = state.flatten() else { return self.fixtures(options) };
        let loaded = fixture::load_all(&[source], options).and_then(|state| {
            let access_keys = fixture::load_access_keys(&self.sources(), options)?;
            Ok(Fixtures { access_keys, ..state })
        });
        loaded.map_err(Error::Fixture)
    }

    /// Loads the fixtures.
    pub(super) fn fixtures(&self, options: &fixture::Options) -> Result<Fixtures, Error> {
        fixture::load_all(&self.sources(), options).map_err(Error::Fixture)
    }

    /// The fixtures: files, then texts, and the built-in one if there are none.
    fn sources(&self) -> Vec<Source> {
        let files = self.config.fixtures.iter().cloned().map(Source::File);
        let texts = self.fixture_texts.iter().enumerate();
        let texts = texts.map(|(at, text)| Source::text(format!("fixture {}", at + 1), text));
        let mut sources: Vec<_> = files.chain(texts).collect();
        if sources.is_empty() {
            sources.push(fixture::default_source());
        }
        sources
    }

    /// Reads the fault rules: of the command line and the builder, then of the file, then of presets. The
    /// first that hits a request wins.
    fn read_faults(
        &self,
        quotas: StoreRules,
        dialects: &[Box<dyn Dialect>],
        now: Timestamp,
    ) -> Result<Faults, Error> {
        let config = &self.config;
        let catalog = DialectCatalog::from_dialects(dialects.iter().map(AsRef::as_ref));
        let mut rules = Vec::new();
        for spec in &config.faults {
            rules.push(parse_spec("--fault", spec, &catalog).map_err(Error::Fault)?);
        }
        for fault in &self.faults {
            rules.push(Rule::try_from(fault.clone()).map_err(Error::Fault)?);
        }
        if let Some(file) = &config.fault_file {
            let found = parse_toml(file.name(), file.text(), &catalog);
            rules.extend(found.map_err(Error::File)?);
        }
        for name in &config.presets {
            let preset = Preset::find(name).map_err(|error| FileError::whole("--preset", error));
            let found = preset.and_then(|preset| preset.rules(&catalog));
            rules.extend(found.map_err(Error::Fault)?);
        }
        let settings = faults::FaultSettings {
            seed: config.seed,
            wire_pure: config.wire_pure,
            quotas,
            catalog,
        };
        Faults::new(settings, rules, now).map_err(invalid_rule)
    }
}

/// Distinguishes an invalid rule from rules that contradict each other.
pub(super) fn invalid_rule(error: RuleError) -> Error {
    match error {
        RuleError::Invalid(error) => Error::Fault(FileError::whole(&error.path, error.message)),
        error => Error::Rules(error),
    }
}

/// The settings of a builder, which have no flags or variables.
fn settings(config: &Config) -> Vec<Setting> {
    let values = |config| match serde_json::to_value(config) {
        Ok(Value::Object(values)) => values,
        Ok(_) | Err(_) => Map::new(),
    };
    let (values, defaults) = (values(config), values(&Config::default()));
    let row = |key: String, value: &Value, default: Option<&Value>| {
        let source = if default == Some(value) { "default" } else { "builder" };
        Setting::new(key, value.clone(), source)
    };
    let rows = values.iter().flat_map(|(key, value)| {
        let default = defaults.get(key);
        match value {
            Value::Object(section) => {
                let rows = section.iter().map(|(name, value)| {
                    row(format!("{key}.{name}"), value, default.and_then(|it| it.get(name)))
                });
                rows.collect::<Vec<_>>()
            }
            value => vec![row(key.clone(), value, default)],
        }
    });
    rows.collect()
}

fn journal_settings(config: &Config) -> journal::JournalSettings {
    let journal = &config.journal;
    let (entries, bytes) = (journal.entries.size(), journal.bytes.size());
    journal::JournalSettings { entries, bytes, bodies: journal.bodies }
}

/// Installs the initial stores and access keys.
fn install(service: &Service, initial: Fixtures) {
    service.auth().keys().set_fixture_keys(initial.access_keys);
    service.install_stores(initial.stores);
}

/// Mode and access keys of the settings.
fn auth(config: &Config) -> Result<Auth, Error> {
    let mut ids = HashSet::new();
    for key in &config.access_keys {
        key.check()?;
        if !ids.insert(&key.id) {
            let problem = "another access key has this id".to_owned();
            return Err(AccessKeyError { id: key.id.clone(), member: "id", problem }.into());
        }
    }
    Ok(Auth::new(config.auth.mode, config.access_keys.clone(), config.auth.region.clone()))
}

fn dialects(config: &Config) -> Vec<Box<dyn Dialect>> {
    let aws = AwsSettings {
        model: config.aws.model,
        filters: config.aws.filters,
        takes_moto_ids: config.directory.unknown_store == crate::domain::UnknownStorePolicy::Create,
        account_id: config.aws.account_id.clone(),
    };
    let huawei = HuaweiSettings {
        error_prefix: config.huawei.error_prefix,
        account_id: config.huawei.account_id.clone(),
    };
    // Huawei handles what no other dialect recognizes.
    let scim = Scim::new(config.scim.settings());
    vec![Box::new(Aws::new(aws)), Box::new(scim), Box::new(Huawei::new(huawei))]
}
