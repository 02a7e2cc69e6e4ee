//! `Transfer-Encoding`: what frames, what is refused, and what it means beside `Content-Length`.

use crate::case::{case, check_all, post, refused, refused_by, request, seen};

const BODY: &str = "2\r\nab\r\n0\r\n\r\n";

#[test]
fn transfer_coding() {
    let coded = |value: &str| post(&format!("Transfer-Encoding: {value}\r\n"), BODY);
    check_all(
        "HTTP/1.1: Transfer-Encoding",
        &[
            case("reads chunks", "9112 6.1", coded("chunked"), seen("POST / a: ab")),
            case("reads `chunked` in any letter case", "9112 7", coded("cHuNkEd"), seen("POST / a: ab")),
            case(
                "takes white space around the value",
                "9110 5.5",
                coded("\t chunked \t"),
                seen("POST / a: ab"),
            ),
            case(
                "ignores an empty list element before",
                "9110 5.6.1",
                coded(", chunked"),
                seen("POST / a: ab"),
            ),
            case(
                "ignores an empty list element behind",
                "9110 5.6.1",
                coded("chunked ,"),
                seen("POST / a: ab"),
            ),
            case(
                "reads chunks of GET",
                "9112 6.1",
                request("GET /", "Transfer-Encoding: chunked\r\n", BODY),
                seen("GET / a: ab"),
            ),
            case("refuses chunked twice", "9112 6.1", coded("chunked, chunked"), refused(400)),
            case(
                "refuses chunked in two fields",
                "9112 6.1",
                post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", BODY),
                refused(400),
            ),
            case("refuses chunked that is not last", "9112 6.3", coded("chunked, gzip"), refused(400)),
            case(
                "refuses chunked that is not last in two fields",
                "9112 6.3",
                post("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", BODY),
                refused(400),
            ),
            case("refuses a coding that is not chunked", "9112 6.3", coded("gzip"), refused_by(&[400, 501])),
            case(
                "refuses identity, which exists no more",
                "9112 7",
                coded("identity"),
                refused_by(&[400, 501]),
            ),
            case(
                "refuses chunked behind identity",
                "9112 7",
                coded("identity, chunked"),
                refused_by(&[400, 501]),
            ),
            case("does not implement gzip before chunked", "9112 6.1", coded("gzip, chunked"), refused(501)),
            case("does not implement an unknown coding", "9112 6.1", coded("foo"), refused(501)),
            case("does not take xchunked for chunked", "9112 6.1", coded("xchunked"), refused(501)),
            case("does not take chunked-x for chunked", "9112 6.1", coded("chunked-x"), refused(501)),
            case("refuses parameters of chunked", "9112 7.1", coded("chunked;q=1"), refused_by(&[400, 501])),
            case("refuses chunked in quotes", "9112 7", coded("\"chunked\""), refused_by(&[400, 501])),
            case("refuses a colon before chunked", "9112 7", coded(": chunked"), refused_by(&[400, 501])),
            case(
                "refuses words separated by a space",
                "9112 7",
                coded("chunked chunked"),
                refused_by(&[400, 501]),
            ),
            case("refuses an empty value", "9112 6.1", coded(""), refused(400)),
            case("refuses a value of commas", "9112 6.1", coded(", ,"), refused(400)),
            case("refuses a vertical tab before the value", "9112 6.1", coded("\x0bchunked"), refused(400)),
            case("refuses a form feed before the value", "9112 6.1", coded("\x0cchunked"), refused(400)),
            case("refuses NUL in the value", "9110 5.5", coded("chunked\0"), refused(400)),
            case("refuses a bare CR in the value", "9112 2.2", coded("\rchunked"), refused(400)),
            case("refuses a letter beyond ASCII", "9112 7", coded("chun\u{212a}ed"), refused_by(&[400, 501])),
            case(
                "refuses a space before the colon",
                "9112 5.1",
                post("Transfer-Encoding : chunked\r\n", BODY),
                refused(400),
            ),
            case(
                "refuses a tab before the colon",
                "9112 5.1",
                post("Transfer-Encoding\t: chunked\r\n", BODY),
                refused(400),
            ),
            case(
                "refuses a folded value",
                "9112 5.2",
                post("Transfer-Encoding:\r\n chunked\r\n", BODY),
                refused(400),
            ),
            case(
                "refuses a folded value of OPTIONS",
                "9112 5.2",
                request("OPTIONS /", "Transfer-Encoding:\r\n chunked\r\n", BODY),
                refused(400),
            ),
            case(
                "refuses a fold that hides a coding",
                "9112 5.2",
                post("A: b\r\n Transfer-Encoding: chunked\r\n", BODY),
                refused(400),
            ),
            case(
                "refuses chunks in HTTP/1.0",
                "9112 6.1",
                format!("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n{BODY}"),
                refused(400),
            ),
            case(
                "refuses chunks in HTTP/1.0 that would live on",
                "9112 6.1",
                format!(
                    "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n{BODY}"
                ),
                refused(400),
            ),
        ],
    );
}
