//! One stream as a byte stream in both directions, after an extended `CONNECT` (RFC 9220).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use dyno_proto::http3::{ErrorCode, FrameKind, Http3Error, encode_frame_head};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::input::{Input, InputError, Part};
use super::output::Output;
use super::var;

/// As much as one write takes, and so one DATA frame.
const WRITE_BYTES_MAX: usize = 16 * 1024;

pub(super) struct Tunnel {
    input: Input,
    output: Output,
    quic: quinn::Connection,
    unread: Bytes,
    /// One frame that is on its way.
    unsent: Vec<u8>,
    sent: usize,
}

impl Tunnel {
    pub(super) fn new(input: Input, output: Output, quic: quinn::Connection) -> Self {
        Self { input, output, quic, unread: Bytes::new(), unsent: Vec::new(), sent: 0 }
    }

    /// Writes what is left of the last frame.
    fn poll_unsent(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent < self.unsent.len() {
            let stream = Pin::new(&mut self.output.send);
            self.sent += ready!(stream.poll_write(context, &self.unsent[self.sent..]))?;
        }
        self.unsent.clear();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Tunnel {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        place: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.unread.is_empty() {
            match ready!(self.input.poll_next(context)) {
                Ok(Part::Data(piece)) => self.unread = piece,
                Ok(Part::End) => return Poll::Ready(Ok(())),
                Ok(Part::Section(_) | Part::SectionTooLong) => {
                    let reason = "a field section inside of a tunnel";
                    let error = Http3Error { code: ErrorCode::FRAME_UNEXPECTED, reason };
                    return Poll::Ready(Err(self.fail(error)));
                }
                Err(InputError::Connection(error)) => return Poll::Ready(Err(self.fail(error))),
                Err(InputError::Reset(_) | InputError::Lost) => {
                    return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
                }
            }
        }
        let count = self.unread.len().min(place.remaining());
        place.put_slice(&self.unread[..count]);
        self.unread.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl Tunnel {
    fn fail(&self, error: Http3Error) -> io::Error {
        self.quic.close(var(error.code), error.reason.as_bytes());
        io::Error::new(io::ErrorKind::InvalidData, error)
    }
}

impl AsyncWrite for Tunnel {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_unsent(context))?;
        let piece = &bytes[..bytes.len().min(WRITE_BYTES_MAX)];
        if !piece.is_empty() {
            encode_frame_head(&mut self.unsent, FrameKind::Data, piece.len() as u64);
            self.unsent.extend_from_slice(piece);
            // The piece is taken, whether or not it leaves at once.
            if let Poll::Ready(Err(error)) = self.poll_unsent(context) {
                return Poll::Ready(Err(error));
            }
        }
        Poll::Ready(Ok(piece.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_unsent(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_unsent(context))?;
        if !std::mem::replace(&mut self.output.has_ended, true) {
            // Fails only on a stream that is gone.
            let _ = self.output.send.finish();
        }
        Poll::Ready(Ok(()))
    }
}
