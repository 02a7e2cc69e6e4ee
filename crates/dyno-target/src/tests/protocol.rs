//! What the versions have beyond requests and answers: over raw HTTP/1.1, and HTTP/2 by curl and nghttp.

use std::process::Command;

use dyno_server::{TestWebSocket, TestWebSocketError, WebSocketCloseCode, WebSocketMessage};

use super::client::{ask, exchange, request};
use super::{curl, skip, start};
use crate::{RunningTarget, TargetOptions, TargetTls, serve};

/// Asks over HTTP/2 with prior knowledge; gives what curl says.
fn http2(target: &RunningTarget, path: &str, arguments: &[&str]) -> Option<String> {
    curl(target, path, &[&["--http2-prior-knowledge"], arguments].concat())
}

#[test]
fn the_protocol_is_told() {
    let target = start();
    let Some(told) = http2(&target, "/protocol", &[]) else { return };
    assert!(told.contains(r#""version":"HTTP/2","scheme":"http","transport":"tcp""#), "{told}");
    assert!(told.contains(r#""stream_id":1,"#), "{told}");
    let upgraded = curl(&target, "/protocol", &["--http2"]).unwrap();
    assert!(upgraded.contains(r#""version":"HTTP/2""#), "h2c by upgrade: {upgraded}");
}

#[test]
fn http3_is_told_on_tls_ports_only_where_it_is_served() {
    let serve_tls = |http3: bool| {
        let listen_tls = vec!["127.0.0.1:0".parse().unwrap()];
        let tls = Some(TargetTls::SelfSigned);
        serve(TargetOptions { listen_tls, tls, http3, ..TargetOptions::default() }).unwrap()
    };
    for http3 in [true, false] {
        let target = serve_tls(http3);
        assert_eq!(target.quic_addrs().len(), usize::from(http3));
        let port = target.tls_addrs()[0].port();
        let url = format!("https://127.0.0.1:{port}/protocol");
        let Ok(output) = Command::new("curl").args(["-sSki", "-m", "10", &url]).output() else {
            return skip("curl is not installed");
        };
        let answer = String::from_utf8_lossy(&output.stdout);
        assert_eq!(answer.contains(&format!("alt-svc: h3=\":{port}\"")), http3, "{answer}");
        assert!(answer.contains(r#""version":"HTTP/2","scheme":"https","transport":"tls""#), "{answer}");
        assert!(answer.contains(r#""alpn":"h2""#), "{answer}");
    }
}

#[test]
fn hints_come_in_front_of_the_answer() {
    let target = start();
    let bytes = exchange(&target, &request("GET", "/early-hints?n=2", &[], ""));
    let text = String::from_utf8(bytes).unwrap();
    let (interim, answer) = text.split_once("\r\n\r\n").unwrap();
    assert!(interim.starts_with("HTTP/1.1 103 "), "{text}");
    assert_eq!(interim.matches("link: </static/").count(), 2, "{text}");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("{\"hints\":2}\n"), "{text}");
}

#[test]
fn files_are_pushed_to_clients_that_take_them() {
    let target = start();
    let url = format!("http://{}/push?n=3", target.local_addrs()[0]);
    let Ok(output) = Command::new("nghttp").args(["-nv", &url]).output() else {
        return skip("nghttp is not installed");
    };
    let log = String::from_utf8_lossy(&output.stdout);
    assert_eq!(log.matches("recv PUSH_PROMISE").count(), 3, "{log}");
    let Ok(output) = Command::new("nghttp").args(["--no-push", &url]).output() else { return };
    assert!(String::from_utf8_lossy(&output.stdout).contains(r#"{"pushed":0,"linked":3}"#));
}

#[test]
fn streams_and_connections_end_with_their_codes() {
    let target = start();
    for (path, part) in [
        ("/fault/rst", "CANCEL"),
        ("/fault/rst?code=2", "INTERNAL_ERROR"),
        // A refused request may be sent again, and curl does so a few times.
        ("/fault/refuse", "tried 5 times"),
        ("/fault/truncate", "curl: ("),
        ("/fault/empty", "curl: ("),
        ("/fault/goaway", "curl: ("),
    ] {
        let Some(said) = http2(&target, path, &["--max-time", "5", "--retry", "0"]) else { return };
        assert!(said.contains(part), "{path}: {said}");
    }
    assert!(http2(&target, "/fault/quic-close", &[]).unwrap().contains("needs HTTP/3"));
}

#[test]
fn trailers_come_on_both_versions() {
    let target = start();
    let text =
        String::from_utf8(exchange(&target, &request("GET", "/trailers?x-colour=blue", &[], ""))).unwrap();
    assert!(text.contains("\r\ntrailer: x-colour\r\n"), "{text}");
    assert!(text.ends_with("\r\n0\r\nx-colour: blue\r\n\r\n"), "{text}");
    assert_eq!(ask(&target, "GET", "/trailers?content-length=1", &[], "").status, 400);
    let Some(said) = http2(&target, "/trailers?x-colour=blue", &["-i"]) else { return };
    assert!(said.contains("x-colour: blue"), "{said}");
}

#[test]
fn a_body_is_read_only_when_it_is_wanted() {
    let target = start();
    let expect = [("expect", "100-continue"), ("content-length", "5")];
    let refused = exchange(&target, &request("POST", "/continue?refuse=true", &expect, ""));
    let refused = String::from_utf8(refused).unwrap();
    assert!(refused.starts_with("HTTP/1.1 417 "), "{refused}");
    let Some(said) = curl(&target, "/continue", &["-v", "-H", "expect: 100-continue", "-d", "marco"]) else {
        return;
    };
    assert!(said.contains("HTTP/1.1 100 Continue"), "{said}");
    assert!(said.contains(r#"{"expect_continue":true,"bytes":5}"#), "{said}");
}

#[test]
fn sockets_echo_and_keep_their_bounds() {
    let target = start();
    let address = target.local_addrs()[0];
    let mut socket = TestWebSocket::connect(address, "/ws").unwrap();
    for message in [WebSocketMessage::text_of("marco"), WebSocketMessage::binary_of(vec![7; 70_000])] {
        socket.send(&message).unwrap();
        assert_eq!(socket.receive().unwrap(), Some(message));
    }
    let mut socket =
        TestWebSocket::connect(address, "/websocket/echo?max_fragment_size=2&max_message_size=5").unwrap();
    socket.send(&WebSocketMessage::text_of("marco")).unwrap();
    assert_eq!(socket.receive().unwrap(), Some(WebSocketMessage::text_of("marco")));
    socket.send(&WebSocketMessage::text_of("marco polo")).unwrap();
    let closed = socket.receive().unwrap().unwrap();
    assert!(closed.is_close(), "{closed:?}");
    for query in ["max_message_size=0", "max_fragment_size=9&max_message_size=5", "max_message_size=9999999"]
    {
        assert_eq!(ask(&target, "GET", &format!("/websocket/echo?{query}"), &[], "").status, 400, "{query}");
    }
}

#[test]
fn rooms_hear_what_is_said_in_them() {
    let target = start();
    let address = target.local_addrs()[0];
    let join = |path: &str| TestWebSocket::connect(address, path).unwrap();
    let (mut one, mut two, mut other) = (join("/ws/room/1"), join("/ws/room/1"), join("/ws/room/2"));
    // An own word that comes back proves that its speaker is in the room.
    for (socket, word) in [(&mut two, "two"), (&mut other, "other")] {
        socket.send(&WebSocketMessage::text_of(word)).unwrap();
        while socket.receive().unwrap() != Some(WebSocketMessage::text_of(word)) {}
    }
    one.send(&WebSocketMessage::text_of("one")).unwrap();
    assert_eq!(two.receive().unwrap(), Some(WebSocketMessage::text_of("one")));
    other.send(&WebSocketMessage::text_of("still")).unwrap();
    assert_eq!(other.receive().unwrap(), Some(WebSocketMessage::text_of("still")), "heard another room");
}

#[test]
fn sockets_break_the_protocol_as_asked() {
    let target = start();
    let open = |path: &str| TestWebSocket::connect(target.local_addrs()[0], path).unwrap();
    for path in ["/ws/fault/fragment", "/ws/fault/bad-utf8", "/ws/fault/close-code"] {
        let mut socket = open(path);
        assert!(matches!(socket.receive(), Err(TestWebSocketError::Protocol(_))), "{path}");
    }
    let mut socket = open("/ws/fault/close-code?code=1011");
    assert!(socket.receive().unwrap().is_some_and(|message| message.is_close()));
    assert_eq!(ask(&target, "GET", "/ws/fault/none", &[], "").status, 404);
    let mut deaf = open("/ws/fault/no-pong");
    deaf.close(WebSocketCloseCode::NORMAL, "").unwrap();
}
