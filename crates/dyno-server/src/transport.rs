//! The streams a connection can run on: TCP, TLS over TCP, Unix sockets.

use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::server::TlsStream;

pub(crate) trait Transport: AsyncRead + AsyncWrite + Unpin + 'static {
    /// True when written bytes may wait in the stream itself, so that `flush` is needed.
    const BUFFERS_WRITES: bool;

    /// Makes the coming close a reset instead of an orderly end, where the transport can.
    fn reset_on_close(&self);
}

impl Transport for TcpStream {
    const BUFFERS_WRITES: bool = false;

    fn reset_on_close(&self) {
        // Fails only on a socket that is already gone, and then there is nothing to reset.
        let _ = SockRef::from(self).set_linger(Some(Duration::ZERO));
    }
}

impl Transport for TlsStream<TcpStream> {
    const BUFFERS_WRITES: bool = true;

    fn reset_on_close(&self) {
        self.get_ref().0.reset_on_close();
    }
}

impl Transport for UnixStream {
    const BUFFERS_WRITES: bool = false;

    fn reset_on_close(&self) {}
}
