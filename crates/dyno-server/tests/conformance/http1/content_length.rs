//! Bodies framed by `Content-Length`.

use crate::case::{case, check_all, get, nothing, post, refused, request, seen};

#[test]
fn content_length() {
    let length = |value: &str| post(&format!("Content-Length: {value}\r\n"), "12345");
    check_all(
        "HTTP/1.1: Content-Length",
        &[
            case("reads the stated length", "9112 6.2", length("5"), seen("POST / a: 12345")),
            case(
                "takes no body for one of length 0",
                "9112 6.2",
                post("Content-Length: 0\r\n", ""),
                seen("POST / a"),
            ),
            case("takes no framing for no body", "9112 6.3", post("", ""), seen("POST / a")),
            case(
                "takes white space around the number",
                "9110 5.5",
                length(" \t5 \t"),
                seen("POST / a: 12345"),
            ),
            case("reads leading zeros as decimal", "9110 8.6", length("005"), seen("POST / a: 12345")),
            case(
                "reads 010 as ten",
                "9110 8.6",
                post("Content-Length: 010\r\n", "0123456789"),
                seen("POST / a: 0123456789"),
            ),
            case(
                "reads every byte as it is",
                "9112 6.2",
                post("Content-Length: 6\r\n", "\r\n\0\r\n\x7f"),
                seen("POST / a: \\r\\n\\x00\\r\\n\\x7f"),
            ),
            case(
                "reads a body of GET",
                "9110 9.3.1",
                request("GET /", "Content-Length: 3\r\n", "abc"),
                seen("GET / a: abc"),
            ),
            case(
                "reads a body of OPTIONS",
                "9110 9.3.7",
                request("OPTIONS /", "Content-Length: 3\r\n", "abc"),
                seen("OPTIONS / a: abc"),
            ),
            case(
                "reads a body of DELETE",
                "9110 9.3.5",
                request("DELETE /", "Content-Length: 3\r\n", "abc"),
                seen("DELETE / a: abc"),
            ),
            case(
                "reads a body of HEAD",
                "9110 9.3.2",
                request("HEAD /404", "Content-Length: 3\r\n", "abc"),
                nothing().then(&[404]).for_head(),
            ),
            case(
                "reads the next request behind a body",
                "9112 9.3.2",
                format!("{}{}", length("5"), get("")),
                seen("POST / a: 12345").then_seen("GET / a"),
            ),
            case(
                "takes what follows length 0 for the next request",
                "9112 6.2",
                format!("{}{}", post("Content-Length: 0\r\n", ""), get("")),
                seen("POST / a").then_seen("GET / a"),
            ),
            case("closes when the body is cut short", "9112 6.3", length("9"), nothing().client_ends()),
            case("refuses a number with a plus", "9110 8.6", length("+5"), refused(400)),
            case("refuses a number with a minus", "9110 8.6", length("-5"), refused(400)),
            case("refuses minus zero", "9110 8.6", length("-0"), refused(400)),
            case("refuses hexadecimal", "9110 8.6", length("0x5"), refused(400)),
            case("refuses octal", "9110 8.6", length("0o5"), refused(400)),
            case("refuses an underscore", "9110 8.6", length("1_0"), refused(400)),
            case("refuses an exponent", "9110 8.6", length("5e0"), refused(400)),
            case("refuses a fraction", "9110 8.6", length("5.0"), refused(400)),
            case("refuses quotes", "9110 8.6", length("\"5\""), refused(400)),
            case("refuses words", "9110 8.6", length("five"), refused(400)),
            case("refuses a number with letters behind", "9110 8.6", length("5a"), refused(400)),
            case("refuses space inside", "9110 8.6", length("5 5"), refused(400)),
            case("refuses an empty value", "9110 8.6", length(""), refused(400)),
            case("refuses digits of another script", "9110 8.6", length("\u{665}"), refused(400)),
            case("refuses a vertical tab before the number", "9110 8.6", length("\x0b5"), refused(400)),
            case("refuses 2^64", "9110 8.6", length("18446744073709551616"), refused(400)),
            case("refuses 2^64 + 5", "9110 8.6", length("18446744073709551621"), refused(400)),
            case(
                "refuses 2^32 + 5 of a handler that buffers",
                "9110 15.5.14",
                length("4294967301"),
                refused(413),
            ),
            case(
                "refuses a body longer than the handler takes",
                "9110 15.5.14",
                length("99999999999"),
                refused(413),
            ),
            case(
                "refuses two lengths that differ",
                "9112 6.3",
                post("Content-Length: 5\r\nContent-Length: 6\r\n", "12345"),
                refused(400),
            ),
            case(
                "refuses two lengths that agree",
                "9112 6.3",
                post("Content-Length: 5\r\nContent-Length: 5\r\n", "12345"),
                refused(400),
            ),
            case("refuses a list of lengths that differ", "9110 8.6", length("5, 6"), refused(400)),
            case("refuses a list of lengths that agree", "9110 8.6", length("5, 5"), refused(400)),
            case("refuses a list of three", "9110 8.6", length("5,5,5"), refused(400)),
            case("refuses a comma behind the number", "9110 8.6", length("5,"), refused(400)),
            case("refuses a comma before the number", "9110 8.6", length(",5"), refused(400)),
            case(
                "refuses a space before the colon",
                "9112 5.1",
                post("Content-Length : 5\r\n", "12345"),
                refused(400),
            ),
            case(
                "refuses a folded value",
                "9112 5.2",
                post("Content-Length:\r\n 5\r\n", "12345"),
                refused(400),
            ),
            case("refuses an invalid length of GET", "9112 6.3", get("Content-Length: x\r\n"), refused(400)),
        ],
    );
}
