//! Calling the handler, and what follows its call: later answers, streamed bodies, faults.

use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, ready};

use dyno_proto::http1::encode_last_chunk;

use super::{Connection, Next};
use crate::body::{BodySource, Filled};
use crate::handler::{Action, Finish, Handler, Later};
use crate::response::{Exchange, Framing, ResponseWriter, Wire, too_late};
use crate::thread::Shared;
use crate::transport::Transport;

/// A streamed body is written once it has filled so much, or its source has nothing for now.
const STREAM_BYTES_MIN: usize = 16 * 1024;

/// Runs `answer` on a response writer; a panic in it becomes a 500.
pub(super) fn call<H>(
    shared: &Shared<H>,
    out: &mut Vec<u8>,
    exchange: Exchange,
    answer: impl FnOnce(&mut ResponseWriter<'_>) -> Action,
) -> Next {
    let begin = out.len();
    let wire = Wire::Http1 { start: begin, out, clock: &shared.clock };
    let mut response = ResponseWriter::new(wire, exchange);
    let action = catch_unwind(AssertUnwindSafe(|| answer(&mut response)));
    let action = match action {
        // No answer at all would leave the client waiting.
        Ok(Action::Done) if response.is_empty() => {
            response.internal_error();
            Action::Done
        }
        Ok(action) => action,
        Err(_) => {
            response.withdraw(begin);
            response.close_after();
            response.internal_error();
            Action::Done
        }
    };
    let exchange = response.exchange();
    match action {
        // A 2xx to `CONNECT` promises a tunnel: what follows is no HTTP, even if nobody takes it.
        Action::Done if exchange.keep_alive && !response.has_switched() => Next::Continue,
        Action::Done | Action::Close | Action::GoAway(_) => Next::Close,
        Action::Upgrade(owner) if response.has_switched() => Next::Upgrade(owner),
        action => Next::Act(action, exchange),
    }
}

impl<S: Transport, H: Handler> Connection<S, H> {
    /// Does what a handler asked for beyond a written answer.
    pub(super) async fn act(&mut self, action: Action, exchange: Exchange) -> io::Result<Next> {
        match action {
            Action::Done if exchange.keep_alive => Ok(Next::Continue),
            Action::Later(later) => {
                // Earlier answers and interim ones do not wait with this one.
                self.flush().await?;
                self.watch.clear_deadline();
                let limit = self.shared.limits.connections.request_time_max;
                let finish = match limit {
                    None => self.wait_for(later).await?,
                    // Dropping the wait drops the handler's future, which is the only way to stop it.
                    Some(limit) => match tokio::time::timeout(limit, self.wait_for(later)).await {
                        Ok(finish) => finish?,
                        Err(_) => Box::new(too_late),
                    },
                };
                Ok(call(&self.shared, &mut self.out, exchange, finish))
            }
            Action::Stream(source) => self.stream_body(source, exchange).await,
            Action::Reset | Action::ResetStream(_) => {
                self.flush().await?;
                self.stream.reset_on_close();
                Ok(Next::Drop)
            }
            Action::Stall => {
                self.flush().await?;
                self.watch.clear_deadline();
                while self.read_and_forget().await? > 0 {}
                Ok(Next::Drop)
            }
            // An upgrade whose head does not say so is no upgrade.
            Action::Done | Action::Close | Action::GoAway(_) | Action::Upgrade(_) => Ok(Next::Close),
        }
    }

    /// Awaits `later` while its request's body comes in; a panic becomes one in the returned finish, where it is caught.
    async fn wait_for(&mut self, mut later: Later) -> io::Result<Finish> {
        poll_fn(|context| {
            loop {
                match catch_unwind(AssertUnwindSafe(|| later.as_mut().poll(context))) {
                    Ok(Poll::Ready(finish)) => return Poll::Ready(Ok(finish)),
                    Ok(Poll::Pending) => {}
                    Err(panic) => {
                        let finish =
                            |_: &mut ResponseWriter<'_>| -> Action { std::panic::resume_unwind(panic) };
                        return Poll::Ready(Ok(Box::new(finish) as Finish));
                    }
                }
                if self.poll_pump(context)?.is_pending() {
                    return self.poll_broken(context).map(Err);
                }
            }
        })
        .await
    }

    async fn stream_body(&mut self, mut source: Box<dyn BodySource>, exchange: Exchange) -> io::Result<Next> {
        let end = if exchange.keep_alive { Next::Continue } else { Next::Close };
        let mut framing = exchange.framing;
        if framing == Framing::Forbidden {
            return Ok(end);
        }
        self.withhold_continue();
        self.watch.clear_deadline();
        loop {
            match poll_fn(|context| self.poll_source(context, &mut *source, &mut framing)).await? {
                Some(Filled::More) => self.flush().await?,
                Some(Filled::End) => break,
                Some(Filled::Close) => return Ok(Next::Close),
                // The head is gone; only a cut can say that the body is not whole.
                None => {
                    self.flush().await?;
                    return Ok(Next::Drop);
                }
            }
        }
        match framing {
            Framing::Chunked => {
                let trailers = source.trailers();
                let fields = trailers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
                if encode_last_chunk(&mut self.out, fields).is_err() {
                    self.out.extend_from_slice(b"0\r\n\r\n");
                }
                Ok(end)
            }
            Framing::Length(1..) => {
                self.flush().await?;
                Ok(Next::Drop)
            }
            Framing::UntilClose => Ok(Next::Close),
            Framing::Length(0) | Framing::Raw | Framing::Forbidden => Ok(end),
        }
    }

    /// Draws from `source` until there is enough for a write; `None` when the body cannot become whole.
    fn poll_source(
        &mut self,
        context: &mut Context<'_>,
        source: &mut dyn BodySource,
        framing: &mut Framing,
    ) -> Poll<io::Result<Option<Filled>>> {
        loop {
            // A source that is never ready may still bring bytes each time: they must not pile up.
            if self.out.len() - self.sent >= self.shared.limits.http1.output_bytes_max {
                ready!(self.poll_flush(context))?;
            }
            let start = self.out.len();
            let filled = catch_unwind(AssertUnwindSafe(|| source.poll_fill(context, &mut self.out)));
            let Ok(filled) = filled else {
                self.out.truncate(start);
                return Poll::Ready(Ok(None));
            };
            if !frame(&mut self.out, start, framing) {
                return Poll::Ready(Ok(None));
            }
            match filled {
                Poll::Ready(Filled::More) if self.out.len() < STREAM_BYTES_MIN && self.out.len() > start => {}
                Poll::Ready(filled) => return Poll::Ready(Ok(Some(filled))),
                Poll::Pending => {
                    // What is there goes out; the source has registered with the context already.
                    let flushed = self.poll_flush(context)?;
                    if self.poll_pump(context)?.is_pending() {
                        return self.poll_broken(context).map(Err);
                    }
                    ready!(flushed);
                }
            }
        }
    }
}

/// Frames what a source appended behind `start`; false when it is more than was promised.
fn frame(out: &mut Vec<u8>, start: usize, framing: &mut Framing) -> bool {
    let appended = out.len() - start;
    match framing {
        Framing::Chunked if appended > 0 => {
            let mut line = [0_u8; 18];
            let mut at = line.len() - 2;
            line[at..].copy_from_slice(b"\r\n");
            let mut rest = appended;
            while rest > 0 {
                at -= 1;
                line[at] = b"0123456789abcdef"[rest % 16];
                rest /= 16;
            }
            let line = &line[at..];
            out.extend_from_slice(line);
            // In front of the data, without a second buffer.
            out[start..].rotate_right(line.len());
            out.extend_from_slice(b"\r\n");
            true
        }
        Framing::Length(left) => {
            let promised = *left;
            *left = promised.saturating_sub(appended as u64);
            out.truncate(start + promised.min(appended as u64) as usize);
            promised >= appended as u64
        }
        _ => true,
    }
}
