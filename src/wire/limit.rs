//! Bounds of a text, as data: length, pattern, and whether the value may be told.
//!
//! Lengths count characters. Patterns are the vendor's own, quoted verbatim in messages, matched
//! whole, compiled when first needed: an ASCII name never needs it.

use std::sync::OnceLock;

use regex::Regex;

use crate::domain::Constraint;

/// Bounds of a text.
#[derive(Debug)]
pub struct Limit {
    /// The vendor's name for it.
    pub name: &'static str,
    /// The fewest characters.
    pub min: usize,
    /// The most characters.
    pub max: usize,
    /// The vendor's regular expression, if it has one.
    pub pattern: Option<&'static str>,
    /// Whether values are left out of messages.
    pub sensitive: bool,
    /// Whether the pattern takes every graphic ASCII character, so that it need not be run for those.
    graphic: bool,
    /// Whether it has to be a calendar date, YYYY-MM-DD.
    date: bool,
    compiled: OnceLock<Regex>,
}

/// How every pattern begins that takes all letters, marks, symbols, numbers and punctuation.
const GRAPHIC: &[u8] = br"[\p{L}\p{M}\p{S}\p{N}\p{P}";

/// A text of `min` to `max` characters that matches `pattern` as a whole; an empty one takes anything.
pub const fn limit(name: &'static str, min: usize, max: usize, pattern: &'static str) -> Limit {
    Limit {
        name,
        min,
        max,
        pattern: if pattern.is_empty() { None } else { Some(pattern) },
        sensitive: false,
        graphic: pattern.is_empty() || starts_with(pattern.as_bytes(), GRAPHIC),
        date: false,
        compiled: OnceLock::new(),
    }
}

impl Limit {
    /// Demands a calendar date, YYYY-MM-DD.
    #[must_use]
    pub const fn date(mut self) -> Self {
        self.date = true;
        self
    }

    /// Leaves the value out of messages.
    #[must_use]
    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// What `text` breaks: length before pattern, as AWS reports them.
    pub fn breaches(&self, text: &str) -> impl Iterator<Item = Constraint> + use<> {
        let plain = self.graphic && text.bytes().all(|byte| byte.is_ascii_graphic());
        let length = if plain { text.len() } else { text.chars().count() };
        let short = (length < self.min).then_some(Constraint::LengthMin(self.min));
        let long = (length > self.max).then_some(Constraint::LengthMax(self.max));
        // An empty text breaks the length rule; the pattern would only repeat it.
        let odd = !plain && !text.is_empty() && !self.matches(text);
        let pattern = self.pattern.filter(|_| odd).map(Constraint::Pattern);
        let date = (self.date && !text.is_empty() && !is_date(text)).then_some(Constraint::Date);
        [short, long, pattern, date].into_iter().flatten()
    }

    fn matches(&self, text: &str) -> bool {
        let Some(pattern) = self.pattern else { return true };
        let compiled = self.compiled.get_or_init(|| {
            // Patterns are constants, and a unit test compiles each of them.
            Regex::new(&format!("^(?:{pattern})$")).expect("a limit's pattern compiles")
        });
        compiled.is_match(text)
    }
}

fn is_date(text: &str) -> bool {
    // The parser takes other forms of ISO 8601 too.
    text.len() == 10 && text.as_bytes()[4] == b'-' && text.parse::<jiff::civil::Date>().is_ok()
}

const fn starts_with(text: &[u8], start: &[u8]) -> bool {
    if text.len() < start.len() {
        return false;
    }
    let mut at = 0;
    while at < start.len() {
        if text[at] != start[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    static NAME: Limit = limit("UserName", 1, 4, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");

    fn breaches(text: &str) -> Vec<Constraint> {
        NAME.breaches(text).collect()
    }

    #[test]
    fn lengths_count_characters_and_come_before_the_pattern() {
        assert_eq!(breaches("абвг"), []);
        assert_eq!(breaches(""), [Constraint::LengthMin(1)]);
        let pattern = Constraint::Pattern(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");
        assert_eq!(breaches("a b"), [pattern.clone()]);
        assert_eq!(breaches("a b c d"), [Constraint::LengthMax(4), pattern]);
    }

    #[test]
    fn the_short_cut_for_ascii_agrees_with_the_pattern() {
        for byte in 0x21..0x7f_u8 {
            assert!(NAME.matches(&char::from(byte).to_string()), "{byte:#x}");
        }
    }
}
