//! The bytes read from a connection and not yet used up.
//!
//! One block that is moved to its start when it runs full and grows only for large heads. Called by `connection`.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// Enough for dozens of pipelined requests; what an idle connection costs.
const INITIAL_BYTES: usize = 8 * 1024;

#[derive(Debug)]
pub(crate) struct ReadBuffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl ReadBuffer {
    pub(crate) fn new() -> Self {
        Self { bytes: vec![0; INITIAL_BYTES], start: 0, end: 0 }
    }

    /// What was read and not consumed.
    pub(crate) fn unread(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Drops `count` bytes from the front.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start += count;
        debug_assert!(self.start <= self.end);
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Reads once; 0 is the end of the stream. Cancel-safe.
    ///
    /// The caller bounds how much stays unconsumed, and so how far the buffer grows.
    pub(crate) async fn read_from<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> io::Result<usize> {
        if self.end == self.bytes.len() {
            if self.start > 0 {
                self.bytes.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            } else {
                self.bytes.resize(self.bytes.len() * 2, 0);
            }
        }
        let count = stream.read(&mut self.bytes[self.end..]).await?;
        self.end += count;
        Ok(count)
    }
}
