//! A rule as read: on, when, do, for. Holds no counters; see `active.rs`.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use super::classes::{Class, Reason};
use super::effects::WireEffect;
use super::on::On;
use super::when::{When, fraction};

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
    /// How often it has to fire for a run to pass.
    pub expect: Option<Expected>,
    /// The words as written, for [`super::Faults::list`].
    pub written: Written,
}

/// How often a rule has to fire.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expected {
    /// As written.
    pub text: String,
    /// As meant.
    pub range: RangeInclusive<u64>,
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
    /// What the error says in place of the vendor's words.
    pub own: Option<Arc<Own>>,
    /// What is done to the answer on its way out, in order.
    pub wire: Vec<Arc<dyn WireEffect>>,
    /// Whether the answer is lost whole, so that no operation has to run for it.
    pub lost: bool,
    /// Reads see what was there so many milliseconds ago.
    pub stale_ms: Option<u64>,
}

/// Parts of an error that a rule says itself.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Own {
    /// In the place of the vendor's code.
    pub code: Option<String>,
    /// In the place of the vendor's words.
    pub message: Option<String>,
    /// Members of the body beside those, or in their place.
    pub fields: Vec<(String, Json)>,
}

/// An error that the client is told.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// Its class.
    pub class: &'static Class,
    /// Its kind.
    pub reason: &'static Reason,
}

/// How long a request waits, in milliseconds.
#[derive(Clone, Copy, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum Delay {
    /// Equally likely between the bounds, both included.
    Between { min_ms: u64, max_ms: u64 },
    /// Log-normal, as the delays of services are: half are below the median, one in a hundred is above
    /// the p99. None is above the maximum.
    LogNormal { median_ms: u64, p99_ms: u64, max_ms: u64 },
}

/// How many standard deviations the p99 of a normal distribution is above its middle.
const P99: f64 = 2.3263;

impl Delay {
    /// The delay of these draws, of which there may be two.
    pub fn at(self, draw: impl Fn(u64) -> u64) -> Duration {
        match self {
            Self::Between { min_ms, max_ms } => {
                let width = max_ms - min_ms + 1;
                let more = if width > 1 { draw(0) % width } else { 0 };
                Duration::from_millis(min_ms + more)
            }
            Self::LogNormal { median_ms, p99_ms, max_ms } => {
                // Box-Muller; 1 - x is never zero, whose logarithm is none.
                let (radius, angle) = (1.0 - fraction(draw(0)), fraction(draw(1)));
                let normal = (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos();
                #[allow(clippy::cast_precision_loss)] // A delay is at most five minutes.
                let (median, p99, max) = (median_ms as f64, p99_ms as f64, max_ms as f64);
                let sigma = (p99 / median).ln() / P99;
                Duration::from_secs_f64((median * (sigma * normal).exp()).min(max) / 1000.0)
            }
        }
    }
}

/// How long a rule lives; it ends when either is over.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Life {
    /// It fires so many times.
    pub times: Option<u64>,
    /// It lives so many milliseconds of the emulator's clock.
    pub time_ms: Option<u64>,
    /// It lives so many milliseconds of the emulator's clock after it was last asked for by its id.
    pub lease_ms: Option<u64>,
}
