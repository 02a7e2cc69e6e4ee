//! What a server asks of its user: one handler per thread, called once per request, whatever the version of HTTP.
//!
//! The call is synchronous, so that the common answer costs no future; what takes time is returned as an action.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;

use crate::body::BodySource;
use crate::request::Request;
use crate::response::ResponseWriter;
use crate::upgraded::Upgraded;

/// Answers requests; made once per thread, so it may hold `Rc` and cells.
pub trait Handler: 'static {
    /// Writes the answer to `response` and returns [`Action::Done`], or says what else is to happen.
    ///
    /// A panic becomes a 500 and closes the connection (on HTTP/2 and 3 it ends the stream only).
    fn answer(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action;

    /// What is to be done with the body of a request; asked only when there is one, which is not yet read.
    fn body_policy(&self, _request: &Request<'_>) -> BodyPolicy {
        BodyPolicy::default()
    }

    /// Makes the handler ready; called once, on its thread, before the first request.
    ///
    /// # Errors
    /// What keeps it from answering at all. The server does not start then.
    fn prepare(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(())
    }
}

/// A future that stays on its thread.
pub type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// An answer that comes later; dropped when its time is over, when the connection breaks or is cut, and on HTTP/2 and
/// 3 when the client gives the stream up. On HTTP/1.1 a client that has only ended its side still gets its answer.
pub type Later = LocalFuture<Finish>;

/// Writes the answer once a [`Later`] is ready.
pub type Finish = Box<dyn FnOnce(&mut ResponseWriter<'_>) -> Action>;

/// What follows a call of the handler.
pub enum Action {
    /// The answer is in the response writer.
    Done,
    /// The answer comes later; on HTTP/1.1 later requests of the same connection wait.
    ///
    /// Interim answers that were written are sent at once.
    Later(Later),
    /// The head is in the response writer; the body is drawn from the source piece by piece.
    Stream(Box<dyn BodySource>),
    /// The head of a 101 (HTTP/1.1) or 2xx answer to `CONNECT` is in the response writer, see
    /// [`ResponseWriter::switch`]; what the stream carries from here on belongs to the function.
    Upgrade(Box<dyn FnOnce(Upgraded) -> LocalFuture<()>>),
    /// What was written is sent, then the connection is closed (on HTTP/2 and 3 the stream, cleanly).
    Close,
    /// What was written is sent, then the connection is reset (RST) on TCP, closed elsewhere; on HTTP/2 and 3
    /// the whole connection as well.
    Reset,
    /// What was written is sent, then nothing more, until the peer goes away.
    Stall,
    /// What was written is sent, then the stream is reset with this code; on HTTP/1.1 like [`Action::Reset`].
    ResetStream(u32),
    /// The connection ends with this code, whatever was written; on HTTP/1.1 like [`Action::Close`].
    GoAway(u32),
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
    /// Call the handler after the head; the body is read as far as its [`crate::RequestBody`] is.
    Stream {
        /// The limit in bytes; `None` is no limit. A longer body ends in [`crate::BodyError::TooLong`].
        bytes_max: Option<u64>,
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
