//! From bytes in any split to whole messages: frames, fragments, masking, UTF-8, decompression, limits.
//!
//! Reports control frames between the fragments of a message, as they came. Answers nothing; `endpoint` does.

use super::Role;
use super::deflate::{InflateError, InflateLimits, Inflater};
use super::error::WebSocketError;
use super::frame::{CONTROL_BYTES_MAX, FrameHeader, HEADER_BYTES_MAX};
use super::mask::apply_mask;
use super::message::OpCode;
use super::utf8::Utf8Stream;

/// Bytes that are made room for at once on the word of a header, before any of them has come.
const RESERVE_BYTES_MAX: usize = 64 * 1024;
/// Compressed bytes that are unmasked at once.
const SCRATCH_BYTES: usize = 8 * 1024;

/// Bounds on one message, so that a peer cannot make the decoder hold memory without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageLimits {
    /// Largest message in bytes, decompressed. A compressed one may not be larger on the wire either, but for
    /// the little that DEFLATE adds to what cannot be compressed.
    pub message_bytes_max: usize,
    /// Most fragments without content in one message.
    pub empty_fragments_max: u32,
    /// Most bytes of a message per compressed byte.
    pub inflate_ratio_max: u32,
    /// Messages up to this size may be compressed better than that.
    pub inflate_free_bytes: usize,
}

impl Default for MessageLimits {
    /// Messages of 1 MiB, 100 empty fragments, a ratio of 100 above 64 KiB.
    fn default() -> Self {
        Self {
            message_bytes_max: 1024 * 1024,
            empty_fragments_max: 100,
            inflate_ratio_max: 100,
            inflate_free_bytes: 64 * 1024,
        }
    }
}

impl MessageLimits {
    fn inflate(&self) -> InflateLimits {
        InflateLimits {
            message_bytes_max: self.message_bytes_max,
            ratio_max: self.inflate_ratio_max,
            ratio_free_bytes: self.inflate_free_bytes,
        }
    }

    /// DEFLATE adds five bytes to a block of incompressible data; fragments may end in flushes.
    fn compressed_bytes_max(&self) -> u64 {
        let limit = self.message_bytes_max as u64;
        limit + limit / 16 + 1024
    }

    fn too_big(&self) -> WebSocketError {
        WebSocketError::MessageTooBig { limit: self.message_bytes_max }
    }

    fn inflate_error(&self, error: InflateError) -> WebSocketError {
        match error {
            InflateError::Damaged => WebSocketError::DeflateDamaged,
            InflateError::TooBig => self.too_big(),
            InflateError::Ratio => WebSocketError::InflateRatio { ratio_max: self.inflate_ratio_max },
        }
    }
}

/// What one step of decoding brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The input is used up; feed more.
    NeedMore,
    /// A message or a control frame is complete; its bytes are the payload until the next step.
    Received(OpCode),
}

/// Decoder of what one peer sends.
#[derive(Debug)]
pub struct Decoder {
    sender: Role,
    limits: MessageLimits,
    inflater: Option<Inflater>,
    header: [u8; HEADER_BYTES_MAX],
    header_len: usize,
    frame: Option<OpenFrame>,
    /// The message that is being put together, from its first fragment to its last.
    open: Option<OpenMessage>,
    message: Vec<u8>,
    utf8: Utf8Stream,
    control: Vec<u8>,
    /// Where the payload of the last step is.
    last: Option<OpCode>,
    scratch: Vec<u8>,
}

/// A frame whose header is read.
#[derive(Debug, Clone, Copy)]
struct OpenFrame {
    header: FrameHeader,
    received: u64,
}

#[derive(Debug, Clone, Copy)]
struct OpenMessage {
    opcode: OpCode,
    is_compressed: bool,
    /// Payload bytes of all frames so far, as on the wire.
    wire_bytes: u64,
    empty_fragments: u32,
}

impl Decoder {
    /// A decoder of what `sender` sends; with an inflater where permessage-deflate is agreed.
    #[must_use]
    pub fn new(sender: Role, limits: MessageLimits, inflater: Option<Inflater>) -> Self {
        Self {
            sender,
            limits,
            inflater,
            header: [0; HEADER_BYTES_MAX],
            header_len: 0,
            frame: None,
            open: None,
            message: Vec::new(),
            utf8: Utf8Stream::default(),
            control: Vec::new(),
            last: None,
            scratch: Vec::new(),
        }
    }

    /// Takes the next step; returns how many bytes of `input` are used up, and what they brought.
    ///
    /// # Errors
    /// Any breach of the protocol or of the limits; the decoder is of no use afterwards.
    pub fn decode(&mut self, input: &[u8]) -> Result<(usize, Step), WebSocketError> {
        self.forget_last();
        let mut at = 0;
        loop {
            let Some(frame) = self.frame else {
                at += self.take_header(&input[at..])?;
                if self.frame.is_none() {
                    return Ok((at, Step::NeedMore));
                }
                continue;
            };
            let missing = frame.header.payload_len - frame.received;
            let taken = missing.min((input.len() - at) as u64) as usize;
            if taken > 0 {
                self.take_payload(&frame, &input[at..at + taken])?;
                at += taken;
            }
            if (taken as u64) < missing {
                self.frame = Some(OpenFrame { received: frame.received + taken as u64, ..frame });
                return Ok((at, Step::NeedMore));
            }
            self.frame = None;
            if let Some(opcode) = self.end_frame(&frame.header)? {
                self.last = Some(opcode);
                return Ok((at, Step::Received(opcode)));
            }
        }
    }

    /// The bytes of what the last step reported; empty when it reported nothing.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        match self.last {
            None => &[],
            Some(opcode) if opcode.is_control() => &self.control,
            Some(_) => &self.message,
        }
    }

    /// Gives the bytes of what the last step reported away, without a copy.
    #[must_use]
    pub fn take_payload_vec(&mut self) -> Vec<u8> {
        match self.last.take() {
            None => Vec::new(),
            Some(opcode) if opcode.is_control() => std::mem::take(&mut self.control),
            Some(_) => std::mem::take(&mut self.message),
        }
    }

    /// True between the first fragment of a message and its last.
    #[must_use]
    pub fn is_inside_message(&self) -> bool {
        self.open.is_some()
    }

    fn forget_last(&mut self) {
        if self.open.is_none() {
            self.message.clear();
            // One huge message must not cost its memory for as long as the connection lives.
            self.message.shrink_to(RESERVE_BYTES_MAX);
        }
        self.last = None;
    }

    /// Takes bytes of a header until it is whole; then the frame is open.
    fn take_header(&mut self, input: &[u8]) -> Result<usize, WebSocketError> {
        let mut used = 0;
        while self.frame.is_none() {
            let needed = match self.header_len {
                0 | 1 => 2,
                _ => FrameHeader::encoded_len([self.header[0], self.header[1]]),
            };
            if self.header_len == needed {
                self.header_len = 0;
                let header = FrameHeader::parse(&self.header[..needed], self.sender)?;
                self.begin_frame(&header)?;
                break;
            }
            let taken = (needed - self.header_len).min(input.len() - used);
            if taken == 0 {
                break;
            }
            self.header[self.header_len..self.header_len + taken].copy_from_slice(&input[used..used + taken]);
            self.header_len += taken;
            used += taken;
        }
        Ok(used)
    }

    /// Applies the rules that concern a frame in its place, before any of its payload has come.
    fn begin_frame(&mut self, header: &FrameHeader) -> Result<(), WebSocketError> {
        self.frame = Some(OpenFrame { header: *header, received: 0 });
        if header.opcode.is_control() {
            self.control.clear();
            return Ok(());
        }
        if header.is_compressed && self.inflater.is_none() {
            return Err(WebSocketError::ReservedBits { bits: 0b100 });
        }
        let mut open = match (header.opcode, self.open) {
            (OpCode::Continuation, Some(open)) => open,
            (OpCode::Continuation, None) => return Err(WebSocketError::ContinuationUnexpected),
            (_, Some(_)) => return Err(WebSocketError::ContinuationExpected),
            (opcode, None) => {
                OpenMessage { opcode, is_compressed: header.is_compressed, wire_bytes: 0, empty_fragments: 0 }
            }
        };
        open.wire_bytes = open.wire_bytes.saturating_add(header.payload_len);
        let limit = if open.is_compressed {
            self.limits.compressed_bytes_max()
        } else {
            self.limits.message_bytes_max as u64
        };
        if open.wire_bytes > limit {
            return Err(self.limits.too_big());
        }
        if header.payload_len == 0 && !header.is_final {
            open.empty_fragments += 1;
            if open.empty_fragments > self.limits.empty_fragments_max {
                return Err(WebSocketError::TooManyEmptyFragments { limit: self.limits.empty_fragments_max });
            }
        }
        if !open.is_compressed {
            self.message.reserve((header.payload_len as usize).min(RESERVE_BYTES_MAX));
        }
        self.open = Some(open);
        Ok(())
    }

    /// Takes payload bytes of the open frame.
    fn take_payload(&mut self, frame: &OpenFrame, bytes: &[u8]) -> Result<(), WebSocketError> {
        let offset = (frame.received % 4) as usize;
        if frame.header.opcode.is_control() {
            debug_assert!(self.control.len() + bytes.len() <= CONTROL_BYTES_MAX, "checked in the header");
            append_unmasked(&mut self.control, bytes, frame.header.mask, offset);
            return Ok(());
        }
        let open = self.open.expect("invariant: a data frame has opened its message");
        let start = self.message.len();
        if open.is_compressed {
            for (index, piece) in bytes.chunks(SCRATCH_BYTES).enumerate() {
                self.scratch.clear();
                let offset = offset + index * SCRATCH_BYTES;
                append_unmasked(&mut self.scratch, piece, frame.header.mask, offset);
                let limits = self.limits.inflate();
                let inflater = self.inflater.as_mut().expect("invariant: checked in the header");
                inflater
                    .inflate(&self.scratch, &mut self.message, &limits)
                    .map_err(|error| self.limits.inflate_error(error))?;
            }
        } else {
            append_unmasked(&mut self.message, bytes, frame.header.mask, offset);
        }
        self.check_text(open.opcode, start)
    }

    /// Ends a frame; returns the kind of what is now complete.
    fn end_frame(&mut self, header: &FrameHeader) -> Result<Option<OpCode>, WebSocketError> {
        if header.opcode.is_control() {
            return Ok(Some(header.opcode));
        }
        if !header.is_final {
            return Ok(None);
        }
        let open = self.open.take().expect("invariant: a data frame has opened its message");
        if open.is_compressed {
            let start = self.message.len();
            let limits = self.limits.inflate();
            let inflater = self.inflater.as_mut().expect("invariant: checked in the header");
            inflater.finish(&mut self.message, &limits).map_err(|error| self.limits.inflate_error(error))?;
            self.check_text(open.opcode, start)?;
        }
        if open.opcode == OpCode::Text {
            self.utf8.finish().map_err(|_| WebSocketError::NotUtf8)?;
        }
        Ok(Some(open.opcode))
    }

    fn check_text(&mut self, opcode: OpCode, start: usize) -> Result<(), WebSocketError> {
        if opcode == OpCode::Text {
            self.utf8.push(&self.message[start..]).map_err(|_| WebSocketError::NotUtf8)?;
        }
        Ok(())
    }
}

fn append_unmasked(to: &mut Vec<u8>, bytes: &[u8], mask: Option<[u8; 4]>, offset: usize) {
    let start = to.len();
    to.extend_from_slice(bytes);
    if let Some(key) = mask {
        apply_mask(&mut to[start..], key, offset);
    }
}
