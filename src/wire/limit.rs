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
    /// Tells of texts that surely match, so that the pattern need not be run, nor even compiled.
    sure: Option<fn(&str) -> bool>,
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
        sure: None,
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

    /// Spares the pattern where `sure` says yes. It may say no to a text that matches; never yes to
    /// one that does not.
    #[must_use]
    pub const fn sure(mut self, sure: fn(&str) -> bool) -> Self {
        self.sure = Some(sure);
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
        // Length and pattern of a plain text are told without reading it as characters.
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
        if self.sure.is_some_and(|sure| sure(text)) {
            return true;
        }
        let compiled = self.compiled.get_or_init(|| {
            // Patterns are constants, and a unit test compiles each of them.
            Regex::new(&format!("^(?:{pattern})$")).expect("a limit's pattern compiles")
        });
        compiled.is_match(text)
    }
}

/// A store's id in its short form: `d-` and ten hex digits.
pub fn is_store_id(text: &str) -> bool {
    text.strip_prefix("d-").is_some_and(|rest| rest.len() == 10 && is_lower_hex(rest))
}

/// A UUID of lower-case digits.
pub fn is_uuid(text: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    let fits = |(at, byte): (usize, &u8)| match dashes.contains(&at) {
        true => *byte == b'-',
        false => byte.is_ascii_digit() || (b'a'..=b'f').contains(byte),
    };
    text.len() == 36 && text.as_bytes().iter().enumerate().all(fits)
}

/// One to three words of ASCII letters, with dots between them.
pub fn is_dotted_words(text: &str) -> bool {
    let mut words = text.split('.');
    let fits = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    words.by_ref().take(3).all(fits) && words.next().is_none()
}

fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
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
        assert_eq!(breaches("a b"), std::slice::from_ref(&pattern));
        assert_eq!(breaches("a b c d"), [Constraint::LengthMax(4), pattern]);
    }

    #[test]
    fn what_is_sure_matches() {
        let uuid = "6509375f-84d1-7085-af72-177fb24da2e7";
        let near = [
            "d-1234567890",
            "d-123456789g",
            "d-12345678901",
            "d-123456789",
            "x-1234567890",
            uuid,
            "6509375f-84d1-7085-af72-177fb24da2e",
            "6509375f84d1-7085-af72-177fb24da2e7-",
            "title",
            "name.givenName",
            "a.b.c",
            "a.b.c.d",
            "a..b",
            ".a",
            "a.",
            "",
            "a1",
            "a b",
            "é",
        ];
        let same = |sure: fn(&str) -> bool, pattern: &str| {
            let pattern = Regex::new(&format!("^(?:{pattern})$")).expect("a pattern");
            for text in near {
                assert_eq!(sure(text), pattern.is_match(text), "{text:?} {pattern}");
            }
        };
        same(is_store_id, "d-[0-9a-f]{10}");
        same(is_uuid, "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
        same(is_dotted_words, r"[A-Za-z]+(\.[A-Za-z]+){0,2}");
    }

    #[test]
    fn the_short_cut_for_ascii_agrees_with_the_pattern() {
        for byte in 0x21..0x7f_u8 {
            assert!(NAME.matches(&char::from(byte).to_string()), "{byte:#x}");
        }
    }
}
