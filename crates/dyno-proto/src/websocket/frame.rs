//! Frames on the wire, RFC 6455 section 5.2: the header decoded and encoded.
//!
//! Knows the form of one frame and nothing of messages; `decoder` and `encoder` do.

use super::Role;
use super::error::WebSocketError;
use super::mask::apply_mask;
use super::message::OpCode;

/// Longest payload of a control frame, in bytes.
pub const CONTROL_BYTES_MAX: usize = 125;
/// Longest header: two bytes, an 8-byte length, a masking key.
pub const HEADER_BYTES_MAX: usize = 14;

const FIN: u8 = 0x80;
const RESERVED_1: u8 = 0x40;
const MASKED: u8 = 0x80;

/// The header of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// True for the last fragment of a message, and for a message in one frame.
    pub is_final: bool,
    /// RSV1: with permessage-deflate, the message that begins here is compressed.
    pub is_compressed: bool,
    /// The kind.
    pub opcode: OpCode,
    /// The masking key; `None` in frames of a server.
    pub mask: Option<[u8; 4]>,
    /// Bytes of payload that follow.
    pub payload_len: u64,
}

impl FrameHeader {
    /// How many bytes the header takes that begins with these two.
    #[must_use]
    pub fn encoded_len(start: [u8; 2]) -> usize {
        let length_bytes = match start[1] & !MASKED {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        2 + length_bytes + if start[1] & MASKED == 0 { 0 } else { 4 }
    }

    /// Reads a whole header, as long as [`Self::encoded_len`] says, sent by `sender`.
    ///
    /// # Errors
    /// Whatever is wrong with a frame on its own: reserved bits and opcodes, masking, lengths, control frames.
    pub fn parse(bytes: &[u8], sender: Role) -> Result<Self, WebSocketError> {
        let [first, second, rest @ ..] = bytes else {
            panic!("invariant: the caller waits for a whole header");
        };
        if first & 0x30 != 0 {
            return Err(WebSocketError::ReservedBits { bits: first >> 4 & 0b111 });
        }
        let opcode = OpCode::from_number(first & 0x0F)
            .ok_or(WebSocketError::ReservedOpCode { opcode: first & 0x0F })?;
        let is_final = first & FIN != 0;
        let is_compressed = first & RESERVED_1 != 0;
        if is_compressed && (opcode.is_control() || opcode == OpCode::Continuation) {
            return Err(WebSocketError::ReservedBits { bits: 0b100 });
        }
        match (sender, second & MASKED != 0) {
            (Role::Client, false) => return Err(WebSocketError::Unmasked),
            (Role::Server, true) => return Err(WebSocketError::Masked),
            _ => {}
        }
        if opcode.is_control() && second & !MASKED > 125 {
            return Err(WebSocketError::ControlTooLong);
        }
        if opcode.is_control() && !is_final {
            return Err(WebSocketError::ControlFragmented);
        }
        let (payload_len, rest) = parse_length(second & !MASKED, rest)?;
        let mask = rest.first_chunk::<4>().copied();
        Ok(Self { is_final, is_compressed, opcode, mask, payload_len })
    }

    /// Appends the header to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let first = self.opcode as u8
            | if self.is_final { FIN } else { 0 }
            | if self.is_compressed { RESERVED_1 } else { 0 };
        let masked = if self.mask.is_some() { MASKED } else { 0 };
        match self.payload_len {
            length @ 0..=125 => out.extend_from_slice(&[first, masked | length as u8]),
            length @ 126..=0xFFFF => {
                out.extend_from_slice(&[first, masked | 126]);
                out.extend_from_slice(&(length as u16).to_be_bytes());
            }
            length => {
                out.extend_from_slice(&[first, masked | 127]);
                out.extend_from_slice(&length.to_be_bytes());
            }
        }
        if let Some(key) = self.mask {
            out.extend_from_slice(&key);
        }
    }
}

/// Appends one whole frame to `out`, masked when there is a key. Checks no rule, so that faults can be made with it.
pub fn encode_frame(
    out: &mut Vec<u8>,
    opcode: OpCode,
    is_final: bool,
    is_compressed: bool,
    mask: Option<[u8; 4]>,
    payload: &[u8],
) {
    out.reserve(HEADER_BYTES_MAX + payload.len());
    FrameHeader { is_final, is_compressed, opcode, mask, payload_len: payload.len() as u64 }.encode(out);
    let start = out.len();
    out.extend_from_slice(payload);
    if let Some(key) = mask {
        apply_mask(&mut out[start..], key, 0);
    }
}

fn parse_length(short: u8, rest: &[u8]) -> Result<(u64, &[u8]), WebSocketError> {
    let (length, shortest, rest) = match short {
        126 => {
            let (bytes, rest) = rest.split_first_chunk().expect("invariant: the header is whole");
            (u64::from(u16::from_be_bytes(*bytes)), 126, rest)
        }
        127 => {
            let (bytes, rest) = rest.split_first_chunk().expect("invariant: the header is whole");
            (u64::from_be_bytes(*bytes), 0x1_0000, rest)
        }
        short => (u64::from(short), 0, rest),
    };
    if length < shortest || length > i64::MAX as u64 {
        return Err(WebSocketError::LengthNotMinimal);
    }
    Ok((length, rest))
}
