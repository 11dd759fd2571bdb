//! A rule as read: on, when, do, for. Holds no counters; see `active.rs`.

use std::time::Duration;

use serde_json::Value as Json;

use super::classes::{Class, Reason};
use super::on::On;
use super::when::When;

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it is called; `None` until one is minted.
    pub id: Option<String>,
    /// Which requests.
    pub on: On,
    /// Which of them.
    pub when: When,
    /// What happens.
    pub effect: Effect,
    /// How long it lives.
    pub life: Life,
    /// How often it has to fire for a run to pass, as written.
    pub expect: Option<String>,
    /// The words as written, for [`super::Faults::list`].
    pub written: Written,
}

/// The words of a rule as they were written; texts or tables.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct Written {
    pub on: Json,
    pub when: Json,
    pub effect: Json,
    pub life: Option<Json>,
}

/// What happens to a request. All of it is done.
#[derive(Clone, Default, Debug)]
pub struct Effect {
    /// The client is told this error.
    pub error: Option<Told>,
    /// The operation runs before the client is told otherwise.
    pub commit: bool,
    /// The request waits.
    pub delay: Option<Delay>,
    /// When to come back, in milliseconds, for errors that say so.
    pub retry_after_ms: Option<u64>,
    /// The HTTP status of the error, in place of the vendor's.
    pub status: Option<u16>,
    /// Operations answer so that the vendor's model does not list for it.
    pub force: bool,
}

/// An error that the client is told.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// Its class.
    pub class: &'static Class,
    /// Its kind.
    pub reason: &'static Reason,
}

/// How long a request waits, in milliseconds; drawn equally likely between the bounds, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Delay {
    pub min_ms: u64,
    pub max_ms: u64,
}

impl Delay {
    /// The delay of this draw.
    pub fn at(self, draw: impl FnOnce() -> u64) -> Duration {
        let width = self.max_ms - self.min_ms + 1;
        let more = if width > 1 { draw() % width } else { 0 };
        Duration::from_millis(self.min_ms + more)
    }
}

/// How long a rule lives; it ends when either is over.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Life {
    /// It fires so many times.
    pub times: Option<u64>,
    /// It lives so many milliseconds of the emulator's clock.
    pub time_ms: Option<u64>,
}
