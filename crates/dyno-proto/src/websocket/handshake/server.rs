//! The server's half: is this request a WebSocket opening, may it be, and what is agreed.

use thiserror::Error;

use super::{
    ExtensionMalformed, OpeningForm, accept_value, is_valid_key, list_members, parse_extensions, values,
};
use crate::websocket::deflate::{DeflateConfig, DeflateOffer, DeflateParameters, EXTENSION_NAME};
use crate::websocket::{Role, VERSION};

/// A request that asks for a WebSocket and breaks no rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    form: OpeningForm,
    key: Vec<u8>,
    protocols: Vec<String>,
    deflate_offers: Vec<DeflateOffer>,
}

impl Opening {
    /// Judges the fields of a request. The caller has checked the method: `GET` of HTTP/1.1, or an extended
    /// `CONNECT` whose `:protocol` is `websocket`.
    ///
    /// # Errors
    /// The first rule that the request breaks; `status` and `fields` of the rejection are the answer.
    pub fn read(form: OpeningForm, fields: &[(&str, &[u8])]) -> Result<Self, HandshakeRejection> {
        let all = |name| values(fields, name);
        let has_member = |name, word: &str| {
            all(name).flat_map(list_members).any(|member| member.eq_ignore_ascii_case(word.as_bytes()))
        };
        if form == OpeningForm::Upgrade {
            if !has_member("upgrade", "websocket") {
                return Err(HandshakeRejection::UpgradeMissing);
            }
            if !has_member("connection", "upgrade") {
                return Err(HandshakeRejection::ConnectionMissing);
            }
        }
        let mut versions = all("sec-websocket-version");
        if versions.next() != Some(VERSION.as_bytes()) || versions.next().is_some() {
            return Err(HandshakeRejection::VersionUnsupported);
        }
        let mut keys = all("sec-websocket-key");
        let key = match (form, keys.next(), keys.next()) {
            (OpeningForm::ExtendedConnect, ..) => Vec::new(),
            (_, None, _) => return Err(HandshakeRejection::KeyMissing),
            (_, Some(key), None) if is_valid_key(key) => key.to_vec(),
            _ => return Err(HandshakeRejection::KeyInvalid),
        };
        let mut protocols = Vec::new();
        for name in all("sec-websocket-protocol").flat_map(list_members) {
            protocols.push(token(name).ok_or(HandshakeRejection::ProtocolMalformed)?);
        }
        let mut deflate_offers = Vec::new();
        for value in all("sec-websocket-extensions") {
            for extension in parse_extensions(value)? {
                if extension.name.eq_ignore_ascii_case(EXTENSION_NAME) {
                    // What cannot be understood is declined, and the next offer gets its chance.
                    deflate_offers.extend(DeflateOffer::parse(&extension, Role::Client).ok());
                }
            }
        }
        Ok(Self { form, key, protocols, deflate_offers })
    }

    /// The subprotocols that the client speaks, the one it likes best first.
    #[must_use]
    pub fn protocols(&self) -> &[String] {
        &self.protocols
    }

    /// Agrees: the client's first subprotocol that the server speaks too, and its first usable offer of compression.
    #[must_use]
    pub fn accept(&self, wishes: &ServerHandshake) -> Acceptance {
        let protocol = self.protocols.iter().find(|name| wishes.protocols.contains(name)).cloned();
        let deflate = wishes.deflate.and_then(|config| {
            self.deflate_offers
                .iter()
                .find_map(|offer| config.accept(offer).map(|parameters| (parameters, *offer)))
        });
        let mut fields = Vec::new();
        if self.form == OpeningForm::Upgrade {
            fields.push(("Upgrade", "websocket".to_owned()));
            fields.push(("Connection", "Upgrade".to_owned()));
            fields.push(("Sec-WebSocket-Accept", accept_value(&self.key)));
        }
        if let Some(name) = &protocol {
            fields.push(("Sec-WebSocket-Protocol", name.clone()));
        }
        if let Some((parameters, offer)) = &deflate {
            fields.push(("Sec-WebSocket-Extensions", parameters.answer_value(offer)));
        }
        let status = if self.form == OpeningForm::Upgrade { 101 } else { 200 };
        Acceptance { status, fields, protocol, deflate: deflate.map(|(parameters, _)| parameters) }
    }
}

/// What a server is willing to agree to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerHandshake {
    /// Subprotocols that the server speaks; empty when it has none.
    pub protocols: Vec<String>,
    /// How to compress; `None` declines every offer.
    pub deflate: Option<DeflateConfig>,
}

/// The answer that opens the connection, and what it means for the messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// 101 after an upgrade, 200 after an extended CONNECT.
    pub status: u16,
    /// The fields that the handshake needs in the answer.
    pub fields: Vec<(&'static str, String)>,
    /// The subprotocol agreed on.
    pub protocol: Option<String>,
    /// The compression agreed on.
    pub deflate: Option<DeflateParameters>,
}

/// Why a request does not open a WebSocket.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HandshakeRejection {
    /// An ordinary request to a place where only WebSockets are served.
    #[error("the field `Upgrade` does not name `websocket`")]
    UpgradeMissing,
    /// `Upgrade` that is not marked as belonging to the connection.
    #[error("the field `Connection` does not name `upgrade`")]
    ConnectionMissing,
    /// A version other than 13, or none.
    #[error("the field `Sec-WebSocket-Version` is not `{VERSION}`")]
    VersionUnsupported,
    /// No key.
    #[error("the field `Sec-WebSocket-Key` is missing")]
    KeyMissing,
    /// A key that is repeated, or not 16 bytes in base64.
    #[error("the field `Sec-WebSocket-Key` is not 16 bytes in base64")]
    KeyInvalid,
    /// A subprotocol that is no token.
    #[error("the field `Sec-WebSocket-Protocol` is malformed")]
    ProtocolMalformed,
    /// Extensions that cannot be read.
    #[error(transparent)]
    ExtensionsMalformed(#[from] ExtensionMalformed),
}

impl HandshakeRejection {
    /// The status to answer with.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::UpgradeMissing | Self::VersionUnsupported => 426,
            _ => 400,
        }
    }

    /// The fields that the status asks for: what to upgrade to, and the version that is spoken.
    ///
    /// After an extended CONNECT, `Upgrade` and `Connection` have to be left out.
    #[must_use]
    pub fn fields(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::UpgradeMissing | Self::VersionUnsupported => {
                &[("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", VERSION)]
            }
            _ => &[],
        }
    }
}

fn token(bytes: &[u8]) -> Option<String> {
    let is_token = bytes.iter().all(|byte| crate::http1::chunked::is_token_byte(*byte));
    if is_token { String::from_utf8(bytes.to_vec()).ok() } else { None }
}
