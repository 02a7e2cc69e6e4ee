//! The TCP socket of a connection: tokio's, with system calls of its own.
//!
//! Behaves as `tokio::net::TcpStream` does. What differs is what follows each call, see [`return_stack`]; rustix makes
//! them in place, while a function of the C library would have returned before.
//! Called by `accept`; everything above sees a [`Transport`].

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use dyno_proto::return_stack;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

use crate::transport::Transport;

#[cfg(test)]
mod tests;

/// More parts than this in one call are an error to the system.
const PARTS_MAX: usize = 1024;

/// An accepted TCP connection.
pub(crate) struct Socket(TcpStream);

impl Socket {
    /// Takes a stream as it was accepted, and switches Nagle's algorithm off.
    pub(crate) fn new(stream: TcpStream) -> Self {
        // Without it small answers wait for the peer's delayed acknowledgement.
        let _ = stream.set_nodelay(true);
        Self(stream)
    }

    pub(crate) fn local_addr(&self) -> Option<SocketAddr> {
        self.0.local_addr().ok()
    }

    /// Makes one call for which the socket is ready; `None` when it was not after all.
    ///
    /// A call that moves less than `wanted` has emptied or filled the socket, so that the next byte raises a new
    /// edge. Telling tokio now saves the call that would find out.
    #[inline]
    fn attempt(
        &self,
        interest: Interest,
        wanted: usize,
        call: impl FnOnce() -> Result<usize, Errno>,
    ) -> Option<io::Result<usize>> {
        let mut moved = None;
        let result = self.0.try_io(interest, || match call() {
            Ok(count) => {
                moved = Some(count);
                if 0 < count && count < wanted { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
            }
            Err(errno) => Err(errno.into()),
        });
        match (moved, result) {
            (Some(count), _) => Some(Ok(count)),
            (None, Err(error)) if is_transient(&error) => None,
            (None, Err(error)) => Some(Err(error)),
            (None, Ok(())) => None,
        }
    }
}

fn is_transient(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

impl AsyncRead for Socket {
    #[inline]
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        place: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.poll_read_ready(context))?;
            let wanted = place.remaining();
            // SAFETY: the system initialises bytes and takes none back.
            let room = unsafe { place.unfilled_mut() };
            let received = self.attempt(Interest::READABLE, wanted, || {
                let received = rustix::net::recv(&self.0, room, RecvFlags::empty());
                return_stack::refill();
                received.map(|(_, count)| count)
            });
            if let Some(received) = received {
                let count = received?;
                // SAFETY: the system has written so many bytes.
                unsafe { place.assume_init(count) };
                place.advance(count);
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for Socket {
    #[inline]
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_write_ready(context))?;
            let sent = self.attempt(Interest::WRITABLE, bytes.len(), || {
                let sent = rustix::net::send(&self.0, bytes, SendFlags::NOSIGNAL);
                return_stack::refill();
                sent
            });
            if let Some(sent) = sent {
                return Poll::Ready(sent);
            }
        }
    }

    #[inline]
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let parts = &parts[..parts.len().min(PARTS_MAX)];
        let wanted = parts.iter().map(|part| part.len()).sum();
        loop {
            ready!(self.0.poll_write_ready(context))?;
            let sent = self.attempt(Interest::WRITABLE, wanted, || {
                let sent = rustix::io::writev(&self.0, parts);
                return_stack::refill();
                sent
            });
            if let Some(sent) = sent {
                return Poll::Ready(sent);
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Nothing waits outside of the system.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

impl Transport for Socket {
    const BUFFERS_WRITES: bool = false;

    fn reset_on_close(&self) {
        // Fails only on a socket that is already gone, and then there is nothing to reset.
        let _ = SockRef::from(&self.0).set_linger(Some(Duration::ZERO));
    }
}
