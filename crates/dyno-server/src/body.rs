//! Bodies that are not in memory as a whole: what a handler sends piece by piece, and what it receives so.
//!
//! Payload only; the drivers add and remove framing. Called by handlers on one side and drivers on the other.

use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll};

use bytes::Bytes;
use dyno_proto::http1::ProtocolError;
use thiserror::Error;

/// Field names and values that own their memory, in order.
pub type Fields = Vec<(String, Vec<u8>)>;

/// A body made piece by piece, as fast as the peer takes it.
pub trait BodySource {
    /// Appends the next bytes of the body to `out`, best some 16 to 64 KiB.
    ///
    /// `Pending` must wake the context once there is more. A panic cuts the connection or the stream.
    fn poll_fill(&mut self, context: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Filled>;

    /// The fields after the body; asked once, after [`Filled::End`], where the version and framing know them.
    fn trailers(&mut self) -> Fields {
        Fields::new()
    }
}

/// What a [`BodySource`] has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// More is to come.
    More,
    /// The body is complete.
    End,
    /// What was written is sent, then the connection (on HTTP/2 and 3 the stream) is cut: the body is not whole.
    Close,
}

/// Why the body of a request is not whole.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BodyError {
    /// It is longer than the policy allows.
    #[error("the request body is longer than the limit of {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: u64,
    },
    /// It came too slowly, or stopped coming.
    #[error("the request body came too slowly")]
    TooSlow,
    /// The connection ended, or the exchange did.
    #[error("the request body ended before it was complete")]
    Incomplete,
    /// The client reset the stream.
    #[error("the client reset the stream with code {code:#x}")]
    Reset {
        /// The error code of HTTP/2 or HTTP/3.
        code: u64,
    },
    /// The framing was wrong.
    #[error("the request body is malformed: {reason}")]
    Malformed {
        /// What was wrong with it.
        #[source]
        reason: Box<ProtocolError>,
    },
}

/// Where the bytes of a [`RequestBody`] come from.
///
/// After `None` or an error it is not asked again.
pub(crate) trait BodyReader {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>>;

    /// The trailer fields; asked after the end.
    fn trailers(&mut self) -> Fields;
}

/// The body of a request as it arrives. Nothing is read from the client before it is asked for.
///
/// Dropping it means that the rest is not wanted: a short rest is read and forgotten, a long one ends the
/// connection (on HTTP/2 and 3 the stream) after the answer.
pub struct RequestBody {
    reader: Box<dyn BodyReader>,
    received: u64,
    bytes_max: u64,
    is_over: bool,
}

impl RequestBody {
    pub(crate) fn new(reader: impl BodyReader + 'static, bytes_max: Option<u64>) -> Self {
        Self {
            reader: Box::new(reader),
            received: 0,
            bytes_max: bytes_max.unwrap_or(u64::MAX),
            is_over: false,
        }
    }

    /// The next bytes, never empty; `None` at the end and after an error. Cancel-safe.
    pub async fn next(&mut self) -> Option<Result<Bytes, BodyError>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// [`RequestBody::next`] for callers that poll, such as a [`BodySource`].
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let Poll::Ready(piece) = self.reader.poll_next(context) else { return Poll::Pending };
        let piece = piece.map(|piece| {
            let piece = piece?;
            self.received += piece.len() as u64;
            if self.received > self.bytes_max {
                return Err(BodyError::TooLong { limit: self.bytes_max });
            }
            Ok(piece)
        });
        self.is_over = !matches!(piece, Some(Ok(_)));
        Poll::Ready(piece)
    }

    /// Everything that is still to come, in one piece.
    ///
    /// # Errors
    /// When the body is not whole, or longer than `bytes_max`. Not cancel-safe: what was read is lost.
    pub async fn collect(&mut self, bytes_max: u64) -> Result<Vec<u8>, BodyError> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next().await {
            let piece = piece?;
            if (whole.len() + piece.len()) as u64 > bytes_max {
                return Err(BodyError::TooLong { limit: bytes_max });
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    /// The trailer fields; empty before the end and when none came.
    pub fn trailers(&mut self) -> Fields {
        if self.is_over { self.reader.trailers() } else { Fields::new() }
    }

    /// Bytes handed out so far.
    #[must_use]
    pub fn received_bytes(&self) -> u64 {
        self.received
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBody")
            .field("received", &self.received)
            .field("is_over", &self.is_over)
            .finish_non_exhaustive()
    }
}
