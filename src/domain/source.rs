//! Where time and ids come from. Nothing in the domain asks the machine for either.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::resource::Timestamp;

/// Tells the time: the machine's, that of a clock so much fast or slow, or always the same.
///
/// One word holds all of it, so that nobody reads half a setting: the lowest bit says whether time
/// stands still, the others hold when, or else by how much this clock differs from the machine's.
#[derive(Debug)]
pub struct Clock {
    state: AtomicI64,
    start: i64,
}

/// How to set a clock. What is there is done in this order.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct ClockSetting {
    /// The time it is from now on.
    pub set: Option<Timestamp>,
    /// How many milliseconds to go on.
    pub advance_ms: u64,
    /// Whether time stands still.
    pub freeze: Option<bool>,
}

/// 9999-12-30T22:00:00Z, the last time that a calendar of four digits has in every zone.
pub const TIME_MAX: Timestamp = Timestamp(253_402_207_200_000);

impl Clock {
    /// The machine's.
    pub const fn system() -> Self {
        Self { state: AtomicI64::new(0), start: 0 }
    }

    /// Always the same; for tests and for runs that have to repeat to the byte.
    pub const fn frozen(at: Timestamp) -> Self {
        let state = packed(at.0, true);
        Self { state: AtomicI64::new(state), start: state }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        time_of(self.state.load(Ordering::Relaxed))
    }

    /// Whether time stands still.
    pub fn is_frozen(&self) -> bool {
        self.state.load(Ordering::Relaxed) & 1 == 1
    }

    /// Whether it tells the machine's time.
    pub fn is_system(&self) -> bool {
        self.state.load(Ordering::Relaxed) == 0
    }

    /// Sets it, in one step, and tells what time it is then. `None`, and nothing is set, where that
    /// would be before 1970 or after [`TIME_MAX`].
    pub fn set(&self, setting: ClockSetting) -> Option<Timestamp> {
        let next = |state: i64| {
            let now = setting.set.unwrap_or_else(|| time_of(state));
            let now = now.0.checked_add_unsigned(setting.advance_ms)?;
            if !(0..=TIME_MAX.0).contains(&now) {
                return None;
            }
            let frozen = setting.freeze.unwrap_or(state & 1 == 1);
            let moved = setting.set.is_some() || setting.advance_ms > 0 || state & 1 == 1;
            Some(match (frozen, moved) {
                (true, _) => packed(now, true),
                (false, true) => packed(now - system_ms(), false),
                (false, false) => state,
            })
        };
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            let new = next(state)?;
            let order = Ordering::Relaxed;
            match self.state.compare_exchange_weak(state, new, order, order) {
                Ok(_) => return Some(time_of(new)),
                Err(other) => state = other,
            }
        }
    }

    /// As at the start.
    pub fn reset(&self) {
        self.state.store(self.start, Ordering::Relaxed);
    }
}

const fn packed(ms: i64, frozen: bool) -> i64 {
    ms << 1 | frozen as i64
}

fn time_of(state: i64) -> Timestamp {
    let ms = state >> 1;
    Timestamp(if state & 1 == 1 { ms } else { system_ms().saturating_add(ms) })
}

fn system_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Mints ids from a seed: the n-th id of a kind in a store is the same in every run.
#[derive(Debug)]
pub struct Ids {
    seed: u64,
    requests: AtomicU64,
}

impl Ids {
    /// Ids of this seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed, requests: AtomicU64::new(0) }
    }

    /// The seed.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The id of the next request, 128 bits; each dialect writes it in its own way.
    pub fn request_id(&self) -> u128 {
        let n = self.requests.fetch_add(1, Ordering::Relaxed);
        wide(self.seed, "request", n)
    }

    /// Counts requests from the beginning again.
    pub fn restart(&self) {
        self.requests.store(0, Ordering::Relaxed);
    }
}

/// The `n`-th draw of `key` under `seed`: 64 bits, equally likely, a pure function.
pub fn draw(seed: u64, key: &str, n: u64) -> u64 {
    // FNV-1a spreads the key, splitmix64 mixes it with seed and count. Neither has to be secret.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in key.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    mix(mix(seed ^ hash).wrapping_add(n))
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

fn wide(seed: u64, key: &str, n: u64) -> u128 {
    let high = draw(seed, key, n);
    u128::from(high) << 64 | u128::from(mix(high ^ n))
}

fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_set_in_one_step_or_not_at_all() {
        let clock = Clock::frozen(Timestamp(1_000));
        let set = |setting| clock.set(setting).map(|now| now.0);
        let nothing = ClockSetting::default();
        assert_eq!(set(ClockSetting { advance_ms: 500, ..nothing }), Some(1_500));
        let both = ClockSetting { set: Some(Timestamp(9_000)), advance_ms: 1, ..nothing };
        assert_eq!((set(both), clock.is_frozen()), (Some(9_001), true));
        let far = ClockSetting { advance_ms: u64::MAX, freeze: Some(false), ..nothing };
        assert_eq!((set(far), clock.now(), clock.is_frozen()), (None, Timestamp(9_001), true));
        set(ClockSetting { freeze: Some(false), ..nothing });
        assert!(!clock.is_frozen() && clock.now() >= Timestamp(9_001));
        assert!(clock.now() < Timestamp(9_001 + 3_600_000), "it goes on from where it stood");
        clock.reset();
        assert_eq!((clock.now(), clock.is_frozen()), (Timestamp(1_000), true));
    }

    #[test]
    fn a_running_clock_runs_on_from_where_it_is_set() {
        let clock = Clock::system();
        clock.set(ClockSetting::default());
        assert!(clock.is_system());
        let at = Timestamp(TIME_MAX.0 - 86_400_000);
        clock.set(ClockSetting { set: Some(at), ..ClockSetting::default() });
        assert!(!clock.is_system() && !clock.is_frozen() && clock.now() >= at);
        clock.set(ClockSetting { freeze: Some(true), ..ClockSetting::default() });
        assert_eq!(clock.now(), clock.now());
        clock.reset();
        assert!(clock.is_system());
    }

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
