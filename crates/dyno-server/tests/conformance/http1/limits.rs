//! Sizes that a server must bound, each with the status that says so.

use crate::case::{answered, case, check_all, get, refused, request, seen};

#[test]
fn sizes() {
    let long = |bytes: usize| "x".repeat(bytes);
    check_all(
        "HTTP/1.1: sizes",
        &[
            case(
                "takes a request line of 8,000 bytes",
                "9112 3",
                request(&format!("GET /{}", long(7_985)), "", ""),
                answered(200),
            ),
            case(
                "refuses a request line above 8 KiB",
                "9112 3",
                request(&format!("GET /{}", long(9_000)), "", ""),
                refused(414),
            ),
            case("refuses an endless request line", "9112 3", format!("GET /{}", long(60_000)), refused(414)),
            case("refuses a long value", "9110 5.4", get(&format!("a: {}\r\n", long(40_000))), refused(431)),
            case("refuses a long name", "9110 5.4", get(&format!("{}: a\r\n", long(40_000))), refused(431)),
            case(
                "refuses a long cookie",
                "6265 6.1",
                get(&format!("Cookie: a={}\r\n", long(64_000))),
                refused(431),
            ),
            case(
                "refuses many long fields",
                "9110 5.4",
                get(&format!("a: {}\r\n", long(1_000)).repeat(40)),
                refused(431),
            ),
            case("refuses 101 fields", "6585 5", get(&"a: b\r\n".repeat(100)), refused(431)),
            case("takes 100 fields", "9110 5.4", get(&"a: b\r\n".repeat(99)), seen("GET / a")),
            case(
                "takes a value of 16,000 bytes",
                "9110 5.4",
                get(&format!("a: {}\r\n", long(16_000))),
                seen("GET / a"),
            ),
        ],
    );
}
