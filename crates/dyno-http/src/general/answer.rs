//! An answer as checks and extracts see it: decoded, and read as JSON at most once.
//!
//! Made after the last byte came, outside of the timed region.

use std::cell::OnceCell;

use dyno_proto::http1::Headers;
use serde_json::Value;

/// A complete answer.
#[derive(Debug)]
pub(super) struct AnswerView<'a> {
    /// Its fields.
    pub headers: &'a Headers,
    /// Its content, decoded when the plan asks for compression; empty when nobody looks at it.
    pub body: &'a [u8],
    /// The size of the content, also when it was not kept.
    pub size: u64,
    /// Whether the content is longer than what was kept.
    pub is_cut: bool,
    /// How long it took.
    pub service_ns: u64,
    json: OnceCell<Result<Value, String>>,
}

impl<'a> AnswerView<'a> {
    pub(super) fn new(
        headers: &'a Headers,
        body: &'a [u8],
        size: u64,
        is_cut: bool,
        service_ns: u64,
    ) -> Self {
        Self { headers, body, size, is_cut, service_ns, json: OnceCell::new() }
    }

    /// The content as JSON, or why it is none.
    pub(super) fn json(&self) -> Result<&Value, &str> {
        let read = || match serde_json::from_slice(self.body) {
            Ok(value) => Ok(value),
            Err(_) if self.body.is_empty() => Err("the body is empty".to_owned()),
            Err(error) => Err(format!("the body is not JSON: {error} in {}", self.shown_body())),
        };
        self.json.get_or_init(read).as_ref().map_err(String::as_str)
    }

    /// The content as text; bytes that are not UTF-8 are replaced.
    pub(super) fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.body)
    }

    /// The start of the content, for messages.
    pub(super) fn shown_body(&self) -> String {
        match self.size {
            0 => "an empty body".to_owned(),
            size => format!("{} ({size} bytes)", shown(&self.text())),
        }
    }
}

/// The most characters of a foreign text in a message.
const SHOWN_CHARS: usize = 120;

/// A text in backquotes, shortened, on one line.
pub(super) fn shown(text: &str) -> String {
    let mut chars = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let start: String = chars.by_ref().take(SHOWN_CHARS).collect();
    let more = if chars.next().is_some() { "…" } else { "" };
    format!("`{start}{more}`")
}
