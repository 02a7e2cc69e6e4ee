//! What RFC 9110 demands of resources: methods, conditions, ranges, upgrades; against an app with routes and files.

use std::time::{Duration, UNIX_EPOCH};

use dyno_server::{
    App, Files, RunningServer, Server, ThreadContext, WebSocketAnswer, WebSocketUpgrade, get, post, websocket,
};

use crate::case::{Case, Expected, answered, case, check_all_on, request};

/// When the file was changed, in seconds; what is asked for refers to it.
const MODIFIED_S: u64 = 1_000_000_000;
const MODIFIED: &str = "Sun, 09 Sep 2001 01:46:40 GMT";
const BEFORE: &str = "Sun, 09 Sep 2001 01:46:39 GMT";
const FUTURE: &str = "Sun, 09 Sep 2101 01:46:40 GMT";
/// Of that time in nanoseconds and ten bytes.
const ETAG: &str = "\"de0b6b3a7640000-a\"";

#[get("/text")]
fn text() -> &'static str {
    "text"
}

/// What stands behind every case, see `case`.
#[get("/probe")]
fn probe() -> &'static str {
    "GET /probe probe"
}

#[post("/text")]
fn post_text(body: String) -> String {
    body
}

#[websocket("/ws")]
fn talk(upgrade: WebSocketUpgrade) -> WebSocketAnswer {
    upgrade.serve(|_socket| async {})
}

/// An app with routes, and a folder with a file of ten bytes.
fn start() -> (RunningServer, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("digits.txt");
    std::fs::write(&path, "0123456789").unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(MODIFIED_S)).unwrap();
    let root = folder.path().to_owned();
    let app = move |_: ThreadContext| {
        App::new().route(text).route(probe).route(post_text).route(talk).route(Files::new("/files", &root))
    };
    (Server::builder().listen("127.0.0.1:0".parse().unwrap()).start(app).unwrap(), folder)
}

#[track_caller]
fn check(suite: &'static str, cases: &[Case]) {
    let (server, _folder) = start();
    check_all_on(server.local_addrs()[0], suite, cases);
}

#[test]
fn methods() {
    let ask = |start: &str| request(start, "", "");
    check(
        "HTTP/1.1: methods of resources",
        &[
            case("answers GET", "9110 9.3.1", ask("GET /text"), answered(200).body("text")),
            case(
                "answers HEAD by GET",
                "9110 9.3.2",
                ask("HEAD /text"),
                answered(200).for_head().field("content-length", "4"),
            ),
            case(
                "answers POST",
                "9110 9.3.3",
                request("POST /text", "Content-Length: 2\r\n", "ab"),
                answered(200).body("ab"),
            ),
            case(
                "says which methods there are with 405",
                "9110 15.5.6",
                ask("DELETE /text"),
                answered(405).field("allow", "GET, HEAD, POST, OPTIONS"),
            ),
            case(
                "says which methods there are for OPTIONS",
                "9110 9.3.7",
                ask("OPTIONS /text"),
                answered(204).field("allow", "GET, HEAD, POST, OPTIONS"),
            ),
            case("does not know a path with 404", "9110 15.5.5", ask("GET /nowhere"), answered(404)),
            case(
                "does not find a method in other letter case",
                "9110 9.1",
                ask("get /text"),
                nothing_like_200(),
            ),
            case("does not implement an unknown method", "9110 9.1", ask("BREW /text"), nothing_like_200()),
            case("does not implement TRACE", "9110 9.3.8", ask("TRACE /text"), nothing_like_200()),
            case(
                "reads the body of a request without a route",
                "9112 9.3",
                request("POST /nowhere", "Content-Length: 5\r\n", "GET /"),
                answered(404),
            ),
        ],
    );
}

/// 405 or 501, as RFC 9110 section 9.1 leaves it.
fn nothing_like_200() -> Expected {
    crate::case::nothing().then(&[405, 501])
}

#[test]
fn conditions() {
    let ask = |fields: &str| request("GET /files/digits.txt", fields, "");
    let whole = || answered(200).body("0123456789");
    let unchanged = || answered(304).body("").field("etag", ETAG);
    check(
        "HTTP/1.1: conditions",
        &[
            case(
                "says version and time",
                "9110 8.8",
                ask(""),
                whole().field("etag", ETAG).field("last-modified", MODIFIED),
            ),
            case(
                "answers a matching If-None-Match with 304",
                "9110 13.1.2",
                ask(&format!("If-None-Match: {ETAG}\r\n")),
                unchanged(),
            ),
            case(
                "compares If-None-Match weakly",
                "9110 13.1.2",
                ask(&format!("If-None-Match: W/{ETAG}\r\n")),
                unchanged(),
            ),
            case(
                "finds a tag in a list",
                "9110 13.1.2",
                ask(&format!("If-None-Match: \"x\", {ETAG} , \"y,z\"\r\n")),
                unchanged(),
            ),
            case("takes `*` for any version", "9110 13.1.2", ask("If-None-Match: *\r\n"), unchanged()),
            case("answers another tag", "9110 13.1.2", ask("If-None-Match: \"x\"\r\n"), whole()),
            case(
                "does not take a tag without quotes",
                "9110 8.8.3",
                ask("If-None-Match: de0b6b3a7640000-a\r\n"),
                whole(),
            ),
            case(
                "answers If-Modified-Since of that time with 304",
                "9110 13.1.3",
                ask(&format!("If-Modified-Since: {MODIFIED}\r\n")),
                unchanged(),
            ),
            case(
                "answers If-Modified-Since of an earlier time",
                "9110 13.1.3",
                ask(&format!("If-Modified-Since: {BEFORE}\r\n")),
                whole(),
            ),
            case(
                "ignores a date that is none",
                "9110 13.1.3",
                ask("If-Modified-Since: yesterday\r\n"),
                whole(),
            ),
            case(
                "prefers If-None-Match to If-Modified-Since",
                "9110 13.2.2",
                ask(&format!("If-None-Match: \"x\"\r\nIf-Modified-Since: {FUTURE}\r\n")),
                whole(),
            ),
            case(
                "answers If-Match of another version with 412",
                "9110 13.1.1",
                ask("If-Match: \"x\"\r\n"),
                answered(412),
            ),
            case(
                "compares If-Match strongly",
                "9110 13.1.1",
                ask(&format!("If-Match: W/{ETAG}\r\n")),
                answered(412),
            ),
            case(
                "answers If-Match of this version",
                "9110 13.1.1",
                ask(&format!("If-Match: {ETAG}\r\n")),
                whole(),
            ),
            case(
                "answers If-Unmodified-Since of an earlier time with 412",
                "9110 13.1.4",
                ask(&format!("If-Unmodified-Since: {BEFORE}\r\n")),
                answered(412),
            ),
            case(
                "answers HEAD as GET",
                "9110 13.2.1",
                request("HEAD /files/digits.txt", &format!("If-None-Match: {ETAG}\r\n"), ""),
                answered(304).for_head(),
            ),
        ],
    );
}

#[test]
fn ranges() {
    let ask = |range: &str| request("GET /files/digits.txt", &format!("Range: {range}\r\n"), "");
    let with = |fields: &str| request("GET /files/digits.txt", &format!("Range: bytes=0-3\r\n{fields}"), "");
    let whole = || answered(200).body("0123456789");
    let part = |body: &str, range: &'static str| answered(206).body(body).field("content-range", range);
    let none = || answered(416).field("content-range", "bytes */10");
    check(
        "HTTP/1.1: ranges",
        &[
            case(
                "says that it takes ranges",
                "9110 14.3",
                request("GET /files/digits.txt", "", ""),
                whole().field("accept-ranges", "bytes"),
            ),
            case("answers the first bytes", "9110 14.2", ask("bytes=0-3"), part("0123", "bytes 0-3/10")),
            case("answers bytes in between", "9110 14.2", ask("bytes=4-6"), part("456", "bytes 4-6/10")),
            case("answers from a byte on", "9110 14.2", ask("bytes=7-"), part("789", "bytes 7-9/10")),
            case("answers the last bytes", "9110 14.1.2", ask("bytes=-2"), part("89", "bytes 8-9/10")),
            case(
                "cuts a range that is too long",
                "9110 14.1.2",
                ask("bytes=5-100"),
                part("56789", "bytes 5-9/10"),
            ),
            case(
                "answers a suffix that is too long with all",
                "9110 14.1.2",
                ask("bytes=-100"),
                crate::case::nothing().then(&[200, 206]).body("0123456789"),
            ),
            case(
                "takes the unit in any letter case",
                "9110 14.1",
                ask("Bytes=0-0"),
                part("0", "bytes 0-0/10"),
            ),
            case("cannot satisfy a range behind the end", "9110 15.5.17", ask("bytes=10-"), none()),
            case("cannot satisfy a suffix of nothing", "9110 14.1.2", ask("bytes=-0"), none()),
            case("ignores a unit that it does not know", "9110 14.2", ask("lines=0-3"), whole()),
            case("ignores an invalid range", "9110 14.2", ask("bytes=x-y"), whole()),
            case("ignores a range that ends before it starts", "9110 14.1.1", ask("bytes=5-2"), whole()),
            case(
                "ignores a range of HEAD",
                "9110 14.2",
                request("HEAD /files/digits.txt", "Range: bytes=0-3\r\n", ""),
                answered(200).for_head().field("content-length", "10"),
            ),
            case(
                "answers If-Range of this version",
                "9110 13.1.5",
                with(&format!("If-Range: {ETAG}\r\n")),
                part("0123", "bytes 0-3/10"),
            ),
            case(
                "answers If-Range of another version with all",
                "9110 13.1.5",
                with("If-Range: \"x\"\r\n"),
                whole(),
            ),
            case(
                "answers a weak If-Range with all",
                "9110 13.1.5",
                with(&format!("If-Range: W/{ETAG}\r\n")),
                whole(),
            ),
            case(
                "answers a condition before the range",
                "9110 13.2.2",
                with(&format!("If-None-Match: {ETAG}\r\n")),
                answered(304),
            ),
        ],
    );
}

#[test]
fn upgrades() {
    let ask = |start: &str, fields: &str| request(start, fields, "");
    let key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    check(
        "HTTP/1.1: upgrades of resources",
        &[
            case(
                "says which version it speaks with 426",
                "6455 4.4",
                ask("GET /ws", &format!("{upgrade}{key}Sec-WebSocket-Version: 12\r\n")),
                answered(426).field("sec-websocket-version", "13"),
            ),
            case(
                "says what it wants with 426",
                "9110 15.5.22",
                ask("GET /ws", ""),
                answered(426).field("upgrade", "websocket"),
            ),
            case(
                "does not switch without a key",
                "6455 4.2.1",
                ask("GET /ws", &format!("{upgrade}Sec-WebSocket-Version: 13\r\n")),
                answered(400),
            ),
            case(
                "does not switch with a short key",
                "6455 4.2.1",
                ask("GET /ws", &format!("{upgrade}Sec-WebSocket-Key: AAAA\r\nSec-WebSocket-Version: 13\r\n")),
                answered(400),
            ),
            case(
                "does not switch for POST",
                "6455 4.1",
                ask("POST /ws", &format!("{upgrade}{key}Sec-WebSocket-Version: 13\r\n")),
                crate::case::nothing().then(&[400, 405, 426]),
            ),
            case(
                "does not switch without the connection option",
                "9110 7.8",
                ask("GET /ws", &format!("Upgrade: websocket\r\n{key}Sec-WebSocket-Version: 13\r\n")),
                crate::case::nothing().then(&[400, 426]),
            ),
        ],
    );
}
