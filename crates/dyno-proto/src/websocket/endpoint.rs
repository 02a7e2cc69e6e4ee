//! One end of an open connection: pongs, the close handshake, and what may still be said when.
//!
//! Bytes to send collect in [`Endpoint::output`]; the caller writes them and bounds how many may wait.

use thiserror::Error;

use super::Role;
use super::close::{CloseCode, CloseFrame};
use super::decoder::{Decoder, MessageLimits, Step};
use super::deflate::{DeflateConfig, DeflateParameters, Inflater};
use super::encoder::{Encoder, PreparedMessage};
use super::error::WebSocketError;
use super::frame::CONTROL_BYTES_MAX;
use super::mask::MaskKeys;
use super::message::{Message, OpCode};

/// What an endpoint keeps to, beside the protocol.
#[derive(Debug, Clone, Copy, Default)]
pub struct EndpointConfig {
    /// Bounds on what is received.
    pub limits: MessageLimits,
    /// The compression that the handshake agreed on, and how to do one's own part.
    pub deflate: Option<(DeflateParameters, DeflateConfig)>,
    /// Cuts sent messages into frames of at most this size; `None` sends each in one frame.
    pub fragment_bytes_max: Option<usize>,
    /// Leaves it to [`Endpoint::echo_close`] when the peer's close frame is answered, so that messages which came
    /// before it can be answered first.
    pub delays_close_echo: bool,
}

/// One end of a connection, after the handshake.
#[derive(Debug)]
pub struct Endpoint {
    role: Role,
    decoder: Decoder,
    encoder: Encoder,
    output: Vec<u8>,
    /// True while the fragments of a message are being sent one by one.
    is_sending_fragments: bool,
    close_sent: bool,
    delays_close_echo: bool,
    /// The peer's close frame, once it came.
    close_received: Option<Option<CloseFrame>>,
    failure: Option<WebSocketError>,
}

impl Endpoint {
    /// The end of a server.
    #[must_use]
    pub fn server(config: EndpointConfig) -> Self {
        Self::new(Role::Server, config, None)
    }

    /// The end of a client, which masks with `keys`.
    #[must_use]
    pub fn client(config: EndpointConfig, keys: MaskKeys) -> Self {
        Self::new(Role::Client, config, Some(keys))
    }

    fn new(role: Role, config: EndpointConfig, keys: Option<MaskKeys>) -> Self {
        let peer = if role == Role::Server { Role::Client } else { Role::Server };
        let mut encoder = Encoder::new(keys).with_fragments(config.fragment_bytes_max);
        let mut inflater = None;
        if let Some((parameters, own)) = &config.deflate {
            encoder = encoder.with_deflate(parameters, own);
            let (window_bits, resets) = parameters.of(peer);
            inflater = Some(Inflater::new(window_bits, resets));
        }
        Self {
            role,
            decoder: Decoder::new(peer, config.limits, inflater),
            encoder,
            output: Vec::new(),
            is_sending_fragments: false,
            close_sent: false,
            delays_close_echo: config.delays_close_echo,
            close_received: None,
            failure: None,
        }
    }

    /// Takes the next step on bytes received; returns how many are used up, and what they brought.
    ///
    /// A ping has then been answered, a close frame echoed; both are reported all the same. After a close frame and
    /// after an error, everything is used up and nothing reported.
    ///
    /// # Errors
    /// Once, when the peer breaks the protocol or a limit; the close frame that tells it is in the output.
    pub fn receive(&mut self, input: &[u8]) -> Result<(usize, Step), WebSocketError> {
        if self.failure.is_some() || self.close_received.is_some() {
            return Ok((input.len(), Step::NeedMore));
        }
        let step = self.decoder.decode(input).and_then(|(used, step)| {
            if let Step::Received(opcode) = step {
                self.react(opcode)?;
            }
            Ok((used, step))
        });
        step.inspect_err(|error| {
            self.send_close(&error.close_code().0.to_be_bytes());
            self.failure = Some(error.clone());
        })
    }

    /// The bytes of what the last step reported.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.decoder.payload()
    }

    /// What the last step reported, given away without a copy.
    #[must_use]
    pub fn take_message(&mut self, opcode: OpCode) -> Message {
        Message { opcode, data: self.decoder.take_payload_vec() }
    }

    fn react(&mut self, opcode: OpCode) -> Result<(), WebSocketError> {
        match opcode {
            OpCode::Ping if !self.close_sent => {
                self.encoder.encode_control(&mut self.output, OpCode::Pong, self.decoder.payload());
            }
            OpCode::Close => {
                self.close_received = Some(CloseFrame::parse(self.decoder.payload())?);
                if !self.delays_close_echo {
                    self.echo_close();
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Sends text in one message.
    ///
    /// # Errors
    /// After a close frame was sent, or inside a message that is sent in fragments.
    pub fn send_text(&mut self, text: &str) -> Result<(), SendError> {
        self.check_may_begin()?;
        self.encoder.encode_message(&mut self.output, OpCode::Text, text.as_bytes());
        Ok(())
    }

    /// Sends any bytes in one message.
    ///
    /// # Errors
    /// As [`Self::send_text`].
    pub fn send_binary(&mut self, data: &[u8]) -> Result<(), SendError> {
        self.check_may_begin()?;
        self.encoder.encode_message(&mut self.output, OpCode::Binary, data);
        Ok(())
    }

    /// Sends a message of any kind. Text that is no UTF-8 is refused.
    ///
    /// # Errors
    /// As [`Self::send_text`], [`Self::send_ping`] and [`Self::close`].
    pub fn send(&mut self, message: &Message) -> Result<(), SendError> {
        match message.opcode {
            OpCode::Text => self.send_text(message.text().ok_or(SendError::NotUtf8)?),
            OpCode::Binary => self.send_binary(&message.data),
            OpCode::Ping => self.send_ping(&message.data),
            OpCode::Pong => self.send_pong(&message.data),
            OpCode::Close => {
                let frame = CloseFrame::parse(&message.data).map_err(|_| SendError::CloseInvalid)?;
                self.close_with(frame.as_ref())
            }
            OpCode::Continuation => Err(SendError::NoMessage),
        }
    }

    /// Sends a message that was encoded before, for many connections.
    ///
    /// # Errors
    /// As [`Self::send_text`]; also on a client, which has to mask.
    pub fn send_prepared(&mut self, message: &PreparedMessage) -> Result<(), SendError> {
        self.check_may_begin()?;
        if self.role == Role::Client {
            return Err(SendError::NotMasked);
        }
        self.encoder.encode_prepared(&mut self.output, message);
        Ok(())
    }

    /// Sends the next fragment of a message that is not known as a whole yet: the first one begins a message of
    /// `opcode`, the one with `is_final` ends it. Text may be cut anywhere, and is not checked.
    ///
    /// # Errors
    /// After a close frame was sent.
    pub fn send_fragment(&mut self, opcode: OpCode, data: &[u8], is_final: bool) -> Result<(), SendError> {
        if self.close_sent {
            return Err(SendError::Closed);
        }
        if opcode.is_control() || opcode == OpCode::Continuation {
            return Err(SendError::NoMessage);
        }
        let opcode = if self.is_sending_fragments { OpCode::Continuation } else { opcode };
        self.encoder.encode_fragment(&mut self.output, opcode, data, is_final);
        self.is_sending_fragments = !is_final;
        Ok(())
    }

    /// Asks for a pong with the same at most 125 bytes.
    ///
    /// # Errors
    /// After a close frame was sent, or with too much data.
    pub fn send_ping(&mut self, data: &[u8]) -> Result<(), SendError> {
        self.send_control(OpCode::Ping, data)
    }

    /// Sends a pong that nobody asked for. Pings have their pongs already.
    ///
    /// # Errors
    /// As [`Self::send_ping`].
    pub fn send_pong(&mut self, data: &[u8]) -> Result<(), SendError> {
        self.send_control(OpCode::Pong, data)
    }

    /// Begins the close handshake; data may still come until the peer's close frame.
    ///
    /// # Errors
    /// When a close frame was sent before, or with a code that may not be sent.
    pub fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), SendError> {
        self.close_with(Some(&CloseFrame::new(code, reason)))
    }

    /// Answers the peer's close frame with its own code; false when there is nothing to answer (any more).
    pub fn echo_close(&mut self) -> bool {
        let Some(frame) = self.close_received.as_ref().filter(|_| !self.close_sent) else { return false };
        let code = frame.as_ref().map(|frame| frame.code.0.to_be_bytes());
        self.send_close(code.as_ref().map_or(&[][..], |code| &code[..]));
        true
    }

    /// Appends bytes to the output as they are: for faults made on purpose.
    pub fn send_raw(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
    }

    /// The bytes that wait to be sent; the caller removes what it has written.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// Takes the bytes that wait to be sent.
    #[must_use]
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// True once a close frame was sent: nothing more can be.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.close_sent
    }

    /// True when both close frames have passed, or the peer broke the protocol. Then the server closes the stream,
    /// after writing the output, and the client waits for that.
    #[must_use]
    pub fn is_over(&self) -> bool {
        (self.close_sent && self.close_received.is_some()) || self.failure.is_some()
    }

    /// The peer's close frame: `None` before it came, `Some(None)` when it had no code.
    #[must_use]
    pub fn close_received(&self) -> Option<Option<&CloseFrame>> {
        self.close_received.as_ref().map(Option::as_ref)
    }

    /// What the peer did wrong.
    #[must_use]
    pub fn failure(&self) -> Option<&WebSocketError> {
        self.failure.as_ref()
    }

    fn close_with(&mut self, frame: Option<&CloseFrame>) -> Result<(), SendError> {
        if self.close_sent {
            return Err(SendError::Closed);
        }
        let mut payload = Vec::new();
        if let Some(frame) = frame {
            if !frame.code.may_be_sent() || frame.reason.len() > CloseFrame::REASON_BYTES_MAX {
                return Err(SendError::CloseInvalid);
            }
            frame.encode(&mut payload);
        }
        self.send_close(&payload);
        Ok(())
    }

    fn send_close(&mut self, payload: &[u8]) {
        if !std::mem::replace(&mut self.close_sent, true) {
            self.encoder.encode_control(&mut self.output, OpCode::Close, payload);
        }
    }

    fn send_control(&mut self, opcode: OpCode, data: &[u8]) -> Result<(), SendError> {
        if self.close_sent {
            return Err(SendError::Closed);
        }
        if data.len() > CONTROL_BYTES_MAX {
            return Err(SendError::ControlTooLong { bytes: data.len() });
        }
        self.encoder.encode_control(&mut self.output, opcode, data);
        Ok(())
    }

    fn check_may_begin(&self) -> Result<(), SendError> {
        match (self.close_sent, self.is_sending_fragments) {
            (true, _) => Err(SendError::Closed),
            (_, true) => Err(SendError::InsideMessage),
            _ => Ok(()),
        }
    }
}

/// Why a message was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SendError {
    /// Nothing may follow a close frame.
    #[error("the connection is closed for sending")]
    Closed,
    /// The fragments of another message are not complete.
    #[error("a message is being sent in fragments and must be ended first")]
    InsideMessage,
    /// Text that is not UTF-8.
    #[error("a text message has to be valid UTF-8")]
    NotUtf8,
    /// A control frame above 125 bytes.
    #[error("a ping or pong carries at most 125 bytes, not {bytes}")]
    ControlTooLong {
        /// The bytes asked for.
        bytes: usize,
    },
    /// A close frame that may not be sent.
    #[error("a close frame needs a code that may be sent and a reason of at most 123 bytes")]
    CloseInvalid,
    /// A kind that is no message.
    #[error("only text, binary and control frames are messages")]
    NoMessage,
    /// A shared message on a client.
    #[error("a client has to mask each message on its own")]
    NotMasked,
}
