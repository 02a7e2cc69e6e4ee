//! The httpbin family as its users know it, beyond the examples of the table.

use serde_json::json;

use super::client::{ask, get};
use super::{check, start};
use crate::{TargetOptions, serve};

#[test]
fn curl_finds_what_it_expects() {
    check("/redirect/3", &["-L", "-w", "%{num_redirects}"], "3");
    check("/absolute-redirect/2", &["-L", "-w", "%{num_redirects}"], "2");
    check("/redirect-loop", &["-L", "--max-redirs", "5"], "redirects followed");
    check("/cookies/set?a=b", &["-L", "-c", "/dev/null", "-b", ""], r#"{"cookies":{"a":"b"}}"#);
    check("/basic-auth/me/s+c", &["-u", "me:s+c"], r#""authenticated":true"#);
    check("/basic-auth/me/secret", &["-u", "me:wrong", "-i"], "401");
    check("/hidden-basic-auth/me/secret", &["-u", "me:secret"], r#""authenticated":true"#);
    for path in ["/digest-auth/auth/me/secret", "/digest-auth/auth/me/secret/SHA-256"] {
        check(path, &["--digest", "-u", "me:secret"], r#""authenticated":true"#);
        check(path, &["--digest", "-u", "me:wrong", "-o", "/dev/null", "-w", "%{http_code}"], "401");
    }
    check("/bearer", &["-H", "Authorization: Bearer abc"], r#""token":"abc""#);
    check("/bearer", &["-i"], "www-authenticate: Bearer");
    check("/headers", &["-H", "x-a: b"], r#""X-A":["b"]"#);
    check("/anything/x?a=1&a=2", &["-d", "k=1"], r#""args":{"a":["1","2"]}"#);
    check("/post", &["-F", "a=1", "-F", "f=@/dev/null"], r#""files":{"f":[""]},"form":{"a":["1"]}"#);
    check("/stream/3", &["-i"], "transfer-encoding: chunked");
    check("/range/26", &["-r", "-3"], "xyz");
    for path in ["/gzip", "/deflate"] {
        check(path, &["--compressed"], "\"method\":\"GET\"");
    }
    check("/status/503", &["-i"], "503 Service Unavailable");
    check("/status/200:0,404:1", &["-i"], "404 Not Found");
}

#[test]
fn bodies_are_shown_as_what_they_are() {
    let target = start();
    let post = |kind: &str, body: &str| ask(&target, "POST", "/post", &[("content-type", kind)], body);
    let shown = post("image/x-thing", "abc").json();
    assert_eq!(shown["data"], "data:image/x-thing;base64,YWJj");
    let shown = post("application/json; charset=utf-8", "[1]").json();
    assert_eq!((&shown["json"], &shown["data"]), (&json!([1]), &json!("[1]")));
    assert_eq!(post("application/json", "{").status, 400);
    assert_eq!(post("multipart/form-data", "x").json()["status_code"], 400);
    assert_eq!(shown["url"], "http://target.test/post");
    assert_eq!(shown["method"], "POST");
    let proxied = ask(&target, "GET", "/get?x=1", &[("x-forwarded-proto", "https")], "").json();
    assert_eq!(proxied["url"], "https://target.test/get?x=1");
}

#[test]
fn draws_repeat_with_their_seed() {
    let sequence = |path: &str| -> Vec<String> {
        let target = start();
        (0..6)
            .map(|_| get(&target, path))
            .map(|answer| format!("{} {}", answer.status, answer.text()))
            .collect()
    };
    for path in ["/uuid?seed=3", "/unstable?seed=3", "/status/200,500,404?seed=3"] {
        let one = sequence(path);
        assert_eq!(one, sequence(path));
        assert_ne!(one[0..5], one[1..6], "{path} gives the same answer each time");
    }
    assert_ne!(sequence("/uuid"), sequence("/uuid"));
}

#[test]
fn conditional_requests_are_answered_by_the_rules() {
    let target = start();
    let etag = |name: &str, value: &str| ask(&target, "GET", "/etag/v1", &[(name, value)], "").status;
    assert_eq!(etag("if-none-match", "\"v1\""), 304);
    assert_eq!(etag("if-none-match", "\"v0\", W/\"v1\""), 304);
    assert_eq!(etag("if-none-match", "*"), 304);
    assert_eq!(etag("if-none-match", "\"v2\""), 200);
    assert_eq!(etag("if-match", "\"v1\""), 200);
    assert_eq!(etag("if-match", "W/\"v1\""), 412);
    assert_eq!(etag("if-match", "\"v2\""), 412);
    let cached = get(&target, "/cache");
    assert!(!cached.header("etag").is_empty() && !cached.header("last-modified").is_empty());
    assert_eq!(ask(&target, "GET", "/cache", &[("if-modified-since", "x")], "").status, 304);
    assert_eq!(get(&target, "/cache/5").header("cache-control"), "public, max-age=5");
}

#[test]
fn nothing_can_be_smuggled_into_a_head() {
    let target = start();
    for path in [
        "/response-headers?a=b%0d%0ac:d",
        "/response-headers?a%20b=c",
        "/response-headers?Content-Length=3",
        "/response-headers?transfer-encoding=chunked",
        "/cookies/set?a=b%0d%0ac:d",
        "/cookies/set?a;b=c",
        "/redirect-to?url=%0d%0ax:y",
        "/redirect-to",
        "/redirect-to?url=/x&status_code=200",
        "/etag/a%22b",
        "/base64/eA==?content-type=a%0d%0ab",
    ] {
        let answer = get(&target, path);
        assert_eq!(answer.status, 400, "{path}");
        assert_eq!(answer.json()["error"], "Bad Request", "{path}");
        assert!(answer.headers.iter().all(|(name, _)| name != "c" && name != "x"), "{path}");
    }
    let shown = get(&target, "/response-headers?Content-Type=text/html&a=%3Cscript%3E");
    assert_eq!((shown.header("content-type"), shown.header("a")), ("text/html", "<script>"));
    assert!(!shown.text().contains("<script>"), "{}", shown.text());
    let decoded = get(&target, "/base64/PHNjcmlwdD4=?content-type=text/html");
    assert_eq!(decoded.text(), "&lt;script&gt;");
    assert_eq!(get(&target, "/base64/PHNjcmlwdD4=").text(), "<script>");
}

#[test]
fn deleted_cookies_expire() {
    let target = start();
    let answer = get(&target, "/cookies/delete?a&b");
    assert_eq!(answer.all("set-cookie").len(), 2);
    assert!(answer.header("set-cookie").starts_with("a=; Path=/; HttpOnly; Max-Age=0;"));
    assert_eq!(answer.header("location"), "/cookies");
}

#[test]
fn images_are_negotiated() {
    let target = start();
    let image = |accept: &str| ask(&target, "GET", "/image", &[("accept", accept)], "");
    assert_eq!(image("*/*").header("content-type"), "image/png");
    assert_eq!(image("image/webp;q=0.9, text/html").header("content-type"), "image/webp");
    assert_eq!(image("text/html").status, 406);
    for (kind, start) in
        [("png", "\u{fffd}PNG"), ("webp", "RIFF"), ("jpeg", "\u{fffd}\u{fffd}"), ("avif", "\0\0\0")]
    {
        assert!(get(&target, &format!("/image/{kind}")).text().starts_with(start), "{kind}");
    }
    assert_eq!(get(&target, "/image/gif").status, 404);
}

#[test]
fn pages_of_any_origin_may_read_answers() {
    let target = start();
    let answer = ask(&target, "GET", "/get", &[("origin", "http://page.test")], "");
    assert_eq!(answer.header("access-control-allow-origin"), "http://page.test");
    assert_eq!(get(&target, "/get").header("access-control-allow-origin"), "");
}

#[test]
fn variables_are_shown_only_when_told() {
    // The test's own process has no such variable, so both show none; the shape is the same.
    let listen = vec!["127.0.0.1:0".parse().unwrap()];
    let target =
        serve(TargetOptions { listen, shows_environment: true, ..TargetOptions::default() }).unwrap();
    assert_eq!(get(&target, "/env").json(), json!({ "env": {} }));
}

#[test]
fn ranges_are_the_same_in_one_piece_and_in_many() {
    let target = start();
    let range = |path: &str, range: &str| ask(&target, "GET", path, &[("range", range)], "");
    let whole = get(&target, "/range/300000").body;
    assert_eq!(whole.len(), 300_000);
    assert_eq!(get(&target, "/range/300000?duration=2ms").body, whole);
    let part = range("/range/300000", "bytes=1000-200000");
    assert_eq!((part.status, part.body.as_slice()), (206, &whole[1_000..=200_000]));
    assert_eq!(part.header("content-range"), "bytes 1000-200000/300000");
    let timed = range("/range/300000?duration=2ms", "bytes=1000-200000");
    assert_eq!(timed.body, part.body);
    assert_eq!(range("/range/100", "bytes=100-").status, 416);
    let several = range("/range/100", "bytes=0-0,26-26");
    assert!(several.header("content-type").starts_with("multipart/byteranges; boundary="));
}
