//! The request line: methods, versions, white space, line ends.

use crate::case::{answered, case, check_all, get, nothing, refused, refused_by, seen};

const HOST: &str = "\r\nHost: a\r\n\r\n";

#[test]
fn request_line() {
    let line = |line: &str| format!("{line}{HOST}");
    check_all(
        "HTTP/1.1: request line",
        &[
            case("answers a plain request", "9112 3", get(""), seen("GET / a")),
            case(
                "ignores one empty line before a request",
                "9112 2.2",
                format!("\r\n{}", get("")),
                seen("GET / a"),
            ),
            case(
                "ignores several empty lines",
                "9112 2.2",
                format!("\r\n\r\n\r\n{}", get("")),
                seen("GET / a"),
            ),
            case(
                "ignores an empty line between requests",
                "9112 2.2",
                format!("{}\r\n{}", get(""), get("")),
                seen("GET / a").then_seen("GET / a"),
            ),
            case(
                "refuses a line of spaces before a request",
                "9112 2.2",
                format!("  \r\n{}", get("")),
                refused(400),
            ),
            case("refuses a space before the method", "9112 3", line(" GET / HTTP/1.1"), refused(400)),
            case("refuses two spaces before the target", "9112 3", line("GET  / HTTP/1.1"), refused(400)),
            case("refuses two spaces before the version", "9112 3", line("GET /  HTTP/1.1"), refused(400)),
            case("refuses a space behind the version", "9112 3", line("GET / HTTP/1.1 "), refused(400)),
            case("refuses a tab between method and target", "9112 3", line("GET\t/ HTTP/1.1"), refused(400)),
            case("refuses a tab between target and version", "9112 3", line("GET /\tHTTP/1.1"), refused(400)),
            case("refuses a vertical tab as a separator", "9112 3", line("GET\x0b/ HTTP/1.1"), refused(400)),
            case("refuses a form feed as a separator", "9112 3", line("GET /\x0cHTTP/1.1"), refused(400)),
            case("refuses a line without a target", "9112 3", line("GET HTTP/1.1"), refused(400)),
            case("refuses a line of a method only", "9112 3", line("GET"), refused(400)),
            case("refuses a request of HTTP/0.9", "9112 3", "GET /\r\n\r\n", refused(400)),
            case("refuses a space in the target", "9112 3.2", line("GET /a b HTTP/1.1"), refused(400)),
            case("refuses words behind the version", "9112 3", line("GET / HTTP/1.1 HTTP/1.1"), refused(400)),
            case("refuses a bare CR in the line", "9112 2.2", line("GET /\rx HTTP/1.1"), refused(400)),
            case(
                "refuses a bare CR as line end",
                "9112 2.2",
                "GET / HTTP/1.1\rHost: a\r\r\n\r\n",
                refused(400),
            ),
            case(
                "refuses a bare LF as line end",
                "9112 2.2",
                "GET / HTTP/1.1\nHost: a\r\n\r\n",
                refused(400),
            ),
            case("refuses bare LFs throughout", "9112 2.2", "GET / HTTP/1.1\nHost: a\n\n", refused(400)),
            case(
                "refuses CR CR LF as line end",
                "9112 2.2",
                "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n",
                refused(400),
            ),
            case("refuses NUL in the line", "9112 2.2", line("GET /\0 HTTP/1.1"), refused(400)),
            case(
                "refuses binary bytes",
                "9112 2.2",
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
                refused(400),
            ),
            case(
                "answers a truncated request line with 400 or a close",
                "9112 8",
                "GET / HT",
                nothing().client_ends(),
            ),
            case("closes when nothing came", "9112 9.5", "", nothing().client_ends()),
        ],
    );
}

#[test]
fn methods() {
    let line = |line: &str| format!("{line}{HOST}");
    check_all(
        "HTTP/1.1: method",
        &[
            case(
                "takes a method it does not know for one",
                "9110 9.1",
                line("BREW / HTTP/1.1"),
                seen("BREW / a"),
            ),
            case("keeps the letter case of a method", "9110 9.1", line("get / HTTP/1.1"), seen("get / a")),
            case(
                "takes every letter of a token in a method",
                "9110 5.6.2",
                line("A!#$%&'*+-.^_`|~9 / HTTP/1.1"),
                seen("A!#$%&'*+-.^_`|~9 / a"),
            ),
            case("refuses a method with a bracket", "9110 5.6.2", line("G[T / HTTP/1.1"), refused(400)),
            case("refuses a method with a slash", "9110 5.6.2", line("G/T / HTTP/1.1"), refused(400)),
            case("refuses a method with a colon", "9110 5.6.2", line("GET: / HTTP/1.1"), refused(400)),
            case(
                "refuses a method with a control byte",
                "9110 5.6.2",
                line("GE\x01T / HTTP/1.1"),
                refused(400),
            ),
            case("refuses a method beyond ASCII", "9110 5.6.2", line("G\u{c9}T / HTTP/1.1"), refused(400)),
            case("refuses an empty method", "9112 3.1", line(" / HTTP/1.1"), refused(400)),
            case(
                "refuses a method longer than any",
                "9112 3",
                format!("{} / HTTP/1.1{HOST}", "A".repeat(100_000)),
                refused_by(&[400, 414, 431, 501]),
            ),
            case(
                "answers HEAD without a body, with the length of GET",
                "9110 9.3.2",
                line("HEAD /404 HTTP/1.1"),
                answered(404).for_head().field("content-length", "12"),
            ),
        ],
    );
}

#[test]
fn versions() {
    let line = |version: &str| format!("GET / {version}{HOST}");
    check_all(
        "HTTP/1.1: version",
        &[
            case("takes HTTP/1.0 and closes", "9112 9.3", line("HTTP/1.0"), seen("GET / a").closed()),
            case("refuses a lower-case name", "9112 2.3", line("http/1.1"), refused(400)),
            case("refuses a mixed-case name", "9112 2.3", line("Http/1.1"), refused(400)),
            case("refuses another name", "9112 2.3", line("HTTPS/1.1"), refused(400)),
            case("refuses a version without minor digit", "9112 2.3", line("HTTP/1"), refused(400)),
            case(
                "refuses a version without minor digit but a dot",
                "9112 2.3",
                line("HTTP/1."),
                refused(400),
            ),
            case("refuses leading zeros", "9112 2.3", line("HTTP/01.01"), refused(400)),
            case("refuses trailing digits", "9112 2.3", line("HTTP/1.10"), refused(400)),
            case("refuses a comma for the dot", "9112 2.3", line("HTTP/1,1"), refused(400)),
            case("refuses white space in the version", "9112 2.3", line("HTTP/ 1.1"), refused(400)),
            case("refuses a sign", "9112 2.3", line("HTTP/+1.1"), refused(400)),
            case("does not speak HTTP/2.0 in this form", "9110 15.6.6", line("HTTP/2.0"), refused(505)),
            case("does not speak HTTP/9.9", "9110 15.6.6", line("HTTP/9.9"), refused(505)),
            case("does not speak HTTP/0.9 in this form", "9110 15.6.6", line("HTTP/0.9"), refused(505)),
            case("does not speak HTTP/1.2", "9110 2.5", line("HTTP/1.2"), refused_by(&[200, 505])),
        ],
    );
}
