//! A sign of life on a terminal, where something takes long.
//!
//! A thread of its own writes it, for a terminal that was stopped (Ctrl-S) takes nothing until it goes
//! on: what takes long must not wait for that.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How long nothing is shown.
const QUIET: Duration = Duration::from_millis(500);

/// How often what is shown moves.
const TICK: Duration = Duration::from_millis(100);

/// How long the last of it may take to be wiped away, before other words go where it was.
const WIPE: Duration = Duration::from_millis(200);

/// Shows on standard error, where that is a terminal, that something is being done; until dropped.
pub(super) struct Progress {
    done: Option<mpsc::Sender<()>>,
    /// Ends when nothing more is shown.
    gone: mpsc::Receiver<()>,
}

impl Progress {
    /// From half a second on, `what` is shown, of which nobody knows how long it takes.
    pub(super) fn of(what: &'static str) -> Self {
        Self::bar(what, 0, Arc::default())
    }

    /// The same of what ends when so many bytes are read: a bar, as far as the counter says.
    pub(super) fn bar(what: &'static str, bytes: u64, read: Arc<AtomicU64>) -> Self {
        let ((done, told), (shows, gone)) = (mpsc::channel::<()>(), mpsc::channel::<()>());
        if !io::stderr().is_terminal() {
            return Self { done: None, gone };
        }
        std::thread::spawn(move || {
            let _shows = shows;
            if told.recv_timeout(QUIET) == Err(RecvTimeoutError::Timeout) {
                let bar = match bytes {
                    0 => ProgressBar::new_spinner(),
                    bytes => ProgressBar::new(bytes).with_style(style()),
                };
                let bar = bar.with_message(what);
                while told.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    bar.set_position(read.load(Ordering::Relaxed).min(bytes));
                    bar.tick();
                }
                bar.finish_and_clear();
            }
        });
        Self { done: Some(done), gone }
    }
}

fn style() -> ProgressStyle {
    let own = ProgressStyle::with_template("{msg} {wide_bar} {percent} %");
    own.unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.done.take());
        let _ = self.gone.recv_timeout(WIPE);
    }
}
