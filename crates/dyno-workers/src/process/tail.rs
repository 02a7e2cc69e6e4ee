//! The end of a text that may be long.

use std::collections::VecDeque;

/// Bytes that are kept.
const KEPT: usize = 16 << 10;

/// The last 16 KiB of what was pushed.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    bytes: VecDeque<u8>,
    dropped: u64,
}

impl Tail {
    /// Adds bytes and forgets the oldest.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let kept = &bytes[bytes.len().saturating_sub(KEPT)..];
        let excess = (self.bytes.len() + kept.len()).saturating_sub(KEPT);
        self.bytes.drain(..excess);
        self.bytes.extend(kept);
        self.dropped += (excess + bytes.len() - kept.len()) as u64;
    }

    /// What is kept, from the first whole line on when something was dropped.
    pub(crate) fn text(&self) -> String {
        let bytes: Vec<u8> = self.bytes.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end();
        if self.dropped == 0 {
            return text.to_owned();
        }
        let rest = text.split_once('\n').map_or(text, |(_, rest)| rest);
        format!("[{} bytes before this are not kept]\n{rest}", self.dropped)
    }
}
