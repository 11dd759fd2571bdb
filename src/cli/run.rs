//! `idouble run -- COMMAND`: a server for the duration of a command, and a verdict on its fault rules.

use std::io;
use std::process::ExitStatus;

use idouble::Emulator;
use idouble::internal::config::Secret;
use tokio::process::{Child, Command};

use super::env::{self, EnvScope};
use super::exit::Failure;
use super::fault::{check_verdict, verdict_line};
use super::log;
use super::output::print_note;
use super::settings::{self, ServeArgs, TOKEN_VARIABLE, load};
use super::signals::{Signals, StopSignal};

#[derive(clap::Args, Debug)]
pub(super) struct RunArgs {
    /// Report on each rule; exit 4 if one did not fire as expected
    ///
    /// A rule without `expect` is unmet if no request matched it. The exit code of a command that fails
    /// takes precedence.
    #[arg(long)]
    verdict: bool,
    #[command(flatten)]
    scope: EnvScope,
    /// Command to run, with the variables of `idouble env`
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
    #[command(flatten)]
    serve: ServeArgs,
}

/// Serves on a free port while the command runs, and ends as the command does.
pub(super) fn run(args: &RunArgs) -> Result<(), Failure> {
    let mut config = load(&args.serve)?;
    if !args.serve.has_flag("port") {
        config.port = 0;
    }
    log::start(&config);
    settings::log_unknown_variables();
    let token = config.control_token.clone();
    let emulator = Emulator::builder().config(config).start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let status = runtime.map_err(Failure::internal)?.block_on(run_command(args, &emulator, token));
    let code = exit_code(status.map_err(Failure::internal)?);
    let met = !args.verdict || print_verdict(&emulator);
    drop(emulator);
    if code != 0 {
        log::finish();
        // Any code is possible, not only those of `Exit`.
        std::process::exit(code);
    }
    check_verdict(met)
}

async fn run_command(
    args: &RunArgs,
    emulator: &Emulator,
    token: Option<Secret>,
) -> io::Result<ExitStatus> {
    let mut signals = Signals::new()?;
    let [program, arguments @ ..] = &*args.command else { unreachable!("clap requires a command") };
    let mut child = Command::new(program)
        .args(arguments)
        .envs(env::variables(emulator.endpoint(), &args.scope))
        .envs(scim_variables(emulator))
        .envs(token.map(|token| (TOKEN_VARIABLE, token.text().to_owned())))
        .spawn()
        .map_err(|error| io::Error::other(format!("{program}: {error}")))?;
    let mut was_terminated = false;
    loop {
        tokio::select! {
            biased;
            status = child.wait() => return status,
            signal = signals.next() => match signal {
                // The terminal sends it to the command as well, which decides how to end.
                StopSignal::Interrupt => {}
                // The first signal lets the command clean up; the second one kills it.
                StopSignal::Terminate if was_terminated => child.start_kill()?,
                StopSignal::Terminate => {
                    terminate(&mut child)?;
                    was_terminated = true;
                }
            },
        }
    }
}

/// The variables for SCIM clients.
fn scim_variables(emulator: &Emulator) -> Vec<(String, String)> {
    let directory = emulator.service().directory();
    let stores = directory.current_stores();
    let path =
        stores.first().map(|store| format!("/{}/scim/v2/", directory.aws_tenant(store.id())));
    let token = emulator.service().scim_token();
    env::scim_variables(emulator.endpoint(), path.as_deref(), &token)
}

/// Asks a process to end.
#[cfg(unix)]
fn terminate(child: &mut Child) -> io::Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    // A child that has ended has no id.
    pid.map_or(Ok(()), |pid| Ok(kill_process(pid, Signal::TERM)?))
}

/// Ends a process: Windows has no signal that asks for it.
#[cfg(not(unix))]
fn terminate(child: &mut Child) -> io::Result<()> {
    child.start_kill()
}

/// The exit code as a shell reports it: 128 and the signal for a command that a signal ended.
fn exit_code(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        if let Some(signal) = status.signal() {
            return 128 + signal;
        }
    }
    status.code().unwrap_or(1)
}

/// Prints the verdict of each rule, and returns whether all are met.
fn print_verdict(emulator: &Emulator) -> bool {
    let service = emulator.service();
    let rules = service.faults().verdict(None, service.clock().now());
    for rule in &rules {
        print_note(&verdict_line(rule));
    }
    rules.iter().all(|rule| rule.met)
}
