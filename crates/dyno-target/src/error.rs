//! What keeps the target from starting.

use dyno_server::ServerError;
use thiserror::Error;

/// Why the target could not start.
#[derive(Debug, Error)]
pub enum TargetError {
    /// The server below could not start.
    #[error("could not start the target")]
    Server(#[source] ServerError),
    /// The self-signed certificate could not be made.
    #[error("could not make a self-signed certificate")]
    SelfSign(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// TLS addresses without a certificate.
    #[error("TLS addresses were given without a certificate, and without asking for a self-signed one")]
    NoCertificate,
}
