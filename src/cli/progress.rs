//! A progress bar on standard error, if that is a terminal and the work takes longer than a moment.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Time until the bar is shown.
const DELAY: Duration = Duration::from_millis(500);

/// The interval at which the bar is updated.
const TICK: Duration = Duration::from_millis(100);

/// Time limit for clearing the bar.
const CLEAR_TIMEOUT: Duration = Duration::from_secs(1);

/// Shows a progress bar until dropped.
pub(super) struct Progress {
    /// Ends the thread when it is dropped, and reports when the bar is cleared.
    thread: Option<(mpsc::Sender<()>, mpsc::Receiver<()>)>,
}

impl Progress {
    /// A spinner with a message, for work of unknown length.
    pub(super) fn start(message: &'static str) -> Self {
        Self::bar(message, 0, Arc::default())
    }

    /// A bar that fills as `read` approaches `bytes`.
    pub(super) fn bar(message: &'static str, bytes: u64, read: Arc<AtomicU64>) -> Self {
        if !io::stderr().is_terminal() {
            return Self { thread: None };
        }
        let (done, is_done) = mpsc::channel::<()>();
        let (is_cleared, cleared) = mpsc::channel::<()>();
        std::thread::spawn(move || {
            // Dropped when the thread ends, which wakes the receiver.
            let _is_cleared = is_cleared;
            if is_done.recv_timeout(DELAY) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = match bytes {
                0 => ProgressBar::new_spinner(),
                bytes => ProgressBar::new(bytes).with_style(style()),
            };
            bar.set_message(message);
            bar.enable_steady_tick(TICK);
            while is_done.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                bar.set_position(read.load(Ordering::Relaxed).min(bytes));
            }
            bar.finish_and_clear();
        });
        Self { thread: Some((done, cleared)) }
    }
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {percent} %");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((done, cleared)) = self.thread.take() {
            drop(done);
            // A terminal that is stopped with Ctrl-S blocks output. Then the bar stays, and the work continues.
            let _ = cleared.recv_timeout(CLEAR_TIMEOUT);
        }
    }
}
