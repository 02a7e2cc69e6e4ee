//! One request on one stream: its head, its body, the call of the handler.

use std::cell::Cell;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Poll;

use dyno_proto::http3::{ErrorCode, Http3Error};
use http::Method;
use quinn::{RecvStream, SendStream};

use super::body::{Signs, StreamReader};
use super::input::{Input, InputError, Part};
use super::message::{self, Fault, RequestMessage};
use super::output::Output;
use super::{OpenRequest, Session, within};
use crate::body::{BodyError, BodyReader, Fields, RequestBody};
use crate::handler::{Action, BodyPolicy, Handler};
use crate::request::parts::RequestParts;
use crate::request::{Head, Request};
use crate::response::Exchange;

/// One stream that is being answered.
pub(super) struct Stream<H> {
    pub(super) session: Rc<Session<H>>,
    pub(super) id: u64,
    pub(super) output: Output,
    pub(super) exchange: Exchange,
    /// Set when the client may be waiting for a 100.
    pub(super) expects_continue: bool,
    pub(super) signs: Option<Rc<Signs>>,
    /// The receiving half of a `CONNECT`.
    pub(super) tunnel_input: Option<Input>,
    pub(super) open: OpenRequest<H>,
}

/// Answers the request on one stream, to the end of the stream.
pub(super) async fn serve<H: Handler>(open: OpenRequest<H>, send: SendStream, receive: RecvStream) {
    let session = Rc::clone(&open.session);
    let limits = &session.shared.limits;
    // In its own memory: by value it would be part of each future that it passes through, and of each of their moves.
    let mut stream = Box::new(Stream {
        id: open.id,
        output: Output::new(send, Rc::clone(&session.resets), limits.connections.write_stall_time_max),
        exchange: Exchange {
            keep_alive: !session.shared.clock.is_draining() && !session.end.is_wanted.get(),
            ..Exchange::default()
        },
        expects_continue: false,
        signs: None,
        tunnel_input: None,
        session: Rc::clone(&session),
        open,
    });
    let mut input = Input::new(receive, limits.http3.field_section_bytes_max);
    let section = match within(limits.http1.head_time_max, input.next()).await {
        None => return stream.refuse(408, "the request head came too slowly").await,
        Some(Ok(Part::Section(section))) => section,
        Some(Ok(Part::SectionTooLong)) => return stream.refuse(431, "the request head is too large").await,
        Some(Ok(Part::End)) => return stream.output.reset(ErrorCode::REQUEST_INCOMPLETE),
        Some(Ok(Part::Data(_))) => {
            let reason = "DATA in front of the request head";
            return session.fail(Http3Error { code: ErrorCode::FRAME_UNEXPECTED, reason });
        }
        Some(Err(InputError::Connection(error))) => return session.fail(error),
        Some(Err(InputError::Reset(_))) => {
            session.resets.count();
            return stream.output.reset(ErrorCode::REQUEST_CANCELLED);
        }
        Some(Err(InputError::Lost)) => return stream.output.reset(ErrorCode::REQUEST_CANCELLED),
    };
    match message::request(&section, session.section_limits(), stream.id) {
        Ok(message) => {
            drop(section);
            stream.take(message, input).await;
        }
        Err(Fault::Connection(error)) => session.fail(error),
        Err(Fault::Refused(status, text)) => stream.refuse(status, text).await,
        Err(Fault::Malformed) => {
            input.stop(ErrorCode::MESSAGE_ERROR);
            stream.output.reset(ErrorCode::MESSAGE_ERROR);
        }
    }
}

impl<H: Handler> Stream<H> {
    /// Calls the handler for a request whose head is good.
    async fn take(mut self: Box<Self>, message: RequestMessage, mut input: Input) {
        let RequestMessage { mut parts, content_length, section_bytes } = message;
        let session = Rc::clone(&self.session);
        if !self.open.hold_head(section_bytes) {
            input.stop(ErrorCode::EXCESSIVE_LOAD);
            return self.output.reset(ErrorCode::EXCESSIVE_LOAD);
        }
        if session.shared.memory.refuses_requests() {
            return self.refuse(503, "the server is short of memory").await;
        }
        if let Some(priority) = session.take_priority(self.id) {
            parts.priority = priority;
        }
        if parts.priority.urgency != crate::request::Priority::default().urgency {
            self.output.set_priority(parts.priority);
        }
        self.exchange.is_head = parts.method == Method::HEAD;
        self.exchange.is_connect = parts.method == Method::CONNECT;
        if self.exchange.is_connect {
            self.tunnel_input = Some(input);
            return self.answer_bodiless(&parts).await;
        }
        let quic = session.quic.clone();
        let section_limits = session.section_limits();
        let limits = &session.shared.limits.http1;
        let mut reader = StreamReader::new(input, quic, limits, section_limits, content_length);
        self.signs = Some(reader.signs());
        if poll_fn(|context| Poll::Ready(reader.is_empty(context))).await {
            let trailers = reader.trailers();
            drop(reader);
            let request =
                Request { trailers: &trailers, ..Request::bodiless(Head::Parts(&parts), &session.info) };
            let answer = self.call(|response| session.shared.handler.answer(&request, response));
            return self.follow(answer).await;
        }
        // Most requests have no body, and should not carry the room for one.
        Box::pin(self.answer_with_body(&parts, reader, content_length)).await;
    }

    async fn answer_bodiless(mut self: Box<Self>, parts: &RequestParts) {
        let session = Rc::clone(&self.session);
        let request = Request::bodiless(Head::Parts(parts), &session.info);
        let answer = self.call(|response| session.shared.handler.answer(&request, response));
        self.follow(answer).await;
    }

    async fn answer_with_body(
        mut self: Box<Self>,
        parts: &RequestParts,
        reader: StreamReader,
        content_length: Option<u64>,
    ) {
        let session = Rc::clone(&self.session);
        let request = Request::bodiless(Head::Parts(parts), &session.info);
        let policy = catch_unwind(AssertUnwindSafe(|| session.shared.handler.body_policy(&request)));
        let (is_kept, bytes_max) = match policy {
            Err(_) => return self.refuse(500, "Internal Server Error").await,
            Ok(BodyPolicy::Buffer { bytes_max }) => (Some(true), bytes_max),
            Ok(BodyPolicy::Count { bytes_max }) => (Some(false), bytes_max),
            Ok(BodyPolicy::Stream { bytes_max }) => (None, bytes_max.unwrap_or(u64::MAX)),
        };
        if content_length.is_some_and(|length| length > bytes_max) {
            return self.refuse(413, "the request body is longer than its limit").await;
        }
        self.expects_continue = parts.fields.contains_key(http::header::EXPECT);
        let Some(is_kept) = is_kept else {
            let slot = Cell::new(Some(RequestBody::new(reader, Some(bytes_max))));
            let request = Request { stream: Some(&slot), ..request };
            let answer = self.call(|response| session.shared.handler.answer(&request, response));
            // The head has done its service, unless the handler took a copy.
            return self.follow(answer).await;
        };
        let mut intake = Intake { reader, kept: is_kept.then(Vec::new), received: 0, bytes_max };
        let body = match self.receive(&mut intake).await {
            Ok(trailers) => trailers,
            Err(error) => return self.refuse_body(&error).await,
        };
        let request = Request {
            body: intake.kept.as_deref().unwrap_or_default(),
            body_bytes: intake.received,
            trailers: &body,
            ..request
        };
        let answer = self.call(|response| session.shared.handler.answer(&request, response));
        drop(intake);
        self.follow(answer).await;
    }

    /// Reads a body to its end.
    async fn receive(&mut self, intake: &mut Intake) -> Result<Fields, BodyError> {
        loop {
            let piece = poll_fn(|context| {
                let piece = intake.reader.poll_next(context);
                // Only once the client is waited for does it get its 100.
                if piece.is_pending() && self.expects_continue { Poll::Ready(None) } else { piece.map(Some) }
            })
            .await;
            match piece {
                None => self.send_continue().await,
                Some(None) => return Ok(intake.reader.trailers()),
                Some(Some(piece)) => intake.take(&piece?)?,
            }
        }
    }

    async fn refuse_body(mut self: Box<Self>, error: &BodyError) {
        let status = match error {
            BodyError::TooLong { .. } => 413,
            BodyError::TooSlow => 408,
            _ if self.signs.as_ref().is_some_and(|signs| signs.is_malformed.get()) => {
                return self.output.reset(ErrorCode::MESSAGE_ERROR);
            }
            BodyError::Malformed { .. } => return self.output.reset(ErrorCode::MESSAGE_ERROR),
            BodyError::Incomplete => return self.output.reset(ErrorCode::REQUEST_CANCELLED),
            BodyError::Reset { .. } => {
                self.session.resets.count();
                return self.output.reset(ErrorCode::REQUEST_CANCELLED);
            }
        };
        self.refuse(status, &error.to_string()).await;
    }

    async fn refuse(mut self: Box<Self>, status: u16, text: &str) {
        let answer = self.call(|response| {
            response.respond(status, "text/plain; charset=utf-8", format!("{text}\n").as_bytes());
            Action::Done
        });
        self.follow(answer).await;
    }
}

/// A body that is read before the handler is called.
struct Intake {
    reader: StreamReader,
    /// `None` when the bytes are only counted.
    kept: Option<Vec<u8>>,
    received: u64,
    bytes_max: u64,
}

impl Intake {
    fn take(&mut self, piece: &[u8]) -> Result<(), BodyError> {
        self.received += piece.len() as u64;
        if self.received > self.bytes_max {
            return Err(BodyError::TooLong { limit: self.bytes_max });
        }
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(piece);
        }
        Ok(())
    }
}
