//! Whether a connection lives on, `Expect`, `Upgrade`, and errors of the handler.

use crate::case::{answered, case, check_all, get, post, refused, refused_by, request, seen};

const KEEP: &str = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";

#[test]
fn persistence() {
    check_all(
        "HTTP/1.1: persistence",
        &[
            case("keeps a connection of HTTP/1.1", "9112 9.3", get(""), seen("GET / a")),
            case("closes when asked to", "9112 9.6", get("Connection: close\r\n"), seen("GET / a").closed()),
            case(
                "finds `close` in any letter case",
                "9110 7.6.1",
                get("Connection: CLOSE\r\n"),
                seen("GET / a").closed(),
            ),
            case(
                "finds `close` in a list",
                "9110 7.6.1",
                get("Connection: foo, , close ,bar\r\n"),
                seen("GET / a").closed(),
            ),
            case(
                "finds `close` in a second field",
                "9110 7.6.1",
                get("Connection: foo\r\nConnection: close\r\n"),
                seen("GET / a").closed(),
            ),
            case(
                "obeys `close` beside `keep-alive`",
                "9112 9.3",
                get("Connection: keep-alive, close\r\n"),
                seen("GET / a").closed(),
            ),
            case(
                "does not find `close` in a longer word",
                "9110 7.6.1",
                get("Connection: closed\r\n"),
                seen("GET / a"),
            ),
            case(
                "ignores options it does not know",
                "9110 7.6.1",
                get("Connection: foo\r\n"),
                seen("GET / a"),
            ),
            case(
                "closes after HTTP/1.0",
                "9112 9.3",
                "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
                seen("GET / a").closed(),
            ),
            case(
                "keeps HTTP/1.0 when asked to",
                "9112 9.3",
                format!("{KEEP}{}", get("Connection: close\r\n")),
                seen("GET / -").field("connection", "keep-alive").then_seen("GET / a").closed(),
            ),
            case(
                "closes HTTP/1.0 with both options",
                "9112 9.3",
                "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
                seen("GET / -").closed(),
            ),
            case(
                "closes after the body when asked to",
                "9112 9.6",
                post("Connection: close\r\nContent-Length: 2\r\n", "ab"),
                seen("POST / a: ab").closed(),
            ),
            case(
                "answers what was complete when the client ends",
                "9112 9.6",
                get(""),
                seen("GET / a").client_ends(),
            ),
            case(
                "answers twenty pipelined requests",
                "9112 9.3.2",
                get("").repeat(20),
                (1..20).fold(seen("GET / a"), |all, _| all.then_seen("GET / a")),
            ),
            case(
                "does not switch for an unknown protocol",
                "9110 7.8",
                get("Connection: upgrade\r\nUpgrade: foo/2\r\n"),
                seen("GET / a"),
            ),
            case(
                "does not switch without the connection option",
                "9110 7.8",
                get(
                    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
                ),
                seen("GET / a"),
            ),
            case(
                "ignores Upgrade in HTTP/1.0",
                "9110 7.8",
                "GET / HTTP/1.0\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
                seen("GET / a").closed(),
            ),
        ],
    );
}

#[test]
fn expectations() {
    check_all(
        "HTTP/1.1: Expect",
        &[
            case(
                "sends no 100 when the body is there",
                "9110 10.1.1",
                post("Expect: 100-continue\r\nContent-Length: 0\r\n", ""),
                seen("POST / a"),
            ),
            case(
                "sends no 100 without a body",
                "9110 10.1.1",
                get("Expect: 100-continue\r\n"),
                seen("GET / a"),
            ),
            case(
                "sends no 100 to HTTP/1.0",
                "9110 15.2",
                "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
                seen("POST / -: ab").closed(),
            ),
            case(
                "ignores unknown expectations of HTTP/1.0",
                "9110 10.1.1",
                "GET / HTTP/1.0\r\nExpect: foo\r\n\r\n",
                seen("GET / -").closed(),
            ),
            case("does not meet other expectations", "9110 10.1.1", get("Expect: foo\r\n"), refused(417)),
            case(
                "does not meet a list with another one",
                "9110 10.1.1",
                get("Expect: 100-continue, foo\r\n"),
                refused(417),
            ),
            case(
                "answers a body that is too long instead of 100",
                "9110 10.1.1",
                post("Expect: 100-continue\r\nContent-Length: 99999999\r\n", ""),
                refused(413),
            ),
        ],
    );
}

#[test]
fn handlers() {
    check_all(
        "HTTP/1.1: answers",
        &[
            case(
                "sends neither body nor length with 204",
                "9110 8.6",
                request("GET /204", "", ""),
                answered(204).body("").without("content-length"),
            ),
            case(
                "sends neither body nor length with 2xx to CONNECT, and no HTTP behind it",
                "9110 8.6",
                request("CONNECT b:80", "", ""),
                answered(200).body("").without("content-length").without("transfer-encoding").cut(),
            ),
            case(
                "sends no body with 304, but its fields",
                "9110 15.4.5",
                request("GET /304", "", ""),
                answered(304).body("").field("etag", "\"x\""),
            ),
            case(
                "sends the head of GET for HEAD",
                "9110 9.3.2",
                request("HEAD /", "", ""),
                answered(200).for_head().field("content-length", "8"),
            ),
            case(
                "sends no head that a value would split",
                "9110 5.5",
                request("GET /split", "", ""),
                answered(500).without("set-cookie"),
            ),
            case(
                "makes a 500 of a panic, without its text",
                "9110 15.6.1",
                request("GET /panic", "", ""),
                refused(500),
            ),
            case(
                "says the type of text",
                "9110 8.3",
                get(""),
                seen("GET / a").field("content-type", "text/plain"),
            ),
            case(
                "does not say which program it is",
                "9110 10.2.4",
                get(""),
                seen("GET / a").without("server"),
            ),
            case("says when an error was made", "9110 6.6.1", request("GET /404", "", ""), answered(404)),
            case("says when a refusal was made", "9110 6.6.1", "GET / HTTP/1.1\r\n\r\n", refused_by(&[400])),
        ],
    );
}
