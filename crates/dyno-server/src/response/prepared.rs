//! Responses made once and sent often.

use bytes::Bytes;
use dyno_proto::http1::{encode_field, encode_status_line};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::head::{HeadWriter, encode_length};
use super::parts::PartsBody;
use super::{Framing, Wire};

/// A response made once and sent often: one copy of its bytes and the date.
#[derive(Debug, Clone)]
pub struct PreparedResponse {
    status: u16,
    head: Vec<u8>,
    fields: HeaderMap,
    body: Bytes,
}

impl PreparedResponse {
    /// Prepares a response with a body of fixed content; `status` is one that may have a body.
    ///
    /// # Panics
    /// When `content_type` has a control byte: it is meant to be a literal.
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: &[u8]) -> Self {
        let mut head = Vec::new();
        encode_status_line(&mut head, status);
        encode_length(&mut head, body.len() as u64);
        let mut fields = HeaderMap::new();
        fields.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        let prepared = Self { status, head, fields, body: Bytes::copy_from_slice(body) };
        prepared.with_field(CONTENT_TYPE.as_str(), content_type)
    }

    /// Adds a field.
    ///
    /// # Panics
    /// When the field is invalid: both parts are meant to be literals.
    #[must_use]
    pub fn with_field(mut self, name: &str, value: &str) -> Self {
        encode_field(&mut self.head, name, value.as_bytes())
            .expect("invariant: the fields of a prepared response are valid literals");
        let name = HeaderName::from_bytes(name.as_bytes()).expect("invariant: the name was just encoded");
        let value = HeaderValue::from_str(value).expect("invariant: the value was just encoded");
        self.fields.append(name, value);
        self
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Its fields and its body, for a response that may still be changed.
    pub(crate) fn content(&self) -> (&HeaderMap, &Bytes) {
        (&self.fields, &self.body)
    }

    pub(super) fn write(&self, mut head: HeadWriter<'_>) {
        head.exchange.framing = Framing::Length(self.body.len() as u64);
        let has_body = !head.exchange.is_head;
        match &mut head.wire {
            Wire::Http1 { out, .. } => out.extend_from_slice(&self.head),
            Wire::Parts { parts, .. } => {
                parts.status = self.status;
                parts.fields.clone_from(&self.fields);
                if has_body {
                    parts.body = PartsBody::Whole(self.body.clone());
                }
            }
        }
        head.finish();
        if has_body && let Wire::Http1 { out, .. } = &mut head.wire {
            out.extend_from_slice(&self.body);
        }
    }
}
