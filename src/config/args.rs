//! The flags of `idouble serve`, made of the rows of the settings.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::settings::{Form, SETTINGS};
use super::{Config, FILE, FILE_VARIABLE};

/// The flags that were given. For clap it is `#[command(flatten)]`.
#[derive(Clone, Default, Debug)]
pub struct ServeArgs {
    /// The configuration file.
    pub config: Option<PathBuf>,
    /// What was given, by the name of the flag, in the order given.
    pub given: BTreeMap<&'static str, Vec<String>>,
}

impl clap::Args for ServeArgs {
    fn augment_args(command: Command) -> Command {
        let help =
            format!("Configuration file; {FILE} is read where it lies here [env: {FILE_VARIABLE}]");
        let config = Arg::new("config").long("config").value_name("FILE").help(help);
        let config = config.value_parser(clap::value_parser!(PathBuf));
        let defaults = Config::default();
        SETTINGS.iter().fold(command.arg(config), |command, setting| {
            let arg = Arg::new(setting.flag).long(setting.flag).help(setting.help_line(&defaults));
            command.arg(match setting.form {
                Form::Text(value) | Form::Number(value) => {
                    arg.value_name(value).action(ArgAction::Set)
                }
                Form::Many(value) => arg.value_name(value).action(ArgAction::Append),
                Form::Switch => arg
                    .action(ArgAction::Set)
                    .value_name("true|false")
                    .hide_possible_values(true)
                    .num_args(0..=1)
                    .require_equals(true)
                    .default_missing_value("true"),
            })
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for ServeArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut args = Self::default();
        args.update_from_arg_matches(matches)?;
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.config = matches.get_one::<PathBuf>("config").cloned();
        for setting in SETTINGS {
            if let Some(values) = matches.get_many::<String>(setting.flag) {
                self.given.insert(setting.flag, values.cloned().collect());
            }
        }
        Ok(())
    }
}
