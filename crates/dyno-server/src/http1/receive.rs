//! Request bodies that did not come with their heads: kept, counted, or handed on piece by piece.
//!
//! The pace of the client is judged only while it is waited for. Called by the driver of the connection.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use dyno_proto::http1::RequestRejection;
use dyno_proto::http1::{BodyDecoder, BodyPart, Headers, ProtocolError, RequestFraming, RequestHead};

use super::channel::Channel;
use super::close::{LINGER_BYTES_MAX, LINGER_TIME_MAX};
use super::respond::call;
use super::{Connection, Next, Refusal};
use crate::body::{BodyError, Fields};
use crate::handler::{BodyPolicy, Handler};
use crate::request::{Head, Request};
use crate::transport::Transport;

/// As much of later requests is read while one is being answered.
const READ_AHEAD_BYTES_MAX: usize = 8 * 1024;

/// A body on its way in.
pub(super) struct Incoming {
    decoder: BodyDecoder,
    bytes_max: u64,
    /// True while the client waits for `100 Continue`, which it gets when the body is wanted.
    owes_continue: bool,
    state: State,
    /// Where the pieces go when the handler takes them one by one.
    channel: Option<Channel>,
    /// How long the client was waited for, and since when it is.
    waited_ms: u64,
    waiting_since_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Complete: what follows is the next request.
    Complete,
    /// Nobody can say where the next request begins.
    Broken,
}

/// How waiting for bytes of a body ended.
enum Arrival {
    Some,
    End,
    TooSlow,
}

impl Incoming {
    pub(super) fn new(head: &RequestHead, bytes_max: u64, channel: Option<Channel>) -> Self {
        let mut decoder = BodyDecoder::new();
        match head.framing {
            RequestFraming::None => decoder.start_empty(),
            RequestFraming::Length(length) => decoder.start_length(length),
            RequestFraming::Chunked => decoder.start_chunked(),
        }
        Self {
            decoder,
            bytes_max,
            owes_continue: head.expects_continue,
            state: State::Open,
            channel,
            waited_ms: 0,
            waiting_since_ms: None,
        }
    }

    /// Ends the body for a handler that reads it.
    fn end(&mut self, state: State, end: Result<Fields, BodyError>) {
        self.state = state;
        if let Some(channel) = &self.channel {
            channel.end(end);
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // A handler that still waits must not do so for ever; a first end counts, so this is harmless otherwise.
        self.end(State::Broken, Err(BodyError::Incomplete));
    }
}

impl<S: Transport, H: Handler> Connection<S, H> {
    /// Answers the request found last, whose body is not in the buffer as a whole.
    pub(super) async fn answer_with_body(&mut self, policy: BodyPolicy) -> io::Result<Next> {
        let (is_kept, bytes_max) = match policy {
            BodyPolicy::Buffer { bytes_max } => (true, bytes_max),
            BodyPolicy::Count { bytes_max } => (false, bytes_max),
            BodyPolicy::Stream { bytes_max } => return Ok(self.answer_streamed(bytes_max)),
        };
        let head = self.decoder.head();
        if let RequestFraming::Length(length) = head.framing
            && length > bytes_max
        {
            return Ok(RequestRejection::BodyTooLong { limit: bytes_max }.into());
        }
        let head_bytes = self.input.unread()[..head.bytes].to_vec();
        let incoming = Incoming::new(head, bytes_max, None);
        self.input.consume(head_bytes.len());
        self.incoming = Some(Box::new(incoming));
        let mut body = Vec::new();
        if let Some(refused) = self.receive(is_kept.then_some(&mut body)).await? {
            return Ok(refused);
        }
        let incoming = self.incoming.take();
        let Some(incoming) = incoming else { return Ok(Next::Drop) };
        let trailers = fields_of(incoming.decoder.trailers());
        let head = self.decoder.head();
        let request = Request {
            body: &body,
            body_bytes: incoming.decoder.received(),
            trailers: &trailers,
            ..Request::bodiless(Head::Http1(head.view(&head_bytes)), &self.info)
        };
        let exchange = self.exchange_of(head, &request);
        self.request_count += 1;
        Ok(call(&self.shared, &mut self.out, exchange, |response| {
            self.shared.handler.answer(&request, response)
        }))
    }

    /// Reads the body to its end, into `kept` if given; what else is to happen when that fails.
    pub(super) async fn receive(&mut self, mut kept: Option<&mut Vec<u8>>) -> io::Result<Option<Next>> {
        loop {
            let Some(incoming) = &mut self.incoming else { return Ok(None) };
            let (used, part) = match incoming.decoder.decode(self.input.unread()) {
                Ok(step) => step,
                Err(reason) => return Ok(Some(malformed(reason).into())),
            };
            let wants_more = match part {
                BodyPart::Data(data) => {
                    if let Some(kept) = &mut kept
                        && (kept.len() + data.len()) as u64 <= incoming.bytes_max
                    {
                        kept.extend_from_slice(data);
                    }
                    false
                }
                BodyPart::NeedMore => true,
                BodyPart::End => {
                    self.input.consume(used);
                    return Ok(None);
                }
            };
            self.input.consume(used);
            if incoming.decoder.received() > incoming.bytes_max {
                return Ok(Some(RequestRejection::BodyTooLong { limit: incoming.bytes_max }.into()));
            }
            if wants_more {
                match poll_fn(|context| self.poll_body_bytes(context)).await? {
                    Arrival::Some => {}
                    Arrival::End => return Ok(Some(Next::Drop)),
                    Arrival::TooSlow => return Ok(Some(Next::Refuse(Refusal::BodyTooSlow))),
                }
            }
        }
    }

    /// Moves one piece of the body to a handler that waits for it; pending while none does.
    pub(super) fn poll_pump(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let Some(incoming) = &mut self.incoming else { return Poll::Pending };
            let Some(channel) = &incoming.channel else { return Poll::Pending };
            if incoming.state != State::Open || !channel.is_wanted(context) {
                return Poll::Pending;
            }
            match incoming.decoder.decode(self.input.unread()) {
                Ok((used, BodyPart::Data(data))) => {
                    channel.put(Bytes::copy_from_slice(data));
                    self.input.consume(used);
                    return Poll::Ready(Ok(()));
                }
                Ok((used, BodyPart::End)) => {
                    let trailers = fields_of(incoming.decoder.trailers());
                    self.input.consume(used);
                    incoming.end(State::Complete, Ok(trailers));
                    return Poll::Ready(Ok(()));
                }
                Err(reason) => {
                    let error = BodyError::Malformed { reason: Box::new(reason) };
                    incoming.end(State::Broken, Err(error));
                    return Poll::Ready(Ok(()));
                }
                Ok((used, BodyPart::NeedMore)) => self.input.consume(used),
            }
            let error = match ready!(self.poll_body_bytes(context))? {
                Arrival::Some => continue,
                Arrival::End => BodyError::Incomplete,
                Arrival::TooSlow => BodyError::TooSlow,
            };
            if let Some(incoming) = &mut self.incoming {
                incoming.end(State::Broken, Err(error));
            }
            return Poll::Ready(Ok(()));
        }
    }

    /// Ready when the connection turns out to be broken while the handler has nothing to send.
    ///
    /// Reads ahead, within bounds, since that is how a reset shows. The end of the client's side is no break.
    pub(super) fn poll_broken(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let is_receiving = self.incoming.as_ref().is_some_and(|incoming| incoming.state == State::Open);
        while !is_receiving && !self.has_ended && self.input.unread().len() < READ_AHEAD_BYTES_MAX {
            match ready!(self.input.poll_read(context, &mut self.stream, &self.shared.pool)) {
                Ok(0) => self.has_ended = true,
                Ok(_) => {}
                Err(error) => return Poll::Ready(error),
            }
        }
        Poll::Pending
    }

    /// The final answer has begun, so that no interim one may follow.
    pub(super) fn withhold_continue(&mut self) {
        if let Some(incoming) = &mut self.incoming {
            incoming.owes_continue = false;
        }
    }

    /// After the answer: reads a short rest of the body, so that the connection can go on; else closes.
    pub(super) async fn finish_body(&mut self) -> io::Result<Next> {
        let Some(incoming) = &mut self.incoming else { return Ok(Next::Continue) };
        if let Some(channel) = &incoming.channel {
            channel.end(Err(BodyError::Incomplete));
        }
        match incoming.state {
            State::Complete => {
                self.incoming = None;
                return Ok(Next::Continue);
            }
            State::Broken => return Ok(Next::Close),
            State::Open => {}
        }
        // Whoever still waits for 100 may send the body or not: that cannot be told apart from the next request.
        if incoming.owes_continue {
            return Ok(Next::Close);
        }
        incoming.bytes_max = incoming.decoder.received() + LINGER_BYTES_MAX as u64;
        let rest = tokio::time::timeout(LINGER_TIME_MAX, self.receive(None)).await;
        match rest {
            Ok(Ok(None)) => {
                self.incoming = None;
                Ok(Next::Continue)
            }
            Ok(Err(error)) => Err(error),
            // The answer is given; whatever is wrong with the rest, there is nothing more to say.
            Ok(Ok(Some(_))) | Err(_) => Ok(Next::Close),
        }
    }

    fn poll_body_bytes(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Arrival>> {
        if let Some(incoming) = &mut self.incoming
            && std::mem::take(&mut incoming.owes_continue)
            && self.input.unread().is_empty()
        {
            self.out.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        ready!(self.poll_flush(context))?;
        let Some(incoming) = &mut self.incoming else { return Poll::Ready(Ok(Arrival::End)) };
        if self.watch.take_expiry() {
            return Poll::Ready(Ok(Arrival::TooSlow));
        }
        let clock = &self.shared.clock;
        if incoming.waiting_since_ms.is_none() {
            incoming.waiting_since_ms = Some(clock.now_ms());
            let waited = Duration::from_millis(incoming.waited_ms);
            let patience = self.shared.limits.http1.body_patience(incoming.decoder.received(), waited);
            clock.set_deadline(&self.watch, patience);
        }
        let Poll::Ready(result) = self.input.poll_read(context, &mut self.stream, &self.shared.pool) else {
            self.watch.wake_on_expiry(context.waker());
            return Poll::Pending;
        };
        self.watch.clear_deadline();
        if let Some(since_ms) = incoming.waiting_since_ms.take() {
            incoming.waited_ms += clock.now_ms() - since_ms;
        }
        Poll::Ready(result.map(|count| if count == 0 { Arrival::End } else { Arrival::Some }))
    }
}

fn malformed(reason: ProtocolError) -> RequestRejection {
    RequestRejection::BodyMalformed { reason: Box::new(reason) }
}

fn fields_of(headers: &Headers) -> Fields {
    headers.iter().map(|(name, value)| (name.to_owned(), value.to_vec())).collect()
}
