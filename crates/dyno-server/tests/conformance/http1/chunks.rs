//! The chunked coding: sizes, extensions, line ends, trailers.

use crate::case::{answered, case, check_all, get, nothing, post, refused, refused_by, request, seen};

fn chunked(body: &str) -> String {
    post("Transfer-Encoding: chunked\r\n", body)
}

#[test]
fn sizes() {
    check_all(
        "HTTP/1.1: chunk sizes",
        &[
            case("reads one chunk", "9112 7.1", chunked("5\r\nhello\r\n0\r\n\r\n"), seen("POST / a: hello")),
            case(
                "reads several chunks",
                "9112 7.1",
                chunked("1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n"),
                seen("POST / a: abcdef"),
            ),
            case("reads no chunk", "9112 7.1", chunked("0\r\n\r\n"), seen("POST / a")),
            case(
                "reads upper-case digits",
                "9112 7.1",
                chunked("A\r\n0123456789\r\n0\r\n\r\n"),
                seen("POST / a: 0123456789"),
            ),
            case(
                "reads lower-case digits",
                "9112 7.1",
                chunked("a\r\n0123456789\r\n0\r\n\r\n"),
                seen("POST / a: 0123456789"),
            ),
            case(
                "reads leading zeros",
                "9112 7.1",
                chunked("005\r\nhello\r\n000\r\n\r\n"),
                seen("POST / a: hello"),
            ),
            case(
                "reads line ends inside a chunk as data",
                "9112 7.1",
                chunked("9\r\n\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n"),
                seen("POST / a: \\r\\n0\\r\\n\\r\\n\\r\\n"),
            ),
            case(
                "reads the next request behind chunks",
                "9112 9.3.2",
                format!("{}{}", chunked("1\r\na\r\n0\r\n\r\n"), get("")),
                seen("POST / a: a").then_seen("GET / a"),
            ),
            case("closes when chunks are cut short", "9112 8", chunked("5\r\nhel"), nothing().client_ends()),
            case(
                "closes when the last chunk is missing",
                "9112 8",
                chunked("5\r\nhello\r\n"),
                nothing().client_ends(),
            ),
            case(
                "closes when the empty line is missing",
                "9112 8",
                chunked("5\r\nhello\r\n0\r\n"),
                nothing().client_ends(),
            ),
            case(
                "refuses a prefix of hexadecimal",
                "9112 7.1",
                chunked("0x5\r\nhello\r\n0\r\n\r\n"),
                refused(400),
            ),
            case("refuses a plus", "9112 7.1", chunked("+5\r\nhello\r\n0\r\n\r\n"), refused(400)),
            case("refuses plus zero", "9112 7.1", chunked("+0\r\n\r\n"), refused(400)),
            case("refuses a minus", "9112 7.1", chunked("-5\r\nhello\r\n0\r\n\r\n"), refused(400)),
            case("refuses an underscore", "9112 7.1", chunked("1_0\r\nhello\r\n0\r\n\r\n"), refused(400)),
            case("refuses letters beyond f", "9112 7.1", chunked("g\r\nhello\r\n0\r\n\r\n"), refused(400)),
            case("refuses an empty size", "9112 7.1", chunked("\r\nhello\r\n0\r\n\r\n"), refused(400)),
            case(
                "refuses a space before the size",
                "9112 7.1",
                chunked(" 5\r\nhello\r\n0\r\n\r\n"),
                refused(400),
            ),
            case(
                "refuses a space behind the size",
                "9112 7.1",
                chunked("5 \r\nhello\r\n0\r\n\r\n"),
                refused(400),
            ),
            case(
                "refuses a tab behind the size",
                "9112 7.1",
                chunked("5\t\r\nhello\r\n0\r\n\r\n"),
                refused(400),
            ),
            case("refuses a fraction", "9112 7.1", chunked("5.0\r\nhello\r\n0\r\n\r\n"), refused(400)),
            case("refuses a comma", "9112 7.1", chunked("5,5\r\nhello\r\n0\r\n\r\n"), refused(400)),
            case("refuses 2^64", "9112 7.1", chunked("10000000000000000\r\n"), refused(400)),
            case(
                "refuses 2^64 + 5",
                "9112 7.1",
                chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"),
                refused(400),
            ),
            case(
                "refuses 2^64 - 1",
                "9112 7.1",
                chunked("ffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
                refused_by(&[400, 413]),
            ),
            case(
                "refuses chunks beyond what the handler takes",
                "9110 15.5.14",
                chunked(&format!("{}0\r\n\r\n", format!("55730\r\n{}\r\n", "x".repeat(350_000)).repeat(3))),
                refused(413),
            ),
            case(
                "refuses data longer than its size",
                "9112 7.1",
                chunked("5\r\nhelloXX\r\n0\r\n\r\n"),
                refused(400),
            ),
            case(
                "refuses data shorter than its size",
                "9112 7.1",
                chunked("6\r\nhello\r\n0\r\n\r\n"),
                refused(400),
            ),
            case(
                "refuses data without its line end",
                "9112 7.1",
                chunked("5\r\nhello0\r\n\r\n"),
                refused(400),
            ),
            case(
                "refuses a bare LF behind a size",
                "9112 7.1",
                chunked("5\nhello\r\n0\r\n\r\n"),
                refused(400),
            ),
            case(
                "refuses a bare CR behind a size",
                "9112 2.2",
                chunked("5\rhello\r\n0\r\n\r\n"),
                refused(400),
            ),
            case("refuses a bare LF behind data", "9112 7.1", chunked("5\r\nhello\n0\r\n\r\n"), refused(400)),
            case("refuses a bare CR behind data", "9112 2.2", chunked("5\r\nhello\r0\r\n\r\n"), refused(400)),
            case("refuses a bare LF behind the last size", "9112 7.1", chunked("0\n\r\n"), refused(400)),
            case("refuses a bare LF as the end", "9112 7.1", chunked("0\r\n\n"), refused(400)),
            case("refuses NUL in a size", "9112 7.1", chunked("5\0\r\nhello\r\n0\r\n\r\n"), refused(400)),
        ],
    );
}

#[test]
fn extensions() {
    let extended = |extension: &str| chunked(&format!("5{extension}\r\nhello\r\n0\r\n\r\n"));
    check_all(
        "HTTP/1.1: chunk extensions",
        &[
            case("ignores a name", "9112 7.1.1", extended(";a"), seen("POST / a: hello")),
            case("ignores name and value", "9112 7.1.1", extended(";a=b"), seen("POST / a: hello")),
            case("ignores a quoted value", "9112 7.1.1", extended(";a=\"b c;d\""), seen("POST / a: hello")),
            case("ignores a quoted pair", "9112 7.1.1", extended(";a=\"b\\\"c\""), seen("POST / a: hello")),
            case("ignores several", "9112 7.1.1", extended(";a=b;c;d=\"e\""), seen("POST / a: hello")),
            case(
                "ignores white space around semicolon and sign",
                "9112 7.1.1",
                extended(" ; a = b"),
                seen("POST / a: hello"),
            ),
            case(
                "ignores one of the last chunk",
                "9112 7.1.1",
                chunked("1\r\na\r\n0;a=b\r\n\r\n"),
                seen("POST / a: a"),
            ),
            case("refuses an empty name", "9112 7.1.1", extended(";"), refused(400)),
            case("refuses an empty name before a sign", "9112 7.1.1", extended(";=b"), refused(400)),
            case("refuses two semicolons", "9112 7.1.1", extended(";;a"), refused(400)),
            case("refuses an empty value", "9112 7.1.1", extended(";a="), refused(400)),
            case("refuses two signs", "9112 7.1.1", extended(";a=b=c"), refused(400)),
            case("refuses a name that is no token", "9112 7.1.1", extended(";[=b"), refused(400)),
            case("refuses a value that is no token", "9112 7.1.1", extended(";a=[b]"), refused(400)),
            case("refuses a space in a value", "9112 7.1.1", extended(";a=b c"), refused(400)),
            case("refuses bytes behind a quoted value", "9112 7.1.1", extended(";a=\"b\"c"), refused(400)),
            case("refuses an unclosed quote", "9112 7.1.1", extended(";a=\"b"), refused(400)),
            case("refuses a semicolon at the end", "9112 7.1.1", extended(";a=b;"), refused(400)),
            case("refuses bytes without a semicolon", "9112 7.1.1", extended(" a=b"), refused(400)),
            case("refuses a bare LF", "9112 2.2", extended(";a=b\nc"), refused(400)),
            case(
                "refuses a bare LF as line end",
                "9112 2.2",
                chunked("5;a=b\nhello\r\n0\r\n\r\n"),
                refused(400),
            ),
            case("refuses a bare LF in quotes", "9112 2.2", extended(";a=\"b\nc\""), refused(400)),
            case("refuses a bare CR", "9112 2.2", extended(";a=b\rc"), refused(400)),
            case("refuses CR LF in quotes", "9112 7.1.1", extended(";a=\"b\r\nc\""), refused(400)),
            case("refuses NUL", "9112 7.1.1", extended(";a=\0"), refused(400)),
            case("refuses a control byte", "9112 7.1.1", extended(";a=\x01"), refused(400)),
            case("refuses a control byte in quotes", "9112 7.1.1", extended(";a=\"\x01\""), refused(400)),
            case(
                "refuses 5 KB of extensions",
                "9112 7.1.1",
                extended(&format!(";a={}", "b".repeat(5_000))),
                refused_by(&[400, 413]),
            ),
            case(
                "refuses 5 KB in many chunks",
                "9112 7.1.1",
                chunked(&"1;abcdefghij=klmnopqrst\r\nx\r\n".repeat(300)),
                refused_by(&[400, 413]),
            ),
        ],
    );
}

#[test]
fn trailers() {
    let with = |trailers: &str| chunked(&format!("5\r\nhello\r\n0\r\n{trailers}\r\n"));
    check_all(
        "HTTP/1.1: trailers",
        &[
            case("takes a trailer", "9112 7.1.2", with("A: b\r\n"), seen("POST / a: hello")),
            case("takes several trailers", "9112 7.1.2", with("A: b\r\nC: d\r\n"), seen("POST / a: hello")),
            case(
                "does not merge a trailer into the head",
                "9110 6.5.1",
                request("POST /show/x", "X: 1\r\nTransfer-Encoding: chunked\r\n", "0\r\nX: 2\r\n\r\n"),
                answered(200).body("1"),
            ),
            case(
                "does not frame by Content-Length in trailers",
                "9110 6.5.1",
                with("Content-Length: 50\r\n"),
                seen("POST / a: hello"),
            ),
            case(
                "does not frame by Transfer-Encoding in trailers",
                "9110 6.5.1",
                with("Transfer-Encoding: chunked\r\n"),
                seen("POST / a: hello"),
            ),
            case(
                "does not route by Host in trailers",
                "9110 6.5.1",
                with("Host: b\r\n"),
                seen("POST / a: hello"),
            ),
            case(
                "does not close by Connection in trailers",
                "9110 6.5.1",
                with("Connection: close\r\n"),
                seen("POST / a: hello"),
            ),
            case(
                "does not authorise by trailers",
                "9110 6.5.1",
                request(
                    "POST /show/authorization",
                    "Transfer-Encoding: chunked\r\n",
                    "0\r\nAuthorization: x\r\n\r\n",
                ),
                answered(200).body(""),
            ),
            case(
                "reads the next request behind trailers",
                "9112 7.1.2",
                format!("{}{}", with("A: b\r\n"), get("")),
                seen("POST / a: hello").then_seen("GET / a"),
            ),
            case("refuses a trailer without a colon", "9112 7.1.2", with("A b\r\n"), refused(400)),
            case("refuses a space before the colon", "9112 5.1", with("A : b\r\n"), refused(400)),
            case("refuses a folded trailer", "9112 5.2", with("A: b\r\n c\r\n"), refused(400)),
            case("refuses an empty name", "9112 5", with(": b\r\n"), refused(400)),
            case("refuses white space before the first trailer", "9112 5", with(" A: b\r\n"), refused(400)),
            case("refuses a bare LF", "9112 2.2", with("A: b\nC: d\r\n"), refused(400)),
            case("refuses a bare CR", "9110 5.5", with("A: b\rc\r\n"), refused(400)),
            case("refuses NUL", "9110 5.5", with("A: b\0\r\n"), refused(400)),
            case(
                "refuses 33 trailers",
                "9110 5.4",
                with(&"A: b\r\n".repeat(33)),
                refused_by(&[400, 413, 431]),
            ),
            case(
                "refuses 9 KB of trailers",
                "9110 5.4",
                with(&format!("A: {}\r\n", "b".repeat(9_000))),
                refused_by(&[400, 413, 431]),
            ),
        ],
    );
}
