//! Failures of a connection, as they are counted and told.

use std::io;

use dyno_model::FailureKind;
use dyno_proto::http1::ProtocolError;

/// Why a connection is of no use any more.
#[derive(Debug)]
pub(super) struct Failure {
    pub kind: FailureKind,
    pub message: String,
}

impl Failure {
    pub(super) fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// A failure of connecting.
    pub(super) fn connecting(error: &io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::ConnectionRefused => FailureKind::Refused,
            io::ErrorKind::ConnectionReset => FailureKind::Reset,
            _ if is_exhaustion(error) => FailureKind::Other,
            _ => FailureKind::Connect,
        };
        Self::new(kind, format!("cannot connect: {error}"))
    }

    /// A failure of the TLS handshake.
    pub(super) fn handshake(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                Self::new(FailureKind::Tls, "the peer closed the connection during the TLS handshake")
            }
            io::ErrorKind::InvalidData => {
                Self::new(FailureKind::Tls, format!("the TLS handshake failed: {error}"))
            }
            _ => Self::transport(error),
        }
    }

    /// A failure on an open connection.
    pub(super) fn transport(error: &io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => FailureKind::Reset,
            io::ErrorKind::InvalidData => FailureKind::Tls,
            _ => FailureKind::Other,
        };
        Self::new(kind, format!("the connection failed: {error}"))
    }
}

/// Out of descriptors, ports or buffers: the generator's own limit.
fn is_exhaustion(error: &io::Error) -> bool {
    let exhausted = [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE, rustix::io::Errno::ADDRNOTAVAIL];
    error.raw_os_error().is_some_and(|code| exhausted.iter().any(|errno| errno.raw_os_error() == code))
}

impl From<ProtocolError> for Failure {
    fn from(error: ProtocolError) -> Self {
        Self::new(FailureKind::Protocol, error.to_string())
    }
}
