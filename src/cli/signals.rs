//! The signals that ask the process to stop.

use std::io;

/// A request to stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum StopSignal {
    /// SIGINT, or Ctrl-C on Windows. A terminal sends it to the child processes as well.
    Interrupt,
    /// SIGTERM, or SIGHUP when the terminal was closed.
    Terminate,
}

/// Receives stop signals from its creation on.
#[cfg(unix)]
pub(super) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    /// Installs the handlers. Needs a tokio runtime.
    ///
    /// A SIGHUP that the parent has set to be ignored, as `nohup` does, stays ignored.
    ///
    /// # Errors
    /// If a handler cannot be installed.
    pub(super) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: match is_hangup_ignored() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    /// Waits for the next stop signal.
    pub(super) async fn next(&mut self) -> StopSignal {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => StopSignal::Interrupt,
            _ = self.terminate.recv() => StopSignal::Terminate,
            _ = hangup => StopSignal::Terminate,
        }
    }
}

/// Returns whether this process was started with SIGHUP ignored. Only Linux can report it.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    const SIGHUP_BIT: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & SIGHUP_BIT != 0)
}

/// Receives stop signals from its creation on.
#[cfg(windows)]
pub(super) struct Signals {
    ctrl_c: tokio::signal::windows::CtrlC,
}

#[cfg(windows)]
impl Signals {
    /// Installs the handler. Needs a tokio runtime.
    ///
    /// # Errors
    /// If the handler cannot be installed.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { ctrl_c: tokio::signal::windows::ctrl_c()? })
    }

    /// Waits for the next Ctrl-C.
    pub(super) async fn next(&mut self) -> StopSignal {
        self.ctrl_c.recv().await;
        StopSignal::Interrupt
    }
}
