//! Bodies made piece by piece, each at its time.
//!
//! What a piece holds and when it comes is the body's; waiting is done here, framing by the server.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use dyno_server::{Action, BodySource, Fields, Filled, HeadWriter};

use crate::call::Call;
use crate::timer::{PreciseSleep, PreciseTimer};

/// A body that comes in pieces.
pub(crate) trait PacedBody: 'static {
    /// Appends the next piece, perhaps an empty one, and says when the one after it comes.
    fn fill(&mut self, out: &mut Vec<u8>) -> Pace;

    /// The fields after the body.
    fn trailers(&mut self) -> Fields {
        Fields::new()
    }
}

/// What follows a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Another one, as soon as this one is sent.
    More,
    /// Another one at this time of the target's clock.
    At(u64),
    /// Nothing: the body is complete.
    End,
}

/// Sends a body of unknown length.
pub(crate) fn chunked(call: &Call<'_>, head: HeadWriter<'_>, body: impl PacedBody) -> Action {
    head.stream_of_chunks();
    Action::Stream(source(call, body))
}

/// A body as the server wants it.
pub(crate) fn source(call: &Call<'_>, body: impl PacedBody) -> Box<dyn BodySource> {
    Box::new(Source { body, timer: call.target.timer.clone(), sleep: None })
}

struct Source<B> {
    body: B,
    timer: PreciseTimer,
    sleep: Option<PreciseSleep>,
}

impl<B: PacedBody> BodySource for Source<B> {
    fn poll_fill(&mut self, context: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Filled> {
        if let Some(sleep) = &mut self.sleep {
            ready!(Pin::new(sleep).poll(context));
            self.sleep = None;
        }
        Poll::Ready(match self.body.fill(out) {
            Pace::More => Filled::More,
            Pace::At(at_ns) => {
                self.sleep = Some(self.timer.sleep_until(at_ns));
                Filled::More
            }
            Pace::End => Filled::End,
        })
    }

    fn trailers(&mut self) -> Fields {
        self.body.trailers()
    }
}
