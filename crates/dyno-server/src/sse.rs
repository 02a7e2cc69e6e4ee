//! Server-sent events as an answer: a stream that lives until either side has enough.
//!
//! Events come through a bounded channel, so that a slow client slows its source and not the server. Silence is filled
//! with comments, and a graceful stop of the server ends the stream. The format itself is `dyno_proto::sse`.

#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use dyno_proto::sse::{CONTENT_TYPE, SseEvent, SseFieldInvalid, encode_comment};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep};

use crate::body::{BodySource, Filled};
use crate::handler::{Action, LocalFuture};
use crate::request::Request;
use crate::response::ResponseWriter;
use crate::shutdown::ShutdownSignal;

/// Silence after which a comment is sent, below what proxies usually wait.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Events that may wait for the client before [`SseSender::send`] waits.
const EVENTS_MAX: usize = 16;
/// Bytes that are put together for one write, if so many events wait.
const FILL_BYTES: usize = 16 * 1024;

/// An answer of server-sent events.
///
/// ```
/// use dyno_server::{Action, Handler, Request, ResponseWriter, Server, Sse, SseEvent};
///
/// struct Ticks;
///
/// impl Handler for Ticks {
///     fn answer(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
///         // Who connects again says what came last.
///         let last: u32 = Sse::last_event_id(request).and_then(|id| id.parse().ok()).unwrap_or(0);
///         Sse::produce(|events| async move {
///             for n in last + 1..=3 {
///                 // An error means that the client is gone.
///                 if events.send(SseEvent::new(format!("tick {n}")).with_id(n.to_string())).await.is_err() {
///                     return;
///                 }
///             }
///         })
///         .write(request, response)
///     }
/// }
///
/// let server = Server::builder().listen("127.0.0.1:0".parse()?).start(|_| Ticks)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing is answered before it is written"]
pub struct Sse {
    /// Events, encoded.
    events: mpsc::Receiver<Vec<u8>>,
    /// What makes the events, when it runs inside of the answer.
    producer: Option<LocalFuture<()>>,
    keep_alive: Option<Duration>,
    /// Sent first, so that clients know how long to wait after an interruption.
    retry: Option<Duration>,
}

impl Sse {
    /// An answer whose events come from elsewhere; the stream ends when all senders are dropped.
    pub fn channel() -> (SseSender, Self) {
        let (sender, events) = mpsc::channel(EVENTS_MAX);
        let answer = Self { events, producer: None, keep_alive: Some(KEEP_ALIVE), retry: None };
        (SseSender { sender }, answer)
    }

    /// An answer whose events `producer` sends. The stream ends when it returns; it is dropped when the client goes.
    pub fn produce<F>(producer: impl FnOnce(SseSender) -> F) -> Self
    where
        F: Future<Output = ()> + 'static,
    {
        let (sender, answer) = Self::channel();
        Self { producer: Some(Box::pin(producer(sender))), ..answer }
    }

    /// Sends a comment after this much silence; `None`, like zero, sends none.
    pub fn with_keep_alive(mut self, silence: Option<Duration>) -> Self {
        self.keep_alive = silence.filter(|silence| !silence.is_zero());
        self
    }

    /// Tells clients how long to wait before they connect again.
    pub fn with_retry(mut self, retry: Duration) -> Self {
        self.retry = Some(retry);
        self
    }

    /// The id of the last event that the client has seen, when it connects again.
    #[must_use]
    pub fn last_event_id<'a>(request: &Request<'a>) -> Option<&'a str> {
        request.header_str("last-event-id").filter(|id| !id.is_empty())
    }

    /// Writes the head; the action is to be returned.
    pub fn write(self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
        response
            .start(200)
            .field("content-type", CONTENT_TYPE.as_bytes())
            .field("cache-control", b"no-cache")
            // Proxies that collect answers would hold events back.
            .field("x-accel-buffering", b"no")
            .stream_of_chunks();
        Action::Stream(Box::new(self.into_source(request.shutdown_signal())))
    }

    pub(crate) fn into_source(self, shutdown: ShutdownSignal) -> EventSource {
        let stopping = Box::pin(async move { shutdown.raised().await });
        let timer = self.keep_alive.map(|silence| Box::pin(tokio::time::sleep(silence)));
        EventSource { answer: self, timer, stopping, is_stopping: false, has_begun: false }
    }
}

impl fmt::Debug for Sse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sse").field("keep_alive", &self.keep_alive).finish_non_exhaustive()
    }
}

/// Where the events of an [`Sse`] go in. Clones send to the same client, also from other threads.
#[derive(Clone)]
pub struct SseSender {
    sender: mpsc::Sender<Vec<u8>>,
}

impl SseSender {
    /// Sends one event; waits while too many wait for the client. Cancel-safe: then it was not sent.
    ///
    /// # Errors
    /// When the client is gone or the server stops, and for a kind or id with a line end.
    pub async fn send(&self, event: SseEvent) -> Result<(), SseSendError> {
        let mut bytes = Vec::new();
        event.encode(&mut bytes)?;
        self.sender.send(bytes).await.map_err(|_| SseSendError::Closed)
    }

    /// Sends one event if there is room for it.
    ///
    /// # Errors
    /// As [`SseSender::send`], and when there is no room.
    pub fn try_send(&self, event: &SseEvent) -> Result<(), SseSendError> {
        let mut bytes = Vec::new();
        event.encode(&mut bytes)?;
        self.sender.try_send(bytes).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SseSendError::Full,
            mpsc::error::TrySendError::Closed(_) => SseSendError::Closed,
        })
    }

    /// Waits until the client is gone or the server stops. Cancel-safe.
    pub async fn closed(&self) {
        self.sender.closed().await;
    }
}

impl fmt::Debug for SseSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseSender").field("is_closed", &self.sender.is_closed()).finish()
    }
}

/// Why an event was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SseSendError {
    /// Nobody listens any more.
    #[error("the event stream has ended")]
    Closed,
    /// The client is too slow.
    #[error("too many events wait for the client")]
    Full,
    /// The event would become two.
    #[error(transparent)]
    Invalid(#[from] SseFieldInvalid),
}

/// The body of the answer.
pub(crate) struct EventSource {
    answer: Sse,
    timer: Option<Pin<Box<Sleep>>>,
    stopping: LocalFuture<()>,
    is_stopping: bool,
    has_begun: bool,
}

impl EventSource {
    /// Appends the events that are there; true when no more will come.
    fn take_events(&mut self, context: &mut Context<'_>, out: &mut Vec<u8>) -> bool {
        loop {
            while out.len() < FILL_BYTES {
                match self.answer.events.poll_recv(context) {
                    Poll::Ready(Some(bytes)) => out.extend_from_slice(&bytes),
                    Poll::Ready(None) => return true,
                    Poll::Pending => break,
                }
            }
            let Some(producer) = &mut self.answer.producer else { return false };
            if out.len() >= FILL_BYTES {
                return false;
            }
            let waiting = self.answer.events.len();
            let has_ended = producer.as_mut().poll(context).is_ready();
            if has_ended {
                self.answer.producer = None;
            } else if self.answer.events.len() == waiting {
                return false;
            }
        }
    }

    fn poll_keep_alive(&mut self, context: &mut Context<'_>, out: &mut Vec<u8>) {
        let (Some(timer), Some(silence)) = (&mut self.timer, self.answer.keep_alive) else { return };
        if !out.is_empty() {
            timer.as_mut().reset(Instant::now() + silence);
        }
        while timer.as_mut().poll(context).is_ready() {
            encode_comment(out, "");
            timer.as_mut().reset(Instant::now() + silence);
        }
    }
}

impl BodySource for EventSource {
    fn poll_fill(&mut self, context: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Filled> {
        // `out` may hold what is not ours.
        let mut events = Vec::new();
        if !std::mem::replace(&mut self.has_begun, true)
            && let Some(retry) = self.answer.retry
        {
            events.extend_from_slice(format!("retry: {}\n\n", retry.as_millis()).as_bytes());
        }
        self.is_stopping = self.is_stopping || self.stopping.as_mut().poll(context).is_ready();
        if self.is_stopping {
            // What was sent before is still delivered, what would follow is not.
            self.answer.events.close();
            self.answer.producer = None;
        }
        let has_ended = self.take_events(context, &mut events);
        self.poll_keep_alive(context, &mut events);
        out.extend_from_slice(&events);
        match (has_ended, events.is_empty()) {
            (true, _) => Poll::Ready(Filled::End),
            (false, false) => Poll::Ready(Filled::More),
            (false, true) => Poll::Pending,
        }
    }
}
