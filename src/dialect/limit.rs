//! Limits of texts: length, pattern, and whether errors may show the value.
//!
//! Lengths are in characters. Patterns are the vendor's and match whole texts. A pattern is compiled on
//! first use. That takes 1 ms and 100 KiB for a pattern of Unicode classes, and several times as much for
//! attribute paths and e-mail addresses, so a fast check accepts most texts without it. Ids have one
//! because each request has two.

use std::sync::OnceLock;

use regex::Regex;

use crate::domain::Constraint;

/// The limits of a text.
#[derive(Debug)]
pub struct Limit {
    /// The vendor's name of the type.
    pub name: &'static str,
    /// Minimum number of characters.
    pub min: usize,
    /// Maximum number of characters.
    pub max: usize,
    /// The vendor's regular expression, if it has one.
    pub pattern: Option<&'static str>,
    /// Whether error messages omit the value.
    pub sensitive: bool,
    /// Accepts only matching texts, but not all of them. Accepted texts skip the pattern.
    fast_check: Option<fn(&str) -> bool>,
    /// Whether the text must be a calendar date, YYYY-MM-DD.
    date: bool,
    /// Whether the pattern applies to an empty text, in addition to the length.
    matches_empty_text: bool,
    /// The limit in the vendor's older model, if it differs.
    older: Option<&'static Limit>,
    /// The limit if ids of other emulators are accepted, if it differs.
    lenient: Option<&'static Limit>,
    compiled: OnceLock<Regex>,
}

/// Start of the patterns that accept all letters, marks, symbols, numbers and punctuation.
const GRAPHIC: &[u8] = br"[\p{L}\p{M}\p{S}\p{N}\p{P}";

/// Start of the patterns that accept white space as well.
const GRAPHIC_AND_SPACE: &[u8] = br"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ";

/// The fast check of the common patterns.
const fn fast_check_of(pattern: &[u8]) -> Option<fn(&str) -> bool> {
    if pattern.is_empty() || starts_with(pattern, GRAPHIC_AND_SPACE) {
        Some(is_printable)
    } else if starts_with(pattern, GRAPHIC) {
        Some(is_graphic)
    } else {
        None
    }
}

/// Returns whether a text consists of visible ASCII characters.
fn is_graphic(text: &str) -> bool {
    all_from(text, b'!')
}

/// Returns whether a text consists of visible ASCII characters and spaces.
fn is_printable(text: &str) -> bool {
    all_from(text, b' ')
}

/// Returns whether all bytes are from `first` to `~`. There is no early exit, so that the compiler can
/// vectorize the loop.
fn all_from(text: &str, first: u8) -> bool {
    text.bytes().fold(true, |all, byte| all & (first <= byte) & (byte <= b'~'))
}

/// A text of `min` to `max` characters that matches `pattern` as a whole. An empty pattern matches any
/// text.
pub const fn limit(name: &'static str, min: usize, max: usize, pattern: &'static str) -> Limit {
    Limit {
        name,
        min,
        max,
        pattern: if pattern.is_empty() { None } else { Some(pattern) },
        sensitive: false,
        fast_check: fast_check_of(pattern.as_bytes()),
        date: false,
        matches_empty_text: false,
        older: None,
        lenient: None,
        compiled: OnceLock::new(),
    }
}

impl Limit {
    /// Requires a calendar date, YYYY-MM-DD.
    #[must_use]
    pub const fn date(mut self) -> Self {
        self.date = true;
        self
    }

    /// Applies the pattern to an empty text as well. By default only the length applies.
    #[must_use]
    pub const fn match_empty_text(mut self) -> Self {
        self.matches_empty_text = true;
        self
    }

    /// Sets the limit that applies when the vendor's older model is served.
    #[must_use]
    pub const fn older(mut self, limit: &'static Limit) -> Self {
        self.older = Some(limit);
        self
    }

    /// Sets the limit that applies when ids of other emulators are accepted.
    #[must_use]
    pub const fn lenient(mut self, limit: &'static Limit) -> Self {
        self.lenient = Some(limit);
        self
    }

    /// The limit if ids of other emulators are accepted.
    pub fn if_lenient(&self) -> &Self {
        self.lenient.unwrap_or(self)
    }

    /// The limit in the vendor's older model.
    pub fn in_older_model(&self) -> &Self {
        self.older.unwrap_or(self)
    }

    /// Skips the pattern for texts that `fast_check` accepts. All of them must match the pattern, and be
    /// ASCII if the limit has a minimum above 1.
    #[must_use]
    pub const fn fast_check(mut self, fast_check: fn(&str) -> bool) -> Self {
        self.fast_check = Some(fast_check);
        self
    }

    /// Omits the value from error messages.
    #[must_use]
    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Returns `true` for most valid texts, quickly. `false` means that the text must be checked by
    /// [`Limit::broken_constraints`].
    pub fn accepts_quickly(&self, text: &str) -> bool {
        // The number of bytes is at least the number of characters.
        let fits = (self.min..=self.max).contains(&text.len()) && !self.date;
        fits && self.passes_fast_check(text)
    }

    /// The constraints that `text` breaks, pattern before length.
    ///
    /// Source: docs/aws-behaviour.md §10a. Assumed for Huawei.
    pub fn broken_constraints(&self, text: &str) -> impl Iterator<Item = Constraint> + use<> {
        let has_pattern = !text.is_empty() || self.matches_empty_text;
        let pattern = self.pattern.filter(|_| has_pattern && !self.matches(text));
        let length = text.chars().count();
        let short = (length < self.min).then_some(Constraint::LengthMin(self.min));
        let long = (length > self.max).then_some(Constraint::LengthMax(self.max));
        let date = (self.date && !text.is_empty() && !is_date(text)).then_some(Constraint::Date);
        [pattern.map(Constraint::Pattern), short, long, date].into_iter().flatten()
    }

    fn passes_fast_check(&self, text: &str) -> bool {
        self.fast_check.is_some_and(|fast_check| fast_check(text))
    }

    fn matches(&self, text: &str) -> bool {
        let Some(pattern) = self.pattern else { return true };
        if !text.is_empty() && self.passes_fast_check(text) {
            return true;
        }
        let compiled = self.compiled.get_or_init(|| {
            // `\d` means ASCII digits in the vendors' patterns, as in Java.
            let pattern = pattern.replace(r"\d", "[0-9]");
            // Patterns are constants; a unit test compiles each of them.
            Regex::new(&format!("^(?:{pattern})$")).expect("a limit's pattern compiles")
        });
        compiled.is_match(text)
    }
}

/// Returns whether a text is `d-` and ten lower-case hex digits.
pub fn is_store_id(text: &str) -> bool {
    text.strip_prefix("d-").is_some_and(|rest| rest.len() == 10 && rest.bytes().all(is_hex_digit))
}

/// Returns whether a text is a UUID in lower case.
pub fn is_uuid(text: &str) -> bool {
    let Ok(bytes) = <[u8; 36]>::try_from(text.as_bytes()) else { return false };
    let dashed = [bytes[8], bytes[13], bytes[18], bytes[23]] == [b'-'; 4];
    // A count of type u8 lets the compiler vectorize the loop.
    let digits = bytes.iter().fold(0_u8, |count, byte| count + u8::from(is_hex_digit(*byte)));
    dashed && digits == 32
}

/// Returns whether a text is one to three words of ASCII letters, separated by dots.
pub fn is_dotted_words(text: &str) -> bool {
    let (mut dots, mut letters) = (0, 0);
    for byte in text.bytes() {
        match byte {
            b'.' if letters > 0 => (dots, letters) = (dots + 1, 0),
            b'a'..=b'z' | b'A'..=b'Z' => letters += 1,
            _ => return false,
        }
    }
    letters > 0 && dots < 3
}

/// Returns whether a text is an e-mail address of ASCII letters, digits and dots.
pub fn is_plain_address(text: &str) -> bool {
    let has_words_of = |text: &str, allowed: fn(&u8) -> bool| {
        text.split('.').all(|word| !word.is_empty() && word.as_bytes().iter().all(allowed))
    };
    let Some((local, domain)) = text.split_once('@') else { return false };
    let Some((domain, last)) = domain.rsplit_once('.') else { return false };
    has_words_of(local, u8::is_ascii_alphanumeric)
        && has_words_of(domain, u8::is_ascii_alphanumeric)
        && has_words_of(last, u8::is_ascii_alphabetic)
}

const fn is_hex_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn is_date(text: &str) -> bool {
    // The parser also accepts other forms of ISO 8601.
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

    fn broken(text: &str) -> Vec<Constraint> {
        NAME.broken_constraints(text).collect()
    }

    #[test]
    fn violations_list_the_pattern_before_the_length_in_characters() {
        assert_eq!(broken("абвг"), []);
        assert_eq!(broken(""), [Constraint::LengthMin(1)]);
        let pattern = Constraint::Pattern(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");
        static BOTH: Limit =
            limit("UserName", 1, 4, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+").match_empty_text();
        let both: Vec<_> = BOTH.broken_constraints("").collect();
        assert_eq!(both, [pattern.clone(), Constraint::LengthMin(1)]);
        assert_eq!(broken("a b"), std::slice::from_ref(&pattern));
        assert_eq!(broken("a b c d"), [pattern, Constraint::LengthMax(4)]);
    }

    #[test]
    fn fast_checks_accept_only_matching_texts() {
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
            "a@b",
            "a@b.c",
            "a.b@c.d.e",
            "a.@b.c",
            "a@b.c1",
            "a@b@c.d",
            "a@.b",
            "a b",
            "é",
        ];
        let same = |fast_check: fn(&str) -> bool, pattern: &str| {
            let pattern = Regex::new(&format!("^(?:{pattern})$")).expect("a pattern");
            for text in near {
                assert_eq!(fast_check(text), pattern.is_match(text), "{text:?} {pattern}");
            }
        };
        same(is_store_id, "d-[0-9a-f]{10}");
        same(is_uuid, "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
        same(is_dotted_words, r"[A-Za-z]+(\.[A-Za-z]+){0,2}");
        same(is_plain_address, r"[A-Za-z0-9]+(\.[A-Za-z0-9]+)*@([A-Za-z0-9]+\.)+[A-Za-z]+");
    }

    #[test]
    fn printable_characters_match_the_common_patterns() {
        let text = limit("text", 1, 4, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+");
        for limit in [&NAME, &text] {
            let pattern = Regex::new(&format!("^{}$", limit.pattern.expect("one"))).expect("valid");
            for char in '\0'..='\u{ff}' {
                let text = char.to_string();
                let is_printable = (' '..='~').contains(&char);
                let expected = is_printable && pattern.is_match(&text);
                assert_eq!(limit.accepts_quickly(&text), expected, "{char:?}");
            }
        }
        assert!(!NAME.accepts_quickly("a b") && text.accepts_quickly("a b"));
        assert!(!text.accepts_quickly("") && !text.accepts_quickly("abcde"));
    }
}
