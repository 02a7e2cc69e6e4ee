//! Heads that are good, and each way in which they are not.

use dyno_proto::http3::{encode_field, encode_field_section_prefix};

use super::*;

const LIMITS: FieldSectionLimits = FieldSectionLimits { section_bytes_max: 4096, field_count_max: 8 };

const GET: [(&str, &str); 4] =
    [(":method", "GET"), (":scheme", "https"), (":authority", "a.example"), (":path", "/x?y")];

fn section(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    encode_field_section_prefix(&mut out);
    for (name, value) in fields {
        encode_field(&mut out, name.as_bytes(), value.as_bytes());
    }
    out
}

fn read(fields: &[(&str, &str)]) -> Result<RequestMessage, Fault> {
    request(&section(fields), LIMITS, 4)
}

/// `GET` with more fields behind it.
fn with(more: &[(&str, &str)]) -> Result<RequestMessage, Fault> {
    read(&[&GET[..], more].concat())
}

/// `GET` with another pseudo-field in place of the one of the same name, or without it.
fn but(name: &str, value: Option<&str>) -> Result<RequestMessage, Fault> {
    let mut fields = GET.to_vec();
    fields.retain(|(known, _)| *known != name);
    fields.extend(value.map(|value| (name, value)));
    read(&fields)
}

#[test]
fn a_good_head_is_read() {
    let message = with(&[("a", "1"), ("a", "2"), ("content-length", "12"), ("te", "trailers")]).unwrap();
    assert_eq!(message.content_length, Some(12));
    assert_eq!((message.parts.target(), message.parts.host()), ("/x?y", Some("a.example")));
    assert_eq!(message.parts.stream_id, 4);
    assert_eq!(message.parts.fields.get_all("a").iter().count(), 2);
    assert_eq!(but(":method", Some("OPTIONS")).map(|_| ()), Ok(()));
    let of_host = read(&[&GET[..2], &GET[3..], &[("host", "b:8")]].concat()).unwrap();
    assert_eq!(of_host.parts.host(), Some("b:8"));
    assert!(with(&[("host", "A.example")]).is_ok());
    let star = [(":method", "OPTIONS"), (":scheme", "https"), (":authority", "a"), (":path", "*")];
    assert_eq!(read(&star).unwrap().parts.target(), "*");
}

#[test]
fn connect_has_two_forms() {
    let plain = read(&[(":method", "CONNECT"), (":authority", "b:443")]).unwrap();
    assert_eq!((plain.parts.target(), plain.parts.protocol.as_deref()), ("b:443", None));
    let extended = [&GET[1..], &[(":method", "CONNECT"), (":protocol", "websocket")]].concat();
    assert_eq!(read(&extended).unwrap().parts.protocol.as_deref(), Some("websocket"));
    // The fields of the one are not those of the other.
    let half = [(":method", "CONNECT"), (":authority", "b"), (":path", "/")];
    assert_eq!(read(&half).unwrap_err(), Fault::Malformed);
    let bare = [(":method", "CONNECT"), (":authority", "b"), (":protocol", "websocket")];
    assert_eq!(read(&bare).unwrap_err(), Fault::Malformed);
    assert_eq!(with(&[]).map(|_| ()), Ok(()));
    let of_get = [&GET[..], &[(":protocol", "websocket")]].concat();
    assert_eq!(read(&of_get).unwrap_err(), Fault::Malformed);
}

#[test]
fn malformed_heads_are_told() {
    let check = |what: &str, result: Result<RequestMessage, Fault>| {
        assert_eq!(result.map(|_| ()), Err(Fault::Malformed), "{what}");
    };
    for name in [":method", ":scheme", ":path", ":authority"] {
        check(name, but(name, None));
        check(name, but(name, Some("")));
    }
    for (name, value) in [
        (":method", "G T"),
        (":scheme", "1:"),
        (":path", "x"),
        (":path", "*"),
        (":path", "/a b"),
        (":path", "/a#b"),
        (":path", "/a\0"),
        (":authority", "a b"),
        (":authority", "u:p@a"),
        (":authority", "a/b"),
    ] {
        check(value, but(name, Some(value)));
    }
    for (name, value) in [
        (":method", "GET"),
        (":path", "/"),
        (":status", "200"),
        (":unknown", "x"),
        ("Upper", "x"),
        ("a b", "x"),
        ("", "x"),
        ("a", " x"),
        ("a", "x\t"),
        ("a", "x\r\ny"),
        ("a", "x\0"),
        ("connection", "close"),
        ("keep-alive", "x"),
        ("proxy-connection", "x"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "x"),
        ("te", "gzip"),
        ("te", "trailers, gzip"),
        ("host", "b.example"),
        ("host", ""),
        ("content-length", "x"),
        ("content-length", "-1"),
        ("content-length", ""),
        ("content-length", "99999999999999999999"),
    ] {
        check(&format!("{name}: {value}"), with(&[(name, value)]));
    }
    check("two hosts", with(&[("host", "a.example"), ("host", "a.example")]));
    check("two lengths", with(&[("content-length", "1"), ("content-length", "1")]));
    check("a pseudo-field behind a field", read(&[&GET[..3], &[("a", "b")], &GET[3..]].concat()));
}

#[test]
fn large_heads_and_odd_expectations_get_an_answer() {
    let status = |result: Result<RequestMessage, Fault>| match result {
        Err(Fault::Refused(status, _)) => status,
        other => panic!("{other:?}"),
    };
    assert_eq!(status(with(&[("cookie", "a=b"); 9])), 431);
    assert_eq!(status(with(&[("a", &"x".repeat(4096))])), 431);
    assert_eq!(status(with(&[("expect", "more")])), 417);
}

#[test]
fn trailers_are_fields_only() {
    assert_eq!(trailers(&section(&[("a", "b")]), LIMITS), Ok(vec![("a".to_owned(), b"b".to_vec())]));
    for field in [(":path", "/"), (":status", "200"), ("A", "b"), ("connection", "close")] {
        assert_eq!(trailers(&section(&[field]), LIMITS), Err(Fault::Malformed), "{field:?}");
    }
}
