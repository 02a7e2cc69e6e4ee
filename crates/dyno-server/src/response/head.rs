//! The head of one response while it is written, and the ways to end it.

use std::num::NonZeroU16;

use bytes::Bytes;
use dyno_proto::http1::{encode_field, encode_status_line};
use http::header::{ALT_SVC, CONTENT_LENGTH, DATE};
use http::{HeaderName, HeaderValue};

use super::parts::PartsBody;
use super::{Exchange, Framing, Wire};

/// A response head being written.
#[must_use = "a response needs a body, if only an empty one"]
pub struct HeadWriter<'o> {
    pub(super) wire: Wire<'o>,
    pub(super) exchange: &'o mut Exchange,
    pub(super) status: &'o mut u16,
    pub(super) is_invalid: bool,
}

/// What a field of the handler means to the framing of the message.
enum Meaning {
    None,
    Date,
    Upgrade,
    /// `connection: close` and its like: left out, since the server writes its own.
    Connection,
    /// Length or coding: left out, since the body decides.
    Framing,
}

impl HeadWriter<'_> {
    /// Adds a field. A name or value that would break the head turns the whole response into a 500.
    ///
    /// Fields about the connection and the framing (`connection`, `content-length`, `transfer-encoding`) are left
    /// out, since the server writes them itself; `connection: close` closes. A `date` replaces the server's own.
    pub fn field(mut self, name: &str, value: &[u8]) -> Self {
        match meaning_of(name) {
            Meaning::None => {}
            Meaning::Date => self.exchange.has_date = true,
            // HTTP/2 and 3 have no such field.
            Meaning::Upgrade if matches!(self.wire, Wire::Parts { .. }) => return self,
            Meaning::Upgrade => self.exchange.has_upgrade = true,
            Meaning::Framing => return self,
            Meaning::Connection => {
                if value.eq_ignore_ascii_case(b"close") {
                    self.exchange.keep_alive = false;
                }
                return self;
            }
        }
        self.is_invalid |= match &mut self.wire {
            Wire::Http1 { out, .. } => encode_field(out, name, value).is_err(),
            Wire::Parts { parts, .. } => {
                match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value)) {
                    (Ok(name), Ok(value)) => parts.fields.try_append(name, value).is_err(),
                    _ => true,
                }
            }
        };
        self
    }

    /// Ends the response with `body`; left out for `HEAD`, 204 and 304.
    pub fn body(mut self, body: &[u8]) {
        if !self.end_with_length(body.len() as u64) {
            return;
        }
        match &mut self.wire {
            Wire::Http1 { out, .. } => out.extend_from_slice(body),
            Wire::Parts { parts, .. } => parts.body = PartsBody::Whole(Bytes::copy_from_slice(body)),
        }
    }

    /// Ends the response with a body of `length` bytes that `write` appends to the output.
    ///
    /// `write` is not called where no body may be sent.
    pub fn body_with(mut self, length: u64, write: impl FnOnce(&mut Vec<u8>)) {
        if !self.end_with_length(length) {
            return;
        }
        match &mut self.wire {
            Wire::Http1 { out, .. } => write(out),
            Wire::Parts { parts, .. } => {
                let mut body = Vec::with_capacity(length.min(1024 * 1024) as usize);
                write(&mut body);
                parts.body = PartsBody::Whole(body.into());
            }
        }
    }

    /// Ends the head of a response of `length` bytes that a [`crate::BodySource`] sends.
    ///
    /// A source that sends fewer or more has its connection cut, since nothing else tells the client.
    pub fn stream_of_length(mut self, length: u64) {
        if self.end_with_length(length)
            && let Wire::Parts { parts, .. } = &mut self.wire
        {
            parts.body = PartsBody::Stream(Some(length));
        }
    }

    /// Ends the head of a response of unknown length that a [`crate::BodySource`] sends: in chunks, up to the end of
    /// the connection for HTTP/1.0, or as the stream of HTTP/2 and 3.
    pub fn stream_of_chunks(mut self) {
        if self.replace_invalid() || self.end_without_body(None) {
            return;
        }
        match &mut self.wire {
            Wire::Parts { parts, .. } => parts.body = PartsBody::Stream(None),
            Wire::Http1 { .. } if self.exchange.is_http10 => {
                self.exchange.keep_alive = false;
                self.exchange.framing = Framing::UntilClose;
            }
            Wire::Http1 { out, .. } => {
                out.extend_from_slice(b"transfer-encoding: chunked\r\n");
                self.exchange.framing = Framing::Chunked;
            }
        }
        self.finish();
    }

    /// Ends the head as it is, without a field about its length, for answers that break HTTP/1.1 on purpose;
    /// elsewhere the stream is reset.
    pub fn unframed(mut self) {
        self.exchange.framing = Framing::Raw;
        if let Wire::Parts { parts, .. } = &mut self.wire {
            parts.is_broken = true;
        }
        self.finish();
    }

    pub(super) fn write_status(&mut self) {
        let status = *self.status;
        // Interim responses go another way, and HTTP/2 and 3 have no 101.
        let is_final = status >= 200 || status == 101 && matches!(self.wire, Wire::Http1 { .. });
        self.is_invalid |= !is_final || status > 999;
        match &mut self.wire {
            Wire::Http1 { out, .. } => encode_status_line(out, status),
            Wire::Parts { parts, .. } => parts.status = status,
        }
    }

    /// Ends the head; true when the body is to be sent.
    fn end_with_length(&mut self, length: u64) -> bool {
        if self.replace_invalid() || self.end_without_body(Some(length)) {
            return false;
        }
        self.write_length(length);
        self.exchange.framing = Framing::Length(length);
        self.finish();
        true
    }

    /// Ends the head if no body may follow it; `length` is then that of the body left out.
    fn end_without_body(&mut self, length: Option<u64>) -> bool {
        let has_length = match *self.status {
            100..=199 | 204 => false,
            // Without a body at hand nobody can say what the length would have been.
            304 => length.is_some_and(|length| length > 0),
            200..=299 if self.exchange.is_connect => false,
            _ if self.exchange.is_head => length.is_some(),
            _ => return false,
        };
        if let (true, Some(length)) = (has_length, length) {
            self.write_length(length);
        }
        self.exchange.framing = Framing::Forbidden;
        self.finish();
        true
    }

    fn write_length(&mut self, length: u64) {
        match &mut self.wire {
            Wire::Http1 { out, .. } => encode_length(out, length),
            Wire::Parts { parts, .. } => {
                parts.fields.insert(CONTENT_LENGTH, HeaderValue::from(length));
            }
        }
    }

    /// Replaces a head that has an invalid field by a 500 without a body.
    fn replace_invalid(&mut self) -> bool {
        if !self.is_invalid {
            return false;
        }
        *self.status = 500;
        self.exchange.has_date = false;
        self.exchange.has_upgrade = false;
        match &mut self.wire {
            Wire::Http1 { out, start, .. } => {
                out.truncate(*start);
                encode_status_line(out, 500);
            }
            Wire::Parts { parts, .. } => {
                parts.fields.clear();
                parts.status = 500;
            }
        }
        self.write_length(0);
        self.exchange.framing = Framing::Forbidden;
        self.finish();
        true
    }

    /// Writes the server's own fields and the end of the head.
    pub(super) fn finish(&mut self) {
        match &mut self.wire {
            Wire::Parts { parts, clock } => {
                if !self.exchange.has_date {
                    parts.fields.insert(DATE, clock.date_value());
                }
                if let Some(port) = self.exchange.http3_port
                    && let Ok(value) = HeaderValue::from_maybe_shared(alt_svc(port))
                {
                    parts.fields.insert(ALT_SVC, value);
                }
            }
            Wire::Http1 { out, clock, .. } => {
                if !self.exchange.has_date {
                    out.extend_from_slice(&clock.date_line());
                }
                if let Some(port) = self.exchange.http3_port {
                    out.extend_from_slice(b"alt-svc: ");
                    out.extend_from_slice(&alt_svc(port));
                    out.extend_from_slice(b"\r\n");
                }
                out.extend_from_slice(connection_line(self.exchange));
            }
        }
    }
}

fn meaning_of(name: &str) -> Meaning {
    // The length picks the candidate, so that most fields cost one comparison.
    match name.len() {
        4 if name.eq_ignore_ascii_case("date") => Meaning::Date,
        7 if name.eq_ignore_ascii_case("upgrade") => Meaning::Upgrade,
        10 if name.eq_ignore_ascii_case("connection") => Meaning::Connection,
        10 if name.eq_ignore_ascii_case("keep-alive") => Meaning::Framing,
        14 if name.eq_ignore_ascii_case("content-length") => Meaning::Framing,
        17 if name.eq_ignore_ascii_case("transfer-encoding") => Meaning::Framing,
        _ => Meaning::None,
    }
}

/// Where the same origin is served by HTTP/3, for a day as most servers say.
fn alt_svc(port: NonZeroU16) -> Vec<u8> {
    format!("h3=\":{port}\"; ma=86400").into_bytes()
}

/// The `connection` field, if one is needed, and the empty line.
fn connection_line(exchange: &Exchange) -> &'static [u8] {
    match (exchange.has_upgrade, exchange.keep_alive, exchange.is_http10) {
        (false, true, false) => b"\r\n",
        (false, true, true) => b"connection: keep-alive\r\n\r\n",
        (false, false, _) => b"connection: close\r\n\r\n",
        (true, true, _) => b"connection: upgrade\r\n\r\n",
        (true, false, _) => b"connection: close, upgrade\r\n\r\n",
    }
}

pub(super) fn encode_length(out: &mut Vec<u8>, length: u64) {
    out.extend_from_slice(b"content-length: ");
    out.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
    out.extend_from_slice(b"\r\n");
}
