//! Short texts within rules: parts of a text that know their place, times, ranges.

use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::document::{Kind, Node};

/// No text of a rule may be longer, in bytes.
pub const TEXT_BYTES_MAX: usize = 1024;

/// A time such as `5m`, in milliseconds, of at most so many; anything else is a mistake.
pub fn time_ms(node: Node<'_>, max_ms: u64) -> Option<u64> {
    Word::of(node)?.time_ms(max_ms)
}

/// Units of time, in milliseconds.
const UNITS: &[(&str, u64)] =
    &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Part of a text of a document, with its place.
#[derive(Clone, Copy, Debug)]
pub struct Word<'a> {
    node: Node<'a>,
    start: usize,
    /// The part.
    pub text: &'a str,
}

impl<'a> Word<'a> {
    /// A whole text; another kind, an empty text or one too long is a mistake.
    pub fn of(node: Node<'a>) -> Option<Self> {
        let word = Self { node, start: 0, text: node.text()? };
        match word.text.len() {
            0 => word.refuse("this is empty", None),
            1..=TEXT_BYTES_MAX => Some(word),
            _ => word.refuse(format!("this is longer than {TEXT_BYTES_MAX} bytes"), None),
        }
    }

    /// The same, or an integer as it is written.
    pub fn of_number(node: Node<'a>) -> Option<Self> {
        match node.kind() {
            Kind::Integer => Some(Self { node, start: 0, text: node.source() }),
            _ => Self::of(node), // A text, or a mistake.
        }
    }

    /// From this byte on, or up to it.
    pub fn split_at(self, at: usize) -> (Self, Self) {
        let (left, right) = self.text.split_at(at);
        (Self { text: left, ..self }, Self { text: right, start: self.start + at, ..self })
    }

    /// What stands before and after the first `mark`.
    pub fn split_once(self, mark: &str) -> Option<(Self, Self)> {
        let at = self.text.find(mark)?;
        let (left, right) = self.split_at(at);
        Some((left, right.split_at(mark.len()).1))
    }

    /// What stands before and after the last `mark`.
    pub fn rsplit_once(self, mark: &str) -> Option<(Self, Self)> {
        let at = self.text.rfind(mark)?;
        let (left, right) = self.split_at(at);
        Some((left, right.split_at(mark.len()).1))
    }

    /// What follows `prefix`.
    pub fn strip(self, prefix: &str) -> Option<Self> {
        self.text.starts_with(prefix).then(|| self.split_at(prefix.len()).1)
    }

    /// Notes a mistake here, with what would be right.
    pub fn refuse<T>(self, message: impl Into<String>, help: Option<String>) -> Option<T> {
        let span = self.node.part(self.start..self.start + self.text.len());
        self.node.note(span, message, help);
        None
    }

    /// Notes that something else was expected here.
    pub fn expected<T>(self, what: impl Display) -> Option<T> {
        self.refuse(format!("expected {what}, found {:?}", self.text), None)
    }

    /// An integer within bounds, written in digits only.
    pub fn integer(self, range: RangeInclusive<u64>) -> Option<u64> {
        let digits = !self.text.is_empty() && self.text.bytes().all(|byte| byte.is_ascii_digit());
        match self.text.parse() {
            Ok(value) if digits && range.contains(&value) => Some(value),
            Ok(_) | Err(_) => {
                let (min, max) = range.into_inner();
                self.expected(format_args!("an integer from {min} to {max}"))
            }
        }
    }

    /// A time such as `200ms`, in milliseconds, of at most so many.
    pub fn time_ms(self, max_ms: u64) -> Option<u64> {
        let at = self.text.find(|letter: char| !letter.is_ascii_digit());
        let (digits, unit) = self.text.split_at(at.unwrap_or(self.text.len()));
        let unit_ms = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, ms)| *ms);
        let count = digits.parse::<u64>().ok();
        let time = count.zip(unit_ms).map(|(count, unit)| count.saturating_mul(unit));
        match time {
            Some(ms) if ms <= max_ms => Some(ms),
            Some(_) => self.refuse(format!("this is longer than {}", shown(max_ms)), None),
            None => self.expected("a time such as 200ms, 2s, 5m or 1h"),
        }
    }

    /// The time of a rate, `s` or `5s`, in milliseconds; `bare` where it is a unit alone.
    pub fn rate_ms(self, bare: bool) -> Option<u64> {
        let unit = UNITS.iter().find(|(name, _)| bare && *name == self.text);
        let ms = unit.map(|(_, ms)| *ms).or_else(|| self.time_ms(86_400_000));
        if ms == Some(0) { self.refuse("no time at all", None) } else { ms }
    }

    /// A range of counts: `2`, `<=2`, `<3`, `>=3`, `>2`, `2..4` (both included).
    pub fn range(self) -> Option<RangeInclusive<u64>> {
        let max = u64::from(u32::MAX);
        let number = |word: Self| word.integer(0..=max);
        let range = if let Some(to) = self.strip("<=") {
            0..=number(to)?
        } else if let Some(from) = self.strip(">=") {
            number(from)?..=max
        } else if let Some(below) = self.strip("<") {
            0..=below.integer(1..=max)? - 1
        } else if let Some(above) = self.strip(">") {
            number(above)? + 1..=max
        } else if let Some((from, to)) = self.split_once("..") {
            number(from)?..=number(to)?
        } else if self.text.bytes().all(|byte| byte.is_ascii_digit()) {
            let exactly = number(self)?;
            exactly..=exactly
        } else {
            return self.expected("a count such as 2, <=2, >=3 or 2..4");
        };
        if range.is_empty() { self.refuse("this range is empty", None) } else { Some(range) }
    }
}

/// A time in the largest unit that it is a multiple of.
fn shown(ms: u64) -> String {
    let unit = UNITS.iter().rev().find(|(_, unit)| ms.is_multiple_of(*unit));
    unit.map_or_else(String::new, |(name, unit)| format!("{}{name}", ms / unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    fn read<T>(text: &str, read: impl FnOnce(Word<'_>) -> Option<T>) -> Result<Option<T>, String> {
        let document = Document::line("text", text);
        let error = |error: crate::document::FileError| error.mistakes()[0].message.clone();
        document.read(|node| Word::of(node).and_then(read)).map_err(error)
    }

    #[test]
    fn times_have_a_unit() {
        let ms = |text| read(text, |word| word.time_ms(3_600_000));
        assert_eq!(ms("200ms"), Ok(Some(200)));
        assert_eq!(ms("2s"), Ok(Some(2_000)));
        assert_eq!(ms("5m"), Ok(Some(300_000)));
        assert_eq!(ms("1h"), Ok(Some(3_600_000)));
        assert_eq!(ms("0s"), Ok(Some(0)));
        assert_eq!(ms("61m"), Err("this is longer than 1h".into()));
        assert_eq!(ms("99999999999999999h"), Err("this is longer than 1h".into()));
        for odd in ["", "5", "s", "-1s", "1.5s", "5 s", "5S", "99999999999999999999s"] {
            assert!(ms(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn ranges_of_counts() {
        let max = u64::from(u32::MAX);
        let range = |text| read(text, |word| word.range());
        assert_eq!(range("2"), Ok(Some(2..=2)));
        assert_eq!(range("<=2"), Ok(Some(0..=2)));
        assert_eq!(range("<2"), Ok(Some(0..=1)));
        assert_eq!(range(">=3"), Ok(Some(3..=max)));
        assert_eq!(range(">2"), Ok(Some(3..=max)));
        assert_eq!(range("2..4"), Ok(Some(2..=4)));
        for odd in ["4..2", "<0", "x", "<", "2..", "=2", "+2", "2...4", "99999999999999999999"] {
            assert!(range(odd).is_err(), "{odd}");
        }
    }
}
