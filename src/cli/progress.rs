//! A progress bar on standard error, if that is a terminal and the work takes longer than a moment.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How long nothing is shown.
const DELAY: Duration = Duration::from_millis(500);

/// How often the bar is drawn.
const TICK: Duration = Duration::from_millis(100);

/// Shows a progress bar until dropped.
pub(super) struct Progress {
    thread: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
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
        let thread = std::thread::spawn(move || {
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
        Self { thread: Some((done, thread)) }
    }
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {percent} %");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.thread.take() {
            drop(done);
            // It has drawn its last line when it ends. A panic there concerns nobody.
            let _ = thread.join();
        }
    }
}
