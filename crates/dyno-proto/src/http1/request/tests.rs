//! Table tests of the MUST lists for servers: what is refused, with which status, and what is accepted.

use super::*;

#[track_caller]
fn check_refused(wire: &str, status: u16) {
    match RequestDecoder::new(HeadLimits::SERVER).decode_head(wire.as_bytes()) {
        Err(rejection) => assert_eq!(rejection.status(), status, "{wire:?} gave {rejection}"),
        Ok(head) => panic!("{wire:?} was accepted: {head:?}"),
    }
}

#[track_caller]
fn accepted(wire: &str) -> RequestHead {
    match RequestDecoder::new(HeadLimits::SERVER).decode_head(wire.as_bytes()) {
        Ok(Some(head)) => head.clone(),
        other => panic!("{wire:?} gave {other:?}"),
    }
}

fn with_fields(fields: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

#[test]
fn host_is_demanded_once_and_valid() {
    check_refused("GET / HTTP/1.1\r\n\r\n", 400);
    check_refused("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 400);
    check_refused("GET http://a/ HTTP/1.1\r\n\r\n", 400);
    for host in [
        "",
        "a b",
        "a,b",
        "u@a",
        "a/b",
        "a:x",
        "a:123456",
        "[::1",
        "[a]",
        "[]",
        "a?b",
        "http://a",
        ":80",
        "é",
        "a:65536",
        "a%2",
        "a%zz",
        "[:::1]",
        "[1:2:3:4:5:6:7:8:9]",
        "[::1%25]",
        "[v.a]",
        "[v1.]",
        "[v1.a%20]",
    ] {
        check_refused(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"), 400);
    }
    for host in [
        "a",
        "a:80",
        "a:",
        "127.0.0.1:8080",
        "[::1]:80",
        "[fe80::1%25eth0]",
        "a_b.example",
        "[v1f.a:b]",
        "a%20b",
    ] {
        accepted(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    }
    assert!(!accepted("GET / HTTP/1.0\r\n\r\n").keep_alive);
}

#[test]
fn request_lines_are_strict() {
    for (line, status) in [
        ("GET / HTTP/2.0", 505),
        ("GET / HTTP/1.2", 505),
        ("GET / HTTP/0.9", 505),
        ("PRI * HTTP/2.0", 505),
        ("GET / http/1.1", 400),
        ("GET / HTTP/1.1x", 400),
        ("GET / HTTP/11", 400),
        ("GET /", 400),
        ("GET  / HTTP/1.1", 400),
        ("GET /  HTTP/1.1", 400),
        ("G@T / HTTP/1.1", 400),
        ("GET path HTTP/1.1", 400),
        ("GET * HTTP/1.1", 400),
        ("GET /#fragment HTTP/1.1", 400),
        ("GET /a\u{e9} HTTP/1.1", 400),
        ("GET /\0 HTTP/1.1", 400),
        ("GET /<a> HTTP/1.1", 400),
        ("GET /?a=\" HTTP/1.1", 400),
        ("GET ftp://a/ HTTP/1.1", 400),
        ("GET http:///x HTTP/1.1", 400),
        ("GET http://u@a/x HTTP/1.1", 400),
        ("CONNECT /x HTTP/1.1", 400),
        ("CONNECT a HTTP/1.1", 400),
    ] {
        check_refused(&format!("{line}\r\nHost: a\r\n\r\n"), status);
    }
}

#[test]
fn targets_hold_every_visible_byte_but_four() {
    for byte in b'!'..=b'~' {
        let wire = format!("GET /a{}b HTTP/1.1\r\nHost: a\r\n\r\n", char::from(byte));
        if br#"#"<>"#.contains(&byte) {
            check_refused(&wire, 400);
        } else {
            assert_eq!(accepted(&wire).view(wire.as_bytes()).target(), &wire[4..8]);
        }
    }
}

#[test]
fn targets_are_split() {
    #[track_caller]
    fn check(line: &str, form: TargetForm, path: &str, query: Option<&str>, host: &str) {
        let wire = format!("{line} HTTP/1.1\r\nHost: a\r\n\r\n");
        let head = accepted(&wire);
        let view = head.view(wire.as_bytes());
        assert_eq!(
            (head.target_form, view.path(), view.query(), view.host()),
            (form, path, query, Some(host))
        );
    }
    check("GET /x?y?z", TargetForm::Origin, "/x", Some("y?z"), "a");
    check("GET //x", TargetForm::Origin, "//x", None, "a");
    check("GET http://b:1/x?", TargetForm::Absolute, "/x", Some(""), "b:1");
    check("GET HTTP://b", TargetForm::Absolute, "/", None, "b");
    check("GET http://b?q", TargetForm::Absolute, "/", Some("q"), "b");
    check("OPTIONS *", TargetForm::Asterisk, "*", None, "a");
    check("CONNECT b:443", TargetForm::Authority, "b:443", None, "b:443");
}

#[test]
fn heads_are_strict() {
    for fields in [
        "a : b\r\n",
        " a: b\r\n",
        "a: b\r\n c\r\n",
        "a: b\rc\r\n",
        "a: b\0\r\n",
        "a: b\nc: d\r\n",
        "a b: c\r\n",
        ": c\r\n",
        "abc\r\n",
        "a: b\x7f\r\n",
    ] {
        check_refused(&with_fields(fields), 400);
    }
    check_refused("GET / HTTP/1.1\nHost: a\n\n", 400);
    check_refused(" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    let head = accepted("\r\n\r\nGET / HTTP/1.1\r\nHost:a\r\nEmpty:\r\nTab:\tx\t\r\n\r\n");
    assert_eq!(head.bytes, 47);
}

#[test]
fn framing_fields_are_strict() {
    for (fields, status) in [
        ("Content-Length: 1\r\nContent-Length: 2\r\n", 400),
        ("Content-Length: 1\r\nContent-Length: 1\r\n", 400),
        ("Content-Length: 1, 1\r\n", 400),
        ("Content-Length: +1\r\n", 400),
        ("Content-Length: -1\r\n", 400),
        ("Content-Length: 0x1\r\n", 400),
        ("Content-Length: 1 2\r\n", 400),
        ("Content-Length: \r\n", 400),
        ("Content-Length: 18446744073709551616\r\n", 400),
        ("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", 400),
        ("Transfer-Encoding: chunked, chunked\r\n", 400),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
        ("Transfer-Encoding: chunked, gzip\r\n", 400),
        ("Transfer-Encoding: gzip\r\n", 400),
        ("Transfer-Encoding: identity\r\n", 400),
        ("Transfer-Encoding: \r\n", 400),
        ("Transfer-Encoding: gzip, chunked\r\n", 501),
        ("Transfer-Encoding: xchunked\r\n", 501),
        ("Transfer-Encoding: \"chunked\"\r\n", 501),
        ("Transfer-Encoding: \x0bchunked\r\n", 400),
        ("Expect: 200-ok\r\n", 417),
    ] {
        check_refused(&with_fields(fields), status);
    }
    check_refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
    assert_eq!(accepted(&with_fields("Content-Length: 007\r\n")).framing, RequestFraming::Length(7));
    assert_eq!(accepted(&with_fields("Content-Length: 0\r\n")).framing, RequestFraming::None);
    assert_eq!(accepted(&with_fields("transfer-encoding: Chunked\r\n")).framing, RequestFraming::Chunked);
}

#[test]
fn connection_options_and_expectations_are_read() {
    assert!(accepted(&with_fields("")).keep_alive);
    assert!(!accepted(&with_fields("Connection: foo, CLOSE\r\n")).keep_alive);
    assert!(accepted("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
    assert!(accepted(&with_fields("Expect: 100-Continue\r\n")).expects_continue);
    assert!(!accepted("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expects_continue);
    assert!(accepted(&with_fields("Connection: Upgrade\r\n")).wants_upgrade);
    assert!(!accepted("GET / HTTP/1.0\r\nConnection: upgrade\r\n\r\n").wants_upgrade);
}

#[test]
fn sizes_are_bounded() {
    let long = "x".repeat(9_000);
    check_refused(&format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
    check_refused(&format!("GET /{long}"), 414);
    check_refused(&with_fields(&format!("a: {}\r\n", "x".repeat(33_000))), 431);
    check_refused(&with_fields("a: b\r\n").replace("a: b\r\n", &"a: bbbbbbbbbb\r\n".repeat(3_000)), 431);
    check_refused(&with_fields(&"a: b\r\n".repeat(100)), 431);
    accepted(&with_fields(&"a: b\r\n".repeat(99)));
    accepted(&format!("{}{}", with_fields("Content-Length: 40000\r\n"), "x".repeat(40_000)));
    accepted(&format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(8_000)));
}

#[test]
fn a_dribbled_endless_head_is_refused() {
    let mut decoder = RequestDecoder::new(HeadLimits::SERVER);
    let mut wire = b"GET / HTTP/1.1\r\nHost: a\r\na: ".to_vec();
    let rejection = loop {
        wire.push(b'x');
        if let Err(rejection) = decoder.decode_head(&wire) {
            break rejection;
        }
    };
    assert_eq!((rejection.status(), wire.len()), (431, 32 * 1024 + 1));
}

#[test]
fn pipelined_requests_are_found_one_by_one() {
    let wire = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HT".as_bytes();
    let mut decoder = RequestDecoder::new(HeadLimits::SERVER);
    let (mut at, mut paths) = (0, Vec::new());
    while let Some(head) = decoder.decode_head(&wire[at..]).unwrap() {
        paths.push(head.view(&wire[at..]).path().to_owned());
        at += head.bytes;
    }
    assert_eq!(paths, ["/1", "/2"]);
}
