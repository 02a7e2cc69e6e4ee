//! The receiving half of a request stream: frames as they come, nothing kept but one head.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use dyno_proto::http3::{ErrorCode, FrameDecoder, FrameKind, FramePart, Http3Error};
use quinn::{ReadError, RecvStream};

use super::var;

/// As much as one read takes.
const READ_BYTES_MAX: usize = 64 * 1024;

/// What comes next on the stream.
pub(super) enum Part {
    /// A field section, still encoded: the head or the trailers.
    Section(Vec<u8>),
    /// A field section above the limit.
    SectionTooLong,
    /// A piece of the body, never empty.
    Data(Bytes),
    End,
}

/// Why nothing more comes.
pub(super) enum InputError {
    /// The whole connection must end.
    Connection(Http3Error),
    /// The client reset the stream.
    Reset(u64),
    /// The connection is gone.
    Lost,
}

/// Reads one request stream. Dropped before the end, it tells the client to stop sending.
pub(super) struct Input {
    stream: RecvStream,
    frames: FrameDecoder,
    unread: Bytes,
    has_ended: bool,
}

impl Input {
    pub(super) fn new(stream: RecvStream, section_bytes_max: u64) -> Self {
        let section_bytes_max = usize::try_from(section_bytes_max).unwrap_or(usize::MAX);
        Self { stream, frames: FrameDecoder::new(section_bytes_max), unread: Bytes::new(), has_ended: false }
    }

    /// The next part. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<Part, InputError> {
        poll_fn(|context| self.poll_next(context)).await
    }

    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Result<Part, InputError>> {
        loop {
            let (used, part) = self.frames.decode(&self.unread).map_err(InputError::Connection)?;
            let part = match part {
                FramePart::NeedMore => None,
                FramePart::Data(data) => Some(Part::Data(self.unread.slice_ref(data))),
                FramePart::Frame(FrameKind::Headers, section) => Some(Part::Section(section.to_vec())),
                FramePart::HeadersTooLong => Some(Part::SectionTooLong),
                FramePart::Frame(..) => {
                    let reason = "a frame that does not belong on a request stream";
                    return Poll::Ready(Err(InputError::Connection(Http3Error {
                        code: ErrorCode::FRAME_UNEXPECTED,
                        reason,
                    })));
                }
            };
            self.unread.advance(used);
            if let Some(part) = part {
                return Poll::Ready(Ok(part));
            }
            if self.has_ended {
                return Poll::Ready(Ok(Part::End));
            }
            // The library remembers who waits, so that a new future may go on where an old one was dropped.
            match ready!(pin!(self.stream.read_chunk(READ_BYTES_MAX, true)).poll(context)) {
                Ok(Some(chunk)) => self.unread = chunk.bytes,
                Ok(None) => {
                    self.has_ended = true;
                    self.frames.finish().map_err(InputError::Connection)?;
                }
                Err(error) => {
                    self.has_ended = true;
                    return Poll::Ready(Err(match error {
                        ReadError::Reset(code) => InputError::Reset(code.into_inner()),
                        _ => InputError::Lost,
                    }));
                }
            }
        }
    }

    /// Tells the client to stop sending, unless it has.
    pub(super) fn stop(&mut self, code: ErrorCode) {
        if !self.has_ended {
            self.has_ended = true;
            // Fails only on a stream that is gone.
            let _ = self.stream.stop(var(code));
        }
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.stop(ErrorCode::NO_ERROR);
    }
}
