//! The clock of an emulator.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::model::Timestamp;

/// Tells the time: the machine's, that of a clock so much fast or slow, or always the same.
///
/// One word holds all of it, so that nobody reads half a setting: the lowest bit says whether time
/// stands still, the others hold when, or else by how much this clock differs from the machine's.
#[derive(Debug)]
pub struct Clock {
    state: AtomicI64,
    start: i64,
}

/// How to set a clock. What is there is done in this order.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct ClockSetting {
    /// The time it is from now on.
    pub set: Option<Timestamp>,
    /// How many milliseconds to go on.
    pub advance_ms: u64,
    /// Whether time stands still.
    pub freeze: Option<bool>,
}

/// 9999-12-30T22:00:00Z, the last time that a calendar of four digits has in every zone.
pub const TIME_MAX: Timestamp = Timestamp(253_402_207_200_000);

impl Clock {
    /// The machine's.
    pub const fn system() -> Self {
        Self { state: AtomicI64::new(0), start: 0 }
    }

    /// Always the same; for tests and for runs that have to repeat to the byte.
    pub const fn frozen(at: Timestamp) -> Self {
        let state = packed(at.0, true);
        Self { state: AtomicI64::new(state), start: state }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        time_of(self.state.load(Ordering::Relaxed))
    }

    /// Whether time stands still.
    pub fn is_frozen(&self) -> bool {
        self.state.load(Ordering::Relaxed) & 1 == 1
    }

    /// Whether it tells the machine's time.
    pub fn is_system(&self) -> bool {
        self.state.load(Ordering::Relaxed) == 0
    }

    /// Sets it, in one step, and tells what time it is then. `None`, and nothing is set, where that
    /// would be before 1970 or after [`TIME_MAX`].
    pub fn set(&self, setting: ClockSetting) -> Option<Timestamp> {
        let next = |state: i64| {
            let now = setting.set.unwrap_or_else(|| time_of(state));
            let now = now.0.checked_add_unsigned(setting.advance_ms)?;
            if !(0..=TIME_MAX.0).contains(&now) {
                return None;
            }
            let frozen = setting.freeze.unwrap_or(state & 1 == 1);
            let moved = setting.set.is_some() || setting.advance_ms > 0 || state & 1 == 1;
            Some(match (frozen, moved) {
                (true, _) => packed(now, true),
                (false, true) => packed(now - system_ms(), false),
                (false, false) => state,
            })
        };
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            let new = next(state)?;
            let order = Ordering::Relaxed;
            match self.state.compare_exchange_weak(state, new, order, order) {
                Ok(_) => return Some(time_of(new)),
                Err(other) => state = other,
            }
        }
    }

    /// As at the start.
    pub fn reset(&self) {
        self.state.store(self.start, Ordering::Relaxed);
    }
}

const fn packed(ms: i64, frozen: bool) -> i64 {
    ms << 1 | frozen as i64
}

fn time_of(state: i64) -> Timestamp {
    let ms = state >> 1;
    Timestamp(if state & 1 == 1 { ms } else { system_ms().saturating_add(ms) })
}

fn system_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_set_in_one_step_or_not_at_all() {
        let clock = Clock::frozen(Timestamp(1_000));
        let set = |setting| clock.set(setting).map(|now| now.0);
        let nothing = ClockSetting::default();
        assert_eq!(set(ClockSetting { advance_ms: 500, ..nothing }), Some(1_500));
        let both = ClockSetting { set: Some(Timestamp(9_000)), advance_ms: 1, ..nothing };
        assert_eq!((set(both), clock.is_frozen()), (Some(9_001), true));
        let far = ClockSetting { advance_ms: u64::MAX, freeze: Some(false), ..nothing };
        assert_eq!((set(far), clock.now(), clock.is_frozen()), (None, Timestamp(9_001), true));
        set(ClockSetting { freeze: Some(false), ..nothing });
        assert!(!clock.is_frozen() && clock.now() >= Timestamp(9_001));
        assert!(clock.now() < Timestamp(9_001 + 3_600_000), "it goes on from where it stood");
        clock.reset();
        assert_eq!((clock.now(), clock.is_frozen()), (Timestamp(1_000), true));
    }

    #[test]
    fn a_running_clock_runs_on_from_where_it_is_set() {
        let clock = Clock::system();
        clock.set(ClockSetting::default());
        assert!(clock.is_system());
        let at = Timestamp(TIME_MAX.0 - 86_400_000);
        clock.set(ClockSetting { set: Some(at), ..ClockSetting::default() });
        assert!(!clock.is_system() && !clock.is_frozen() && clock.now() >= at);
        clock.set(ClockSetting { freeze: Some(true), ..ClockSetting::default() });
        assert_eq!(clock.now(), clock.now());
        clock.reset();
        assert!(clock.is_system());
    }
}
