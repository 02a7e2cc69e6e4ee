//! What keeps the target from starting.

use std::io;
use std::path::PathBuf;

use dyno_server::ServerError;
use thiserror::Error;

/// Why the target could not start.
#[derive(Debug, Error)]
pub enum TargetError {
    /// The server below could not start.
    #[error("could not start the target")]
    Server(#[source] ServerError),
    /// A certificate or key file could not be read.
    #[error("could not read the certificate or key file {}", path.display())]
    ReadPem {
        /// The file asked for.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The self-signed certificate could not be made.
    #[error("could not make a self-signed certificate")]
    SelfSign(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// TLS addresses without a certificate.
    #[error("TLS addresses were given without a certificate, and without asking for a self-signed one")]
    NoCertificate,
}
