//! The load core by curl, and what its bodies depend on.

use super::client::{ask, get};
use super::{check, start};
use crate::{Bounds, TargetOptions, serve};

#[test]
fn the_load_core_answers_curl() {
    check("/plaintext", &["-i"], "content-length: 13\r\n");
    check("/plaintext", &["-I"], "200 OK");
    check("/echo", &["-d", "a=b", "-H", "content-type: text/x", "-i"], "content-type: text/x");
    check("/upload", &["-d", "12345"], "5\n");
    check("/orders", &["-d", "{}"], r#"{"id":1,"#);
    check("/login", &["-d", "{}", "-i"], "set-cookie: session=");
    check("/bytes/10", &["-o", "/dev/null", "-w", "%{size_download}"], "10");
    check("/bytes/1000000", &["-o", "/dev/null", "-w", "%{size_download}"], "1000000");
    check("/bytes/1048577", &["-i"], "400");
    check("/static/vendor.js", &["--compressed", "-o", "/dev/null", "-w", "%{http_code}"], "200");
}

#[test]
fn bodies_depend_on_the_seed_only() {
    let target = start();
    let body = |path: &str| get(&target, path).body;
    assert_eq!(body("/bytes/1000?seed=1"), body("/bytes/1000?seed=1"));
    assert_ne!(body("/bytes/1000?seed=1"), body("/bytes/1000?seed=2"));
    assert!(body("/bytes/200000?seed=1").starts_with(&body("/bytes/1003?seed=1")));
    assert_eq!(body("/bytes/1000?seed=1"), body("/stream-bytes/1000?seed=1&chunk_size=7"));
    assert_eq!(body("/json/20?seed=4"), body("/json/20?seed=4"));
    assert_ne!(body("/json/20?seed=4"), body("/json/20?seed=5"));
}

#[test]
fn sums_are_right_and_what_is_no_number_is_named() {
    let target = start();
    let post = |body: &str| ask(&target, "POST", "/baseline11?a=13&b=42", &[], body);
    assert_eq!(post("20").text(), "75");
    assert_eq!(post("-55\n").text(), "0");
    assert_eq!(post("").text(), "55");
    assert_eq!(post("x").status, 400);
    assert_eq!(get(&target, "/baseline11?a=x").status, 400);
    let items = get(&target, "/json/50?m=3").json();
    for item in items["items"].as_array().unwrap() {
        let expected = item["price"].as_f64().unwrap() * item["quantity"].as_f64().unwrap() * 3.0;
        assert!((item["total"].as_f64().unwrap() - expected).abs() < 0.005, "{item}");
    }
    assert_eq!(items["count"], 50);
    assert_eq!(get(&target, "/json/1001").status, 400);
}

#[test]
fn static_files_are_negotiated_and_revalidated() {
    let target = start();
    let file = |headers: &[(&str, &str)]| ask(&target, "GET", "/static/theme.css", headers, "");
    let (plain, gzip) = (file(&[]), file(&[("accept-encoding", "gzip")]));
    let brotli = file(&[("accept-encoding", "gzip, br")]);
    assert_eq!((plain.header("content-encoding"), plain.body.len()), ("", 6_000));
    assert_eq!((gzip.header("content-encoding"), brotli.header("content-encoding")), ("gzip", "br"));
    assert_eq!((&gzip.body, &brotli.body), (&plain.body, &plain.body));
    assert_ne!(gzip.header("etag"), plain.header("etag"));
    assert_eq!(plain.header("vary"), "accept-encoding");
    let again = file(&[("if-none-match", plain.header("etag"))]);
    assert_eq!((again.status, again.header("etag")), (304, plain.header("etag")));
    assert_eq!(file(&[("if-none-match", "\"other\"")]).status, 200);
    assert_eq!(get(&target, "/static/none.css").status, 404);
    assert_eq!(get(&target, "/static/..%2fCargo.toml").status, 404);
}

#[test]
fn bounds_can_be_set() {
    let bounds = Bounds { body_bytes_max: 100, duration_max: std::time::Duration::from_millis(50) };
    let listen = vec!["127.0.0.1:0".parse().unwrap()];
    let target = serve(TargetOptions { listen, bounds, ..TargetOptions::default() }).unwrap();
    assert_eq!(get(&target, "/bytes/100").status, 200);
    assert_eq!(get(&target, "/bytes/101").status, 400);
    assert_eq!(get(&target, "/delay/51ms").status, 400);
    assert_eq!(get(&target, "/delay/1ms").status, 200);
    assert_eq!(ask(&target, "POST", "/echo", &[], &"x".repeat(100)).status, 200);
    assert_eq!(ask(&target, "POST", "/echo", &[], &"x".repeat(101)).status, 413);
    assert_eq!(ask(&target, "POST", "/upload", &[], &"x".repeat(5_000)).text(), "5000\n");
}
