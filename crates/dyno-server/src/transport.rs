//! The streams a connection can run on: TCP, TLS over TCP, Unix sockets.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio_rustls::rustls::{HandshakeKind, ProtocolVersion};
use tokio_rustls::server::TlsStream;

use crate::connection_info::TlsInfo;
use crate::socket::Socket;

pub(crate) trait Transport: AsyncRead + AsyncWrite + Unpin + 'static {
    /// True when written bytes may wait in the stream itself, so that `flush` is needed.
    const BUFFERS_WRITES: bool;

    /// Makes the coming close a reset instead of an orderly end, where the transport can.
    fn reset_on_close(&self);

    /// What the TLS handshake agreed on, if there was one.
    fn tls_info(&self) -> Option<TlsInfo> {
        None
    }
}

impl Transport for TlsStream<Socket> {
    const BUFFERS_WRITES: bool = true;

    fn reset_on_close(&self) {
        self.get_ref().0.reset_on_close();
    }

    fn tls_info(&self) -> Option<TlsInfo> {
        let session = self.get_ref().1;
        Some(TlsInfo {
            alpn: session.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
            version: version_name(session.protocol_version()),
            cipher: session
                .negotiated_cipher_suite()
                .and_then(|suite| suite.suite().as_str())
                .unwrap_or_default()
                .to_owned(),
            is_resumed: session.handshake_kind().map(|kind| kind == HandshakeKind::Resumed),
            server_name: session.server_name().map(str::to_owned),
            client_certificates: session
                .peer_certificates()
                .unwrap_or_default()
                .iter()
                .map(|certificate| certificate.as_ref().to_vec())
                .collect(),
        })
    }
}

/// As people write it; the library has an underscore.
fn version_name(version: Option<ProtocolVersion>) -> &'static str {
    match version {
        Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
        Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
        other => other.and_then(|version| version.as_str()).unwrap_or_default(),
    }
}

impl Transport for UnixStream {
    const BUFFERS_WRITES: bool = false;

    fn reset_on_close(&self) {}
}
