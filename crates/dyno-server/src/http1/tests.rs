//! The limits of HTTP/1.1, each with a value so small that the test need not wait long.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::*;

const SHORT: Duration = Duration::from_millis(300);
const IN_CHILD: &str = "DYNO_SERVER_TEST_OF_MEMORY";

struct Probe;

impl Handler for Probe {
    fn answer(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
        match request.path() {
            "/endless" => {
                response.start(200).stream_of_chunks();
                return Action::Stream(Box::new(Endless));
            }
            "/silent" => {
                response.start(200).stream_of_chunks();
                return Action::Stream(Box::new(Silent));
            }
            "/never" => return Action::Later(Box::pin(std::future::pending())),
            "/short" => {
                response.start(200).stream_of_length(10);
                return Action::Stream(Box::new(Once(b"12345")));
            }
            "/long" => {
                response.start(200).stream_of_length(3);
                return Action::Stream(Box::new(Once(b"12345")));
            }
            _ => response.respond(200, "text/plain", b"hello"),
        }
        Action::Done
    }
}

struct Silent;

impl BodySource for Silent {
    fn poll_fill(&mut self, _: &mut Context<'_>, _: &mut Vec<u8>) -> Poll<Filled> {
        Poll::Pending
    }
}

struct Endless;

impl BodySource for Endless {
    fn poll_fill(&mut self, _: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Filled> {
        out.resize(out.len() + 16 * 1024, b'x');
        Poll::Ready(Filled::More)
    }
}

struct Once(&'static [u8]);

impl BodySource for Once {
    fn poll_fill(&mut self, _: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Filled> {
        out.extend_from_slice(self.0);
        Poll::Ready(Filled::End)
    }
}

fn start(change: impl FnOnce(&mut Limits)) -> RunningServer {
    Server::builder().listen("127.0.0.1:0".parse().unwrap()).tune(change).start(|_| Probe).unwrap()
}

fn connect(server: &RunningServer) -> TcpStream {
    let stream = TcpStream::connect(server.local_addrs()[0]).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Sends `wire` and returns what comes until the server closes.
fn all_of(server: &RunningServer, wire: &str) -> String {
    let mut stream = connect(server);
    stream.write_all(wire.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

fn post(length: usize) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n")
}

#[test]
fn who_sends_nothing_is_closed_without_a_word() {
    let server = start(|limits| limits.http1.head_time_max = SHORT);
    assert_eq!(all_of(&server, ""), "");
}

#[test]
fn a_slow_head_gets_a_408() {
    let server = start(|limits| limits.http1.head_time_max = SHORT);
    let answer = all_of(&server, "GET / HTTP/1.1\r\nHost:");
    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    // Also behind an answered request, and when bytes keep trickling in.
    let mut stream = connect(&server);
    stream.write_all(get("/").as_bytes()).unwrap();
    let mut writer = stream.try_clone().unwrap();
    let trickle = std::thread::spawn(move || {
        let (_stop, never) = std::sync::mpsc::channel::<()>();
        while writer.write_all(b"G").is_ok() {
            let _ = never.recv_timeout(Duration::from_millis(50));
        }
    });
    let mut answer = Vec::new();
    // What was sent after the answer may turn the close into a reset.
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.contains("hello") && answer.contains(" 408 ") || answer.contains(" 400 "), "{answer}");
    trickle.join().unwrap();
}

#[test]
fn an_idle_connection_is_closed_without_a_word() {
    let server = start(|limits| limits.http1.keep_alive_time_max = SHORT);
    assert!(all_of(&server, &get("/")).ends_with("hello"));
}

#[test]
fn a_body_that_stops_gets_a_408() {
    let server = start(|limits| limits.http1.body_read_time_max = SHORT);
    let answer = all_of(&server, &format!("{}abc", post(10)));
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[test]
fn a_body_below_the_lowest_rate_gets_a_408() {
    let server = start(|limits| {
        limits.http1.body_rate_grace = SHORT;
        limits.http1.body_rate_min_bytes_per_s = 1_000_000;
    });
    let mut stream = connect(&server);
    stream.write_all(post(1_000_000).as_bytes()).unwrap();
    let mut writer = stream.try_clone().unwrap();
    let trickle = std::thread::spawn(move || {
        let (_stop, never) = std::sync::mpsc::channel::<()>();
        while writer.write_all(b"x").is_ok() {
            let _ = never.recv_timeout(Duration::from_millis(50));
        }
    });
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
    drop(stream);
    drop(server);
    trickle.join().unwrap();
}

#[test]
fn a_reader_that_stops_is_reset() {
    let server = start(|limits| limits.connections.write_stall_time_max = SHORT);
    let mut stream = connect(&server);
    stream.write_all(get("/endless").as_bytes()).unwrap();
    // Nothing is read until the server has given up, which the report of the stop shows.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let report = runtime.block_on(server.shutdown_within(Duration::from_secs(20)));
    assert_eq!(report, ShutdownReport::default(), "the connection ended by itself");
    let mut taken = Vec::new();
    let error = stream.read_to_end(&mut taken).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_connection_carries_so_many_requests() {
    let server = start(|limits| limits.http1.requests_per_connection_max = 2);
    let answer = all_of(&server, &get("/").repeat(3));
    assert_eq!(answer.matches("hello").count(), 2);
    assert_eq!(answer.matches("connection: close").count(), 1);
}

#[test]
fn a_handler_that_takes_too_long_becomes_a_503() {
    let server = start(|limits| limits.connections.request_time_max = Some(SHORT));
    let answer = all_of(&server, &get("/never"));
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
}

#[test]
fn a_handler_whose_client_has_reset_the_connection_is_dropped() {
    for path in ["/never", "/silent"] {
        let server = start(|_| {});
        let mut stream = connect(&server);
        stream.write_all(format!("{}{}", get("/"), get(path)).as_bytes()).unwrap();
        // The answer in front shows that the server has both requests.
        assert!(stream.read(&mut [0; 500]).unwrap() > 0);
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
        drop(stream);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let report = runtime.block_on(server.shutdown_within(Duration::from_secs(20)));
        assert_eq!(report, ShutdownReport::default(), "{path} was cut instead");
    }
}

#[test]
fn without_memory_requests_get_a_503_or_no_connection() {
    let server = start(|limits| limits.connections.memory_bytes_max = Some(1));
    assert_eq!(all_of(&server, ""), "");
}

#[test]
fn head_limits_are_those_asked_for() {
    let server = start(|limits| {
        limits.http1.request_line_bytes_max = 100;
        limits.http1.head_bytes_max = 300;
        limits.http1.header_count_max = 3;
    });
    let fields = |count: usize| format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "a: b\r\n".repeat(count));
    for (wire, status) in [
        (get(&"/x".repeat(60)), "414"),
        (format!("GET / HTTP/1.1\r\nHost: a\r\na: {}\r\n\r\n", "b".repeat(300)), "431"),
        (fields(3), "431"),
    ] {
        assert!(all_of(&server, &wire).starts_with(&format!("HTTP/1.1 {status} ")), "{status}");
    }
    let mut stream = connect(&server);
    stream.write_all(fields(2).as_bytes()).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
}

#[test]
fn a_stream_that_breaks_its_promise_is_cut() {
    let server = start(|_| {});
    assert!(all_of(&server, &get("/short")).ends_with("\r\n\r\n12345"));
    assert!(all_of(&server, &get("/long")).ends_with("\r\n\r\n123"));
}

#[test]
fn an_idle_connection_costs_at_most_10_kilobytes() {
    if std::env::var_os(IN_CHILD).is_some() {
        return measure_idle_connections();
    }
    let name = "http1::tests::an_idle_connection_costs_at_most_10_kilobytes";
    let status =
        Command::new(std::env::current_exe().unwrap()).args(["--exact", name]).env(IN_CHILD, "1").status();
    assert!(status.unwrap().success());
}

fn measure_idle_connections() {
    const COUNT: u64 = 400;
    let server = start(|_| {});
    let ask = |_| {
        let mut stream = connect(&server);
        stream.write_all(get("/").as_bytes()).unwrap();
        let mut answer = [0; 500];
        assert!(stream.read(&mut answer).unwrap() > 0);
        stream
    };
    let first: Vec<_> = (0..50).map(ask).collect();
    let before = resident_bytes();
    let idle: Vec<_> = (0..COUNT).map(ask).collect();
    let each = resident_bytes().saturating_sub(before) / COUNT;
    println!("{each} bytes for each of {COUNT} idle connections, client side included");
    assert!(each <= 10 * 1024, "{each}");
    drop((first, idle));
}

fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * rustix::param::page_size() as u64
}
