//! `idouble check` and `idouble config show`.

use clap::{Args, Subcommand};
use idouble::Emulator;

use super::deferred::Deferred;
use super::exit::Failure;
use super::output::{count, print};
use super::progress::Progress;
use super::settings::{ServeArgs, load, shown};

#[derive(Args, Debug)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Subcommand, Debug)]
enum ConfigCommand {
    /// Print each setting with its value and the source of the value
    Show(Deferred<ServeArgs>),
}

pub(super) fn config(args: &ConfigArgs) -> Result<(), Failure> {
    let ConfigCommand::Show(Deferred(args)) = &args.command;
    print(&shown(args)?);
    Ok(())
}

/// Validates the configuration, the fixtures and the fault rules.
pub(super) fn check(args: &ServeArgs) -> Result<(), Failure> {
    let config = load(args)?;
    let files: Vec<_> = config.files().iter().map(|file| file.display().to_string()).collect();
    let source =
        if files.is_empty() { "the built-in fixture".to_owned() } else { files.join(", ") };
    let progress = Progress::start("reading fixtures");
    let service = Emulator::builder().config(config).service()?;
    drop(progress);
    let (stores, users) = service.directory().size();
    let rules = service.faults().list(service.clock().now()).len();
    let (stores, users) = (count(stores as u64, "store"), count(users, "user"));
    print(&format_args!("configuration: ok\nfixtures: ok, {stores}, {users} in {source}"));
    print(&format_args!("fault rules: ok, {}", count(rules as u64, "rule")));
    Ok(())
}
