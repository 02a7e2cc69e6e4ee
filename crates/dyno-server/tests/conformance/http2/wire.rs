//! Frames of RFC 9113 and header blocks of RFC 7541, written and read by hand.
//!
//! Blocks are written as literals without indexing, so that the peer's table stays empty unless a case wants
//! otherwise. Of the blocks read only the status is needed.

use std::fmt;

pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Types of frames.
pub mod kind {
    pub const DATA: u8 = 0;
    pub const HEADERS: u8 = 1;
    pub const PRIORITY: u8 = 2;
    pub const RST_STREAM: u8 = 3;
    pub const SETTINGS: u8 = 4;
    pub const PUSH_PROMISE: u8 = 5;
    pub const PING: u8 = 6;
    pub const GOAWAY: u8 = 7;
    pub const WINDOW_UPDATE: u8 = 8;
    pub const CONTINUATION: u8 = 9;
    pub const UNKNOWN: u8 = 0x16;
}

/// Flags of frames.
pub mod flag {
    pub const NONE: u8 = 0;
    pub const ACK: u8 = 1;
    pub const END_STREAM: u8 = 1;
    pub const END_HEADERS: u8 = 4;
    pub const PADDED: u8 = 8;
    pub const PRIORITY: u8 = 0x20;
    /// A whole request without content.
    pub const WHOLE: u8 = END_STREAM | END_HEADERS;
}

/// Error codes.
pub mod code {
    pub const NO_ERROR: u32 = 0;
    pub const PROTOCOL: u32 = 1;
    pub const FLOW_CONTROL: u32 = 3;
    pub const STREAM_CLOSED: u32 = 5;
    pub const FRAME_SIZE: u32 = 6;
    pub const REFUSED_STREAM: u32 = 7;
    pub const CANCEL: u32 = 8;
    pub const COMPRESSION: u32 = 9;
    pub const ENHANCE_YOUR_CALM: u32 = 11;
}

/// One frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A frame of HEADERS.
pub fn headers(flags: u8, stream: u32, block: &[u8]) -> Vec<u8> {
    frame(kind::HEADERS, flags, stream, block)
}

/// A frame of DATA.
pub fn data(flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    frame(kind::DATA, flags, stream, payload)
}

/// A frame of SETTINGS with these parameters.
pub fn settings(parameters: &[(u16, u32)]) -> Vec<u8> {
    let payload: Vec<u8> = parameters
        .iter()
        .flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat())
        .collect();
    frame(kind::SETTINGS, flag::NONE, 0, &payload)
}

/// A frame of WINDOW_UPDATE.
pub fn window_update(stream: u32, increment: u32) -> Vec<u8> {
    frame(kind::WINDOW_UPDATE, flag::NONE, stream, &increment.to_be_bytes())
}

/// A frame of RST_STREAM.
pub fn reset(stream: u32, code: u32) -> Vec<u8> {
    frame(kind::RST_STREAM, flag::NONE, stream, &code.to_be_bytes())
}

/// A frame of PRIORITY: a dependency with its exclusive bit, and a weight less one.
pub fn priority(stream: u32, dependency: u32, weight: u8) -> Vec<u8> {
    frame(kind::PRIORITY, flag::NONE, stream, &[&dependency.to_be_bytes()[..], &[weight]].concat())
}

/// A frame of PING.
pub fn ping(payload: [u8; 8]) -> Vec<u8> {
    frame(kind::PING, flag::NONE, 0, &payload)
}

/// A block of literals without indexing and without Huffman coding.
pub fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    fields.iter().flat_map(|(name, value)| literal(0x00, name, value)).collect()
}

/// A literal with a new name; `start` is 0x40 with indexing, 0x00 without, 0x10 never.
pub fn literal(start: u8, name: &str, value: &str) -> Vec<u8> {
    [&[start][..], &string(name.as_bytes()), &string(value.as_bytes())].concat()
}

/// A string literal without Huffman coding.
pub fn string(bytes: &[u8]) -> Vec<u8> {
    let mut out = integer(0, 7, bytes.len());
    out.extend_from_slice(bytes);
    out
}

/// An integer with a prefix of `bits`, RFC 7541 section 5.1.
pub fn integer(start: u8, bits: u32, mut value: usize) -> Vec<u8> {
    let most = (1 << bits) - 1;
    if value < most {
        return vec![start | u8::try_from(value).unwrap()];
    }
    let mut out = vec![start | u8::try_from(most).unwrap()];
    value -= most;
    while value >= 128 {
        out.push(u8::try_from(value % 128).unwrap() | 0x80);
        value /= 128;
    }
    out.push(u8::try_from(value).unwrap());
    out
}

/// The pseudo-fields of a request for `/` by this method.
pub fn request(method: &str) -> Vec<u8> {
    request_with(method, "/", &[])
}

/// The pseudo-fields of a request, and further fields.
pub fn request_with(method: &str, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let pseudo = [(":method", method), (":scheme", "http"), (":path", path), (":authority", "a")];
    block(&[&pseudo[..], fields].concat())
}

/// A frame as received.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 10] = [
            "DATA",
            "HEADERS",
            "PRIORITY",
            "RST_STREAM",
            "SETTINGS",
            "PUSH_PROMISE",
            "PING",
            "GOAWAY",
            "WINDOW_UPDATE",
            "CONTINUATION",
        ];
        let name = NAMES.get(usize::from(self.kind)).copied().unwrap_or("unknown");
        let start = self.payload[..self.payload.len().min(40)].escape_ascii();
        write!(
            f,
            "{name}(stream {}, flags {:#x}, {} bytes \"{start}\")",
            self.stream,
            self.flags,
            self.payload.len()
        )
    }
}

impl Frame {
    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The code of RST_STREAM or GOAWAY.
    pub fn code(&self) -> u32 {
        let at = if self.kind == kind::GOAWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[at..at + 4].try_into().unwrap())
    }

    /// The status that a block of a response begins with.
    pub fn status(&self) -> u16 {
        let mut block = &self.payload[..];
        while block[0] & 0xe0 == 0x20 {
            // A change of the table's size in front.
            block = &block[1..];
        }
        match block[0] {
            indexed @ 0x88..=0x8e => [200, 204, 206, 304, 400, 404, 500][usize::from(indexed - 0x88)],
            // A literal of three digits, with the name at 8 to 14 of the static table.
            _ if block[1] & 0x80 == 0 => std::str::from_utf8(&block[2..5]).unwrap().parse().unwrap(),
            _ => digits(&block[2..2 + usize::from(block[1] & 0x7f)]),
        }
    }
}

/// A number in the Huffman code: `0` to `2` have five bits, `3` to `9` six that begin with 011.
fn digits(coded: &[u8]) -> u16 {
    let bits: Vec<u8> = coded.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)).collect();
    let take =
        |at: usize, count: usize| bits[at..at + count].iter().fold(0, |sum, bit| sum << 1 | u16::from(*bit));
    let (mut number, mut at) = (0, 0);
    for _ in 0..3 {
        let is_long = take(at, 3) == 0b011;
        let digit = if is_long { take(at, 6) - 0b01_1001 + 3 } else { take(at, 5) };
        at += if is_long { 6 } else { 5 };
        number = number * 10 + digit;
    }
    number
}
