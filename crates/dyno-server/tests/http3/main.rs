//! HTTP/3 from the outside: a client of another make against a real server on a port of the system's choice.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod client;
mod handler;
#[path = "../conformance/http3/raw.rs"]
#[expect(dead_code, reason = "the conformance cases use all of it")]
mod raw;

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use dyno_server::{Limits, RunningServer, Server, ThreadContext};
use http::HeaderMap;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use client::{Client, Identity, get, read, read_rest, request};
use handler::Probe;

const H3_NO_ERROR: u64 = 0x100;
const H3_INTERNAL_ERROR: u64 = 0x102;
const H3_FRAME_UNEXPECTED: u64 = 0x105;
const H3_EXCESSIVE_LOAD: u64 = 0x107;
const H3_REQUEST_REJECTED: u64 = 0x10b;

fn start(identity: &Identity, tune: impl FnOnce(&mut Limits)) -> (RunningServer, SocketAddr) {
    let builder = Server::builder().listen_quic("127.0.0.1:0".parse().unwrap(), identity.material.clone());
    let server = builder.tune(tune).start(|_: ThreadContext| Probe).unwrap();
    let address = server.quic_addrs()[0];
    (server, address)
}

/// A server with the default limits and a connection to it.
async fn served() -> (RunningServer, Client) {
    served_with(|_| {}).await
}

async fn served_with(tune: impl FnOnce(&mut Limits)) -> (RunningServer, Client) {
    let identity = Identity::new();
    let (server, address) = start(&identity, tune);
    let client = Client::connect(&identity, address).await;
    (server, client)
}

/// The code with which the server resets the stream, before or behind its head.
async fn reset_code(stream: &mut client::Stream) -> u64 {
    let mut error = stream.recv_response().await.map(|_| ()).err();
    while error.is_none() {
        match stream.recv_data().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the stream ended in good order"),
            Err(reset) => error = Some(reset),
        }
    }
    match error.unwrap() {
        h3::error::StreamError::RemoteTerminate { code, .. } => code.value(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_handler_sees_the_request_and_its_connection() {
    let (_server, mut client) = served().await;
    let mut asked = get("/about?a=b");
    asked.headers_mut().insert("priority", "u=1, i".parse().unwrap());
    asked.headers_mut().append("cookie", "a=1".parse().unwrap());
    asked.headers_mut().append("cookie", "b=2".parse().unwrap());
    let answer = client.ask(asked, b"").await;
    assert_eq!(answer.status, 200);
    assert!(answer.fields.contains_key("date"));
    assert!(!answer.fields.contains_key("connection"));
    assert_eq!(
        answer.text(),
        "HTTP/3 GET https /about?a=b host=localhost stream=Some(0) urgency=1 incremental=true quic \
         Some(\"h3\") cookie=a=1; b=2"
    );
}

#[tokio::test]
async fn bodies_are_kept_counted_and_refused() {
    let (_server, mut client) = served().await;
    assert_eq!(client.ask(request("POST", "/echo"), b"hello").await.text(), "hello");
    assert_eq!(client.ask(request("POST", "/count"), &vec![7; 3 << 20]).await.text(), "3145728");
    assert_eq!(client.ask(request("POST", "/echo"), b"").await.text(), "");
    // Longer than the policy allows, told by its length or by its bytes.
    let mut long = request("POST", "/echo");
    long.headers_mut().insert("content-length", "70000".parse().unwrap());
    let mut stream = client.open(long).await;
    assert_eq!(read(&mut stream).await.status, 413);
    let mut stream = client.open(request("POST", "/echo")).await;
    // The server may refuse before all of it is sent.
    let _ = stream.send_data(Bytes::from(vec![7; 70_000])).await;
    assert_eq!(read(&mut stream).await.status, 413);
}

#[tokio::test]
async fn answers_of_every_kind_arrive() {
    let (_server, mut client) = served().await;
    assert_eq!(client.get("/large").await.body.len(), 5 << 20);
    assert_eq!(client.get("/stream").await.text(), "3\n2\n1\n");
    assert_eq!(client.get("/missing").await.status, 404);
    let head = client.ask(request("HEAD", "/large"), b"").await;
    assert_eq!((head.body.len(), head.fields["content-length"].to_str().unwrap()), (0, "5242880"));
    let empty = client.get("/no-content").await;
    assert_eq!((empty.status, empty.body.len()), (204, 0));
    let mut hinted = client.open(get("/hint")).await;
    hinted.finish().await.unwrap();
    let interim = hinted.recv_response().await.unwrap();
    assert_eq!(interim.status(), 103);
    assert_eq!(interim.headers()["link"], "</a>; rel=preload");
    assert_eq!(read(&mut hinted).await.text(), "hinted");
}

#[tokio::test]
async fn bodies_stream_both_ways_with_trailers() {
    let (_server, mut client) = served().await;
    let mut stream = client.open(request("POST", "/upper")).await;
    let response = stream.recv_response().await.unwrap();
    for piece in ["one, ", "two, ", "three"] {
        stream.send_data(Bytes::from(piece)).await.unwrap();
    }
    stream.finish().await.unwrap();
    let answer = read_rest(&mut stream, response).await;
    assert_eq!(answer.text(), "ONE, TWO, THREE");
    assert_eq!(answer.trailers.unwrap()["x-count"], "15");

    let mut trailers = HeaderMap::new();
    trailers.insert("x-sum", "9".parse().unwrap());
    for (path, expected) in
        [("/trailers", "[(\"x-sum\", [57])]"), ("/collect", "4 bytes, trailers [(\"x-sum\", [57])]")]
    {
        let mut stream = client.open(request("POST", path)).await;
        stream.send_data(Bytes::from("body")).await.unwrap();
        stream.send_trailers(trailers.clone()).await.unwrap();
        stream.finish().await.unwrap();
        assert_eq!(read(&mut stream).await.text(), expected);
    }
}

/// Reads an answer to its end and counts its bytes on the way.
async fn count_bytes(stream: &mut client::Stream, count: &AtomicUsize) {
    stream.recv_response().await.unwrap();
    while let Some(piece) = stream.recv_data().await.unwrap() {
        count.fetch_add(bytes::Buf::remaining(&piece), Ordering::Relaxed);
    }
}

#[tokio::test]
async fn urgent_answers_overtake_others() {
    let (_server, mut client) = served().await;
    let mut asked = Vec::new();
    for priority in ["u=7", "u=1"] {
        let mut request = get("/large");
        request.headers_mut().insert("priority", priority.parse().unwrap());
        let mut stream = client.open(request).await;
        stream.finish().await.unwrap();
        asked.push(stream);
    }
    let (mut urgent, mut patient) = (asked.pop().unwrap(), asked.pop().unwrap());
    let (of_urgent, of_patient) = (AtomicUsize::new(0), AtomicUsize::new(0));
    tokio::select! {
        () = count_bytes(&mut urgent, &of_urgent) => {}
        () = count_bytes(&mut patient, &of_patient) => panic!("the answer that was less urgent came first"),
    }
    let (urgent, patient) = (of_urgent.into_inner(), of_patient.into_inner());
    assert_eq!(urgent, 5 << 20);
    assert!(patient < urgent / 2, "{patient} bytes of the less urgent answer came before");
}

#[tokio::test]
async fn a_client_that_expects_100_gets_it_when_its_body_is_wanted() {
    let (_server, mut client) = served().await;
    for path in ["/echo", "/collect"] {
        let mut expecting = request("POST", path);
        expecting.headers_mut().insert("expect", "100-continue".parse().unwrap());
        let mut stream = client.open(expecting).await;
        assert_eq!(stream.recv_response().await.unwrap().status(), 100);
        stream.send_data(Bytes::from("body")).await.unwrap();
        stream.finish().await.unwrap();
        assert_eq!(read(&mut stream).await.status, 200);
    }
    let mut expecting = get("/about");
    expecting.headers_mut().insert("expect", "a miracle".parse().unwrap());
    assert_eq!(client.ask(expecting, b"").await.status, 417);
}

#[tokio::test]
async fn a_panic_ends_one_request_and_tells_nothing() {
    let (_server, mut client) = served().await;
    let mut other = client.open(get("/until-shutdown")).await;
    for path in ["/panic", "/late-panic", "/nothing"] {
        let answer = client.get(path).await;
        assert_eq!((answer.status, answer.text()), (500, "Internal Server Error"), "{path}");
    }
    assert_eq!(client.get("/about").await.status, 200);
    other.finish().await.unwrap();
    drop(_server);
}

#[tokio::test]
async fn faults_do_what_they_say() {
    let (_server, mut client) = served().await;
    let mut stream = client.open(get("/reset-stream")).await;
    stream.finish().await.unwrap();
    assert_eq!(reset_code(&mut stream).await, H3_REQUEST_REJECTED);
    let mut stream = client.open(get("/raw")).await;
    stream.finish().await.unwrap();
    assert_eq!(reset_code(&mut stream).await, H3_INTERNAL_ERROR);
    let mut stream = client.open(get("/short")).await;
    stream.finish().await.unwrap();
    assert_eq!(reset_code(&mut stream).await, H3_INTERNAL_ERROR);
    // A stream that ends without an answer.
    let mut stream = client.open(get("/close")).await;
    stream.finish().await.unwrap();
    assert!(stream.recv_response().await.is_err());

    let (_server, mut client) = served().await;
    let mut stream = client.open(get("/go-away")).await;
    stream.finish().await.unwrap();
    assert_eq!(read(&mut stream).await.text(), "farewell");
    assert_eq!(client.closed().await, H3_EXCESSIVE_LOAD);

    let (_server, mut client) = served().await;
    let mut stream = client.open(get("/reset")).await;
    stream.finish().await.unwrap();
    assert_eq!(client.closed().await, H3_INTERNAL_ERROR);
}

#[tokio::test]
async fn an_answer_may_be_the_last_of_its_connection() {
    let (_server, mut client) = served().await;
    assert_eq!(client.get("/last").await.text(), "last");
    assert_eq!(client.closed().await, H3_NO_ERROR);
}

#[tokio::test]
async fn a_stop_lets_requests_end_and_counts_what_it_cuts() {
    let (server, mut client) = served().await;
    let mut waiting = client.open(get("/until-shutdown")).await;
    waiting.finish().await.unwrap();
    // Answered behind it on the same connection, so the first is in progress.
    client.get("/about").await;
    let (report, answer) = tokio::join!(server.shutdown(), read(&mut waiting));
    assert_eq!(answer.text(), "stopped in good order");
    assert_eq!((report.cut_connections, report.cut_requests), (0, 0));
    assert_eq!(client.closed().await, H3_NO_ERROR);

    let (server, mut client) = served().await;
    let mut never = Vec::new();
    for _ in 0..3 {
        let mut stream = client.open(get("/never")).await;
        stream.finish().await.unwrap();
        never.push(stream);
    }
    client.get("/about").await;
    let report = server.shutdown_within(Duration::from_millis(50)).await;
    assert_eq!((report.cut_connections, report.cut_requests), (1, 3));
}

#[tokio::test]
async fn many_requests_at_once_over_several_threads() {
    let identity = Identity::new();
    let builder = Server::builder().listen_quic("127.0.0.1:0".parse().unwrap(), identity.material.clone());
    let server = builder.threads(2).start(|_: ThreadContext| Probe).unwrap();
    for _ in 0..4 {
        let mut client = Client::connect(&identity, server.quic_addrs()[0]).await;
        let mut streams = Vec::new();
        for _ in 0..50 {
            let mut stream = client.open(request("POST", "/echo")).await;
            stream.send_data(Bytes::from(vec![b'e'; 10_000])).await.unwrap();
            stream.finish().await.unwrap();
            streams.push(stream);
        }
        for stream in &mut streams {
            assert_eq!(read(stream).await.body.len(), 10_000);
        }
    }
}

/// An extended `CONNECT` (RFC 9220), as a WebSocket begins.
fn connect() -> Vec<u8> {
    raw::headers(&raw::request_fields("CONNECT", "/tunnel", &[(":protocol", "websocket")]))
}

#[tokio::test]
async fn an_extended_connect_becomes_a_byte_stream() {
    let identity = Identity::new();
    let (server, address) = start(&identity, |_| {});
    let quic = identity.connect_quic(address).await;
    let mut control = quic.open_uni().await.unwrap();
    control.write_all(&raw::control_start()).await.unwrap();
    // Bytes may come together with the request.
    let start = [connect(), raw::data("hello ")].concat();
    let (mut send, receive) = raw::send_request(&quic, &start, false).await.unwrap();
    send.write_all(&[raw::data("wo"), raw::frame(0x21, "ignored"), raw::data("rld")].concat()).await.unwrap();
    send.finish().unwrap();
    let answer = raw::read_answer(&quic, receive).await;
    assert_eq!(answer, raw::Outcome::Answered(200, b"HELLO WORLD".to_vec()));

    // A stop reaches the owner of the stream, whose last words still arrive.
    let (_send, receive) = raw::send_request(&quic, &connect(), false).await.unwrap();
    let probe = raw::headers(&raw::request_fields("GET", "/about", &[]));
    let (_probe, about) = raw::send_request(&quic, &probe, true).await.unwrap();
    raw::read_answer(&quic, about).await;
    let (report, answer) = tokio::join!(server.shutdown(), raw::read_answer(&quic, receive));
    assert_eq!(answer, raw::Outcome::Answered(200, b"GOODBYE".to_vec()));
    assert_eq!((report.cut_connections, report.cut_requests), (0, 0));
    assert_eq!(raw::closed(&quic).await, raw::Outcome::Closed(H3_NO_ERROR));
}

#[tokio::test]
async fn a_websocket_runs_over_one_stream() {
    let identity = Identity::new();
    let (_server, address) = start(&identity, |_| {});
    let quic = identity.connect_quic(address).await;
    let more = [(":protocol", "websocket"), ("sec-websocket-version", "13")];
    let connect = raw::headers(&raw::request_fields("CONNECT", "/websocket", &more));
    // Frames masked with zeros: a text, and once it is back a close with 1000.
    let text = raw::data(b"\x81\x82\0\0\0\0hi");
    let (mut send, mut receive) = raw::send_request(&quic, &[connect, text].concat(), false).await.unwrap();
    let mut echoed = Vec::new();
    while !echoed.ends_with(b"\x81\x02hi") {
        echoed.extend_from_slice(&receive.read_chunk(1024, true).await.unwrap().unwrap().bytes);
    }
    send.write_all(&raw::data(b"\x88\x82\0\0\0\0\x03\xe8")).await.unwrap();
    send.finish().unwrap();
    let rest = receive.read_to_end(1024).await.unwrap();
    assert_eq!(rest, raw::data(b"\x88\x02\x03\xe8"));
}

#[tokio::test]
async fn a_field_section_inside_of_a_tunnel_ends_the_connection() {
    let identity = Identity::new();
    let (_server, address) = start(&identity, |_| {});
    let quic = identity.connect_quic(address).await;
    let start = [connect(), raw::headers(&[("x", "y")])].concat();
    let (_send, _receive) = raw::send_request(&quic, &start, false).await.unwrap();
    assert_eq!(raw::closed(&quic).await, raw::Outcome::Closed(H3_FRAME_UNEXPECTED));
}

/// Passes datagrams on between one client and `server`; tells whether the server has sent a Retry.
async fn relay(server: SocketAddr, saw_retry: Arc<AtomicBool>) -> SocketAddr {
    let outer = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let inner = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    inner.connect(server).await.unwrap();
    let address = outer.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut up, mut down) = ([0; 2048], [0; 2048]);
        let mut client = None;
        loop {
            tokio::select! {
                Ok((count, from)) = outer.recv_from(&mut up) => {
                    client = Some(from);
                    inner.send(&up[..count]).await.unwrap();
                }
                Ok(count) = inner.recv(&mut down) => {
                    // A long header of type 3 (RFC 9000, section 17.2.5).
                    if down[0] & 0xf0 == 0xf0 {
                        saw_retry.store(true, Ordering::Relaxed);
                    }
                    outer.send_to(&down[..count], client.unwrap()).await.unwrap();
                }
            }
        }
    });
    address
}

#[tokio::test]
async fn clients_prove_their_address_when_too_many_handshakes_are_open() {
    for (half_open_max, expects_retry) in [(1_000, false), (0, true)] {
        let identity = Identity::new();
        let (_server, address) = start(&identity, |limits| limits.http3.half_open_max = half_open_max);
        let saw_retry = Arc::new(AtomicBool::new(false));
        let relay = relay(address, Arc::clone(&saw_retry)).await;
        let mut client = Client::connect(&identity, relay).await;
        assert_eq!(client.get("/about").await.status, 200);
        assert_eq!(saw_retry.load(Ordering::Relaxed), expects_retry);
    }
}

/// The answer to `GET /about` over TLS and TCP, as text.
async fn over_tls(identity: &Identity, address: SocketAddr) -> String {
    let connector = tokio_rustls::TlsConnector::from(Arc::new(identity.client_config("http/1.1")));
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let mut stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
    stream.write_all(b"GET /about HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn tls_answers_tell_of_http3_when_it_is_there() {
    let identity = Identity::new();
    let builder = Server::builder()
        .listen("127.0.0.1:0".parse().unwrap())
        .listen_tls("127.0.0.1:0".parse().unwrap(), identity.material.clone())
        .http3(true);
    let server = builder.start(|_: ThreadContext| Probe).unwrap();
    let address = server.tls_addrs()[0];
    assert_eq!(server.quic_addrs(), [address], "the same port over UDP");
    let told = format!("alt-svc: h3=\":{}\"; ma=86400\r\n", address.port());
    assert!(over_tls(&identity, address).await.contains(&told));
    let mut client = Client::connect(&identity, address).await;
    let answer = client.get("/about").await;
    assert_eq!(answer.status, 200);
    assert!(!answer.fields.contains_key("alt-svc"));
}

#[tokio::test]
async fn a_taken_udp_port_is_passed_over_in_silence() {
    let identity = Identity::new();
    // A port that is free for UDP may be in use for TCP, so the first one that is free for both.
    let (_taken, server) = std::iter::repeat_with(|| UdpSocket::bind("127.0.0.1:0").unwrap())
        .take(100)
        .find_map(|taken| {
            let address = taken.local_addr().unwrap();
            let builder = Server::builder().listen_tls(address, identity.material.clone()).http3(true);
            Some((taken, builder.start(|_: ThreadContext| Probe).ok()?))
        })
        .expect("one of a hundred ports is free for TCP");
    assert!(server.quic_addrs().is_empty());
    let answer = over_tls(&identity, server.tls_addrs()[0]).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(!answer.contains("alt-svc"), "{answer}");
}
