//! The command line: what can be asked for, and with which code the process ends.

mod clients;
mod fault;
mod http;
mod journal;
mod log;
mod progress;
mod remote;
mod run;
mod serve;
mod signals;
mod write;

use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Parser, Subcommand};
use idouble::config::{Config, ConfigError, Loaded, ServeArgs, environment};
use idouble::{Emulator, StartError};
use progress::Progress;

/// A test double for cloud identity stores: AWS Identity Store and Huawei Cloud IAM Identity Center
/// on one port.
///
/// Without a command it serves.
#[derive(Parser, Debug)]
#[command(version, args_conflicts_with_subcommands = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Serve until told to stop; what `idouble` does by itself
    Serve(ServeArgs),
    /// Check configuration, fixtures and fault rules, and start nothing
    Check(ServeArgs),
    /// Print what clients need: eval "$(idouble env)"
    Env(clients::Where),
    /// Ask the server on this machine whether it is ready
    Healthcheck(clients::Where),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Put everything on a running server back as it was at its start, or one store
    Reset(remote::ResetArgs),
    /// List the stores of a running server, make one, or remove one
    Stores(remote::StoresArgs),
    /// Write what a running server holds, as a fixture
    Export(remote::ExportArgs),
    /// Put fixtures, or what a cloud printed, into a running server
    Import(remote::ImportArgs),
    /// Name the state of a running server's stores, and come back to it
    Snapshot(remote::SnapshotArgs),
    /// Tell or set the time of a running server
    Clock(remote::ClockArgs),
    /// Print the requests that a running server has seen, newest first
    Journal(journal::JournalArgs),
    /// Print requests as a running server sees them, one a line
    Events(journal::EventsArgs),
    /// Write a believable directory of any size
    Generate(write::GenerateArgs),
    /// Write starter files: a configuration and a fixture
    Init(write::InitArgs),
    /// Print the JSON Schema of what is read
    Schema {
        /// Of which
        of: write::Schema,
    },
    /// Print what a shell needs to complete this command line
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
    /// Look at the fault rules of a running server, and change them
    #[command(subcommand)]
    Fault(fault::FaultCommand),
    /// Serve on a free port while a command runs: idouble run --verdict -- pytest
    Run(run::Run),
}

#[derive(Subcommand, Debug)]
enum ConfigCommand {
    /// Print each setting with its value and where that came from
    Show(ServeArgs),
}

/// With which code the process ends. Source: CONVENTIONS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Exit {
    Fine = 0,
    Internal = 1,
    Usage = 2,
    File = 3,
    Verdict = 4,
    PortTaken = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What went wrong, for the person at the terminal.
#[derive(Debug)]
struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self { exit, message: message.to_string() }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let exit = match error {
            ConfigError::Usage(_) => Exit::Usage,
            ConfigError::File(_) => Exit::File,
        };
        Self::new(exit, error)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let exit = match error {
            StartError::File(_) | StartError::Fixture(_) | StartError::Rules(_) => Exit::File,
            StartError::Fault(_) | StartError::Clock(_) => Exit::Usage,
            StartError::PortTaken(_) => Exit::PortTaken,
            StartError::Listen(..) | StartError::Thread(_) | StartError::Store(_) => Exit::Internal,
        };
        Self::new(exit, error)
    }
}

/// Does what the command line asks for.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        None => serve::serve(&cli.serve),
        Some(Command::Serve(args)) => serve::serve(&args),
        Some(Command::Check(args)) => check(&args),
        Some(Command::Env(place)) => clients::env(&place),
        Some(Command::Healthcheck(place)) => clients::healthcheck(&place),
        Some(Command::Config(ConfigCommand::Show(args))) => load(&args).map(|loaded| say(&loaded)),
        Some(Command::Reset(args)) => remote::reset(&args),
        Some(Command::Stores(args)) => remote::stores(&args),
        Some(Command::Export(args)) => remote::export(&args),
        Some(Command::Import(args)) => remote::import(&args),
        Some(Command::Snapshot(args)) => remote::snapshot(&args),
        Some(Command::Clock(args)) => remote::clock(&args),
        Some(Command::Journal(args)) => journal::journal(&args),
        Some(Command::Events(args)) => journal::events(&args),
        Some(Command::Generate(args)) => write::generate(&args),
        Some(Command::Init(args)) => write::init(&args),
        Some(Command::Schema { of }) => write::schema(of),
        Some(Command::Completions { shell }) => {
            write::completions(shell);
            Ok(())
        }
        Some(Command::Man) => write::man(),
        Some(Command::Fault(command)) => fault::run(&command),
        Some(Command::Run(args)) => run::run(&args),
    };
    log::finish();
    match done {
        Ok(()) if UNSAID.load(Ordering::Relaxed) => Exit::Internal.into(),
        Ok(()) => Exit::Fine.into(),
        Err(failure) => {
            log::write_error(&failure.message);
            failure.exit.into()
        }
    }
}

fn load(args: &ServeArgs) -> Result<Loaded, Failure> {
    Ok(Config::load(args, &environment(), Path::new("."))?)
}

/// Whether something could not be printed, as on a full disk.
static UNSAID: AtomicBool = AtomicBool::new(false);

/// Prints. That nobody reads it any more is no failure; whatever else keeps it from being written is
/// told of, and ends with 1.
fn say(what: &dyn fmt::Display) {
    let mut out = io::stdout().lock();
    let mut text = what.to_string();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = writeln!(io::stderr(), "error: standard output: {error}");
            UNSAID.store(true, Ordering::Relaxed);
        }
        Ok(()) | Err(_) => {}
    }
}

fn check(args: &ServeArgs) -> Result<(), Failure> {
    let loaded = load(args)?;
    for warning in &loaded.warnings {
        let _ = writeln!(io::stderr(), "warning: {warning}");
    }
    let fixtures = match loaded.config.files() {
        [] => "the embedded fixture".to_owned(),
        files => {
            let names: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
            names.join(", ")
        }
    };
    let progress = Progress::of("reading fixtures");
    let service = Emulator::builder().config(loaded.config).service()?;
    drop(progress);
    let (stores, users) = service.directory().size();
    let rules = service.faults().list(service.clock().now()).len();
    say(&format_args!(
        "configuration: fine\nfixtures: fine, {stores} stores and {users} users in {fixtures}\n\
         fault rules: fine, {rules} of them",
    ));
    Ok(())
}
