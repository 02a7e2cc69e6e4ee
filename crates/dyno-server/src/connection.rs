//! One HTTP/1.1 connection from its first byte to its close.
//!
//! The rule that makes it fast: read once, answer every complete request in the buffer, write once, and always
//! write before waiting. Knows no route; the handler does. Called by `thread` for each accepted stream.

use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use dyno_proto::http1::{
    BodyDecoder, BodyPart, RequestDecoder, RequestFraming, RequestHead, RequestRejection,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::clock::{Phase, ThreadClock, Watch};
use crate::handler::{Action, BodyPolicy, BodySource, Filled, Finish, Handler, Later};
use crate::limits::Limits;
use crate::read_buffer::ReadBuffer;
use crate::request::Request;
use crate::response::{Exchange, ResponseWriter};
use crate::transport::Transport;

/// Above this much unsent output no further request is answered before a write.
const OUTPUT_BYTES_MAX: usize = 64 * 1024;
/// An output buffer that grew above this for one large answer is given back.
const OUTPUT_BYTES_KEPT: usize = 256 * 1024;
/// How much of a refused request is read on, so that the client sees the answer instead of a reset.
const LINGER_BYTES_MAX: usize = 64 * 1024;
const LINGER_TIME_MAX: Duration = Duration::from_secs(2);

/// What all connections of a thread share.
pub(crate) struct Shared<H> {
    pub(crate) handler: H,
    pub(crate) clock: Rc<ThreadClock>,
    pub(crate) limits: Limits,
}

pub(crate) struct Connection<S, H> {
    stream: S,
    shared: Rc<Shared<H>>,
    watch: Rc<Watch>,
    id: u64,
    input: ReadBuffer,
    out: Vec<u8>,
    decoder: RequestDecoder,
    request_count: u64,
    /// True while the head deadline runs for a head that has begun.
    is_head_timed: bool,
    /// Head and body of a request whose body did not come with its head.
    held_head: Vec<u8>,
    held_body: Vec<u8>,
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
    Body,
    /// The handler asked for more than a written answer.
    Act(Action, Exchange),
    /// The request is refused.
    Refuse(RequestRejection),
    /// Send what is written, then close.
    Close,
    /// Drop the stream as it is.
    Drop,
}

impl<S: Transport, H: Handler> Connection<S, H> {
    pub(crate) fn new(stream: S, shared: Rc<Shared<H>>, watch: Rc<Watch>, id: u64) -> Self {
        let decoder = RequestDecoder::new(shared.limits.head);
        Self {
            stream,
            shared,
            watch,
            id,
            input: ReadBuffer::new(),
            out: Vec::new(),
            decoder,
            request_count: 0,
            is_head_timed: false,
            held_head: Vec::new(),
            held_body: Vec::new(),
        }
    }

    /// Serves until either side closes. Not cancel-safe: dropping the future cuts the connection.
    pub(crate) async fn run(mut self) -> io::Result<()> {
        let mut next = Next::Read;
        loop {
            next = match next {
                Next::Continue => self.answer_buffered(),
                Next::Read => self.read().await?,
                Next::Write => {
                    self.flush().await?;
                    Next::Continue
                }
                Next::Body => self.answer_with_body().await?,
                Next::Act(action, exchange) => self.act(action, exchange).await?,
                Next::Refuse(rejection) => return self.refuse(&rejection).await,
                Next::Close => {
                    self.flush().await?;
                    return self.stream.shutdown().await;
                }
                Next::Drop => return Ok(()),
            }
        }
    }

    /// Answers every complete request in the buffer, as long as the handler answers at once.
    fn answer_buffered(&mut self) -> Next {
        loop {
            if self.out.len() >= OUTPUT_BYTES_MAX {
                return Next::Write;
            }
            let input = self.input.unread();
            if input.is_empty() {
                return Next::Read;
            }
            let head = match self.decoder.decode_head(input) {
                Ok(Some(head)) => head,
                Ok(None) => return Next::Read,
                Err(rejection) => return Next::Refuse(rejection),
            };
            self.is_head_timed = false;
            let body_bytes = match head.framing {
                RequestFraming::None => 0,
                RequestFraming::Length(length) if is_in(&self.shared.handler, head, input, length) => {
                    length as usize
                }
                RequestFraming::Length(_) | RequestFraming::Chunked => return Next::Body,
            };
            let used = head.bytes + body_bytes;
            let request = Request {
                view: head.view(input),
                body: &input[head.bytes..used],
                body_bytes: body_bytes as u64,
                connection_id: self.id,
            };
            let exchange = exchange_of(&self.shared, head, &request, self.request_count);
            self.request_count += 1;
            let next = call(&self.shared, &mut self.out, exchange, |response| {
                self.shared.handler.answer(&request, response)
            });
            self.input.consume(used);
            if !matches!(next, Next::Continue) {
                return next;
            }
        }
    }

    /// Writes what is owed, then waits for bytes.
    async fn read(&mut self) -> io::Result<Next> {
        self.flush().await?;
        let (clock, limits) = (&self.shared.clock, &self.shared.limits);
        if self.input.unread().is_empty() {
            if clock.is_draining() {
                return Ok(Next::Close);
            }
            let limit =
                if self.request_count == 0 { limits.head_time_max } else { limits.keep_alive_time_max };
            clock.set_deadline(&self.watch, limit);
            self.watch.set_phase(Phase::Idle);
        } else if !self.is_head_timed {
            // Once per head, so that a slow sender cannot stretch it byte by byte.
            self.is_head_timed = true;
            clock.set_deadline(&self.watch, limits.head_time_max);
        }
        let count = self.input.read_from(&mut self.stream).await?;
        self.watch.set_phase(Phase::Busy);
        Ok(if count == 0 { Next::Drop } else { Next::Continue })
    }

    /// Writes all output. Each step of progress gives the peer new time.
    async fn flush(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let mut sent = 0;
        while sent < self.out.len() {
            self.shared.clock.set_deadline(&self.watch, self.shared.limits.write_stall_time_max);
            let count = self.stream.write(&self.out[sent..]).await?;
            if count == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            sent += count;
        }
        if S::BUFFERS_WRITES {
            self.stream.flush().await?;
        }
        self.out.clear();
        self.out.shrink_to(OUTPUT_BYTES_KEPT);
        Ok(())
    }

    /// Reads the body of the request found last, then answers it.
    async fn answer_with_body(&mut self) -> io::Result<Next> {
        let head = self.decoder.head();
        let (head_bytes, framing, expects_continue) = (head.bytes, head.framing, head.expects_continue);
        let policy = self.shared.handler.body_policy(&head.view(self.input.unread()));
        self.held_head.clear();
        self.held_head.extend_from_slice(&self.input.unread()[..head_bytes]);
        self.held_body.clear();
        self.input.consume(head_bytes);
        let (is_kept, bytes_max) = match policy {
            BodyPolicy::Buffer { bytes_max } => (true, bytes_max),
            BodyPolicy::Count { bytes_max } => (false, bytes_max),
        };
        let mut body = BodyDecoder::new();
        match framing {
            RequestFraming::None => body.start_empty(),
            RequestFraming::Length(length) if length > bytes_max => {
                return Ok(Next::Refuse(RequestRejection::BodyTooLong { limit: bytes_max }));
            }
            RequestFraming::Length(length) => body.start_length(length),
            RequestFraming::Chunked => body.start_chunked(),
        }
        if expects_continue && self.input.unread().is_empty() {
            self.out.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        loop {
            let (used, part) = match body.decode(self.input.unread()) {
                Ok(step) => step,
                Err(reason) => {
                    return Ok(Next::Refuse(RequestRejection::BodyMalformed { reason: Box::new(reason) }));
                }
            };
            let wants_more = match part {
                BodyPart::Data(data) => {
                    if is_kept && (self.held_body.len() + data.len()) as u64 <= bytes_max {
                        self.held_body.extend_from_slice(data);
                    }
                    false
                }
                BodyPart::NeedMore => true,
                BodyPart::End => {
                    self.input.consume(used);
                    break;
                }
            };
            self.input.consume(used);
            if body.received() > bytes_max {
                return Ok(Next::Refuse(RequestRejection::BodyTooLong { limit: bytes_max }));
            }
            if wants_more && !self.read_body_bytes().await? {
                return Ok(Next::Drop);
            }
        }
        let head = self.decoder.head();
        let request = Request {
            view: head.view(&self.held_head),
            body: &self.held_body,
            body_bytes: body.received(),
            connection_id: self.id,
        };
        let exchange = exchange_of(&self.shared, head, &request, self.request_count);
        self.request_count += 1;
        Ok(call(&self.shared, &mut self.out, exchange, |response| {
            self.shared.handler.answer(&request, response)
        }))
    }

    async fn read_body_bytes(&mut self) -> io::Result<bool> {
        self.flush().await?;
        self.shared.clock.set_deadline(&self.watch, self.shared.limits.body_read_time_max);
        Ok(self.input.read_from(&mut self.stream).await? > 0)
    }

    /// Does what a handler asked for beyond a written answer.
    async fn act(&mut self, action: Action, exchange: Exchange) -> io::Result<Next> {
        match action {
            Action::Done if exchange.keep_alive => Ok(Next::Continue),
            Action::Done | Action::Close => Ok(Next::Close),
            Action::Later(later) => {
                self.flush().await?;
                self.watch.clear_deadline();
                let finish = wait_for(later).await;
                Ok(call(&self.shared, &mut self.out, exchange, finish))
            }
            Action::Stream(source) => self.stream_body(source, exchange).await,
            Action::Reset => {
                self.flush().await?;
                self.stream.reset_on_close();
                Ok(Next::Drop)
            }
            Action::Stall => {
                self.flush().await?;
                self.watch.clear_deadline();
                let mut scratch = [0_u8; 1024];
                while self.stream.read(&mut scratch).await? > 0 {}
                Ok(Next::Drop)
            }
        }
    }

    async fn stream_body(&mut self, mut source: Box<dyn BodySource>, exchange: Exchange) -> io::Result<Next> {
        if exchange.is_head {
            return Ok(if exchange.keep_alive { Next::Continue } else { Next::Close });
        }
        loop {
            let filled = catch_unwind(AssertUnwindSafe(|| source.fill(&mut self.out)));
            match filled {
                Ok(Filled::More) => self.flush().await?,
                Ok(Filled::End) if exchange.keep_alive => return Ok(Next::Continue),
                Ok(Filled::End | Filled::Close) => return Ok(Next::Close),
                // The head is gone; only a cut can say that the body is not whole.
                Err(_) => return Ok(Next::Drop),
            }
        }
    }

    /// Answers a refused request and closes, with patience for what the client is still sending.
    async fn refuse(mut self, rejection: &RequestRejection) -> io::Result<()> {
        let exchange = Exchange { is_head: false, is_http10: false, keep_alive: false };
        let text = format!("{rejection}\n");
        call(&self.shared, &mut self.out, exchange, |response| {
            response.respond(rejection.status(), "text/plain; charset=utf-8", text.as_bytes());
            Action::Done
        });
        self.flush().await?;
        self.stream.shutdown().await?;
        let mut scratch = [0_u8; 4096];
        let mut left = LINGER_BYTES_MAX;
        let linger = async {
            while left > 0 {
                match self.stream.read(&mut scratch).await {
                    Ok(0) | Err(_) => break,
                    Ok(count) => left = left.saturating_sub(count),
                }
            }
        };
        // Running out of time is as good an end as any.
        let _ = tokio::time::timeout(LINGER_TIME_MAX, linger).await;
        Ok(())
    }
}

/// True when the whole body is in `input` and the handler wants it kept.
fn is_in<H: Handler>(handler: &H, head: &RequestHead, input: &[u8], length: u64) -> bool {
    length <= (input.len() - head.bytes) as u64
        && matches!(handler.body_policy(&head.view(input)), BodyPolicy::Buffer { bytes_max } if length <= bytes_max)
}

fn exchange_of<H>(
    shared: &Shared<H>,
    head: &RequestHead,
    request: &Request<'_>,
    request_count: u64,
) -> Exchange {
    Exchange {
        is_head: request.method() == "HEAD",
        is_http10: head.minor_version == 0,
        keep_alive: head.keep_alive
            && !shared.clock.is_draining()
            && request_count + 1 < shared.limits.requests_per_connection_max,
    }
}

/// Runs `answer` on a response writer; a panic in it becomes a 500.
fn call<H>(
    shared: &Shared<H>,
    out: &mut Vec<u8>,
    exchange: Exchange,
    answer: impl FnOnce(&mut ResponseWriter<'_>) -> Action,
) -> Next {
    let start = out.len();
    let mut response = ResponseWriter { out, date_line: shared.clock.date_line(), exchange, status: 0 };
    let action = catch_unwind(AssertUnwindSafe(|| answer(&mut response)));
    let Ok(action) = action else {
        response.out.truncate(start);
        response.exchange.keep_alive = false;
        response.respond(500, "text/plain; charset=utf-8", b"the handler of this request panicked\n");
        return Next::Close;
    };
    match action {
        Action::Done if response.exchange.keep_alive => Next::Continue,
        Action::Done | Action::Close => Next::Close,
        action => Next::Act(action, response.exchange),
    }
}

/// Awaits `later`; a panic in it becomes one in the returned finish, where it is caught.
async fn wait_for(mut later: Later) -> Finish {
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| later.as_mut().poll(context))) {
        Ok(poll) => poll,
        Err(panic) => {
            let finish = |_: &mut ResponseWriter<'_>| -> Action { std::panic::resume_unwind(panic) };
            Poll::Ready(Box::new(finish) as Finish)
        }
    })
    .await
}
