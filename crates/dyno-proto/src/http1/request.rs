//! The server's side: request heads as offsets into the read buffer, so that the hot path allocates nothing.
//!
//! httparse finds the parts, `validate` refuses every doubt (RFC 9112 and 9110), and the caller moves through
//! pipelined requests by the sizes given here. Bodies are decoded by `body::BodyDecoder`.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::HeadLimits;
use super::error::RequestRejection;

pub(crate) mod validate;

#[cfg(test)]
mod tests;

/// How the body of a request is framed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RequestFraming {
    /// No body.
    #[default]
    None,
    /// `Content-Length`, above zero.
    Length(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
}

/// Which of the four forms the request target has (RFC 9112 section 3.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TargetForm {
    /// `/path?query`.
    #[default]
    Origin,
    /// `http://host/path?query`.
    Absolute,
    /// `host:port`, for `CONNECT` only.
    Authority,
    /// `*`, for `OPTIONS` only.
    Asterisk,
}

/// Where the parts of one request head stand in the read buffer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestHead {
    method: Span,
    target: Span,
    path: Span,
    query: Option<Span>,
    host: Option<Span>,
    fields: Vec<Field>,
    /// Size of the head in bytes, with leading empty lines and its empty line; the body starts there.
    pub bytes: usize,
    /// 0 or 1, of `HTTP/1.x`.
    pub minor_version: u8,
    /// The form of the request target.
    pub target_form: TargetForm,
    /// How the body is framed.
    pub framing: RequestFraming,
    /// True when the client lets the connection carry another request.
    pub keep_alive: bool,
    /// True when the client waits for `100 Continue` before it sends the body.
    pub expects_continue: bool,
    /// True when `Connection` names `upgrade`.
    pub wants_upgrade: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Span {
    start: u32,
    end: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Field {
    name: Span,
    value: Span,
}

/// Decoder of request heads, one after the other; reuses its memory.
#[derive(Debug, Clone)]
pub struct RequestDecoder {
    limits: HeadLimits,
    head: RequestHead,
    /// Bytes of an incomplete head that were already looked at.
    seen: usize,
}

impl RequestDecoder {
    /// A decoder with the given limits.
    #[must_use]
    pub fn new(limits: HeadLimits) -> Self {
        Self { limits, head: RequestHead::default(), seen: 0 }
    }

    /// Looks for a whole head at the start of `input`; `None` when more bytes are needed.
    ///
    /// The head found holds offsets into `input`: look through it with [`RequestHead::view`] on the same bytes.
    ///
    /// # Errors
    /// When the request must be refused; answer with the status of the rejection and close.
    pub fn decode_head(&mut self, input: &[u8]) -> Result<Option<&RequestHead>, RequestRejection> {
        let first_look = self.seen == 0;
        let news = &input[self.seen.min(input.len())..];
        self.seen = input.len();
        // A head can only become complete, and a line only be judged, by a new line feed.
        if !first_look && memchr::memchr(b'\n', news).is_none() {
            return self.refuse_oversize(input).map(|()| None);
        }
        let count_max = self.limits.header_count_max.min(super::HEADER_COUNT_CAP);
        let mut fields = [MaybeUninit::uninit(); super::HEADER_COUNT_CAP];
        let mut parsed = httparse::Request::new(&mut []);
        let status = parsed.parse_with_uninit_headers(input, &mut fields[..count_max]);
        match status {
            Ok(httparse::Status::Partial) => self.refuse_oversize(input).map(|()| None),
            Ok(httparse::Status::Complete(bytes)) => {
                self.refuse_oversize(&input[..bytes])?;
                self.seen = 0;
                validate::fill(&mut self.head, &input[..bytes], &parsed)?;
                Ok(Some(&self.head))
            }
            Err(error) => {
                self.refuse_oversize(input)?;
                Err(validate::rejection_of(error, input, count_max))
            }
        }
    }

    /// The head found last.
    #[must_use]
    pub fn head(&self) -> &RequestHead {
        &self.head
    }

    /// Refuses a head, or the part of one that came so far, that breaks a size limit.
    fn refuse_oversize(&self, input: &[u8]) -> Result<(), RequestRejection> {
        if input.len() > self.limits.start_line_bytes_max {
            let limit = self.limits.start_line_bytes_max;
            let blank = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            if memchr::memchr(b'\n', &input[blank..]).unwrap_or(input.len() - blank) > limit + 1 {
                return Err(RequestRejection::RequestLineTooLong { limit });
            }
        }
        if input.len() > self.limits.head_bytes_max && !head_ends_within(input, self.limits.head_bytes_max) {
            return Err(RequestRejection::HeadTooLong { limit: self.limits.head_bytes_max });
        }
        Ok(())
    }
}

/// True when an empty line ends the head within `limit` bytes; what follows is then body, not head.
fn head_ends_within(input: &[u8], limit: usize) -> bool {
    memchr::memmem::find(input, b"\r\n\r\n").is_some_and(|at| at + 4 <= limit)
}

impl RequestHead {
    /// The head as text; `bytes` must start with the bytes it was decoded from.
    #[must_use]
    pub fn view<'a>(&'a self, bytes: &'a [u8]) -> RequestView<'a> {
        RequestView { bytes, head: self }
    }
}

/// A decoded head together with the bytes it points into.
#[derive(Debug, Clone, Copy)]
pub struct RequestView<'a> {
    bytes: &'a [u8],
    head: &'a RequestHead,
}

impl<'a> RequestView<'a> {
    /// The bytes of the head, with its empty line.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        &self.bytes[..self.head.bytes]
    }

    /// The offsets and the decided framing.
    #[must_use]
    pub fn head(&self) -> &'a RequestHead {
        self.head
    }

    /// The method, in its own letter case.
    #[must_use]
    pub fn method(&self) -> &'a str {
        self.text(self.head.method)
    }

    /// True when the method is `name`, with this letter case.
    #[must_use]
    pub fn is_method(&self, name: &str) -> bool {
        self.slice(self.head.method) == name.as_bytes()
    }

    /// The request target as sent.
    #[must_use]
    pub fn target(&self) -> &'a str {
        self.text(self.head.target)
    }

    /// The path, still percent-encoded; `/` for an absolute target without one, `*` or the authority otherwise.
    #[must_use]
    pub fn path(&self) -> &'a str {
        if self.head.path.start == self.head.path.end { "/" } else { self.text(self.head.path) }
    }

    /// What follows the first `?`, still percent-encoded; `None` without one.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        self.head.query.map(|span| self.text(span))
    }

    /// The host, with its port if given: of the target if that names one, else of `Host`.
    #[must_use]
    pub fn host(&self) -> Option<&'a str> {
        self.head.host.map(|span| self.text(span))
    }

    /// The first value of the field called `name`, without regard to letter case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        let length = name.len() as u32;
        self.head
            .fields
            .iter()
            .filter(|field| field.name.end - field.name.start == length)
            .find(|field| self.slice(field.name).eq_ignore_ascii_case(name.as_bytes()))
            .map(|field| self.slice(field.value))
    }

    /// Every field as name and value, in the order received.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> + use<'a> {
        let view = *self;
        self.head.fields.iter().map(move |field| (view.text(field.name), view.slice(field.value)))
    }

    fn slice(&self, span: Span) -> &'a [u8] {
        &self.bytes[span.start as usize..span.end as usize]
    }

    fn text(&self, span: Span) -> &'a str {
        str::from_utf8(self.slice(span)).expect("invariant: validated as ASCII when the head was decoded")
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        let offset = |at: usize| u32::try_from(at).expect("invariant: head limits are far below 4 GiB");
        Self { start: offset(range.start), end: offset(range.end) }
    }
}
