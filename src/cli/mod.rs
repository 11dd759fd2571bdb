//! The command line: commands, help texts and exit codes.

mod ca;
mod client;
mod config;
mod deferred;
mod env;
mod events;
mod exit;
mod fault;
mod files;
mod journal;
mod log;
mod output;
mod progress;
mod run;
mod serve;
mod settings;
mod signals;
mod state;
mod stores;
mod watch;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use deferred::Deferred;
use exit::{Exit, Failure, MORE_HELP};
use settings::ServeArgs;

/// A test double for AWS Identity Store and Huawei Cloud IAM Identity Center
///
/// One server, one in-memory directory, both clouds, and faults on demand. Without a command, idouble
/// serves; `idouble serve --help` lists all settings.
#[derive(Parser, Debug)]
#[command(version, args_conflicts_with_subcommands = true, max_term_width = 100)]
#[command(override_usage = "idouble [OPTIONS] | idouble <COMMAND>", after_long_help = MORE_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Option<CliCommand>,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Subcommand, Debug)]
enum CliCommand {
    /// Serve until stopped; the default command
    Serve(Deferred<ServeArgs>),
    /// Validate the configuration, fixtures and fault rules
    Check(Deferred<ServeArgs>),
    /// Print the settings and the source of each value
    Config(config::ConfigArgs),
    /// Run a command with its own server: idouble run --verdict -- pytest
    Run(Deferred<run::RunArgs>),
    /// Print the variables that point SDKs here: eval "$(idouble env)"
    ///
    /// AWS CLI before 2.13 ignores AWS_ENDPOINT_URL; call it with --endpoint-url "$IDOUBLE_URL".
    Env(Deferred<env::EnvArgs>),
    /// Print the CA that clients of HTTPS have to trust
    Ca(Deferred<ca::CaArgs>),
    /// Check whether a running server is ready
    #[command(hide = true)]
    Healthcheck(Deferred<state::HealthArgs>),
    /// Reset a running server, or one store, to its initial state
    Reset(Deferred<state::ResetArgs>),
    /// List, create or delete the stores of a running server
    Stores(stores::StoresArgs),
    /// List the users of a running server
    Users(stores::UsersArgs),
    /// Write the stores of a running server as a fixture
    Export(Deferred<stores::ExportArgs>),
    /// Load fixtures or cloud exports into a running server
    Import(Deferred<stores::ImportArgs>),
    /// Save and restore the state of a running server
    Snapshot(state::SnapshotArgs),
    /// Print or set the time of a running server
    Clock(Deferred<state::ClockArgs>),
    /// List, add or remove the fault rules of a running server
    Fault(fault::FaultArgs),
    /// Print, count or expect requests that a running server received
    Journal(Deferred<journal::JournalArgs>),
    /// Print requests as a running server receives them
    Events(Deferred<events::EventsArgs>),
    /// Write a realistic directory of any size
    #[command(hide = true)]
    Generate(Deferred<files::GenerateArgs>),
    /// Write starter files: a configuration and a fixture
    Init(Deferred<files::InitArgs>),
    /// Print the JSON Schema of a kind of file
    #[command(hide = true)]
    Schema(Deferred<files::SchemaArgs>),
    /// Print a completion script for a shell
    #[command(hide = true)]
    Completions(Deferred<files::CompletionsArgs>),
    /// Print the manual page
    #[command(hide = true)]
    Man,
}

/// Parses the command line and runs the command.
pub fn run() -> ExitCode {
    let parsed =
        command_line().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return end_with(&settings::explain(error)),
    };
    let result = run_command(cli.command.unwrap_or(CliCommand::Serve(Deferred(cli.serve))));
    log::finish();
    match result {
        Ok(()) if output::all_printed() => Exit::Success.into(),
        Ok(()) => Exit::Internal.into(),
        Err(failure) => {
            output::print_error(&failure.message);
            failure.exit.into()
        }
    }
}

/// Prints the help or the version, or reports an invalid command line.
fn end_with(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        error.exit();
    }
    // It repeats the arguments.
    output::print_note(&error.render().to_string().trim_end());
    Exit::Usage.into()
}

/// The settings that `idouble --help` lists; those of `idouble serve --help` are all.
const COMMON_SETTINGS: &[&str] = &["config", "port", "fixtures", "seed", "fault", "log"];

/// Those of them that `idouble -h` leaves out, so that it fits a screen.
const LONG_HELP_SETTINGS: &[&str] = &["config", "seed", "log"];

/// The command line.
fn command_line() -> clap::Command {
    let command = Cli::command().mut_args(|arg| {
        let id = arg.get_id().as_str();
        let is_hidden = !COMMON_SETTINGS.contains(&id);
        let is_long = LONG_HELP_SETTINGS.contains(&id);
        arg.hide(is_hidden).hide_short_help(is_long).help_heading(None::<&str>)
    });
    command.mut_subcommand("run", |run| run.defer(with_run_args))
}

/// Adds the arguments of `idouble run`. Hides the settings without an effect on a server that only one command
/// knows.
fn with_run_args(run: clap::Command) -> clap::Command {
    let unused = ["port_file", "ready_json", "exit_with_stdin"];
    let run = deferred::augment::<run::RunArgs>(run);
    unused.into_iter().fold(run, |run, id| run.mut_arg(id, |arg| arg.hide(true)))
}

fn run_command(command: CliCommand) -> Result<(), Failure> {
    // These log the warnings.
    if !matches!(command, CliCommand::Serve(_) | CliCommand::Run(_)) {
        for warning in settings::unknown_variables() {
            output::print_warning(&warning);
        }
    }
    match command {
        CliCommand::Serve(Deferred(args)) => serve::serve(&args),
        CliCommand::Check(Deferred(args)) => config::check(&args),
        CliCommand::Config(args) => config::config(&args),
        CliCommand::Run(Deferred(args)) => run::run(&args),
        CliCommand::Env(Deferred(args)) => env::env(&args),
        CliCommand::Ca(Deferred(args)) => ca::ca(&args),
        CliCommand::Healthcheck(Deferred(args)) => state::healthcheck(&args),
        CliCommand::Reset(Deferred(args)) => state::reset(&args),
        CliCommand::Stores(args) => stores::stores(&args),
        CliCommand::Users(args) => stores::users(&args),
        CliCommand::Export(Deferred(args)) => stores::export(&args),
        CliCommand::Import(Deferred(args)) => stores::import(&args),
        CliCommand::Snapshot(args) => state::snapshot(&args),
        CliCommand::Clock(Deferred(args)) => state::clock(&args),
        CliCommand::Fault(args) => fault::fault(&args),
        CliCommand::Journal(Deferred(args)) => journal::journal(&args),
        CliCommand::Events(Deferred(args)) => events::events(args),
        CliCommand::Generate(Deferred(args)) => files::generate(&args),
        CliCommand::Init(Deferred(args)) => files::init(&args),
        CliCommand::Schema(Deferred(args)) => files::schema(&args),
        CliCommand::Completions(Deferred(args)) => {
            files::completions(&args, command_line());
            Ok(())
        }
        CliCommand::Man => files::man(command_line()),
    }
}
