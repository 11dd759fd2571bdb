//! When and by whom a resource was created and updated, and its revision.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;

/// Milliseconds since 1970-01-01T00:00:00Z.
///
/// It is printed and parsed as RFC 3339. A format precision sets the number of fractional digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Timestamp(pub i64);

/// A text that is not a time in RFC 3339, or one of a year above 9999.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a time; expected one such as 2030-01-01T00:00:00Z")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// 9999-12-31T23:59:59.999Z, the last time with a year of four digits.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// The date and time in UTC; `None` if the year has more than four digits.
    pub fn to_utc(self) -> Option<DateTime> {
        EPOCH.checked_add(SignedDuration::from_millis(self.0)).ok()
    }
}

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

impl fmt::Display for Timestamp {
    /// Writes the time in UTC. A year of more than four digits is written as the number of
    /// milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_utc() {
            Some(time) => {
                fmt::Display::fmt(&time, f)?;
                f.write_str("Z")
            }
            None => write!(f, "{}", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// Parses date, time and offset.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Not `jiff::Timestamp`, which ends 26 hours before the year 10,000.
        let pieces = Pieces::parse(text).map_err(|_| InvalidTimestamp)?;
        let time = pieces.time().ok_or(InvalidTimestamp)?;
        let offset = pieces.to_numeric_offset().ok_or(InvalidTimestamp)?;
        let local = pieces.date().to_datetime(time).duration_since(EPOCH);
        let ms = (local - SignedDuration::from_secs(offset.seconds().into())).as_millis();
        i64::try_from(ms).map(Self).map_err(|_| InvalidTimestamp)
    }
}

/// The revision of a resource. It grows with each change. The documented examples look like epoch
/// milliseconds.
/// Source: AWS API_UpdateGroup (2026).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Revision(pub u64);

impl Revision {
    /// The highest revision: JavaScript clients cannot tell higher integers apart. No clock reaches it,
    /// but a fixture can.
    pub const MAX: Self = Self(1 << 53);
}

/// The time and the author of a creation or update.
#[derive(Clone, PartialEq, Debug)]
pub struct Stamp {
    /// The time.
    pub at: Timestamp,
    /// The caller's account or user id, as the vendor that wrote it spells it.
    pub by: Arc<str>,
}

/// The stamps and the revision of a resource.
#[derive(Clone, PartialEq, Debug)]
pub struct Meta {
    /// The creation.
    pub created: Stamp,
    /// The last update; at first the creation.
    pub updated: Stamp,
    /// The revision, for optimistic locking.
    pub revision: Revision,
}

impl Meta {
    /// The stamps of a new resource.
    pub fn new(stamp: Stamp) -> Self {
        let revision = Revision(u64::try_from(stamp.at.0).unwrap_or(0).max(1));
        Self { created: stamp.clone(), updated: stamp, revision }
    }

    /// The stamps after an update. The revision grows even within one millisecond, up to
    /// [`Revision::MAX`].
    #[must_use]
    pub fn after_update(&self, stamp: Stamp) -> Self {
        let now = u64::try_from(stamp.at.0).unwrap_or(0);
        Self {
            created: self.created.clone(),
            updated: stamp,
            revision: Revision(now.max(self.revision.0.saturating_add(1))).min(Revision::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_printed_and_parsed_as_rfc_3339() {
        let cases = [
            (0, "1970-01-01T00:00:00Z"),
            (1_893_456_000_010, "2030-01-01T00:00:00.01Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (Timestamp::MAX.0, "9999-12-31T23:59:59.999Z"),
        ];
        for (ms, text) in cases {
            assert_eq!(Timestamp(ms).to_string(), text);
            assert_eq!(text.parse(), Ok(Timestamp(ms)), "{text}");
        }
        assert_eq!("2030-01-01T02:00:00+02:00".parse(), Ok(Timestamp(1_893_456_000_000)));
        assert_eq!("2030-01-01T00:00:00.0009Z".parse(), Ok(Timestamp(1_893_456_000_000)));
        for invalid in ["", "2030-01-01", "2030-01-01T00:00:00", "10000-01-01T00:00:00Z", "now"] {
            assert_eq!(invalid.parse::<Timestamp>(), Err(InvalidTimestamp), "{invalid}");
        }
    }

    #[test]
    fn timestamp_outside_the_calendar_is_printed_as_a_number() {
        assert_eq!(Timestamp(i64::MAX).to_utc(), None);
        assert_eq!(Timestamp(i64::MAX).to_string(), i64::MAX.to_string());
    }
}
