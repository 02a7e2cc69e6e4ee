//! Random texts: letters and digits, hexadecimal digits, UUIDs and bodies.
//!
//! The `push_` forms append to a buffer and allocate nothing when it has room; drivers render with them.

use crate::Random;

const LETTERS_AND_DIGITS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";
/// 64 printable bytes that need no escape in JSON, HTML or a URL.
const BODY_BYTES: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The stream of [`body`], apart from those of arrivals.
const BODY_STREAM: u64 = u64::MAX;

/// Appends `len` uniform letters and digits.
#[inline]
pub fn push_text(random: &mut Random, len: usize, out: &mut Vec<u8>) {
    out.extend((0..len).map(|_| LETTERS_AND_DIGITS[random.below(62) as usize]));
}

/// Appends `len` uniform hexadecimal digits, lower case.
#[inline]
pub fn push_hex(random: &mut Random, len: usize, out: &mut Vec<u8>) {
    let mut bits = 0;
    for i in 0..len {
        if i % 16 == 0 {
            bits = random.next_u64();
        }
        out.push(HEX_DIGITS[(bits & 15) as usize]);
        bits >>= 4;
    }
}

/// Appends a version-4 UUID in its usual form of 36 characters.
#[inline]
pub fn push_uuid_v4(random: &mut Random, out: &mut Vec<u8>) {
    let mut bits = (u128::from(random.next_u64()) << 64) | u128::from(random.next_u64());
    // RFC 9562: version 4 in the seventh byte, variant 10 in the ninth.
    bits = (bits & !(0xF << 76)) | (0x4 << 76);
    bits = (bits & !(0x3 << 62)) | (0x2 << 62);
    for digit in 0..32 {
        if matches!(digit, 8 | 12 | 16 | 20) {
            out.push(b'-');
        }
        out.push(HEX_DIGITS[(bits >> (124 - 4 * digit)) as usize & 15]);
    }
}

/// `len` uniform letters and digits.
#[must_use]
pub fn text(random: &mut Random, len: usize) -> String {
    filled(len, |out| push_text(random, len, out))
}

/// `len` uniform hexadecimal digits, lower case.
#[must_use]
pub fn hex(random: &mut Random, len: usize) -> String {
    filled(len, |out| push_hex(random, len, out))
}

/// A version-4 UUID such as `0f8fad5b-d9cb-469f-a165-70867728950e`.
#[must_use]
pub fn uuid_v4(random: &mut Random) -> String {
    filled(36, |out| push_uuid_v4(random, out))
}

/// `len` bytes of printable ASCII that do not compress below six bits a byte; equal for equal arguments.
///
/// A longer body of the same seed starts with the shorter one.
#[must_use]
pub fn body(seed: u64, len: usize) -> Vec<u8> {
    let mut random = Random::for_arrival(seed, BODY_STREAM, 0);
    let mut out = Vec::with_capacity(len + 9);
    while out.len() < len {
        let bits = random.next_u64();
        out.extend((0..10).map(|i| BODY_BYTES[(bits >> (6 * i)) as usize & 63]));
    }
    out.truncate(len);
    out
}

fn filled(len: usize, fill: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::with_capacity(len);
    fill(&mut out);
    String::from_utf8(out).expect("invariant: only ASCII is pushed")
}
