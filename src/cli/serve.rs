//! `idouble serve`: from the configuration to the ready line, and to the end of the process.

use std::fs;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use idouble::Emulator;
use idouble::internal::config::Config;
use idouble::internal::service::Setting;
use serde_json::json;
use tokio::sync::oneshot;

use super::exit::{Exit, Failure};
use super::log;
use super::output::print;
use super::progress::Progress;
use super::settings::{self, ServeArgs, load_with_sources};
use super::signals::Signals;
use super::watch::{FileStamps, watch};

/// Time limit for open requests after a signal.
const DRAIN: Duration = Duration::from_secs(5);

/// Time limit for open requests after the end of standard input: the parent process has gone, or wants
/// this one gone.
const DRAIN_AFTER_STDIN: Duration = Duration::from_millis(20);

/// Number of open files to ask the system for: more than there are connections.
const OPEN_FILES: u64 = 1 << 20;

/// Why the server stops.
enum StopReason {
    Signal,
    StdinEnded,
    ThreadEnded,
}

/// Serves until a stop is requested.
pub(super) fn serve(args: &ServeArgs) -> Result<(), Failure> {
    let (config, settings) = load_with_sources(args)?;
    log::start(&config);
    settings::log_unknown_variables();
    if !config.host.to_canonical().is_loopback() {
        tracing::warn!(
            host = %config.host,
            "listening beyond this machine: anyone who reaches it may call the clouds' operations",
        );
    }
    // Each connection is an open file, and the default limit is low on some systems.
    if let Err(error) = rlimit::increase_nofile_limit(OPEN_FILES) {
        tracing::debug!(%error, "cannot raise the limit of open files");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Failure::internal)?.block_on(async {
        // Before the ready line: a client may send a signal as soon as it has read it.
        let mut signals = Signals::new().map_err(Failure::internal)?;
        // Before the fixtures are read, so that a change meanwhile is seen.
        let stamps = FileStamps::read(&config);
        let mut stdin = Stdin::new(config.exit_with_stdin);
        let emulator = start(&config, settings, &mut signals, &mut stdin).await?;
        if let Some(file) = &config.port_file {
            write_port(file, emulator.port()).map_err(|error| Failure::file(file, &error))?;
        }
        print_ready(&config, &emulator);
        run_until_stopped(&config, &mut signals, &mut stdin, emulator, stamps).await
    })
}

/// Starts the emulator. While it loads, a signal or the end of standard input ends the process at once:
/// no client knows of it yet.
async fn start(
    config: &Config,
    settings: Vec<Setting>,
    signals: &mut Signals,
    stdin: &mut Stdin,
) -> Result<Emulator, Failure> {
    let read = Arc::new(AtomicU64::new(0));
    let builder = Emulator::builder()
        .config(config.clone())
        .settings(settings)
        .threads(std::thread::available_parallelism().map_or(1, Into::into))
        .drain(DRAIN)
        .bytes_read(read.clone());
    let progress = Progress::bar("loading fixtures", bytes(config), read);
    let mut starting = tokio::task::spawn_blocking(move || builder.start());
    let started = tokio::select! {
        biased;
        started = &mut starting => Some(started),
        _ = signals.next() => None,
        // An error that shows at once is still reported.
        () = stdin.ended() => tokio::time::timeout(DRAIN_AFTER_STDIN, starting).await.ok(),
    };
    drop(progress);
    match started {
        Some(started) => Ok(started.map_err(Failure::internal)??),
        None => exit_now(Exit::Success),
    }
}

async fn run_until_stopped(
    config: &Config,
    signals: &mut Signals,
    stdin: &mut Stdin,
    mut emulator: Emulator,
    stamps: FileStamps,
) -> Result<(), Failure> {
    let reason = tokio::select! {
        _ = signals.next() => StopReason::Signal,
        () = stdin.ended() => StopReason::StdinEnded,
        () = emulator.stopped() => StopReason::ThreadEnded,
        never = watch(config, &emulator, stamps) => match never {},
    };
    emulator.stop();
    match reason {
        StopReason::ThreadEnded => Err(Failure::internal("the server stopped unexpectedly")),
        StopReason::Signal => {
            tracing::info!("stopping; a second signal ends it at once");
            tokio::select! {
                () = emulator.stopped() => save(&emulator),
                _ = signals.next() => exit_now(Exit::Internal),
            }
        }
        StopReason::StdinEnded => {
            let _ = tokio::time::timeout(DRAIN_AFTER_STDIN, emulator.stopped()).await;
            save(&emulator)?;
            exit_now(Exit::Success)
        }
    }
}

/// The length of the files that are loaded.
fn bytes(config: &Config) -> u64 {
    config.files().iter().map(|file| fs::metadata(file).map_or(0, |metadata| metadata.len())).sum()
}

/// Writes the state file, if there is one.
fn save(emulator: &Emulator) -> Result<(), Failure> {
    let saved = emulator.service().save();
    let saved = saved.map_err(|error| Failure::internal(format_args!("state file: {error}")))?;
    if let Some(stores) = saved {
        tracing::info!(stores, "state saved");
    }
    Ok(())
}

/// Ends the process without waiting for requests.
fn exit_now(exit: Exit) -> ! {
    log::finish();
    std::process::exit(exit as i32)
}

/// Watches standard input for its end, if that should stop the server.
struct Stdin {
    end: Option<oneshot::Receiver<()>>,
    has_ended: bool,
}

impl Stdin {
    fn new(is_watched: bool) -> Self {
        let end = is_watched.then(|| {
            let (ended, end) = oneshot::channel::<()>();
            // A thread of its own: a blocking read cannot be cancelled, and must not delay the end of
            // the process.
            std::thread::spawn(move || {
                let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
                drop(ended);
            });
            end
        });
        Self { end, has_ended: false }
    }

    /// Returns once standard input has ended, at every call. Waits for ever if it is not watched.
    async fn ended(&mut self) {
        match &mut self.end {
            _ if self.has_ended => {}
            Some(end) => {
                let _ = end.await;
                self.has_ended = true;
            }
            None => std::future::pending().await,
        }
    }
}

fn print_ready(config: &Config, emulator: &Emulator) {
    let url = emulator.endpoint();
    if config.ready_json {
        print(&json!({
            "ready": true,
            "url": url,
            "tls_url": emulator.tls_endpoint(),
            "credentials": emulator.credentials_folder(),
            "port": emulator.port(),
            "pid": std::process::id(),
            "version": env!("CARGO_PKG_VERSION"),
            "scim": scim_endpoints(emulator),
            "scim_token": emulator.service().scim_token(),
        }));
    } else {
        let tls_url = emulator.tls_endpoint().map(|url| format!(" and {url}"));
        print(&format_args!("idouble ready on {url}{}", tls_url.unwrap_or_default()));
        if io::stdout().is_terminal() && !config.no_console {
            print(&format_args!("console: {url}{}", idouble::internal::console::PATH));
        }
    }
}

/// The address of SCIM for each store, as AWS serves it.
fn scim_endpoints(emulator: &Emulator) -> Vec<serde_json::Value> {
    let directory = emulator.service().directory();
    let stores = directory.current_stores();
    let endpoints = stores.iter().map(|store| {
        let tenant = directory.aws_tenant(store.id());
        let endpoint = format!("{}/{tenant}/scim/v2/", emulator.endpoint());
        json!({ "store": store.id().as_str(), "endpoint": endpoint })
    });
    endpoints.collect()
}

/// Writes a temporary file and renames it, so that a reader never sees half of the port.
fn write_port(file: &Path, port: u16) -> io::Result<()> {
    let mut temporary = file.as_os_str().to_owned();
    temporary.push(format!(".{}", std::process::id()));
    fs::write(&temporary, format!("{port}\n"))?;
    fs::rename(&temporary, file).inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })
}
