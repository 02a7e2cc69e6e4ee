//! What is known about the connection that a request came on.
//!
//! Made once per connection and shared by its requests; changes no more. Called by `thread` and the drivers.

use std::net::SocketAddr;
use std::num::NonZeroU16;

use crate::shutdown::ShutdownSignal;

/// What carries a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransportKind {
    /// TCP without encryption.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// A Unix socket.
    Unix,
    /// QUIC over UDP, which is always encrypted.
    Quic,
}

impl TransportKind {
    /// `tcp`, `tls`, `unix` or `quic`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Unix => "unix",
            Self::Quic => "quic",
        }
    }

    /// True when what is sent is encrypted on its way.
    #[must_use]
    pub fn is_encrypted(self) -> bool {
        matches!(self, Self::Tls | Self::Quic)
    }
}

/// One connection, as far as a handler may care.
#[derive(Debug, Clone)]
pub struct ConnectionInfo {
    /// A number that no other connection of the same server has.
    pub id: u64,
    /// What carries the connection.
    pub transport: TransportKind,
    /// The address of the peer; `None` on Unix sockets.
    pub peer_addr: Option<SocketAddr>,
    /// The own address that the peer connected to; `None` on Unix sockets.
    pub local_addr: Option<SocketAddr>,
    /// What the handshake agreed on; `None` without encryption.
    pub tls: Option<TlsInfo>,
    /// The UDP port on which the listener of a TLS connection offers HTTP/3 as well; answers tell it by `alt-svc`.
    pub http3_port: Option<NonZeroU16>,
    pub(crate) shutdown: ShutdownSignal,
}

/// What a TLS handshake agreed on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsInfo {
    /// The protocol chosen by ALPN, such as `h2`; `None` when the client offered none.
    pub alpn: Option<String>,
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: &'static str,
    /// The cipher suite, as IANA names it; empty on QUIC, whose library does not tell.
    pub cipher: String,
    /// Whether an earlier session was resumed in place of a full handshake; `None` on QUIC, whose library does not tell.
    pub is_resumed: Option<bool>,
    /// The host name that the client asked for.
    pub server_name: Option<String>,
    /// The client's certificate chain in DER, own certificate first; empty when it showed none.
    ///
    /// What stands here was verified against the listener's own authority.
    pub client_certificates: Vec<Vec<u8>>,
}
