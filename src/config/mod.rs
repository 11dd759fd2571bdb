//! Every setting once: default, flag, environment variable, key of the file, help line.
//!
//! A row of [`SETTINGS`] is all of them; the flags, the help, the reading of `idouble.toml` and what
//! `idouble config show` prints come from the rows. A value comes from the flag, else from the
//! variable, else from the file, else it is the default; a list replaces a list. Knows nothing of
//! what the settings do.

mod args;
mod describe;
mod settings;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::document::{Document, FileError, Node};

pub use args::ServeArgs;
pub use describe::{schema, starter};
use settings::{Form, Given};
pub use settings::{SETTINGS, Setting};

/// The file that is read where it lies in the current directory and no other is named.
pub const FILE: &str = "idouble.toml";

/// The variable that names another file.
pub const FILE_VARIABLE: &str = "IDOUBLE_CONFIG";

/// Everything that can be set, as plain data.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port to listen on; 0 picks a free one.
    pub port: u16,
    /// Where the port is written to once the listener accepts.
    pub port_file: Option<PathBuf>,
    /// The fixture files; none means the embedded default.
    pub fixtures: Vec<PathBuf>,
    /// Whether a fixture file is loaded again when it has changed.
    pub watch: bool,
    /// The file that keeps the stores from one run to the next.
    pub state: Option<PathBuf>,
    /// What ids, times and chance are drawn from.
    pub seed: u64,
    /// Fault rules as one line each, in the order given.
    pub faults: Vec<String>,
    /// Names of embedded rule files, in the order given.
    pub presets: Vec<String>,
    /// The configuration file, where it has `[[fault]]` tables or presets: see
    /// [`Config::read_fault_tables`], [`Config::read_presets`].
    pub fault_tables: Option<Arc<Document>>,
    /// Whether the process ends when its standard input does.
    pub exit_with_stdin: bool,
    /// The least level that is logged: `off`, `error`, `warn`, `info`, `debug` or `trace`.
    pub log: String,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Whether the ready line is JSON.
    pub ready_json: bool,
    /// Host names that requests may name besides loopback ones, in lower case.
    pub allowed_hosts: Vec<String>,
    /// Origins whose pages may read what the vendors' operations answer, in lower case.
    pub cors_origins: Vec<String>,
    /// How many connections may be open at once.
    pub connections_max: usize,
    /// Whether responses hold nothing that the cloud would not send.
    pub wire_pure: bool,
    /// Which model of AWS Identity Store answers.
    pub aws_model: AwsModel,
    /// 12 digits.
    pub aws_account_id: String,
    /// What Huawei error codes begin with: `IIC` or `IdentityCenter`.
    pub huawei_error_prefix: String,
    /// 32 hexadecimal digits.
    pub huawei_account_id: String,
    /// Whether names and e-mail addresses are the same in either case.
    pub names_ignore_case: bool,
    /// Whether a write to a store that nobody made makes it.
    pub unknown_store_create: bool,
    /// How many users a store may hold, from 1.
    pub quota_users: u64,
    /// How many groups a store may hold, from 1.
    pub quota_groups: u64,
    /// The time at which the clock stands still, in milliseconds since 1970.
    pub clock_freeze_ms: Option<i64>,
    /// How many requests the journal keeps; 0 keeps none.
    pub journal_entries: usize,
    /// How many bytes of them.
    pub journal_bytes: usize,
    /// What the journal keeps of bodies.
    pub journal_bodies: JournalBodies,
}

/// What the journal keeps, and shows, of bodies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JournalBodies {
    /// All but what the vendors' models call sensitive.
    Redacted,
    /// All but secrets.
    Full,
    /// Nothing.
    Off,
}

/// How log lines are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum LogFormat {
    Text,
    Json,
}

/// Which model of AWS Identity Store answers. Source: behaviour.md §1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AwsModel {
    /// 22 operations, ARNs and revisions.
    Current,
    /// 19 operations, neither.
    Nineteen,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 4747,
            port_file: None,
            fixtures: Vec::new(),
            watch: false,
            state: None,
            seed: 7,
            faults: Vec::new(),
            presets: Vec::new(),
            fault_tables: None,
            exit_with_stdin: false,
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            ready_json: false,
            allowed_hosts: Vec::new(),
            cors_origins: Vec::new(),
            connections_max: 4096,
            wire_pure: false,
            aws_model: AwsModel::Current,
            aws_account_id: "123456789012".to_owned(),
            huawei_error_prefix: "IIC".to_owned(),
            huawei_account_id: "0123456789abcdef0123456789abcdef".to_owned(),
            names_ignore_case: false,
            unknown_store_create: false,
            quota_users: 200_000,
            quota_groups: 100_000,
            clock_freeze_ms: None,
            journal_entries: 1_000,
            journal_bytes: 64 * 1024 * 1024,
            journal_bodies: JournalBodies::Redacted,
        }
    }
}

/// Where a value came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// Nobody said otherwise.
    Default,
    /// The file of this name.
    File(String),
    /// The environment variable of this name.
    Variable(String),
    /// The flag of this name.
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(name) | Self::Variable(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

/// Why there is no configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConfigError {
    /// Flags or variables are wrong; one line each. Exit code 2.
    Usage(Vec<String>),
    /// The file is wrong. Exit code 3.
    File(FileError),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(lines) => f.write_str(&lines.join("\n")),
            Self::File(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ConfigError {}

impl From<FileError> for ConfigError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

/// A configuration, and where each of its values came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    /// What is odd, but no reason to stop: variables that look like ours and are not.
    pub warnings: Vec<String>,
    /// One a setting, in the order of [`SETTINGS`].
    sources: Vec<Source>,
}

/// The environment variables that may be ours.
pub fn environment() -> BTreeMap<String, String> {
    let texts = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    texts.filter(|(name, _)| name.starts_with("IDOUBLE_")).collect()
}

impl Config {
    /// Puts together flags, variables and file. `directory` is where [`FILE`] is looked for.
    ///
    /// # Errors
    /// Every mistake of the file; else every mistake of variables and flags.
    pub fn load(
        args: &ServeArgs,
        environment: &BTreeMap<String, String>,
        directory: &Path,
    ) -> Result<Loaded, ConfigError> {
        let mut loaded = Loaded {
            config: Self::default(),
            warnings: strangers(environment),
            sources: vec![Source::Default; SETTINGS.len()],
        };
        let named = environment.get(FILE_VARIABLE).filter(|name| !name.is_empty());
        let named = args.config.clone().or(named.map(PathBuf::from));
        let found = Some(directory.join(FILE)).filter(|path| path.exists());
        if let Some(path) = named.map(|path| directory.join(path)).or(found) {
            loaded.read_file(&path)?;
        }
        let mut mistakes = Vec::new();
        for (at, setting) in SETTINGS.iter().enumerate() {
            let variable = setting.variable();
            if let Some(value) = environment.get(&variable).filter(|value| !value.is_empty()) {
                let values = setting.split(value);
                loaded.read_words(at, Source::Variable(variable), &values, &mut mistakes);
            }
            if let Some(values) = args.given.get(setting.flag) {
                let source = Source::Flag(format!("--{}", setting.flag));
                loaded.read_words(at, source, values, &mut mistakes);
            }
        }
        if mistakes.is_empty() { Ok(loaded) } else { Err(ConfigError::Usage(mistakes)) }
    }

    /// The files that are loaded: the state, where it is there, or else the fixtures.
    pub fn files(&self) -> &[PathBuf] {
        match &self.state {
            Some(file) if file.exists() => std::slice::from_ref(file),
            Some(_) | None => &self.fixtures,
        }
    }

    /// Reads the `[[fault]]` tables of the configuration file; `None` where it has none.
    ///
    /// # Errors
    /// Every mistake that `read` noted.
    pub fn read_fault_tables<T>(
        &self,
        read: impl FnOnce(Vec<Node<'_>>) -> T,
    ) -> Option<Result<T, FileError>> {
        self.read_list("fault", read)
    }

    /// Reads the presets that the configuration file names, whoever has the last word; `None` where it
    /// names none.
    ///
    /// # Errors
    /// Every mistake that `read` noted.
    pub fn read_presets<T>(
        &self,
        read: impl FnOnce(Vec<Node<'_>>) -> T,
    ) -> Option<Result<T, FileError>> {
        self.read_list("preset", read)
    }

    fn read_list<T>(
        &self,
        name: &str,
        read: impl FnOnce(Vec<Node<'_>>) -> T,
    ) -> Option<Result<T, FileError>> {
        let document = self.fault_tables.as_ref()?;
        Some(document.read(|root| {
            let list = root.entries().find(|(key, _)| key.name == name);
            read(list.and_then(|(_, node)| node.list()).into_iter().flatten().collect())
        }))
    }
}

impl Loaded {
    /// Each setting with its value, as a TOML file has it, and where that came from. A setting
    /// without a value has an empty one.
    pub fn rows(&self) -> impl Iterator<Item = (&'static Setting, String, &Source)> {
        let rows = SETTINGS.iter().zip(&self.sources);
        rows.map(|(setting, source)| (setting, (setting.show)(&self.config), source))
    }

    fn read_file(&mut self, path: &Path) -> Result<(), FileError> {
        let document = Document::open(path)?;
        let base = path.parent().unwrap_or(Path::new("."));
        let mut config = self.config.clone();
        let given = document.read(|root| settings::read_file(&mut config, root, base))?;
        self.config = config;
        for at in given.settings {
            self.sources[at] = Source::File(document.name().to_owned());
        }
        let faults = given.faults || !self.config.presets.is_empty();
        self.config.fault_tables = faults.then(|| Arc::new(document));
        Ok(())
    }

    fn read_words(
        &mut self,
        at: usize,
        source: Source,
        values: &[String],
        mistakes: &mut Vec<String>,
    ) {
        let (setting, name) = (&SETTINGS[at], source.to_string());
        let last = values.last().map_or("", String::as_str);
        let document = match setting.form {
            Form::Text(_) => Document::line(&name, last),
            Form::Number(_) => Document::word(&name, last),
            Form::Switch => match last {
                "1" => Document::word(&name, "true"),
                "0" => Document::word(&name, "false"),
                other => Document::word(&name, other),
            },
            Form::Many(_) => Document::lines(&name, values),
        };
        let config = &mut self.config;
        match document.read(|node| (setting.set)(config, Given { node, base: None })) {
            Ok(()) => self.sources[at] = source,
            Err(error) => mistakes.extend(error.mistakes().iter().map(|mistake| {
                let help = mistake.help.as_ref().map(|help| format!("; {help}"));
                format!("{name}: {}{}", mistake.message, help.unwrap_or_default())
            })),
        }
    }
}

/// What `idouble config show` prints: a configuration file that says the same.
impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self
            .rows()
            .map(|(setting, value, source)| {
                let unset = if value.is_empty() || setting.key.is_empty() { "# " } else { "" };
                let key = if setting.key.is_empty() { setting.flag } else { setting.key };
                (format!("{unset}{key} = {value}"), source)
            })
            .collect();
        let wide = |line: &str| line.chars().count();
        let width = lines.iter().map(|(line, _)| wide(line)).filter(|width| *width <= 48).max();
        let tables = self.config.read_fault_tables(|tables| tables.len());
        let tables = tables.and_then(Result::ok).filter(|tables| *tables > 0);
        let file =
            self.config.fault_tables.as_ref().map(|file| Source::File(file.name().to_owned()));
        let beside = tables.zip(file.as_ref());
        let beside = beside.map(|(tables, file)| (format!("# [[fault]], {tables} of them"), file));
        for (line, source) in lines.into_iter().chain(beside) {
            let padding = " ".repeat(width.unwrap_or(0).saturating_sub(wide(&line)));
            writeln!(f, "{line}{padding}  # {source}")?;
        }
        Ok(())
    }
}

/// A warning for each variable that looks like ours and is not.
fn strangers(environment: &BTreeMap<String, String>) -> Vec<String> {
    let ours: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
    let names: Vec<&str> = ours.iter().map(String::as_str).chain([FILE_VARIABLE]).collect();
    let strange = environment.keys().filter(|name| !names.contains(&name.as_str()));
    strange
        .map(|name| match crate::document::nearest(name, &names) {
            Some(meant) => format!("{name} is no setting; did you mean {meant}?"),
            None => format!("{name} is no setting"),
        })
        .collect()
}
