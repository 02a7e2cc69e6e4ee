//! Ranges as RFC 9110 has them, for a resource of 100 bytes.

use super::*;

#[track_caller]
fn check(field: &str, expected: &[(u64, u64)]) {
    assert_eq!(parse(field, 100), Asked::Parts(expected.to_vec()), "{field}");
}

#[test]
fn ranges_are_read() {
    check("bytes=0-9", &[(0, 9)]);
    check("bytes=90-", &[(90, 99)]);
    check("bytes=-10", &[(90, 99)]);
    check("bytes=-1000", &[(0, 99)]);
    check("bytes=50-1000", &[(50, 99)]);
    check("bytes=0-0, 2-3 ,,5-5", &[(0, 0), (2, 3), (5, 5)]);
    check("bytes=0-4, 200-300", &[(0, 4)]);
}

#[test]
fn what_is_no_range_is_ignored_and_what_lies_outside_is_refused() {
    for field in ["", "lines=0-1", "bytes=a-b", "bytes=9-0", "bytes=5", "bytes=0-99,0-99", "bytes=--5"] {
        assert_eq!(parse(field, 100), Asked::Whole, "{field}");
    }
    for field in ["bytes=100-", "bytes=200-300", "bytes=-0", "bytes="] {
        assert_eq!(parse(field, 100), Asked::Nothing, "{field}");
    }
    let many = format!("bytes={}", "0-0,".repeat(RANGES_MAX + 1));
    assert_eq!(parse(&many, 100), Asked::Whole);
}

#[test]
fn several_ranges_become_parts() {
    let body = String::from_utf8(multipart(&[(0, 2), (26, 28)], 100)).unwrap();
    assert_eq!(body.matches("content-range: bytes").count(), 2);
    assert_eq!(body.matches("\r\n\r\nabc\r\n").count(), 2);
    assert!(body.ends_with("--dyno-range-boundary--\r\n"));
}
