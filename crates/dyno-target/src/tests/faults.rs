//! Faults break as they say, in the eyes of curl.

use std::time::Duration;

use super::{check, client, start};
use crate::{TargetOptions, serve};

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

#[test]
fn slow_bodies_are_whole_and_bounded() {
    let target = start();
    let whole = client::get(&target, "/bytes/1000?seed=4").body;
    assert_eq!(client::get(&target, "/fault/slice?size=300&delay=100us&seed=4").body, whole);
    assert_eq!(client::get(&target, "/fault/bandwidth?kbps=1000&seed=4").body, whole);
    assert_eq!(client::get(&target, "/fault/slice?size=1&delay=1s").status, 400);
    assert_eq!(client::get(&target, "/fault/bandwidth?kbps=0.01").status, 400);
    assert_eq!(client::get(&target, "/fault/slow-close?delay=1ms").header("connection"), "close");
}

#[test]
fn noise_is_that_of_the_seed() {
    let target = start();
    let noise = |path: &str| client::exchange(&target, &client::request("GET", path, &[], ""));
    let (one, other) = (noise("/fault/random-then-close?seed=1"), noise("/fault/random-then-close?seed=2"));
    assert_eq!(
        (one.len(), one == noise("/fault/random-then-close?seed=1"), one == other),
        (100, true, false)
    );
    assert_eq!(noise("/fault/limit?bytes=17"), b"HTTP/1.1 200 OK\r\n");
}

#[test]
fn chaos_is_obeyed_only_when_told() {
    let deaf = start();
    let field = [("x-chaos", "status=503")];
    assert_eq!(client::ask(&deaf, "GET", "/plaintext", &field, "").status, 200);
    let listen = vec!["127.0.0.1:0".parse().unwrap()];
    let target = serve(TargetOptions { listen, obeys_chaos: true, ..TargetOptions::default() }).unwrap();
    let ask = |chaos: &str| client::ask(&target, "POST", "/echo", &[("x-chaos", chaos)], "marco");
    assert_eq!(ask("status=503").status, 503);
    assert_eq!(ask("status=503;rate=0").text(), "marco");
    let late = std::time::Instant::now();
    assert_eq!(ask("latency=20ms").text(), "marco");
    assert!(late.elapsed() >= Duration::from_millis(20));
    assert_eq!(ask("latency=1ms;status=418").status, 418);
    assert_eq!(ask("colour=blue").status, 400);
    let broken = client::request("GET", "/plaintext", &[("x-chaos", "fault=empty")], "");
    assert_eq!(client::exchange(&target, &broken), b"");
}
