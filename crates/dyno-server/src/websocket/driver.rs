//! What moves the bytes of one WebSocket: reads, writes, pings, deadlines, the graceful stop and the end.
//!
//! Runs beside the handler in the task of the connection; both work on the same `Core`. Knows no routes.

mod deadlines;

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use dyno_proto::websocket::{CloseCode, Message, OpCode, Step};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::sync::Notify;

use self::deadlines::{Deadlines, Expired};
use super::connection::{Core, Shared, WebSocketConnection};
use super::outbox::Taken;
use crate::handler::LocalFuture;
use crate::upgraded::Upgraded;

/// Bytes read at once; the memory is the thread's, so an idle connection holds none.
const READ_BYTES: usize = 16 * 1024;
/// Written output is given back to the allocator above this.
const OUTPUT_KEPT_BYTES: usize = 64 * 1024;
/// What is read on after a failure, so that the peer sees the close frame instead of a reset. The rest of a message
/// that is too large is the most common case.
const LINGER_BYTES_MAX: usize = 1024 * 1024;
const LINGER_TIME_MAX: Duration = Duration::from_secs(2);

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Serves one connection to its end. Dropping the future cuts it.
pub(super) async fn serve(
    stream: Upgraded,
    connection: WebSocketConnection,
    handler: Box<dyn FnOnce(WebSocketConnection) -> LocalFuture<()>>,
) {
    let shared = Rc::clone(connection.shared());
    let end = EndOnDrop(Rc::clone(&shared));
    let has_ended = Notify::new();
    let moving = async {
        Driver::new(stream, Rc::clone(&shared)).run().await;
        end.mark();
        has_ended.notify_one();
    };
    let handling = async {
        let handler_time_max = shared.config.handler_time_max;
        let patience = async {
            has_ended.notified().await;
            tokio::time::sleep(handler_time_max).await;
        };
        tokio::select! {
            code = run_handler(handler, connection) => close(&shared, code),
            () = patience => {}
        }
    };
    tokio::join!(moving, handling);
}

/// Runs the handler; returns the code to close with when it ends.
async fn run_handler(
    handler: Box<dyn FnOnce(WebSocketConnection) -> LocalFuture<()>>,
    connection: WebSocketConnection,
) -> CloseCode {
    let Ok(mut future) = catch_unwind(AssertUnwindSafe(|| handler(connection))) else {
        return CloseCode::INTERNAL_ERROR;
    };
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(|()| CloseCode::NORMAL),
        Err(_) => Poll::Ready(CloseCode::INTERNAL_ERROR),
    })
    .await
}

fn close(shared: &Shared, code: CloseCode) {
    let core = &mut *shared.core.borrow_mut();
    if !core.endpoint.echo_close() {
        // A close frame that was sent before stays the last word.
        let _ = core.endpoint.close(code, "");
    }
    // Nobody takes messages any more, and they must not stand in the way of the peer's close frame.
    core.is_deaf = true;
    core.inbox.clear();
    core.inbox_bytes = 0;
    core.is_inbox_full = false;
    core.wake_driver();
}

/// Marks the connection as over when the driver ends in whatever way, so that nobody waits for it.
struct EndOnDrop(Rc<Shared>);

impl EndOnDrop {
    fn mark(&self) {
        let core = &mut *self.0.core.borrow_mut();
        core.is_over = true;
        core.wake_receivers();
        core.wake_senders();
        self.0.outbox.shut();
    }
}

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.mark();
    }
}

struct Driver {
    stream: Upgraded,
    shared: Rc<Shared>,
    /// Received and not yet decoded, because the inbox is full.
    unread: Vec<u8>,
    /// Bytes of pongs in the output.
    pong_bytes: usize,
    deadlines: Deadlines,
}

/// How the stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Everything that had to be said was said and written.
    Clean,
    /// The peer broke the protocol and was told so; it may still be sending.
    Failed,
    /// The stream broke, or its time was over.
    Cut,
}

impl Driver {
    fn new(stream: Upgraded, shared: Rc<Shared>) -> Self {
        let version = shared.request.as_request().version();
        let deadlines = Deadlines::new(&shared.config, version);
        Self { stream, shared, unread: Vec::new(), pong_bytes: 0, deadlines }
    }

    async fn run(mut self) {
        let shutdown = self.stream.shutdown_signal();
        let shared = Rc::clone(&self.shared);
        let mut stopping = Box::pin(async move {
            shutdown.raised().await;
            let core = &mut *shared.core.borrow_mut();
            let _ = core.endpoint.close(CloseCode::GOING_AWAY, "the server is stopping");
        });
        let mut is_stopping = false;
        let end = poll_fn(|context| {
            is_stopping = is_stopping || stopping.as_mut().poll(context).is_ready();
            self.poll(context)
        })
        .await;
        // Who waits for a message must not wait for the stream to be closed.
        self.shared.core.borrow_mut().wake_receivers();
        if end != End::Cut {
            // Of no interest: both sides have said all.
            let _ = tokio::time::timeout(LINGER_TIME_MAX, self.finish(end)).await;
        }
    }

    /// Ends the stream; the server does so first, RFC 6455 section 7.1.1.
    async fn finish(&mut self, end: End) -> io::Result<()> {
        self.stream.shutdown().await?;
        let mut left = if end == End::Failed { LINGER_BYTES_MAX } else { 0 };
        let mut piece = [0; 4096];
        while left > 0 {
            match self.stream.read(&mut piece).await? {
                0 => break,
                count => left = left.saturating_sub(count),
            }
        }
        Ok(())
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<End> {
        self.shared.core.borrow_mut().set_driver(context);
        loop {
            let has_more_to_say = self.take_outbox(context);
            let read = self.poll_read(context);
            if let Poll::Ready(Err(_)) = read {
                return Poll::Ready(End::Cut);
            }
            let written = self.poll_write(context);
            match written {
                Poll::Ready(Err(_)) => return Poll::Ready(End::Cut),
                Poll::Ready(Ok(())) => {
                    let core = self.shared.core.borrow();
                    if core.endpoint.is_over() {
                        let has_failed = core.endpoint.failure().is_some();
                        return Poll::Ready(if has_failed { End::Failed } else { End::Clean });
                    }
                }
                Poll::Pending => {}
            }
            if self.poll_deadlines(context) == Poll::Ready(Expired::Connection) {
                return Poll::Ready(End::Cut);
            }
            if read.is_pending() && !(has_more_to_say && written.is_ready()) {
                return Poll::Pending;
            }
        }
    }

    /// Moves what other threads have to say into the output; true when there was no room for all of it.
    fn take_outbox(&mut self, context: &Context<'_>) -> bool {
        if !self.shared.is_registered.get() {
            return false;
        }
        let core = &mut *self.shared.core.borrow_mut();
        while core.pending_output() < self.shared.config.output_bytes_max.max(1) {
            // An endpoint that is closing takes nothing more, and nobody has to know.
            let _ = match self.shared.outbox.take(context.waker()) {
                None => return false,
                Some(Taken::Message(message)) => core.endpoint.send_prepared(&message),
                Some(Taken::Close(frame)) => core.endpoint.close(frame.code, &frame.reason),
            };
        }
        true
    }

    /// Reads once and hands messages to the inbox; `Pending` also while there is no room for more.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.unread.is_empty() {
            let mut unread = std::mem::take(&mut self.unread);
            let used = self.decode(&unread);
            unread.drain(..used);
            self.unread = unread;
        }
        if !self.unread.is_empty() || !self.may_read() {
            return Poll::Pending;
        }
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.resize(READ_BYTES, 0);
            let mut place = ReadBuf::new(scratch);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut place))?;
            let bytes = place.filled();
            if bytes.is_empty() {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
            self.deadlines.has_heard(Instant::now());
            let used = self.decode(bytes);
            self.unread.extend_from_slice(&bytes[used..]);
            Poll::Ready(Ok(()))
        })
    }

    fn may_read(&self) -> bool {
        let core = &mut *self.shared.core.borrow_mut();
        // Nothing that follows a close frame is of interest, not even the end of the stream.
        !core.endpoint.is_over()
            && core.endpoint.close_received().is_none()
            && !is_inbox_full(core, &self.shared)
            && self.pong_bytes < self.shared.config.control_bytes_max
    }

    /// Decodes as long as there is room for messages; returns how many bytes are used up.
    fn decode(&mut self, bytes: &[u8]) -> usize {
        let core = &mut *self.shared.core.borrow_mut();
        let mut used = 0;
        while used < bytes.len()
            && !is_inbox_full(core, &self.shared)
            && self.pong_bytes < self.shared.config.control_bytes_max
        {
            match core.endpoint.receive(&bytes[used..]) {
                // The endpoint keeps the failure and takes no further step.
                Err(_) => break,
                Ok((count, step)) => {
                    used += count;
                    let Step::Received(opcode) = step else { break };
                    let message = core.endpoint.take_message(opcode);
                    if opcode == OpCode::Ping {
                        self.pong_bytes += message.data.len() + 2;
                    }
                    deliver(core, message, self.shared.config.inbox_messages_max);
                }
            }
        }
        if core.endpoint.is_over() {
            core.wake_receivers();
            return bytes.len();
        }
        used
    }

    /// Writes all output; `Pending` while the peer takes nothing.
    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let core = &mut *self.shared.core.borrow_mut();
        let is_idle = core.pending_output() == 0;
        while core.pending_output() > 0 {
            let sent = core.sent;
            let output = core.endpoint.output();
            match Pin::new(&mut self.stream).poll_write(context, &output[sent..]) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => {
                    core.sent += count;
                    self.deadlines.set_stalled(None);
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    forget_written(core);
                    if core.pending_output() < self.shared.config.output_bytes_max.max(1) {
                        core.wake_senders();
                    }
                    self.deadlines.set_stalled(Some(Instant::now()));
                    return Poll::Pending;
                }
            }
        }
        if !is_idle {
            let output = core.endpoint.output();
            output.clear();
            output.shrink_to(OUTPUT_KEPT_BYTES);
            core.sent = 0;
            core.wake_senders();
            if std::mem::take(&mut self.pong_bytes) >= self.shared.config.control_bytes_max {
                // Reading had stopped; the next turn takes it up again.
                context.waker().wake_by_ref();
            }
        }
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.deadlines.set_stalled(flushed.is_pending().then(Instant::now));
        flushed
    }

    fn poll_deadlines(&mut self, context: &mut Context<'_>) -> Poll<Expired> {
        let is_reading = self.unread.is_empty() && self.may_read();
        let is_closing = {
            let core = self.shared.core.borrow();
            core.endpoint.is_closing() || core.endpoint.close_received().is_some()
        };
        let expired = ready!(self.deadlines.poll(context, is_reading, is_closing));
        if expired == Expired::Connection && self.shared.core.borrow_mut().endpoint.echo_close() {
            // The handler takes its time; the peer has waited long enough for an answer.
            self.deadlines.restart_closing();
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if expired == Expired::Silence {
            // Closing has its own deadline.
            let _ = self.shared.core.borrow_mut().endpoint.send_ping(b"");
            context.waker().wake_by_ref();
        }
        Poll::Ready(expired)
    }
}

/// Too many messages wait for the handler. Control frames alone never fill it: they are left out then.
fn is_inbox_full(core: &mut Core, shared: &Shared) -> bool {
    let limits = &shared.config;
    core.is_inbox_full = core.inbox_bytes > 0 && core.inbox_bytes >= limits.messages.message_bytes_max
        || core.inbox.len() >= limits.inbox_messages_max
            && core.inbox.iter().any(|message| message.is_text() || message.is_binary());
    core.is_inbox_full
}

fn deliver(core: &mut Core, message: Message, messages_max: usize) {
    let is_data = message.is_text() || message.is_binary();
    let may_be_left_out = !is_data && !message.is_close();
    if core.is_deaf || may_be_left_out && core.inbox.len() >= messages_max {
        return;
    }
    if is_data {
        core.inbox_bytes += message.data.len();
    }
    core.inbox.push_back(message);
    core.wake_receivers();
}

/// Moves what is left of a long output to its front, seldom enough to cost little.
fn forget_written(core: &mut Core) {
    if core.sent >= OUTPUT_KEPT_BYTES {
        let sent = std::mem::take(&mut core.sent);
        core.endpoint.output().drain(..sent);
    }
}
