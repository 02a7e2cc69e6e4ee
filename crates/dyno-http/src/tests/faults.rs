//! Servers that misbehave, each with the failure that it must count as.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use dyno_engine::Driver as _;
use dyno_model::FailureKind;

use super::fixture::{answer, answering, failure_of, http, plan, play, read_request, server};
use crate::HttpDriver;

fn check(misbehave: impl Fn(TcpStream) + Send + Sync + 'static, kind: FailureKind, words: &str) {
    let address = server(move |mut stream, _| {
        if read_request(&mut stream).is_some() {
            misbehave(stream);
        }
    });
    let mut plan = plan(&format!("http://{address}"), "/");
    plan.limits.timeout = Duration::from_millis(300);
    let (found, message) = failure_of(&plan);
    assert_eq!(found, Some(kind), "{message}");
    assert!(message.contains(words), "`{message}` does not contain `{words}`");
}

/// Sends bytes and closes.
fn say(bytes: &'static [u8]) -> impl Fn(TcpStream) + Send + Sync {
    move |mut stream| {
        // The client may close at the first wrong byte.
        let _ = stream.write_all(bytes);
    }
}

/// Sends bytes and keeps the connection until the client closes it.
fn say_and_hold(bytes: &'static [u8]) -> impl Fn(TcpStream) + Send + Sync {
    move |mut stream| {
        stream.write_all(bytes).expect("the client reads");
        let _ = read_request(&mut stream);
    }
}

fn reset(stream: &TcpStream) {
    rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO)).expect("a socket can linger");
}

#[test]
fn silence_is_a_timeout() {
    check(say_and_hold(b""), FailureKind::Timeout, "no answer within 300ms");
}

#[test]
fn a_half_head_is_a_timeout() {
    check(say_and_hold(b"HTTP/1.1 200 OK\r\nA: b"), FailureKind::Timeout, "no complete head (only 21 bytes)");
}

#[test]
fn a_half_body_is_a_timeout() {
    let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
    check(say_and_hold(bytes), FailureKind::Timeout, "no complete body (5 of 10 bytes)");
}

#[test]
fn a_reset_inside_the_body_is_a_reset() {
    let misbehave = |mut stream: TcpStream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello").expect("the client reads");
        // The bytes must be there before the reset overtakes them.
        let mut peeked = [0];
        stream.set_read_timeout(Some(Duration::from_millis(50))).expect("a socket has timeouts");
        let _ = stream.peek(&mut peeked);
        reset(&stream);
    };
    check(misbehave, FailureKind::Reset, "reset after 44 bytes of the answer (5 of 10 body bytes)");
}

#[test]
fn a_reset_instead_of_an_answer_is_a_reset() {
    check(|stream| reset(&stream), FailureKind::Reset, "reset before any byte");
}

#[test]
fn a_close_instead_of_an_answer_is_closed() {
    check(say(b""), FailureKind::Closed, "closed before any byte");
}

#[test]
fn a_truncated_body_is_closed() {
    let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
    check(say(bytes), FailureKind::Closed, "after 5 of 10 body bytes");
}

#[test]
fn truncated_chunks_are_closed() {
    let bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    check(say(bytes), FailureKind::Closed, "inside a chunked body, after 5 body bytes");
}

#[test]
fn an_over_long_body_breaks_the_protocol() {
    let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello";
    check(say(bytes), FailureKind::Protocol, "3 bytes came that belong to no answer");
}

#[test]
fn garbage_breaks_the_protocol() {
    check(say(b"\x01\x02 what is this?\r\n\r\n"), FailureKind::Protocol, "does not start with `HTTP/1.`");
}

#[test]
fn a_wrong_length_breaks_the_protocol() {
    let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n";
    check(say(bytes), FailureKind::Protocol, "`Content-Length: many` is not a decimal number");
}

#[test]
fn an_endless_head_breaks_the_protocol() {
    let misbehave = |mut stream: TcpStream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n").is_ok() {}
    };
    check(misbehave, FailureKind::Protocol, "more than the limit of 256 fields");
}

#[test]
fn an_endless_line_breaks_the_protocol() {
    let misbehave = |mut stream: TcpStream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nA: ");
        while stream.write_all(&[b'b'; 4096]).is_ok() {}
    };
    check(misbehave, FailureKind::Protocol, "longer than the limit of 65536 bytes");
}

#[test]
fn a_tls_port_is_recognised() {
    check(
        say(b"\x15\x03\x01\x00\x02\x02\x46"),
        FailureKind::Protocol,
        "answered in TLS to a plain HTTP request",
    );
}

#[test]
fn an_unwanted_upgrade_breaks_the_protocol() {
    check(say(b"HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n"), FailureKind::Protocol, "101 Switching Protocols");
}

#[test]
fn a_closed_port_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("a listener has an address");
    drop(listener);
    let plan = plan(&format!("http://{address}"), "/");
    let (kind, message) = failure_of(&plan);
    assert_eq!(kind, Some(FailureKind::Refused));
    assert_eq!(message, format!("{address} refused the connection"));
    let driver = HttpDriver::new(&plan).expect("the plan can be played");
    let error = block_on(driver.check()).expect_err("nobody listens");
    assert_eq!(error.attempt, format!("connect to http://{address}"));
    assert_eq!(error.hint.as_deref(), Some("is the server running? Check host and port"));
}

#[test]
fn redirects_in_a_circle_and_without_end_fail() {
    let (address, _) = answering(|request| {
        let number: u32 = request.split(['/', ' ']).nth(2).and_then(|text| text.parse().ok()).unwrap_or(0);
        let to = if request.starts_with("GET /circle") {
            "/circle".to_owned()
        } else {
            format!("/{}", number + 1)
        };
        answer(302, &format!("Location: {to}\r\n"), "")
    });
    for (path, words) in [
        ("/circle", format!("go in a circle, back to `http://{address}/circle`")),
        ("/0", format!("more than 5 redirects, the last one to `http://{address}/6`")),
    ] {
        let mut plan = plan(&format!("http://{address}"), path);
        http(&mut plan).redirects_max = 5;
        let (kind, message) = failure_of(&plan);
        assert_eq!(kind, Some(FailureKind::Redirect), "{message}");
        assert!(message.contains(&words), "`{message}` does not contain `{words}`");
    }
}

#[test]
fn a_name_without_address_is_an_error_with_a_hint() {
    let error =
        HttpDriver::new(&plan("http://no-such-name.invalid", "/")).expect_err("the name does not exist");
    assert_eq!(error.attempt, "resolve the name `no-such-name.invalid`");
    let hint = error.hint.expect("there is something to do");
    assert!(hint.contains("--resolve no-such-name.invalid:80:ADDRESS"), "{hint}");
}

#[test]
fn a_server_that_closes_idle_connections_fails_nobody() {
    let address = server(|mut stream, _| {
        if read_request(&mut stream).is_some() {
            stream.write_all(&answer(200, "", "hello")).expect("the client reads");
        }
    });
    let mut plan = plan(&format!("http://{address}"), "/");
    plan.limits.arrivals = Some(5);
    plan.load = dyno_model::LoadModel::Closed {
        users: 1,
        think_time: Duration::from_millis(30),
        ramp_up: Duration::ZERO,
    };
    let played = play(&plan);
    assert_eq!((played.all.ok, played.all.failed(), played.connect.count()), (5, 0, 5));
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be started").block_on(future)
}
