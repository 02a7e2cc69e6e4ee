//! Table tests of the client's decoder: framing, keep-alive, interim responses, truncation, refusals.

use super::*;

fn decode(wire: &str, context: ResponseContext) -> Result<(u16, String, ResponseEnd, usize), ProtocolError> {
    let mut decoder = ResponseDecoder::new(context, HeadLimits::CLIENT);
    let (mut at, mut status, mut body) = (0, 0, String::new());
    loop {
        let (used, event) = decoder.decode(&wire.as_bytes()[at..])?;
        at += used;
        match event {
            ResponseEvent::NeedMore => {
                let end = decoder.finish()?;
                return Ok((status, body, end, at));
            }
            ResponseEvent::Head(head) => status = head.status,
            ResponseEvent::Data(data) => body.push_str(str::from_utf8(data).unwrap()),
            ResponseEvent::Trailers(trailers) => body.push_str(trailers.text("X-Trailer").unwrap()),
            ResponseEvent::End(end) => return Ok((status, body, end, at)),
        }
    }
}

#[track_caller]
fn check(wire: &str, body: &str, framing: BodyFraming, keep_alive: bool) {
    let (_, found, end, _) = decode(wire, ResponseContext::Ordinary).unwrap();
    assert_eq!((found.as_str(), end), (body, ResponseEnd { keep_alive, framing }), "{wire:?}");
}

#[track_caller]
fn check_refused(wire: &str, part_of_message: &str) {
    let error = decode(wire, ResponseContext::Ordinary).unwrap_err().to_string();
    assert!(error.contains(part_of_message), "{wire:?} gave {error:?}");
}

#[test]
fn framing_follows_the_head() {
    use BodyFraming::{Chunked, Length, None, UntilClose};
    check("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloX", "hello", Length(5), true);
    check("HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n", "", Length(0), true);
    check("HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\ncontent-length: 2\r\n\r\nhi", "hi", Length(2), true);
    check("HTTP/1.1 200 OK\r\n\r\nall of it", "all of it", UntilClose, false);
    check("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nraw", "raw", UntilClose, false);
    check("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "", None, true);
    check("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "", None, true);
    check("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "abc", Chunked, true);
    check(
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "abc",
        Chunked,
        false,
    );
    check("HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", "hi", Length(2), true);
    check(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n003;a=b ; c = \"d \\\"e\";f;g=\"\"\r\nabc\r\n00\r\nX-Trailer: t\r\n\r\n",
        "abct",
        Chunked,
        true,
    );
}

#[test]
fn connection_options_decide_reuse() {
    for (head, expected) in [
        ("HTTP/1.1 200 OK\r\n", true),
        ("HTTP/1.1 200 OK\r\nConnection: x, Close\r\n", false),
        ("HTTP/1.0 200 OK\r\n", false),
        ("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n", true),
        ("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nConnection: close\r\n", false),
    ] {
        check(&format!("{head}Content-Length: 0\r\n\r\n"), "", BodyFraming::Length(0), expected);
    }
}

#[test]
fn the_request_method_changes_the_framing() {
    let wire = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    let (_, _, end, used) = decode(wire, ResponseContext::Head).unwrap();
    assert_eq!((end.framing, end.keep_alive, used), (BodyFraming::None, true, wire.len()));
    let (_, _, end, used) = decode(&format!("{wire}tunnel"), ResponseContext::Connect).unwrap();
    assert_eq!((end.framing, end.keep_alive, used), (BodyFraming::Switched, false, wire.len()));
}

#[test]
fn interim_responses_are_skipped_except_101() {
    let wire = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(decode(wire, ResponseContext::Ordinary).unwrap().0, 200);
    let (status, _, end, _) = decode("HTTP/1.1 101 x\r\n\r\nws", ResponseContext::Ordinary).unwrap();
    assert_eq!((status, end.framing), (101, BodyFraming::Switched));
    check_refused(&"HTTP/1.1 100 Continue\r\n\r\n".repeat(33), "more than 32 interim");
}

#[test]
fn truncation_says_what_came() {
    check_refused("", "before any byte");
    check_refused("HTTP/1.1 200 OK\r\nCont", "inside the response head, after 21 bytes");
    check_refused("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "after 3 of 10 body bytes");
    check_refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "after 3 body bytes");
    check_refused(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
        "after 1 body bytes",
    );
}

#[test]
fn malformed_responses_are_named() {
    for (head, message) in [
        ("Content-Length: 5\r\nContent-Length: 6\r\n", "disagree: 5 and 6"),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "both"),
        ("Content-Length: +5\r\n", "`Content-Length: +5` is not"),
        ("Content-Length: 18446744073709551616\r\n", "is not a decimal"),
        ("Content-Length: \r\n", "is not a decimal"),
        ("Transfer-Encoding: chunked, chunked\r\n", "exactly one"),
        ("Transfer-Encoding: chunked, gzip\r\n", "exactly one"),
        ("a b: c\r\n", "malformed"),
        ("a: b\0c\r\n", "malformed"),
    ] {
        check_refused(&format!("HTTP/1.1 200 OK\r\n{head}\r\n"), message);
    }
    check_refused("\x15\x03\x01\0\x02", "does not start with `HTTP/1.`, but with `\\x15");
    check_refused("HTTP/2 200\r\n\r\n", "does not start");
    check_refused("HTTP/1.1 042 x\r\n\r\n", "below 100");
    check_refused(&format!("HTTP/1.1 200 OK\r\nA: {}", "x".repeat(70_000)), "longer than the limit of 65536");
    check_refused(
        &format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(300)),
        "more than the limit of 256",
    );
}

#[test]
fn malformed_chunks_are_named() {
    for (body, message) in [
        ("x\r\n", "hexadecimal chunk size, found byte 0x78"),
        ("\r\n", "hexadecimal chunk size"),
        ("-1\r\n", "hexadecimal chunk size"),
        ("1\nab", "CR LF after a chunk size"),
        ("1\rxb", "CR LF after a chunk size"),
        ("1\r\nabc", "CR LF after chunk data"),
        ("1\r\na\n0\r\n\r\n", "CR LF after chunk data"),
        ("ffffffffffffffff\r\n", "63 bits"),
        ("1;a\x01=b\r\n", "extension"),
        ("1;a=b\n", "extension"),
        ("1;\r\n", "extension"),
        ("1 x\r\n", "extension"),
        ("1;a=\r\n", "extension"),
        ("1;a=b=c\r\n", "extension"),
        ("1;a=[b]\r\n", "extension"),
        ("1;a=b c\r\n", "extension"),
        ("1;a=\"b\"c\r\n", "extension"),
        ("1;a=\"b\r\n", "extension"),
        ("1;a \r\n", "extension"),
        ("0\r\nA: b\n\r\n", "trailer section is malformed"),
        ("0\r\nA b\r\n\r\n", "trailer section is malformed"),
    ] {
        check_refused(&format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}"), message);
    }
    let extension = "x".repeat(5_000);
    check_refused(
        &format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;{extension}"),
        "4096 bytes",
    );
    let trailers = "a: b\r\n".repeat(33);
    let wire = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n{trailers}\r\n");
    check_refused(&wire, "32 fields");
}

#[test]
fn fields_are_found_in_any_letter_case_and_folds_are_joined() {
    let mut decoder = ResponseDecoder::new(ResponseContext::Ordinary, HeadLimits::CLIENT);
    let wire = b"HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nset-cookie: b\r\nX-Fold: one\r\n two\r\nEmpty:\r\n\r\n";
    decoder.decode(wire).unwrap();
    let headers = &decoder.head().headers;
    assert_eq!(headers.all("SET-COOKIE").collect::<Vec<_>>(), [b"a", b"b"]);
    assert_eq!(headers.get("empty"), Some(&b""[..]));
    assert_eq!(headers.text("x-fold").unwrap().split_whitespace().collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(headers.iter().next(), Some(("Set-Cookie", &b"a"[..])));
    assert_eq!(decoder.head().bytes, wire.len());
}

#[test]
fn a_decoder_is_reused() {
    let mut decoder = ResponseDecoder::new(ResponseContext::Ordinary, HeadLimits::CLIENT);
    for _ in 0..3 {
        let wire = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nt: u\r\n\r\n";
        let mut at = 0;
        loop {
            let (used, event) = decoder.decode(&wire[at..]).unwrap();
            at += used;
            if matches!(event, ResponseEvent::End(_)) {
                break;
            }
        }
        assert_eq!(at, wire.len());
        decoder.restart(ResponseContext::Ordinary);
    }
}
