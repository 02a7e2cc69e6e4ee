//! The client's half: the fields of the request, and whether the answer really is one to it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use super::{ExtensionMalformed, OpeningForm, accept_value, list_members, parse_extensions, values};
use crate::websocket::deflate::{
    DeflateConfig, DeflateOffer, DeflateParameters, EXTENSION_NAME, ParameterError,
};
use crate::websocket::{Role, VERSION};

/// One opening of a connection by a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientHandshake {
    form: OpeningForm,
    key: String,
    protocols: Vec<String>,
    offer: Option<DeflateOffer>,
}

impl ClientHandshake {
    /// Prepares a request. `nonce` is to be new for each connection; it only proves that no cache answered.
    #[must_use]
    pub fn new(
        form: OpeningForm,
        nonce: [u8; 16],
        protocols: Vec<String>,
        deflate: Option<&DeflateConfig>,
    ) -> Self {
        Self { form, key: STANDARD.encode(nonce), protocols, offer: deflate.map(DeflateConfig::offer) }
    }

    /// The fields of the request beside those that every request has.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = Vec::new();
        if self.form == OpeningForm::Upgrade {
            fields.push(("Upgrade", "websocket".to_owned()));
            fields.push(("Connection", "Upgrade".to_owned()));
            fields.push(("Sec-WebSocket-Key", self.key.clone()));
        }
        fields.push(("Sec-WebSocket-Version", VERSION.to_owned()));
        if !self.protocols.is_empty() {
            fields.push(("Sec-WebSocket-Protocol", self.protocols.join(", ")));
        }
        if let Some(offer) = &self.offer {
            fields.push(("Sec-WebSocket-Extensions", offer.field_value()));
        }
        fields
    }

    /// Judges the answer, RFC 6455 section 4.1.
    ///
    /// # Errors
    /// When it does not open a WebSocket, or agrees to something that was not offered. The client then has to close the
    /// connection.
    pub fn check(&self, status: u16, fields: &[(&str, &[u8])]) -> Result<Agreed, AnswerRejection> {
        let all = |name| values(fields, name);
        let has_member = |name, word: &str| {
            all(name).flat_map(list_members).any(|member| member.eq_ignore_ascii_case(word.as_bytes()))
        };
        match self.form {
            OpeningForm::Upgrade if status != 101 => return Err(AnswerRejection::Status { status }),
            OpeningForm::Upgrade => {
                if !has_member("upgrade", "websocket") || !has_member("connection", "upgrade") {
                    return Err(AnswerRejection::NotUpgraded);
                }
                let mut accepts = all("sec-websocket-accept");
                let expected = accept_value(self.key.as_bytes());
                if accepts.next() != Some(expected.as_bytes()) || accepts.next().is_some() {
                    return Err(AnswerRejection::AcceptWrong);
                }
            }
            OpeningForm::ExtendedConnect if !(200..300).contains(&status) => {
                return Err(AnswerRejection::Status { status });
            }
            OpeningForm::ExtendedConnect => {}
        }
        let protocol = self.check_protocol(all("sec-websocket-protocol"))?;
        let deflate = self.check_extensions(all("sec-websocket-extensions"))?;
        Ok(Agreed { protocol, deflate })
    }

    fn check_protocol<'a>(
        &self,
        mut values: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Option<String>, AnswerRejection> {
        let Some(value) = values.next() else { return Ok(None) };
        let offered = self.protocols.iter().find(|name| name.as_bytes() == value.trim_ascii());
        match (offered, values.next()) {
            (Some(name), None) => Ok(Some(name.clone())),
            _ => Err(AnswerRejection::ProtocolNotOffered),
        }
    }

    fn check_extensions<'a>(
        &self,
        values: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Option<DeflateParameters>, AnswerRejection> {
        let mut agreed = None;
        for value in values {
            for extension in parse_extensions(value)? {
                let offer = self
                    .offer
                    .filter(|_| extension.name.eq_ignore_ascii_case(EXTENSION_NAME) && agreed.is_none())
                    .ok_or_else(|| AnswerRejection::ExtensionNotOffered { name: extension.name.clone() })?;
                let answer = DeflateOffer::parse(&extension, Role::Server)?;
                agreed = Some(offer.check_answer(&answer)?);
            }
        }
        Ok(agreed)
    }
}

/// What the answer means for the messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// The subprotocol.
    pub protocol: Option<String>,
    /// The compression.
    pub deflate: Option<DeflateParameters>,
}

/// Why an answer does not open the WebSocket that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AnswerRejection {
    /// Another status than the one that opens it.
    #[error("the server answered with status {status} and opened no WebSocket")]
    Status {
        /// The status received.
        status: u16,
    },
    /// 101 to something else.
    #[error("the answer has status 101 and does not upgrade to `websocket`")]
    NotUpgraded,
    /// A wrong proof.
    #[error("the field `Sec-WebSocket-Accept` does not answer the key that was sent")]
    AcceptWrong,
    /// A subprotocol that was not asked for, or more than one.
    #[error("the field `Sec-WebSocket-Protocol` names no subprotocol that was offered")]
    ProtocolNotOffered,
    /// An extension that was not asked for, or one twice.
    #[error("the extension `{name}` was not offered")]
    ExtensionNotOffered {
        /// Its name.
        name: String,
    },
    /// Extensions that cannot be read.
    #[error(transparent)]
    ExtensionsMalformed(#[from] ExtensionMalformed),
    /// Parameters of the compression that are wrong.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
}
