//! From messages to bytes: framing, masking, compression, fragments.
//!
//! Checks no order of messages and no close handshake; `endpoint` does.

use std::sync::{Arc, OnceLock};

use super::Role;
use super::deflate::{COMPRESS_WINDOW_BITS_MIN, DeflateConfig, DeflateParameters, Deflater, WINDOW_BITS_MAX};
use super::frame::encode_frame;
use super::mask::MaskKeys;
use super::message::{Message, OpCode};

/// Encoder of what one side sends.
#[derive(Debug)]
pub struct Encoder {
    keys: Option<MaskKeys>,
    deflater: Option<Deflater>,
    message_bytes_min: usize,
    fragment_bytes_max: Option<usize>,
    scratch: Vec<u8>,
}

impl Encoder {
    /// A server's encoder; a client's when there are keys.
    #[must_use]
    pub fn new(keys: Option<MaskKeys>) -> Self {
        Self { keys, deflater: None, message_bytes_min: 0, fragment_bytes_max: None, scratch: Vec::new() }
    }

    /// Compresses as agreed. A window that the compressor does not know leaves messages as they are, which is always
    /// allowed.
    #[must_use]
    pub fn with_deflate(mut self, parameters: &DeflateParameters, config: &DeflateConfig) -> Self {
        let sender = if self.keys.is_some() { Role::Client } else { Role::Server };
        let (window_bits, resets) = parameters.of(sender);
        self.deflater = (window_bits >= COMPRESS_WINDOW_BITS_MIN)
            .then(|| Deflater::new(window_bits, config.level, resets));
        self.message_bytes_min = config.message_bytes_min;
        self
    }

    /// Cuts messages into frames of at most this many bytes (of payload, at least one).
    #[must_use]
    pub fn with_fragments(mut self, bytes_max: Option<usize>) -> Self {
        self.fragment_bytes_max = bytes_max.map(|bytes| bytes.max(1));
        self
    }

    /// Appends one message of text or binary data to `out`.
    pub fn encode_message(&mut self, out: &mut Vec<u8>, opcode: OpCode, data: &[u8]) {
        let deflater = self.deflater.as_mut().filter(|_| data.len() >= self.message_bytes_min);
        let Some(deflater) = deflater else {
            return encode_fragments(out, opcode, data, false, self.fragment_bytes_max, &mut self.keys);
        };
        self.scratch.clear();
        deflater.deflate(data, &mut self.scratch);
        encode_fragments(out, opcode, &self.scratch, true, self.fragment_bytes_max, &mut self.keys);
    }

    /// Appends one frame of a message that the caller cuts itself, uncompressed.
    pub fn encode_fragment(&mut self, out: &mut Vec<u8>, opcode: OpCode, data: &[u8], is_final: bool) {
        let key = self.keys.as_mut().map(MaskKeys::next_key);
        encode_frame(out, opcode, is_final, false, key, data);
    }

    /// Appends a control frame; `data` is at most 125 bytes.
    pub fn encode_control(&mut self, out: &mut Vec<u8>, opcode: OpCode, data: &[u8]) {
        self.encode_fragment(out, opcode, data, true);
    }

    /// Appends a message that is encoded once for many connections. Only for a server.
    pub fn encode_prepared(&mut self, out: &mut Vec<u8>, prepared: &PreparedMessage) {
        match &mut self.deflater {
            Some(deflater)
                if deflater.window_bits() == WINDOW_BITS_MAX
                    && prepared.message().data.len() >= self.message_bytes_min =>
            {
                out.extend_from_slice(prepared.compressed());
                // The peer's window now holds bytes that this compressor has not seen.
                deflater.reset();
            }
            _ => out.extend_from_slice(&prepared.0.plain),
        }
    }
}

/// One message encoded once and sent to many: what a server's broadcast needs. Clones share the bytes.
#[derive(Debug, Clone)]
pub struct PreparedMessage(Arc<Prepared>);

#[derive(Debug)]
struct Prepared {
    message: Message,
    plain: Vec<u8>,
    compressed: OnceLock<Vec<u8>>,
}

impl PreparedMessage {
    /// Encodes a message of text or binary data, unmasked. The compressed form is made when it is first needed.
    #[must_use]
    pub fn new(message: Message) -> Self {
        let mut plain = Vec::new();
        encode_frame(&mut plain, message.opcode, true, false, None, &message.data);
        Self(Arc::new(Prepared { message, plain, compressed: OnceLock::new() }))
    }

    /// The message as it was given.
    #[must_use]
    pub fn message(&self) -> &Message {
        &self.0.message
    }

    fn compressed(&self) -> &[u8] {
        self.0.compressed.get_or_init(|| {
            let mut data = Vec::new();
            let level = DeflateConfig::default().level;
            Deflater::new(WINDOW_BITS_MAX, level, true).deflate(&self.0.message.data, &mut data);
            let mut frame = Vec::new();
            encode_frame(&mut frame, self.0.message.opcode, true, true, None, &data);
            frame
        })
    }
}

/// Appends `data` as one message of one or more frames.
fn encode_fragments(
    out: &mut Vec<u8>,
    opcode: OpCode,
    data: &[u8],
    is_compressed: bool,
    bytes_max: Option<usize>,
    keys: &mut Option<MaskKeys>,
) {
    let (first, mut rest) = data.split_at(data.len().min(bytes_max.unwrap_or(usize::MAX)));
    let mut next_key = || keys.as_mut().map(MaskKeys::next_key);
    encode_frame(out, opcode, rest.is_empty(), is_compressed, next_key(), first);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(bytes_max.unwrap_or(usize::MAX)));
        encode_frame(out, OpCode::Continuation, after.is_empty(), false, next_key(), piece);
        rest = after;
    }
}
