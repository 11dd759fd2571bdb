//! Pseudo-random numbers as a pure function of a seed, a key and a number.

/// The `n`-th draw of `key` under `seed`: 64 equally likely bits.
pub fn draw(seed: u64, key: &str, n: u64) -> u64 {
    splitmix64(splitmix64(seed ^ fnv1a(key)).wrapping_add(n))
}

/// The `n`-th draw of `key` under `seed`, of 128 bits.
pub(super) fn draw_wide(seed: u64, key: &str, n: u64) -> u128 {
    let high = draw(seed, key, n);
    u128::from(high) << 64 | u128::from(splitmix64(high ^ n))
}

/// FNV-1a, which needs no secret state here.
fn fnv1a(key: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in key.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash
}

/// The output function of splitmix64.
fn splitmix64(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
