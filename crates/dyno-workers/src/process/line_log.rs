//! What a worker writes to stderr, line by line for the log.

/// Bytes of a line that are handed on; the rest of a longer one is left out. The log shows fewer, so that a secret is
/// not cut in two before it is hidden.
const LINE_MOST: usize = 64 << 10;

/// Collects bytes until there is a line.
pub(crate) struct LineLog {
    worker: String,
    line: Vec<u8>,
}

impl LineLog {
    pub(crate) fn of(worker: String) -> Self {
        Self { worker, line: Vec::new() }
    }

    /// Logs the lines that `bytes` complete.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LINE_MOST - self.line.len();
            self.line.extend(&part[..part.len().min(room)]);
            if part.ends_with(b"\n") {
                self.say();
            }
        }
    }

    fn say(&mut self) {
        let text = String::from_utf8_lossy(&self.line);
        tracing::debug!(worker = self.worker, "stderr: {}", text.trim_end());
        self.line.clear();
    }
}

impl Drop for LineLog {
    fn drop(&mut self) {
        if !self.line.is_empty() {
            self.say();
        }
    }
}
