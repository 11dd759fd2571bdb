//! Where time and ids come from. Nothing in the domain asks the machine for either.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::resource::Timestamp;

/// Tells the time.
#[derive(Debug)]
pub enum Clock {
    /// The machine's.
    System,
    /// Always the same; for tests and for runs that have to repeat to the byte.
    Frozen(Timestamp),
}

impl Clock {
    /// Now.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Frozen(at) => *at,
        }
    }
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
    let bits = wide(seed, key, n);
    let (a, b, c, d, e) = (
        bits >> 96 & 0xffff_ffff,
        bits >> 80 & 0xffff,
        0x7000 | bits >> 64 & 0xff,
        0x8000 | bits >> 48 & 0x3fff,
        bits & 0xffff_ffff_ffff,
    );
    format!("{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")
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
    fn ids_differ_by_seed_key_and_count_and_repeat_otherwise() {
        assert_eq!(uuid(7, "user", 1), uuid(7, "user", 1));
        assert_ne!(uuid(7, "user", 1), uuid(8, "user", 1));
        assert_ne!(uuid(7, "user", 1), uuid(7, "group", 1));
        assert_ne!(uuid(7, "user", 1), uuid(7, "user", 2));
        assert_eq!(uuid(7, "user", 1).len(), 36);
        assert_eq!(&uuid(7, "user", 1)[14..16], "70");
    }
}
