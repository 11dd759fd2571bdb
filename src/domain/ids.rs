//! Ids drawn from a seed.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::random::{draw, wide};

/// Mints ids from a seed: the n-th id of a kind in a store is the same in every run.
#[derive(Debug)]
pub struct RequestIds {
    seed: u64,
    requests: AtomicU64,
}

impl RequestIds {
    /// Ids of this seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed, requests: AtomicU64::new(0) }
    }

    /// The id of the next request, 128 bits; each dialect writes it in its own way.
    pub fn next(&self) -> u128 {
        let n = self.requests.fetch_add(1, Ordering::Relaxed);
        wide(self.seed, "request", n)
    }

    /// Counts requests from the beginning again.
    pub fn reset(&self) {
        self.requests.store(0, Ordering::Relaxed);
    }
}

/// A UUID in the form that AWS gives resources: its third group starts with `70`.
/// Source: behaviour.md §8 (seen in several stores).
pub fn uuid(seed: u64, key: &str, n: u64) -> String {
    // Of the third group the last two digits are drawn, of the fourth all but two bits.
    const DRAWN: u128 = 0xffff_ffff_ffff_00ff_3fff_ffff_ffff_ffff;
    const FIXED: u128 = 0x0000_0000_0000_7000_8000_0000_0000_0000;
    hyphenated(&(wide(seed, key, n) & DRAWN | FIXED).to_be_bytes())
}

/// Where each byte of a UUID stands in its text.
const BYTES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/// A UUID as text.
fn hyphenated(bits: &[u8; 16]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'-'; 36];
    for (byte, at) in bits.iter().zip(BYTES) {
        text[at] = DIGITS[usize::from(byte >> 4)];
        text[at + 1] = DIGITS[usize::from(byte & 15)];
    }
    str::from_utf8(&text).unwrap_or_default().to_owned() // Digits and dashes.
}

/// An id, nearly always a UUID of lower-case digits: that takes a third of what its text does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Uuid {
    Bits([u8; 16]),
    /// Any other text.
    Text(Arc<str>),
}

impl Uuid {
    /// Its text.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Bits(bits) => hyphenated(bits).into(),
            Self::Text(text) => (&**text).into(),
        }
    }

    /// Whether that is its text.
    pub(super) fn is(&self, text: &str) -> bool {
        match self {
            Self::Bits(bits) => uuid_bits(text).as_ref() == Some(bits),
            Self::Text(own) => **own == *text,
        }
    }
}

impl From<&str> for Uuid {
    fn from(text: &str) -> Self {
        uuid_bits(text).map_or_else(|| Self::Text(text.into()), Self::Bits)
    }
}

/// The bits of a UUID; `None` where another text would be made of them.
fn uuid_bits(text: &str) -> Option<[u8; 16]> {
    let digits: &[u8; 36] = text.as_bytes().try_into().ok()?;
    if [8, 13, 18, 23].iter().any(|at| digits[*at] != b'-') {
        return None;
    }
    let digit = |at: usize| match digits[at] {
        digit @ b'0'..=b'9' => Some(digit - b'0'),
        digit @ b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None, // No digit.
    };
    let mut bits = [0; 16];
    for (byte, at) in bits.iter_mut().zip(BYTES) {
        *byte = digit(at)? << 4 | digit(at + 1)?;
    }
    Some(bits)
}

/// The id of the `n`-th store of a seed. Source: AWS IdentityStoreId, `d-[0-9a-f]{10}`.
pub fn store_id(seed: u64, n: u64) -> String {
    format!("d-{:010x}", draw(seed, "identity store", n) >> 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_by_seed_key_and_count_and_repeat_otherwise() {
        assert_eq!(uuid(7, "user", 1), uuid(7, "user", 1));
        assert_ne!(uuid(7, "user", 1), uuid(8, "user", 1));
        assert_ne!(uuid(7, "user", 1), uuid(7, "group", 1));
        assert_ne!(uuid(7, "user", 1), uuid(7, "user", 2));
        assert_eq!(uuid(7, "user", 1).len(), 36);
        assert_eq!(&uuid(7, "user", 1)[14..16], "70");
    }

    #[test]
    fn an_id_comes_back_as_it_was() {
        let plain = uuid(7, "user", 1);
        assert!(matches!(Uuid::from(plain.as_str()), Uuid::Bits(_)));
        let upper = plain.to_uppercase();
        let other = format!("926703446b-{plain}");
        let odd = plain.replacen('-', "_", 1);
        let short = "-".repeat(36);
        for text in [plain.as_str(), &upper, &other, &odd, &short, ""] {
            let id = Uuid::from(text);
            assert_eq!(&*id.text(), text);
            assert!(id.is(text) && !id.is("x") && !id.is(&uuid(7, "user", 2)));
        }
    }
}
