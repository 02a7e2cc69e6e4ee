//! The body of a request on one stream, at the pace of whoever reads it and within the limits of time.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::RecvStream;
use tokio::time::Sleep;

use crate::body::{BodyError, BodyReader, Fields};
use crate::limits::Http1Limits;

/// Reads one stream.
pub(super) struct StreamReader {
    stream: RecvStream,
    limits: Http1Limits,
    /// Set when bytes are wanted, so that whoever has the stream's other half can send a 100.
    is_wanted: Rc<Cell<bool>>,
    received: u64,
    waited: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    trailers: Fields,
}

impl StreamReader {
    pub(super) fn new(stream: RecvStream, limits: &Http1Limits) -> Self {
        Self {
            stream,
            limits: limits.clone(),
            is_wanted: Rc::default(),
            received: 0,
            waited: Duration::ZERO,
            waiting: None,
            trailers: Fields::new(),
        }
    }

    /// Becomes true when bytes are waited for.
    pub(super) fn wanted(&self) -> Rc<Cell<bool>> {
        Rc::clone(&self.is_wanted)
    }

    /// Starts or looks at the time for the next bytes.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let (_, sleep) = self.waiting.get_or_insert_with(|| {
            let patience = self.limits.body_patience(self.received, self.waited);
            (Instant::now(), Box::pin(tokio::time::sleep(patience)))
        });
        sleep.as_mut().poll(context)
    }

    fn end_waiting(&mut self) {
        if let Some((since, _)) = self.waiting.take() {
            self.waited += since.elapsed();
        }
    }
}

impl BodyReader for StreamReader {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            match self.stream.poll_data(context) {
                Poll::Pending => {
                    self.is_wanted.set(true);
                    ready!(self.poll_patience(context));
                    return Poll::Ready(Some(Err(BodyError::TooSlow)));
                }
                Poll::Ready(Some(Ok(piece))) => {
                    self.end_waiting();
                    self.received += piece.len() as u64;
                    // Fails only on a stream that is gone, which the next call tells.
                    let _ = self.stream.flow_control().release_capacity(piece.len());
                    if !piece.is_empty() {
                        return Poll::Ready(Some(Ok(piece)));
                    }
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(body_error(&error)))),
                Poll::Ready(None) => break,
            }
        }
        match self.stream.poll_trailers(context) {
            Poll::Pending => {
                ready!(self.poll_patience(context));
                Poll::Ready(Some(Err(BodyError::TooSlow)))
            }
            Poll::Ready(Ok(trailers)) => {
                let named = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
                    (name.as_str().to_owned(), value.as_bytes().to_vec())
                };
                self.trailers = trailers.iter().flatten().map(named).collect();
                Poll::Ready(None)
            }
            Poll::Ready(Err(error)) => Poll::Ready(Some(Err(body_error(&error)))),
        }
    }

    fn trailers(&mut self) -> Fields {
        std::mem::take(&mut self.trailers)
    }
}

fn body_error(error: &h2::Error) -> BodyError {
    match error.reason() {
        Some(reason) if error.is_reset() => BodyError::Reset { code: u64::from(u32::from(reason)) },
        _ => BodyError::Incomplete,
    }
}
