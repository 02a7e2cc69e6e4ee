//! The four parameters of permessage-deflate: offered by the client, chosen by the server, checked by the client.

use thiserror::Error;

use super::{COMPRESS_WINDOW_BITS_MIN, EXTENSION_NAME, WINDOW_BITS_MAX, WINDOW_BITS_MIN};
use crate::websocket::Role;
use crate::websocket::handshake::Extension;

/// What one side wants of the extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeflateConfig {
    /// Largest window that the server may use to compress, 9 to 15 bits.
    pub server_max_window_bits: u8,
    /// Largest window that the client may use to compress, 9 to 15 bits.
    pub client_max_window_bits: u8,
    /// The server starts each message with an empty window: less memory, less compression.
    pub server_no_context_takeover: bool,
    /// The same for the client.
    pub client_no_context_takeover: bool,
    /// Effort of the compressor, 0 to 9.
    pub level: u32,
    /// Messages below this many bytes are sent as they are.
    pub message_bytes_min: usize,
}

impl Default for DeflateConfig {
    /// Full windows that are kept, a fast level, and nothing compressed below 64 bytes.
    fn default() -> Self {
        Self {
            server_max_window_bits: WINDOW_BITS_MAX,
            client_max_window_bits: WINDOW_BITS_MAX,
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            level: 3,
            message_bytes_min: 64,
        }
    }
}

impl DeflateConfig {
    /// What a client with these wishes puts into its request.
    #[must_use]
    pub fn offer(&self) -> DeflateOffer {
        let server_bits = self.server_max_window_bits;
        DeflateOffer {
            server_max_window_bits: (server_bits < WINDOW_BITS_MAX).then_some(server_bits),
            client_max_window_bits: Some(self.client_max_window_bits),
            server_no_context_takeover: self.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover,
        }
    }

    /// What a server with these wishes answers to `offer`; `None` when it must decline.
    #[must_use]
    pub fn accept(&self, offer: &DeflateOffer) -> Option<DeflateParameters> {
        let asked = offer.server_max_window_bits.unwrap_or(WINDOW_BITS_MAX);
        if asked < COMPRESS_WINDOW_BITS_MIN {
            return None;
        }
        let client_bits = offer.client_max_window_bits.unwrap_or(WINDOW_BITS_MAX);
        // A client that does not offer the parameter cannot be told to use a smaller window.
        let client_wish = if offer.client_max_window_bits.is_some() {
            self.client_max_window_bits
        } else {
            WINDOW_BITS_MAX
        };
        Some(DeflateParameters {
            server_max_window_bits: asked.min(self.server_max_window_bits).max(COMPRESS_WINDOW_BITS_MIN),
            client_max_window_bits: client_bits.min(client_wish),
            server_no_context_takeover: offer.server_no_context_takeover || self.server_no_context_takeover,
            client_no_context_takeover: offer.client_no_context_takeover || self.client_no_context_takeover,
        })
    }
}

/// What a client offers; also the plain form of what a server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeflateOffer {
    /// The server is to use at most this window.
    pub server_max_window_bits: Option<u8>,
    /// The client understands the parameter, and will itself use at most this window.
    pub client_max_window_bits: Option<u8>,
    /// The server is to forget its window after each message.
    pub server_no_context_takeover: bool,
    /// The client may forget its window after each message.
    pub client_no_context_takeover: bool,
}

impl DeflateOffer {
    /// Reads the parameters of an extension of that name, sent by `sender`.
    ///
    /// # Errors
    /// A parameter that is unknown, repeated, or has a value that it may not have. A server then declines the offer, a
    /// client fails the connection.
    pub fn parse(extension: &Extension, sender: Role) -> Result<Self, ParameterError> {
        let mut offer = Self::default();
        for (index, (name, value)) in extension.parameters.iter().enumerate() {
            let is_repeated = extension.parameters[..index].iter().any(|(earlier, _)| earlier == name);
            if is_repeated {
                return Err(ParameterError::Repeated { name: name.clone() });
            }
            let wrong =
                || ParameterError::Value { name: name.clone(), value: value.clone().unwrap_or_default() };
            match (name.as_str(), value.as_deref()) {
                ("server_no_context_takeover", None) => offer.server_no_context_takeover = true,
                ("client_no_context_takeover", None) => offer.client_no_context_takeover = true,
                ("server_max_window_bits", Some(value)) => {
                    offer.server_max_window_bits = Some(window_bits(value).ok_or_else(wrong)?);
                }
                ("client_max_window_bits", Some(value)) => {
                    offer.client_max_window_bits = Some(window_bits(value).ok_or_else(wrong)?);
                }
                // Only the offer may leave the value open.
                ("client_max_window_bits", None) if sender == Role::Client => {
                    offer.client_max_window_bits = Some(WINDOW_BITS_MAX);
                }
                (
                    "server_no_context_takeover"
                    | "client_no_context_takeover"
                    | "server_max_window_bits"
                    | "client_max_window_bits",
                    _,
                ) => return Err(wrong()),
                _ => return Err(ParameterError::Unknown { name: name.clone() }),
            }
        }
        Ok(offer)
    }

    /// What a client makes of the server's answer to `self`.
    ///
    /// # Errors
    /// When the server agreed to something that was not offered.
    pub fn check_answer(&self, answer: &Self) -> Result<DeflateParameters, ParameterError> {
        let not_offered = |name: &str| ParameterError::NotOffered { name: name.to_owned() };
        let server_bits = answer.server_max_window_bits.unwrap_or(WINDOW_BITS_MAX);
        if server_bits > self.server_max_window_bits.unwrap_or(WINDOW_BITS_MAX) {
            return Err(not_offered("server_max_window_bits"));
        }
        if self.server_no_context_takeover && !answer.server_no_context_takeover {
            return Err(not_offered("server_no_context_takeover"));
        }
        if answer.client_max_window_bits.is_some() && self.client_max_window_bits.is_none() {
            return Err(not_offered("client_max_window_bits"));
        }
        let own_bits = self.client_max_window_bits.unwrap_or(WINDOW_BITS_MAX);
        Ok(DeflateParameters {
            server_max_window_bits: server_bits,
            client_max_window_bits: answer.client_max_window_bits.unwrap_or(WINDOW_BITS_MAX).min(own_bits),
            server_no_context_takeover: answer.server_no_context_takeover,
            client_no_context_takeover: answer.client_no_context_takeover || self.client_no_context_takeover,
        })
    }

    /// The text of the extension for `Sec-WebSocket-Extensions`.
    #[must_use]
    pub fn field_value(&self) -> String {
        let mut text = EXTENSION_NAME.to_owned();
        if self.server_no_context_takeover {
            text.push_str("; server_no_context_takeover");
        }
        if self.client_no_context_takeover {
            text.push_str("; client_no_context_takeover");
        }
        if let Some(bits) = self.server_max_window_bits {
            text.push_str(&format!("; server_max_window_bits={bits}"));
        }
        match self.client_max_window_bits {
            Some(WINDOW_BITS_MAX) => text.push_str("; client_max_window_bits"),
            Some(bits) => text.push_str(&format!("; client_max_window_bits={bits}")),
            None => {}
        }
        text
    }
}

/// What both sides keep to while the connection is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeflateParameters {
    /// Window of what the server sends, 8 to 15 bits.
    pub server_max_window_bits: u8,
    /// Window of what the client sends, 8 to 15 bits.
    pub client_max_window_bits: u8,
    /// The server starts each message with an empty window.
    pub server_no_context_takeover: bool,
    /// The client starts each message with an empty window.
    pub client_no_context_takeover: bool,
}

impl DeflateParameters {
    /// The text of the server's answer. Full windows are not mentioned, unless the offer demands it.
    #[must_use]
    pub fn answer_value(&self, offer: &DeflateOffer) -> String {
        let is_small = |bits: u8| bits < WINDOW_BITS_MAX;
        let server_bits = self.server_max_window_bits;
        let answer = DeflateOffer {
            server_max_window_bits: (is_small(server_bits) || offer.server_max_window_bits.is_some())
                .then_some(server_bits),
            client_max_window_bits: Some(self.client_max_window_bits).filter(|bits| is_small(*bits)),
            server_no_context_takeover: self.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover,
        };
        answer.field_value()
    }

    /// Window, and whether it is emptied after each message, of what `sender` sends.
    pub(crate) fn of(&self, sender: Role) -> (u8, bool) {
        match sender {
            Role::Server => (self.server_max_window_bits, self.server_no_context_takeover),
            Role::Client => (self.client_max_window_bits, self.client_no_context_takeover),
        }
    }
}

/// What is wrong with the parameters of an extension.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParameterError {
    /// RFC 7692 does not know it.
    #[error("permessage-deflate has no parameter `{name}`")]
    Unknown {
        /// Its name.
        name: String,
    },
    /// Twice the same.
    #[error("the parameter `{name}` of permessage-deflate is repeated")]
    Repeated {
        /// Its name.
        name: String,
    },
    /// A value that it may not have, or none where one is needed.
    #[error("the parameter `{name}` of permessage-deflate may not have the value `{value}`")]
    Value {
        /// Its name.
        name: String,
        /// The value; empty when there is none.
        value: String,
    },
    /// The server's answer goes beyond the offer.
    #[error("the server's `{name}` of permessage-deflate does not fit the offer")]
    NotOffered {
        /// Its name.
        name: String,
    },
}

/// 8 to 15, in decimal without leading zeros.
fn window_bits(text: &str) -> Option<u8> {
    if text.starts_with('0') || text.starts_with('+') {
        return None;
    }
    text.parse().ok().filter(|bits| (WINDOW_BITS_MIN..=WINDOW_BITS_MAX).contains(bits))
}
