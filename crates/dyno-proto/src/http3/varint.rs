//! Integers of variable length, as QUIC writes them (RFC 9000, section 16).

/// The largest value that fits.
pub(super) const MAX: u64 = (1 << 62) - 1;

/// Appends `value`; what is larger than 62 bits is cut to the largest that fits.
pub fn encode_varint(out: &mut Vec<u8>, value: u64) {
    let value = value.min(MAX);
    match value {
        0..=0x3f => out.push(value as u8),
        0x40..=0x3fff => out.extend_from_slice(&(value as u16 | 0x4000).to_be_bytes()),
        0x4000..=0x3fff_ffff => out.extend_from_slice(&(value as u32 | 0x8000_0000).to_be_bytes()),
        _ => out.extend_from_slice(&(value | 0xc000_0000_0000_0000).to_be_bytes()),
    }
}

/// The value at the start of `input` and how many bytes it takes; `None` when they are not all there.
#[must_use]
pub fn decode_varint(input: &[u8]) -> Option<(u64, usize)> {
    let first = *input.first()?;
    let length = 1 << (first >> 6);
    let bytes = input.get(..length)?;
    let value = bytes[1..].iter().fold(u64::from(first & 0x3f), |value, &byte| value << 8 | u64::from(byte));
    Some((value, length))
}
