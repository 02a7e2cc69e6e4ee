//! The PEM files of a certificate, and whether they have changed since they were read.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::{Pair, failed, read_pem};
use crate::error::ServerError;

/// What tells one state of a file from another: renewal tools replace files or write them anew.
type Stamp = Option<(SystemTime, u64)>;

/// Two files, and how they looked when they were read last.
#[derive(Debug, Clone)]
pub(super) struct PemFiles {
    chain: PathBuf,
    key: PathBuf,
    seen: Arc<Mutex<[Stamp; 2]>>,
}

impl PemFiles {
    pub(super) fn new(chain: PathBuf, key: PathBuf) -> Self {
        Self { chain, key, seen: Arc::default() }
    }

    /// Reads both.
    pub(super) fn read(&self) -> Result<Pair, ServerError> {
        // Stamped first: a change during the reading is seen as one the next time. Stamped also when the pair cannot
        // be used, so that it is complained about once.
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = self.stamps();
        let read = |path: &Path, what| {
            std::fs::read(path).map_err(|source| failed(what, PathError { path: path.to_owned(), source }))
        };
        let chain = read(&self.chain, "the file of the certificate cannot be read")?;
        let key = read(&self.key, "the file of the key cannot be read")?;
        read_pem(&chain, &key)
    }

    pub(super) fn have_changed(&self) -> bool {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) != self.stamps()
    }

    fn stamps(&self) -> [Stamp; 2] {
        [&self.chain, &self.key].map(|path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        })
    }
}

/// What the system said, and about which file.
#[derive(Debug, thiserror::Error)]
#[error("{}", path.display())]
struct PathError {
    path: PathBuf,
    source: std::io::Error,
}
