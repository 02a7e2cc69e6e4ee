//! What the server sends of its own accord: pushed streams, and the two GOAWAY of a graceful stop.

use std::time::Duration;

use super::case::Client;
use super::wire::{Frame, code, flag, frame, headers, kind, request, request_with, settings};
use crate::echo;
use crate::report::Suite;

#[test]
fn push() {
    let server = echo::start();
    let address = server.local_addrs()[0];
    let mut suite = Suite::new("HTTP/2: push");
    let ask = || headers(flag::WHOLE, 1, &request_with("GET", "/push", &[]));
    suite.take("does not push to a client that forbids it (9113 8.4)", {
        let mut client = Client::with_settings(address, &[(2, 0)]);
        client.send(&ask());
        not_pushed(&mut client)
    });
    suite.take("does not push to a client that takes no streams (9113 5.1.2)", {
        let mut client = Client::with_settings(address, &[(3, 0)]);
        client.send(&ask());
        not_pushed(&mut client)
    });
    suite.take("promises an even stream before the answer, and answers it (9113 8.4)", {
        let mut client = Client::with_settings(address, &[]);
        client.send(&ask());
        pushed(&mut client)
    });
    suite.finish();
}

fn not_pushed(client: &mut Client) -> Result<(), String> {
    let (status, content) = client.response(1)?;
    client.check_alive()?;
    let is_promised = client.log.iter().any(|frame| frame.kind == kind::PUSH_PROMISE);
    let holds = (status, &content[..], is_promised) == (200, b"pushed: false", false);
    if holds { Ok(()) } else { Err(format!("{status} {}; came: {:?}", content.escape_ascii(), client.log)) }
}

fn pushed(client: &mut Client) -> Result<(), String> {
    let promise = client.until("PUSH_PROMISE", |frame| {
        frame.kind == kind::PUSH_PROMISE || frame.kind == kind::DATA && frame.stream == 1
    })?;
    if promise.kind != kind::PUSH_PROMISE || promise.stream != 1 {
        return Err(format!("{promise:?} before the promise"));
    }
    let promised = u32::from_be_bytes(promise.payload[..4].try_into().unwrap());
    if promised == 0 || promised % 2 == 1 {
        return Err(format!("stream {promised} is promised"));
    }
    let is_end =
        |frame: &Frame| frame.stream == promised && frame.has(flag::END_STREAM) && frame.kind == kind::DATA;
    client.until("the end of the pushed stream", is_end).map(|_| ())
}

/// RFC 9113 section 6.8: the last stream that GOAWAY names never rises, and what is open ends.
#[test]
fn graceful_stop() {
    let server = echo::start();
    let address = server.local_addrs()[0];
    let mut suite = Suite::new("HTTP/2: graceful stop");
    // Without a window the answer stays open until it is wanted.
    let mut client = Client::with_settings(address, &[(4, 0)]);
    client.send(&headers(flag::WHOLE, 1, &request("GET")));
    client.until("the head", |frame| frame.kind == kind::HEADERS && frame.stream == 1).unwrap();
    let stopping = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(server.shutdown_within(Duration::from_secs(20)))
    });
    let (lasts, content) = read_to_end(&mut client);
    suite.take("says GOAWAY without an error (9113 6.8)", {
        let is_calm = |frame: &Frame| frame.kind != kind::GOAWAY || frame.code() == code::NO_ERROR;
        if client.log.iter().all(is_calm) { Ok(()) } else { Err(format!("{:?}", client.log)) }
    });
    let is_known = lasts.len() > 1 && lasts[0] == 0x7fff_ffff && lasts.last() == Some(&1);
    suite.take("says the highest stream first, then the real one (9113 6.8)", {
        if is_known { Ok(()) } else { Err(format!("{lasts:?}")) }
    });
    suite.take("never raises the last stream (9113 6.8)", {
        if lasts.is_sorted_by(|first, second| first >= second) { Ok(()) } else { Err(format!("{lasts:?}")) }
    });
    suite.take("ends the stream that is open (9113 6.8)", {
        if content == b"GET / a" { Ok(()) } else { Err(format!("{}", content.escape_ascii())) }
    });
    let report = stopping.join().unwrap();
    suite.take(
        "has cut nothing",
        if report.cut_connections == 0 { Ok(()) } else { Err(format!("{report:?}")) },
    );
    suite.finish();
}

/// Answers PING, opens the window after the second GOAWAY, and reads on; gives the last streams and the content.
fn read_to_end(client: &mut Client) -> (Vec<u32>, Vec<u8>) {
    let (mut lasts, mut content) = (Vec::new(), Vec::new());
    while let Some(received) = client.next().unwrap() {
        match received.kind {
            kind::PING if !received.has(flag::ACK) => {
                client.send(&frame(kind::PING, flag::ACK, 0, &received.payload));
            }
            kind::GOAWAY => {
                lasts.push(u32::from_be_bytes(received.payload[..4].try_into().unwrap()));
                if lasts.len() == 2 {
                    client.send(&settings(&[(4, 65_535)]));
                }
            }
            kind::DATA => content.extend_from_slice(&received.payload),
            _ => {}
        }
    }
    (lasts, content)
}
