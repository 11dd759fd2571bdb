//! `idouble serve`: from the configuration to the ready line, and to the end.

use std::convert::Infallible;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, SystemTime};

use idouble::Emulator;
use idouble::config::{Config, ServeArgs};
use serde_json::json;
use tokio::sync::oneshot;

use super::progress::Progress;
use super::signals::Signals;
use super::{Exit, Failure, load, log, say};

/// How long requests under way may take after a signal.
const DRAIN: Duration = Duration::from_secs(5);

/// How long requests under way may take once standard input has ended: whoever started this process
/// is gone, or wants it gone.
const DRAIN_AFTER_STDIN: Duration = Duration::from_millis(20);

/// How often fixtures are looked at.
const WATCH: Duration = Duration::from_millis(200);

/// How often the end of the server's thread is looked for.
const LOOK: Duration = Duration::from_millis(5);

/// Why the server should end.
enum Why {
    Signal,
    Stdin,
    /// The server's thread has ended by itself.
    Broken,
}

/// How many files may be open, if the machine grants them: more than connections ever are.
const FILES: u64 = 1 << 20;

/// Serves until it is told to stop.
pub(super) fn serve(args: &ServeArgs) -> Result<(), Failure> {
    let loaded = load(args)?;
    let config = loaded.config;
    log::start(&config);
    for warning in loaded.warnings {
        tracing::warn!("{warning}");
    }
    if !config.host.is_loopback() {
        tracing::warn!(
            host = %config.host,
            "listening beyond this machine: anyone who reaches it may read and change everything",
        );
    }
    // Each connection takes a file, and the machine grants fewer than it would unless it is asked.
    if let Err(error) = rlimit::increase_nofile_limit(FILES) {
        tracing::debug!(%error, "as many files as there are will have to do");
    }
    let internal = |error: io::Error| Failure::new(Exit::Internal, error);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(internal)?.block_on(async {
        // Before anybody can know that we run, so that no signal finds us unprepared.
        let mut signals = Signals::new().map_err(internal)?;
        // Before they are read: what changes meanwhile is then seen to have changed.
        let before = stamps(&config);
        let mut stdin = Stdin::new(config.exit_with_stdin);
        let emulator = start(&config, &mut signals, &mut stdin).await?;
        if let Some(file) = &config.port_file {
            write_port(file, emulator.port()).map_err(|error| {
                Failure::new(Exit::Internal, format_args!("{}: {error}", file.display()))
            })?;
        }
        announce(&config, &emulator);
        end(&config, &mut signals, &mut stdin, emulator, before).await
    })
}

/// Starts the emulator. Neither a signal nor the end of standard input waits until it has loaded:
/// nothing has been promised to anybody yet.
async fn start(
    config: &Config,
    signals: &mut Signals,
    stdin: &mut Stdin,
) -> Result<Emulator, Failure> {
    let read = Arc::new(AtomicU64::new(0));
    let builder = Emulator::builder()
        .config(config.clone())
        .threads(std::thread::available_parallelism().map_or(1, Into::into))
        .drain(DRAIN)
        .bytes_read(read.clone());
    let progress = Progress::bar("loading fixtures", bytes(config), read);
    let mut starting = tokio::task::spawn_blocking(move || builder.start());
    let started = tokio::select! {
        biased;
        started = &mut starting => Some(started),
        _ = signals.next() => None,
        // A mistake that shows at once is told all the same.
        () = stdin.ended() => tokio::time::timeout(DRAIN_AFTER_STDIN, starting).await.ok(),
    };
    drop(progress);
    match started {
        Some(started) => Ok(started.map_err(|error| Failure::new(Exit::Internal, error))??),
        None => leave(Exit::Fine),
    }
}

/// Waits for a reason to end, and ends.
async fn end(
    config: &Config,
    signals: &mut Signals,
    stdin: &mut Stdin,
    mut emulator: Emulator,
    before: Stamps,
) -> Result<(), Failure> {
    let why = tokio::select! {
        _ = signals.next() => Why::Signal,
        () = stdin.ended() => Why::Stdin,
        () = stopped(&emulator) => Why::Broken,
        never = watch(config, &emulator, before) => match never {},
    };
    emulator.stop();
    match why {
        Why::Broken => Err(Failure::new(Exit::Internal, "the server has ended by itself")),
        Why::Signal => {
            tracing::info!("stopping; a second signal ends it at once");
            tokio::select! {
                () = stopped(&emulator) => save(&emulator),
                _ = signals.next() => leave(Exit::Internal),
            }
        }
        Why::Stdin => {
            let _ = tokio::time::timeout(DRAIN_AFTER_STDIN, stopped(&emulator)).await;
            save(&emulator)?;
            leave(Exit::Fine)
        }
    }
}

/// How long the files are that are loaded.
fn bytes(config: &Config) -> u64 {
    config.files().iter().map(|file| fs::metadata(file).map_or(0, |told| told.len())).sum()
}

/// When each fixture file was last written, and how long it is; `None` for one that is not there.
type Stamps = Vec<Option<(SystemTime, u64)>>;

fn stamps(config: &Config) -> Stamps {
    let stamp = |file: &PathBuf| fs::metadata(file).and_then(|m| Ok((m.modified()?, m.len())));
    config.fixtures.iter().map(|file| stamp(file).ok()).collect()
}

/// Loads the fixtures again whenever a file of them has changed since `before`, where that is wanted.
/// Looks at times and lengths only, so that it needs nothing of the system.
async fn watch(config: &Config, emulator: &Emulator, mut before: Stamps) -> Infallible {
    if !config.watch || config.fixtures.is_empty() {
        return std::future::pending().await;
    }
    loop {
        tokio::time::sleep(WATCH).await;
        let now = stamps(config);
        // A file that is away for a moment is being replaced.
        if now == before || now.contains(&None) {
            continue;
        }
        before = now;
        match emulator.reload() {
            Ok(stores) => tracing::info!(stores, "fixtures have changed and were loaded again"),
            Err(error) => tracing::error!("fixtures have changed, and are left out: {error}"),
        }
    }
}

/// Keeps the stores for the next run, where that is wanted.
fn save(emulator: &Emulator) -> Result<(), Failure> {
    let saved = emulator.service().save();
    let failed = |error| Failure::new(Exit::Internal, format_args!("state file: {error}"));
    if let Some(stores) = saved.map_err(failed)? {
        tracing::info!(stores, "state saved");
    }
    Ok(())
}

/// Ends the process without waiting for requests.
fn leave(exit: Exit) -> ! {
    log::finish();
    std::process::exit(exit as i32)
}

/// Ends when the server's thread has.
async fn stopped(emulator: &Emulator) {
    while !emulator.is_stopped() {
        tokio::time::sleep(LOOK).await;
    }
}

/// Standard input, where its end is to be the end of the server.
struct Stdin {
    told: Option<oneshot::Receiver<()>>,
    ended: bool,
}

impl Stdin {
    /// Looks for its end from now on, where that is `wanted`.
    fn new(wanted: bool) -> Self {
        let told = wanted.then(|| {
            let (ended, told) = oneshot::channel::<()>();
            // A thread of its own: reading cannot be called off, and must not hold up the end.
            std::thread::spawn(move || {
                let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
                drop(ended);
            });
            told
        });
        Self { told, ended: false }
    }

    /// Waits for its end, of which it goes on telling; for ever, where that is not wanted.
    async fn ended(&mut self) {
        match &mut self.told {
            _ if self.ended => {}
            Some(told) => {
                let _ = told.await;
                self.ended = true;
            }
            None => std::future::pending().await,
        }
    }
}

fn announce(config: &Config, emulator: &Emulator) {
    let url = emulator.endpoint();
    if config.ready_json {
        let line = json!({
            "ready": true,
            "url": url,
            "port": emulator.port(),
            "pid": std::process::id(),
            "version": env!("CARGO_PKG_VERSION"),
        });
        say(&line);
    } else {
        say(&format_args!("idouble ready on {url}"));
    }
}

/// Writes the port beside the file and renames, so that nobody reads half of it.
fn write_port(file: &Path, port: u16) -> io::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    fs::write(&beside, format!("{port}\n"))?;
    fs::rename(&beside, file).inspect_err(|_| {
        let _ = fs::remove_file(&beside);
    })
}
