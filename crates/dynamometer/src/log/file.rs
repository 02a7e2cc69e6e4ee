//! A file that begins anew when it is large, and keeps a few of the older ones: `dyno.log`, `dyno.log.1`, `dyno.log.2`.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Bytes of a file before the next one begins.
const BYTES_MOST: u64 = 10 << 20;

/// Older files that are kept.
const KEPT: u32 = 10;

/// How long they are kept.
const AGE_MOST: Duration = Duration::from_secs(10 * 24 * 3600);

/// The file that is written to, and its older ones.
pub(super) struct RotatedFile {
    path: PathBuf,
    file: File,
    bytes: u64,
    bytes_most: u64,
}

impl RotatedFile {
    /// Goes on with the file at `path`, and removes older ones whose time is over.
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        let file = append(path)?;
        let bytes = file.metadata()?.len();
        let opened = Self { path: path.to_owned(), file, bytes, bytes_most: BYTES_MOST };
        opened.remove_old(SystemTime::now());
        Ok(opened)
    }

    /// Writes a whole line. A log that cannot be written never ends what is logged.
    pub(super) fn write(&mut self, line: &[u8]) {
        if self.bytes > 0 && self.bytes + line.len() as u64 > self.bytes_most {
            // Without room for a new file the old one goes on.
            let _ = self.rotate();
        }
        if self.file.write_all(line).is_ok() {
            self.bytes += line.len() as u64;
        }
    }

    fn rotate(&mut self) -> std::io::Result<()> {
        for number in (1..KEPT).rev() {
            // Most of them do not exist.
            let _ = std::fs::rename(self.older(number), self.older(number + 1));
        }
        std::fs::rename(&self.path, self.older(1))?;
        self.file = append(&self.path)?;
        self.bytes = 0;
        self.remove_old(SystemTime::now());
        Ok(())
    }

    fn remove_old(&self, now: SystemTime) {
        for path in (1..=KEPT).map(|number| self.older(number)) {
            let modified = path.metadata().and_then(|metadata| metadata.modified());
            if modified.is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age > AGE_MOST)) {
                // Somebody else may have removed it.
                let _ = std::fs::remove_file(path);
            }
        }
    }

    fn older(&self, number: u32) -> PathBuf {
        let mut name: OsString = self.path.clone().into();
        name.push(format!(".{number}"));
        name.into()
    }
}

/// A log tells what somebody measured; it is its owner's business.
fn append(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests;
