//! Failures of the general session, as they are counted and told.
//!
//! Data, not errors of the run; only the check before a run turns one into a `DriverError`.

use std::io;
use std::time::Duration;

use dyno_engine::DriverError;
use dyno_model::FailureKind;
use dyno_proto::http1::ProtocolError;

use crate::endpoint::Endpoint;
use crate::tls;

/// Why there is no usable answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// How it is counted.
    pub kind: FailureKind,
    /// What happened.
    pub message: String,
    /// What to do about it, when that is known.
    pub hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    /// A connection that could not be made.
    pub(super) fn connecting(error: &io::Error, to: &impl std::fmt::Display) -> Self {
        let (kind, reason) = match error.kind() {
            io::ErrorKind::ConnectionRefused => {
                let hint = "is the server running? Check host and port".to_owned();
                let message = format!("{to} refused the connection");
                return Self { hint: Some(hint), ..Self::new(FailureKind::Refused, message) };
            }
            io::ErrorKind::ConnectionReset => (FailureKind::Reset, "the connection was reset".to_owned()),
            _ if is_exhaustion(error) => (FailureKind::Other, error.to_string()),
            _ => (FailureKind::Connect, error.to_string()),
        };
        Self::new(kind, format!("cannot connect to {to}: {reason}"))
    }

    /// A handshake that failed.
    pub(super) fn handshake(error: &io::Error) -> Self {
        match tls::explain(error) {
            Some(told) => Self {
                hint: told.hint,
                ..Self::new(FailureKind::Tls, format!("TLS handshake: {}", told.reason))
            },
            None if is_end(error) => {
                let message = "the server closed the connection during the TLS handshake";
                Self {
                    hint: Some("does the port speak TLS?".to_owned()),
                    ..Self::new(FailureKind::Tls, message)
                }
            }
            None => Self::new(FailureKind::Tls, format!("TLS handshake: {error}")),
        }
    }

    /// A failure on an open connection, `received` bytes into the answer.
    pub(super) fn transport(error: &io::Error, received: u64) -> Self {
        if let Some(told) = tls::explain(error) {
            return Self { hint: told.hint, ..Self::new(FailureKind::Tls, told.reason) };
        }
        let place = match received {
            0 => "before any byte of the answer".to_owned(),
            _ => format!("after {received} bytes of the answer"),
        };
        match error.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted => {
                Self::new(FailureKind::Reset, format!("the connection was reset {place}"))
            }
            io::ErrorKind::TimedOut => {
                Self::new(FailureKind::Timeout, format!("the network gave the connection up {place}"))
            }
            _ => Self::new(FailureKind::Other, format!("the connection failed {place}: {error}")),
        }
    }

    /// A breach of the protocol; `start` are the first bytes of the answer.
    pub(super) fn protocol(error: &ProtocolError, start: &[u8]) -> Self {
        let kind = match error {
            ProtocolError::NothingReceived
            | ProtocolError::HeadTruncated { .. }
            | ProtocolError::BodyTruncated { .. }
            | ProtocolError::ChunksTruncated { .. } => FailureKind::Closed,
            ProtocolError::NotHttp1 { .. } if tls::is_tls_record(start) => {
                let hint = "write `https://` instead of `http://`".to_owned();
                let message = "the server answered in TLS to a plain HTTP request";
                return Self { hint: Some(hint), ..Self::new(FailureKind::Protocol, message) };
            }
            _ => FailureKind::Protocol,
        };
        Self::new(kind, error.to_string())
    }

    pub(super) fn timeout(what: &str, limit: Duration) -> Self {
        Self::new(FailureKind::Timeout, format!("{what} within {limit:?}"))
    }

    /// The failure as the reason why a target cannot be measured.
    pub(crate) fn into_driver_error(self, endpoint: &Endpoint) -> DriverError {
        DriverError {
            attempt: format!("connect to {}", endpoint.origin()),
            reason: self.message,
            hint: self.hint,
        }
    }
}

/// Whether an error says that the peer closed.
pub(super) fn is_end(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::UnexpectedEof
}

/// Out of descriptors, ports or buffers: the generator's own limit.
fn is_exhaustion(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let exhausted = [Errno::MFILE, Errno::NFILE, Errno::ADDRNOTAVAIL, Errno::NOBUFS];
    error.raw_os_error().is_some_and(|code| exhausted.iter().any(|errno| errno.raw_os_error() == code))
}
