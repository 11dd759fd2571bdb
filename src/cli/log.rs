//! The log: text or JSON on standard error, one line per event, without control characters.
//!
//! Logging never stops or ends the server. A thread of its own writes the lines. While no process
//! reads them, at most [`QUEUE_LINES`] wait and later ones are dropped; write errors are ignored.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use idouble::internal::config::{Config, LogFormat, LogLevel};
use idouble::internal::escape::escape_control_as_json;
use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};

/// Number of lines that wait to be written.
const QUEUE_LINES: usize = 2048;

/// Time limit for writing an error message if no process reads standard error.
const STDERR_TIMEOUT: Duration = Duration::from_secs(1);

/// The thread that writes the log, once it was started.
static WRITER: Mutex<Option<(WorkerGuard, ErrorCounter)>> = Mutex::new(None);

/// Starts logging. Panics are logged from then on, instead of being printed.
pub(super) fn start(config: &Config) {
    let level = match config.log {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(QUEUE_LINES)
        .thread_name("idouble-log")
        .finish(Escaped(io::stderr()));
    *WRITER.lock().unwrap_or_else(PoisonError::into_inner) = Some((guard, writer.error_counter()));
    let log = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(false)
        .with_ansi(false)
        .log_internal_errors(false)
        .with_writer(writer);
    // Fails only if logging was started before.
    let _ = match config.log_format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    std::panic::set_hook(Box::new(|panic| {
        tracing::error!("{}", panic.to_string().replace('\n', " "));
    }));
}

/// Writes the lines that wait, within about a second. Call it before the process ends.
pub(super) fn finish() {
    let writer = WRITER.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some((guard, dropped)) = writer else { return };
    if dropped.dropped_lines() > 0 {
        // No process reads the log. The guard would report that on standard output.
        std::mem::forget(guard);
    }
}

/// Writes an error message to standard error. Gives up after a second if no process reads it.
pub(super) fn write_error(message: &str) {
    let line = format!("error: {message}\n");
    let (done, written) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        let _ = io::stderr().write_all(line.as_bytes());
        drop(done);
    });
    let _ = written.recv_timeout(STDERR_TIMEOUT);
}

/// Writes control characters as `\u00xx`, except a line end at the end of the written text: each write is
/// one event. JSON escapes them the same way.
struct Escaped<W>(W);

impl<W: Write> Write for Escaped<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let (line, end) = match text.strip_suffix('\n') {
            Some(line) => (line, "\n"),
            None => (&*text, ""),
        };
        let safe = escape_control_as_json(line, &[]);
        self.0.write_all([&*safe, end].concat().as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_one_line_each() {
        let mut written = Escaped(Vec::new());
        let event = "a\nb\u{1b}[31m\r\u{9b}é\n";
        let count = written.write(event.as_bytes()).expect("memory takes it");
        assert_eq!(count, event.len());
        assert_eq!(String::from_utf8_lossy(&written.0), "a\\u000ab\\u001b[31m\\u000d\\u009bé\n");
    }
}
