//! `idouble run -- COMMAND`: a server for as long as a command takes, and a verdict on its rules.

use std::io::{self, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use idouble::Emulator;
use idouble::config::ServeArgs;
use serde_json::json;

use super::fault::verdict_line;
use super::signals::{Signals, StopSignal};
use super::{Exit, Failure, clients, load, log};

/// How often the end of the command is looked for.
const LOOK: Duration = Duration::from_millis(5);

/// A server, and what to run against it.
#[derive(clap::Args, Debug)]
pub(super) struct Run {
    #[command(flatten)]
    serve: ServeArgs,
    /// End with 4 where a rule did not fire as often as it should, or matched nothing
    #[arg(long)]
    verdict: bool,
    /// The command; it finds the server by the variables of `idouble env`
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Serves on a free port while the command runs; ends as the command does.
pub(super) fn run(args: &Run) -> Result<(), Failure> {
    let mut config = load(&args.serve)?.config;
    if !args.serve.given.contains_key("port") {
        config.port = 0;
    }
    if !args.serve.given.contains_key("log") {
        "warn".clone_into(&mut config.log);
    }
    log::start(&config);
    let emulator = Emulator::builder().config(config).start()?;
    let internal = |error: io::Error| Failure::new(Exit::Internal, error);
    let (program, arguments) = args.command.split_first().unwrap_or((&args.command[0], &[]));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let status = runtime.map_err(internal)?.block_on(async {
        let mut signals = Signals::new()?;
        let mut child = Command::new(program)
            .args(arguments)
            .envs(clients::variables(emulator.endpoint()))
            .env("IDOUBLE_PORT", emulator.port().to_string())
            .spawn()
            .map_err(|error| io::Error::other(format!("{program}: {error}")))?;
        let mut told = false;
        loop {
            tokio::select! {
                biased;
                status = ended(&mut child) => return status,
                signal = signals.next() => match signal {
                    // The terminal sends it to the command as well, which decides how to end.
                    StopSignal::Interrupt => {}
                    // The first signal lets the command clean up; the second one kills it.
                    StopSignal::Terminate => {
                        if told || !tell_to_end(&child) {
                            child.kill()?;
                        }
                        told = true;
                    }
                },
            }
        }
    });
    let code = code(status.map_err(internal)?);
    let met = verdict(&emulator, args.verdict);
    drop(emulator);
    if code == 0 && !met {
        return Err(Failure::new(
            Exit::Verdict,
            "a rule did not fire as often as it should, or matched nothing",
        ));
    }
    log::finish();
    // The command's own code, which no `Exit` stands for.
    std::process::exit(code)
}

async fn ended(child: &mut Child) -> io::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Hands SIGTERM on; whether that could be done. A shell does it, for the library has SIGKILL only, and
/// any other way would be unsafe code or a dependency.
fn tell_to_end(child: &Child) -> bool {
    let id = child.id().to_string();
    let told = Command::new("/bin/sh").args(["-c", "kill -TERM \"$1\"", "sh", &id]).status();
    told.is_ok_and(|status| status.success())
}

/// As a shell tells it: 128 and the signal, where one has ended it.
fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

/// Whether every rule did what it should; told on standard error, where it is `wanted`.
fn verdict(emulator: &Emulator, wanted: bool) -> bool {
    let service = emulator.service();
    let rules = service.faults().verdict(service.clock().now());
    if wanted {
        let lines: String = rules.iter().map(|rule| verdict_line(&json!(rule))).collect();
        let _ = io::stderr().write_all(lines.as_bytes());
    }
    !wanted || rules.iter().all(|rule| rule.met && rule.matched > 0)
}
