//! Connections that are opened, used once and closed, as fast as one thread can.
//!
//! Called by `soak` on a thread of its own.

use std::sync::atomic::{AtomicBool, Ordering};

use super::exchange::{End, Received, exchange};
use super::outcomes::Outcomes;

/// A request with the body that its answer must have.
struct Case {
    request: &'static str,
    is_right: fn(&[u8]) -> bool,
}

const CASES: &[Case] = &[
    Case { request: "GET /plaintext HTTP/1.1\r\n", is_right: |body| body == b"Hello, World!" },
    Case { request: "GET /json HTTP/1.1\r\n", is_right: |body| body.starts_with(b"{\"message\"") },
    Case { request: "GET /bytes/100000 HTTP/1.1\r\n", is_right: |body| body.len() == 100_000 },
    Case { request: "GET /stream/50 HTTP/1.1\r\n", is_right: |body| body.ends_with(b"\r\n0\r\n\r\n") },
    Case { request: "HEAD /plaintext HTTP/1.1\r\n", is_right: <[u8]>::is_empty },
];
const ECHO: &str = "POST /echo HTTP/1.1\r\nContent-Length: 5\r\n";

/// Plays until told that it is over.
pub fn play(port: u16, is_over: &AtomicBool) -> Outcomes {
    let mut outcomes = Outcomes::new("connections of one use");
    while !is_over.load(Ordering::Relaxed) {
        for case in CASES {
            outcomes.add(check(port, case.request, "", case.is_right));
        }
        outcomes.add(check(port, ECHO, "hello", |body| body == b"hello"));
    }
    outcomes
}

fn check(port: u16, head: &str, body: &str, is_right: fn(&[u8]) -> bool) -> Result<(), String> {
    let request = format!("{head}Host: localhost\r\nConnection: close\r\n\r\n{body}");
    let received = exchange(port, request.as_bytes(), usize::MAX, None)?;
    if is_answer(&received, is_right) { Ok(()) } else { Err(format!("{}{}", head, received.summary())) }
}

fn is_answer(received: &Received, is_right: fn(&[u8]) -> bool) -> bool {
    received.end == End::Closed && received.status() == Some(200) && received.body().is_some_and(is_right)
}
