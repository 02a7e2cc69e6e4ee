//! One HTTP/1.1 connection from its first byte to its close.
//!
//! The rule that makes it fast: read once, answer every complete request in the buffer, write once, and always
//! write before waiting. Knows no route; the handler does. Called by `thread` for each accepted stream.

use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use dyno_proto::http1::{RequestDecoder, RequestFraming, RequestHead, RequestRejection};

use crate::body::RequestBody;
use crate::clock::Watch;
use crate::connection_info::ConnectionInfo;
use crate::handler::{Action, BodyPolicy, Handler, LocalFuture};
use crate::request::{Head, Request};
use crate::response::Exchange;
use crate::thread::Shared;
use crate::transport::Transport;
use crate::upgraded::Upgraded;
use buffer::ReadBuffer;
use channel::Channel;
use receive::Incoming;
use respond::call;

pub(crate) mod buffer;
mod channel;
mod close;
mod receive;
mod respond;
mod to_http2;

#[cfg(test)]
mod tests;

/// An output that grew above this for one large answer is given back to the system.
const OUTPUT_BYTES_KEPT: usize = 256 * 1024;

pub(crate) struct Connection<S, H> {
    stream: S,
    shared: Rc<Shared<H>>,
    watch: Rc<Watch>,
    info: Rc<ConnectionInfo>,
    input: ReadBuffer,
    out: Vec<u8>,
    /// How much of `out` is written.
    sent: usize,
    /// True while the write deadline runs.
    is_stalled: bool,
    decoder: RequestDecoder,
    request_count: u64,
    /// True while the head deadline runs for a head that has begun.
    is_head_timed: bool,
    /// True once the client has ended its side, which it may do and still wait for answers.
    has_ended: bool,
    /// The body of the request that is being answered, as far as it was not in memory at once.
    incoming: Option<Box<Incoming>>,
}

/// A connection that goes on in HTTP/2.
pub(crate) struct HandOver<S> {
    pub(crate) stream: S,
    /// What was read and belongs to HTTP/2.
    pub(crate) early: Bytes,
    /// The frames of a request that came by `Upgrade`.
    pub(crate) splice: Option<Bytes>,
}

/// What to do after looking at the input.
enum Next {
    /// Look at the input again.
    Continue,
    /// The input has no further complete request.
    Read,
    /// There is enough output for one write.
    Write,
    /// The request found last has a body that is still to be read.
    Body(BodyPolicy),
    /// The request found last is answered; what is left of its body is not.
    Rest,
    /// The handler asked for more than a written answer.
    Act(Action, Exchange),
    /// The request found last asks to go on in HTTP/2.
    UpgradeToHttp2(Option<BodyPolicy>),
    /// The client speaks HTTP/2 from its first byte on.
    Http2,
    /// The stream leaves HTTP.
    Upgrade(Box<dyn FnOnce(Upgraded) -> LocalFuture<()>>),
    /// The request is refused.
    Refuse(Refusal),
    /// Send what is written, then close.
    Close,
    /// Drop the stream as it is.
    Drop,
}

/// Why a request gets no handler's answer.
enum Refusal {
    Rejected(RequestRejection),
    HeadTooSlow,
    BodyTooSlow,
    Overloaded,
    Broken,
}

impl From<RequestRejection> for Next {
    fn from(rejection: RequestRejection) -> Self {
        Self::Refuse(Refusal::Rejected(rejection))
    }
}

impl<S: Transport, H: Handler> Connection<S, H> {
    pub(crate) fn new(stream: S, shared: Rc<Shared<H>>, watch: Rc<Watch>, info: Rc<ConnectionInfo>) -> Self {
        let decoder = RequestDecoder::new(shared.limits.head());
        Self {
            stream,
            shared,
            watch,
            info,
            input: ReadBuffer::default(),
            out: Vec::new(),
            sent: 0,
            is_stalled: false,
            decoder,
            request_count: 0,
            is_head_timed: false,
            has_ended: false,
            incoming: None,
        }
    }

    /// Serves until either side closes. Not cancel-safe: dropping the future cuts the connection.
    pub(crate) async fn run(mut self) -> io::Result<Option<HandOver<S>>> {
        let mut next = Next::Read;
        loop {
            next = match next {
                Next::Continue => self.answer_buffered(),
                Next::Read => self.read().await?,
                Next::Write => {
                    self.flush().await?;
                    Next::Continue
                }
                Next::Body(policy) => self.answer_with_body(policy).await?,
                Next::Rest => self.finish_body().await?,
                Next::Act(action, exchange) => self.act(action, exchange).await?,
                Next::UpgradeToHttp2(policy) => match self.upgrade_to_http2(policy).await? {
                    Ok(splice) => return Ok(Some(self.hand_over(Some(splice)))),
                    Err(next) => next,
                },
                Next::Http2 => return Ok(Some(self.hand_over(None))),
                Next::Upgrade(owner) => return self.upgrade(owner).await.map(|()| None),
                Next::Refuse(refusal) => return self.refuse(&refusal).await.map(|()| None),
                Next::Close => return self.close().await.map(|()| None),
                Next::Drop => return Ok(None),
            }
        }
    }

    /// Answers every complete request in the buffer, as long as the handler answers at once.
    fn answer_buffered(&mut self) -> Next {
        loop {
            if self.incoming.is_some() {
                return Next::Rest;
            }
            if self.out.len() >= self.shared.limits.http1.output_bytes_max {
                return Next::Write;
            }
            let input = self.input.unread();
            if input.is_empty() {
                return Next::Read;
            }
            match self.decoder.decode_head(input) {
                Ok(Some(_)) => {}
                Ok(None) => return Next::Read,
                Err(rejection) => return self.refused_head(rejection),
            }
            self.is_head_timed = false;
            if self.shared.memory.refuses_requests() {
                return Next::Refuse(Refusal::Overloaded);
            }
            let head = self.decoder.head();
            let body_bytes = match head.framing {
                RequestFraming::None if head.wants_upgrade && self.asks_for_http2(head) => {
                    return Next::UpgradeToHttp2(None);
                }
                RequestFraming::None => 0,
                framing => match self.policy_of(head) {
                    None => return Next::Refuse(Refusal::Broken),
                    Some(policy) if head.wants_upgrade && self.asks_for_http2(head) => {
                        return Next::UpgradeToHttp2(Some(policy));
                    }
                    Some(policy) => match length_in(input, head, framing, policy) {
                        Some(length) => length,
                        None => return Next::Body(policy),
                    },
                },
            };
            let used = head.bytes + body_bytes;
            let request = Request {
                body: &input[head.bytes..used],
                body_bytes: body_bytes as u64,
                ..Request::bodiless(Head::Http1(head.view(input)), &self.info)
            };
            let exchange = self.exchange_of(head, &request);
            self.request_count += 1;
            if self.out.capacity() == 0 {
                self.out = self.shared.pool.take_output();
            }
            let next = call(&self.shared, &mut self.out, exchange, |response| {
                self.shared.handler.answer(&request, response)
            });
            self.input.consume(used);
            if !matches!(next, Next::Continue) {
                return next;
            }
        }
    }

    /// What the handler wants of the body of the request found last; `None` when it panicked.
    fn policy_of(&self, head: &RequestHead) -> Option<BodyPolicy> {
        let request = Request::bodiless(Head::Http1(head.view(self.input.unread())), &self.info);
        catch_unwind(AssertUnwindSafe(|| self.shared.handler.body_policy(&request))).ok()
    }

    fn exchange_of(&self, head: &RequestHead, request: &Request<'_>) -> Exchange {
        Exchange {
            is_head: request.is_method("HEAD"),
            is_connect: request.is_method("CONNECT"),
            is_http10: head.minor_version == 0,
            keep_alive: head.keep_alive
                && !self.shared.clock.is_draining()
                && self.request_count + 1 < self.shared.limits.http1.requests_per_connection_max,
            http3_port: self.info.http3_port,
            ..Exchange::default()
        }
    }

    /// Calls the handler after the head; the body follows as it is asked for.
    fn answer_streamed(&mut self, bytes_max: Option<u64>) -> Next {
        let head = self.decoder.head();
        if let (RequestFraming::Length(length), Some(limit)) = (head.framing, bytes_max)
            && length > limit
        {
            return RequestRejection::BodyTooLong { limit }.into();
        }
        let channel = Channel::default();
        let slot = Cell::new(Some(RequestBody::new(channel.reader(), bytes_max)));
        let view = head.view(self.input.unread());
        let request = Request { stream: Some(&slot), ..Request::bodiless(Head::Http1(view), &self.info) };
        let exchange = self.exchange_of(head, &request);
        self.request_count += 1;
        let next = call(&self.shared, &mut self.out, exchange, |response| {
            self.shared.handler.answer(&request, response)
        });
        let incoming = Incoming::new(head, bytes_max.unwrap_or(u64::MAX), Some(channel));
        self.input.consume(head.bytes);
        self.incoming = Some(Box::new(incoming));
        next
    }

    /// Writes what is owed, then waits for bytes of a head.
    async fn read(&mut self) -> io::Result<Next> {
        self.flush().await?;
        let (clock, limits) = (&self.shared.clock, &self.shared.limits.http1);
        if self.input.unread().is_empty() {
            if clock.is_draining() {
                return Ok(Next::Close);
            }
            let limit =
                if self.request_count == 0 { limits.head_time_max } else { limits.keep_alive_time_max };
            clock.set_deadline(&self.watch, limit);
            self.watch.set_in_progress(0);
        } else if !self.is_head_timed {
            // Once per head, so that a slow sender cannot stretch it byte by byte.
            self.is_head_timed = true;
            clock.set_deadline(&self.watch, limits.head_time_max);
        }
        let next = poll_fn(|context| self.poll_head(context)).await?;
        self.watch.set_in_progress(1);
        Ok(next)
    }

    fn poll_head(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Next>> {
        let is_idle = self.input.unread().is_empty();
        if self.watch.take_expiry() {
            // Who has not begun a request is owed no answer.
            let next = if is_idle { Next::Drop } else { Next::Refuse(Refusal::HeadTooSlow) };
            return Poll::Ready(Ok(next));
        }
        match self.input.poll_read(context, &mut self.stream, &self.shared.pool) {
            Poll::Ready(result) => {
                Poll::Ready(result.map(|count| if count == 0 { Next::Drop } else { Next::Continue }))
            }
            Poll::Pending if is_idle => {
                self.shared.pool.give_output(std::mem::take(&mut self.out));
                Poll::Pending
            }
            Poll::Pending => {
                self.watch.wake_on_expiry(context.waker());
                Poll::Pending
            }
        }
    }

    async fn flush(&mut self) -> io::Result<()> {
        poll_fn(|context| self.poll_flush(context)).await
    }

    /// Writes all output. Each step of progress gives the peer new time.
    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.out.is_empty() {
            return Poll::Ready(Ok(()));
        }
        while self.sent < self.out.len() {
            match Pin::new(&mut self.stream).poll_write(context, &self.out[self.sent..]) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => {
                    self.sent += count;
                    self.end_stall();
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return self.poll_stalled(context),
            }
        }
        if S::BUFFERS_WRITES {
            match Pin::new(&mut self.stream).poll_flush(context) {
                Poll::Ready(Ok(())) => self.end_stall(),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return self.poll_stalled(context),
            }
        }
        self.out.clear();
        self.out.shrink_to(OUTPUT_BYTES_KEPT);
        self.sent = 0;
        Poll::Ready(Ok(()))
    }

    fn end_stall(&mut self) {
        if self.is_stalled {
            self.is_stalled = false;
            self.watch.clear_deadline();
        }
    }

    /// The peer takes nothing: it gets a limited time, then a reset, since an orderly end would wait for it again.
    fn poll_stalled(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.watch.take_expiry() {
            self.stream.reset_on_close();
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        if !self.is_stalled {
            self.is_stalled = true;
            self.shared.clock.set_deadline(&self.watch, self.shared.limits.connections.write_stall_time_max);
        }
        self.watch.wake_on_expiry(context.waker());
        Poll::Pending
    }
}

/// The length of the body when all of it is in `input` and the handler wants it kept.
fn length_in(input: &[u8], head: &RequestHead, framing: RequestFraming, policy: BodyPolicy) -> Option<usize> {
    match (framing, policy) {
        (RequestFraming::Length(length), BodyPolicy::Buffer { bytes_max })
            if length <= bytes_max && length <= (input.len() - head.bytes) as u64 =>
        {
            Some(length as usize)
        }
        _ => None,
    }
}
