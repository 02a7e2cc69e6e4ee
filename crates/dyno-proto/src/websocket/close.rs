//! Why a conversation ends: close codes and the payload of a close frame.
//!
//! Says which codes may stand on the wire; when to send which is the endpoint's business.

use super::error::WebSocketError;
use super::frame::CONTROL_BYTES_MAX;

/// A close code as RFC 6455 section 7.4 and the IANA registry number them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// The purpose of the connection is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// The server stops, or the user has left the page.
    pub const GOING_AWAY: Self = Self(1001);
    /// The peer broke the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// A kind of data that the receiver does not accept.
    pub const UNSUPPORTED_DATA: Self = Self(1003);
    /// A close frame without a code. Never on the wire.
    pub const NO_STATUS: Self = Self(1005);
    /// The stream ended without a close frame. Never on the wire.
    pub const ABNORMAL: Self = Self(1006);
    /// Data that contradict their kind, such as text that is not UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// A breach of the receiver's rules; also where no other code fits.
    pub const POLICY_VIOLATION: Self = Self(1008);
    /// A message larger than the receiver accepts.
    pub const MESSAGE_TOO_BIG: Self = Self(1009);
    /// The client needs an extension that the server did not agree to.
    pub const EXTENSION_MISSING: Self = Self(1010);
    /// The server met something that it did not expect.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// The server restarts.
    pub const SERVICE_RESTART: Self = Self(1012);
    /// The server is overloaded for now.
    pub const TRY_AGAIN_LATER: Self = Self(1013);

    /// True when the code may stand in a close frame: 1000 to 1014 without those for local use, and 3000 to 4999.
    #[must_use]
    pub fn may_be_sent(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }
}

/// The payload of a close frame that has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseFrame {
    /// Why the sender closes.
    pub code: CloseCode,
    /// Words for a log, at most 123 bytes; may be empty.
    pub reason: String,
}

impl CloseFrame {
    /// Longest reason in bytes: what a control frame leaves beside the code.
    pub const REASON_BYTES_MAX: usize = CONTROL_BYTES_MAX - 2;

    /// Code and reason; a reason that is too long is cut at a character.
    #[must_use]
    pub fn new(code: CloseCode, reason: &str) -> Self {
        Self { code, reason: reason[..reason.floor_char_boundary(Self::REASON_BYTES_MAX)].to_owned() }
    }

    /// Reads the payload of a close frame; an empty one has neither code nor reason.
    ///
    /// # Errors
    /// One byte only, a code that may not be sent, or a reason that is not UTF-8.
    pub fn parse(payload: &[u8]) -> Result<Option<Self>, WebSocketError> {
        let [high, low, reason @ ..] = payload else {
            return if payload.is_empty() { Ok(None) } else { Err(WebSocketError::CloseTruncated) };
        };
        let code = CloseCode(u16::from_be_bytes([*high, *low]));
        if !code.may_be_sent() {
            return Err(WebSocketError::CloseCodeInvalid { code: code.0 });
        }
        let reason = str::from_utf8(reason).map_err(|_| WebSocketError::CloseReasonNotUtf8)?;
        Ok(Some(Self { code, reason: reason.to_owned() }))
    }

    /// Appends the payload to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.code.0.to_be_bytes());
        out.extend_from_slice(self.reason.as_bytes());
    }
}
