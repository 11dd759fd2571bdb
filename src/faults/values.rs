//! Values that several parts of a rule have: lengths of time and ranges of counts.

use std::fmt::{self, Display};
use std::str::FromStr;
use std::time::Duration;

use super::form::{COUNT_MAX, TextForm, TextValue, text_value};

/// A length of time, written as `200ms`, `2s`, `5m`, `1h` or `2d`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct TimeSpan {
    ms: u64,
}

/// The units of time, in milliseconds.
const UNITS: &[(&str, u64)] =
    &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Regular expression of a length of time.
pub const TIME_SPAN: &str = "(0|[1-9][0-9]{0,8})(ms|s|m|h|d)";

/// Regular expression of a length of time of at most one minute.
pub const TIME_SPAN_TO_1M: &str = concat!(
    "((0|[1-9][0-9]{0,3}|[1-5][0-9]{4}|60000)ms|",
    "(0|[1-9]|[1-5][0-9]|60)s|[01]m|0[hd])",
);

/// Regular expression of a length of time of at most five minutes.
pub const TIME_SPAN_TO_5M: &str = concat!(
    "((0|[1-9][0-9]{0,4}|[12][0-9]{5}|300000)ms|",
    "(0|[1-9][0-9]?|[12][0-9]{2}|300)s|[0-5]m|0[hd])",
);

static TIME_SPAN_FORM: TextForm = TextForm::new(&[TIME_SPAN], "a time such as 200ms, 2s, 5m or 1h");

impl TimeSpan {
    /// This number of milliseconds.
    pub const fn from_millis(ms: u64) -> Self {
        Self { ms }
    }

    /// The number of milliseconds.
    pub const fn as_millis(self) -> u64 {
        self.ms
    }
}

impl From<Duration> for TimeSpan {
    fn from(duration: Duration) -> Self {
        Self { ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX) }
    }
}

impl From<TimeSpan> for Duration {
    fn from(span: TimeSpan) -> Self {
        Self::from_millis(span.ms)
    }
}

impl FromStr for TimeSpan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        TIME_SPAN_FORM.captures(text)?;
        let unit = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
        let (digits, unit) = text.split_at(unit);
        let unit_ms = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, ms)| *ms);
        let count = digits.parse::<u64>().ok();
        // Nine digits of days fit.
        let ms = count.zip(unit_ms).map(|(count, unit_ms)| count * unit_ms);
        ms.map(Self::from_millis).ok_or_else(|| TIME_SPAN_FORM.mismatch(text))
    }
}

impl Display for TimeSpan {
    /// In the largest unit of which it is a multiple.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = UNITS.iter().rev().find(|(_, unit_ms)| self.ms.is_multiple_of(*unit_ms));
        match unit {
            Some((name, unit_ms)) if self.ms > 0 => write!(f, "{}{name}", self.ms / unit_ms),
            Some(_) | None => f.write_str("0ms"),
        }
    }
}

impl TextValue for TimeSpan {
    const FORM: &'static TextForm = &TIME_SPAN_FORM;
}

text_value!(TimeSpan);

/// A range of counts: `2`, `<=2`, `<3`, `>=3`, `>2`, or `2..4` with both ends included.
///
/// ```
/// use idouble::{CountRange, Fault};
///
/// let at_least_twice: CountRange = ">=2".parse()?;
/// assert!(at_least_twice.contains(3));
/// let fault = Fault::on("aws:CreateUser").throttle().expect(at_least_twice);
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct CountRange {
    /// The least count.
    pub min: u32,
    /// The greatest count; `u32::MAX` if there is no limit.
    pub max: u32,
}

static COUNT_RANGE: TextForm = TextForm::new(
    &["(?<relation><=|>=|<|>)?(?<count>[0-9]{1,9})|", r"(?<from>[0-9]{1,9})\.\.(?<to>[0-9]{1,9})"],
    "a count such as 2, <=2, >=3 or 2..4",
);

impl CountRange {
    /// Whether `count` is in the range.
    pub fn contains(self, count: u64) -> bool {
        let max = if self.max == u32::MAX { u64::MAX } else { u64::from(self.max) };
        (u64::from(self.min)..=max).contains(&count)
    }
}

impl From<u32> for CountRange {
    fn from(count: u32) -> Self {
        Self { min: count, max: count }
    }
}

impl FromStr for CountRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = COUNT_RANGE.captures(text)?;
        let number =
            |name: &str| parts.name(name).and_then(|digits| digits.as_str().parse::<u32>().ok());
        let range = match (number("count"), number("from"), number("to")) {
            (Some(count), _, _) => match parts.name("relation").map(|relation| relation.as_str()) {
                Some("<=") => Some((0, count)),
                Some("<") => count.checked_sub(1).map(|max| (0, max)),
                Some(">=") => Some((count, u32::MAX)),
                Some(">") => (count < COUNT_MAX).then_some((count + 1, u32::MAX)),
                Some(_) | None => Some((count, count)),
            },
            (None, Some(from), Some(to)) => Some((from, to)),
            (None, _, _) => None,
        };
        match range.filter(|(min, max)| min <= max) {
            Some((min, max)) => Ok(Self { min, max }),
            None => Err(format!("the range {text:?} is empty")),
        }
    }
}

impl Display for CountRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.min, self.max) {
            (min, max) if min == max => write!(f, "{min}"),
            (min, u32::MAX) => write!(f, ">={min}"),
            (0, max) => write!(f, "<={max}"),
            (min, max) => write!(f, "{min}..{max}"),
        }
    }
}

impl TextValue for CountRange {
    const FORM: &'static TextForm = &COUNT_RANGE;
    const ACCEPTS_INTEGER: bool = true;
}

text_value!(CountRange);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        let ms = |text: &str| text.parse::<TimeSpan>().map(TimeSpan::as_millis);
        assert_eq!(ms("200ms"), Ok(200));
        assert_eq!(ms("2s"), Ok(2_000));
        assert_eq!(ms("5m"), Ok(300_000));
        assert_eq!(ms("1h"), Ok(3_600_000));
        assert_eq!(ms("0s"), Ok(0));
        assert_eq!(ms("999999999d"), Ok(86_399_999_913_600_000));
        for invalid in ["", "5", "s", "-1s", "1.5s", "5 s", "5S", "05s", "1000000000s"] {
            let message = format!("expected a time such as 200ms, 2s, 5m or 1h, found {invalid:?}");
            assert_eq!(ms(invalid), Err(message));
        }
    }

    #[test]
    fn times_are_shown_in_the_largest_unit() {
        for text in ["200ms", "1500ms", "90s", "5m", "1h", "2d", "0ms"] {
            assert_eq!(text.parse::<TimeSpan>().expect("a time").to_string(), text);
        }
        assert_eq!(TimeSpan::from_millis(60_000).to_string(), "1m");
    }

    #[test]
    fn patterns_of_bounded_times_match_up_to_the_bound() {
        let bounds = [(TIME_SPAN_TO_1M, 60_000), (TIME_SPAN_TO_5M, 300_000)];
        for (pattern, max_ms) in bounds {
            let pattern = regex::Regex::new(&format!("^{pattern}$")).expect("a pattern");
            for (unit, unit_ms) in UNITS {
                let highest = max_ms / unit_ms;
                for count in (0..highest + 3).chain([highest * 10, 999_999_999]) {
                    let text = format!("{count}{unit}");
                    let is_within = count * unit_ms <= max_ms;
                    assert_eq!(pattern.is_match(&text), is_within, "{text}");
                }
            }
        }
    }

    #[test]
    fn count_ranges_are_parsed_and_shown() {
        let range = |text: &str| text.parse::<CountRange>().map(|range| (range.min, range.max));
        assert_eq!(range("2"), Ok((2, 2)));
        assert_eq!(range("<=2"), Ok((0, 2)));
        assert_eq!(range("<2"), Ok((0, 1)));
        assert_eq!(range(">=3"), Ok((3, u32::MAX)));
        assert_eq!(range(">2"), Ok((3, u32::MAX)));
        assert_eq!(range("2..4"), Ok((2, 4)));
        for empty in ["4..2", "<0", ">999999999"] {
            assert_eq!(range(empty), Err(format!("the range {empty:?} is empty")));
        }
        for invalid in ["x", "<", "2..", "=2", "+2", "2...4", "9999999999"] {
            assert!(range(invalid).is_err(), "{invalid}");
        }
        for text in ["2", "<=2", ">=3", "2..4"] {
            assert_eq!(text.parse::<CountRange>().expect("a range").to_string(), text);
        }
    }
}
