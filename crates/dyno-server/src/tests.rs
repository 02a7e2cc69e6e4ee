//! A real server on port 0, asked through raw sockets.

use std::cell::Cell;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::task::{Context, Poll};
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
                response.start(200).stream_of_chunks();
                return Action::Stream(Box::new(Countdown { left: 3 }));
            }
            "/upper" => return upper(request),
            "/count-later" => return count_later(request),
            "/untaken" => response.respond(200, "text/plain", b"no thanks"),
            "/hint" => {
                assert!(response.informational(103, &[("link", b"</a>; rel=preload")]));
                response.respond(200, "text/plain", b"hinted");
            }
            "/switch" => {
                response.switch("rot13", &[]);
                return Action::Upgrade(Box::new(|stream| Box::pin(echo_upgraded(stream))));
            }
            "/nothing" => {}
            "/interim" => response.start(103).body(b""),
            "/twice" => {
                response.respond(200, "text/plain", b"first");
                response.respond(202, "text/plain", b"second");
            }
            "/trailers" => {
                let text = format!("{:?}", request.trailers());
                response.respond(200, "text/plain", text.as_bytes());
            }
            _ => response.respond(404, "text/plain", b"no"),
        }
        Action::Done
    }

    fn body_policy(&self, request: &Request<'_>) -> BodyPolicy {
        match request.path() {
            "/upload" => BodyPolicy::Count { bytes_max: 64 << 20 },
            "/upper" | "/count-later" | "/untaken" => BodyPolicy::Stream { bytes_max: Some(10 << 20) },
            _ => BodyPolicy::default(),
        }
    }
}

/// Streams the body back in upper case, with a trailer that counts it.
fn upper(request: &Request<'_>) -> Action {
    let body = request.take_body().unwrap();
    Action::Later(Box::pin(async move {
        let finish: Finish = Box::new(|response| {
            response.start(200).stream_of_chunks();
            Action::Stream(Box::new(Upper { body }))
        });
        finish
    }))
}

struct Upper {
    body: RequestBody,
}

impl BodySource for Upper {
    fn poll_fill(&mut self, context: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Filled> {
        self.body.poll_next(context).map(|piece| match piece {
            Some(Ok(piece)) => {
                out.extend(piece.to_ascii_uppercase());
                Filled::More
            }
            Some(Err(_)) => Filled::Close,
            None => Filled::End,
        })
    }

    fn trailers(&mut self) -> Fields {
        let mut trailers = self.body.trailers();
        trailers.push(("x-count".to_owned(), self.body.received_bytes().to_string().into_bytes()));
        trailers
    }
}

fn count_later(request: &Request<'_>) -> Action {
    let request = request.to_owned();
    Action::Later(Box::pin(async move {
        let mut body = request.take_body().unwrap();
        let result = body.collect(u64::MAX).await.map(|whole| whole.len());
        let text = format!("{} {result:?}", request.as_request().path());
        let finish: Finish = Box::new(move |response| {
            response.respond(200, "text/plain", text.as_bytes());
            Action::Done
        });
        finish
    }))
}

async fn echo_upgraded(mut stream: Upgraded) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut piece = [0; 64];
    loop {
        let count = stream.read(&mut piece).await.unwrap_or(0);
        if count == 0 || stream.write_all(&piece[..count]).await.is_err() {
            return;
        }
    }
}

struct Countdown {
    left: u32,
}

impl BodySource for Countdown {
    fn poll_fill(&mut self, _: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Filled> {
        self.left -= 1;
        out.extend_from_slice(b"ab");
        Poll::Ready(if self.left > 0 { Filled::More } else { Filled::End })
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
    // A server that has closed already has sent all it wants to say.
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[track_caller]
fn read_until(stream: &mut TcpStream, seen: &mut String, part: &str) {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut piece = [0; 4096];
    while !seen.contains(part) {
        match stream.read(&mut piece) {
            Ok(count) if count > 0 => seen.push_str(str::from_utf8(&piece[..count]).unwrap()),
            other => panic!("{other:?} instead of {part:?} after {seen:?}"),
        }
    }
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
fn bodies_stream_in_and_out_at_once() {
    let server = start();
    let mut stream = TcpStream::connect(server.local_addrs()[0]).unwrap();
    let head =
        "POST /upper HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut seen = String::new();
    // The head of the answer begins before any byte of the body came, so no 100 may follow it.
    read_until(&mut stream, &mut seen, "chunked\r\n");
    for (piece, expected) in [("3\r\nabc\r\n", "3\r\nABC\r\n"), ("2\r\nde\r\n", "2\r\nDE\r\n")] {
        stream.write_all(piece.as_bytes()).unwrap();
        read_until(&mut stream, &mut seen, expected);
    }
    stream.write_all(format!("0\r\nx-t: v\r\n\r\n{}", get("/plain", "")).as_bytes()).unwrap();
    read_until(&mut stream, &mut seen, "0\r\nx-t: v\r\nx-count: 5\r\n\r\n");
    read_until(&mut stream, &mut seen, "hello");
    assert!(!seen.contains("100 Continue"), "{seen}");
}

#[test]
fn a_streamed_body_is_asked_for_only_when_wanted() {
    let server = start();
    let mut stream = TcpStream::connect(server.local_addrs()[0]).unwrap();
    let post = |path: &str| {
        format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
    };
    let mut seen = String::new();
    stream.write_all(post("/count-later").as_bytes()).unwrap();
    read_until(&mut stream, &mut seen, "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"1234").unwrap();
    read_until(&mut stream, &mut seen, "/count-later Ok(4)");
    stream.write_all(post("/untaken").as_bytes()).unwrap();
    read_until(&mut stream, &mut seen, "no thanks");
    stream.read_to_string(&mut seen).unwrap();
    assert_eq!(seen.matches("100 Continue").count(), 1, "{seen}");
}

#[test]
fn what_a_handler_leaves_of_a_body_does_not_become_a_request() {
    let untaken = |length: usize| {
        let body = "GET / HTTP/1.1\r\n\r\n".repeat(length);
        format!("POST /untaken HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    };
    check(&format!("{}{}", untaken(10), get("/plain", "")), &["no thanks", "hello"]);
    let answer = ask(&start(), &format!("{}{}", untaken(1000), get("/plain", "")));
    assert!(answer.contains("no thanks"));
    assert!(ask(&start(), &untaken(20_000)).ends_with("no thanks"));
    let post = "POST /count-later HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    check(&format!("{post}zz\r\n"), &["/count-later Err(Malformed"]);
    check(&format!("{post}5\r\nab"), &["/count-later Err(Incomplete)"]);
}

#[test]
fn interim_answers_switches_and_repeated_answers() {
    check(
        &get("/hint", ""),
        &["HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\nHTTP/1.1 200 OK", "hinted"],
    );
    check(
        &format!("{}early", get("/switch", "Connection: upgrade\r\nUpgrade: rot13\r\n")),
        &["HTTP/1.1 101 Switching Protocols\r\nupgrade: rot13\r\n", "connection: upgrade\r\n\r\nearly"],
    );
    check(&get("/interim", ""), &["HTTP/1.1 500 ", "content-length: 0"]);
    check(&get("/nothing", ""), &["HTTP/1.1 500 ", "Internal Server Error"]);
    let answer = ask(&start(), &get("/twice", ""));
    assert!(answer.starts_with("HTTP/1.1 202 ") && answer.ends_with("second"), "{answer}");
    let post = "POST /trailers HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    check(&format!("{post}0\r\nA: b\r\n\r\n"), &["[(\"A\", [98])]"]);
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
    check(&get("/panic", ""), &["HTTP/1.1 500 ", "connection: close", "\r\n\r\nInternal Server Error"]);
    check(&get("/late-panic", ""), &["HTTP/1.1 500 ", "connection: close", "\r\n\r\nInternal Server Error"]);
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
