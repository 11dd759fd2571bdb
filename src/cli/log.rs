//! The log: to standard error, as text or JSON, and never with a control character in a line.

use std::io::{self, Write};

use idouble::config::{Config, LogFormat};
use tracing::level_filters::LevelFilter;

/// Begins to log.
pub(super) fn start(config: &Config) {
    let level = config.log.parse().unwrap_or(LevelFilter::INFO);
    let log = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(false)
        .with_ansi(false)
        .with_writer(|| Escaped(io::stderr()));
    // A second start would fail, and there is none.
    let _ = match config.log_format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
}

/// Writes control characters as `\u00xx`, except the line end at the end of what is written: each
/// write is one whole event. In JSON that is what they are anyway.
struct Escaped<W>(W);

impl<W: Write> Write for Escaped<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let (line, end) = match text.strip_suffix('\n') {
            Some(line) => (line, "\n"),
            None => (&*text, ""),
        };
        let mut safe = String::with_capacity(text.len());
        for letter in line.chars() {
            if letter.is_control() {
                safe += &format!("\\u{:04x}", u32::from(letter));
            } else {
                safe.push(letter);
            }
        }
        safe += end;
        self.0.write_all(safe.as_bytes())?;
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
    fn an_event_is_one_line_whatever_it_holds() {
        let mut written = Escaped(Vec::new());
        let event = "a\nb\u{1b}[31m\r\u{9b}é\n";
        let count = written.write(event.as_bytes()).expect("memory takes it");
        assert_eq!(count, event.len());
        assert_eq!(String::from_utf8_lossy(&written.0), "a\\u000ab\\u001b[31m\\u000d\\u009bé\n");
    }
}
