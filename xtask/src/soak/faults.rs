//! Faults on purpose, the server's and the clients', each with what has to come of it.
//!
//! Called by `soak`, each side on a thread of its own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::exchange::{End, Received, connect, exchange};
use super::outcomes::Outcomes;

/// How long a server that never answers is listened to.
const NO_REPLY_TIME: Duration = Duration::from_millis(100);
/// An endless answer is believed after this.
const ENDLESS_BYTES: usize = 256 * 1024;

/// A route that misbehaves, with what it has to do.
struct ServerFault {
    path: &'static str,
    is_right: fn(&Received) -> bool,
}

const SERVER_FAULTS: &[ServerFault] = &[
    ServerFault { path: "/fault/empty", is_right: |it| it.bytes.is_empty() && it.end == End::Closed },
    ServerFault { path: "/fault/reset", is_right: |it| it.end == End::Reset },
    ServerFault { path: "/fault/truncate", is_right: |it| it.body().is_some_and(|body| body.len() == 500) },
    ServerFault { path: "/fault/garbage", is_right: |it| !it.bytes.is_empty() && it.status().is_none() },
    ServerFault { path: "/fault/no-reply", is_right: |it| it.bytes.is_empty() && it.end == End::TimedOut },
    ServerFault { path: "/fault/bad-length", is_right: |it| it.status().is_some() },
    ServerFault { path: "/fault/malformed-chunk", is_right: |it| it.status() == Some(200) },
    ServerFault { path: "/fault/endless-head", is_right: |it| it.end == End::Enough && it.body().is_none() },
    ServerFault { path: "/status/503", is_right: |it| it.status() == Some(503) },
    ServerFault { path: "/no-such-route", is_right: |it| it.status() == Some(404) },
];

/// Asks for every fault in turn until told that it is over.
pub fn play_servers(port: u16, is_over: &AtomicBool) -> Outcomes {
    let mut outcomes = Outcomes::new("faults of the server");
    while !is_over.load(Ordering::Relaxed) {
        for fault in SERVER_FAULTS {
            let request =
                format!("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", fault.path);
            let silence = (fault.path == "/fault/no-reply").then_some(NO_REPLY_TIME);
            outcomes.add(exchange(port, request.as_bytes(), ENDLESS_BYTES, silence).and_then(|received| {
                let is_right = (fault.is_right)(&received);
                if is_right { Ok(()) } else { Err(format!("{}: {}", fault.path, received.summary())) }
            }));
        }
    }
    outcomes
}

/// Bytes that are no request, with the statuses that may refuse them.
const BAD_REQUESTS: &[(&str, &[u16])] = &[
    ("\u{1}\u{2}\u{3} nonsense\r\n\r\n", &[400]),
    ("GET /plaintext HTTP/1.1\r\n\r\n", &[400]),
    ("GET /plaintext HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", &[400]),
    ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", &[400]),
    ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", &[400]),
    ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", &[413]),
];

/// Misbehaves in turn as clients do, until told that it is over.
pub fn play_clients(port: u16, is_over: &AtomicBool) -> Outcomes {
    let mut outcomes = Outcomes::new("faults of clients");
    while !is_over.load(Ordering::Relaxed) {
        for &(bytes, statuses) in BAD_REQUESTS {
            outcomes.add(exchange(port, bytes.as_bytes(), ENDLESS_BYTES, None).and_then(|received| {
                let is_refused = received.status().is_some_and(|status| statuses.contains(&status));
                if is_refused { Ok(()) } else { Err(format!("{bytes:?}: {}", received.summary())) }
            }));
        }
        let long_field = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Long: {}\r\n\r\n", "a".repeat(40_000));
        outcomes.add(exchange(port, long_field.as_bytes(), ENDLESS_BYTES, None).and_then(|received| {
            if received.status() == Some(431) {
                Ok(())
            } else {
                Err(format!("long field: {}", received.summary()))
            }
        }));
        for sent in ["GET /plai", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf"] {
            outcomes.add(break_off(port, sent, 0));
        }
        outcomes.add(break_off(port, "GET /bytes/5000000 HTTP/1.1\r\nHost: a\r\n\r\n", 10_000));
    }
    outcomes
}

/// Sends, reads so many bytes, and resets the connection.
fn break_off(port: u16, sent: &str, read_bytes: usize) -> Result<(), String> {
    let play = || -> std::io::Result<()> {
        let mut stream = connect(port)?;
        stream.write_all(sent.as_bytes())?;
        stream.read_exact(&mut vec![0; read_bytes])?;
        reset_on_drop(&stream)
    };
    play().map_err(|error| format!("breaking off after {sent:?}: {error}"))
}

fn reset_on_drop(stream: &TcpStream) -> std::io::Result<()> {
    rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO)).map_err(Into::into)
}
