//! One request and its answer on one connection: writes, reads, decodes, and reads the clock in between.
//!
//! Knows no plan: bytes in, a status and perhaps a body out. The buffers are the session's and are reused.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use dyno_model::FailureKind;
use dyno_proto::http1::{HeadLimits, ResponseContext, ResponseDecoder, ResponseEvent, ResponseHead};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::time::Instant;

use super::connection::Transport;
use super::failure::{Failure, is_end};

/// The most of a body that is kept for checks.
pub(super) const BODY_BYTES_KEPT_MAX: usize = 16 << 20;
/// A read buffer starts with this size.
const INPUT_BYTES: usize = 8 << 10;
/// And grows to this one while answers fill it; above the limit of a head, so that one always fits.
const INPUT_BYTES_MAX: usize = 128 << 10;

/// Decoder and buffers of one session.
#[derive(Debug)]
pub(crate) struct Wire {
    decoder: ResponseDecoder,
    input: Vec<u8>,
    /// Body bytes of the last answer, when they were wanted.
    pub body: Vec<u8>,
    /// Whether the body was longer than what is kept.
    pub is_body_cut: bool,
    /// Heads as they came, when somebody wants to show them.
    pub heads: Option<Vec<u8>>,
}

/// What to send, and what of the answer is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// Head and body as bytes.
    pub request: &'a [u8],
    /// What the request means for the framing of its answer.
    pub context: ResponseContext,
    /// Whether the body is kept.
    pub keep_body: bool,
    /// When it is a timeout.
    pub deadline: Instant,
    /// The time limit, for messages.
    pub limit: Duration,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Exchanged {
    /// When the first byte of the answer was there.
    pub first_byte_ns: Option<u64>,
    /// When the last one was, or the failure was certain.
    pub end_ns: u64,
    /// Bytes written.
    pub bytes_sent: u64,
    /// Bytes read.
    pub bytes_received: u64,
    /// The answer.
    pub result: Result<Answer, Failure>,
}

/// A complete answer; its head stays in the decoder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    /// The status code.
    pub status: u16,
    /// Bytes of the body, without framing.
    pub body_bytes: u64,
    /// Whether the connection can carry another request.
    pub keep_alive: bool,
}

/// How far an exchange has come.
#[derive(Debug, Default)]
struct Progress {
    sent: usize,
    is_flushed: bool,
    send_error: Option<io::Error>,
    received: u64,
    first_byte_ns: Option<u64>,
    is_head_complete: bool,
}

/// The unread part of the input.
#[derive(Debug, Default)]
struct Unread {
    start: usize,
    end: usize,
}

impl Wire {
    pub(crate) fn new() -> Self {
        Self {
            decoder: ResponseDecoder::new(ResponseContext::Ordinary, HeadLimits::CLIENT),
            input: vec![0; INPUT_BYTES],
            body: Vec::new(),
            is_body_cut: false,
            heads: None,
        }
    }

    /// The head of the last answer.
    pub(crate) fn head(&self) -> &ResponseHead {
        self.decoder.head()
    }

    /// Sends a request and reads its answer. The connection is of no use when it fails or is dropped half-way.
    pub(crate) async fn exchange(
        &mut self,
        transport: &mut Transport,
        wanted: Wanted<'_>,
        now_ns: impl Fn() -> u64,
    ) -> Exchanged {
        self.decoder.restart(wanted.context);
        self.body.clear();
        self.is_body_cut = false;
        let mut progress = Progress::default();
        let conversation = self.converse(transport, wanted, &now_ns, &mut progress);
        let result = tokio::time::timeout_at(wanted.deadline, conversation).await;
        let end_ns = now_ns();
        Exchanged {
            end_ns,
            first_byte_ns: progress.first_byte_ns,
            bytes_sent: progress.sent as u64,
            bytes_received: progress.received,
            result: match result {
                Ok(result) => result,
                Err(_) => Err(self.timeout(&progress, wanted)),
            },
        }
    }

    async fn converse(
        &mut self,
        transport: &mut Transport,
        wanted: Wanted<'_>,
        now_ns: &impl Fn() -> u64,
        progress: &mut Progress,
    ) -> Result<Answer, Failure> {
        let mut unread = Unread::default();
        loop {
            self.make_room(&mut unread);
            let free = &mut self.input[unread.end..];
            let received =
                poll_fn(|context| poll_progress(transport, wanted.request, free, progress, context)).await;
            let count = match received {
                Ok(count) => count,
                Err(error) if is_end(&error) => 0,
                Err(error) => return Err(self.broken(&error, progress)),
            };
            if count == 0 {
                return self.ended(progress, wanted);
            }
            if progress.first_byte_ns.is_none() {
                progress.first_byte_ns = Some(now_ns());
            }
            progress.received += count as u64;
            unread.end += count;
            if let Some(answer) = self.decode(&mut unread, wanted, progress)? {
                return Ok(answer);
            }
        }
    }

    /// Decodes what has come; gives the answer when it is complete.
    fn decode(
        &mut self,
        unread: &mut Unread,
        wanted: Wanted<'_>,
        progress: &mut Progress,
    ) -> Result<Option<Answer>, Failure> {
        loop {
            let bytes = &self.input[unread.start..unread.end];
            let (used, event) = match self.decoder.decode(bytes) {
                Ok(step) => step,
                Err(error) => return Err(Failure::protocol(&error, &self.input[..unread.end])),
            };
            if let (Some(heads), false) = (&mut self.heads, progress.is_head_complete) {
                heads.extend_from_slice(&bytes[..used]);
            }
            unread.start += used;
            match event {
                ResponseEvent::NeedMore => return Ok(None),
                ResponseEvent::Head(head) if head.status == 101 => {
                    let message = "101 Switching Protocols, which nobody asked for";
                    return Err(Failure::new(FailureKind::Protocol, message));
                }
                ResponseEvent::Head(_) => progress.is_head_complete = true,
                ResponseEvent::Data(data) => {
                    if wanted.keep_body {
                        let room = BODY_BYTES_KEPT_MAX - self.body.len();
                        self.is_body_cut |= data.len() > room;
                        self.body.extend_from_slice(&data[..data.len().min(room)]);
                    }
                }
                ResponseEvent::Trailers(_) => {}
                ResponseEvent::End(end) => {
                    let extra = unread.end - unread.start;
                    if extra > 0 {
                        let message = format!(
                            "{extra} bytes came that belong to no answer (the body is longer than announced)"
                        );
                        return Err(Failure::new(FailureKind::Protocol, message));
                    }
                    // An answer to half a request is one, but the rest must not be taken for the next request.
                    let is_all_sent = progress.sent == wanted.request.len() && progress.send_error.is_none();
                    return Ok(Some(self.answer(end.keep_alive && is_all_sent)));
                }
            }
        }
    }

    fn answer(&self, keep_alive: bool) -> Answer {
        Answer { status: self.decoder.head().status, body_bytes: self.decoder.body_received(), keep_alive }
    }

    /// Makes room for the next read; the buffer grows while answers fill it.
    fn make_room(&mut self, unread: &mut Unread) {
        if unread.start == unread.end {
            if unread.end == self.input.len() && self.input.len() < INPUT_BYTES_MAX {
                self.input.resize(self.input.len() * 2, 0);
            }
            *unread = Unread::default();
        } else if unread.end == self.input.len() {
            self.input.copy_within(unread.start..unread.end, 0);
            *unread = Unread { start: 0, end: unread.end - unread.start };
            if unread.end > self.input.len() / 2 {
                self.input.resize(self.input.len() * 2, 0);
            }
        }
    }

    /// The peer closed: the end of the answer, or a truncation.
    fn ended(&mut self, progress: &mut Progress, wanted: Wanted<'_>) -> Result<Answer, Failure> {
        match self.decoder.finish() {
            Ok(_) => Ok(self.answer(false)),
            Err(error) => match progress.send_error.take() {
                Some(error) => Err(Failure::transport(&error, progress.received)),
                None if progress.sent < wanted.request.len() => {
                    let message = format!(
                        "the connection was closed after {} of {} bytes of the request",
                        progress.sent,
                        wanted.request.len()
                    );
                    Err(Failure::new(FailureKind::Closed, message))
                }
                None => Err(Failure::protocol(&error, &[])),
            },
        }
    }

    fn broken(&self, error: &io::Error, progress: &Progress) -> Failure {
        if progress.is_head_complete {
            let mut failure = Failure::transport(error, progress.received);
            if let Some(total) = self.body_bytes_expected() {
                let got = self.decoder.body_received();
                failure.message = format!("{} ({got} of {total} body bytes)", failure.message);
            }
            return failure;
        }
        Failure::transport(error, progress.received)
    }

    fn timeout(&self, progress: &Progress, wanted: Wanted<'_>) -> Failure {
        let what = match (progress.first_byte_ns, progress.is_head_complete, self.body_bytes_expected()) {
            (None, _, _) if progress.sent < wanted.request.len() => {
                format!(
                    "only {} of {} bytes of the request could be sent",
                    progress.sent,
                    wanted.request.len()
                )
            }
            (None, _, _) => "no answer".to_owned(),
            (Some(_), false, _) => format!("no complete head (only {} bytes)", progress.received),
            (Some(_), true, Some(total)) => {
                format!("no complete body ({} of {total} bytes)", self.decoder.body_received())
            }
            (Some(_), true, None) => {
                format!("no complete body ({} bytes so far)", self.decoder.body_received())
            }
        };
        Failure::timeout(&what, wanted.limit)
    }

    fn body_bytes_expected(&self) -> Option<u64> {
        self.decoder.head().headers.text("content-length").and_then(|text| text.trim().parse().ok())
    }
}

/// Writes what can be written and reads what has come; ready with the count of a read.
///
/// Reads while it still writes: a server may answer a large request early, and would else wait for us.
fn poll_progress(
    transport: &mut Transport,
    request: &[u8],
    free: &mut [u8],
    progress: &mut Progress,
    context: &mut Context<'_>,
) -> Poll<io::Result<usize>> {
    while progress.sent < request.len() && progress.send_error.is_none() {
        match Pin::new(&mut *transport).poll_write(context, &request[progress.sent..]) {
            Poll::Ready(Ok(0)) => progress.send_error = Some(io::ErrorKind::WriteZero.into()),
            Poll::Ready(Ok(count)) => progress.sent += count,
            // The peer may have answered before it closed, so its answer is looked for first.
            Poll::Ready(Err(error)) => progress.send_error = Some(error),
            Poll::Pending => break,
        }
    }
    if !progress.is_flushed && progress.sent == request.len() && progress.send_error.is_none() {
        match Pin::new(&mut *transport).poll_flush(context) {
            Poll::Ready(Ok(())) => progress.is_flushed = true,
            Poll::Ready(Err(error)) => progress.send_error = Some(error),
            Poll::Pending => {}
        }
    }
    let mut into = ReadBuf::new(free);
    match Pin::new(transport).poll_read(context, &mut into) {
        Poll::Ready(Ok(())) => Poll::Ready(Ok(into.filled().len())),
        Poll::Ready(Err(error)) => Poll::Ready(Err(progress.send_error.take().unwrap_or(error))),
        Poll::Pending => Poll::Pending,
    }
}
