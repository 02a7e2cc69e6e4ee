//! A blocking WebSocket client for tests of one's own server. Not for load: it moves one message at a time.
//!
//! Called by users' tests and by the conformance runs.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use dyno_proto::http1::{HeadLimits, ProtocolError, ResponseContext, ResponseDecoder, ResponseEvent};
use dyno_proto::websocket::deflate::DeflateConfig;
use dyno_proto::websocket::handshake::{Agreed, AnswerRejection, ClientHandshake, OpeningForm};
use dyno_proto::websocket::{
    CloseCode, Endpoint, EndpointConfig, MaskKeys, Message, MessageLimits, SendError, Step, WebSocketError,
};
use thiserror::Error;

/// Longest wait for the server, so that a test that hangs fails.
const READ_TIME_MAX: Duration = Duration::from_secs(30);

/// What a [`TestWebSocket`] asks for.
#[derive(Debug, Clone, Default)]
pub struct TestWebSocketOptions {
    /// Subprotocols to offer.
    pub protocols: Vec<String>,
    /// permessage-deflate to offer.
    pub deflate: Option<DeflateConfig>,
    /// Bounds on what is received.
    pub messages: MessageLimits,
    /// Further fields of the request.
    pub fields: Vec<(String, String)>,
}

/// The client's end of an open WebSocket over TCP.
///
/// ```
/// # use dyno_server::{Action, Handler, Request, ResponseWriter, Server, WebSocketUpgrade};
/// # struct Echo;
/// # impl Handler for Echo {
/// #     fn answer(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
/// #         let Ok(upgrade) = WebSocketUpgrade::read(request) else { return Action::Close };
/// #         upgrade.serve(|socket| async move {
/// #             while let Some(message) = socket.receive().await {
/// #                 let _ = socket.send(&message).await;
/// #             }
/// #         }).write(response)
/// #     }
/// # }
/// use dyno_server::{TestWebSocket, WebSocketMessage};
///
/// let server = Server::builder().listen("127.0.0.1:0".parse()?).start(|_| Echo)?;
/// let mut socket = TestWebSocket::connect(server.local_addrs()[0], "/echo")?;
/// socket.send(&WebSocketMessage::text_of("hello"))?;
/// assert_eq!(socket.receive()?, Some(WebSocketMessage::text_of("hello")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TestWebSocket {
    stream: TcpStream,
    endpoint: Endpoint,
    agreed: Agreed,
    /// Received and not yet decoded.
    unread: Vec<u8>,
}

impl TestWebSocket {
    /// Opens a WebSocket at `path` without subprotocols and compression.
    ///
    /// # Errors
    /// When there is no connection, or the answer opens no WebSocket.
    pub fn connect(addr: SocketAddr, path: &str) -> Result<Self, TestWebSocketError> {
        Self::connect_with(addr, path, &TestWebSocketOptions::default())
    }

    /// Opens a WebSocket at `path` as the options say.
    ///
    /// # Errors
    /// As [`TestWebSocket::connect`].
    pub fn connect_with(
        addr: SocketAddr,
        path: &str,
        options: &TestWebSocketOptions,
    ) -> Result<Self, TestWebSocketError> {
        let mut keys = MaskKeys::unpredictable();
        let nonce = [keys.next_key(), keys.next_key(), keys.next_key(), keys.next_key()];
        let nonce = nonce.as_flattened().first_chunk().copied().expect("invariant: four keys are 16 bytes");
        let handshake = ClientHandshake::new(
            OpeningForm::Upgrade,
            nonce,
            options.protocols.clone(),
            options.deflate.as_ref(),
        );
        let mut stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(READ_TIME_MAX))?;
        let mut request = format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\n");
        for (name, value) in handshake.fields() {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        for (name, value) in &options.fields {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        stream.write_all(request.as_bytes())?;
        let (agreed, unread) = read_answer(&mut stream, &handshake)?;
        let config = EndpointConfig {
            limits: options.messages,
            deflate: agreed.deflate.zip(options.deflate),
            ..EndpointConfig::default()
        };
        Ok(Self { stream, endpoint: Endpoint::client(config, keys), agreed, unread })
    }

    /// Sends one message of any kind.
    ///
    /// # Errors
    /// When the connection is closed or broken.
    pub fn send(&mut self, message: &Message) -> Result<(), TestWebSocketError> {
        self.endpoint.send(message)?;
        self.flush()
    }

    /// Waits for the next message of any kind; `None` when the server has closed the connection. Pings are answered.
    ///
    /// # Errors
    /// When the server breaks the protocol, says nothing for 30 seconds, or the connection breaks.
    pub fn receive(&mut self) -> Result<Option<Message>, TestWebSocketError> {
        let mut piece = vec![0; 64 * 1024];
        loop {
            let received = self.endpoint.receive(&self.unread);
            let (used, step) = match received {
                Ok(received) => received,
                Err(error) => {
                    // The server is told; whether it listens is its affair.
                    let _ = self.flush();
                    return Err(error.into());
                }
            };
            self.unread.drain(..used);
            if let Step::Received(opcode) = step {
                let message = self.endpoint.take_message(opcode);
                let flushed = self.flush();
                // A server that has said good-bye need not wait for the echo.
                return if message.is_close() { Ok(Some(message)) } else { flushed.map(|()| Some(message)) };
            }
            let count = self.stream.read(&mut piece)?;
            if count == 0 {
                return Ok(None);
            }
            self.unread.extend_from_slice(&piece[..count]);
        }
    }

    /// Begins the close handshake; the server's answer is the next close message.
    ///
    /// # Errors
    /// When the connection is closed or broken.
    pub fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), TestWebSocketError> {
        self.endpoint.close(code, reason)?;
        self.flush()
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// When the connection is broken.
    pub fn send_raw(&mut self, bytes: &[u8]) -> Result<(), TestWebSocketError> {
        Ok(self.stream.write_all(bytes)?)
    }

    /// What the handshake agreed on.
    #[must_use]
    pub fn agreed(&self) -> &Agreed {
        &self.agreed
    }

    fn flush(&mut self) -> Result<(), TestWebSocketError> {
        let output = self.endpoint.take_output();
        Ok(self.stream.write_all(&output)?)
    }
}

/// Why a [`TestWebSocket`] failed.
#[derive(Debug, Error)]
pub enum TestWebSocketError {
    /// The connection.
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
    /// The server's head cannot be read.
    #[error(transparent)]
    Head(#[from] ProtocolError),
    /// The server's answer opens no WebSocket.
    #[error(transparent)]
    Answer(#[from] AnswerRejection),
    /// The server breaks the protocol.
    #[error(transparent)]
    Protocol(#[from] WebSocketError),
    /// The test breaks the protocol.
    #[error(transparent)]
    Send(#[from] SendError),
}

/// Reads the head of the answer; what came behind it belongs to the WebSocket.
fn read_answer(
    stream: &mut TcpStream,
    handshake: &ClientHandshake,
) -> Result<(Agreed, Vec<u8>), TestWebSocketError> {
    let mut decoder = ResponseDecoder::new(ResponseContext::default(), HeadLimits::CLIENT);
    let mut received = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let (used, event) = decoder.decode(&received)?;
        if let ResponseEvent::Head(head) = event {
            let fields: Vec<(&str, &[u8])> = head.headers.iter().collect();
            let agreed = handshake.check(head.status, &fields)?;
            return Ok((agreed, received.split_off(used)));
        }
        received.drain(..used);
        match stream.read(&mut piece)? {
            0 => return Err(ProtocolError::HeadTruncated { received: received.len() }.into()),
            count => received.extend_from_slice(&piece[..count]),
        }
    }
}
