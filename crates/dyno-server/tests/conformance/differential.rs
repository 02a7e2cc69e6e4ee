//! Generated messages for our server and for hyper's: where both accept, they must have seen the same requests.
//!
//! A request that only one of them accepts must have its reason in a short table, with the section of the RFC that allows
//! it. `h11` of Python is asked the same, where it is installed.

mod generate;
mod h11;
mod hyper_server;
mod reasons;

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::echo;
use crate::foreign;
use crate::report::{Suite, with_locked_version};
use crate::wire::{parse_answer, shown};

/// What a server made of the bytes of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Understanding {
    /// What the accepted requests were, in order, as the echo says it.
    seen: Vec<String>,
    /// Status and text of the refusal that ended the connection, if one was sent.
    refusal: Option<(u16, String)>,
}

/// Sends everything, ends the sending side, and reads what the server makes of it.
fn understanding(address: SocketAddr, wire: &[u8]) -> Understanding {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // A server that refuses may close while the rest is being sent; what it said counts.
    let _ = stream.write_all(wire).and_then(|()| stream.shutdown(Shutdown::Write));
    let mut found = Vec::new();
    if let Err(error) = stream.read_to_end(&mut found) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error} after {}", shown(wire));
    }
    let (mut at, mut understood) = (0, Understanding { seen: Vec::new(), refusal: None });
    while at < found.len() {
        if found[at..].starts_with(b"HTTP/1.1 100 Continue\r\n\r\n") {
            at += 25;
            continue;
        }
        if found[at..].starts_with(b"HTTP/1.0 ") {
            // Others answer in the version of the request.
            found[at + 7] = b'1';
        }
        let (answer, length) = parse_answer(&found[at..], false).unwrap();
        let text = String::from_utf8(answer.body).unwrap();
        at += length;
        if answer.status == 200 {
            understood.seen.push(text);
        } else {
            understood.refusal = Some((answer.status, text));
        }
    }
    understood
}

/// Compares one message; the error says what nobody has explained.
fn compare(
    wire: &[u8],
    ours: &Understanding,
    theirs: &[String],
    laxer: &[(&str, &str)],
) -> Result<(), String> {
    let both = ours.seen.len().min(theirs.len());
    if ours.seen[..both] != theirs[..both] {
        return Err(format!("{}\n  ours   {:?}\n  theirs {theirs:?}", shown(wire), ours.seen));
    }
    if ours.seen.len() > both {
        let wire_from_start = [b"^", wire].concat();
        let is_known =
            |(part, _): &(&str, &str)| wire_from_start.windows(part.len()).any(|it| it == part.as_bytes());
        if laxer.iter().any(is_known) {
            return Ok(());
        }
        return Err(format!("only ours takes {:?} of {}", ours.seen[both], shown(wire)));
    }
    if theirs.len() == both {
        return Ok(());
    }
    let reason = ours.refusal.as_ref().map_or("no answer", |(_, text)| text.trim_end());
    if reasons::STRICTER.iter().any(|(known, _)| reason.contains(known)) {
        return Ok(());
    }
    Err(format!("only theirs takes {:?} of {}; ours: {reason}", theirs[both], shown(wire)))
}

#[test]
fn hyper_sees_the_same_requests() {
    let theirs = hyper_server::start();
    let suite = Suite::new("HTTP/1.1: generated messages, hyper").with_peer(with_locked_version("hyper"));
    check_all(suite, reasons::HYPER_REFUSES, |wire| understanding(theirs, wire).seen);
}

#[test]
fn h11_sees_the_same_requests() {
    let Some(python) = foreign::python("conformance: generated messages against h11") else { return };
    let mut theirs = h11::H11::start(&python);
    let suite = Suite::new("HTTP/1.1: generated messages, h11").with_peer(foreign::pinned("h11"));
    check_all(suite, reasons::H11_REFUSES, |wire| theirs.seen(wire));
}

/// Generates messages, as many as `PROPTEST_CASES` says, and compares what both sides saw.
#[track_caller]
fn check_all(mut suite: Suite, laxer: &[(&str, &str)], mut theirs: impl FnMut(&[u8]) -> Vec<String>) {
    let ours = echo::start();
    let mut ask = |wire: &[u8]| {
        let understood = understanding(ours.local_addrs()[0], wire);
        compare(wire, &understood, &theirs(wire), laxer)
    };
    let config = Config { rng_seed: RngSeed::Fixed(1), ..Config::default() };
    let mut runner = TestRunner::new(config.clone());
    for number in 0..config.cases {
        let mut tree = generate::connection().new_tree(&mut runner).unwrap();
        let mut result = ask(&tree.current());
        while result.is_err() && tree.simplify() {
            // The smallest message that still differs is the one to show.
            while let Err(smaller) = ask(&tree.current()) {
                result = Err(smaller);
                if !tree.simplify() {
                    break;
                }
            }
            if !tree.complicate() {
                break;
            }
        }
        suite.take(&format!("message {number}"), result);
    }
    suite.finish();
}
