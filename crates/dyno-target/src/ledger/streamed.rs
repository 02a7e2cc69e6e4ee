//! Streamed bodies in the ledger: an answer ends with its last piece, or with the connection.

use std::task::{Context, Poll};

use dyno_server::{BodySource, Fields, Filled};

use crate::ledger::{Ending, Entry};

/// A source that counts what it gives.
pub(super) struct Counted {
    source: Box<dyn BodySource>,
    /// Taken when the answer has ended.
    entry: Option<Entry>,
    ending: Ending,
}

impl Counted {
    pub(super) fn new(source: Box<dyn BodySource>, entry: Entry, ending: Ending) -> Self {
        Self { source, entry: Some(entry), ending }
    }

    fn end(&mut self, is_cut: bool) {
        if let Some(entry) = self.entry.take() {
            entry.end(Ending { is_cut, ..self.ending });
        }
    }
}

impl BodySource for Counted {
    fn poll_fill(&mut self, context: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Filled> {
        let start = out.len();
        let filled = self.source.poll_fill(context, out);
        self.ending.bytes += (out.len() - start) as u64;
        match filled {
            Poll::Ready(Filled::End) => self.end(false),
            Poll::Ready(Filled::Close) => self.end(true),
            Poll::Ready(Filled::More) | Poll::Pending => {}
        }
        filled
    }

    fn trailers(&mut self) -> Fields {
        self.source.trailers()
    }
}

impl Drop for Counted {
    /// Dropped before its end, the connection broke.
    fn drop(&mut self) {
        self.end(true);
    }
}
