//! Server-sent events, the `text/event-stream` of the HTML standard: encoder and decoder.
//!
//! The encoder refuses what would split one event into two; the decoder takes whatever a browser takes. Reconnecting
//! and keeping connections alive belong to the callers.
//!
//! ```
//! use dyno_proto::sse::{SseDecoder, SseEvent};
//!
//! let mut wire = Vec::new();
//! SseEvent::new("first line\nsecond line").with_id("7").encode(&mut wire)?;
//! assert_eq!(wire, b"id: 7\ndata: first line\ndata: second line\n\n");
//!
//! let mut decoder = SseDecoder::default();
//! let (used, event) = decoder.decode(&wire)?;
//! assert_eq!(used, wire.len());
//! assert_eq!(event.map(|event| event.data), Some("first line\nsecond line".to_owned()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod decoder;

#[cfg(test)]
mod tests;

use std::time::Duration;

use thiserror::Error;

pub use decoder::{SseDecoder, SseLimits, SseTooLong};

/// The media type of such a stream.
pub const CONTENT_TYPE: &str = "text/event-stream";

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SseEvent {
    /// The kind; `None` is what browsers call `message`.
    pub event: Option<String>,
    /// The text, of any number of lines.
    pub data: String,
    /// What the client sends as `Last-Event-ID` when it connects again. A received event has the last one set.
    pub id: Option<String>,
    /// How long the client is to wait before it connects again; whole milliseconds.
    pub retry: Option<Duration>,
}

/// Why an event cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the {field} of an event must not contain a line end{}", if *.field == "id" { " or NUL" } else { "" })]
pub struct SseFieldInvalid {
    /// `event` or `id`.
    pub field: &'static str,
}

impl SseEvent {
    /// An event with this text.
    #[must_use]
    pub fn new(data: impl Into<String>) -> Self {
        Self { data: data.into(), ..Self::default() }
    }

    /// Gives it a kind.
    #[must_use]
    pub fn with_event(mut self, event: impl Into<String>) -> Self {
        self.event = Some(event.into());
        self
    }

    /// Gives it an id.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the client's waiting time before it connects again.
    #[must_use]
    pub fn with_retry(mut self, retry: Duration) -> Self {
        self.retry = Some(retry);
        self
    }

    /// Appends the event to `out`. Line ends in the text come out as LF, whatever they were.
    ///
    /// # Errors
    /// A kind or id that would end its line. Nothing has then been written.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), SseFieldInvalid> {
        let is_line = |text: &Option<String>| text.as_deref().is_none_or(|text| !text.contains(['\r', '\n']));
        if !is_line(&self.event) {
            return Err(SseFieldInvalid { field: "event" });
        }
        if !is_line(&self.id) || self.id.as_deref().is_some_and(|id| id.contains('\0')) {
            return Err(SseFieldInvalid { field: "id" });
        }
        if let Some(event) = &self.event {
            encode_line(out, "event: ", event);
        }
        if let Some(id) = &self.id {
            encode_line(out, "id: ", id);
        }
        if let Some(retry) = self.retry {
            encode_line(out, "retry: ", &retry.as_millis().to_string());
        }
        for line in lines(&self.data) {
            encode_line(out, "data: ", line);
        }
        out.push(b'\n');
        Ok(())
    }
}

/// Appends a comment, which clients ignore: it shows proxies and the server that the connection lives.
pub fn encode_comment(out: &mut Vec<u8>, comment: &str) {
    for line in lines(comment) {
        encode_line(out, ": ", line);
    }
    out.push(b'\n');
}

fn encode_line(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(value.as_bytes());
    out.push(b'\n');
}

/// The lines of a text; ends are CR LF, LF or CR, and the last line may be empty.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let current = rest?;
        let Some(end) = current.find(['\r', '\n']) else {
            rest = None;
            return Some(current);
        };
        let after = &current[end..];
        rest = Some(after.strip_prefix("\r\n").unwrap_or(&after[1..]));
        Some(&current[..end])
    })
}
