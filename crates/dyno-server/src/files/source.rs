//! A part of a file as the body of a response.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::task::{Context, Poll};

use crate::body::{BodySource, Filled};

const PIECE_BYTES: usize = 64 * 1024;

/// Reads from `at` to `end`.
#[derive(Debug)]
pub(super) struct FileSource {
    file: File,
    at: u64,
    end: u64,
}

impl FileSource {
    pub(super) fn new(file: File, first: u64, length: u64) -> Self {
        Self { file, at: first, end: first + length }
    }

    /// Everything at once.
    pub(super) fn read_all(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; (self.end - self.at) as usize];
        self.file.read_exact_at(&mut bytes, self.at)?;
        Ok(bytes)
    }
}

impl BodySource for FileSource {
    fn poll_fill(&mut self, _: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Filled> {
        let wanted = PIECE_BYTES.min((self.end - self.at) as usize);
        let start = out.len();
        out.resize(start + wanted, 0);
        let count = match self.file.read_at(&mut out[start..], self.at) {
            Ok(count) => count,
            Err(error) => {
                tracing::error!(error = %error, "a file could not be read to its end");
                0
            }
        };
        out.truncate(start + count);
        self.at += count as u64;
        Poll::Ready(match (self.at == self.end, count) {
            (true, _) => Filled::End,
            // The file became shorter than its length in the head says.
            (false, 0) => Filled::Close,
            (false, _) => Filled::More,
        })
    }
}
