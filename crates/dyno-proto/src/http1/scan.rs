//! The least that a load generator must read of an answer: its status, its end, and whether the connection lives on.
//!
//! Sans-IO and without allocation; fields other than the framing ones are skipped unread. Strict where
//! a mistake would move the end of the answer. The full reader is `ResponseDecoder`; both must agree on
//! where an answer ends, and a property test holds them to it. Called by the lean load session.

use super::error::printable;
use super::{ChunkedDecoder, ChunkedPart, ProtocolError};

/// Where the content of an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// There is none, whatever the fields say.
    None,
    /// After this many bytes.
    Length(u64),
    /// At the end of the chunked coding.
    Chunked,
    /// When the connection closes.
    UntilClose,
}

/// What a head says about its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadScan {
    /// Length of the head with its empty line.
    pub bytes: usize,
    /// The status code.
    pub status: u16,
    /// Where the content ends.
    pub framing: Framing,
    /// Whether the connection may be used for another request.
    pub keep_alive: bool,
}

/// A head longer than this is refused as endless.
pub const SCANNED_HEAD_BYTES_MAX: usize = 64 * 1024;

/// Reads a head from the start of `bytes`; `None` while it is not complete.
///
/// # Errors
/// When the bytes are not an HTTP/1 response head, or its framing fields contradict each other.
#[inline]
pub fn scan_head(bytes: &[u8], is_head_request: bool) -> Result<Option<HeadScan>, ProtocolError> {
    let Some(line_end) = memchr::memchr(b'\n', bytes) else { return incomplete(bytes) };
    let (status, minor) = scan_status_line(&bytes[..line_end])?;
    let mut fields = Fields { keep_alive: minor >= 1, ..Fields::default() };
    let mut at = line_end + 1;
    loop {
        let Some(length) = memchr::memchr(b'\n', &bytes[at..]) else { return incomplete(bytes) };
        let line = &bytes[at..at + length];
        at += length + 1;
        match line.first() {
            None => break,
            Some(b'\r') if line.len() == 1 => break,
            Some(b'c' | b'C' | b't' | b'T') => fields.read(line)?,
            Some(b' ' | b'\t' | b'\r') => return Err(malformed(httparse::Error::HeaderName)),
            Some(_) => {}
        }
    }
    if at > SCANNED_HEAD_BYTES_MAX {
        return Err(endless());
    }
    Ok(Some(fields.conclude(at, status, is_head_request)?))
}

fn incomplete(bytes: &[u8]) -> Result<Option<HeadScan>, ProtocolError> {
    const START: &[u8] = b"HTTP/1.";
    let known = bytes.len().min(START.len());
    if bytes[..known] != START[..known] {
        return Err(not_http(bytes));
    }
    if bytes.len() > SCANNED_HEAD_BYTES_MAX { Err(endless()) } else { Ok(None) }
}

/// `HTTP/1.1 200 OK` → (200, 1).
#[inline]
fn scan_status_line(line: &[u8]) -> Result<(u16, u8), ProtocolError> {
    let &[b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor @ b'0'..=b'9', b' ', a, b, c, ref rest @ ..] = line
    else {
        return Err(not_http(line));
    };
    let is_code = a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_digit() && a != b'0';
    if !is_code || !matches!(rest.first(), None | Some(b' ' | b'\r')) {
        return Err(malformed(httparse::Error::Status));
    }
    let digit = |byte: u8| u16::from(byte - b'0');
    Ok((digit(a) * 100 + digit(b) * 10 + digit(c), minor - b'0'))
}

/// The fields that decide about framing and connection.
#[derive(Default)]
struct Fields {
    length: Option<u64>,
    is_chunked: bool,
    has_coding: bool,
    keep_alive: bool,
}

impl Fields {
    fn read(&mut self, line: &[u8]) -> Result<(), ProtocolError> {
        let Some(colon) = memchr::memchr(b':', line) else {
            return Err(malformed(httparse::Error::HeaderName));
        };
        let name = &line[..colon];
        let value = line[colon + 1..].trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            let length = parse_length(value)?;
            let first = *self.length.get_or_insert(length);
            if first != length {
                return Err(ProtocolError::ContentLengthConflict { first, second: length });
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.has_coding = true;
            let last = value.rsplit(|&byte| byte == b',').next().unwrap_or_default();
            self.is_chunked = last.trim_ascii().eq_ignore_ascii_case(b"chunked");
        } else if name.eq_ignore_ascii_case(b"connection") {
            for option in value.split(|&byte| byte == b',') {
                let option = option.trim_ascii();
                if option.eq_ignore_ascii_case(b"close") {
                    self.keep_alive = false;
                } else if option.eq_ignore_ascii_case(b"keep-alive") {
                    self.keep_alive = true;
                }
            }
        }
        Ok(())
    }

    /// RFC 9112 section 6.3.
    fn conclude(self, bytes: usize, status: u16, is_head_request: bool) -> Result<HeadScan, ProtocolError> {
        if self.has_coding && self.length.is_some() {
            return Err(ProtocolError::LengthAndCoding);
        }
        let framing = match (status, self.length) {
            (100..=199 | 204 | 304, _) => Framing::None,
            _ if is_head_request => Framing::None,
            _ if self.is_chunked => Framing::Chunked,
            _ if self.has_coding => Framing::UntilClose,
            (_, Some(length)) => Framing::Length(length),
            (_, None) => Framing::UntilClose,
        };
        let keep_alive = self.keep_alive && framing != Framing::UntilClose;
        Ok(HeadScan { bytes, status, framing, keep_alive })
    }
}

fn parse_length(value: &[u8]) -> Result<u64, ProtocolError> {
    let digits =
        std::str::from_utf8(value).ok().filter(|v| !v.is_empty() && v.bytes().all(|b| b.is_ascii_digit()));
    digits
        .and_then(|v| v.parse().ok())
        .ok_or_else(|| ProtocolError::ContentLengthInvalid { value: printable(value) })
}

#[cold]
fn not_http(bytes: &[u8]) -> ProtocolError {
    ProtocolError::NotHttp1 { start: printable(&bytes[..bytes.len().min(24)]) }
}

#[cold]
fn malformed(reason: httparse::Error) -> ProtocolError {
    ProtocolError::HeadMalformed { reason }
}

#[cold]
fn endless() -> ProtocolError {
    ProtocolError::HeadTooLong { limit: SCANNED_HEAD_BYTES_MAX }
}

/// Follows the content of one answer to its end; reused for the next one.
#[derive(Debug)]
pub struct BodyScan {
    rest: Framing,
    /// Made for the first chunked answer only.
    chunked: Option<Box<ChunkedDecoder>>,
}

impl Default for BodyScan {
    fn default() -> Self {
        Self { rest: Framing::None, chunked: None }
    }
}

impl BodyScan {
    /// Begins after a head.
    #[inline]
    pub fn begin(&mut self, framing: Framing) {
        self.rest = if framing == Framing::Length(0) { Framing::None } else { framing };
        if framing == Framing::Chunked {
            self.chunked.get_or_insert_default().restart();
        }
    }

    /// Whether the answer is complete.
    #[inline]
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.rest == Framing::None
    }

    /// How many bytes are still to come, when that is known.
    #[must_use]
    pub fn missing_bytes(&self) -> Option<u64> {
        if let Framing::Length(left) = self.rest { Some(left) } else { None }
    }

    /// Takes what belongs to the answer from the start of `bytes` and gives how much that was.
    ///
    /// # Errors
    /// When the chunked coding is broken.
    #[inline]
    pub fn take(&mut self, bytes: &[u8]) -> Result<usize, ProtocolError> {
        match self.rest {
            Framing::None => Ok(0),
            Framing::UntilClose => Ok(bytes.len()),
            Framing::Length(left) => {
                let taken = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                let left = left - taken as u64;
                self.rest = if left == 0 { Framing::None } else { Framing::Length(left) };
                Ok(taken)
            }
            Framing::Chunked => self.take_chunks(bytes),
        }
    }

    fn take_chunks(&mut self, bytes: &[u8]) -> Result<usize, ProtocolError> {
        let decoder = self.chunked.as_mut().expect("invariant: made when chunks began");
        let mut taken = 0;
        loop {
            let (used, part) = decoder.decode(&bytes[taken..])?;
            taken += used;
            match part {
                ChunkedPart::End => {
                    self.rest = Framing::None;
                    return Ok(taken);
                }
                ChunkedPart::NeedMore => return Ok(taken),
                ChunkedPart::Data(_) => {}
            }
        }
    }

    /// Tells that the connection closed: the answer is complete only if that is its end.
    #[must_use]
    pub fn close(&mut self) -> bool {
        if self.rest == Framing::UntilClose {
            self.rest = Framing::None;
        }
        self.is_done()
    }
}

#[cfg(test)]
mod tests;
