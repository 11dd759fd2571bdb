//! The settings of a server: flags and variables over a configuration file, and the source of each value.

use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use clap::builder::BoolishValueParser;
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use idouble::internal::config::{Config, ConfigFile, FILE};
use idouble::internal::file_error::nearest;
use idouble::internal::service::Setting;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::exit::{Exit, Failure};

/// The variable that names the configuration file.
const FILE_VARIABLE: &str = "IDOUBLE_CONFIG";

/// The variable that names a running server. `idouble env` prints it.
pub(super) const URL_VARIABLE: &str = "IDOUBLE_URL";

/// The variable that names the binary for the clients of other languages.
const BINARY_VARIABLE: &str = "IDOUBLE_BIN";

/// The variable of the setting `control_token`, which commands read as well.
pub(super) const TOKEN_VARIABLE: &str = "IDOUBLE_CONTROL_TOKEN";

/// The flags and variables that are set. Which values they override is known once the file is read.
#[derive(Clone, Debug)]
pub(super) struct ServeArgs {
    matches: ArgMatches,
}

impl Args for ServeArgs {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new("config").long("config").value_name("FILE").help_heading("Server");
        let file = file.value_parser(clap::value_parser!(PathBuf));
        let file = file.help(format!("Configuration file [default: {FILE}]"));
        let file = file.long_help(format!(
            "Configuration file\n\n{FILE} is read if it is in the current directory.\n\n\
             [variable: {FILE_VARIABLE}]"
        ));
        command.arg(file).args(setting_args())
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ServeArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self { matches: matches.clone() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.matches = matches.clone();
        Ok(())
    }
}

impl ServeArgs {
    /// What `idouble serve` would get without flags.
    pub(super) fn without_flags() -> Result<Self, Failure> {
        let command = Self::augment_args(Command::new("idouble"));
        let matches = command.try_get_matches_from(["idouble"]);
        let matches = matches.map_err(|error| Failure::new(Exit::Usage, message(error)))?;
        Ok(Self { matches })
    }

    /// Whether a setting is given as a flag.
    pub(super) fn has_flag(&self, id: &str) -> bool {
        self.matches.value_source(id) == Some(ValueSource::CommandLine)
    }
}

/// The settings as arguments of clap. The id of each is its key in the file.
fn setting_args() -> &'static [Arg] {
    static ARGS: LazyLock<Vec<Arg>> = LazyLock::new(|| {
        // All are optional in an update.
        let command = Config::augment_args_for_update(Command::new("settings"));
        let defaults = toml::Table::try_from(Config::default()).unwrap_or_default();
        command.get_arguments().cloned().map(|arg| setting_arg(arg, &defaults)).collect()
    });
    &ARGS
}

fn setting_arg(arg: Arg, defaults: &toml::Table) -> Arg {
    let (variable, key) = (variable(&arg), arg.get_id().to_string());
    let is_list = matches!(arg.get_action(), ArgAction::Append);
    // `--watch=false` overrides a file that sets `watch`.
    let arg = match arg.get_action() {
        ArgAction::SetTrue => arg
            .action(ArgAction::Set)
            .value_parser(BoolishValueParser::new())
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_name("BOOL"),
        _ => arg,
    };
    let arg = arg.hide_possible_values(true).hide_env(true).hide_default_value(true);
    let arg = with_details(arg, &variable, &key, defaults);
    // An empty variable counts as not set.
    match env::var_os(&variable).filter(|value| !value.is_empty()) {
        None => arg,
        // A default, because the delimiter of an `env` value would split the flag's values as well.
        Some(value) if is_list => arg.default_values(list(&value)),
        Some(_) => arg.env(variable),
    }
}

/// Adds the variable, the key of the file and the default to the long help.
fn with_details(arg: Arg, variable: &str, key: &str, defaults: &toml::Table) -> Arg {
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string);
    let mut help = help.unwrap_or_default();
    let separated =
        if matches!(arg.get_action(), ArgAction::Append) { ", separated by ;" } else { "" };
    // Writing to a string cannot fail.
    let _ = write!(help, "\n\n[variable: {variable}{separated}] [key: {key}]");
    match value(defaults, key) {
        Some(toml::Value::Array(_)) | None => {}
        Some(toml::Value::String(default)) => help += &format!(" [default: {default}]"),
        Some(default) => help += &format!(" [default: {default}]"),
    }
    arg.long_help(help)
}

/// The environment variable of a setting.
fn variable(arg: &Arg) -> String {
    let flag = arg.get_long().unwrap_or_default();
    format!("IDOUBLE_{}", flag.replace('-', "_").to_uppercase())
}

/// The values in a variable, separated by semicolons or line ends.
fn list(value: &OsString) -> Vec<OsString> {
    let value = value.to_string_lossy();
    let values = value.split([';', '\n']).map(str::trim).filter(|value| !value.is_empty());
    values.map(OsString::from).collect()
}

/// The value of a key such as `aws.model`.
fn value<'a>(table: &'a toml::Table, key: &str) -> Option<&'a toml::Value> {
    match key.split_once('.') {
        None => table.get(key),
        Some((section, key)) => table.get(section)?.get(key),
    }
}

/// Puts the settings together: flags over variables over the file over defaults.
///
/// # Errors
/// An invalid file, exit code 3.
pub(super) fn load(args: &ServeArgs) -> Result<Config, Failure> {
    Ok(load_with_file(args)?.0)
}

fn load_with_file(args: &ServeArgs) -> Result<(Config, Option<Arc<ConfigFile>>), Failure> {
    let variable = env::var_os(FILE_VARIABLE).filter(|name| !name.is_empty());
    let named = args.matches.get_one::<PathBuf>("config").cloned().or(variable.map(PathBuf::from));
    let found = || Some(PathBuf::from(FILE)).filter(|path| path.exists());
    let (mut config, file) = match named.or_else(found) {
        Some(path) => {
            let (config, file) = Config::read(Path::new(&path))?;
            (config, Some(file))
        }
        None => (Config::default(), None),
    };
    let updated = config.update_from_arg_matches(&args.matches);
    updated.map_err(|error| Failure::new(Exit::Usage, message(error)))?;
    Ok((config, file))
}

/// The message of clap, without its prefix.
fn message(error: clap::Error) -> String {
    let text = explain(error).to_string();
    text.trim_start_matches("error: ").trim_end().to_owned()
}

/// Adds the name of the variable to the error of a value that does not come from a flag.
pub(super) fn explain(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(arg)) = error.get(ContextKind::InvalidArg) else { return error };
    let flag = arg.split([' ', '[', '=']).next().unwrap_or_default().to_owned();
    let is_flag = |word: OsString| word.to_string_lossy().split('=').next() == Some(flag.as_str());
    let is_given = env::args_os().any(is_flag);
    let variable = format!("IDOUBLE_{}", flag.trim_matches('-').replace('-', "_").to_uppercase());
    if !is_given && env::var_os(&variable).is_some() {
        let tip = format!("the value comes from the variable {variable}").into();
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
    }
    error
}

/// The configuration, and each setting with its source.
///
/// # Errors
/// As [`load`].
pub(super) fn load_with_sources(args: &ServeArgs) -> Result<(Config, Vec<Setting>), Failure> {
    let (config, file) = load_with_file(args)?;
    let values = toml::Table::try_from(&config).map_err(Failure::internal)?;
    let settings = setting_args().iter().map(|arg| {
        let key = arg.get_id().as_str();
        let value = match key {
            "fault" => Ok(json!(config.faults)),
            key => value(&values, key).map_or(Ok(Json::Null), serde_json::to_value),
        };
        let value = value.map_err(Failure::internal)?;
        Ok(Setting::new(key, value, source(args, arg, file.as_deref())))
    });
    let settings = settings.collect::<Result<_, Failure>>()?;
    Ok((config, settings))
}

/// What `idouble config show` prints: a configuration file with the same values, and the source of each.
pub(super) fn shown(args: &ServeArgs) -> Result<String, Failure> {
    #[derive(Serialize)]
    struct FaultTables<'a> {
        fault: &'a [String],
    }
    let (config, file) = load_with_file(args)?;
    let values = toml::Table::try_from(&config).map_err(Failure::internal)?;
    let faults = FaultTables { fault: &config.faults };
    let faults = toml::Table::try_from(faults).map_err(Failure::internal)?;
    let mut lines = Vec::new();
    for arg in setting_args() {
        let key = arg.get_id().as_str();
        let line = match (value(&values, key), value(&faults, key)) {
            (Some(value), _) => format!("{key} = {value}"),
            // In a file, rules are tables.
            (None, Some(specs)) => format!("# --fault {specs}"),
            (None, None) => format!("# {key} ="),
        };
        lines.push((line, source(args, arg, file.as_deref())));
    }
    if let Some(file) = &config.fault_file {
        let tables = config.fault_tables.len();
        lines.push((format!("# [[fault]] tables: {tables}"), file.name().to_owned()));
    }
    let width = lines.iter().map(|(line, _)| line.chars().count()).filter(|width| *width <= 48);
    let width = width.max().unwrap_or(0);
    Ok(lines.iter().map(|(line, source)| format!("{line:width$}  # {source}\n")).collect())
}

fn source(args: &ServeArgs, arg: &Arg, file: Option<&ConfigFile>) -> String {
    let id = arg.get_id().as_str();
    match (args.matches.value_source(id), file) {
        (Some(ValueSource::CommandLine), _) => {
            format!("--{}", arg.get_long().unwrap_or_default())
        }
        // Only lists have defaults here: those of their variable.
        (Some(_), _) => variable(arg),
        // In a file, `fault` is the tables, which have a line of their own.
        (None, Some(file)) if id != "fault" && file.sets(id) => file.name().to_owned(),
        (None, _) => "default".to_owned(),
    }
}

/// A warning for each `IDOUBLE_…` variable that nothing reads.
pub(super) fn unknown_variables() -> Vec<String> {
    let known: Vec<_> = setting_args().iter().map(variable).collect();
    let known =
        known.iter().map(String::as_str).chain([FILE_VARIABLE, URL_VARIABLE, BINARY_VARIABLE]);
    let known: Vec<_> = known.collect();
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let unknown =
        names.filter(|name| name.starts_with("IDOUBLE_") && !known.contains(&name.as_str()));
    let mut warnings: Vec<_> = unknown
        .map(|name| match nearest(&name, &known) {
            Some(meant) => format!("unknown variable {name}; did you mean {meant}?"),
            None => format!("unknown variable {name}"),
        })
        .collect();
    warnings.sort();
    warnings
}

/// Logs a warning for each unknown variable.
pub(super) fn log_unknown_variables() {
    for warning in unknown_variables() {
        tracing::warn!("{warning}");
    }
}
