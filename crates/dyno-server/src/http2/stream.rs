//! One request on one stream: checking it, getting its body, calling the handler, doing what that asked for.
//!
//! The common request, whose handler answers at once, is over inside of [`Session::begin`]; the others become tasks.

use std::cell::Cell;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use h2::server::{SendPushedResponse, SendResponse};
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderMap, Method, Uri};

use super::body::StreamReader;
use super::check::{self, Fault};
use super::turns::Rank;
use super::{Order, Session};
use crate::body::{BodyError, BodyReader, Fields, RequestBody};
use crate::handler::{Action, BodyPolicy, Finish, Handler, Later};
use crate::request::parts::RequestParts;
use crate::request::{Head, Priority, Request, Version};
use crate::response::parts::{Answer, PUSHES_MAX, PartsBody, Push, ResponseParts};
use crate::response::{Exchange, ResponseWriter, too_late};

/// The sending half of one stream, before its answer.
pub(super) enum Responder {
    Asked(SendResponse<Bytes>),
    Pushed(SendPushedResponse<Bytes>),
}

impl Responder {
    pub(super) fn send_response(
        &mut self,
        response: http::Response<()>,
        is_end: bool,
    ) -> Result<SendStream<Bytes>, h2::Error> {
        match self {
            Self::Asked(respond) => respond.send_response(response, is_end),
            Self::Pushed(respond) => respond.send_response(response, is_end),
        }
    }

    pub(super) fn reset(&mut self, reason: Reason) {
        match self {
            Self::Asked(respond) => respond.send_reset(reason),
            Self::Pushed(respond) => respond.send_reset(reason),
        }
    }

    pub(super) fn poll_reset(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::Asked(respond) => respond.poll_reset(context).map(|_| ()),
            Self::Pushed(respond) => respond.poll_reset(context).map(|_| ()),
        }
    }
}

/// One stream that is being answered.
pub(super) struct Stream<H> {
    pub(super) session: Rc<Session<H>>,
    pub(super) responder: Responder,
    pub(super) id: u32,
    /// The `priority` field of the request.
    priority: Option<Priority>,
    exchange: Exchange,
    /// Where pushed requests go: the same origin. `None` to clients that take none.
    origin: Option<Uri>,
    /// What the stream counts in the budget of open heads.
    head_bytes: usize,
    /// Set when the request's body is waited for; the client may be waiting for a 100.
    wants_body: Option<Rc<Cell<bool>>>,
    /// The receiving half of a `CONNECT`.
    pub(super) receive: Option<RecvStream>,
}

impl<H> Drop for Stream<H> {
    fn drop(&mut self) {
        let session = &self.session;
        session.open_heads_bytes.set(session.open_heads_bytes.get().saturating_sub(self.head_bytes));
        session.watcher.forget(self.id);
    }
}

impl<H: Handler> Session<H> {
    /// Takes one request; when this returns it is answered or has a task.
    pub(super) fn begin(
        session: &Rc<Self>,
        request: http::Request<RecvStream>,
        mut respond: SendResponse<Bytes>,
        context: &mut Context<'_>,
    ) {
        let (head, receive) = request.into_parts();
        let protocol = head.extensions.get::<h2::ext::Protocol>().map(|name| name.as_str().to_owned());
        let checked = check::head(&head, protocol.is_some(), session.shared.limits.http1.header_count_max);
        if checked == Err(Fault::Malformed) {
            respond.send_reset(Reason::PROTOCOL_ERROR);
            session.count_own_reset();
            return;
        }
        session.count_request();
        let id = respond.stream_id().as_u32();
        let mut parts = RequestParts::new(Version::Http2, head, id.into());
        parts.protocol = protocol;
        let mut stream = Self::stream(session, &mut parts, Responder::Asked(respond), id);
        if session.open_heads_bytes.get() > session.shared.limits.http2.open_heads_bytes_max {
            session.watcher.condemn(Reason::ENHANCE_YOUR_CALM);
            stream.responder.reset(Reason::ENHANCE_YOUR_CALM);
            return;
        }
        if let Err(Fault::Refused(status, text)) = checked {
            return stream.refuse(status, text);
        }
        if session.shared.memory.refuses_requests() {
            return stream.refuse(503, "the server is short of memory");
        }
        if parts.method == Method::CONNECT {
            stream.receive = Some(receive);
            let answer = stream.call_with(&Request::bodiless(Head::Parts(&parts), &session.info));
            stream.settle(answer);
        } else if receive.is_end_stream() {
            let answer = stream.call_with(&Request::bodiless(Head::Parts(&parts), &session.info));
            stream.settle(answer);
        } else {
            stream.begin_with_body(parts, receive, context);
        }
    }

    fn stream(session: &Rc<Self>, parts: &mut RequestParts, responder: Responder, id: u32) -> Stream<H> {
        let priority = parts.names_priority.then_some(parts.priority);
        if let Some(priority) = session.watcher.priority_of(id) {
            parts.priority = priority;
        }
        // As the protocol counts: 32 bytes more per field.
        let head_bytes = parts.head_bytes + 32 * parts.fields.len();
        session.open_heads_bytes.set(session.open_heads_bytes.get() + head_bytes);
        let is_pushed = matches!(responder, Responder::Pushed(_));
        Stream {
            priority,
            exchange: Exchange {
                is_head: parts.method == Method::HEAD,
                is_connect: parts.method == Method::CONNECT,
                keep_alive: true,
                http3_port: session.info.http3_port,
                ..Exchange::default()
            },
            origin: (!is_pushed && session.watcher.takes_push()).then(|| parts.uri.clone()),
            session: Rc::clone(session),
            responder,
            id,
            head_bytes,
            wants_body: None,
            receive: None,
        }
    }

    fn count_request(&self) {
        let count = self.request_count.get() + 1;
        self.request_count.set(count);
        if count == self.shared.limits.http1.requests_per_connection_max {
            self.order(Order::Finish);
        }
    }

    /// Too many of them end the connection: a client that makes the server reset streams costs it more than itself.
    pub(super) fn count_own_reset(&self) {
        self.own_resets.set(self.own_resets.get() + 1);
        if self.own_resets.get() > self.shared.limits.http2.own_resets_max {
            self.watcher.condemn(Reason::ENHANCE_YOUR_CALM);
        }
    }
}

impl<H: Handler> Stream<H> {
    pub(super) fn rank(&self) -> Rank {
        self.session.rank_of(self.id, self.priority)
    }

    fn begin_with_body(mut self, parts: RequestParts, receive: RecvStream, context: &mut Context<'_>) {
        let session = Rc::clone(&self.session);
        let request = Request::bodiless(Head::Parts(&parts), &session.info);
        let policy = catch_unwind(AssertUnwindSafe(|| session.shared.handler.body_policy(&request)));
        let length = request.header_str("content-length").and_then(|length| length.parse::<u64>().ok());
        let (is_kept, bytes_max) = match policy {
            Err(_) => return self.refuse(500, "Internal Server Error"),
            Ok(BodyPolicy::Buffer { bytes_max }) => (Some(true), bytes_max),
            Ok(BodyPolicy::Count { bytes_max }) => (Some(false), bytes_max),
            Ok(BodyPolicy::Stream { bytes_max }) => (None, bytes_max.unwrap_or(u64::MAX)),
        };
        if length.is_some_and(|length| length > bytes_max) {
            return self.refuse(413, "the request body is longer than its limit");
        }
        let reader = StreamReader::new(receive, &session.shared.limits.http1);
        let expects_continue = parts.fields.contains_key(http::header::EXPECT);
        self.wants_body = expects_continue.then(|| reader.wanted());
        let Some(is_kept) = is_kept else {
            let slot = Cell::new(Some(RequestBody::new(reader, Some(bytes_max))));
            let answer = self.call_with(&Request { stream: Some(&slot), ..request });
            return self.settle(answer);
        };
        let mut intake = Intake { reader, kept: is_kept.then(Vec::new), received: 0, bytes_max };
        // Small bodies are mostly there already.
        match intake.poll(context) {
            Poll::Ready(result) => {
                let answer = self.answer_to(&parts, &intake, result);
                self.settle(answer);
            }
            Poll::Pending => {
                session.tasks.borrow_mut().spawn_local(async move {
                    self.offer_continue();
                    let result = poll_fn(|context| intake.poll(context)).await;
                    if matches!(result, Err(BodyError::Incomplete | BodyError::Reset { .. })) {
                        return;
                    }
                    let answer = self.answer_to(&parts, &intake, result);
                    self.follow(answer).await;
                });
            }
        }
    }

    /// Calls the handler with a body that was read, or refuses what came of it.
    fn answer_to(
        &mut self,
        parts: &RequestParts,
        intake: &Intake,
        body: Result<Fields, BodyError>,
    ) -> Answer {
        let session = Rc::clone(&self.session);
        match body {
            Ok(trailers) => self.call_with(&Request {
                body: intake.kept.as_deref().unwrap_or_default(),
                body_bytes: intake.received,
                trailers: &trailers,
                ..Request::bodiless(Head::Parts(parts), &session.info)
            }),
            Err(error) => {
                let status = match error {
                    BodyError::TooLong { .. } => 413,
                    BodyError::TooSlow => 408,
                    _ => 400,
                };
                self.call(|response| {
                    response.respond(status, "text/plain; charset=utf-8", format!("{error}\n").as_bytes());
                    Action::Done
                })
            }
        }
    }

    fn refuse(mut self, status: u16, text: &str) {
        let answer = self.call(|response| {
            response.respond(status, "text/plain; charset=utf-8", format!("{text}\n").as_bytes());
            Action::Done
        });
        self.settle(answer);
    }

    fn call_with(&mut self, request: &Request<'_>) -> Answer {
        let session = Rc::clone(&self.session);
        self.call(|response| session.shared.handler.answer(request, response))
    }

    /// Runs `answer` on a response writer; a panic in it becomes a 500.
    pub(super) fn call(&mut self, answer: impl FnOnce(&mut ResponseWriter<'_>) -> Action) -> Answer {
        let pushes_left = match self.origin {
            Some(_) => self.session.pushes_max.get().min(PUSHES_MAX),
            None => 0,
        };
        Answer::of(pushes_left, &self.session.shared.clock, self.exchange, answer)
    }

    /// Sends an answer that is complete and small, and makes a task of every other.
    fn settle(mut self, mut answer: Answer) {
        if matches!(answer.action, Action::Done) && !answer.parts.is_broken {
            self.send_interim(&mut answer.parts);
            self.heed(&answer);
            match self.send_whole(answer.parts) {
                None => return,
                Some((send, body)) => {
                    let session = Rc::clone(&self.session);
                    session.tasks.borrow_mut().spawn_local(async move {
                        self.send_rest(send, body).await;
                    });
                }
            }
            return;
        }
        let session = Rc::clone(&self.session);
        session.tasks.borrow_mut().spawn_local(self.follow(answer));
    }

    /// Does what the handler asked for, to the end of the stream.
    async fn follow(mut self, mut answer: Answer) {
        loop {
            self.send_interim(&mut answer.parts);
            let Action::Later(later) = answer.action else { break };
            let Some(finish) = self.wait_for(later).await else { return };
            answer = self.call(finish);
        }
        self.heed(&answer);
        self.act(answer).await;
    }

    /// Passes on what the answer means to the connection.
    fn heed(&self, answer: &Answer) {
        if !answer.keeps_connection {
            self.session.order(Order::Finish);
        }
    }

    /// Awaits `later`; `None` when the client has reset the stream meanwhile.
    async fn wait_for(&mut self, mut later: Later) -> Option<Finish> {
        let limit = self.session.shared.limits.connections.request_time_max;
        let wait = poll_fn(|context| {
            match catch_unwind(AssertUnwindSafe(|| later.as_mut().poll(context))) {
                Ok(Poll::Ready(finish)) => return Poll::Ready(Some(finish)),
                Ok(Poll::Pending) => {}
                Err(panic) => {
                    let finish = |_: &mut ResponseWriter<'_>| -> Action { std::panic::resume_unwind(panic) };
                    return Poll::Ready(Some(Box::new(finish) as Finish));
                }
            }
            if self.wants_body.as_ref().is_some_and(|wanted| wanted.get()) {
                self.offer_continue();
            }
            self.responder.poll_reset(context).map(|()| None)
        });
        match tokio::time::timeout(limit.unwrap_or(Duration::MAX), wait).await {
            Ok(finish) => finish,
            Err(_) => Some(Box::new(too_late)),
        }
    }

    /// Sends `100 Continue` once, to a client that waits for it.
    fn offer_continue(&mut self) {
        if self.wants_body.take().is_some()
            && let Responder::Asked(respond) = &mut self.responder
        {
            send_informational(respond, 100, HeaderMap::new());
        }
    }

    /// Sends interim answers and promises, which come before the answer itself.
    fn send_interim(&mut self, parts: &mut ResponseParts) {
        let Responder::Asked(respond) = &mut self.responder else { return };
        for (status, fields) in parts.informational.drain(..) {
            send_informational(respond, status, fields);
        }
        for push in parts.pushes.drain(..) {
            let Some(request) = promised(self.origin.as_ref(), &push) else { continue };
            let promise = http::Request::from_parts(request.clone(), ());
            // Refused where the client's limits or its last SETTINGS say so.
            let Ok(pushed) = respond.push_request(promise) else { return };
            let id = pushed.stream_id().as_u32();
            let mut parts = RequestParts::new(Version::Http2, request, id.into());
            let mut stream = Session::stream(&self.session, &mut parts, Responder::Pushed(pushed), id);
            let answer = stream.call_with(&Request::bodiless(Head::Parts(&parts), &self.session.info));
            stream.settle(answer);
        }
    }
}

fn send_informational(respond: &mut SendResponse<Bytes>, status: u16, fields: HeaderMap) {
    let mut response = http::Response::new(());
    if let Ok(status) = http::StatusCode::from_u16(status) {
        *response.status_mut() = status;
        *response.headers_mut() = fields;
        // Fails only on a stream that is gone, which the answer itself will find out.
        let _ = respond.send_informational(response);
    }
}

/// The request that a push promises.
fn promised(origin: Option<&Uri>, push: &Push) -> Option<http::request::Parts> {
    let mut uri = origin?.clone().into_parts();
    uri.scheme.get_or_insert(http::uri::Scheme::HTTP);
    uri.path_and_query = Some(push.path.parse().ok()?);
    let mut request = http::Request::new(());
    *request.uri_mut() = Uri::from_parts(uri).ok()?;
    *request.version_mut() = http::Version::HTTP_2;
    *request.headers_mut() = push.fields.clone();
    Some(request.into_parts().0)
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
    /// The trailers, once all is read.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Fields, BodyError>> {
        loop {
            match self.reader.poll_next(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(Ok(self.reader.trailers())),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
                Poll::Ready(Some(Ok(piece))) => {
                    self.received += piece.len() as u64;
                    if self.received > self.bytes_max {
                        return Poll::Ready(Err(BodyError::TooLong { limit: self.bytes_max }));
                    }
                    if let Some(kept) = &mut self.kept {
                        kept.extend_from_slice(&piece);
                    }
                }
            }
        }
    }
}

/// The body of an answer that is in memory.
pub(super) fn whole(body: PartsBody) -> Bytes {
    match body {
        PartsBody::Whole(body) => body,
        PartsBody::Empty | PartsBody::Stream(_) => Bytes::new(),
    }
}
