//! The field `Host`: there once, and valid.

use crate::case::{Case, case, check_all, refused, seen};

#[test]
fn host() {
    let get = |fields: &str| format!("GET / HTTP/1.1\r\n{fields}\r\n");
    let mut cases = vec![
        case("refuses a request without Host", "9112 3.2", get(""), refused(400)),
        case("refuses a repeated Host", "9112 3.2", get("Host: a\r\nHost: b\r\n"), refused(400)),
        case(
            "refuses a repeated Host of the same value",
            "9112 3.2",
            get("Host: a\r\nHost: a\r\n"),
            refused(400),
        ),
        case(
            "refuses a repeated Host in other letter case",
            "9112 3.2",
            get("Host: a\r\nhOsT: a\r\n"),
            refused(400),
        ),
        case(
            "refuses a repeated Host with fields between",
            "9112 3.2",
            get("Host: a\r\nA: b\r\nHost: a\r\n"),
            refused(400),
        ),
        case(
            "refuses a repeated Host of HTTP/1.0",
            "9112 3.2",
            "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
            refused(400),
        ),
        case(
            "refuses an invalid Host of HTTP/1.0",
            "9112 3.2",
            "GET / HTTP/1.0\r\nHost: a/b\r\n\r\n",
            refused(400),
        ),
        case("answers HTTP/1.0 without Host", "9112 3.2", "GET / HTTP/1.0\r\n\r\n", seen("GET / -").closed()),
        case("refuses a Host with a space before the colon", "9112 5.1", get("Host : a\r\n"), refused(400)),
        case(
            "refuses an invalid Host beside a valid target",
            "9112 3.2",
            "GET http://b/ HTTP/1.1\r\nHost: a b\r\n\r\n",
            refused(400),
        ),
        case("finds Host in any letter case", "9110 5.1", get("hOST: a\r\n"), seen("GET / a")),
        case("takes white space around the value", "9110 5.5", get("Host: \t a \t\r\n"), seen("GET / a")),
        case("takes Host as the last field", "9110 7.2", get("A: b\r\nHost: a\r\n"), seen("GET / a")),
    ];
    let invalid = |name, value: &str| -> Case {
        case(name, "9112 3.2", get(&format!("Host: {value}\r\n")), refused(400))
    };
    cases.extend([
        invalid("refuses an empty Host", ""),
        invalid("refuses a Host of white space", "  \t "),
        invalid("refuses two hosts joined by a comma", "a, b"),
        invalid("refuses two hosts joined by a comma alone", "a,b"),
        invalid("refuses two hosts joined by a space", "a b"),
        invalid("refuses user information", "u@a"),
        invalid("refuses user information with a password", "u:p@a"),
        invalid("refuses a path", "a/b"),
        invalid("refuses a query", "a?b"),
        invalid("refuses a fragment", "a#b"),
        invalid("refuses a backslash", "a\\b"),
        invalid("refuses a scheme", "http://a"),
        invalid("refuses a port alone", ":80"),
        invalid("refuses a port of letters", "a:b"),
        invalid("refuses a port with a sign", "a:+80"),
        invalid("refuses a port of six digits", "a:123456"),
        invalid("refuses a port above 65535", "a:65536"),
        invalid("refuses two ports", "a:1:2"),
        invalid("refuses an unclosed IPv6 literal", "[::1"),
        invalid("refuses an IPv6 literal without its start", "::1]"),
        invalid("refuses an IPv6 address without brackets", "::1"),
        invalid("refuses an empty literal", "[]"),
        invalid("refuses a name in brackets", "[a]"),
        invalid("refuses bytes behind a literal", "[::1]a"),
        invalid("refuses an IPv6 literal of nine groups", "[1:2:3:4:5:6:7:8:9]"),
        invalid("refuses an IPv6 literal of three colons", "[:::1]"),
        invalid("refuses an IPv6 literal with a letter beyond f", "[::g]"),
        invalid("refuses a broken percent-encoding", "a%2"),
        invalid("refuses a percent sign alone", "a%zz"),
        invalid("refuses a host beyond ASCII", "\u{e9}"),
        invalid("refuses quotes", "\"a\""),
        invalid("refuses angle brackets", "<a>"),
        invalid("refuses a control byte", "a\x01b"),
        invalid("refuses NUL", "a\0b"),
    ]);
    let valid = |name, value: &str| {
        case(name, "3986 3.2.2", get(&format!("Host: {value}\r\n")), seen(&format!("GET / {value}")))
    };
    cases.extend([
        valid("takes a name with a port", "a.example:8080"),
        valid("takes an empty port", "a:"),
        valid("takes the port 65535", "a:65535"),
        valid("takes an IPv4 address", "127.0.0.1:80"),
        valid("takes an IPv6 address", "[::1]"),
        valid("takes an IPv6 address with a port", "[2001:db8::7]:443"),
        valid("takes an IPv6 address that ends as IPv4", "[::ffff:192.0.2.1]"),
        valid("takes an address of a later version", "[v1.a:b]"),
        valid("takes an underscore", "a_b.example"),
        valid("takes sub-delimiters of a registered name", "a!$&'()*+;=b"),
        valid("takes percent-encoding", "a%20b"),
        valid("takes a dot at the end", "a.example."),
    ]);
    check_all("HTTP/1.1: Host", &cases);
}
