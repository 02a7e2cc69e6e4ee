//! Lines of the log, and the page made from them.

use super::*;

#[test]
fn a_line_becomes_a_row() {
    let result = parse_line("HTTP/2 peers\tcurl 7.88.1\t4\t1\tno `nghttp`").unwrap();
    assert_eq!((result.passed, result.failed, &*result.skips), (4, 1, "no `nghttp`"));
    let page = page(&[result], &["peers: `ws` is not installed".to_owned()]);
    assert!(page.contains("| HTTP/2 peers | curl 7.88.1 | 4 | 1 | no `nghttp` |\n"), "{page}");
    assert!(page.contains("5 cases in 1 suites: 4 passed, 1 failed, 1 test skipped."), "{page}");
    assert!(page.contains("- not run: peers: `ws` is not installed\n"), "{page}");
}

#[test]
fn a_line_that_is_none_is_refused() {
    assert!(parse_line("a\tb").is_err());
    assert!(parse_line("a\tb\tc\t0\t").is_err());
}
