//! The error codes of HTTP/3 and QPACK, and the errors that end a connection.

use std::fmt;

use thiserror::Error;

/// A code as RESET_STREAM, STOP_SENDING and CONNECTION_CLOSE carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ErrorCode(pub u64);

macro_rules! codes {
    ($($(#[$doc:meta])* $constant:ident = $value:literal $name:literal,)*) => {
        impl ErrorCode {
            $($(#[$doc])* pub const $constant: Self = Self($value);)*

            /// The name that the RFCs give it; `None` for unknown codes.
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($name),)*
                    _ => None,
                }
            }
        }
    };
}

codes! {
    /// Nothing is wrong.
    NO_ERROR = 0x100 "H3_NO_ERROR",
    /// The peer breaks the protocol in a way that no other code names.
    GENERAL_PROTOCOL_ERROR = 0x101 "H3_GENERAL_PROTOCOL_ERROR",
    /// The own stack failed.
    INTERNAL_ERROR = 0x102 "H3_INTERNAL_ERROR",
    /// The peer made a stream that is not accepted.
    STREAM_CREATION_ERROR = 0x103 "H3_STREAM_CREATION_ERROR",
    /// A stream that must stay open was closed.
    CLOSED_CRITICAL_STREAM = 0x104 "H3_CLOSED_CRITICAL_STREAM",
    /// A frame that is not allowed in this state or on this stream.
    FRAME_UNEXPECTED = 0x105 "H3_FRAME_UNEXPECTED",
    /// A frame of invalid layout or size.
    FRAME_ERROR = 0x106 "H3_FRAME_ERROR",
    /// The peer makes too much work.
    EXCESSIVE_LOAD = 0x107 "H3_EXCESSIVE_LOAD",
    /// An identifier was used wrongly.
    ID_ERROR = 0x108 "H3_ID_ERROR",
    /// An error in the SETTINGS frame.
    SETTINGS_ERROR = 0x109 "H3_SETTINGS_ERROR",
    /// The control stream does not begin with SETTINGS.
    MISSING_SETTINGS = 0x10a "H3_MISSING_SETTINGS",
    /// The request was not processed at all.
    REQUEST_REJECTED = 0x10b "H3_REQUEST_REJECTED",
    /// The request or its answer is no longer wanted.
    REQUEST_CANCELLED = 0x10c "H3_REQUEST_CANCELLED",
    /// The stream ended without a whole request.
    REQUEST_INCOMPLETE = 0x10d "H3_REQUEST_INCOMPLETE",
    /// A malformed message.
    MESSAGE_ERROR = 0x10e "H3_MESSAGE_ERROR",
    /// The connection of a CONNECT request was reset or closed abnormally.
    CONNECT_ERROR = 0x10f "H3_CONNECT_ERROR",
    /// The operation needs HTTP/1.1.
    VERSION_FALLBACK = 0x110 "H3_VERSION_FALLBACK",
    /// A field section that cannot be decoded.
    QPACK_DECOMPRESSION_FAILED = 0x200 "QPACK_DECOMPRESSION_FAILED",
    /// An instruction on the encoder stream that cannot be followed.
    QPACK_ENCODER_STREAM_ERROR = 0x201 "QPACK_ENCODER_STREAM_ERROR",
    /// An instruction on the decoder stream that cannot be followed.
    QPACK_DECODER_STREAM_ERROR = 0x202 "QPACK_DECODER_STREAM_ERROR",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{:#x}", self.0),
        }
    }
}

/// Something that ends the whole connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{code}: {reason}")]
pub struct Http3Error {
    /// The code to close the connection with.
    pub code: ErrorCode,
    /// What was wrong.
    pub reason: &'static str,
}

impl Http3Error {
    pub(super) fn new(code: ErrorCode, reason: &'static str) -> Self {
        Self { code, reason }
    }
}
