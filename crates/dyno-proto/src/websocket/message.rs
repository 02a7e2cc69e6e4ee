//! What travels in a WebSocket: a kind and its bytes.
//!
//! Text messages that came over the wire are valid UTF-8; the decoder has checked them.

use super::close::CloseFrame;

/// The kind of a frame, and of the message that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum OpCode {
    /// A further fragment of a message. Never the kind of a message.
    Continuation = 0x0,
    /// UTF-8 text.
    Text = 0x1,
    /// Any bytes.
    Binary = 0x2,
    /// The end of the conversation; see [`CloseFrame`].
    Close = 0x8,
    /// Asks for a pong with the same bytes.
    Ping = 0x9,
    /// Answers a ping, or just says that the peer lives.
    Pong = 0xA,
}

impl OpCode {
    /// The kind with this number on the wire; `None` for the reserved ones.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return None,
        })
    }

    /// True for close, ping and pong: frames of at most 125 bytes that are never fragmented.
    #[must_use]
    pub fn is_control(self) -> bool {
        self as u8 & 0x8 != 0
    }
}

/// One message, whole: of data, or a control frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Text, binary, close, ping or pong.
    pub opcode: OpCode,
    /// The payload, unmasked and decompressed.
    pub data: Vec<u8>,
}

impl Message {
    /// A text message.
    #[must_use]
    pub fn text_of(text: impl Into<String>) -> Self {
        Self { opcode: OpCode::Text, data: text.into().into_bytes() }
    }

    /// A binary message.
    #[must_use]
    pub fn binary_of(data: impl Into<Vec<u8>>) -> Self {
        Self { opcode: OpCode::Binary, data: data.into() }
    }

    /// True for text.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.opcode == OpCode::Text
    }

    /// True for binary data.
    #[must_use]
    pub fn is_binary(&self) -> bool {
        self.opcode == OpCode::Binary
    }

    /// True for a close frame.
    #[must_use]
    pub fn is_close(&self) -> bool {
        self.opcode == OpCode::Close
    }

    /// True for a ping.
    #[must_use]
    pub fn is_ping(&self) -> bool {
        self.opcode == OpCode::Ping
    }

    /// True for a pong.
    #[must_use]
    pub fn is_pong(&self) -> bool {
        self.opcode == OpCode::Pong
    }

    /// The payload as text; `None` when it is not UTF-8, which never happens to a text message received.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        simdutf8::basic::from_utf8(&self.data).ok()
    }

    /// Code and reason of a close frame; `None` for other messages and for a close without a code.
    #[must_use]
    pub fn close_frame(&self) -> Option<CloseFrame> {
        if self.is_close() { CloseFrame::parse(&self.data).ok().flatten() } else { None }
    }
}
