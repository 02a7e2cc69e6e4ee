//! Calling the handler, and what follows its call: later answers, streamed bodies, tunnels, faults.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use dyno_proto::http3::ErrorCode;
use http::HeaderMap;
use quinn::VarInt;

use super::output::Gone;
use super::stream::Stream;
use super::tunnel::Tunnel;
use crate::body::{BodySource, Filled};
use crate::handler::{Action, Finish, Handler, Later};
use crate::response::parts::{Answer, PartsBody, ResponseParts, trailer_map};
use crate::response::{ResponseWriter, too_late};
use crate::upgraded::Upgraded;

/// A streamed body is sent once there is so much of it, or its source has nothing for now.
const PIECE_BYTES_MIN: usize = 16 * 1024;

/// What a source gave.
enum Drawn {
    Bytes(Vec<u8>, Filled),
    Panicked,
    Refused,
}

impl<H: Handler> Stream<H> {
    /// Runs `answer` on a response writer; a panic in it becomes a 500.
    pub(super) fn call(&mut self, answer: impl FnOnce(&mut ResponseWriter<'_>) -> Action) -> Answer {
        Answer::of(0, &self.session.shared.clock, self.exchange, answer)
    }

    /// Does what the handler asked for, to the end of the stream.
    pub(super) async fn follow(mut self: Box<Self>, mut answer: Answer) {
        loop {
            for (status, fields) in answer.parts.informational.drain(..) {
                if self.send_head(status, &fields, Bytes::new()).await.is_err() {
                    return;
                }
            }
            let Action::Later(later) = answer.action else { break };
            let Some(finish) = Box::pin(self.wait_for(later)).await else { return };
            answer = self.call(finish);
        }
        if !answer.keeps_connection {
            self.session.end.want();
        }
        // A stream that is gone needs no end.
        let _ = self.act(answer).await;
    }

    /// Awaits `later`; `None` when the client wants no answer any more.
    async fn wait_for(&mut self, mut later: Later) -> Option<Finish> {
        let limit = self.session.shared.limits.connections.request_time_max.unwrap_or(Duration::MAX);
        let mut refused = Box::pin(self.output.refused());
        let mut time = Box::pin(tokio::time::sleep(limit));
        loop {
            let finish = poll_fn(|context| {
                if let Poll::Ready(finish) = poll_later(&mut later, context) {
                    return Poll::Ready(Some(Some(finish)));
                }
                let wants_body = self.signs.as_ref().is_some_and(|signs| signs.is_wanted.get());
                if self.expects_continue && wants_body {
                    return Poll::Ready(None);
                }
                if time.as_mut().poll(context).is_ready() {
                    return Poll::Ready(Some(Some(Box::new(too_late) as Finish)));
                }
                refused.as_mut().poll(context).map(|()| Some(None))
            })
            .await;
            match finish {
                Some(finish) => return finish,
                None => self.send_continue().await,
            }
        }
    }

    /// Sends `100 Continue`, once, to a client that waits for it.
    pub(super) async fn send_continue(&mut self) {
        if std::mem::take(&mut self.expects_continue) {
            // A stream that is gone tells so again.
            let _ = self.send_head(100, &HeaderMap::new(), Bytes::new()).await;
        }
    }

    async fn send_head(&mut self, status: u16, fields: &HeaderMap, body: Bytes) -> Result<(), Gone> {
        let section_bytes_max = self.session.peer_section_bytes_max.get();
        self.output.head(status, fields, body, section_bytes_max).await
    }

    async fn send_whole(&mut self, parts: ResponseParts) -> Result<(), Gone> {
        let body = match parts.body {
            PartsBody::Whole(body) => body,
            PartsBody::Empty | PartsBody::Stream(_) => Bytes::new(),
        };
        self.send_head(parts.status, &parts.fields, body).await
    }

    /// Does what the handler asked for, apart from waiting.
    async fn act(mut self: Box<Self>, answer: Answer) -> Result<(), Gone> {
        let Answer { action, parts, has_switched, .. } = answer;
        let has_head = parts.status != 0;
        // What breaks HTTP/1.1 on purpose is no answer here.
        if parts.is_broken || matches!(action, Action::Upgrade(_)) && !has_switched {
            self.output.reset(ErrorCode::INTERNAL_ERROR);
            return Ok(());
        }
        match action {
            Action::Stream(source) => return Box::pin(self.stream_from(parts, source)).await,
            Action::Upgrade(owner) => {
                self.send_whole(parts).await?;
                let Some(input) = self.tunnel_input.take() else { return Ok(()) };
                let delivered = self.output.refused();
                // The request stays open, and counted, as long as its tunnel.
                let Stream { session, output, open: _open, .. } = *self;
                let tunnel = Tunnel::new(input, output, session.quic.clone());
                let shutdown = session.shared.clock.shutdown_signal();
                owner(Upgraded::new(Bytes::new(), tunnel, shutdown)).await;
                delivered.await;
                return Ok(());
            }
            _ if has_head => self.send_whole(parts).await?,
            _ => {}
        }
        match action {
            Action::Reset => {
                if has_head {
                    self.end().await;
                }
                self.session.quic.close(VarInt::from_u32(ErrorCode::INTERNAL_ERROR.0 as u32), b"");
            }
            Action::ResetStream(code) => self.give_up_both(ErrorCode(code.into())),
            Action::GoAway(code) => {
                if has_head {
                    self.end().await;
                }
                self.session.quic.close(VarInt::from_u32(code), b"");
            }
            Action::Stall => self.output.refused().await,
            _ => self.end().await,
        }
        Ok(())
    }

    /// Sends nothing more, and takes nothing more.
    fn give_up_both(&mut self, code: ErrorCode) {
        self.output.reset(code);
        if let Some(input) = &mut self.tunnel_input {
            input.stop(code);
        }
        if let Some(signs) = &self.signs {
            signs.stop_code.set(Some(code));
        }
    }

    /// Ends the answer, and waits until the client has it.
    async fn end(&mut self) {
        // A body that turned out malformed makes the whole request so, whatever the handler had to say.
        if self.signs.as_ref().is_some_and(|signs| signs.is_malformed.get()) {
            return self.output.reset(ErrorCode::MESSAGE_ERROR);
        }
        self.output.finish().await;
    }

    async fn stream_from(
        mut self: Box<Self>,
        parts: ResponseParts,
        mut source: Box<dyn BodySource>,
    ) -> Result<(), Gone> {
        let PartsBody::Stream(mut left) = parts.body else {
            // `HEAD`, or a status without a body: the source is not asked.
            self.send_whole(parts).await?;
            self.end().await;
            return Ok(());
        };
        self.send_head(parts.status, &parts.fields, Bytes::new()).await?;
        let mut refused = Box::pin(self.output.refused());
        loop {
            let drawn = poll_fn(|context| poll_draw(&mut *source, refused.as_mut(), context)).await;
            let (bytes, filled) = match drawn {
                Drawn::Bytes(bytes, filled) => (bytes, filled),
                Drawn::Panicked => return self.give_up(),
                Drawn::Refused => return Err(Gone),
            };
            if let Some(left) = &mut left {
                let count = bytes.len() as u64;
                if count > *left || filled == Filled::End && count < *left {
                    return self.give_up();
                }
                *left -= count;
            }
            if let Some(priority) = self.session.take_priority(self.id) {
                self.output.set_priority(priority);
            }
            self.output.data(bytes.into()).await?;
            match filled {
                Filled::More => {}
                Filled::Close => return self.give_up(),
                Filled::End => break,
            }
        }
        if let Some(trailers) = trailer_map(source.trailers()) {
            self.output.trailers(&trailers).await?;
        }
        drop(source);
        self.end().await;
        Ok(())
    }

    /// The head is gone; only a reset can say that the body is not whole.
    fn give_up(mut self: Box<Self>) -> Result<(), Gone> {
        self.output.reset(ErrorCode::INTERNAL_ERROR);
        Ok(())
    }
}

/// A panic becomes one in the finish, where it is caught.
fn poll_later(later: &mut Later, context: &mut Context<'_>) -> Poll<Finish> {
    match catch_unwind(AssertUnwindSafe(|| later.as_mut().poll(context))) {
        Ok(finish) => finish,
        Err(panic) => {
            let finish = |_: &mut ResponseWriter<'_>| -> Action { std::panic::resume_unwind(panic) };
            Poll::Ready(Box::new(finish) as Finish)
        }
    }
}

/// Draws from `source` until there is a piece, or what there is for now.
fn poll_draw(
    source: &mut dyn BodySource,
    refused: Pin<&mut impl Future<Output = ()>>,
    context: &mut Context<'_>,
) -> Poll<Drawn> {
    let mut bytes = Vec::new();
    loop {
        let before = bytes.len();
        match catch_unwind(AssertUnwindSafe(|| source.poll_fill(context, &mut bytes))) {
            Err(_) => return Poll::Ready(Drawn::Panicked),
            Ok(Poll::Ready(Filled::More)) if bytes.len() < PIECE_BYTES_MIN && bytes.len() > before => {}
            Ok(Poll::Ready(filled)) => return Poll::Ready(Drawn::Bytes(bytes, filled)),
            Ok(Poll::Pending) if bytes.is_empty() => return refused.poll(context).map(|()| Drawn::Refused),
            Ok(Poll::Pending) => return Poll::Ready(Drawn::Bytes(bytes, Filled::More)),
        }
    }
}
