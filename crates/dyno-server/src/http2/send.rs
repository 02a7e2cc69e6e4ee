//! Sending one answer: its head, then its body piece by piece, each in its turn.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};

use bytes::Bytes;
use h2::{Reason, SendStream};
use http::StatusCode;

use super::Order;
use super::stream::{Stream, whole};
use super::tunnel::Tunnel;
use super::turns::{PIECE_BYTES, Turns};
use crate::body::{BodySource, Filled};
use crate::handler::{Action, Handler};
use crate::response::parts::{Answer, PartsBody, ResponseParts, trailer_map};
use crate::upgraded::Upgraded;

/// The stream is gone, or was given up.
pub(super) struct Gone;

/// What a source gave.
enum Drawn {
    Bytes(Vec<u8>, Filled),
    Panicked,
    Gone,
}

impl<H: Handler> Stream<H> {
    /// Does what the handler asked for, apart from waiting.
    pub(super) async fn act(mut self, answer: Answer) {
        let Answer { action, parts, has_switched, .. } = answer;
        // What was not written cannot be sent, and what breaks HTTP/1.1 is no answer here.
        let has_head = parts.status != 0;
        if parts.is_broken {
            return self.give_up(Reason::INTERNAL_ERROR);
        }
        match action {
            Action::Done | Action::Close | Action::Later(_) if has_head => self.send_all(parts).await,
            Action::Done | Action::Close | Action::Later(_) => self.give_up(Reason::INTERNAL_ERROR),
            Action::Stream(source) => self.stream_from(parts, source).await,
            Action::Upgrade(owner) if has_switched => {
                let Some(receive) = self.receive.take() else { return };
                let Ok(send) = self.send_head(parts, false) else { return };
                let tunnel = Tunnel::new(receive, send);
                let shutdown = self.session.shared.clock.shutdown_signal();
                owner(Upgraded::new(Bytes::new(), tunnel, shutdown)).await;
            }
            Action::Upgrade(_) => self.give_up(Reason::INTERNAL_ERROR),
            Action::Reset => self.end_connection(Order::Reset).await,
            Action::ResetStream(code) => {
                if has_head && let Ok(mut send) = self.send_head(parts, false) {
                    return send.send_reset(Reason::from(code));
                }
                self.give_up(Reason::from(code));
            }
            Action::GoAway(code) => self.end_connection(Order::GoAway(Reason::from(code))).await,
            Action::Stall => {
                if !has_head {
                    return poll_fn(|context| self.responder.poll_reset(context)).await;
                }
                let body = whole_of(&parts);
                let Ok(mut send) = self.send_head(parts, false) else { return };
                if self.send_bytes(&mut send, body, false).await.is_ok() {
                    let _ = poll_fn(|context| send.poll_reset(context)).await;
                }
            }
        }
    }

    /// The stream ends with its connection, not before it.
    async fn end_connection(&self, order: Order) {
        self.session.order(order);
        std::future::pending::<()>().await;
    }

    fn give_up(&mut self, reason: Reason) {
        self.responder.reset(reason);
    }

    fn send_head(&mut self, parts: ResponseParts, is_end: bool) -> Result<SendStream<Bytes>, Gone> {
        let mut response = http::Response::new(());
        *response.status_mut() = StatusCode::from_u16(parts.status).map_err(|_| Gone)?;
        *response.headers_mut() = parts.fields;
        self.responder.send_response(response, is_end).map_err(|_| Gone)
    }

    /// Sends the head and, when it is small and nobody is before it, the body; else gives back what is left.
    pub(super) fn send_whole(&mut self, mut parts: ResponseParts) -> Option<(SendStream<Bytes>, Bytes)> {
        let body = whole(std::mem::take(&mut parts.body));
        let mut send = self.send_head(parts, body.is_empty()).ok()?;
        if body.is_empty() {
            return None;
        }
        if body.len() > PIECE_BYTES || self.session.turns.is_crowded_for(self.rank()) {
            return Some((send, body));
        }
        // Fails only on a stream that is gone.
        let _ = send.send_data(body, true);
        None
    }

    async fn send_all(mut self, parts: ResponseParts) {
        if let Some((send, body)) = self.send_whole(parts) {
            self.send_rest(send, body).await;
        }
    }

    pub(super) async fn send_rest(&mut self, mut send: SendStream<Bytes>, body: Bytes) {
        // A stream that is gone needs no end.
        let _ = self.send_bytes(&mut send, body, true).await;
    }

    /// Sends `bytes` in pieces, each when it is this stream's turn and the client has room for it.
    async fn send_bytes(
        &self,
        send: &mut SendStream<Bytes>,
        mut bytes: Bytes,
        is_end: bool,
    ) -> Result<(), Gone> {
        if bytes.is_empty() {
            return if is_end { send.send_data(bytes, true).map_err(|_| Gone) } else { Ok(()) };
        }
        let session = &self.session;
        let mut turn = Some(Turns::enter(&session.turns, self.id, self.rank()));
        while !bytes.is_empty() {
            let place = turn.get_or_insert_with(|| Turns::enter(&session.turns, self.id, self.rank()));
            place.come().await;
            send.reserve_capacity(bytes.len().min(PIECE_BYTES));
            let limit = session.shared.limits.connections.write_stall_time_max;
            let wait = poll_fn(|context| {
                let capacity = poll_capacity(send, context);
                // A stream that its client holds back does not hold back the others.
                if capacity.is_pending() && session.watcher.is_window_closed(self.id) {
                    turn = None;
                }
                capacity
            });
            let Ok(capacity) = tokio::time::timeout(limit, wait).await else {
                return Err(self.end_stalled(send, turn.is_some()));
            };
            let piece = bytes.split_to(capacity.ok_or(Gone)?.min(bytes.len()).min(PIECE_BYTES));
            session.watcher.spend_window(self.id, piece.len());
            let is_last = is_end && bytes.is_empty();
            send.send_data(piece, is_last).map_err(|_| Gone)?;
            if let Some(turn) = &mut turn {
                turn.pass(self.rank());
            }
        }
        Ok(())
    }

    /// The client has taken nothing for too long: alone on this stream, or on the whole connection.
    fn end_stalled(&self, send: &mut SendStream<Bytes>, is_whole_connection: bool) -> Gone {
        if is_whole_connection {
            self.session.order(Order::GoAway(Reason::ENHANCE_YOUR_CALM));
        }
        send.send_reset(Reason::CANCEL);
        self.session.count_own_reset();
        Gone
    }

    async fn stream_from(mut self, parts: ResponseParts, mut source: Box<dyn BodySource>) {
        let PartsBody::Stream(mut left) = parts.body else {
            // `HEAD`, or a status without a body: the source is not asked.
            return self.send_all(parts).await;
        };
        let Ok(mut send) = self.send_head(parts, false) else { return };
        self.session.watcher.spend_window(self.id, 0);
        loop {
            let drawn = poll_fn(|context| poll_draw(&mut *source, &mut send, context)).await;
            let (bytes, filled) = match drawn {
                Drawn::Bytes(bytes, filled) => (bytes, filled),
                Drawn::Panicked => return send.send_reset(Reason::INTERNAL_ERROR),
                Drawn::Gone => return,
            };
            if let Some(left) = &mut left {
                let count = bytes.len() as u64;
                if count > *left || filled == Filled::End && count < *left {
                    return send.send_reset(Reason::INTERNAL_ERROR);
                }
                *left -= count;
            }
            let trailers = if filled == Filled::End { trailer_map(source.trailers()) } else { None };
            let is_end = filled == Filled::End && trailers.is_none();
            if self.send_bytes(&mut send, bytes.into(), is_end).await.is_err() {
                return;
            }
            match (filled, trailers) {
                (Filled::More, _) => {}
                (Filled::End, None) => return,
                (Filled::End, Some(trailers)) => {
                    // Fails only on a stream that is gone.
                    let _ = send.send_trailers(trailers);
                    return;
                }
                (Filled::Close, _) => return send.send_reset(Reason::INTERNAL_ERROR),
            }
        }
    }
}

fn whole_of(parts: &ResponseParts) -> Bytes {
    match &parts.body {
        PartsBody::Whole(body) => body.clone(),
        PartsBody::Empty | PartsBody::Stream(_) => Bytes::new(),
    }
}

/// How much may be sent; `None` when the stream is gone.
fn poll_capacity(send: &mut SendStream<Bytes>, context: &mut Context<'_>) -> Poll<Option<usize>> {
    loop {
        if send.capacity() > 0 {
            return Poll::Ready(Some(send.capacity()));
        }
        match send.poll_capacity(context) {
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(None),
            Poll::Pending => return Poll::Pending,
        }
    }
}

/// Draws from `source` until there is a piece, or what there is for now.
fn poll_draw(
    source: &mut dyn BodySource,
    send: &mut SendStream<Bytes>,
    context: &mut Context<'_>,
) -> Poll<Drawn> {
    let mut bytes = Vec::new();
    loop {
        let before = bytes.len();
        match catch_unwind(AssertUnwindSafe(|| source.poll_fill(context, &mut bytes))) {
            Err(_) => return Poll::Ready(Drawn::Panicked),
            Ok(Poll::Ready(Filled::More)) if bytes.len() < PIECE_BYTES && bytes.len() > before => {}
            Ok(Poll::Ready(filled)) => return Poll::Ready(Drawn::Bytes(bytes, filled)),
            Ok(Poll::Pending) if bytes.is_empty() => {
                return send.poll_reset(context).map(|_| Drawn::Gone);
            }
            Ok(Poll::Pending) => return Poll::Ready(Drawn::Bytes(bytes, Filled::More)),
        }
    }
}
