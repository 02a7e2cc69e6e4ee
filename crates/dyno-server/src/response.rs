//! Writing responses into the connection's output buffer, with the fields that HTTP demands of every server.
//!
//! Adds `date`, `content-length` and `connection`; leaves out bodies where HTTP forbids them. Handlers call it.

use dyno_proto::http1::{encode_field, encode_status_line};

use crate::clock::DATE_LINE_BYTES;

/// A response made once and sent often: one copy of its bytes and the date.
#[derive(Debug, Clone)]
pub struct PreparedResponse {
    status: u16,
    head: Vec<u8>,
    body: Vec<u8>,
}

impl PreparedResponse {
    /// Prepares a response with a body of fixed content.
    ///
    /// # Panics
    /// When `content_type` has a control byte: it is meant to be a literal.
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: &[u8]) -> Self {
        let mut head = Vec::new();
        encode_status_line(&mut head, status);
        encode_length(&mut head, body.len() as u64);
        encode_field(&mut head, "content-type", content_type.as_bytes())
            .expect("invariant: the content type of a prepared response is a valid literal");
        Self { status, head, body: body.to_vec() }
    }
}

/// Where one response is written.
#[derive(Debug)]
pub struct ResponseWriter<'o> {
    pub(crate) out: &'o mut Vec<u8>,
    pub(crate) date_line: [u8; DATE_LINE_BYTES],
    pub(crate) exchange: Exchange,
    pub(crate) status: u16,
}

/// What a request says about its response.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exchange {
    pub(crate) is_head: bool,
    pub(crate) is_http10: bool,
    pub(crate) keep_alive: bool,
}

impl ResponseWriter<'_> {
    /// Writes a prepared response.
    pub fn prepared(&mut self, response: &PreparedResponse) {
        self.status = response.status;
        self.out.extend_from_slice(&response.head);
        self.end_head();
        if !self.exchange.is_head {
            self.out.extend_from_slice(&response.body);
        }
    }

    /// Writes a whole response.
    pub fn respond(&mut self, status: u16, content_type: &str, body: &[u8]) {
        self.start(status).field("content-type", content_type.as_bytes()).body(body);
    }

    /// Starts a response; add fields, then end with a body.
    pub fn start(&mut self, status: u16) -> HeadWriter<'_> {
        let start = self.out.len();
        self.status = status;
        encode_status_line(self.out, status);
        // Monomorphic reborrow, so that the caller's writer can be used again afterwards.
        HeadWriter {
            out: self.out,
            date_line: self.date_line,
            exchange: &mut self.exchange,
            status: &mut self.status,
            start,
            is_invalid: false,
        }
    }

    /// Writes bytes as they are: for answers that break HTTP on purpose.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Closes the connection after this response and says so in its head, if that is not yet written.
    pub fn close_after(&mut self) {
        self.exchange.keep_alive = false;
    }

    /// True when the request was `HEAD`, so that no body will be sent.
    #[must_use]
    pub fn is_head(&self) -> bool {
        self.exchange.is_head
    }

    /// The status written last; 0 before the first.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    fn end_head(&mut self) {
        end_head(self.out, &self.date_line, self.exchange);
    }
}

/// A response head being written.
#[must_use = "a response needs a body, if only an empty one"]
pub struct HeadWriter<'o> {
    out: &'o mut Vec<u8>,
    date_line: [u8; DATE_LINE_BYTES],
    exchange: &'o mut Exchange,
    status: &'o mut u16,
    start: usize,
    is_invalid: bool,
}

impl HeadWriter<'_> {
    /// Adds a field. A name or value that would break the head turns the whole response into a 500.
    pub fn field(mut self, name: &str, value: &[u8]) -> Self {
        self.is_invalid |= encode_field(self.out, name, value).is_err();
        self
    }

    /// Ends the response with `body`; left out for `HEAD`, 204 and 304.
    pub fn body(self, body: &[u8]) {
        self.body_of_length(body.len() as u64).extend_from_slice(body);
    }

    /// Ends the response with a body of `length` bytes that `write` appends to the output.
    ///
    /// `write` is not called where no body may be sent.
    pub fn body_with(self, length: u64, write: impl FnOnce(&mut Vec<u8>)) {
        let mut place = self.body_of_length(length);
        if let Place::Wire(out) = &mut place {
            write(out);
        }
    }

    /// Ends the head of a response of `length` bytes that a [`crate::BodySource`] sends.
    pub fn stream_of_length(self, length: u64) {
        let _ = self.body_of_length(length);
    }

    /// Ends the head of a response of unknown length; true when the source must write chunks.
    ///
    /// False for HTTP/1.0, which knows no chunks: there the body ends with the connection.
    pub fn stream_of_chunks(mut self) -> bool {
        if self.replace_invalid() {
            return false;
        }
        let is_chunked = !self.exchange.is_http10;
        if is_chunked {
            self.out.extend_from_slice(b"transfer-encoding: chunked\r\n");
        } else {
            self.exchange.keep_alive = false;
        }
        end_head(self.out, &self.date_line, *self.exchange);
        is_chunked
    }

    /// Ends the head as it is, without a field about its length: for answers that break HTTP on purpose.
    pub fn unframed(self) {
        end_head(self.out, &self.date_line, *self.exchange);
    }
}

enum Place<'o> {
    Wire(&'o mut Vec<u8>),
    Nowhere,
}

impl Place<'_> {
    fn extend_from_slice(&mut self, bytes: &[u8]) {
        if let Self::Wire(out) = self {
            out.extend_from_slice(bytes);
        }
    }
}

impl<'o> HeadWriter<'o> {
    fn body_of_length(mut self, length: u64) -> Place<'o> {
        if self.replace_invalid() {
            return Place::Nowhere;
        }
        let has_no_length = matches!(*self.status, 100..=199 | 204);
        if !has_no_length {
            encode_length(self.out, length);
        }
        end_head(self.out, &self.date_line, *self.exchange);
        let has_no_body = has_no_length || *self.status == 304 || self.exchange.is_head;
        if has_no_body { Place::Nowhere } else { Place::Wire(self.out) }
    }

    /// Replaces a head that has an invalid field by a 500 without a body.
    fn replace_invalid(&mut self) -> bool {
        if self.is_invalid {
            self.out.truncate(self.start);
            *self.status = 500;
            encode_status_line(self.out, 500);
            encode_length(self.out, 0);
            end_head(self.out, &self.date_line, *self.exchange);
        }
        self.is_invalid
    }
}

fn encode_length(out: &mut Vec<u8>, length: u64) {
    out.extend_from_slice(b"content-length: ");
    out.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
    out.extend_from_slice(b"\r\n");
}

fn end_head(out: &mut Vec<u8>, date_line: &[u8; DATE_LINE_BYTES], exchange: Exchange) {
    out.extend_from_slice(date_line);
    match (exchange.keep_alive, exchange.is_http10) {
        (true, false) => {}
        (true, true) => out.extend_from_slice(b"connection: keep-alive\r\n"),
        (false, _) => out.extend_from_slice(b"connection: close\r\n"),
    }
    out.extend_from_slice(b"\r\n");
}
