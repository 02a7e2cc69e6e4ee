//! Requests as HTTP means them: pseudo-fields, field names and values, lengths, trailers.

use crate::report::Suite;

use super::case::{Case, Expected, answered, case, check_all, check_all_but, echoed};
use super::wire::{block, code, data, flag, headers, request, request_with};

const PSEUDO: [(&str, &str); 4] =
    [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a")];

fn whole(fields: &[(&str, &str)]) -> Vec<u8> {
    headers(flag::WHOLE, 1, &block(fields))
}

/// `GET /` with further fields.
fn with(fields: &[(&str, &str)]) -> Vec<u8> {
    whole(&[&PSEUDO[..], fields].concat())
}

fn malformed(name: &'static str, reference: &'static str, frames: &[Vec<u8>]) -> Case {
    case(name, reference, frames, Expected::Malformed(1))
}

#[test]
fn pseudo_fields() {
    let without =
        |left_out: &str| whole(&PSEUDO.into_iter().filter(|(name, _)| *name != left_out).collect::<Vec<_>>());
    let changed = |name: &str, value: &'static str| {
        whole(&PSEUDO.map(|(it, old)| if it == name { (it, value) } else { (it, old) }))
    };
    let doubled = |name: &'static str, value: &'static str| whole(&[&PSEUDO[..], &[(name, value)]].concat());
    // RFC 9113 section 8.3.1 has no fragment in a path.
    let fragment = "`:path` with a fragment is taken without it: `h2` cuts it off before it can be seen";
    check_all_but(
        Suite::new("HTTP/2: pseudo-fields").without(fragment),
        &[
            case("answers GET", "9113 8.3.1", &[with(&[])], echoed(1, "GET / a")),
            case(
                "answers HEAD without content",
                "9113 8.1",
                &[headers(flag::WHOLE, 1, &request_with("HEAD", "/404", &[]))],
                answered(1, 404),
            ),
            case(
                "takes any order of pseudo-fields",
                "9113 8.3",
                &[whole(&[(":authority", "a"), (":path", "/"), (":scheme", "http"), (":method", "GET")])],
                echoed(1, "GET / a"),
            ),
            case(
                "takes `*` for OPTIONS",
                "9113 8.3.1",
                &[headers(flag::WHOLE, 1, &request_with("OPTIONS", "*", &[]))],
                echoed(1, "OPTIONS * a"),
            ),
            case(
                "takes Host without :authority",
                "9113 8.3.1",
                &[whole(&[(":method", "GET"), (":scheme", "http"), (":path", "/"), ("host", "a")])],
                echoed(1, "GET / a"),
            ),
            malformed("refuses a missing :method", "9113 8.3.1", &[without(":method")]),
            malformed("refuses a missing :scheme", "9113 8.3.1", &[without(":scheme")]),
            malformed("refuses a missing :path", "9113 8.3.1", &[without(":path")]),
            malformed("refuses an empty :path", "9113 8.3.1", &[changed(":path", "")]),
            malformed("refuses an empty :method", "9113 8.3.1", &[changed(":method", "")]),
            malformed("refuses a repeated :method", "9113 8.3", &[doubled(":method", "GET")]),
            malformed("refuses a repeated :scheme", "9113 8.3", &[doubled(":scheme", "http")]),
            malformed("refuses a repeated :path", "9113 8.3", &[doubled(":path", "/")]),
            malformed("refuses a repeated :authority", "9113 8.3", &[doubled(":authority", "a")]),
            malformed("refuses an unknown pseudo-field", "9113 8.3", &[doubled(":test", "x")]),
            malformed("refuses the pseudo-field of responses", "9113 8.3", &[doubled(":status", "200")]),
            malformed(
                "refuses a pseudo-field behind others",
                "9113 8.3",
                &[whole(&[
                    (":method", "GET"),
                    (":scheme", "http"),
                    ("x", "y"),
                    (":path", "/"),
                    (":authority", "a"),
                ])],
            ),
            malformed("refuses a relative :path", "9113 8.3.1", &[changed(":path", "x")]),
            malformed("refuses a :path with a space", "9113 8.3.1", &[changed(":path", "/a b")]),
            malformed("refuses a :path beyond ASCII", "9113 8.3.1", &[changed(":path", "/\u{e9}")]),
            malformed("refuses a :path with a line end", "9113 8.2.1", &[changed(":path", "/\r\nx: y")]),
            malformed("refuses a :method with a space", "9113 8.3.1", &[changed(":method", "GE T")]),
            malformed("refuses a :method with a line end", "9113 8.2.1", &[changed(":method", "GET\r\n")]),
            malformed(
                "refuses user information in :authority",
                "9113 8.3.1",
                &[changed(":authority", "u@a")],
            ),
            malformed("refuses an invalid :authority", "9113 8.3.1", &[changed(":authority", "a/b")]),
            malformed("refuses Host that differs from :authority", "9113 8.3.1", &[with(&[("host", "b")])]),
            malformed("refuses no host at all", "9113 8.3.1", &[without(":authority")]),
            malformed(
                "refuses CONNECT with :path",
                "9113 8.5",
                &[whole(&[(":method", "CONNECT"), (":authority", "a:80"), (":path", "/")])],
            ),
            malformed("refuses CONNECT without :authority", "9113 8.5", &[whole(&[(":method", "CONNECT")])]),
        ],
    );
}

#[test]
fn fields() {
    check_all(
        "HTTP/2: fields",
        &[
            case("takes `te: trailers`", "9113 8.2.2", &[with(&[("te", "trailers")])], echoed(1, "GET / a")),
            case("takes an empty value", "9110 5.5", &[with(&[("x", "")])], echoed(1, "GET / a")),
            case(
                "takes cookies in pieces",
                "9113 8.2.3",
                &[headers(
                    flag::WHOLE,
                    1,
                    &request_with("GET", "/show/cookie", &[("cookie", "a=b"), ("cookie", "c=d")]),
                )],
                answered(1, 200),
            ),
            malformed("refuses an upper-case name", "9113 8.2", &[with(&[("X-Test", "a")])]),
            malformed("refuses an empty name", "9113 8.2", &[with(&[("", "a")])]),
            malformed("refuses a space in a name", "9113 8.2.1", &[with(&[("a b", "c")])]),
            malformed("refuses a colon in a name", "9113 8.2.1", &[with(&[("a:b", "c")])]),
            malformed("refuses a line end in a name", "9113 8.2.1", &[with(&[("a\r\nb", "c")])]),
            malformed("refuses a name beyond ASCII", "9113 8.2.1", &[with(&[("\u{e9}", "c")])]),
            malformed("refuses NUL in a value", "9113 8.2.1", &[with(&[("x", "a\0b")])]),
            malformed("refuses LF in a value", "9113 8.2.1", &[with(&[("x", "a\nb")])]),
            malformed("refuses CR in a value", "9113 8.2.1", &[with(&[("x", "a\rb")])]),
            malformed("refuses a space before a value", "9113 8.2.1", &[with(&[("x", " a")])]),
            malformed("refuses a space behind a value", "9113 8.2.1", &[with(&[("x", "a ")])]),
            malformed("refuses a tab before a value", "9113 8.2.1", &[with(&[("x", "\ta")])]),
            malformed("refuses `connection`", "9113 8.2.2", &[with(&[("connection", "keep-alive")])]),
            malformed("refuses `proxy-connection`", "9113 8.2.2", &[with(&[("proxy-connection", "x")])]),
            malformed("refuses `keep-alive`", "9113 8.2.2", &[with(&[("keep-alive", "timeout=5")])]),
            malformed(
                "refuses `transfer-encoding`",
                "9113 8.2.2",
                &[with(&[("transfer-encoding", "chunked")])],
            ),
            malformed("refuses `upgrade`", "9113 8.2.2", &[with(&[("upgrade", "h2c")])]),
            malformed("refuses `te` of another value", "9113 8.2.2", &[with(&[("te", "trailers, deflate")])]),
        ],
    );
}

#[test]
fn content() {
    let post = |fields: &[(&str, &str)]| headers(flag::END_HEADERS, 1, &request_with("POST", "/", fields));
    let trailers = |fields: &[(&str, &str)]| headers(flag::WHOLE, 1, &block(fields));
    let end = flag::END_STREAM;
    check_all(
        "HTTP/2: content",
        &[
            case(
                "takes content-length that fits",
                "9113 8.1.1",
                &[post(&[("content-length", "2")]), data(end, 1, b"ab")],
                echoed(1, "POST / a: ab"),
            ),
            case(
                "takes content-length 0 without DATA",
                "9113 8.1.1",
                &[headers(flag::WHOLE, 1, &request_with("POST", "/", &[("content-length", "0")]))],
                echoed(1, "POST / a"),
            ),
            case(
                "takes trailers",
                "9113 8.1",
                &[post(&[]), data(0, 1, b"ab"), trailers(&[("x", "y")])],
                echoed(1, "POST / a: ab"),
            ),
            case(
                "takes trailers without DATA",
                "9113 8.1",
                &[post(&[]), trailers(&[("x", "y")])],
                echoed(1, "POST / a"),
            ),
            case(
                "takes content of GET",
                "9110 9.3.1",
                &[headers(flag::END_HEADERS, 1, &request("GET")), data(end, 1, b"ab")],
                echoed(1, "GET / a: ab"),
            ),
            case(
                "does not send 100 to a body that is there",
                "9110 10.1.1",
                &[post(&[("expect", "100-continue")]), data(end, 1, b"ab")],
                echoed(1, "POST / a: ab"),
            ),
            malformed(
                "refuses content longer than content-length",
                "9113 8.1.1",
                &[post(&[("content-length", "1")]), data(end, 1, b"ab")],
            ),
            malformed(
                "refuses content shorter than content-length",
                "9113 8.1.1",
                &[post(&[("content-length", "3")]), data(end, 1, b"ab")],
            ),
            malformed(
                "refuses several DATA that do not fit",
                "9113 8.1.1",
                &[post(&[("content-length", "3")]), data(0, 1, b"a"), data(end, 1, b"b")],
            ),
            malformed(
                "refuses content-length without DATA",
                "9113 8.1.1",
                &[headers(flag::WHOLE, 1, &request_with("POST", "/", &[("content-length", "3")]))],
            ),
            malformed(
                "refuses content-length that is no number",
                "9110 8.6",
                &[post(&[("content-length", "+2")]), data(end, 1, b"ab")],
            ),
            malformed(
                "refuses two content-lengths that differ",
                "9110 8.6",
                &[post(&[("content-length", "2"), ("content-length", "3")]), data(end, 1, b"ab")],
            ),
            malformed(
                "refuses a pseudo-field in trailers",
                "9113 8.1",
                &[post(&[]), data(0, 1, b"ab"), trailers(&[(":method", "GET")])],
            ),
            malformed(
                "refuses an upper-case name in trailers",
                "9113 8.2",
                &[post(&[]), data(0, 1, b"ab"), trailers(&[("X", "y")])],
            ),
            case(
                "refuses DATA behind trailers",
                "9113 5.1",
                &[post(&[]), trailers(&[("x", "y")]), data(end, 1, b"ab")],
                Expected::ErrorAnywhere(vec![code::STREAM_CLOSED, code::PROTOCOL]),
            ),
        ],
    );
}
