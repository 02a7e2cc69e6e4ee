//! What can be wrong with bytes received, each with the close code that says so to the peer.
//!
//! Data for the caller to count and show; the endpoint has already queued the close frame.

use thiserror::Error;

use super::close::CloseCode;

/// A breach of the protocol or of a limit; the connection fails and nothing more is read from it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WebSocketError {
    /// A reserved bit without an extension that gives it a meaning, or where that extension forbids it.
    #[error("a frame has reserved bits set ({bits:#05b}) that no extension explains here")]
    ReservedBits {
        /// RSV1 to RSV3 as the bits 2 to 0.
        bits: u8,
    },
    /// An opcode that means nothing.
    #[error("a frame has the reserved opcode {opcode:#x}")]
    ReservedOpCode {
        /// The number.
        opcode: u8,
    },
    /// A client's frame that is not masked.
    #[error("a frame of the client is not masked")]
    Unmasked,
    /// A server's frame that is masked.
    #[error("a frame of the server is masked")]
    Masked,
    /// A length in more bytes than it needs, or above 2^63.
    #[error("the length of a frame is not written in the shortest form")]
    LengthNotMinimal,
    /// A control frame of more than 125 bytes.
    #[error("a control frame is longer than 125 bytes")]
    ControlTooLong,
    /// A control frame without the FIN bit.
    #[error("a control frame is fragmented")]
    ControlFragmented,
    /// A continuation without a message.
    #[error("a continuation frame does not follow a fragment")]
    ContinuationUnexpected,
    /// A new message inside another one.
    #[error("a message begins before the fragmented one is complete")]
    ContinuationExpected,
    /// Text that is not UTF-8.
    #[error("a text message is not valid UTF-8")]
    NotUtf8,
    /// A close frame with half a code.
    #[error("a close frame has a payload of one byte")]
    CloseTruncated,
    /// A close code that may not be sent.
    #[error("a close frame has the code {code}, which may not be sent")]
    CloseCodeInvalid {
        /// The number.
        code: u16,
    },
    /// A reason that is not UTF-8.
    #[error("the reason of a close frame is not valid UTF-8")]
    CloseReasonNotUtf8,
    /// A message above the limit, compressed or not.
    #[error("a message is larger than the limit of {limit} bytes")]
    MessageTooBig {
        /// The limit in bytes.
        limit: usize,
    },
    /// Fragments without content, in a row.
    #[error("a message has more than the limit of {limit} empty fragments")]
    TooManyEmptyFragments {
        /// The limit.
        limit: u32,
    },
    /// Compressed data that do not decompress.
    #[error("the compressed data of a message are damaged")]
    DeflateDamaged,
    /// Compressed data that grow beyond all reason.
    #[error("a compressed message grows to more than {ratio_max} times its size")]
    InflateRatio {
        /// The limit: bytes out per byte in.
        ratio_max: u32,
    },
}

impl WebSocketError {
    /// The code to close the connection with.
    #[must_use]
    pub fn close_code(&self) -> CloseCode {
        match self {
            Self::NotUtf8 | Self::CloseReasonNotUtf8 | Self::DeflateDamaged => CloseCode::INVALID_PAYLOAD,
            Self::MessageTooBig { .. } | Self::InflateRatio { .. } => CloseCode::MESSAGE_TOO_BIG,
            Self::TooManyEmptyFragments { .. } => CloseCode::POLICY_VIOLATION,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }
}
