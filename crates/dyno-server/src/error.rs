//! What keeps a server from starting.
//!
//! Failures of single connections are no errors here: they close that connection and are counted.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use thiserror::Error;

/// Why a server could not start.
#[derive(Debug, Error)]
pub enum ServerError {
    /// An address could not be listened on.
    #[error("could not listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A Unix socket could not be listened on.
    #[error("could not listen on the Unix socket {}", path.display())]
    ListenUnix {
        /// The path asked for.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A server without any listener.
    #[error("no address to listen on was given")]
    NothingToListenOn,
    /// A certificate or key that cannot be used.
    #[error("could not use the TLS certificate and key: {what}")]
    Tls {
        /// Which step failed.
        what: &'static str,
        /// What the TLS library said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file of a certificate or key that cannot be read.
    #[error("could not read the TLS file {}", path.display())]
    TlsFile {
        /// The path asked for.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A worker thread or its runtime could not be made.
    #[error("could not start server thread {index}")]
    Thread {
        /// Zero-based index of the thread.
        index: usize,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}
