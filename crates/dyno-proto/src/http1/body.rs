//! Body framing, the same on both sides: no body, a stated length, chunks, or everything until the close.
//!
//! Decides nothing about which framing applies; `request` and `response` do, from the head.

use super::chunked::{ChunkedDecoder, ChunkedPart};
use super::error::ProtocolError;
use super::headers::Headers;

/// One step of decoding a body; slices borrow the input.
#[derive(Debug, PartialEq, Eq)]
pub enum BodyPart<'a> {
    /// The input is used up; feed more.
    NeedMore,
    /// Body bytes, never empty.
    Data(&'a [u8]),
    /// The body is complete.
    End,
}

/// Decoder of one body.
#[derive(Debug, Clone, Default)]
pub struct BodyDecoder {
    kind: Kind,
    received: u64,
    chunked: ChunkedDecoder,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Empty,
    Length {
        total: u64,
    },
    Chunked,
    UntilClose,
}

impl BodyDecoder {
    /// A decoder of an empty body; the `start_` functions give it another framing and reuse its memory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a body of no bytes.
    pub fn start_empty(&mut self) {
        self.start(Kind::Empty);
    }

    /// Starts a body of exactly `total` bytes.
    pub fn start_length(&mut self, total: u64) {
        self.start(Kind::Length { total });
    }

    /// Starts a chunked body.
    pub fn start_chunked(&mut self) {
        self.start(Kind::Chunked);
        self.chunked.restart();
    }

    /// Starts a body that ends when the connection does.
    pub fn start_until_close(&mut self) {
        self.start(Kind::UntilClose);
    }

    /// Takes the next step; returns how many bytes of `input` are used up, and what they mean.
    ///
    /// # Errors
    /// Only chunked bodies can be malformed.
    pub fn decode<'a>(&mut self, input: &'a [u8]) -> Result<(usize, BodyPart<'a>), ProtocolError> {
        match self.kind {
            Kind::Empty => Ok((0, BodyPart::End)),
            Kind::Length { total } => {
                let remaining = total - self.received;
                if remaining == 0 {
                    return Ok((0, BodyPart::End));
                }
                let taken = remaining.min(input.len() as u64) as usize;
                Ok((taken, self.data(&input[..taken])))
            }
            Kind::UntilClose => Ok((input.len(), self.data(input))),
            Kind::Chunked => {
                let (taken, part) = self.chunked.decode(input)?;
                let part = match part {
                    ChunkedPart::NeedMore => BodyPart::NeedMore,
                    ChunkedPart::End => BodyPart::End,
                    ChunkedPart::Data(data) => self.data(data),
                };
                Ok((taken, part))
            }
        }
    }

    /// Says what the end of the connection means for this body.
    ///
    /// # Errors
    /// When bytes are missing: how many came, and of how many.
    pub fn finish(&self) -> Result<(), ProtocolError> {
        match self.kind {
            Kind::Empty | Kind::UntilClose => Ok(()),
            Kind::Length { total } if total == self.received => Ok(()),
            Kind::Length { total } => {
                Err(ProtocolError::BodyTruncated { received: self.received, expected: total })
            }
            Kind::Chunked => Err(ProtocolError::ChunksTruncated { received: self.received }),
        }
    }

    /// Body bytes handed out so far, without framing.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The trailer fields of a chunked body, complete at its end.
    #[must_use]
    pub fn trailers(&self) -> &Headers {
        self.chunked.trailers()
    }

    fn start(&mut self, kind: Kind) {
        self.kind = kind;
        self.received = 0;
    }

    fn data<'a>(&mut self, data: &'a [u8]) -> BodyPart<'a> {
        self.received += data.len() as u64;
        if data.is_empty() { BodyPart::NeedMore } else { BodyPart::Data(data) }
    }
}
