//! Generated messages for our server and for hyper's: where both accept, they must have seen the same requests.
//!
//! A request that only one of them accepts must have its reason in one of two short tables, with the section of the
//! RFC that allows it. `h11` of Python is asked the same, where it is installed.

mod generate;

mod hyper_server;

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::echo;
use crate::report::{Suite, with_locked_version};
use crate::wire::{parse_answer, shown};

/// Why we refuse what another server takes: a part of our refusal, and the section that allows or demands it.
const STRICTER: &[(&str, &str)] = &[
    ("`Host` is missing", "9112 3.2: a server MUST refuse it"),
    ("`Host` is repeated", "9112 3.2: a server MUST refuse it"),
    ("`Host` is not a host", "9112 3.2: a server MUST refuse it"),
    ("ends in LF without CR", "9112 2.2: a recipient MAY take it, and need not"),
    ("may not stand in a chunk extension", "9112 7.1.1: the grammar has no such byte there"),
    ("it has a fragment", "9112 3.2: no form of the target has one"),
    ("both `Transfer-Encoding` and `Content-Length`", "9112 6.1: a server MAY refuse it"),
    ("`Content-Length` is repeated", "9110 8.6: a recipient MAY refuse it"),
    ("does not end in exactly one `chunked`", "9112 6.1: a sender MUST NOT apply it twice"),
    ("names a coding that is not supported", "9112 6.1: a server SHOULD answer 501"),
    ("`Content-Length` is not a decimal number", "9110 8.6: the grammar has digits only"),
    ("its authority is not a host", "9110 4.2.1: a recipient MUST reject an empty host"),
    ("it has a byte that no URI has", "3986 2: a URI has no such byte"),
    ("it has a byte outside visible ASCII", "3986 2: a URI has no such byte"),
    ("`*` is for `OPTIONS` only", "9112 3.2.4: the form is for OPTIONS"),
    ("it starts neither with `/` nor with a scheme", "9112 3.2.3: the authority form is for CONNECT"),
    ("its scheme is not http or https", "9110 7.4: a request for another scheme is misdirected"),
    (
        "the trailer section is malformed: invalid new line",
        "9112 2.2: a recipient MAY take a bare LF, and need not",
    ),
    ("asks for something other than `100-continue`", "9110 10.1.1: a server MAY answer 417"),
];

/// What we take and hyper refuses: a part of the message, and the section that demands it.
const LAXER: &[(&str, &str)] =
    &[("chunked ,\r\n", "9110 5.6.1: a recipient MUST ignore empty elements of a list")];

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
fn compare(wire: &[u8], ours: &Understanding, theirs: &[String]) -> Result<(), String> {
    let both = ours.seen.len().min(theirs.len());
    if ours.seen[..both] != theirs[..both] {
        return Err(format!("{}\n  ours   {:?}\n  theirs {theirs:?}", shown(wire), ours.seen));
    }
    if ours.seen.len() > both {
        let is_known = |(part, _): &(&str, &str)| wire.windows(part.len()).any(|it| it == part.as_bytes());
        if LAXER.iter().any(is_known) {
            return Ok(());
        }
        return Err(format!("only ours takes {:?} of {}", ours.seen[both], shown(wire)));
    }
    if theirs.len() == both {
        return Ok(());
    }
    let reason = ours.refusal.as_ref().map_or("no answer", |(_, text)| text.trim_end());
    if STRICTER.iter().any(|(known, _)| reason.contains(known)) {
        return Ok(());
    }
    Err(format!("only theirs takes {:?} of {}; ours: {reason}", theirs[both], shown(wire)))
}

#[test]
fn hyper_sees_the_same_requests() {
    let (ours, theirs) = (echo::start(), hyper_server::start());
    let ask = |wire: &[u8]| {
        let understood = understanding(ours.local_addrs()[0], wire);
        compare(wire, &understood, &understanding(theirs, wire).seen)
    };
    let mut suite = Suite::new("HTTP/1.1: generated messages").with_peer(with_locked_version("hyper"));
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
