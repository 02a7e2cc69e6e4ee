//! Integers with a prefix (RFC 7541, section 5.1), of at most 62 bits as RFC 9204 asks.

use crate::http3::varint::MAX;

/// Appends `value` in `prefix_bits` of a byte whose other bits are those of `first`, and more bytes if needed.
pub(super) fn encode_integer(out: &mut Vec<u8>, first: u8, prefix_bits: u32, value: u64) {
    let prefix_max = (1 << prefix_bits) - 1;
    if value < prefix_max {
        out.push(first | value as u8);
        return;
    }
    out.push(first | prefix_max as u8);
    let mut rest = value - prefix_max;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// The integer that begins in the lower `prefix_bits` of the first byte, and how many bytes it takes.
///
/// `None` when it is cut short or too large.
pub(super) fn decode_integer(input: &[u8], prefix_bits: u32) -> Option<(u64, usize)> {
    let prefix_max = (1_u64 << prefix_bits) - 1;
    let mut value = u64::from(*input.first()?) & prefix_max;
    if value < prefix_max {
        return Some((value, 1));
    }
    for (index, &byte) in input[1..].iter().enumerate() {
        let shift = 7 * index as u32;
        if shift > 56 {
            return None;
        }
        value += u64::from(byte & 0x7f) << shift;
        if value > MAX {
            return None;
        }
        if byte & 0x80 == 0 {
            return Some((value, index + 2));
        }
    }
    None
}
