//! The payload of compressed messages, RFC 7692 section 7.2: raw DEFLATE that ends at a byte, without the last four.
//!
//! Memory for a window is taken at the first message that needs it, so that connections which never compress cost
//! nothing.

use std::fmt;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::COMPRESS_WINDOW_BITS_MIN;

/// What ends every flushed piece of DEFLATE and is left out on the wire.
const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];
/// Most bytes that the output grows by in one step of decompression.
const INFLATE_STEP_BYTES: usize = 64 * 1024;

/// Compressor of the messages that one side sends.
pub struct Deflater {
    window_bits: u8,
    level: Compression,
    resets_each_message: bool,
    stream: Option<Compress>,
}

impl Deflater {
    /// A compressor with this window, 9 to 15 bits.
    #[must_use]
    pub fn new(window_bits: u8, level: u32, resets_each_message: bool) -> Self {
        Self { window_bits, level: Compression::new(level.min(9)), resets_each_message, stream: None }
    }

    /// Appends the compressed form of one whole message to `out`.
    pub fn deflate(&mut self, message: &[u8], out: &mut Vec<u8>) {
        if message.is_empty() {
            // An empty stored block without its tail; the compressor itself would write nothing twice in a row.
            out.push(0x00);
            return;
        }
        let stream = self
            .stream
            .get_or_insert_with(|| Compress::new_with_window_bits(self.level, false, self.window_bits));
        let mut rest = message;
        out.reserve(message.len() / 2 + 64);
        loop {
            let before = stream.total_in();
            stream
                .compress_vec(rest, out, FlushCompress::Sync)
                .expect("invariant: a raw stream that is only flushed takes any input");
            rest = &rest[(stream.total_in() - before) as usize..];
            if rest.is_empty() && out.len() < out.capacity() {
                break;
            }
            out.reserve(rest.len() / 2 + 64);
        }
        debug_assert!(out.ends_with(&TAIL), "a sync flush ends in an empty block");
        out.truncate(out.len() - TAIL.len());
        if self.resets_each_message {
            stream.reset();
        }
    }

    /// Forgets the window: what follows refers to nothing that was sent before.
    pub fn reset(&mut self) {
        if let Some(stream) = &mut self.stream {
            stream.reset();
        }
    }

    /// The window, in bits.
    #[must_use]
    pub fn window_bits(&self) -> u8 {
        self.window_bits
    }
}

/// Bounds on what a compressed message may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InflateLimits {
    /// Largest message in bytes, decompressed.
    pub message_bytes_max: usize,
    /// Most bytes out per byte in.
    pub ratio_max: u32,
    /// Messages up to this size may have any ratio: a line of spaces is no attack.
    pub ratio_free_bytes: usize,
}

/// Why a message was not decompressed to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InflateError {
    /// The bytes are no DEFLATE, or refer to what is outside the window.
    Damaged,
    /// Above [`InflateLimits::message_bytes_max`].
    TooBig,
    /// Above [`InflateLimits::ratio_max`].
    Ratio,
}

/// Decompressor of the messages that one side receives.
pub struct Inflater {
    window_bits: u8,
    resets_each_message: bool,
    stream: Option<Decompress>,
    /// Compressed bytes of the message so far.
    message_bytes_in: u64,
    /// The sender ended its stream inside the message (BFINAL); nothing after it can refer to what was before.
    has_ended: bool,
}

impl Inflater {
    /// A decompressor for a sender with this window.
    #[must_use]
    pub fn new(window_bits: u8, resets_each_message: bool) -> Self {
        Self {
            // Senders that agree to 8 bits often use 9, since zlib does.
            window_bits: window_bits.max(COMPRESS_WINDOW_BITS_MIN),
            resets_each_message,
            stream: None,
            message_bytes_in: 0,
            has_ended: false,
        }
    }

    /// Decompresses the next piece of a message and appends it to `message`, which holds what came before.
    ///
    /// # Errors
    /// When the bytes are damaged or a limit is reached; of no use afterwards.
    pub fn inflate(
        &mut self,
        piece: &[u8],
        message: &mut Vec<u8>,
        limits: &InflateLimits,
    ) -> Result<(), InflateError> {
        self.message_bytes_in += piece.len() as u64;
        self.run(piece, message, limits)
    }

    /// Ends the message.
    ///
    /// # Errors
    /// As [`Self::inflate`].
    pub fn finish(&mut self, message: &mut Vec<u8>, limits: &InflateLimits) -> Result<(), InflateError> {
        // The ratio counts what came over the wire, and that may be as little as one byte.
        self.run(&TAIL, message, limits)?;
        self.message_bytes_in = 0;
        let forgets = std::mem::take(&mut self.has_ended) || self.resets_each_message;
        if let Some(stream) = self.stream.as_mut().filter(|_| forgets) {
            stream.reset(false);
        }
        Ok(())
    }

    fn run(
        &mut self,
        mut input: &[u8],
        message: &mut Vec<u8>,
        limits: &InflateLimits,
    ) -> Result<(), InflateError> {
        let stream =
            self.stream.get_or_insert_with(|| Decompress::new_with_window_bits(false, self.window_bits));
        loop {
            if message.len() == message.capacity() {
                message.reserve((input.len() * 4).max(message.len()).clamp(128, INFLATE_STEP_BYTES));
            }
            let (before_in, before_out) = (stream.total_in(), stream.total_out());
            let status = stream
                .decompress_vec(input, message, FlushDecompress::Sync)
                .map_err(|_| InflateError::Damaged)?;
            let used = (stream.total_in() - before_in) as usize;
            let has_progress = used > 0 || stream.total_out() > before_out;
            input = &input[used..];
            check_growth(message.len(), self.message_bytes_in, limits)?;
            if status == Status::StreamEnd {
                stream.reset(false);
                self.has_ended = true;
            }
            let is_drained = message.len() < message.capacity();
            if is_drained && (input.is_empty() || !has_progress) {
                return Ok(());
            }
        }
    }
}

fn check_growth(bytes_out: usize, bytes_in: u64, limits: &InflateLimits) -> Result<(), InflateError> {
    if bytes_out > limits.message_bytes_max {
        return Err(InflateError::TooBig);
    }
    let allowed = bytes_in.saturating_mul(u64::from(limits.ratio_max));
    if bytes_out > limits.ratio_free_bytes && bytes_out as u64 > allowed {
        return Err(InflateError::Ratio);
    }
    Ok(())
}

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflater").field("window_bits", &self.window_bits).finish_non_exhaustive()
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").field("window_bits", &self.window_bits).finish_non_exhaustive()
    }
}
