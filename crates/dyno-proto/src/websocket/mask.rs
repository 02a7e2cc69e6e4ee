//! Masking of what a client sends, RFC 6455 section 5.3: the XOR itself, and where the keys come from.

use std::hash::{BuildHasher, RandomState};

/// XORs `bytes` with the key repeated, beginning with its byte number `offset mod 4`. Undoes itself.
pub fn apply_mask(bytes: &mut [u8], key: [u8; 4], offset: usize) {
    let mut key = key;
    key.rotate_left(offset % 4);
    let wide = u64::from_ne_bytes([key[0], key[1], key[2], key[3], key[0], key[1], key[2], key[3]]);
    // Eight bytes at a time; the compiler makes vector instructions of it.
    let (chunks, rest) = bytes.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}

/// Source of masking keys: one per frame.
#[derive(Debug, Clone)]
pub struct MaskKeys(Source);

#[derive(Debug, Clone)]
enum Source {
    /// A keyed hash of a counter; its key comes from the operating system's entropy.
    Keyed {
        state: RandomState,
        counter: u64,
    },
    Seeded {
        state: u64,
    },
}

impl MaskKeys {
    /// Keys that nobody outside this process can foresee, as RFC 6455 section 10.3 asks of clients that run foreign
    /// code.
    #[must_use]
    pub fn unpredictable() -> Self {
        Self(Source::Keyed { state: RandomState::new(), counter: 0 })
    }

    /// Keys that follow from `seed`, for load that can be repeated byte for byte. Foreseeable, so only for data and
    /// targets of one's own.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded { state: seed })
    }

    /// The key of the next frame.
    pub fn next_key(&mut self) -> [u8; 4] {
        let number = match &mut self.0 {
            Source::Keyed { state, counter } => {
                *counter = counter.wrapping_add(1);
                state.hash_one(*counter)
            }
            Source::Seeded { state } => splitmix(state),
        };
        let [first, second, third, fourth, ..] = number.to_le_bytes();
        [first, second, third, fourth]
    }
}

/// SplitMix64: one step of a generator whose every seed is a good one.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
