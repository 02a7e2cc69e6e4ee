//! Faults break as they say, in the eyes of curl.

use super::{check, client, start};

#[test]
fn faults_break_as_said() {
    check("/fault/empty", &[], "Empty reply");
    check("/fault/reset", &[], "reset by peer");
    check("/fault/truncate?at=10", &["-o", "/dev/null"], "990 bytes remaining");
    check("/fault/bad-length", &[], "Content-Length");
    check("/fault/malformed-chunk", &["-o", "/dev/null"], "curl: (56)");
    check("/fault/endless-head", &["-o", "/dev/null"], "curl: (");
    check("/fault/garbage", &[], "HTTP/0.9");
    check("/fault/no-reply", &["-m", "1"], "timed out");
    let target = start();
    let answer = client::exchange(&target, &client::request("GET", "/fault/over-long", &[], ""));
    assert!(answer.ends_with(b"than was promised"));
}
