use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use tempfile::TempDir;

use super::encoding::accepts;
use super::range::{Range, parse};
use crate::{App, Call, File, Files, Route, TestServer};

const LARGE_BYTES: usize = 300_000;
const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

/// A directory with everything the tests ask for, and a secret beside it.
fn directory() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("public");
    fs::create_dir_all(root.join("docs")).unwrap();
    fs::create_dir_all(root.join("empty")).unwrap();
    fs::write(directory.path().join("secret.txt"), "secret").unwrap();
    for (name, content) in [
        ("ten.txt", "0123456789"),
        ("docs/index.html", "<h1>docs</h1>"),
        (".hidden", "hidden"),
        ("style.css", "plain"),
        ("style.css.gz", "gzipped"),
        ("style.css.br", "brotli"),
        ("nothing.bin", ""),
        ("a b\u{e9}.txt", "named"),
    ] {
        fs::write(root.join(name), content).unwrap();
    }
    let large: Vec<u8> = (0..LARGE_BYTES).map(|n| (n % 251) as u8).collect();
    fs::write(root.join("large.bin"), large).unwrap();
    symlink(directory.path().join("secret.txt"), root.join("escape.txt")).unwrap();
    symlink(directory.path(), root.join("up")).unwrap();
    symlink(root.join("ten.txt"), root.join("inside.txt")).unwrap();
    symlink(directory.path().join("secret.txt"), root.join("ten.txt.gz")).unwrap();
    let file = fs::File::options().write(true).open(root.join("ten.txt")).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(784_111_777)).unwrap();
    directory
}

fn serve(root: &Path) -> TestServer {
    let root = root.join("public");
    TestServer::start(move |_| App::new().route(Files::new("/f", &root)))
}

#[test]
fn nothing_outside_of_the_directory_is_served() {
    let directory = directory();
    let server = serve(directory.path());
    for target in [
        "/f/../secret.txt",
        "/f/%2e%2e/secret.txt",
        "/f/%2e%2e%2fsecret.txt",
        "/f/..%5csecret.txt",
        "/f/docs/..%2f..%2fsecret.txt",
        "/f//etc/passwd",
        "/f/%2fetc%2fpasswd",
        "/f/ten.txt%00.html",
        "/f/escape.txt",
        "/f/up/secret.txt",
        "/f/.hidden",
        "/f/./ten.txt",
        "/f/empty",
        "/f/empty/",
        "/f/nowhere",
        "/f/ten.txt/x",
        "/f/%ff",
    ] {
        let answer = server.get(target).send();
        assert_eq!((answer.status(), answer.text()), (404, "Not Found"), "{target}");
    }
    assert_eq!(server.get("/f/inside.txt").send().text(), "0123456789");
    assert_eq!(server.get("/f/a%20b%C3%A9.txt").send().text(), "named");
    // A compressed variant must not be a way out either.
    assert_eq!(server.get("/f/ten.txt").header("accept-encoding", "gzip").send().text(), "0123456789");
}

#[test]
fn directories_are_answered_with_their_index_below_a_slash() {
    let directory = directory();
    let server = serve(directory.path());
    let redirected = server.get("/f/docs?x=1").send();
    assert_eq!((redirected.status(), redirected.header("location")), (308, Some("/f/docs/?x=1")));
    let index = server.get("/f/docs/").send();
    assert_eq!((index.status(), index.text()), (200, "<h1>docs</h1>"));
    assert_eq!(server.post("/f/docs/").send().status(), 405);
    assert_eq!(server.request("HEAD", "/f/large.bin").send().header("content-length"), Some("300000"));
}

#[test]
fn ranges_give_parts() {
    let directory = directory();
    let server = serve(directory.path());
    for (range, status, content_range, body) in [
        ("bytes=0-3", 206, Some("bytes 0-3/10"), "0123"),
        ("bytes=7-", 206, Some("bytes 7-9/10"), "789"),
        ("bytes=-2", 206, Some("bytes 8-9/10"), "89"),
        ("bytes=5-99999999999999999999", 206, Some("bytes 5-9/10"), "56789"),
        ("bytes=10-", 416, Some("bytes */10"), ""),
        ("bytes=-0", 416, Some("bytes */10"), ""),
        ("bytes=5-2", 200, None, "0123456789"),
        ("bytes=0-1,5-6", 200, None, "0123456789"),
        ("lines=0-1", 200, None, "0123456789"),
        ("nonsense", 200, None, "0123456789"),
    ] {
        let answer = server.get("/f/ten.txt").header("range", range).send();
        let actual = (answer.status(), answer.header("content-range"), answer.text());
        assert_eq!(actual, (status, content_range, body), "{range}");
    }
    let part = server.get("/f/large.bin").header("range", "bytes=1000-250999").send();
    assert!(part.body().iter().enumerate().all(|(n, &byte)| byte == ((n + 1000) % 251) as u8));
    assert_eq!(part.body().len(), 250_000);
    assert_eq!(server.get("/f/large.bin").send().body().len(), LARGE_BYTES);
    assert_eq!(server.get("/f/nothing.bin").header("range", "bytes=0-").send().status(), 416);
    assert_eq!(parse("bytes=0-0", u64::MAX), Range::Part { first: 0, length: 1 });
}

#[test]
fn conditions_are_evaluated_in_the_order_of_the_rfc() {
    let directory = directory();
    let server = serve(directory.path());
    let whole = server.get("/f/ten.txt").send();
    assert_eq!(whole.header("last-modified"), Some(MODIFIED));
    let etag = whole.header("etag").unwrap();
    let weak = format!("\"x\", W/{etag}");
    let (earlier, later) = ("Sat, 05 Nov 1994 08:49:37 GMT", "Mon, 07 Nov 1994 08:49:37 GMT");
    let cases: [(&[(&str, &str)], u16); 14] = [
        (&[("if-none-match", etag)], 304),
        (&[("if-none-match", &weak)], 304),
        (&[("if-none-match", "*")], 304),
        (&[("if-none-match", "\"other\""), ("if-modified-since", MODIFIED)], 200),
        (&[("if-modified-since", MODIFIED)], 304),
        (&[("if-modified-since", later)], 304),
        (&[("if-modified-since", earlier)], 200),
        (&[("if-modified-since", "never")], 200),
        (&[("if-match", "\"other\"")], 412),
        (&[("if-match", &weak)], 412),
        (&[("if-match", etag), ("if-unmodified-since", earlier)], 200),
        (&[("if-unmodified-since", earlier)], 412),
        (&[("if-range", etag), ("range", "bytes=0-1")], 206),
        (&[("if-range", earlier), ("range", "bytes=0-1")], 200),
    ];
    for (fields, status) in cases {
        let request = fields.iter().fold(server.get("/f/ten.txt"), |request, (n, v)| request.header(n, v));
        let answer = request.send();
        assert_eq!(answer.status(), status, "{fields:?}");
        assert_eq!(answer.header("etag"), Some(etag), "{fields:?}");
    }
    let newer = server.get("/f/ten.txt").header("if-range", MODIFIED).header("range", "bytes=0-1").send();
    assert_eq!(newer.status(), 206);
}

#[test]
fn compressed_variants_are_sent_to_clients_that_take_them() {
    let directory = directory();
    let server = serve(directory.path());
    for (accepted, encoding, body) in [
        ("gzip, br", Some("br"), "brotli"),
        ("gzip;q=0.5, br;q=0", Some("gzip"), "gzipped"),
        ("*", Some("br"), "brotli"),
        ("deflate", None, "plain"),
        ("", None, "plain"),
    ] {
        let answer = server.get("/f/style.css").header("accept-encoding", accepted).send();
        assert_eq!((answer.header("content-encoding"), answer.text()), (encoding, body), "{accepted}");
        assert_eq!(answer.header("content-type"), Some("text/css; charset=utf-8"));
        assert_eq!(answer.header("vary"), Some("accept-encoding"));
    }
    assert!(!accepts("gzip;q=0, *", "gzip"));
}

#[test]
fn a_file_can_be_a_download() {
    let directory = directory();
    let path = directory.path().join("public/ten.txt");
    let server = TestServer::start(move |_| {
        let path = path.clone();
        App::new().route(Route::get("/get", move |call: &Call<'_>| {
            File::open(&path)
                .map(|file| file.content_type("text/x").attachment("z\u{eb}hn \"1\".txt").answer(call))
        }))
    });
    let answer = server.get("/get").send();
    assert_eq!(answer.header("content-type"), Some("text/x"));
    let disposition = "attachment; filename=\"z_hn _1_.txt\"; filename*=UTF-8''z%C3%ABhn%20%221%22%2Etxt";
    assert_eq!(answer.header("content-disposition"), Some(disposition));
}
