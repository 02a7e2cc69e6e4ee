//! The chunked transfer coding, decoded from any split of the bytes.
//!
//! Strict about sizes and line ends, since a doubt here lets one message hide another. Copies no body data; only
//! trailers are kept. Called by `body`.

use super::error::ProtocolError;
use super::headers::Headers;

/// Most bytes of chunk extensions per message.
pub const CHUNK_EXTENSION_BYTES_MAX: usize = 4 * 1024;
/// Most trailer fields per message.
pub const TRAILER_COUNT_MAX: usize = 32;
/// Most bytes of the trailer section.
pub const TRAILER_BYTES_MAX: usize = 8 * 1024;

/// One step of decoding; slices borrow the input.
#[derive(Debug, PartialEq, Eq)]
pub enum ChunkedPart<'a> {
    /// The input is used up; feed more.
    NeedMore,
    /// Body bytes, never empty.
    Data(&'a [u8]),
    /// The body is complete; trailers are in [`ChunkedDecoder::trailers`].
    End,
}

/// Decoder of one chunked body.
#[derive(Debug, Clone, Default)]
pub struct ChunkedDecoder {
    state: State,
    /// Size of the chunk being opened or, in `Data`, what is left of it.
    size: u64,
    extension_bytes: usize,
    trailer_bytes: Vec<u8>,
    trailer_line_start: usize,
    trailers: Headers,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    SizeFirstDigit,
    SizeDigits,
    /// Behind white space that only `;` may follow.
    ExtensionGap,
    ExtensionNameStart,
    ExtensionName,
    /// Behind a name and white space, where `=` or `;` may follow.
    ExtensionNameGap,
    ExtensionValueStart,
    ExtensionToken,
    ExtensionQuoted,
    ExtensionQuotedPair,
    ExtensionQuotedEnd,
    SizeLineFeed,
    Data,
    DataCarriageReturn,
    DataLineFeed,
    Trailers,
    Done,
}

impl ChunkedDecoder {
    /// Takes the next step; returns how many bytes of `input` are used up, and what they mean.
    ///
    /// # Errors
    /// Any breach of the grammar or of the limits; the decoder is of no use afterwards.
    pub fn decode<'a>(&mut self, input: &'a [u8]) -> Result<(usize, ChunkedPart<'a>), ProtocolError> {
        let mut at = 0;
        while at < input.len() {
            match self.state {
                State::Data => {
                    let available = (input.len() - at) as u64;
                    let taken = self.size.min(available);
                    self.size -= taken;
                    if self.size == 0 {
                        self.state = State::DataCarriageReturn;
                    }
                    let end = at + taken as usize;
                    return Ok((end, ChunkedPart::Data(&input[at..end])));
                }
                State::Trailers => {
                    at += self.take_trailer_bytes(&input[at..])?;
                }
                State::Done => return Ok((at, ChunkedPart::End)),
                _ => {
                    self.take_line_byte(input[at])?;
                    at += 1;
                }
            }
        }
        let part = if self.state == State::Done { ChunkedPart::End } else { ChunkedPart::NeedMore };
        Ok((at, part))
    }

    /// The trailer fields; empty before the end and when none were sent.
    #[must_use]
    pub fn trailers(&self) -> &Headers {
        &self.trailers
    }

    /// Gets ready for the next body and keeps the memory.
    pub fn restart(&mut self) {
        self.state = State::default();
        self.size = 0;
        self.extension_bytes = 0;
        self.trailer_bytes.clear();
        self.trailer_line_start = 0;
        self.trailers.clear();
    }

    /// One byte of a chunk-size line or of the line end after chunk data.
    fn take_line_byte(&mut self, byte: u8) -> Result<(), ProtocolError> {
        self.state = match (self.state, byte) {
            (State::SizeFirstDigit | State::SizeDigits, _) => self.take_size_byte(byte)?,
            (State::SizeLineFeed, b'\n') if self.size == 0 => State::Trailers,
            (State::SizeLineFeed, b'\n') => State::Data,
            (State::SizeLineFeed, found) => {
                return Err(ProtocolError::ChunkLineEndMissing { after: "a chunk size", found });
            }
            (State::DataCarriageReturn, b'\r') => State::DataLineFeed,
            (State::DataLineFeed, b'\n') => {
                self.size = 0;
                State::SizeFirstDigit
            }
            (State::DataCarriageReturn | State::DataLineFeed, found) => {
                return Err(ProtocolError::ChunkLineEndMissing { after: "chunk data", found });
            }
            (_, _) => self.take_extension_byte(byte)?,
        };
        Ok(())
    }

    fn take_size_byte(&mut self, byte: u8) -> Result<State, ProtocolError> {
        if let Some(digit) = char::from(byte).to_digit(16) {
            // The top bit stays clear so that sums of sizes with small numbers cannot overflow.
            if self.size >= 1 << 59 {
                return Err(ProtocolError::ChunkSizeOverflow);
            }
            self.size = self.size << 4 | u64::from(digit);
            return Ok(State::SizeDigits);
        }
        match byte {
            _ if self.state == State::SizeFirstDigit => Err(ProtocolError::ChunkSizeInvalid { found: byte }),
            b'\r' => Ok(State::SizeLineFeed),
            b';' => self.count_extension(State::ExtensionNameStart),
            b' ' | b'\t' => self.count_extension(State::ExtensionGap),
            b'\n' => Err(ProtocolError::ChunkLineEndMissing { after: "a chunk size", found: byte }),
            found => Err(ProtocolError::ChunkSizeInvalid { found }),
        }
    }

    /// The next state within `*( BWS ";" BWS name [ BWS "=" BWS value ] )`, RFC 9112 section 7.1.1.
    fn take_extension_byte(&mut self, byte: u8) -> Result<State, ProtocolError> {
        use State::{
            ExtensionGap, ExtensionName, ExtensionNameGap, ExtensionNameStart, ExtensionQuoted,
            ExtensionQuotedEnd, ExtensionQuotedPair, ExtensionToken, ExtensionValueStart,
        };
        let next = match (self.state, byte) {
            (ExtensionName | ExtensionToken | ExtensionQuotedEnd, b'\r') => return Ok(State::SizeLineFeed),
            (ExtensionGap | ExtensionToken | ExtensionQuotedEnd, b' ' | b'\t') => ExtensionGap,
            (ExtensionGap | ExtensionName | ExtensionNameGap | ExtensionToken | ExtensionQuotedEnd, b';') => {
                ExtensionNameStart
            }
            (ExtensionNameStart | ExtensionValueStart, b' ' | b'\t') => self.state,
            (ExtensionNameStart | ExtensionName, _) if is_token_byte(byte) => ExtensionName,
            (ExtensionName | ExtensionNameGap, b' ' | b'\t') => ExtensionNameGap,
            (ExtensionName | ExtensionNameGap, b'=') => ExtensionValueStart,
            (ExtensionValueStart, b'"') => ExtensionQuoted,
            (ExtensionValueStart | ExtensionToken, _) if is_token_byte(byte) => ExtensionToken,
            (ExtensionQuoted, b'"') => ExtensionQuotedEnd,
            (ExtensionQuoted, b'\\') => ExtensionQuotedPair,
            (ExtensionQuoted | ExtensionQuotedPair, b'\t' | b' '..=b'~' | 0x80..) => ExtensionQuoted,
            (_, found) => return Err(ProtocolError::ChunkExtensionInvalid { found }),
        };
        self.count_extension(next)
    }

    fn count_extension(&mut self, next: State) -> Result<State, ProtocolError> {
        self.extension_bytes += 1;
        if self.extension_bytes > CHUNK_EXTENSION_BYTES_MAX {
            return Err(ProtocolError::ChunkExtensionsTooLong { limit: CHUNK_EXTENSION_BYTES_MAX });
        }
        Ok(next)
    }

    /// Takes one line, or the part of it that is there, of the trailer section.
    fn take_trailer_bytes(&mut self, input: &[u8]) -> Result<usize, ProtocolError> {
        let line_end = memchr::memchr(b'\n', input);
        let taken = line_end.map_or(input.len(), |at| at + 1);
        if self.trailer_bytes.len() + taken > TRAILER_BYTES_MAX {
            return Err(trailers_too_long());
        }
        self.trailer_bytes.extend_from_slice(&input[..taken]);
        if line_end.is_some() {
            let line = &self.trailer_bytes[self.trailer_line_start..];
            if !line.ends_with(b"\r\n") {
                return Err(ProtocolError::TrailersMalformed { reason: httparse::Error::NewLine });
            }
            if line.len() == 2 {
                self.parse_trailers()?;
                self.state = State::Done;
            }
            self.trailer_line_start = self.trailer_bytes.len();
        }
        Ok(taken)
    }

    fn parse_trailers(&mut self) -> Result<(), ProtocolError> {
        if self.trailer_bytes.len() == 2 {
            return Ok(());
        }
        let mut fields = [httparse::EMPTY_HEADER; TRAILER_COUNT_MAX];
        match httparse::parse_headers(&self.trailer_bytes, &mut fields) {
            Ok(httparse::Status::Complete((_, fields))) => {
                for field in fields {
                    self.trailers.push(field.name, field.value);
                }
                Ok(())
            }
            Ok(httparse::Status::Partial) => {
                Err(ProtocolError::TrailersMalformed { reason: httparse::Error::NewLine })
            }
            Err(httparse::Error::TooManyHeaders) => Err(trailers_too_long()),
            Err(reason) => Err(ProtocolError::TrailersMalformed { reason }),
        }
    }
}

fn trailers_too_long() -> ProtocolError {
    ProtocolError::TrailersTooLong { bytes_max: TRAILER_BYTES_MAX, count_max: TRAILER_COUNT_MAX }
}

/// True for the bytes of RFC 9110 tokens: field names, methods, extension names.
pub(crate) fn is_token_byte(byte: u8) -> bool {
    TOKEN_BYTES[byte as usize]
}

/// A look instead of a search: every field name that is written passes here.
const TOKEN_BYTES: [bool; 256] = byte_set(b"!#$%&'*+-.^_`|~");

/// Letters, digits and `others`, as a table over all bytes.
pub(crate) const fn byte_set(others: &[u8]) -> [bool; 256] {
    let mut set = [false; 256];
    let mut byte = 0;
    while byte < set.len() {
        set[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut at = 0;
    while at < others.len() {
        set[others[at] as usize] = true;
        at += 1;
    }
    set
}
