//! The clock of an emulator. It is the only place that reads the machine's time.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;

use super::model::Timestamp;

/// By how many milliseconds a stepping clock advances with each request.
pub const CLOCK_STEP_MS: i64 = 1;

/// Where a stepping clock starts: 2030-01-01T00:00:00Z, which is later than the times that a fixture
/// leaves out.
pub const CLOCK_START: Timestamp = Timestamp(1_893_456_000_000);

/// The clock of an emulator: it runs with the machine's clock, is frozen, or advances with each
/// request. It stops at [`Timestamp::MAX`].
#[derive(Debug)]
pub struct Clock {
    state: ArcSwap<ClockState>,
    initial: ClockState,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ClockState {
    /// The machine's time plus an offset.
    Running { offset_ms: i64 },
    /// Always the same time.
    Frozen { at: Timestamp },
    /// The time of the last request; the next one is a step later.
    Stepping { at: Timestamp },
}

/// One change of a clock. The members apply in this order.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct ClockSetting {
    /// Sets the time.
    pub set: Option<Timestamp>,
    /// Advances the time by this many milliseconds.
    pub advance_ms: u64,
    /// Freezes the clock, or lets it run from the time that it shows. `None` leaves it as it is.
    pub freeze: Option<bool>,
}

impl Clock {
    /// A clock that shows the machine's time.
    pub fn system() -> Self {
        Self::new(ClockState::Running { offset_ms: 0 })
    }

    /// A frozen clock.
    pub fn frozen(at: Timestamp) -> Self {
        Self::new(ClockState::Frozen { at })
    }

    /// A clock that advances by [`CLOCK_STEP_MS`] with each request and does not depend on the
    /// machine's clock: the same requests in the same order get the same times.
    pub fn stepping(start: Timestamp) -> Self {
        Self::new(ClockState::Stepping { at: start })
    }

    fn new(initial: ClockState) -> Self {
        Self { state: ArcSwap::from_pointee(initial), initial }
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.state.load().now()
    }

    /// The time of the next request: a stepping clock advances, other clocks return [`Clock::now`].
    pub fn tick(&self) -> Timestamp {
        let state = self.state.load();
        match **state {
            ClockState::Stepping { .. } => self.state.rcu(|state| state.stepped()).stepped().now(),
            ClockState::Running { .. } | ClockState::Frozen { .. } => state.now(),
        }
    }

    /// Whether the clock is frozen.
    pub fn is_frozen(&self) -> bool {
        matches!(**self.state.load(), ClockState::Frozen { .. })
    }

    /// Whether the clock shows the machine's time.
    pub fn is_system(&self) -> bool {
        **self.state.load() == ClockState::Running { offset_ms: 0 }
    }

    /// Applies a setting in one step and returns the new time. Returns `None`, and changes nothing,
    /// if the new time would be before 1970 or after [`Timestamp::MAX`].
    pub fn set(&self, setting: ClockSetting) -> Option<Timestamp> {
        let mut time = None;
        // Runs again if the clock changes meanwhile.
        self.state.rcu(|state| {
            let changed = state.with(setting);
            time = changed.map(|(_, at)| at);
            changed.map_or(**state, |(state, _)| state)
        });
        time
    }

    /// Returns the clock to its initial state.
    pub fn reset(&self) {
        self.state.store(Arc::new(self.initial));
    }
}

impl ClockState {
    fn now(self) -> Timestamp {
        match self {
            Self::Running { offset_ms } => bounded(system_ms().saturating_add(offset_ms)),
            Self::Frozen { at } | Self::Stepping { at } => at,
        }
    }

    /// The state at the next request.
    fn stepped(self) -> Self {
        match self {
            Self::Stepping { at } => Self::Stepping { at: bounded(at.0 + CLOCK_STEP_MS) },
            Self::Running { .. } | Self::Frozen { .. } => self,
        }
    }

    /// The state after a setting, and its time. See [`Clock::set`].
    fn with(self, setting: ClockSetting) -> Option<(Self, Timestamp)> {
        let start = setting.set.unwrap_or_else(|| self.now());
        let at = start.0.checked_add_unsigned(setting.advance_ms).map(Timestamp)?;
        if !(Timestamp(0)..=Timestamp::MAX).contains(&at) {
            return None;
        }
        let is_moved = setting.set.is_some() || setting.advance_ms > 0;
        let state = match (setting.freeze, self) {
            (Some(true), _) | (None, Self::Frozen { .. }) => Self::Frozen { at },
            (None, Self::Stepping { .. }) => Self::Stepping { at },
            (None | Some(false), Self::Running { .. }) if !is_moved => self,
            (None | Some(false), _) => Self::Running { offset_ms: at.0 - system_ms() },
        };
        Some((state, at))
    }
}

fn bounded(ms: i64) -> Timestamp {
    Timestamp(ms).min(Timestamp::MAX)
}

fn system_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: ClockSetting = ClockSetting { set: None, advance_ms: 0, freeze: None };

    #[test]
    fn set_applies_all_of_a_setting_or_nothing() {
        let clock = Clock::frozen(Timestamp(1_000));
        let set = |setting| clock.set(setting).map(|now| now.0);
        assert_eq!(set(ClockSetting { advance_ms: 500, ..NOTHING }), Some(1_500));
        let both = ClockSetting { set: Some(Timestamp(9_000)), advance_ms: 1, ..NOTHING };
        assert_eq!((set(both), clock.is_frozen()), (Some(9_001), true));
        let far = ClockSetting { advance_ms: u64::MAX, freeze: Some(false), ..NOTHING };
        assert_eq!((set(far), clock.now(), clock.is_frozen()), (None, Timestamp(9_001), true));
        set(ClockSetting { freeze: Some(false), ..NOTHING });
        assert!(!clock.is_frozen() && clock.now() >= Timestamp(9_001));
        assert!(clock.now() < Timestamp(9_001 + 3_600_000), "it runs on from where it stood");
        clock.reset();
        assert_eq!((clock.now(), clock.is_frozen()), (Timestamp(1_000), true));
    }

    #[test]
    fn running_clock_runs_on_from_the_time_that_is_set() {
        let clock = Clock::system();
        clock.set(NOTHING);
        assert!(clock.is_system());
        let at = Timestamp(Timestamp::MAX.0 - 86_400_000);
        clock.set(ClockSetting { set: Some(at), ..NOTHING });
        assert!(!clock.is_system() && !clock.is_frozen() && clock.now() >= at);
        clock.set(ClockSetting { freeze: Some(true), ..NOTHING });
        assert_eq!(clock.now(), clock.now());
        clock.reset();
        assert!(clock.is_system());
    }

    #[test]
    fn clock_stops_at_the_last_time() {
        let clock = Clock::stepping(Timestamp(Timestamp::MAX.0 - 1));
        assert_eq!(clock.tick(), Timestamp::MAX);
        assert_eq!(clock.tick(), Timestamp::MAX);
        assert_eq!(clock.set(ClockSetting { advance_ms: 1, ..NOTHING }), None);
        assert_eq!(
            ClockState::Running { offset_ms: Timestamp::MAX.0 }.now(),
            Timestamp::MAX,
            "a running clock stops there too"
        );
    }

    #[test]
    fn stepping_clock_keeps_stepping_until_it_is_frozen_or_let_run() {
        let clock = Clock::stepping(Timestamp(10));
        assert_eq!(
            (clock.tick(), clock.tick(), clock.now()),
            (Timestamp(11), Timestamp(12), Timestamp(12))
        );
        clock.set(ClockSetting { advance_ms: 100, ..NOTHING });
        assert_eq!(clock.tick(), Timestamp(113));
        clock.set(ClockSetting { freeze: Some(true), ..NOTHING });
        assert_eq!((clock.tick(), clock.is_frozen()), (Timestamp(113), true));
        clock.reset();
        assert_eq!((clock.tick(), clock.tick()), (Timestamp(11), Timestamp(12)));
        clock.set(ClockSetting { freeze: Some(false), ..NOTHING });
        assert!(clock.tick() < Timestamp(3_600_000), "it runs from there");
    }
}
