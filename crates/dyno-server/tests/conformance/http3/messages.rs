//! Malformed messages, each a stream error of its own (RFC 9114, sections 4.1.2, 4.2 and 4.3).

use super::case::{Case, case, check_all, on_request, seen};
use super::raw::{Outcome, data, headers, request_fields};

const MESSAGE_ERROR: Outcome = Outcome::Reset(0x10e);

fn get(name: &'static str, reference: &'static str, more: &[(&str, &str)], expected: Outcome) -> Case {
    case(name, reference, [on_request(headers(&request_fields("GET", "/", more)))], expected)
}

fn head(name: &'static str, reference: &'static str, fields: &[(&str, &str)], expected: Outcome) -> Case {
    case(name, reference, [on_request(headers(fields))], expected)
}

const METHOD: (&str, &str) = (":method", "GET");
const SCHEME: (&str, &str) = (":scheme", "https");
const AUTHORITY: (&str, &str) = (":authority", "a");
const PATH: (&str, &str) = (":path", "/");

#[test]
fn pseudo_fields() {
    check_all(
        "HTTP/3: pseudo-fields",
        &[
            head("needs :method", "9114 4.3.1", &[SCHEME, AUTHORITY, PATH], MESSAGE_ERROR),
            head("needs :scheme", "9114 4.3.1", &[METHOD, AUTHORITY, PATH], MESSAGE_ERROR),
            head("needs :path", "9114 4.3.1", &[METHOD, SCHEME, AUTHORITY], MESSAGE_ERROR),
            head("needs :authority or host", "9114 4.3.1", &[METHOD, SCHEME, PATH], MESSAGE_ERROR),
            head(
                "takes host for :authority",
                "9114 4.3.1",
                &[METHOD, SCHEME, PATH, ("host", "b")],
                seen("GET / b"),
            ),
            get("takes both when they agree", "9114 4.3.1", &[("host", "a")], seen("GET / a")),
            get("refuses both when they differ", "9114 4.3.1", &[("host", "b")], MESSAGE_ERROR),
            head(
                "needs :authority not to be empty",
                "9114 4.3.1",
                &[METHOD, SCHEME, (":authority", ""), PATH],
                MESSAGE_ERROR,
            ),
            head(
                "needs :path not to be empty",
                "9114 4.3.1",
                &[METHOD, SCHEME, AUTHORITY, (":path", "")],
                MESSAGE_ERROR,
            ),
            head(
                "needs :path to begin with a slash",
                "9114 4.3.1",
                &[METHOD, SCHEME, AUTHORITY, (":path", "x")],
                MESSAGE_ERROR,
            ),
            head(
                "takes * with OPTIONS",
                "9114 4.3.1",
                &[(":method", "OPTIONS"), SCHEME, AUTHORITY, (":path", "*")],
                seen("OPTIONS * a"),
            ),
            head(
                "refuses * with GET",
                "9110 7.1",
                &[METHOD, SCHEME, AUTHORITY, (":path", "*")],
                MESSAGE_ERROR,
            ),
            head(
                "refuses userinfo in :authority",
                "9114 4.3.1",
                &[METHOD, SCHEME, (":authority", "u@a"), PATH],
                MESSAGE_ERROR,
            ),
            get("refuses :method twice", "9114 4.3.1", &[METHOD], MESSAGE_ERROR),
            get("refuses :path twice", "9114 4.3.1", &[PATH], MESSAGE_ERROR),
            get("refuses :authority twice", "9114 4.3.1", &[AUTHORITY], MESSAGE_ERROR),
            get("refuses unknown pseudo-fields", "9114 4.3", &[(":x", "y")], MESSAGE_ERROR),
            get("refuses :status in a request", "9114 4.3", &[(":status", "200")], MESSAGE_ERROR),
            get("refuses :protocol without CONNECT", "8441 4", &[(":protocol", "websocket")], MESSAGE_ERROR),
            head(
                "refuses a pseudo-field behind a field",
                "9114 4.3",
                &[METHOD, SCHEME, AUTHORITY, ("x", "y"), PATH],
                MESSAGE_ERROR,
            ),
            head(
                "refuses a method that is no token",
                "9110 9.1",
                &[(":method", "G T"), SCHEME, AUTHORITY, PATH],
                MESSAGE_ERROR,
            ),
            head(
                "refuses CONNECT with :path alone",
                "9114 4.4",
                &[(":method", "CONNECT"), AUTHORITY, PATH],
                MESSAGE_ERROR,
            ),
            head("refuses CONNECT without :authority", "9114 4.4", &[(":method", "CONNECT")], MESSAGE_ERROR),
        ],
    );
}

#[test]
fn fields() {
    check_all(
        "HTTP/3: fields",
        &[
            get(
                "takes fields of every kind",
                "9114 4.2",
                &[("x", "y"), ("x", "z"), ("te", "trailers")],
                seen("GET / a"),
            ),
            get("refuses upper case in names", "9114 4.2", &[("X-Y", "z")], MESSAGE_ERROR),
            get("refuses a space in a name", "9114 10.3", &[("x y", "z")], MESSAGE_ERROR),
            get("refuses an empty name", "9114 10.3", &[("", "z")], MESSAGE_ERROR),
            get("refuses NUL in a value", "9114 10.3", &[("x", "a\0b")], MESSAGE_ERROR),
            get("refuses CR in a value", "9114 10.3", &[("x", "a\rb")], MESSAGE_ERROR),
            get("refuses LF in a value", "9114 10.3", &[("x", "a\nb")], MESSAGE_ERROR),
            get("refuses a space in front of a value", "9110 5.5", &[("x", " y")], MESSAGE_ERROR),
            get("refuses a tab behind a value", "9110 5.5", &[("x", "y\t")], MESSAGE_ERROR),
            get("refuses connection", "9114 4.2", &[("connection", "close")], MESSAGE_ERROR),
            get("refuses keep-alive", "9114 4.2", &[("keep-alive", "5")], MESSAGE_ERROR),
            get("refuses proxy-connection", "9114 4.2", &[("proxy-connection", "close")], MESSAGE_ERROR),
            get("refuses transfer-encoding", "9114 4.2", &[("transfer-encoding", "chunked")], MESSAGE_ERROR),
            get("refuses upgrade", "9114 4.2", &[("upgrade", "websocket")], MESSAGE_ERROR),
            get("refuses te other than trailers", "9114 4.2", &[("te", "gzip")], MESSAGE_ERROR),
            case(
                "joins the crumbs of a cookie",
                "9114 4.2.1",
                [on_request(headers(&request_fields(
                    "GET",
                    "/show/cookie",
                    &[("cookie", "a=1"), ("cookie", "b=2")],
                )))],
                seen("a=1; b=2"),
            ),
        ],
    );
}

#[test]
fn lengths_and_trailers() {
    let post = |more: &[(&str, &str)], behind: Vec<u8>| {
        [on_request([headers(&request_fields("POST", "/", more)), behind].concat())]
    };
    check_all(
        "HTTP/3: lengths and trailers",
        &[
            case(
                "takes a body of the length told",
                "9114 4.1.2",
                post(&[("content-length", "2")], data("ab")),
                seen("POST / a: ab"),
            ),
            case(
                "refuses a shorter body",
                "9114 4.1.2",
                post(&[("content-length", "3")], data("ab")),
                MESSAGE_ERROR,
            ),
            case(
                "refuses a longer body",
                "9114 4.1.2",
                post(&[("content-length", "1")], data("ab")),
                MESSAGE_ERROR,
            ),
            case(
                "refuses a missing body",
                "9114 4.1.2",
                post(&[("content-length", "1")], Vec::new()),
                MESSAGE_ERROR,
            ),
            case(
                "refuses a body where none was told",
                "9114 4.1.2",
                post(&[("content-length", "0")], data("a")),
                MESSAGE_ERROR,
            ),
            case(
                "refuses a length that is no number",
                "9110 8.6",
                post(&[("content-length", "+1")], data("a")),
                MESSAGE_ERROR,
            ),
            case(
                "refuses two lengths",
                "9110 8.6",
                post(&[("content-length", "1"), ("content-length", "1")], data("a")),
                MESSAGE_ERROR,
            ),
            case(
                "refuses pseudo-fields in trailers",
                "9114 4.3",
                post(&[], headers(&[(":path", "/")])),
                MESSAGE_ERROR,
            ),
            case(
                "refuses upper case in trailers",
                "9114 4.2",
                post(&[], headers(&[("X", "y")])),
                MESSAGE_ERROR,
            ),
            case(
                "refuses connection in trailers",
                "9114 4.2",
                post(&[], headers(&[("connection", "close")])),
                MESSAGE_ERROR,
            ),
        ],
    );
}
