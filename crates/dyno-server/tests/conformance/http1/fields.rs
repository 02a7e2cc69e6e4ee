//! Field lines: names, values, white space, folding.

use crate::case::{answered, case, check_all, get, post, refused, request, seen};

#[test]
fn fields() {
    let show = |lines: &str| request("GET /show/x", lines, "");
    check_all(
        "HTTP/1.1: fields",
        &[
            case(
                "finds a field in any letter case",
                "9110 5.1",
                show("X: 1\r\nx: 2\r\n"),
                answered(200).body("1|2"),
            ),
            case("takes a field without white space", "9112 5", show("x:1\r\n"), answered(200).body("1")),
            case(
                "drops white space around a value",
                "9112 5.1",
                show("x: \t 1 2 \t \r\n"),
                answered(200).body("1 2"),
            ),
            case("takes an empty value", "9110 5.5", show("x:\r\n"), answered(200).body("")),
            case("takes a value with colons", "9110 5.5", show("x: a:b:c\r\n"), answered(200).body("a:b:c")),
            case("takes a tab inside a value", "9110 5.5", show("x: a\tb\r\n"), answered(200).body("a\\tb")),
            case(
                "takes bytes above 0x7f in a value",
                "9110 5.5",
                show("x: \u{e9}\r\n"),
                answered(200).body("\\xc3\\xa9"),
            ),
            case(
                "takes every letter of a token in a name",
                "9110 5.6.2",
                get("a!#$%&'*+-.^_`|~9: b\r\n"),
                seen("GET / a"),
            ),
            case("refuses a space before the colon", "9112 5.1", get("a : b\r\n"), refused(400)),
            case("refuses a tab before the colon", "9112 5.1", get("a\t: b\r\n"), refused(400)),
            case("refuses a space inside a name", "9112 5", get("a b: c\r\n"), refused(400)),
            case("refuses a tab inside a name", "9112 5", get("a\tb: c\r\n"), refused(400)),
            case("refuses an empty name", "9112 5", get(": b\r\n"), refused(400)),
            case("refuses a line without a colon", "9112 5", get("abc\r\n"), refused(400)),
            case("refuses brackets in a name", "9110 5.6.2", get("a[b]: c\r\n"), refused(400)),
            case("refuses a slash in a name", "9110 5.6.2", get("a/b: c\r\n"), refused(400)),
            case("refuses a quote in a name", "9110 5.6.2", get("a\"b: c\r\n"), refused(400)),
            case("refuses an at sign in a name", "9110 5.6.2", get("a@b: c\r\n"), refused(400)),
            case("refuses a name beyond ASCII", "9110 5.6.2", get("\u{e9}: b\r\n"), refused(400)),
            case("refuses a control byte in a name", "9110 5.6.2", get("a\x01: b\r\n"), refused(400)),
            case("refuses NUL in a name", "9110 5.6.2", get("a\0: b\r\n"), refused(400)),
            case("refuses NUL in a value", "9110 5.5", get("a: b\0c\r\n"), refused(400)),
            case("refuses a bare CR in a value", "9110 5.5", get("a: b\rc\r\n"), refused(400)),
            case("refuses a bare CR at the end of a value", "9110 5.5", get("a: b\r\r\n"), refused(400)),
            case("refuses a bare LF at the end of a line", "9112 2.2", get("a: b\nc: d\r\n"), refused(400)),
            case(
                "refuses a bare LF before the empty line",
                "9112 2.2",
                "GET / HTTP/1.1\r\nHost: a\n\r\n",
                refused(400),
            ),
            case(
                "refuses a bare LF as the empty line",
                "9112 2.2",
                "GET / HTTP/1.1\r\nHost: a\r\n\n",
                refused(400),
            ),
            case("refuses a control byte in a value", "9110 5.5", get("a: b\x01c\r\n"), refused(400)),
            case("refuses a bell in a value", "9110 5.5", get("a: \x07\r\n"), refused(400)),
            case("refuses DEL in a value", "9110 5.5", get("a: b\x7f\r\n"), refused(400)),
            case("refuses an escape in a value", "9110 5.5", get("a: \x1b[1m\r\n"), refused(400)),
            case("refuses a folded line", "9112 5.2", get("a: b\r\n c\r\n"), refused(400)),
            case("refuses a line folded by a tab", "9112 5.2", get("a: b\r\n\tc\r\n"), refused(400)),
            case("refuses an empty folded line", "9112 5.2", get("a: b\r\n \r\n"), refused(400)),
            case(
                "refuses white space before the first field",
                "9112 2.2",
                "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
                refused(400),
            ),
            case(
                "refuses a tab before the first field",
                "9112 2.2",
                "GET / HTTP/1.1\r\n\tHost: a\r\n\r\n",
                refused(400),
            ),
            case("refuses a folded Host", "9112 5.2", "GET / HTTP/1.1\r\nHost:\r\n a\r\n\r\n", refused(400)),
            case("refuses a colon and a folded value", "9112 5.2", get("a:\r\n b\r\n"), refused(400)),
            case(
                "joins no cookies",
                "6265 5.4",
                request("GET /show/cookie", "Cookie: a=b\r\nCookie: c=d\r\n", ""),
                answered(200).body("a=b|c=d"),
            ),
            case(
                "survives a cookie of separators",
                "6265 5.2",
                request("GET /show/cookie", "Cookie: ===;;;\r\n", ""),
                answered(200).body("===;;;"),
            ),
            case(
                "survives an empty cookie",
                "6265 5.2",
                request("GET /show/cookie", "Cookie: \r\n", ""),
                answered(200).body(""),
            ),
            case("refuses NUL in a cookie", "9110 5.5", get("Cookie: a=\0\r\n"), refused(400)),
            case("survives nonsense in Accept", "9110 12.5.1", get("Accept: ;;;,,,\r\n"), seen("GET / a")),
            case("survives nonsense in Range", "9110 14.2", get("Range: bytes=x-y\r\n"), seen("GET / a")),
            case(
                "ignores Range of other methods",
                "9110 14.2",
                post("Range: bytes=0-0\r\nContent-Length: 2\r\n", "ab"),
                seen("POST / a: ab"),
            ),
        ],
    );
}

/// Names that a careless application maps onto framing fields (`Content_Length`) frame nothing here.
#[test]
fn lookalikes() {
    check_all(
        "HTTP/1.1: lookalikes of framing fields",
        &[
            case(
                "does not frame by Content_Length",
                "9110 5.1",
                post("Content_Length: 5\r\n", ""),
                seen("POST / a"),
            ),
            case(
                "does not frame by Transfer_Encoding",
                "9110 5.1",
                post("Transfer_Encoding: chunked\r\n", ""),
                seen("POST / a"),
            ),
            case(
                "does not frame by X-Content-Length",
                "9110 5.1",
                post("X-Content-Length: 5\r\n", ""),
                seen("POST / a"),
            ),
            case(
                "frames by CONTENT-LENGTH",
                "9110 5.1",
                post("CONTENT-LENGTH: 2\r\n", "ab"),
                seen("POST / a: ab"),
            ),
            case(
                "frames by TRANSFER-ENCODING",
                "9110 5.1",
                post("TRANSFER-ENCODING: chunked\r\n", "1\r\na\r\n0\r\n\r\n"),
                seen("POST / a: a"),
            ),
        ],
    );
}
