//! The client's side: malformed answers are recognised as such, well-formed ones are read to their end.
//!
//! Sans-IO, against the decoder that the load generator uses; every case is fed whole and byte by byte.

use dyno_proto::http1::{BodyFraming, HeadLimits, ResponseContext, ResponseDecoder, ResponseEvent};

use crate::report::Suite;
use crate::wire::shown;

/// One answer and what a client must make of it.
struct Case {
    name: &'static str,
    reference: &'static str,
    wire: Vec<u8>,
    context: ResponseContext,
    outcome: Outcome,
}

/// What a client makes of the bytes that a server sent before it closed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    /// A whole answer: status, content, whether the connection lives on, bytes left behind it.
    Whole(u16, String, bool, usize),
    /// No answer; the connection is of no further use.
    Broken,
}

fn case(name: &'static str, reference: &'static str, wire: impl AsRef<[u8]>, outcome: Outcome) -> Case {
    Case { name, reference, wire: wire.as_ref().to_vec(), context: ResponseContext::Ordinary, outcome }
}

/// The case of an answer to another method.
fn to(context: ResponseContext, case: Case) -> Case {
    Case { context, ..case }
}

/// A whole answer of status 200 that leaves its connection usable.
fn whole(content: &str) -> Outcome {
    Outcome::Whole(200, content.to_owned(), true, 0)
}

/// A whole answer of status 200 after which the connection is closed.
fn last(content: &str) -> Outcome {
    Outcome::Whole(200, content.to_owned(), false, 0)
}

/// Feeds pieces of `size` bytes and then the end of the connection.
fn decode(case: &Case, size: usize) -> Outcome {
    let mut decoder = ResponseDecoder::new(case.context, HeadLimits::CLIENT);
    let (mut status, mut content, mut buffered, mut used_all) = (0, Vec::new(), Vec::new(), 0);
    for piece in case.wire.chunks(size) {
        buffered.extend_from_slice(piece);
        loop {
            let Ok((used, event)) = decoder.decode(&buffered) else { return Outcome::Broken };
            match event {
                ResponseEvent::Head(head) => status = head.status,
                ResponseEvent::Data(data) => content.extend_from_slice(data),
                ResponseEvent::Trailers(_) => {}
                ResponseEvent::NeedMore => {
                    buffered.drain(..used);
                    used_all += used;
                    break;
                }
                ResponseEvent::End(end) => {
                    let left = case.wire.len() - used_all - used;
                    let keep_alive = end.keep_alive && end.framing != BodyFraming::UntilClose;
                    return Outcome::Whole(status, text(&content), keep_alive, left);
                }
            }
            buffered.drain(..used);
            used_all += used;
        }
    }
    match decoder.finish() {
        Ok(end) => Outcome::Whole(status, text(&content), end.keep_alive, 0),
        Err(_) => Outcome::Broken,
    }
}

fn text(content: &[u8]) -> String {
    content.escape_ascii().to_string()
}

#[track_caller]
fn check_all(suite: &'static str, cases: &[Case]) {
    let mut suite = Suite::new(suite);
    for case in cases {
        let result = [case.wire.len().max(1), 1, 7].into_iter().try_for_each(|size| {
            let found = decode(case, size);
            if found == case.outcome {
                return Ok(());
            }
            Err(format!("pieces of {size}: {found:?} instead of {:?}", case.outcome))
        });
        suite.take(&format!("{} ({})\n    came: {}", case.name, case.reference, shown(&case.wire)), result);
    }
    suite.finish();
}

fn ok(fields: &str, content: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{fields}\r\n{content}")
}

#[test]
fn status_lines_and_fields() {
    let line = |line: &str| format!("{line}\r\nContent-Length: 0\r\n\r\n");
    let field = |field: &str| ok(&format!("Content-Length: 0\r\n{field}\r\n"), "");
    check_all(
        "HTTP/1.1 client: heads",
        &[
            case("reads a status line", "9112 4", line("HTTP/1.1 200 OK"), whole("")),
            case("reads an empty reason", "9112 4", line("HTTP/1.1 200 "), whole("")),
            case("reads a status line without its last space", "9112 4", line("HTTP/1.1 200"), whole("")),
            case("reads a reason beyond ASCII", "9112 4", line("HTTP/1.1 200 \u{e9}"), whole("")),
            case(
                "reads an unknown status as its class",
                "9110 15",
                line("HTTP/1.1 299 x"),
                Outcome::Whole(299, String::new(), true, 0),
            ),
            case("closes after HTTP/1.0", "9112 9.3", line("HTTP/1.0 200 OK"), last("")),
            case("breaks on another protocol", "9112 2.3", line("ICY 200 OK"), Outcome::Broken),
            case("breaks on HTTP/2.0", "9112 2.3", line("HTTP/2.0 200 OK"), Outcome::Broken),
            case("breaks on a lower-case name", "9112 2.3", line("http/1.1 200 OK"), Outcome::Broken),
            case("breaks on a status of two digits", "9112 4", line("HTTP/1.1 20 OK"), Outcome::Broken),
            case("breaks on a status of four digits", "9112 4", line("HTTP/1.1 2000 OK"), Outcome::Broken),
            case("breaks on a status of letters", "9112 4", line("HTTP/1.1 2x0 OK"), Outcome::Broken),
            case("breaks on a status below 100", "9110 15", line("HTTP/1.1 099 OK"), Outcome::Broken),
            case("breaks on NUL in the reason", "9112 4", line("HTTP/1.1 200 O\0K"), Outcome::Broken),
            case("breaks on no answer at all", "9112 9.5", "", Outcome::Broken),
            case("breaks on a cut head", "9112 8", "HTTP/1.1 200 OK\r\nContent-", Outcome::Broken),
            case("breaks on a head without its empty line", "9112 8", "HTTP/1.1 200 OK\r\n", Outcome::Broken),
            case("breaks on a TLS alert", "9112 2.2", b"\x15\x03\x01\x00\x02\x02\x46", Outcome::Broken),
            case("joins folded lines", "9112 5.2", field("A: b\r\n c"), whole("")),
            case("breaks on a field without a colon", "9112 5", field("abc"), Outcome::Broken),
            case("breaks on an empty name", "9112 5", field(": a"), Outcome::Broken),
            case("breaks on a space in a name", "9112 5", field("a b: c"), Outcome::Broken),
            case("breaks on NUL in a value", "9110 5.5", field("a: b\0"), Outcome::Broken),
            case("breaks on a bare CR in a value", "9112 2.2", field("a: b\rc"), Outcome::Broken),
            case(
                "breaks on a head above 64 KiB",
                "9110 5.4",
                field(&format!("a: {}", "x".repeat(70_000))),
                Outcome::Broken,
            ),
            case("breaks on 257 fields", "9110 5.4", field(&"a: b\r\n".repeat(257)), Outcome::Broken),
        ],
    );
}

#[test]
fn framing() {
    let length = |value: &str, content: &str| ok(&format!("Content-Length: {value}\r\n"), content);
    let coded = |value: &str, content: &str| ok(&format!("Transfer-Encoding: {value}\r\n"), content);
    let chunks = "2\r\nab\r\n0\r\n\r\n";
    check_all(
        "HTTP/1.1 client: framing",
        &[
            case("reads a stated length", "9112 6.3", length("2", "ab"), whole("ab")),
            case(
                "leaves what is behind it",
                "9112 6.3",
                length("2", "abc"),
                Outcome::Whole(200, "ab".to_owned(), true, 1),
            ),
            case("reads equal lengths as one", "9110 8.6", length("2, 2", "ab"), whole("ab")),
            case("reads until the close without a framing", "9112 6.3", ok("", "ab"), last("ab")),
            case("reads until the close by another coding", "9112 6.3", coded("gzip", "ab"), last("ab")),
            case("reads chunks", "9112 6.3", coded("chunked", chunks), whole("ab")),
            case("reads chunks in any letter case", "9112 7", coded("Chunked", chunks), whole("ab")),
            case(
                "reads chunks of HTTP/1.0 and closes",
                "9112 6.1",
                format!("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"),
                last("ab"),
            ),
            case("reads trailers", "9112 7.1.2", coded("chunked", "0\r\nA: b\r\n\r\n"), whole("")),
            case(
                "reads no content of 204",
                "9112 6.3",
                "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
                Outcome::Whole(204, String::new(), true, 0),
            ),
            case(
                "reads no content of 304",
                "9112 6.3",
                "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n",
                Outcome::Whole(304, String::new(), true, 0),
            ),
            case(
                "skips interim answers",
                "9110 15.2",
                format!(
                    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nLink: y\r\n\r\n{}",
                    length("2", "ab")
                ),
                whole("ab"),
            ),
            case(
                "stops after too many interim answers",
                "9110 15.2",
                "HTTP/1.1 102 Processing\r\n\r\n".repeat(100),
                Outcome::Broken,
            ),
            case(
                "closes when the server says so",
                "9112 9.6",
                ok("Connection: close\r\nContent-Length: 0\r\n", ""),
                last(""),
            ),
            to(
                ResponseContext::Head,
                case("reads no content of HEAD", "9112 6.3", length("5", ""), whole("")),
            ),
            to(
                ResponseContext::Head,
                case("reads no chunks of HEAD", "9112 6.3", coded("chunked", ""), whole("")),
            ),
            to(
                ResponseContext::Connect,
                case("reads a tunnel after CONNECT", "9112 6.3", length("5", ""), last("")),
            ),
            case("breaks on a length that is cut", "9112 8", length("5", "ab"), Outcome::Broken),
            case("breaks on chunks that are cut", "9112 8", coded("chunked", "2\r\nab\r\n"), Outcome::Broken),
            case(
                "breaks on a missing end of chunks",
                "9112 8",
                coded("chunked", "2\r\nab\r\n0\r\n"),
                Outcome::Broken,
            ),
            case(
                "breaks on both framings",
                "9112 6.1",
                ok("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", chunks),
                Outcome::Broken,
            ),
            case("breaks on lengths that differ", "9112 6.3", length("2, 3", "ab"), Outcome::Broken),
            case(
                "breaks on two lengths that differ",
                "9112 6.3",
                ok("Content-Length: 2\r\nContent-Length: 3\r\n", "ab"),
                Outcome::Broken,
            ),
            case("breaks on a signed length", "9110 8.6", length("+2", "ab"), Outcome::Broken),
            case("breaks on a negative length", "9110 8.6", length("-2", "ab"), Outcome::Broken),
            case("breaks on a hexadecimal length", "9110 8.6", length("0x2", "ab"), Outcome::Broken),
            case("breaks on an empty length", "9110 8.6", length("", "ab"), Outcome::Broken),
            case(
                "breaks on a length of 2^64",
                "9110 8.6",
                length("18446744073709551616", "ab"),
                Outcome::Broken,
            ),
            case("breaks on chunked twice", "9112 6.1", coded("chunked, chunked", chunks), Outcome::Broken),
            case(
                "breaks on chunked before another coding",
                "9112 6.1",
                coded("chunked, gzip", chunks),
                Outcome::Broken,
            ),
            case("breaks on a chunk size of letters", "9112 7.1", coded("chunked", "x\r\n"), Outcome::Broken),
            case(
                "breaks on a signed chunk size",
                "9112 7.1",
                coded("chunked", "+2\r\nab\r\n0\r\n\r\n"),
                Outcome::Broken,
            ),
            case(
                "breaks on a chunk size of 2^64",
                "9112 7.1",
                coded("chunked", "10000000000000000\r\n"),
                Outcome::Broken,
            ),
            case(
                "breaks on a chunk without its end",
                "9112 7.1",
                coded("chunked", "2\r\nabc\r\n0\r\n\r\n"),
                Outcome::Broken,
            ),
            case(
                "breaks on a bare LF behind a chunk size",
                "9112 7.1",
                coded("chunked", "2\nab\r\n0\r\n\r\n"),
                Outcome::Broken,
            ),
            case(
                "breaks on a malformed trailer",
                "9112 7.1.2",
                coded("chunked", "0\r\nA b\r\n\r\n"),
                Outcome::Broken,
            ),
        ],
    );
}
