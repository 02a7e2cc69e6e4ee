//! From the bytes of an event stream, in any split, to events; as the HTML standard says that browsers do.

use std::time::Duration;

use thiserror::Error;

use super::SseEvent;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Bounds on what one event may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SseLimits {
    /// Largest event in bytes: all its lines, with comments between them.
    pub event_bytes_max: usize,
}

impl Default for SseLimits {
    /// One MiB.
    fn default() -> Self {
        Self { event_bytes_max: 1024 * 1024 }
    }
}

/// An event above the limit; the decoder is of no use afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an event is larger than the limit of {limit} bytes")]
pub struct SseTooLong {
    /// The limit in bytes.
    pub limit: usize,
}

/// Decoder of one event stream.
#[derive(Debug, Clone, Default)]
pub struct SseDecoder {
    limits: SseLimits,
    line: Vec<u8>,
    /// A CR ended the last line, so that a following LF belongs to it.
    was_carriage_return: bool,
    has_started: bool,
    /// Bytes of the event so far, for the limit.
    event_bytes: usize,
    event: Option<String>,
    data: Option<String>,
    retry: Option<Duration>,
    last_id: Option<String>,
}

impl SseDecoder {
    /// A decoder with these bounds.
    #[must_use]
    pub fn new(limits: SseLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Takes bytes up to the end of the next event; returns how many are used up, and the event.
    ///
    /// Without an event, the input is used up: feed more.
    ///
    /// # Errors
    /// When an event is larger than the limit.
    pub fn decode(&mut self, input: &[u8]) -> Result<(usize, Option<SseEvent>), SseTooLong> {
        let mut at = 0;
        while at < input.len() {
            if std::mem::take(&mut self.was_carriage_return) && input[at] == b'\n' {
                at += 1;
                continue;
            }
            let rest = &input[at..];
            let end = memchr::memchr2(b'\r', b'\n', rest);
            let taken = &rest[..end.unwrap_or(rest.len())];
            self.event_bytes += taken.len() + 1;
            if self.event_bytes > self.limits.event_bytes_max {
                return Err(SseTooLong { limit: self.limits.event_bytes_max });
            }
            self.line.extend_from_slice(taken);
            at += taken.len();
            if end.is_some() {
                self.was_carriage_return = input[at] == b'\r';
                at += 1;
                let line = std::mem::take(&mut self.line);
                let event = self.end_line(&line);
                self.line = line;
                self.line.clear();
                if event.is_some() {
                    return Ok((at, event));
                }
            }
        }
        Ok((at, None))
    }

    /// The id of the last event that had one: what to send as `Last-Event-ID` when connecting again.
    #[must_use]
    pub fn last_id(&self) -> Option<&str> {
        self.last_id.as_deref()
    }

    fn end_line(&mut self, line: &[u8]) -> Option<SseEvent> {
        let line = if std::mem::replace(&mut self.has_started, true) {
            line
        } else {
            line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line)
        };
        if line.is_empty() {
            return self.dispatch();
        }
        let (name, value) = match memchr::memchr(b':', line) {
            Some(0) => return None,
            Some(at) => (&line[..at], line[at + 1..].strip_prefix(b" ").unwrap_or(&line[at + 1..])),
            None => (line, &[][..]),
        };
        let value = String::from_utf8_lossy(value);
        match name {
            b"event" => self.event = Some(value.into_owned()).filter(|event| !event.is_empty()),
            b"data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(&value);
                }
                None => self.data = Some(value.into_owned()),
            },
            b"id" if !value.contains('\0') => self.last_id = Some(value.into_owned()),
            b"retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.retry = value.parse().ok().map(Duration::from_millis);
            }
            _ => {}
        }
        None
    }

    /// An empty line ends the event; one without data is forgotten.
    fn dispatch(&mut self) -> Option<SseEvent> {
        self.event_bytes = 0;
        let (event, data, retry) = (self.event.take(), self.data.take(), self.retry.take());
        let data = data.filter(|data| !data.is_empty())?;
        Some(SseEvent { event, data, id: self.last_id.clone(), retry })
    }
}
