//! Limits of texts: length, pattern, and whether errors may show the value.
//!
//! Lengths are in characters. Patterns are the vendor's and match whole texts. A pattern is compiled on
//! first use; a fast check accepts most texts without it.

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
    /// Characters that the pattern accepts in any order. Texts of such characters skip the pattern.
    plain: PlainCharacters,
    /// Fast check that accepts only matching texts. Accepted texts skip the pattern.
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

/// Characters that a pattern accepts in any number and order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum PlainCharacters {
    /// None are known.
    None,
    /// Letters, digits and visible ASCII characters.
    Graphic,
    /// Letters, digits, visible ASCII characters and the space.
    GraphicAndSpace,
}

/// Start of the patterns that accept all letters, marks, symbols, numbers and punctuation.
const GRAPHIC: &[u8] = br"[\p{L}\p{M}\p{S}\p{N}\p{P}";

/// Start of the patterns that accept white space as well.
const GRAPHIC_AND_SPACE: &[u8] = br"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ";

impl PlainCharacters {
    const fn accepted_by(pattern: &[u8]) -> Self {
        if pattern.is_empty() || starts_with(pattern, GRAPHIC_AND_SPACE) {
            Self::GraphicAndSpace
        } else if starts_with(pattern, GRAPHIC) {
            Self::Graphic
        } else {
            Self::None
        }
    }

    /// Returns whether `text` consists of ASCII characters of this kind. There is no early exit, so that
    /// the compiler can vectorize the loop.
    fn accepts_ascii(self, text: &str) -> bool {
        let first = match self {
            Self::None => return false,
            Self::Graphic => b'!',
            Self::GraphicAndSpace => b' ',
        };
        text.bytes().fold(true, |all, byte| all & (first <= byte) & (byte <= b'~'))
    }

    /// Returns whether `text` consists of characters of this kind, in any script. What the standard
    /// library calls alphanumeric is a letter, mark, number or symbol of the pattern.
    fn accepts(self, text: &str) -> bool {
        let is_graphic = |char: char| {
            char.is_ascii_graphic() || char.is_alphanumeric() || VIRAMAS.contains(&char)
        };
        match self {
            Self::None => false,
            Self::Graphic => text.chars().all(is_graphic),
            Self::GraphicAndSpace => text.chars().all(|char| is_graphic(char) || char == ' '),
        }
    }
}

/// Virama signs, which join consonants in Indic scripts. They are marks and not alphanumeric.
const VIRAMAS: [char; 9] = [
    '\u{94d}', '\u{9cd}', '\u{a4d}', '\u{acd}', '\u{b4d}', '\u{bcd}', '\u{c4d}', '\u{ccd}',
    '\u{d4d}',
];

/// A text of `min` to `max` characters that matches `pattern` as a whole. An empty pattern matches any
/// text.
pub const fn limit(name: &'static str, min: usize, max: usize, pattern: &'static str) -> Limit {
    Limit {
        name,
        min,
        max,
        pattern: if pattern.is_empty() { None } else { Some(pattern) },
        sensitive: false,
        plain: PlainCharacters::accepted_by(pattern.as_bytes()),
        fast_check: None,
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

    /// Skips the pattern for texts that `fast_check` accepts. It must accept only ASCII texts that match
    /// the pattern, but need not accept all of them.
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
        // The length in bytes is that in characters, because only ASCII texts are accepted below.
        let fits = (self.min..=self.max).contains(&text.len()) && !self.date;
        fits && (self.plain.accepts_ascii(text) || self.passes_fast_check(text))
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
        let is_plain = !text.is_empty() && self.plain.accepts(text);
        if is_plain || self.passes_fast_check(text) {
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

/// Returns whether a text has only ASCII characters that Huawei allows in user names.
pub fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte))
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
        same(is_word, r"[A-Za-z0-9_+=,.@-]*");
        same(is_plain_address, r"[A-Za-z0-9]+(\.[A-Za-z0-9]+)*@([A-Za-z0-9]+\.)+[A-Za-z]+");
    }

    #[test]
    fn plain_characters_match_the_pattern() {
        const TEXT: &str = r"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+";
        for pattern in [NAME.pattern.expect("one"), TEXT] {
            let plain = PlainCharacters::accepted_by(pattern.as_bytes());
            // The standard library may have a newer Unicode version than the regex crate.
            let pattern = Regex::new(&format!(r"^(?:{pattern}|\p{{Cn}})$")).expect("a pattern");
            for char in '\0'..=char::MAX {
                let text = char.to_string();
                assert!(
                    !plain.accepts_ascii(&text) || char.is_ascii() && plain.accepts(&text),
                    "{char:?}"
                );
                assert!(!plain.accepts(&text) || pattern.is_match(&text), "{char:?}");
            }
            assert!(
                plain.accepts("Ålesund") && plain.accepts("प्रिया") && plain.accepts_ascii("Bergen")
            );
        }
        assert!(
            !PlainCharacters::Graphic.accepts_ascii(" ")
                && PlainCharacters::GraphicAndSpace.accepts_ascii("a b")
        );
    }
}
