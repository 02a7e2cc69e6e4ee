//! A real server on port 0, asked through raw sockets.

use std::cell::Cell;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use crate::*;

/// Answers every path with what the tests below need.
struct Probe {
    plain: PreparedResponse,
    count: Cell<u64>,
}

impl Handler for Probe {
    fn answer(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
        self.count.set(self.count.get() + 1);
        match request.path() {
            "/plain" => response.prepared(&self.plain),
            "/echo" => response.respond(200, "text/plain", request.body()),
            "/upload" => response.respond(200, "text/plain", request.body_bytes().to_string().as_bytes()),
            "/empty" => response.start(204).body(b"never sent"),
            "/split" => response.start(200).field("a", b"b\r\nc: d").body(b"x"),
            "/panic" => panic!("on purpose"),
            "/late-panic" => return Action::Later(Box::pin(async { panic!("on purpose") })),
            "/stall" => return Action::Stall,
            "/reset" => return Action::Reset,
            "/later" => {
                return Action::Later(Box::pin(async {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    let finish: Finish = Box::new(|response| {
                        response.respond(200, "text/plain", b"later");
                        Action::Done
                    });
                    finish
                }));
            }
            "/stream" => {
                let is_chunked = response.start(200).stream_of_chunks();
                return Action::Stream(Box::new(Countdown { left: 3, is_chunked }));
            }
            _ => response.respond(404, "text/plain", b"no"),
        }
        Action::Done
    }

    fn body_policy(&self, request: &dyno_proto::http1::RequestView<'_>) -> BodyPolicy {
        match request.path() {
            "/upload" => BodyPolicy::Count { bytes_max: 64 << 20 },
            _ => BodyPolicy::default(),
        }
    }
}

struct Countdown {
    left: u32,
    is_chunked: bool,
}

impl BodySource for Countdown {
    fn fill(&mut self, out: &mut Vec<u8>) -> Filled {
        self.left -= 1;
        let piece = if self.is_chunked { "2\r\nab\r\n" } else { "ab" };
        out.extend_from_slice(piece.as_bytes());
        if self.left > 0 {
            return Filled::More;
        }
        if self.is_chunked {
            out.extend_from_slice(b"0\r\n\r\n");
        }
        Filled::End
    }
}

fn probe(_: ThreadContext) -> Probe {
    Probe { plain: PreparedResponse::new(200, "text/plain", b"hello"), count: Cell::new(0) }
}

fn start() -> RunningServer {
    Server::builder().listen("127.0.0.1:0".parse().unwrap()).start(probe).unwrap()
}

/// Sends `wire`, ends the sending side, and returns all that comes back.
fn ask(server: &RunningServer, wire: &str) -> String {
    let mut stream = TcpStream::connect(server.local_addrs()[0]).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(wire.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn get(path: &str, fields: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

#[track_caller]
fn check(wire: &str, parts: &[&str]) {
    let server = start();
    let answer = ask(&server, wire);
    let mut rest = answer.as_str();
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => panic!("{part:?} is not in order in {answer:?}"),
        }
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let wire =
        format!("{}{}{}", get("/plain", ""), get("/later", ""), get("/nowhere", "Connection: close\r\n"));
    check(
        &wire,
        &["HTTP/1.1 200 OK\r\n", "date: ", " GMT\r\n\r\nhello", "later", "404", "connection: close", "no"],
    );
}

#[test]
fn complete_requests_are_answered_while_the_next_is_incomplete() {
    let server = start();
    let mut stream = TcpStream::connect(server.local_addrs()[0]).unwrap();
    stream.write_all(format!("{}GET /pla", get("/plain", "")).as_bytes()).unwrap();
    let mut answer = [0; 300];
    let count = stream.read(&mut answer).unwrap();
    assert!(answer[..count].ends_with(b"hello"));
    stream.write_all(b"in HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let count = stream.read(&mut answer).unwrap();
    assert!(answer[..count].ends_with(b"hello"));
}

#[test]
fn bodies_are_left_out_where_http_forbids_them() {
    check("HEAD /plain HTTP/1.1\r\nHost: a\r\n\r\n", &["content-length: 5\r\n"]);
    let server = start();
    assert!(ask(&server, "HEAD /plain HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("\r\n\r\n"));
    assert!(ask(&server, "HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("\r\n\r\n"));
    let answer = ask(&server, &get("/empty", ""));
    assert!(answer.starts_with("HTTP/1.1 204 No Content\r\n") && answer.ends_with("\r\n\r\n"));
    assert!(!answer.contains("content-length"));
}

#[test]
fn request_bodies_arrive_in_every_framing() {
    let post = |fields: &str, body: &str| format!("POST /echo HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}");
    check(&post("Content-Length: 5\r\n", "12345"), &["content-length: 5", "\r\n\r\n12345"]);
    check(
        &post("Transfer-Encoding: chunked\r\n", "2\r\n12\r\n1;x\r\n3\r\n0\r\nt: u\r\n\r\n"),
        &["\r\n\r\n123"],
    );
    check(&post("Content-Length: 2000000\r\n", ""), &["HTTP/1.1 413 "]);
    check(&post("Transfer-Encoding: chunked\r\n", "zz\r\n"), &["HTTP/1.1 400 ", "chunk size"]);
    let large = "x".repeat(300_000);
    check(&post("Content-Length: 300000\r\n", &large), &["content-length: 300000", "xxx"]);
    let upload =
        format!("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n{}", large.repeat(10));
    check(&upload, &["\r\n\r\n3000000"]);
}

#[test]
fn a_client_that_waits_for_100_gets_it() {
    let server = start();
    let mut stream = TcpStream::connect(server.local_addrs()[0]).unwrap();
    let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 300];
    let count = stream.read(&mut answer).unwrap();
    assert_eq!(&answer[..count], b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"ok").unwrap();
    let count = stream.read(&mut answer).unwrap();
    assert!(answer[..count].ends_with(b"\r\n\r\nok"));
}

#[test]
fn refusals_are_answered_and_close() {
    check("GET / HTTP/1.1\r\n\r\n", &["HTTP/1.1 400 Bad Request", "connection: close", "`Host` is missing"]);
    check("GET / HTTP/2.0\r\n\r\n", &["HTTP/1.1 505 "]);
    check(&format!("GET /{} HTTP/1.1\r\n", "x".repeat(20_000)), &["HTTP/1.1 414 "]);
    check(&get("/plain", &"a: b\r\n".repeat(200)), &["HTTP/1.1 431 "]);
}

#[test]
fn broken_handlers_become_500() {
    check(&get("/panic", ""), &["HTTP/1.1 500 ", "connection: close", "panicked"]);
    check(&get("/late-panic", ""), &["HTTP/1.1 500 ", "connection: close", "panicked"]);
    check(&get("/split", ""), &["HTTP/1.1 500 ", "content-length: 0"]);
}

#[test]
fn streams_have_chunks_only_where_the_version_knows_them() {
    check(
        &get("/stream", ""),
        &["transfer-encoding: chunked", "\r\n\r\n2\r\nab\r\n2\r\nab\r\n2\r\nab\r\n0\r\n\r\n"],
    );
    check("GET /stream HTTP/1.0\r\n\r\n", &["connection: close", "\r\n\r\nababab"]);
}

#[test]
fn http10_keeps_a_connection_only_when_asked() {
    check("GET /plain HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", &["connection: keep-alive", "hello"]);
    check("GET /plain HTTP/1.0\r\n\r\n", &["connection: close", "hello"]);
}

#[test]
fn a_reset_is_seen_as_one() {
    let server = start();
    let mut stream = TcpStream::connect(server.local_addrs()[0]).unwrap();
    stream.write_all(get("/reset", "").as_bytes()).unwrap();
    let error = stream.read(&mut [0; 10]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn several_threads_share_a_port_and_unix_sockets_work() {
    let directory = std::env::temp_dir().join(format!("dyno-server-{}.sock", std::process::id()));
    let server = Server::builder()
        .listen("127.0.0.1:0".parse().unwrap())
        .unix_socket(&directory)
        .threads(2)
        .start(probe)
        .unwrap();
    for _ in 0..8 {
        assert!(ask(&server, &get("/plain", "")).ends_with("hello"));
    }
    let mut stream = UnixStream::connect(&directory).unwrap();
    stream.write_all(get("/plain", "Connection: close\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("hello"));
    drop(server);
    assert!(!directory.exists());
}

#[test]
fn a_taken_port_is_an_error() {
    let server = start();
    let address = server.local_addrs()[0];
    let error = Server::builder().listen(address).start(probe).unwrap_err();
    assert_eq!(error.to_string(), format!("could not listen on {address}"));
    assert!(matches!(Server::builder().start(probe), Err(ServerError::NothingToListenOn)));
}

#[test]
fn tls_is_served() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let material =
        TlsMaterial::from_pem(made.cert.pem().as_bytes(), made.signing_key.serialize_pem().as_bytes())
            .unwrap();
    let server = Server::builder().listen_tls("127.0.0.1:0".parse().unwrap(), material).start(probe).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let client = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = TcpStream::connect(server.tls_addrs()[0]).unwrap();
    let mut stream = rustls::StreamOwned::new(client, stream);
    stream.write_all(get("/plain", "Connection: close\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("hello"));
}

#[test]
fn a_stop_lets_answers_end_and_counts_what_it_cuts() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = start();
    let address = server.local_addrs()[0];
    let mut idle = TcpStream::connect(address).unwrap();
    let mut stalled = TcpStream::connect(address).unwrap();
    idle.write_all(get("/plain", "").as_bytes()).unwrap();
    let mut answer = [0; 300];
    assert!(idle.read(&mut answer).unwrap() > 0);
    // The answer in front of the stalled request proves that the server has seen both.
    stalled.write_all(format!("{}{}", get("/plain", ""), get("/stall", "")).as_bytes()).unwrap();
    assert!(stalled.read(&mut answer).unwrap() > 0);
    let report = runtime.block_on(server.shutdown_within(Duration::from_millis(100)));
    assert_eq!(report.cut_connections, 1);
    assert_eq!(idle.read(&mut answer).unwrap(), 0);
}
