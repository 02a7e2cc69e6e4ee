//! The handshake on the wire: the MUSTs of RFC 6455 section 4.2 as a client sees them.

use super::*;

const GOOD: [(&str, &str); 4] = [
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Version", "13"),
];

/// Asks with the good fields, one of them replaced or left out, and closes.
fn ask(server: &RunningServer, start_line: &str, change: (&str, &str)) -> String {
    let mut wire = format!("{start_line}\r\nHost: a\r\n");
    let fields = GOOD.iter().filter(|(name, _)| *name != change.0).chain([&change]);
    for (name, value) in fields.filter(|(_, value)| !value.is_empty()) {
        wire.push_str(&format!("{name}: {value}\r\n"));
    }
    wire.push_str("\r\n");
    let mut stream = TcpStream::connect(server.local_addrs()[0]).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(wire.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.to_ascii_lowercase()
}

#[track_caller]
fn check(start_line: &str, change: (&str, &str), status: u16, parts: &[&str]) {
    let answer = ask(&start_echo(), start_line, change);
    assert!(answer.starts_with(&format!("http/1.1 {status} ")), "{answer}");
    for part in parts {
        assert!(answer.contains(part), "{part} is not in {answer}");
    }
}

const GET: &str = "GET /ws HTTP/1.1";

#[test]
fn the_key_is_answered_with_its_proof() {
    let proof = "sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n";
    check(GET, ("X", ""), 101, &["upgrade: websocket\r\n", "connection: upgrade\r\n", proof]);
}

#[test]
fn a_version_other_than_13_is_answered_426_with_the_version_spoken() {
    for version in ["8", "14", ""] {
        let parts = ["sec-websocket-version: 13\r\n", "upgrade: websocket\r\n"];
        check(GET, ("Sec-WebSocket-Version", version), 426, &parts);
    }
}

#[test]
fn a_missing_or_wrong_key_is_answered_400() {
    for key in ["", "short", "dGhlIHNhbXBsZSBub25jZQ"] {
        check(GET, ("Sec-WebSocket-Key", key), 400, &[]);
    }
}

#[test]
fn a_request_without_upgrade_is_answered_426() {
    check(GET, ("Upgrade", ""), 426, &["upgrade: websocket\r\n", "connection: upgrade\r\n"]);
}

#[test]
fn another_method_is_answered_405_and_http_1_0_knows_no_upgrade() {
    check("PUT /ws HTTP/1.1", ("X", ""), 405, &["allow: get\r\n"]);
    check("GET /ws HTTP/1.0", ("X", ""), 426, &["upgrade: websocket\r\n"]);
}

#[test]
fn a_subprotocol_and_compression_are_agreed() {
    let config = WebSocketConfig { protocols: vec!["v2".to_owned()], ..WebSocketConfig::default() };
    let server = start(config, |socket: WebSocketConnection| async move {
        socket.send_text(format!("{:?}", socket.protocol())).await.unwrap();
    });
    let options = TestWebSocketOptions {
        protocols: vec!["v3".to_owned(), "v2".to_owned()],
        deflate: Some(DeflateConfig { server_max_window_bits: 10, ..DeflateConfig::default() }),
        ..TestWebSocketOptions::default()
    };
    let mut socket = TestWebSocket::connect_with(server.local_addrs()[0], "/ws", &options).unwrap();
    assert_eq!(socket.agreed().protocol.as_deref(), Some("v2"));
    assert_eq!(socket.agreed().deflate.map(|deflate| deflate.server_max_window_bits), Some(10));
    assert_eq!(socket.receive().unwrap(), Some(text("Some(\"v2\")")));
}

#[test]
fn pages_of_foreign_origins_are_answered_403() {
    let origins = Some(vec!["https://example.org".to_owned()]);
    let server = start(WebSocketConfig { origins, ..WebSocketConfig::default() }, echo);
    assert!(ask(&server, GET, ("Origin", "https://evil.example")).starts_with("http/1.1 403 "));
    assert!(ask(&server, GET, ("Origin", "https://example.org")).starts_with("http/1.1 101 "));
    assert!(ask(&server, GET, ("X", "")).starts_with("http/1.1 101 "));
}

#[test]
fn frames_that_come_with_the_request_are_not_lost() {
    let server = start_echo();
    let mut stream = TcpStream::connect(server.local_addrs()[0]).unwrap();
    let mut wire = String::from("GET /ws HTTP/1.1\r\nHost: a\r\n");
    for (name, value) in GOOD {
        wire.push_str(&format!("{name}: {value}\r\n"));
    }
    wire.push_str("\r\n");
    let mut wire = wire.into_bytes();
    wire.extend_from_slice(b"\x81\x82\0\0\0\0hi");
    stream.write_all(&wire).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\x81\x02hi") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
}
