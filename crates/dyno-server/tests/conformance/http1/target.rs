//! The request target in its four forms.

use crate::case::{answered, case, check_all, refused, request, seen};

#[test]
fn target() {
    let get = |target: &str| request(&format!("GET {target}"), "", "");
    check_all(
        "HTTP/1.1: request target",
        &[
            case(
                "keeps path and query as sent",
                "9112 3.2.1",
                get("/a/b?c=d&e=%20"),
                seen("GET /a/b?c=d&e=%20 a"),
            ),
            case("takes an empty query", "9112 3.2.1", get("/?"), seen("GET /? a")),
            case("takes two slashes", "9112 3.2.1", get("//x//y"), seen("GET //x//y a")),
            case(
                "takes a target of 7,900 bytes",
                "9112 3",
                get(&format!("/{}", "x".repeat(7_900))),
                answered(200),
            ),
            case("leaves percent-encoding alone", "9110 4.2.3", get("/%41%2f%00"), seen("GET /%41%2f%00 a")),
            case(
                "leaves encoded line ends alone",
                "9110 4.2.3",
                get("/%0d%0aX:%20y"),
                seen("GET /%0d%0aX:%20y a"),
            ),
            case("leaves dot segments alone", "9112 3.2.1", get("/a/../b"), seen("GET /a/../b a")),
            case(
                "takes the host of the absolute form",
                "9112 3.2.2",
                get("http://b/x?y"),
                seen("GET http://b/x?y b"),
            ),
            case(
                "prefers the absolute form to Host",
                "9112 3.2.2",
                "GET http://b:8080/ HTTP/1.1\r\nHost: c\r\n\r\n",
                seen("GET http://b:8080/ b:8080"),
            ),
            case(
                "takes the absolute form without a path",
                "9112 3.2.2",
                get("http://b"),
                seen("GET http://b b"),
            ),
            case(
                "takes a scheme in any letter case",
                "9110 4.2.3",
                get("HTTP://b/"),
                seen("GET HTTP://b/ b"),
            ),
            case(
                "demands Host with the absolute form",
                "9112 3.2",
                "GET http://b/ HTTP/1.1\r\n\r\n",
                refused(400),
            ),
            case("refuses user information in the target", "9110 4.2.4", get("http://u:p@b/"), refused(400)),
            case("refuses an empty host in the target", "9110 4.2.1", get("http:///x"), refused(400)),
            case("refuses a foreign scheme", "9110 7.4", get("ftp://b/"), refused(400)),
            case("refuses a relative target", "9112 3.2", get("x"), refused(400)),
            case("refuses a target of a query", "9112 3.2", get("?x"), refused(400)),
            case("refuses the authority form for GET", "9112 3.2.3", get("b:80"), refused(400)),
            case("takes `*` for OPTIONS", "9112 3.2.4", request("OPTIONS *", "", ""), seen("OPTIONS * a")),
            case("refuses `*` for GET", "9112 3.2.4", get("*"), refused(400)),
            case("refuses more than `*`", "9112 3.2.4", request("OPTIONS *x", "", ""), refused(400)),
            case("refuses CONNECT without a port", "9112 3.2.3", request("CONNECT b", "", ""), refused(400)),
            case(
                "refuses CONNECT with an empty port",
                "9110 9.3.6",
                request("CONNECT b:", "", ""),
                refused(400),
            ),
            case("refuses CONNECT with a path", "9112 3.2.3", request("CONNECT /x", "", ""), refused(400)),
            case(
                "refuses CONNECT with a URI",
                "9112 3.2.3",
                request("CONNECT http://b:80/", "", ""),
                refused(400),
            ),
            case(
                "refuses a port above 65535",
                "9110 9.3.6",
                request("CONNECT b:99999", "", ""),
                refused(400),
            ),
            case("refuses a fragment", "9112 3.2", get("/x#y"), refused(400)),
            case("refuses a control byte", "3986 2", get("/\x01"), refused(400)),
            case("refuses angle brackets", "3986 2", get("/<a>"), refused(400)),
            case("refuses a quote in the query", "3986 2", get("/?a=\""), refused(400)),
            case("refuses DEL", "3986 2", get("/\x7f"), refused(400)),
            case("refuses raw UTF-8", "3986 2", get("/\u{e9}"), refused(400)),
            case(
                "refuses overlong UTF-8",
                "3986 2",
                b"GET /\xc0\xaf HTTP/1.1\r\nHost: a\r\n\r\n",
                refused(400),
            ),
            case(
                "refuses a space at the start",
                "9112 3.2",
                "GET  /x HTTP/1.1\r\nHost: a\r\n\r\n",
                refused(400),
            ),
        ],
    );
}
