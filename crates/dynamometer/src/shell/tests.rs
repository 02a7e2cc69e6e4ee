//! Quoting.

use super::join;

#[test]
fn only_what_needs_quotes_gets_them() {
    let words = ["dyno", "-H", "A: b", "it's", "", "p99<20ms", "http://h/?a=b"];
    assert_eq!(join(words), r"dyno -H 'A: b' 'it'\''s' '' 'p99<20ms' 'http://h/?a=b'");
}
