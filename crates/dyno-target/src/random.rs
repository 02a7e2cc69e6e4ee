//! Draws that depend on a seed and a number only, so that every run of a route can be repeated.
//!
//! SplitMix64, which passes the usual tests; not for secrets.

use std::f64::consts::TAU;

/// The `n`-th 64 random bits of `seed`.
pub(crate) fn bits(seed: u64, n: u64) -> u64 {
    let mut z = seed.wrapping_add(n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The `n`-th uniform number of `seed`, above 0 and at most 1.
pub(crate) fn uniform(seed: u64, n: u64) -> f64 {
    ((bits(seed, n) >> 11) + 1) as f64 / (1_u64 << 53) as f64
}

/// The `n`-th standard normal number of `seed` (Box and Muller).
pub(crate) fn standard_normal(seed: u64, n: u64) -> f64 {
    let radius = (-2.0 * uniform(seed, 2 * n).ln()).sqrt();
    radius * (TAU * uniform(seed, 2 * n + 1)).cos()
}

/// Appends bytes `from..to` of the endless body of `seed`.
pub(crate) fn append_body(out: &mut Vec<u8>, seed: u64, from: u64, to: u64) {
    out.reserve((to - from) as usize);
    let mut at = from;
    while at < to {
        let word = bits(seed, at / 8).to_le_bytes();
        let skip = (at % 8) as usize;
        let taken = (8 - skip).min((to - at) as usize);
        out.extend_from_slice(&word[skip..skip + taken]);
        at += taken as u64;
    }
}
