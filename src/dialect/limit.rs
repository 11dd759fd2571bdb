//! Bounds of a text, as data: length, pattern, and whether the value may be told.
//!
//! Lengths count characters. Patterns are the vendor's own, quoted verbatim in messages, matched
//! whole, compiled when first needed: most texts never need it.

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
    /// What the pattern takes whatever its order, so that it need not be run for that.
    plain: Plain,
    /// Tells of texts that surely match, so that the pattern need not be run, nor even compiled.
    sure: Option<fn(&str) -> bool>,
    /// Whether it has to be a calendar date, YYYY-MM-DD.
    date: bool,
    /// Whether an empty text is held against the pattern, as well as against the length.
    empty_too: bool,
    /// The limit in the vendor's older model, if that differs.
    older: Option<&'static Limit>,
    compiled: OnceLock<Regex>,
}

/// Characters that a pattern takes in any number and order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Plain {
    /// None.
    Nothing,
    /// Letters, digits, and whatever else of ASCII leaves ink.
    Graphic,
    /// The same and the space.
    Spaced,
}

/// How every pattern begins that takes all letters, marks, symbols, numbers and punctuation.
const GRAPHIC: &[u8] = br"[\p{L}\p{M}\p{S}\p{N}\p{P}";

/// And one that takes spaces too.
const SPACED: &[u8] = br"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ";

impl Plain {
    const fn of(pattern: &[u8]) -> Self {
        if pattern.is_empty() || starts_with(pattern, SPACED) {
            Self::Spaced
        } else if starts_with(pattern, GRAPHIC) {
            Self::Graphic
        } else {
            Self::Nothing
        }
    }

    /// Whether all of `text` is ASCII of this kind. Looks at every byte: without a way out the
    /// compiler looks at sixteen of them at a time.
    fn has_ascii(self, text: &str) -> bool {
        let first = match self {
            Self::Nothing => return false,
            Self::Graphic => b'!',
            Self::Spaced => b' ',
        };
        text.bytes().fold(true, |all, byte| all & (first <= byte) & (byte <= b'~'))
    }

    /// The same for a text in any script. A letter or number by the standard library is one of the
    /// pattern's letters, marks, numbers or symbols.
    fn has(self, text: &str) -> bool {
        let inked = |char: char| {
            char.is_ascii_graphic() || char.is_alphanumeric() || JOINING.contains(&char)
        };
        match self {
            Self::Nothing => false,
            Self::Graphic => text.chars().all(inked),
            Self::Spaced => text.chars().all(|char| inked(char) || char == ' '),
        }
    }
}

/// Marks that names are written with and that are no letters by themselves: what joins consonants in
/// the scripts of India.
const JOINING: [char; 9] = [
    '\u{94d}', '\u{9cd}', '\u{a4d}', '\u{acd}', '\u{b4d}', '\u{bcd}', '\u{c4d}', '\u{ccd}',
    '\u{d4d}',
];

/// A text of `min` to `max` characters that matches `pattern` as a whole; an empty one takes anything.
pub const fn limit(name: &'static str, min: usize, max: usize, pattern: &'static str) -> Limit {
    Limit {
        name,
        min,
        max,
        pattern: if pattern.is_empty() { None } else { Some(pattern) },
        sensitive: false,
        plain: Plain::of(pattern.as_bytes()),
        sure: None,
        date: false,
        empty_too: false,
        older: None,
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

    /// Holds an empty text against the pattern too; else its length says it all.
    #[must_use]
    pub const fn empty_too(mut self) -> Self {
        self.empty_too = true;
        self
    }

    /// Sets the limit that applies when the vendor's older model is served.
    #[must_use]
    pub const fn older(mut self, limit: &'static Limit) -> Self {
        self.older = Some(limit);
        self
    }

    /// This limit as the vendor's older model has it.
    pub fn in_older_model(&self) -> &Self {
        self.older.unwrap_or(self)
    }

    /// Spares the pattern where `sure` says yes. It may say no to a text that matches; never yes to
    /// one that does not, nor to one that is not ASCII.
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

    /// Whether `text` surely breaks nothing: told of nearly all that come, and quickly, for their
    /// length in bytes is that in characters.
    pub fn surely_takes(&self, text: &str) -> bool {
        let fits = (self.min..=self.max).contains(&text.len()) && !self.date;
        fits && (self.plain.has_ascii(text) || self.sure.is_some_and(|sure| sure(text)))
    }

    /// The constraints that `text` breaks, pattern before length.
    ///
    /// Source: docs/aws-behaviour.md §10a (AWS, live log of October 2025). Assumed for Huawei.
    pub fn broken_constraints(&self, text: &str) -> impl Iterator<Item = Constraint> + use<> {
        let has_pattern = !text.is_empty() || self.empty_too;
        let pattern = self.pattern.filter(|_| has_pattern && !self.matches(text));
        let length = text.chars().count();
        let short = (length < self.min).then_some(Constraint::LengthMin(self.min));
        let long = (length > self.max).then_some(Constraint::LengthMax(self.max));
        let date = (self.date && !text.is_empty() && !is_date(text)).then_some(Constraint::Date);
        [pattern.map(Constraint::Pattern), short, long, date].into_iter().flatten()
    }

    fn matches(&self, text: &str) -> bool {
        let Some(pattern) = self.pattern else { return true };
        let plain = !text.is_empty() && self.plain.has(text);
        if plain || self.sure.is_some_and(|sure| sure(text)) {
            return true;
        }
        let compiled = self.compiled.get_or_init(|| {
            // A digit of the vendors' patterns is one of ASCII, as in Java.
            let pattern = pattern.replace(r"\d", "[0-9]");
            // Patterns are constants, and a unit test compiles each of them.
            Regex::new(&format!("^(?:{pattern})$")).expect("a limit's pattern compiles")
        });
        compiled.is_match(text)
    }
}

/// A store's id in its short form: `d-` and ten hex digits.
pub fn is_store_id(text: &str) -> bool {
    text.strip_prefix("d-").is_some_and(|rest| rest.len() == 10 && rest.bytes().all(is_hex_digit))
}

/// A UUID of lower-case digits.
pub fn is_uuid(text: &str) -> bool {
    let Ok(bytes) = <[u8; 36]>::try_from(text.as_bytes()) else { return false };
    let dashed = [bytes[8], bytes[13], bytes[18], bytes[23]] == [b'-'; 4];
    // Counted in a byte, so that the compiler counts sixteen of them at a time.
    let digits = bytes.iter().fold(0_u8, |count, byte| count + u8::from(is_hex_digit(*byte)));
    dashed && digits == 32
}

/// One to three words of ASCII letters, with dots between them.
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

/// ASCII letters and digits, and what else may stand in one of Huawei's user names.
pub fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte))
}

/// An e-mail address of ASCII letters, digits and dots, as most are.
pub fn is_plain_address(text: &str) -> bool {
    let words = |text: &str, fits: fn(&u8) -> bool| {
        text.split('.').all(|word| !word.is_empty() && word.as_bytes().iter().all(fits))
    };
    let Some((local, domain)) = text.split_once('@') else { return false };
    let Some((domain, last)) = domain.rsplit_once('.') else { return false };
    words(local, u8::is_ascii_alphanumeric)
        && words(domain, u8::is_ascii_alphanumeric)
        && words(last, u8::is_ascii_alphabetic)
}

const fn is_hex_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
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

    fn broken(text: &str) -> Vec<Constraint> {
        NAME.broken_constraints(text).collect()
    }

    #[test]
    fn violations_list_the_pattern_before_the_length_in_characters() {
        assert_eq!(broken("абвг"), []);
        assert_eq!(broken(""), [Constraint::LengthMin(1)]);
        let pattern = Constraint::Pattern(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");
        static BOTH: Limit = limit("UserName", 1, 4, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+").empty_too();
        let both: Vec<_> = BOTH.broken_constraints("").collect();
        assert_eq!(both, [pattern.clone(), Constraint::LengthMin(1)]);
        assert_eq!(broken("a b"), std::slice::from_ref(&pattern));
        assert_eq!(broken("a b c d"), [pattern, Constraint::LengthMax(4)]);
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
        let same = |sure: fn(&str) -> bool, pattern: &str| {
            let pattern = Regex::new(&format!("^(?:{pattern})$")).expect("a pattern");
            for text in near {
                assert_eq!(sure(text), pattern.is_match(text), "{text:?} {pattern}");
            }
        };
        same(is_store_id, "d-[0-9a-f]{10}");
        same(is_uuid, "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
        same(is_dotted_words, r"[A-Za-z]+(\.[A-Za-z]+){0,2}");
        same(is_word, r"[A-Za-z0-9_+=,.@-]*");
        same(is_plain_address, r"[A-Za-z0-9]+(\.[A-Za-z0-9]+)*@([A-Za-z0-9]+\.)+[A-Za-z]+");
    }

    #[test]
    fn what_is_plain_matches() {
        const TEXT: &str = r"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+";
        for pattern in [NAME.pattern.expect("one"), TEXT] {
            let plain = Plain::of(pattern.as_bytes());
            // The standard library may know a newer Unicode: letters that are none yet for the other.
            let pattern = Regex::new(&format!(r"^(?:{pattern}|\p{{Cn}})$")).expect("a pattern");
            for char in '\0'..=char::MAX {
                let text = char.to_string();
                assert!(!plain.has_ascii(&text) || char.is_ascii() && plain.has(&text), "{char:?}");
                assert!(!plain.has(&text) || pattern.is_match(&text), "{char:?}");
            }
            assert!(plain.has("Ålesund") && plain.has("प्रिया") && plain.has_ascii("Bergen"));
        }
        assert!(!Plain::Graphic.has_ascii(" ") && Plain::Spaced.has_ascii("a b"));
    }
}
