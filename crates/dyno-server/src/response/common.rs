//! The heads of the commonest answers, as one piece of bytes each.
//!
//! What `HeadWriter` checks and puts together field by field is known here beforehand. Called by the answers of apps.

use http::HeaderValue;
use http::header::CONTENT_TYPE;

use super::{Framing, ResponseWriter, Wire};

#[cfg(test)]
mod tests;

/// 200 with a content type.
#[derive(Debug)]
pub(crate) struct CommonHead {
    content_type: &'static str,
    /// Status line, content type, and the name of the length.
    http1: &'static [u8],
}

macro_rules! common_head {
    ($name:ident $content_type:literal) => {
        pub(crate) static $name: CommonHead = CommonHead {
            content_type: $content_type,
            http1: concat!("HTTP/1.1 200 OK\r\ncontent-type: ", $content_type, "\r\ncontent-length: ")
                .as_bytes(),
        };
    };
}

common_head!(TEXT "text/plain; charset=utf-8");
common_head!(HTML "text/html; charset=utf-8");
common_head!(JSON "application/json");
common_head!(BINARY "application/octet-stream");

impl CommonHead {
    /// The content type.
    pub(crate) fn content_type(&self) -> &'static str {
        self.content_type
    }
}

impl ResponseWriter<'_> {
    /// Writes a whole response; the same as [`ResponseWriter::respond`] with the status and type of `common`.
    pub(crate) fn respond_common(&mut self, common: &CommonHead, body: &[u8]) {
        if self.exchange.is_connect {
            self.respond(200, common.content_type, body);
            return;
        }
        let mut head = self.restart(200);
        let is_head = head.exchange.is_head;
        match &mut head.wire {
            Wire::Http1 { out, .. } => {
                out.extend_from_slice(common.http1);
                out.extend_from_slice(itoa::Buffer::new().format(body.len()).as_bytes());
                out.extend_from_slice(b"\r\n");
            }
            Wire::Parts { parts, .. } => {
                parts.status = 200;
                parts.fields.insert(CONTENT_TYPE, HeaderValue::from_static(common.content_type));
                head.body(body);
                return;
            }
        }
        head.exchange.framing = if is_head { Framing::Forbidden } else { Framing::Length(body.len() as u64) };
        head.finish();
        if let Wire::Http1 { out, .. } = &mut head.wire
            && !is_head
        {
            out.extend_from_slice(body);
        }
    }
}
