//! The body of a request on one stream, at the pace of whoever reads it and within the limits of time.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use dyno_proto::http1::ProtocolError;
use dyno_proto::http3::{ErrorCode, FieldSectionLimits, Http3Error};
use tokio::time::Sleep;

use super::input::{Input, InputError, Part};
use super::message::{self, Fault};
use super::var;
use crate::body::{BodyError, BodyReader, Fields};
use crate::limits::Http1Limits;

/// What a reader tells the sending half of its stream.
#[derive(Debug, Default)]
pub(super) struct Signs {
    /// Bytes are waited for, so a client that waits for a 100 should get it.
    pub(super) is_wanted: Cell<bool>,
    /// The request turned out to be malformed: its stream is to be reset.
    pub(super) is_malformed: Cell<bool>,
    /// The other way round: the code with which the client is told to stop sending what is left.
    pub(super) stop_code: Cell<Option<ErrorCode>>,
}

/// Reads one body.
pub(super) struct StreamReader {
    input: Input,
    quic: quinn::Connection,
    limits: Http1Limits,
    section_limits: FieldSectionLimits,
    content_length: Option<u64>,
    signs: Rc<Signs>,
    received: u64,
    waited: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    trailers: Option<Fields>,
    /// What a look ahead has found.
    ahead: Option<Option<Result<Bytes, BodyError>>>,
}

impl StreamReader {
    pub(super) fn new(
        input: Input,
        quic: quinn::Connection,
        limits: &Http1Limits,
        section_limits: FieldSectionLimits,
        content_length: Option<u64>,
    ) -> Self {
        Self {
            input,
            quic,
            limits: limits.clone(),
            section_limits,
            content_length,
            signs: Rc::default(),
            received: 0,
            waited: Duration::ZERO,
            waiting: None,
            trailers: None,
            ahead: None,
        }
    }

    pub(super) fn signs(&self) -> Rc<Signs> {
        Rc::clone(&self.signs)
    }

    /// True when the stream has ended without a byte of body; otherwise there is one, or there may be.
    pub(super) fn is_empty(&mut self, context: &mut Context<'_>) -> bool {
        match self.poll_part(context) {
            Poll::Ready(ahead) => {
                let is_empty = ahead.is_none();
                self.ahead = Some(ahead);
                is_empty
            }
            Poll::Pending => self.content_length == Some(0),
        }
    }

    /// The next piece, without regard to time.
    fn poll_part(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            let part = match self.input.poll_next(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(part) => part,
            };
            let error = match part {
                Ok(Part::Data(piece)) if self.trailers.is_none() => {
                    self.received += piece.len() as u64;
                    if self.content_length.is_none_or(|length| self.received <= length) {
                        return Poll::Ready(Some(Ok(piece)));
                    }
                    self.malformed()
                }
                Ok(Part::Section(section)) if self.trailers.is_none() => {
                    match message::trailers(&section, self.section_limits) {
                        Ok(trailers) => {
                            self.trailers = Some(trailers);
                            continue;
                        }
                        Err(Fault::Connection(error)) => self.failed(error),
                        Err(Fault::Malformed | Fault::Refused(..)) => self.malformed(),
                    }
                }
                Ok(Part::SectionTooLong) if self.trailers.is_none() => self.malformed(),
                Ok(Part::End) if self.content_length.is_none_or(|length| self.received == length) => {
                    return Poll::Ready(None);
                }
                Ok(Part::End) => self.malformed(),
                Ok(_) => self.failed(Http3Error {
                    code: ErrorCode::FRAME_UNEXPECTED,
                    reason: "a frame behind the trailers",
                }),
                Err(InputError::Connection(error)) => self.failed(error),
                Err(InputError::Reset(code)) => BodyError::Reset { code },
                Err(InputError::Lost) => BodyError::Incomplete,
            };
            return Poll::Ready(Some(Err(error)));
        }
    }

    fn malformed(&mut self) -> BodyError {
        self.signs.is_malformed.set(true);
        self.input.stop(ErrorCode::MESSAGE_ERROR);
        match self.content_length {
            Some(expected) if expected != self.received => BodyError::Malformed {
                reason: Box::new(ProtocolError::BodyTruncated { received: self.received, expected }),
            },
            _ => BodyError::Incomplete,
        }
    }

    fn failed(&self, error: Http3Error) -> BodyError {
        self.quic.close(var(error.code), error.reason.as_bytes());
        BodyError::Incomplete
    }

    /// Starts or looks at the time for the next bytes.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let (_, sleep) = self.waiting.get_or_insert_with(|| {
            let patience = self.limits.body_patience(self.received, self.waited);
            (Instant::now(), Box::pin(tokio::time::sleep(patience)))
        });
        sleep.as_mut().poll(context)
    }
}

impl Drop for StreamReader {
    fn drop(&mut self) {
        if let Some(code) = self.signs.stop_code.get() {
            self.input.stop(code);
        }
    }
}

impl BodyReader for StreamReader {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        if let Some(ahead) = self.ahead.take() {
            return Poll::Ready(ahead);
        }
        match self.poll_part(context) {
            Poll::Pending => {
                self.signs.is_wanted.set(true);
                self.poll_patience(context).map(|()| {
                    self.input.stop(ErrorCode::REQUEST_REJECTED);
                    Some(Err(BodyError::TooSlow))
                })
            }
            ready => {
                if let Some((since, _)) = self.waiting.take() {
                    self.waited += since.elapsed();
                }
                ready
            }
        }
    }

    fn trailers(&mut self) -> Fields {
        self.trailers.take().unwrap_or_default()
    }
}
