//! The opening handshake on both sides: RFC 6455 section 4 over HTTP/1.1, RFC 8441 and 9220 by extended CONNECT.
//!
//! Works on fields, not on bytes of heads: HTTP itself belongs to the caller. `server` judges requests, `client` makes
//! them and judges the answer, `extension` reads the field that both share.

mod client;
mod extension;
mod server;

#[cfg(test)]
mod tests;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

pub use client::{Agreed, AnswerRejection, ClientHandshake};
pub use extension::{Extension, ExtensionMalformed, parse_extensions};
pub use server::{Acceptance, HandshakeRejection, Opening, ServerHandshake};

/// How a WebSocket is opened, which decides the fields of the handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpeningForm {
    /// `GET` with `Upgrade: websocket`, answered by 101.
    Upgrade,
    /// `CONNECT` with `:protocol: websocket`, answered by 200. No key, and no field of a single connection.
    ExtendedConnect,
}

/// The answer to a key: proof that the server has read a WebSocket request.
#[must_use]
pub fn accept_value(key: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(key);
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    STANDARD.encode(hash.finalize())
}

/// True for the base64 text of exactly 16 bytes.
fn is_valid_key(key: &[u8]) -> bool {
    STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 16)
}

/// The values of all fields called `name`, without regard to letter case.
fn values<'a>(fields: &'a [(&str, &'a [u8])], name: &'static str) -> impl Iterator<Item = &'a [u8]> {
    fields.iter().filter(move |(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
}

/// The members of a comma-separated field, trimmed, without empty ones.
fn list_members(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|member| !member.is_empty())
}
