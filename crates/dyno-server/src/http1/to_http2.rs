//! The two ways from HTTP/1.1 to HTTP/2 without TLS: the preface as first bytes, and `Upgrade: h2c`.

use std::io;

use bytes::Bytes;
use dyno_proto::http1::{RequestFraming, RequestHead, RequestRejection};

use super::receive::Incoming;
use super::{Connection, HandOver, Next};
use crate::handler::{BodyPolicy, Handler};
use crate::http2::{PREFACE, upgrade};
use crate::request::{Head, Request};
use crate::transport::Transport;

impl<S: Transport, H: Handler> Connection<S, H> {
    /// What a head means that HTTP/1.1 refuses: the preface of HTTP/2 looks like one.
    pub(super) fn refused_head(&self, rejection: RequestRejection) -> Next {
        let input = self.input.unread();
        let may_switch =
            self.request_count == 0 && self.info.tls.is_none() && self.shared.limits.http2.is_enabled;
        match may_switch {
            true if input.starts_with(PREFACE) => Next::Http2,
            true if PREFACE.starts_with(input) => Next::Read,
            _ => rejection.into(),
        }
    }

    /// True when `head` asks for HTTP/2 in a way that is taken.
    pub(super) fn asks_for_http2(&self, head: &RequestHead) -> bool {
        let limits = &self.shared.limits.http2;
        let is_short = match head.framing {
            RequestFraming::None | RequestFraming::Chunked => true,
            RequestFraming::Length(length) => length <= upgrade::BODY_BYTES_MAX,
        };
        limits.is_enabled
            && limits.takes_upgrade
            && is_short
            && self.info.tls.is_none()
            && upgrade::is_asked_by(&Request::bodiless(
                Head::Http1(head.view(self.input.unread())),
                &self.info,
            ))
    }

    /// Takes in the whole request and agrees; its frames, or what else is to happen.
    ///
    /// `policy` is that of a request with a body. What it says about size is asked again on HTTP/2.
    pub(super) async fn upgrade_to_http2(
        &mut self,
        policy: Option<BodyPolicy>,
    ) -> io::Result<Result<Bytes, Next>> {
        let head = self.decoder.head();
        let head_bytes = self.input.unread()[..head.bytes].to_vec();
        let incoming = Incoming::new(head, upgrade::BODY_BYTES_MAX, None);
        self.input.consume(head_bytes.len());
        let mut body = Vec::new();
        if policy.is_some() {
            self.incoming = Some(Box::new(incoming));
            if let Some(refused) = self.receive(Some(&mut body)).await? {
                return Ok(Err(refused));
            }
            self.incoming = None;
        }
        let head = self.decoder.head();
        let request = Request::bodiless(Head::Http1(head.view(&head_bytes)), &self.info);
        let frames = upgrade::frames(&request, &body);
        self.out.extend_from_slice(
            b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n",
        );
        self.flush().await?;
        Ok(Ok(frames.into()))
    }

    /// Gives the stream away, with what was read of it.
    pub(super) fn hand_over(mut self, splice: Option<Bytes>) -> HandOver<S> {
        let early = Bytes::copy_from_slice(self.input.unread());
        self.input.consume(early.len());
        self.input.release(&self.shared.pool);
        self.shared.pool.give_output(std::mem::take(&mut self.out));
        HandOver { stream: self.stream, early, splice }
    }
}
