//! WebSockets on streams of HTTP/2, RFC 8441: opened by an extended `CONNECT`, otherwise the same.

use bytes::Bytes;
use dyno_proto::websocket::handshake::{Agreed, ClientHandshake, OpeningForm};
use dyno_proto::websocket::{Endpoint, EndpointConfig, MaskKeys, Step};
use h2::client::SendRequest;
use h2::{RecvStream, SendStream};
use http::{Method, Request as HttpRequest};

use super::*;

/// The client's end of one WebSocket on a stream.
struct StreamSocket {
    send: SendStream<Bytes>,
    receive: RecvStream,
    endpoint: Endpoint,
    unread: Vec<u8>,
}

impl StreamSocket {
    async fn send(&mut self, message: &WebSocketMessage) {
        self.endpoint.send(message).unwrap();
        let output = self.endpoint.take_output();
        self.send.send_data(output.into(), false).unwrap();
    }

    /// The next message; `None` at the end of the stream.
    async fn next(&mut self) -> Option<WebSocketMessage> {
        loop {
            let (used, step) = self.endpoint.receive(&self.unread).unwrap();
            self.unread.drain(..used);
            if let Step::Received(opcode) = step {
                return Some(self.endpoint.take_message(opcode));
            }
            let piece = self.receive.data().await?.unwrap();
            self.receive.flow_control().release_capacity(piece.len()).unwrap();
            self.unread.extend_from_slice(&piece);
        }
    }
}

async fn connect(server: &RunningServer) -> SendRequest<Bytes> {
    let stream = tokio::net::TcpStream::connect(server.local_addrs()[0]).await.unwrap();
    let (send, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let mut send = send.ready().await.unwrap();
    // The first answer brings the server's settings with it.
    let request = HttpRequest::get("http://h.test/").body(()).unwrap();
    let refusal = send.send_request(request, true).unwrap().0.await.unwrap();
    assert_eq!(refusal.status(), 400, "a GET opens no WebSocket on HTTP/2");
    assert!(send.is_extended_connect_protocol_enabled());
    send
}

async fn open(send: &mut SendRequest<Bytes>, deflate: bool) -> (StreamSocket, Agreed) {
    let config = deflate.then(DeflateConfig::default);
    let handshake = ClientHandshake::new(OpeningForm::ExtendedConnect, [0; 16], Vec::new(), config.as_ref());
    let mut request = HttpRequest::builder().method(Method::CONNECT).uri("http://h.test/ws");
    for (name, value) in handshake.fields() {
        request = request.header(name, value);
    }
    let mut request = request.body(()).unwrap();
    request.extensions_mut().insert(h2::ext::Protocol::from("websocket"));
    let (response, stream) = send.send_request(request, false).unwrap();
    let response = response.await.unwrap();
    let fields: Vec<(&str, &[u8])> =
        response.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let agreed = handshake.check(response.status().as_u16(), &fields).unwrap();
    let config = EndpointConfig { deflate: agreed.deflate.zip(config), ..EndpointConfig::default() };
    let endpoint = Endpoint::client(config, MaskKeys::seeded(1));
    let socket = StreamSocket { send: stream, receive: response.into_body(), endpoint, unread: Vec::new() };
    (socket, agreed)
}

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future);
}

#[test]
fn several_websockets_share_a_connection() {
    let server = start_echo();
    block_on(async {
        let mut send = connect(&server).await;
        let (mut plain, without) = open(&mut send, false).await;
        let (mut compressed, with) = open(&mut send, true).await;
        assert!(without.deflate.is_none() && with.deflate.is_some());
        let long = text(&"over and over ".repeat(400));
        for socket in [&mut plain, &mut compressed] {
            socket.send(&text("first")).await;
            socket.send(&long).await;
        }
        for socket in [&mut plain, &mut compressed] {
            assert_eq!(socket.next().await, Some(text("first")));
            assert_eq!(socket.next().await.as_ref(), Some(&long));
        }
        plain.endpoint.close(CloseCode::NORMAL, "").unwrap();
        let output = plain.endpoint.take_output();
        plain.send.send_data(output.into(), false).unwrap();
        assert!(plain.next().await.unwrap().is_close());
        assert_eq!(plain.next().await, None, "the server ends the stream");
        compressed.send(&text("still here")).await;
        assert_eq!(compressed.next().await, Some(text("still here")));
    });
}

#[test]
fn a_wrong_version_is_refused_without_the_fields_of_http_1() {
    let server = start_echo();
    block_on(async {
        let mut send = connect(&server).await;
        let request = HttpRequest::builder().method(Method::CONNECT).uri("http://h.test/ws");
        let mut request = request.header("sec-websocket-version", "8").body(()).unwrap();
        request.extensions_mut().insert(h2::ext::Protocol::from("websocket"));
        let refusal = send.send_request(request, false).unwrap().0.await.unwrap();
        assert_eq!(refusal.status(), 400);
        assert_eq!(refusal.headers()["sec-websocket-version"], "13");
        assert!(!refusal.headers().contains_key("upgrade"));
    });
}

#[test]
fn a_graceful_stop_says_1001_on_streams_too() {
    let server = start_echo();
    block_on(async {
        let mut send = connect(&server).await;
        let (mut socket, _) = open(&mut send, false).await;
        socket.send(&text("here")).await;
        assert_eq!(socket.next().await, Some(text("here")));
        let stopping = tokio::spawn(server.shutdown());
        let close = socket.next().await.unwrap();
        assert_eq!(close.close_frame().map(|frame| frame.code), Some(CloseCode::GOING_AWAY));
        let echo = socket.endpoint.take_output();
        socket.send.send_data(echo.into(), true).unwrap();
        assert_eq!(socket.next().await, None);
        drop((socket, send));
        assert_eq!(stopping.await.unwrap().cut_requests, 0);
    });
}
