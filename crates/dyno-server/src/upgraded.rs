//! A connection or stream that has left HTTP: what an upgrade hands to its new owner.
//!
//! Own type over whatever carries it: a TCP, TLS or Unix stream after 101, one HTTP/2 or HTTP/3 stream after an
//! extended `CONNECT`. Knows nothing of what is spoken on it.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::shutdown::ShutdownSignal;

/// Both directions of one byte stream.
pub(crate) trait ByteStream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> ByteStream for S {}

/// The byte stream behind an upgrade; dropping it closes it.
pub struct Upgraded {
    /// What came together with the request and belongs to the new protocol.
    early: Bytes,
    stream: Box<dyn ByteStream>,
    shutdown: ShutdownSignal,
}

impl Upgraded {
    pub(crate) fn new(early: Bytes, stream: impl ByteStream + 'static, shutdown: ShutdownSignal) -> Self {
        Self { early, stream: Box::new(stream), shutdown }
    }

    /// Says when the server begins to stop; end the conversation in good order then.
    #[must_use]
    pub fn shutdown_signal(&self) -> ShutdownSignal {
        self.shutdown.clone()
    }
}

impl AsyncRead for Upgraded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        place: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.early.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, place);
        }
        let count = self.early.len().min(place.remaining());
        place.put_slice(&self.early[..count]);
        self.early.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Upgraded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl fmt::Debug for Upgraded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upgraded").field("early_bytes", &self.early.len()).finish_non_exhaustive()
    }
}
