//! Writing responses, the same for all versions of HTTP, with the fields that HTTP demands of every server.
//!
//! Adds `date`, `content-length` and what frames the message; leaves out bodies where HTTP forbids them. On
//! HTTP/1.1 bytes go straight into the connection's output, on HTTP/2 and 3 into parts. Handlers call it.

use std::num::NonZeroU16;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::clock::ThreadClock;
use crate::handler::Action;

pub(crate) mod common;
mod head;
pub(crate) mod parts;
mod prepared;

pub use head::HeadWriter;
use parts::{PartsBody, Push, ResponseParts};
pub use prepared::PreparedResponse;

/// Where one response is written. Writing a second one replaces the first.
pub struct ResponseWriter<'o> {
    wire: Wire<'o>,
    exchange: Exchange,
    /// 0 before the head is written.
    status: u16,
}

/// What the bytes or parts of a response go into.
pub(crate) enum Wire<'o> {
    Http1 {
        out: &'o mut Vec<u8>,
        /// Where this response begins in `out`, behind interim ones.
        start: usize,
        clock: &'o ThreadClock,
    },
    Parts {
        parts: &'o mut ResponseParts,
        clock: &'o ThreadClock,
    },
}

impl Wire<'_> {
    fn reborrow(&mut self) -> Wire<'_> {
        match self {
            Self::Http1 { out, start, clock } => Wire::Http1 { out, start: *start, clock },
            Self::Parts { parts, clock } => Wire::Parts { parts, clock },
        }
    }
}

/// What a request says about its response, and what the response decided.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Exchange {
    pub(crate) is_head: bool,
    pub(crate) is_connect: bool,
    pub(crate) is_http10: bool,
    pub(crate) keep_alive: bool,
    pub(crate) framing: Framing,
    pub(crate) has_date: bool,
    pub(crate) has_upgrade: bool,
    /// The port of [`crate::ConnectionInfo::http3_port`], told in every answer.
    pub(crate) http3_port: Option<NonZeroU16>,
}

/// How a streamed body is to be framed on HTTP/1.1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Nothing was said: bytes go to the wire as they are.
    #[default]
    Raw,
    /// No body may be sent.
    Forbidden,
    /// So many bytes are promised.
    Length(u64),
    Chunked,
    /// The body ends with the connection.
    UntilClose,
}

impl<'o> ResponseWriter<'o> {
    pub(crate) fn new(wire: Wire<'o>, exchange: Exchange) -> Self {
        Self { wire, exchange, status: 0 }
    }

    /// Writes a prepared response.
    pub fn prepared(&mut self, response: &PreparedResponse) {
        response.write(self.restart(response.status()));
    }

    /// Writes a whole response.
    pub fn respond(&mut self, status: u16, content_type: &str, body: &[u8]) {
        self.start(status).field("content-type", content_type.as_bytes()).body(body);
    }

    /// Starts a response; add fields, then end with a body. `status` is that of a final response, 200 to 999.
    pub fn start(&mut self, status: u16) -> HeadWriter<'_> {
        let mut head = self.restart(status);
        head.write_status();
        head
    }

    /// Sends an interim response, such as 103 with `link` fields, in front of the final one.
    ///
    /// Does nothing for HTTP/1.0, which knows none, and after the final response has begun. False when it was not
    /// sent, also because of an invalid field or a status other than 100 and 102 to 199.
    pub fn informational(&mut self, status: u16, fields: &[(&str, &[u8])]) -> bool {
        if self.exchange.is_http10 || self.status != 0 || !matches!(status, 100 | 102..=199) {
            return false;
        }
        match &mut self.wire {
            Wire::Http1 { out, start, .. } => {
                let fields = fields.iter().copied();
                let is_valid = dyno_proto::http1::encode_response_head(out, status, fields).is_ok();
                *start = out.len();
                is_valid
            }
            Wire::Parts { parts, .. } => match field_map(fields) {
                Some(fields) => {
                    parts.informational.push((status, fields));
                    true
                }
                None => false,
            },
        }
    }

    /// Ends the head that takes the connection or stream out of HTTP: 101 on HTTP/1.1, 200 to an extended
    /// `CONNECT`. Return [`crate::Action::Upgrade`] after it.
    pub fn switch(&mut self, protocol: &str, fields: &[(&str, &[u8])]) {
        let mut head = match &self.wire {
            Wire::Http1 { .. } if !self.exchange.is_connect => {
                self.start(101).field("upgrade", protocol.as_bytes())
            }
            _ => self.start(200),
        };
        for (name, value) in fields {
            head = head.field(name, value);
        }
        head.body(b"");
    }

    /// Promises the client the answer to `GET path` of the same origin (HTTP/2 server push).
    ///
    /// `fields` become those of the promised request, which is then answered by the handler like any other. False
    /// when nothing is pushed: on other versions, to clients that disabled it, and beyond their stream limit.
    pub fn push(&mut self, path: &str, fields: &[(&str, &[u8])]) -> bool {
        let Wire::Parts { parts, .. } = &mut self.wire else { return false };
        if parts.pushes_left == 0 || !path.starts_with('/') || path.parse::<http::Uri>().is_err() {
            return false;
        }
        let Some(fields) = field_map(fields) else { return false };
        parts.pushes_left -= 1;
        parts.pushes.push(Push { path: path.to_owned(), fields });
        true
    }

    /// Writes bytes as they are, for answers that break HTTP/1.1 on purpose; elsewhere the stream is reset.
    pub fn raw(&mut self, bytes: &[u8]) {
        match &mut self.wire {
            Wire::Http1 { out, .. } => out.extend_from_slice(bytes),
            Wire::Parts { parts, .. } => parts.is_broken = true,
        }
    }

    /// Closes the connection after this response and says so in its head, if that is not yet written.
    ///
    /// On HTTP/2 and 3 the connection takes no further request and ends after those in progress.
    pub fn close_after(&mut self) {
        self.exchange.keep_alive = false;
    }

    /// True when the request was `HEAD`, so that no body will be sent.
    #[must_use]
    pub fn is_head(&self) -> bool {
        self.exchange.is_head
    }

    /// The status of the final response written last; 0 before that.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Bytes of the final response written so far: on HTTP/1.1 its head and body as on the wire, elsewhere those of
    /// the body that is already there.
    #[must_use]
    pub fn written_bytes(&self) -> u64 {
        match &self.wire {
            Wire::Http1 { out, start, .. } => (out.len() - start) as u64,
            Wire::Parts { parts, .. } => match &parts.body {
                PartsBody::Whole(body) => body.len() as u64,
                PartsBody::Empty | PartsBody::Stream(_) => 0,
            },
        }
    }

    pub(crate) fn exchange(&self) -> Exchange {
        self.exchange
    }

    /// True when the head takes the connection out of HTTP.
    pub(crate) fn has_switched(&self) -> bool {
        self.status == 101 || self.exchange.is_connect && matches!(self.status, 200..=299)
    }

    /// Takes back all that was written behind `begin`, the interim answers as well.
    pub(crate) fn withdraw(&mut self, begin: usize) {
        if let Wire::Http1 { out, start, .. } = &mut self.wire {
            out.truncate(begin);
            *start = begin;
        }
        self.exchange.framing = Framing::default();
    }

    /// True when neither a head nor raw bytes were written.
    pub(crate) fn is_empty(&self) -> bool {
        match &self.wire {
            Wire::Http1 { out, start, .. } => out.len() == *start,
            Wire::Parts { parts, .. } => parts.status == 0 && !parts.is_broken,
        }
    }

    /// Forgets what was written and answers 500, with the plain phrase: what went wrong is nobody's business.
    pub(crate) fn internal_error(&mut self) {
        self.respond(500, "text/plain; charset=utf-8", b"Internal Server Error");
    }

    /// A head without its status line; what was written before is forgotten.
    fn restart(&mut self, status: u16) -> HeadWriter<'_> {
        if self.status != 0 {
            match &mut self.wire {
                Wire::Http1 { out, start, .. } => out.truncate(*start),
                Wire::Parts { parts, .. } => {
                    parts.fields.clear();
                    parts.body = PartsBody::Empty;
                }
            }
            self.exchange.has_date = false;
            self.exchange.has_upgrade = false;
        }
        self.status = status;
        HeadWriter {
            wire: self.wire.reborrow(),
            exchange: &mut self.exchange,
            status: &mut self.status,
            is_invalid: false,
        }
    }
}

/// The answer of a server whose handler took too long.
pub(crate) fn too_late(response: &mut ResponseWriter<'_>) -> Action {
    response.close_after();
    response.respond(503, "text/plain; charset=utf-8", b"Service Unavailable");
    Action::Done
}

/// The fields as a map; `None` when one is invalid.
fn field_map(fields: &[(&str, &[u8])]) -> Option<HeaderMap> {
    let mut map = HeaderMap::with_capacity(fields.len());
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        map.append(name, HeaderValue::from_bytes(value).ok()?);
    }
    Some(map)
}
