//! What a server asks of its user: one handler per thread, called once per request.
//!
//! The call is synchronous, so that the common answer costs no future; what takes time is returned as an action.

use std::future::Future;
use std::pin::Pin;

use dyno_proto::http1::RequestView;

use crate::request::Request;
use crate::response::ResponseWriter;

/// Answers requests; made once per thread, so it may hold `Rc` and cells.
pub trait Handler: 'static {
    /// Writes the answer to `response` and returns [`Action::Done`], or says what else is to happen.
    ///
    /// A panic becomes a 500 and closes the connection.
    fn answer(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action;

    /// What is to be done with the body of a request; asked only when there is one.
    fn body_policy(&self, _request: &RequestView<'_>) -> BodyPolicy {
        BodyPolicy::default()
    }
}

/// An answer that comes later; dropped when the connection breaks.
pub type Later = Pin<Box<dyn Future<Output = Finish>>>;

/// Writes the answer once a [`Later`] is ready.
pub type Finish = Box<dyn FnOnce(&mut ResponseWriter<'_>) -> Action>;

/// What follows a call of the handler.
pub enum Action {
    /// The answer is in the response writer.
    Done,
    /// The answer comes later; later requests of the same connection wait.
    Later(Later),
    /// The head is in the response writer; the body is drawn from the source piece by piece.
    Stream(Box<dyn BodySource>),
    /// What was written is sent, then the connection is closed.
    Close,
    /// What was written is sent, then the connection is reset (RST) on TCP, closed elsewhere.
    Reset,
    /// What was written is sent, then nothing more, until the peer goes away.
    Stall,
}

/// A body made piece by piece, as fast as the peer takes it.
pub trait BodySource {
    /// Appends the next bytes of the message to `out`, best some 16 to 64 KiB.
    ///
    /// The bytes go to the wire as they are: a source of a chunked body writes its own chunks.
    fn fill(&mut self, out: &mut Vec<u8>) -> Filled;
}

/// What a [`BodySource`] has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// More is to come.
    More,
    /// The message is complete.
    End,
    /// What was written is sent, then the connection is closed.
    Close,
}

/// What to do with the body of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyPolicy {
    /// Keep it for the handler, at most `bytes_max`; a longer one is answered with 413.
    Buffer {
        /// The limit in bytes.
        bytes_max: u64,
    },
    /// Read it, count it and forget it, at most `bytes_max`.
    Count {
        /// The limit in bytes.
        bytes_max: u64,
    },
}

impl Default for BodyPolicy {
    fn default() -> Self {
        Self::Buffer { bytes_max: 1024 * 1024 }
    }
}

/// What the factory of handlers is told about the thread that asks.
#[derive(Debug, Clone, Copy)]
pub struct ThreadContext {
    /// Zero-based index of the thread.
    pub index: usize,
    /// How many threads the server has.
    pub count: usize,
}
