//! HTTP/1.1 on both sides: decoders of requests and responses, and the encoders that mirror them.
//!
//! Strict where a doubt could split one message into two (RFC 9112 request smuggling), lenient only where real
//! servers need it. Never reads a socket or a clock; callers own the buffers and say what time it is.

pub mod body;
pub mod chunked;
pub mod date;
pub mod encode;
pub mod error;
pub mod headers;
pub mod request;
pub mod response;
pub mod scan;

#[cfg(test)]
mod tests;

pub use body::{BodyDecoder, BodyPart};
pub use chunked::{ChunkedDecoder, ChunkedPart};
pub use date::{IMF_FIXDATE_BYTES, imf_fixdate};
pub use encode::{
    EncodeError, encode_chunk, encode_field, encode_last_chunk, encode_request_head, encode_response_head,
    encode_status_line, reason_phrase,
};
pub use error::{ProtocolError, RequestRejection};
pub use headers::Headers;
pub use request::{RequestDecoder, RequestFraming, RequestHead, RequestView, TargetForm};
pub use response::{BodyFraming, ResponseContext, ResponseDecoder, ResponseEnd, ResponseEvent, ResponseHead};

/// Bounds on the head of one message, so that a peer cannot make the decoder hold memory without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadLimits {
    /// Largest start line, in bytes without its line end. Applies to requests.
    pub start_line_bytes_max: usize,
    /// Largest head: start line, fields and the empty line, in bytes.
    pub head_bytes_max: usize,
    /// Most header fields; values above [`HEADER_COUNT_CAP`] are treated as that cap.
    pub header_count_max: usize,
}

/// The hard cap on header fields per head, whatever the limits say.
pub const HEADER_COUNT_CAP: usize = 256;

impl HeadLimits {
    /// What a server accepts: request line 8 KiB, head 32 KiB, 100 fields.
    pub const SERVER: Self =
        Self { start_line_bytes_max: 8 * 1024, head_bytes_max: 32 * 1024, header_count_max: 100 };
    /// What a client accepts: head 64 KiB, 256 fields.
    pub const CLIENT: Self = Self {
        start_line_bytes_max: 64 * 1024,
        head_bytes_max: 64 * 1024,
        header_count_max: HEADER_COUNT_CAP,
    };
}
