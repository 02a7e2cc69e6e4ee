//! A WebSocket on one stream of HTTP/3, RFC 9220: opened by an extended `CONNECT`, otherwise the same.

use dyno_proto::websocket::handshake::{ClientHandshake, OpeningForm};
use dyno_proto::websocket::{CloseCode, Endpoint, EndpointConfig, MaskKeys, Message, Step};
use dyno_server::{Server, TlsMaterial};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::Echo;
use crate::http3::raw::{self, Outcome};

/// What an endpoint hears in these bytes.
fn heard(endpoint: &mut Endpoint, mut bytes: &[u8]) -> Vec<Message> {
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        let (used, step) = endpoint.receive(bytes).unwrap();
        bytes = &bytes[used..];
        if let Step::Received(opcode) = step {
            messages.push(endpoint.take_message(opcode));
        }
    }
    messages
}

#[tokio::test]
async fn a_websocket_runs_on_a_stream_of_http3() {
    let identity = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate: CertificateDer<'static> = identity.cert.der().clone();
    let key = PrivateKeyDer::try_from(identity.signing_key.serialize_der()).unwrap();
    let material = TlsMaterial::from_der(vec![certificate.clone()], key).unwrap();
    let builder = Server::builder().listen_quic("127.0.0.1:0".parse().unwrap(), material);
    let server = builder.start(|_| Echo).unwrap();

    let quic = raw::connect(server.quic_addrs()[0], &certificate, |_| {}).await;
    let mut control = quic.open_uni().await.unwrap();
    control.write_all(&raw::control_start()).await.unwrap();
    let handshake = ClientHandshake::new(OpeningForm::ExtendedConnect, [0; 16], Vec::new(), None);
    let asked: Vec<(String, String)> =
        handshake.fields().into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    let mut fields = vec![(":protocol", "websocket")];
    fields.extend(asked.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let start = raw::headers(&raw::request_fields("CONNECT", "/ws", &fields));
    let (mut send, receive) = raw::send_request(&quic, &start, false).await.unwrap();

    let mut client = Endpoint::client(EndpointConfig::default(), MaskKeys::seeded(1));
    let long = "over and over ".repeat(5_000);
    client.send_text("hello").unwrap();
    client.send_text(&long).unwrap();
    client.close(CloseCode::NORMAL, "").unwrap();
    send.write_all(&raw::data(client.take_output())).await.unwrap();
    let Outcome::Answered(200, bytes) = raw::read_answer(&quic, receive).await else {
        panic!("the stream did not become a WebSocket");
    };
    let messages = heard(&mut client, &bytes);
    assert_eq!(messages[..2], [Message::text_of("hello"), Message::text_of(long)]);
    assert_eq!(messages[2].close_frame().map(|frame| frame.code), Some(CloseCode::NORMAL));
    assert!(client.is_over());
}
