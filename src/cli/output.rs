//! What commands print. Names from files and servers may contain control characters: they are escaped
//! here, so that none reaches the terminal.

use std::fmt;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use idouble::internal::escape::escape_control_as_json;

use super::log;

/// Whether something could not be printed, for example on a full disk.
static STDOUT_FAILED: AtomicBool = AtomicBool::new(false);

/// Whether everything was printed. A reader that has gone, as in `idouble journal | head`, is no error.
pub(super) fn all_printed() -> bool {
    !STDOUT_FAILED.load(Ordering::Relaxed)
}

/// The text with control characters escaped, except line ends and tabs.
fn escape(text: &dyn fmt::Display) -> String {
    escape_control_as_json(&text.to_string(), &['\n', '\t']).into_owned()
}

/// Prints to standard output, ends the last line, and escapes control characters. Returns `false` when
/// its reader has closed it.
pub(super) fn print(text: &dyn fmt::Display) -> bool {
    let mut text = escape(text);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    print_raw(&text)
}

/// Prints to standard output as it is: data for another program, made by this one.
pub(super) fn print_raw(text: &str) -> bool {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => true,
        Err(error) => {
            if error.kind() != io::ErrorKind::BrokenPipe {
                print_error(&format_args!("standard output: {error}"));
                STDOUT_FAILED.store(true, Ordering::Relaxed);
            }
            false
        }
    }
}

/// Prints `error: …` to standard error.
pub(super) fn print_error(message: &dyn fmt::Display) {
    log::write_error(&escape(message));
}

/// Prints `warning: …` to standard error.
pub(super) fn print_warning(message: &dyn fmt::Display) {
    print_note(&format_args!("warning: {message}"));
}

/// Prints a line to standard error.
pub(super) fn print_note(line: &dyn fmt::Display) {
    // There is no other place to report that standard error is closed.
    let _ = writeln!(io::stderr(), "{}", escape(line));
}

/// A number with its noun: `1 store`, `2 stores`, `0 entries`.
pub(super) fn count(number: u64, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_agree_with_their_number() {
        assert_eq!(count(1, "entry"), "1 entry");
        assert_eq!(count(0, "entry"), "0 entries");
        assert_eq!(count(2, "store"), "2 stores");
    }
}
