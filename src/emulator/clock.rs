//! The clock of an emulator.

use std::time::{Duration, SystemTime};

use crate::domain::{ClockSetting, Timestamp};
use crate::service::Service;

/// The clock of an emulator. Times have milliseconds and lie between 1970 and 9999.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
///
/// let emulator = idouble::Emulator::builder().start()?;
/// let clock = emulator.clock();
/// let y2k = UNIX_EPOCH + Duration::from_secs(946_684_800);
/// assert!(clock.set(y2k) && clock.freeze() && clock.is_frozen());
/// assert!(clock.advance(Duration::from_secs(300)));
/// assert!(clock.now() < y2k + Duration::from_secs(310));
/// clock.unfreeze();
/// # Ok::<(), idouble::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct EmulatorClock<'a>(pub(super) &'a Service);

impl EmulatorClock<'_> {
    /// The time.
    pub fn now(&self) -> SystemTime {
        let ms = u64::try_from(self.0.clock().now().0).unwrap_or(0);
        SystemTime::UNIX_EPOCH + Duration::from_millis(ms)
    }

    /// Whether the clock is frozen.
    pub fn is_frozen(&self) -> bool {
        self.0.clock().is_frozen()
    }

    /// Freezes the clock.
    pub fn freeze(&self) -> bool {
        self.change(ClockSetting { freeze: Some(true), ..ClockSetting::default() })
    }

    /// Lets the clock run again from its current time.
    pub fn unfreeze(&self) -> bool {
        self.change(ClockSetting { freeze: Some(false), ..ClockSetting::default() })
    }

    /// Sets the clock. Returns false, and changes nothing, if the time is out of range.
    pub fn set(&self, to: SystemTime) -> bool {
        let since = to.duration_since(SystemTime::UNIX_EPOCH).ok();
        let ms = since.and_then(|since| i64::try_from(since.as_millis()).ok());
        let set = |ms| ClockSetting { set: Some(Timestamp(ms)), ..ClockSetting::default() };
        ms.is_some_and(|ms| self.change(set(ms)))
    }

    /// Advances the clock. Returns false, and changes nothing, if the time would be out of range.
    pub fn advance(&self, by: Duration) -> bool {
        let advance_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.change(ClockSetting { advance_ms, ..ClockSetting::default() })
    }

    fn change(&self, setting: ClockSetting) -> bool {
        self.0.clock().set(setting).is_some()
    }
}

impl std::fmt::Debug for EmulatorClock<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_frozen = self.is_frozen();
        f.debug_struct("EmulatorClock")
            .field("now", &self.now())
            .field("frozen", &is_frozen)
            .finish()
    }
}
