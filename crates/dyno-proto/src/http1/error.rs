//! What can be wrong with a message: `ProtocolError` for what a client receives, `RequestRejection` for what a
//! server refuses.
//!
//! Both are data for the caller to count, show or answer; nothing here logs or decides to retry.

use thiserror::Error;

/// Why a received message cannot be understood; after one the connection must not be used again.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProtocolError {
    /// The peer closed before the first byte of a response.
    #[error("the connection was closed before any byte of the response")]
    NothingReceived,
    /// The peer closed inside the head.
    #[error("the connection was closed inside the response head, after {received} bytes")]
    HeadTruncated {
        /// Bytes of the head that came.
        received: usize,
    },
    /// The peer closed before all bytes that `Content-Length` promised.
    #[error("the connection was closed after {received} of {expected} body bytes")]
    BodyTruncated {
        /// Body bytes that came.
        received: u64,
        /// Body bytes that were promised.
        expected: u64,
    },
    /// The peer closed before the last chunk.
    #[error("the connection was closed inside a chunked body, after {received} body bytes")]
    ChunksTruncated {
        /// Body bytes that came.
        received: u64,
    },
    /// The bytes do not start like a response.
    #[error("the answer does not start with `HTTP/1.`, but with `{start}`")]
    NotHttp1 {
        /// The first bytes, escaped for printing.
        start: String,
    },
    /// The head breaks the grammar.
    #[error("the response head is malformed: {reason}")]
    HeadMalformed {
        /// Which part was wrong.
        reason: httparse::Error,
    },
    /// The head did not end within the limit.
    #[error("the head is longer than the limit of {limit} bytes")]
    HeadTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// More fields than the limit.
    #[error("the head has more than the limit of {limit} fields")]
    TooManyFields {
        /// The limit.
        limit: usize,
    },
    /// A status below 100.
    #[error("the status code {status} is below 100")]
    StatusInvalid {
        /// The status as received.
        status: u16,
    },
    /// An endless series of interim responses.
    #[error("more than {limit} interim (1xx) responses came before the final one")]
    TooManyInterim {
        /// The limit.
        limit: u32,
    },
    /// A `Content-Length` that is no decimal number of at most 64 bits.
    #[error("the field `Content-Length: {value}` is not a decimal number below 2^64")]
    ContentLengthInvalid {
        /// The value, escaped for printing.
        value: String,
    },
    /// Two lengths that differ.
    #[error("the fields `Content-Length` disagree: {first} and {second}")]
    ContentLengthConflict {
        /// The first length in bytes.
        first: u64,
        /// A later, different one.
        second: u64,
    },
    /// Both ways of framing at once.
    #[error("the head has both `Transfer-Encoding` and `Content-Length`")]
    LengthAndCoding,
    /// `chunked` applied twice, or not last.
    #[error("the field `Transfer-Encoding: {value}` does not end in exactly one `chunked`")]
    TransferEncodingInvalid {
        /// The value, escaped for printing.
        value: String,
    },
    /// A chunk size that is no hexadecimal number.
    #[error("expected a hexadecimal chunk size, found byte {found:#04x}")]
    ChunkSizeInvalid {
        /// The offending byte.
        found: u8,
    },
    /// A chunk size above 2^63.
    #[error("a chunk size does not fit into 63 bits")]
    ChunkSizeOverflow,
    /// Extensions beyond the limit.
    #[error("the chunk extensions are longer than the limit of {limit} bytes per message")]
    ChunkExtensionsTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// A byte that may not stand in a chunk extension.
    #[error("the byte {found:#04x} may not stand in a chunk extension")]
    ChunkExtensionInvalid {
        /// The offending byte.
        found: u8,
    },
    /// A chunk line or its data without CR LF at the end.
    #[error("expected CR LF after {after}, found byte {found:#04x}")]
    ChunkLineEndMissing {
        /// Where: a chunk size or chunk data.
        after: &'static str,
        /// The offending byte.
        found: u8,
    },
    /// Trailers that break the grammar.
    #[error("the trailer section is malformed: {reason}")]
    TrailersMalformed {
        /// Which part was wrong.
        reason: httparse::Error,
    },
    /// Trailers beyond the limit.
    #[error("the trailer section is longer than {bytes_max} bytes or {count_max} fields")]
    TrailersTooLong {
        /// The limit in bytes.
        bytes_max: usize,
        /// The limit in fields.
        count_max: usize,
    },
}

/// Why a server refuses a request, each with the status that says so; the connection closes after the answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RequestRejection {
    /// Grammar of the head: a control byte, a space before a colon, a folded line and the like.
    #[error("the request head is malformed: {reason}")]
    HeadMalformed {
        /// Which part was wrong.
        reason: httparse::Error,
    },
    /// A line ended by LF alone.
    #[error("a line of the request head ends in LF without CR")]
    BareLineFeed,
    /// The request line is above the limit.
    #[error("the request line is longer than the limit of {limit} bytes")]
    RequestLineTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// The head is above the limit.
    #[error("the request head is longer than the limit of {limit} bytes")]
    HeadTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// More fields than the limit.
    #[error("the request head has more than the limit of {limit} fields")]
    TooManyFields {
        /// The limit.
        limit: usize,
    },
    /// A well-formed version that this codec does not speak.
    #[error("the request asks for a version of HTTP other than 1.0 and 1.1")]
    VersionUnsupported,
    /// Bytes that are no version.
    #[error("the request line has no valid version")]
    VersionMalformed,
    /// A request target in none of the four forms, or in one that the method forbids.
    #[error("the request target is invalid: {reason}")]
    TargetInvalid {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// HTTP/1.1 without `Host`.
    #[error("the field `Host` is missing")]
    HostMissing,
    /// More than one `Host`.
    #[error("the field `Host` is repeated")]
    HostRepeated,
    /// A `Host` that is no host with an optional port.
    #[error("the field `Host` is not a host with an optional port")]
    HostInvalid,
    /// A `Content-Length` that is no decimal number of 64 bits.
    #[error("the field `Content-Length` is not a decimal number below 2^64")]
    ContentLengthInvalid,
    /// More than one `Content-Length`, equal or not.
    #[error("the field `Content-Length` is repeated")]
    ContentLengthRepeated,
    /// Both ways of framing at once.
    #[error("the head has both `Transfer-Encoding` and `Content-Length`")]
    LengthAndCoding,
    /// `Transfer-Encoding` in HTTP/1.0, where it has no meaning.
    #[error("the field `Transfer-Encoding` stands in an HTTP/1.0 request")]
    CodingInHttp10,
    /// `chunked` applied twice, not last, or absent.
    #[error("the field `Transfer-Encoding` does not end in exactly one `chunked`")]
    TransferEncodingInvalid,
    /// A transfer coding that is not implemented.
    #[error("the field `Transfer-Encoding` names a coding that is not supported")]
    TransferEncodingUnsupported,
    /// An `Expect` other than `100-continue`.
    #[error("the field `Expect` asks for something other than `100-continue`")]
    ExpectationFailed,
    /// The body breaks the chunk grammar.
    #[error("the request body is malformed: {reason}")]
    BodyMalformed {
        /// What was wrong with it.
        #[source]
        reason: Box<ProtocolError>,
    },
    /// The body is above the limit.
    #[error("the request body is longer than the limit of {limit} bytes")]
    BodyTooLong {
        /// The limit in bytes.
        limit: u64,
    },
}

impl RequestRejection {
    /// The status code to answer with.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::RequestLineTooLong { .. } => 414,
            Self::HeadTooLong { .. } | Self::TooManyFields { .. } => 431,
            Self::VersionUnsupported => 505,
            Self::TransferEncodingUnsupported => 501,
            Self::ExpectationFailed => 417,
            Self::BodyTooLong { .. } => 413,
            _ => 400,
        }
    }
}

/// Shows at most 64 bytes of a foreign value in a message, with control bytes escaped.
pub(crate) fn printable(value: &[u8]) -> String {
    value[..value.len().min(64)].escape_ascii().to_string()
}
