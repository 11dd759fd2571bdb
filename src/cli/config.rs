//! `idouble check` and `idouble config show`.

use std::path::Path;

use clap::{Args, Subcommand};
use idouble::Emulator;
use idouble::config::{Config, Loaded, ServeArgs, environment};

use super::exit::Failure;
use super::output::{count, print, print_warning};
use super::progress::Progress;

#[derive(Args, Debug)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Subcommand, Debug)]
enum ConfigCommand {
    /// Print each setting with its value and the source of the value
    Show(ServeArgs),
}

/// Puts the settings together.
pub(super) fn load(args: &ServeArgs) -> Result<Loaded, Failure> {
    Ok(Config::load(args, &environment(), Path::new("."))?)
}

pub(super) fn config(args: &ConfigArgs) -> Result<(), Failure> {
    let ConfigCommand::Show(args) = &args.command;
    print(&load(args)?);
    Ok(())
}

/// Validates the configuration, the fixtures and the fault rules.
pub(super) fn check(args: &ServeArgs) -> Result<(), Failure> {
    let loaded = load(args)?;
    for warning in &loaded.warnings {
        print_warning(warning);
    }
    let files: Vec<_> =
        loaded.config.files().iter().map(|file| file.display().to_string()).collect();
    let source =
        if files.is_empty() { "the built-in fixture".to_owned() } else { files.join(", ") };
    let progress = Progress::start("reading fixtures");
    let service = Emulator::builder().config(loaded.config).service()?;
    drop(progress);
    let (stores, users) = service.directory().size();
    let rules = service.faults().list(service.clock().now()).len();
    let (stores, users) = (count(stores as u64, "store"), count(users, "user"));
    print(&format_args!("configuration: ok\nfixtures: ok, {stores}, {users} in {source}"));
    print(&format_args!("fault rules: ok, {}", count(rules as u64, "rule")));
    Ok(())
}
