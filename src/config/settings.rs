//! The rows: one a setting.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Component, Path, PathBuf};

use crate::document::{Node, quoted};

use super::{AwsModel, Config, JournalBodies, LogFormat};

/// A setting: all there is to say about it.
#[derive(Debug)]
pub struct Setting {
    /// The key in the file, sections with a dot; empty where the file has another form for it.
    pub key: &'static str,
    /// The flag, without its dashes; the variable follows from it.
    pub flag: &'static str,
    /// What it does, in one line.
    pub help: &'static str,
    /// What its value looks like.
    pub(super) form: Form,
    pub(super) set: fn(&mut Config, Given<'_>),
    pub(super) show: fn(&Config) -> String,
}

/// What a value looks like; the word is what the help calls it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Text(&'static str),
    Number(&'static str),
    Switch,
    Many(&'static str),
}

/// A value on its way in.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) node: Node<'a>,
    /// The folder of the file that it stands in; `None` where it is a flag or a variable.
    pub(super) base: Option<&'a Path>,
}

const fn row(
    (key, flag, form): (&'static str, &'static str, Form),
    help: &'static str,
    set: fn(&mut Config, Given<'_>),
    show: fn(&Config) -> String,
) -> Setting {
    Setting { key, flag, help, form, set, show }
}

/// Every setting, in the order of the help.
pub static SETTINGS: &[Setting] = &[
    row(
        ("host", "host", Form::Text("ADDRESS")),
        "Address to listen on",
        |config, given| put(&mut config.host, address(given)),
        |config| quoted(&config.host.to_string()),
    ),
    row(
        ("port", "port", Form::Number("N")),
        "Port to listen on; 0 picks a free one",
        |config, given| put(&mut config.port, given.node.integer(0..=u16::MAX)),
        |config| config.port.to_string(),
    ),
    row(
        ("port_file", "port-file", Form::Text("FILE")),
        "File that the port is written to once the listener accepts",
        |config, given| {
            let path = given.node.text().map(|text| given.base.unwrap_or(Path::new("")).join(text));
            config.port_file = path.or(config.port_file.take());
        },
        |config| config.port_file.as_deref().map(path).unwrap_or_default(),
    ),
    row(
        ("fixtures", "fixture", Form::Many("FILE")),
        "Fixture file; none serves the embedded directory",
        |config, given| put(&mut config.fixtures, each(given, fixture)),
        |config| list(config.fixtures.iter().map(|file| path(file))),
    ),
    row(
        ("watch", "watch", Form::Switch),
        "Load a fixture file again when it has changed; one that is wrong is told of and changes nothing",
        |config, given| put(&mut config.watch, given.node.flag()),
        |config| config.watch.to_string(),
    ),
    row(
        ("state", "state", Form::Text("FILE")),
        "File that keeps the stores from one run to the next; where it is there, it goes before fixtures",
        |config, given| config.state = below(given).or(config.state.take()),
        |config| config.state.as_deref().map(path).unwrap_or_default(),
    ),
    row(
        ("seed", "seed", Form::Number("N")),
        "What ids, times and chance are drawn from",
        |config, given| put(&mut config.seed, given.node.integer(0..=u64::MAX)),
        |config| config.seed.to_string(),
    ),
    row(
        ("", "fault", Form::Many("SPEC")),
        "Fault rule, such as 'aws:UpdateUser=throttle@0.3'; in the file, [[fault]] tables",
        |config, given| {
            put(&mut config.faults, each(given, |given| given.node.text().map(str::to_owned)));
        },
        |config| list(config.faults.iter().map(|spec| quoted(spec))),
    ),
    row(
        ("preset", "preset", Form::Many("NAME")),
        "Fault rules that come with the program; `idouble fault presets` lists them",
        |config, given| {
            put(&mut config.presets, each(given, |given| given.node.text().map(str::to_owned)));
        },
        |config| list(config.presets.iter().map(|name| quoted(name))),
    ),
    row(
        ("clock.freeze", "clock", Form::Text("TIME")),
        "Time at which the clock stands still, such as 2030-01-01T00:00:00Z",
        |config, given| {
            let what = "a time such as 2030-01-01T00:00:00Z";
            let time = parsed::<jiff::Timestamp>(given, what).map(|time| time.as_millisecond());
            config.clock_freeze_ms = time.or(config.clock_freeze_ms);
        },
        |config| {
            let ms = config.clock_freeze_ms;
            let time = ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
            time.map(|time| quoted(&time.to_string())).unwrap_or_default()
        },
    ),
    row(
        ("exit_with_stdin", "exit-with-stdin", Form::Switch),
        "End when standard input does",
        |config, given| put(&mut config.exit_with_stdin, given.node.flag()),
        |config| config.exit_with_stdin.to_string(),
    ),
    row(
        ("log", "log", Form::Text("LEVEL")),
        "What is logged: off, error, warn, info, debug or trace",
        |config, given| {
            let levels = ["off", "error", "warn", "info", "debug", "trace"];
            let level = given.node.one_of(&levels.map(|level| (level, level)));
            put(&mut config.log, level.map(str::to_owned));
        },
        |config| quoted(&config.log),
    ),
    row(
        ("log_format", "log-format", Form::Text("FORMAT")),
        "How log lines are written: text or json",
        |config, given| put(&mut config.log_format, given.node.one_of(LOG_FORMATS)),
        |config| chosen(LOG_FORMATS, config.log_format),
    ),
    row(
        ("ready_json", "ready-json", Form::Switch),
        "Print the ready line as JSON",
        |config, given| put(&mut config.ready_json, given.node.flag()),
        |config| config.ready_json.to_string(),
    ),
    row(
        ("allowed_hosts", "allowed-host", Form::Many("NAME")),
        "Host name that requests may name besides loopback ones",
        |config, given| put(&mut config.allowed_hosts, each(given, host)),
        |config| list(config.allowed_hosts.iter().map(|name| quoted(name))),
    ),
    row(
        ("cors", "cors", Form::Many("ORIGIN")),
        "Origin of pages that may read what the clouds' operations answer, such as \
         http://localhost:3000; the control API answers to none",
        |config, given| put(&mut config.cors_origins, each(given, origin)),
        |config| list(config.cors_origins.iter().map(|name| quoted(name))),
    ),
    row(
        ("connections_max", "connections-max", Form::Number("N")),
        "How many connections may be open at once; for one more, the one that is idle for longest makes \
         room",
        |config, given| {
            let number = given.node.integer(1..=1_000_000_u32);
            put(&mut config.connections_max, number.and_then(|n| usize::try_from(n).ok()));
        },
        |config| config.connections_max.to_string(),
    ),
    row(
        ("wire_pure", "wire-pure", Form::Switch),
        "Send nothing that the cloud would not send, such as x-idouble-fault",
        |config, given| put(&mut config.wire_pure, given.node.flag()),
        |config| config.wire_pure.to_string(),
    ),
    row(
        ("aws.model", "aws-model", Form::Text("MODEL")),
        "Model of AWS Identity Store: 22 operations (current) or 19",
        |config, given| put(&mut config.aws_model, given.node.one_of(AWS_MODELS)),
        |config| chosen(AWS_MODELS, config.aws_model),
    ),
    row(
        ("aws.account_id", "aws-account-id", Form::Text("ID")),
        "AWS account in ARNs and stamps, 12 digits",
        |config, given| {
            let digits = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
            put(&mut config.aws_account_id, text_if(given, digits, "12 digits"));
        },
        |config| quoted(&config.aws_account_id),
    ),
    row(
        ("huawei.error_prefix", "huawei-error-prefix", Form::Text("PREFIX")),
        "What Huawei error codes begin with: IIC or IdentityCenter",
        |config, given| {
            let prefixes = ["IIC", "IdentityCenter"].map(|prefix| (prefix, prefix));
            let prefix = given.node.one_of(&prefixes);
            put(&mut config.huawei_error_prefix, prefix.map(str::to_owned));
        },
        |config| quoted(&config.huawei_error_prefix),
    ),
    row(
        ("huawei.account_id", "huawei-account-id", Form::Text("ID")),
        "Huawei account in stamps, 32 hexadecimal digits",
        |config, given| {
            let hex = |text: &str| text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
            put(&mut config.huawei_account_id, text_if(given, hex, "32 hexadecimal digits"));
        },
        |config| quoted(&config.huawei_account_id),
    ),
    row(
        ("directory.names", "names", Form::Text("HOW")),
        "How names and e-mail addresses are compared: exact or ignore-case",
        |config, given| put(&mut config.names_ignore_case, given.node.one_of(NAMES)),
        |config| chosen(NAMES, config.names_ignore_case),
    ),
    row(
        ("directory.unknown_store", "unknown-store", Form::Text("WHAT")),
        "What a write to an unknown store does: refuse or create",
        |config, given| put(&mut config.unknown_store_create, given.node.one_of(UNKNOWN_STORE)),
        |config| chosen(UNKNOWN_STORE, config.unknown_store_create),
    ),
    row(
        ("quota.users", "quota-users", Form::Number("N")),
        "How many users a store may hold",
        |config, given| put(&mut config.quota_users, given.node.integer(1..=QUOTA_MAX)),
        |config| config.quota_users.to_string(),
    ),
    row(
        ("quota.groups", "quota-groups", Form::Number("N")),
        "How many groups a store may hold",
        |config, given| put(&mut config.quota_groups, given.node.integer(1..=QUOTA_MAX)),
        |config| config.quota_groups.to_string(),
    ),
    row(
        ("journal.entries", "journal-entries", Form::Number("N")),
        "How many requests the journal keeps; 0 keeps none",
        |config, given| put(&mut config.journal_entries, size(given, JOURNAL_ENTRIES_MAX)),
        |config| config.journal_entries.to_string(),
    ),
    row(
        ("journal.bytes", "journal-bytes", Form::Number("N")),
        "How many bytes of requests the journal keeps",
        |config, given| put(&mut config.journal_bytes, size(given, JOURNAL_BYTES_MAX)),
        |config| config.journal_bytes.to_string(),
    ),
    row(
        ("journal.bodies", "journal-bodies", Form::Text("HOW")),
        "What the journal shows of bodies: redacted, full or off",
        |config, given| put(&mut config.journal_bodies, given.node.one_of(JOURNAL_BODIES)),
        |config| chosen(JOURNAL_BODIES, config.journal_bodies),
    ),
];

const QUOTA_MAX: u64 = 10_000_000;

const JOURNAL_ENTRIES_MAX: u64 = 10_000_000;
const JOURNAL_BYTES_MAX: u64 = 64 * 1024 * 1024 * 1024;

const LOG_FORMATS: &[(&str, LogFormat)] = &[("text", LogFormat::Text), ("json", LogFormat::Json)];
const AWS_MODELS: &[(&str, AwsModel)] = &[("22", AwsModel::Current), ("19", AwsModel::Nineteen)];
const NAMES: &[(&str, bool)] = &[("exact", false), ("ignore-case", true)];
const JOURNAL_BODIES: &[(&str, JournalBodies)] = &[
    ("redacted", JournalBodies::Redacted),
    ("full", JournalBodies::Full),
    ("off", JournalBodies::Off),
];
const UNKNOWN_STORE: &[(&str, bool)] = &[("refuse", false), ("create", true)];

impl Setting {
    /// The environment variable.
    pub fn variable(&self) -> String {
        format!("IDOUBLE_{}", self.flag.replace('-', "_").to_uppercase())
    }

    /// The values in a variable: lists are separated by semicolons or line ends.
    pub(super) fn split(&self, value: &str) -> Vec<String> {
        match self.form {
            Form::Text(_) | Form::Number(_) | Form::Switch => vec![value.to_owned()],
            Form::Many(_) => {
                let parts = value.split([';', '\n']).map(str::trim);
                parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
            }
        }
    }

    /// The help of the flag: what it does, its variable, its key and its default.
    pub(super) fn help_line(&self, defaults: &Config) -> String {
        let several = match self.form {
            Form::Many(_) => ", separated by ;",
            Form::Text(_) | Form::Number(_) | Form::Switch => "",
        };
        let mut line = format!("{} [env: {}{several}]", self.help, self.variable());
        if !self.key.is_empty() {
            line.push_str(&format!(" [file: {}]", self.key));
        }
        let default = (self.show)(defaults);
        if !default.is_empty() && default != "[]" {
            line.push_str(&format!(" [default: {}]", default.trim_matches('"')));
        }
        line
    }

    /// The section of the file, empty for the top, and the key in it.
    fn place(&self) -> (&'static str, &'static str) {
        self.key.split_once('.').unwrap_or(("", self.key))
    }
}

/// What a file has said.
pub(super) struct InFile {
    /// Which settings, as indexes of [`SETTINGS`].
    pub(super) settings: Vec<usize>,
    /// Whether it has fault rules.
    pub(super) faults: bool,
}

/// Reads a configuration file.
pub(super) fn read_file(config: &mut Config, root: Node<'_>, base: &Path) -> InFile {
    let mut in_file = InFile { settings: Vec::new(), faults: false };
    let mut sections: Vec<&str> = SETTINGS.iter().map(|setting| setting.place().0).collect();
    sections.sort_unstable();
    sections.dedup();
    for section in &sections {
        let rows = SETTINGS.iter().enumerate().map(|(at, row)| (at, row, row.place()));
        let rows = rows.filter(|(_, row, place)| place.0 == *section && !row.key.is_empty());
        let rows: Vec<_> = rows.collect();
        let mut known: Vec<&str> = rows.iter().map(|(_, _, (_, key))| *key).collect();
        let table = if section.is_empty() {
            known.push("fault");
            known.extend(sections.iter().filter(|section| !section.is_empty()));
            root.table(&known)
        } else {
            let found = root.entries().find(|(key, _)| key.name == *section);
            found.and_then(|(_, node)| node.table(&known))
        };
        let Some(table) = table else { continue };
        for (at, row, (_, key)) in rows {
            if let Some(node) = table.get(key) {
                (row.set)(config, Given { node, base: Some(base) });
                in_file.settings.push(at);
            }
        }
        if section.is_empty() {
            in_file.faults = table.get("fault").is_some_and(|node| node.list().is_some());
        }
    }
    in_file
}

fn put<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn each<T>(given: Given<'_>, read: impl Fn(Given<'_>) -> Option<T>) -> Option<Vec<T>> {
    let list = given.node.list()?;
    Some(list.filter_map(|node| read(Given { node, ..given })).collect())
}

fn parsed<T: std::str::FromStr>(given: Given<'_>, what: &str) -> Option<T> {
    let value = given.node.text()?.parse().ok();
    if value.is_none() {
        given.node.expected(what);
    }
    value
}

fn size(given: Given<'_>, max: u64) -> Option<usize> {
    given.node.integer(0..=max).and_then(|n| usize::try_from(n).ok())
}

fn text_if(given: Given<'_>, fits: fn(&str) -> bool, what: &str) -> Option<String> {
    let text = given.node.text()?;
    if !fits(text) {
        given.node.expected(what);
    }
    fits(text).then(|| text.to_owned())
}

/// An address to listen on. The one name that everybody's machine has is taken too, and no name is
/// looked up.
fn address(given: Given<'_>) -> Option<IpAddr> {
    match given.node.as_text() {
        Some("localhost") => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        _ => parsed(given, "an IP address, or localhost"),
    }
}

fn host(given: Given<'_>) -> Option<String> {
    let fits = |text: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        !text.is_empty() && text.bytes().all(plain)
    };
    text_if(given, fits, "a host name").map(|name| name.to_ascii_lowercase())
}

/// An origin as browsers write it. By name only: no `*`.
fn origin(given: Given<'_>) -> Option<String> {
    let fits = |text: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        let host = text.split_once("://").filter(|(scheme, _)| {
            !scheme.is_empty()
                && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        });
        host.is_some_and(|(_, host)| !host.is_empty() && host.bytes().all(plain))
    };
    text_if(given, fits, "an origin such as http://localhost:3000")
        .map(|origin| origin.to_ascii_lowercase())
}

/// The path of a file to write. One that a file names has to lie below that file's folder, as fixtures
/// have to.
fn below(given: Given<'_>) -> Option<PathBuf> {
    let path = Path::new(given.node.text()?);
    let Some(base) = given.base else { return Some(path.to_owned()) };
    let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if !path.components().all(inside) {
        let help = "the flag may name a file that lies anywhere";
        given.node.note_with("this file has to lie below the folder of this one", help);
        return None;
    }
    Some(base.join(path))
}

/// A fixture's path. One that a file names has to lie in that file's folder: a configuration that
/// came with somebody's project must not open what lies elsewhere.
fn fixture(given: Given<'_>) -> Option<PathBuf> {
    let text = given.node.text()?;
    let Some(base) = given.base else { return Some(PathBuf::from(text)) };
    let base = if base.as_os_str().is_empty() { Path::new(".") } else { base };
    let path = base.join(text);
    let help = "--fixture may name a file that lies anywhere";
    if Path::new(text).components().any(|part| part == Component::ParentDir) {
        given.node.note_with("a fixture may not lie above the folder of this file", help);
        return None;
    }
    match (path.canonicalize(), base.canonicalize()) {
        (Ok(real), Ok(folder)) if real.starts_with(&folder) => Some(path),
        (Ok(_), Ok(_)) => {
            given.node.note_with("this leads out of the folder of this file", help);
            None
        }
        (Err(error), _) | (_, Err(error)) => {
            given.node.note_here(format!("cannot read this fixture: {error}"));
            None
        }
    }
}

fn list(values: impl Iterator<Item = String>) -> String {
    format!("[{}]", values.collect::<Vec<_>>().join(", "))
}

fn path(path: &Path) -> String {
    quoted(&path.display().to_string())
}

fn chosen<T: Copy + PartialEq>(choices: &[(&str, T)], value: T) -> String {
    let name = choices.iter().find(|(_, choice)| *choice == value).map(|(name, _)| *name);
    quoted(name.unwrap_or_default())
}
