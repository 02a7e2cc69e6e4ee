//! Messages that two parsers could read differently: each is read in the one safe way or refused.
//!
//! Every case carries a whole request where one of the readings would find it; it must never be answered.

use crate::case::{answered, case, check_all, get, post, refused, refused_by, request, seen};

const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: hidden\r\n\r\n";

#[test]
fn both_framings() {
    let both = |length: &str, coding: &str| {
        post(
            &format!("Content-Length: {length}\r\nTransfer-Encoding: {coding}\r\n"),
            &format!("0\r\n\r\n{HIDDEN}"),
        )
    };
    let reversed = post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", &format!("0\r\n\r\n{HIDDEN}"));
    let hidden_in_chunk =
        post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", &format!("2b\r\n{HIDDEN}\r\n0\r\n\r\n"));
    check_all(
        "HTTP/1.1: smuggling by two framings",
        &[
            case("refuses both framings", "9112 6.1", both("5", "chunked"), refused(400)),
            case("refuses both framings in the other order", "9112 6.1", reversed, refused(400)),
            case(
                "refuses both with a length that covers all",
                "9112 6.1",
                both("48", "chunked"),
                refused(400),
            ),
            case("refuses both with a length of 0", "9112 6.1", both("0", "chunked"), refused(400)),
            case("refuses both where the length ends in a chunk", "9112 6.1", hidden_in_chunk, refused(400)),
            case("refuses both with another letter case", "9112 6.1", both("5", "Chunked"), refused(400)),
            case("refuses both with a comma before", "9112 6.1", both("5", ", chunked"), refused(400)),
            case("refuses both with a space behind", "9112 6.1", both("5", "chunked "), refused(400)),
            case(
                "refuses both with an unknown coding",
                "9112 6.1",
                both("5", "xchunked"),
                refused_by(&[400, 501]),
            ),
            case("refuses both with identity", "9112 6.1", both("5", "identity"), refused_by(&[400, 501])),
            case("refuses both with an empty coding", "9112 6.1", both("5", ""), refused(400)),
            case("refuses both with a signed length", "9112 6.1", both("+5", "chunked"), refused(400)),
            case("refuses both with letters in the length", "9112 6.1", both("5x", "chunked"), refused(400)),
            case(
                "refuses both with two codings in two fields",
                "9112 6.1",
                post(
                    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n",
                    &format!("0\r\n\r\n{HIDDEN}"),
                ),
                refused_by(&[400, 501]),
            ),
            case(
                "refuses both with a folded coding",
                "9112 5.2",
                post(
                    "Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n",
                    &format!("0\r\n\r\n{HIDDEN}"),
                ),
                refused(400),
            ),
            case(
                "refuses both with a space before a colon",
                "9112 5.1",
                post("Content-Length: 5\r\nTransfer-Encoding : chunked\r\n", &format!("0\r\n\r\n{HIDDEN}")),
                refused(400),
            ),
            case(
                "refuses both of GET",
                "9112 6.1",
                request("GET /", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
                refused(400),
            ),
        ],
    );
}

#[test]
fn hidden_requests() {
    let body = |start: &str| request(start, &format!("Content-Length: {}\r\n", HIDDEN.len()), HIDDEN);
    let escaped = HIDDEN.escape_default().to_string();
    check_all(
        "HTTP/1.1: smuggling by bodies and line ends",
        &[
            case(
                "answers pipelined requests in their order",
                "9112 9.3.2",
                format!(
                    "{}{}{}",
                    request("GET /1", "", ""),
                    request("GET /2", "", ""),
                    request("GET /3", "", "")
                ),
                seen("GET /1 a").then_seen("GET /2 a").then_seen("GET /3 a"),
            ),
            case(
                "takes a request in a body of GET for data",
                "9110 9.3.1",
                body("GET /"),
                seen(&format!("GET / a: {escaped}")),
            ),
            case(
                "takes a request in a body of POST for data",
                "9112 6.2",
                body("POST /"),
                seen(&format!("POST / a: {escaped}")),
            ),
            case(
                "takes a request in a body of HEAD for data",
                "9110 9.3.2",
                body("HEAD /404"),
                answered(404).for_head(),
            ),
            case(
                "takes a request in a body of OPTIONS for data",
                "9110 9.3.7",
                body("OPTIONS /"),
                seen(&format!("OPTIONS / a: {escaped}")),
            ),
            case("takes a request in a body of a 404 for data", "9112 9.3", body("POST /404"), answered(404)),
            case(
                "takes a request in a body of a 204 for data",
                "9112 9.3",
                body("POST /204"),
                answered(204).body(""),
            ),
            case(
                "takes a request in a body with Expect for data",
                "9110 10.1.1",
                request(
                    "POST /",
                    &format!("Content-Length: {}\r\nExpect: 100-continue\r\n", HIDDEN.len()),
                    HIDDEN,
                ),
                seen(&format!("POST / a: {escaped}")).may_continue(),
            ),
            case(
                "refuses two lengths around a request",
                "9112 6.3",
                post("Content-Length: 0\r\nContent-Length: 43\r\n", HIDDEN),
                refused(400),
            ),
            case(
                "refuses a length in two letter cases",
                "9112 6.3",
                post("Content-Length: 0\r\ncontent-length: 43\r\n", HIDDEN),
                refused(400),
            ),
            case(
                "does not answer behind a refused request",
                "9112 9.6",
                format!("GET / HTTP/1.1\r\n\r\n{HIDDEN}"),
                refused(400),
            ),
            case(
                "does not answer behind `close`",
                "9112 9.6",
                format!("{}{HIDDEN}", get("Connection: close\r\n")),
                seen("GET / a").closed(),
            ),
            case(
                "does not answer behind HTTP/1.0",
                "9112 9.3",
                format!("GET / HTTP/1.0\r\n\r\n{HIDDEN}"),
                seen("GET / -").closed(),
            ),
            case(
                "refuses an empty line hidden by a bare CR",
                "9112 2.2",
                format!("GET / HTTP/1.1\r\nHost: a\r\nA: b\r\r\n{HIDDEN}"),
                refused(400),
            ),
            case(
                "refuses an empty line hidden by bare LFs",
                "9112 2.2",
                format!("GET / HTTP/1.1\r\nHost: a\r\nA: b\n\n{HIDDEN}"),
                refused(400),
            ),
            case(
                "refuses a second request line as a field",
                "9112 5",
                format!("GET / HTTP/1.1\r\nHost: a\r\n{HIDDEN}"),
                refused(400),
            ),
            case(
                "refuses a chunk that ends in a bare LF",
                "9112 7.1",
                post("Transfer-Encoding: chunked\r\n", &format!("0\n\n{HIDDEN}")),
                refused(400),
            ),
            case(
                "refuses a chunk size that overflows to zero",
                "9112 7.1",
                post("Transfer-Encoding: chunked\r\n", &format!("100000000000000000\r\n\r\n{HIDDEN}")),
                refused_by(&[400, 413]),
            ),
            case(
                "refuses an extension that hides a line end",
                "9112 7.1.1",
                post("Transfer-Encoding: chunked\r\n", &format!("1;a=\"\n\"\r\nb\r\n0\r\n\r\n{HIDDEN}")),
                refused(400),
            ),
            case(
                "reads trailers to their end",
                "9112 7.1.2",
                post("Transfer-Encoding: chunked\r\n", "0\r\nA: GET /hidden HTTP/1.1\r\n\r\n"),
                seen("POST / a"),
            ),
        ],
    );
}
