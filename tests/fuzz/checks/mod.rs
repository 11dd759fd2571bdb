//! What the fuzz targets check. `tests/corpus.rs` runs the same functions on the kept inputs.

pub mod certificates;
pub mod config;
pub mod faults;
pub mod fixture;
pub mod scim;
pub mod service;

/// Error messages name their source and cannot control a terminal.
fn check_message(message: &str, start: &str) {
    assert!(message.starts_with(start), "{message:?}");
    let is_unprintable = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\t');
    assert!(!message.contains(is_unprintable), "{message:?}");
}
