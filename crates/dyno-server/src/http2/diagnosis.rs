//! Why the library ended a connection, in the codes that RFC 9113 asks for.
//!
//! `h2` says PROTOCOL_ERROR of every frame it cannot read. This remembers what was wrong with the first such frame
//! and the header blocks read last, and is asked only when the library gives up. Called by `sniffer`.

use std::collections::VecDeque;

use h2::Reason;

use super::hpack::{self, Name};
use super::watcher::{Frame, kind};

const END_STREAM: u8 = 0x1;
const PADDED: u8 = 0x8;
const PRIORITY: u8 = 0x20;
const END_HEADERS: u8 = 0x4;
const ACK: u8 = 0x1;
/// More of one block is not kept; the library's own limit is below it.
const BLOCK_BYTES_MAX: usize = 64 * 1024;
/// Streams whose end is remembered.
const ENDED_MAX: usize = 128;
/// The end of what the library writes last: GOAWAY without debug data.
const GOAWAY_HEADER: [u8; 9] = [0, 0, 8, 7, 0, 0, 0, 0, 0];
const GOAWAY_BYTES: usize = 17;

/// The memory of what was read, as far as a fault may be in it.
#[derive(Default)]
pub(super) struct Diagnosis {
    fault: Option<Reason>,
    /// Header blocks since the last read, one behind the other.
    blocks: Vec<u8>,
    ends: Vec<usize>,
    /// Where the payload of the frame being read begins in `blocks`.
    payload_start: usize,
    /// True between HEADERS and the last CONTINUATION of a block.
    is_block_open: bool,
    last_stream_id: u32,
    /// Streams that the client has ended, the last ones only.
    ended: VecDeque<u32>,
}

impl Diagnosis {
    /// Forgets the blocks that the library has read: it asks for more bytes only then.
    pub(super) fn start_read(&mut self) {
        if let Some(end) = self.ends.last().copied() {
            self.blocks.drain(..end);
            self.payload_start -= end;
            self.ends.clear();
        }
    }

    /// Takes a piece of the payload of HEADERS or CONTINUATION.
    pub(super) fn take_block(&mut self, piece: &[u8]) {
        if self.blocks.len() < BLOCK_BYTES_MAX {
            self.blocks.extend_from_slice(piece);
        }
    }

    /// Takes note of one whole frame; true when its trailers hold a pseudo-field, which the library lets through.
    pub(super) fn see(&mut self, frame: Frame<'_>) -> bool {
        self.fault = self.fault.or_else(|| fault_of(frame)).or_else(|| self.fault_of_place(frame));
        self.note_end(frame);
        if !matches!(frame.kind, kind::HEADERS | kind::CONTINUATION) {
            return false;
        }
        if frame.kind == kind::HEADERS {
            self.strip(frame);
        }
        self.payload_start = self.blocks.len();
        self.is_block_open = frame.flags & END_HEADERS == 0;
        if self.is_block_open {
            return false;
        }
        let start = self.ends.last().copied().unwrap_or(0);
        self.ends.push(self.blocks.len());
        let is_trailers = frame.stream_id <= self.last_stream_id;
        self.last_stream_id = self.last_stream_id.max(frame.stream_id);
        is_trailers && has_pseudo_field(&self.blocks[start..])
    }

    /// What is written instead of `bytes`, if these end in a GOAWAY whose code can be said better.
    pub(super) fn renamed(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let start = bytes.len().checked_sub(GOAWAY_BYTES)?;
        let goaway = &bytes[start..];
        let is_vague = goaway.starts_with(&GOAWAY_HEADER) && goaway[13..] == [0, 0, 0, 1];
        let reason = if is_vague { self.reason()? } else { return None };
        let mut renamed = bytes.to_vec();
        renamed[start + 13..].copy_from_slice(&u32::from(reason).to_be_bytes());
        Some(renamed)
    }

    fn reason(&self) -> Option<Reason> {
        if self.fault.is_some() {
            return self.fault;
        }
        let mut start = 0;
        for &end in &self.ends {
            if hpack::walk(&self.blocks[start..end], |_| {}).is_err() {
                return Some(Reason::COMPRESSION_ERROR);
            }
            start = end;
        }
        None
    }

    /// What is wrong with a frame because of what came before it.
    fn fault_of_place(&self, frame: Frame<'_>) -> Option<Reason> {
        if self.is_block_open && frame.kind != kind::CONTINUATION {
            return Some(Reason::PROTOCOL_ERROR);
        }
        // A new stream, as most are, needs no search.
        let is_late = frame.stream_id <= self.last_stream_id
            && matches!(frame.kind, kind::DATA | kind::HEADERS)
            && self.ended.contains(&frame.stream_id);
        is_late.then_some(Reason::STREAM_CLOSED)
    }

    fn note_end(&mut self, frame: Frame<'_>) {
        let is_end = matches!(frame.kind, kind::DATA | kind::HEADERS) && frame.flags & END_STREAM != 0;
        if is_end || frame.kind == kind::RST_STREAM {
            if self.ended.len() == ENDED_MAX {
                self.ended.pop_front();
            }
            self.ended.push_back(frame.stream_id);
        }
    }

    /// Takes padding and priority off the payload of HEADERS; an impossible padding is the library's to refuse.
    fn strip(&mut self, frame: Frame<'_>) {
        let start = self.payload_start;
        let is_padded = frame.flags & PADDED != 0;
        let padding = if is_padded { self.blocks.get(start).copied().map_or(0, usize::from) } else { 0 };
        let front = usize::from(is_padded) + if frame.flags & PRIORITY != 0 { 5 } else { 0 };
        if front + padding <= self.blocks.len() - start {
            self.blocks.truncate(self.blocks.len() - padding);
            self.blocks.drain(start..start + front);
        }
    }
}

/// What is wrong with a frame by itself, apart from PROTOCOL_ERROR.
fn fault_of(frame: Frame<'_>) -> Option<Reason> {
    const INITIAL_WINDOW_SIZE: [u8; 2] = [0, 4];
    let is_sized = match frame.kind {
        kind::PRIORITY => frame.length == 5,
        kind::RST_STREAM | kind::WINDOW_UPDATE => frame.length == 4,
        kind::PING => frame.length == 8,
        kind::GOAWAY => frame.length >= 8,
        kind::SETTINGS if frame.flags & ACK != 0 => frame.length == 0,
        kind::SETTINGS => frame.length.is_multiple_of(6),
        _ => true,
    };
    if !is_sized {
        return Some(Reason::FRAME_SIZE_ERROR);
    }
    let is_too_wide = |setting: &[u8; 6]| setting[..2] == INITIAL_WINDOW_SIZE && setting[2] & 0x80 != 0;
    let has_wide_window = frame.kind == kind::SETTINGS && frame.payload.as_chunks().0.iter().any(is_too_wide);
    has_wide_window.then_some(Reason::FLOW_CONTROL_ERROR)
}

fn has_pseudo_field(block: &[u8]) -> bool {
    let mut is_found = false;
    // What cannot be decoded is refused by the library.
    let _ = hpack::walk(block, |name| is_found |= is_pseudo(name));
    is_found
}

fn is_pseudo(name: Name<'_>) -> bool {
    match name {
        // The static table begins with `:authority` and ends its pseudo-fields with `:status`.
        Name::Indexed(index) => (1..=14).contains(&index),
        Name::Plain(name) => name.first() == Some(&b':'),
        // `:` is 1011100 in Huffman code.
        Name::Huffman(name) => name.first().is_some_and(|byte| byte >> 1 == 0b101_1100),
    }
}

#[cfg(test)]
mod tests;
