//! curl and REDbot over HTTP/1.1.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::report::Suite;
use crate::{echo, foreign};

/// What REDbot may say; anything else is a finding.
const REDBOT_KNOWN: &[&str] = &[
    "The server's clock is correct.",
    "The Content-Length header is correct.",
    "This response allows all caches to store it.",
    "This response has already been cached for",
    "This response allows caches to assign their own freshness lifetimes to it.",
    "In exceptional circumstances, caches can serve this response stale.",
];

#[test]
fn curl_speaks_http1() {
    let Some(curl) = foreign::program("curl", "conformance: curl over HTTP/1.1") else { return };
    let server = echo::start();
    let host = server.local_addrs()[0].to_string();
    let mut suite = Suite::new("HTTP/1.1: curl").with_peer(foreign::version(&curl, "--version"));
    let large = "x".repeat(300_000);
    for (case, arguments, path, body, expected) in [
        ("GET", &[][..], "/a?b=c", "", format!("GET /a?b=c {host}")),
        ("GET of HTTP/1.0", &["--http1.0"], "/", "", format!("GET / {host}")),
        (
            "GET by the absolute form",
            &["--request-target", "http://b/x"],
            "/",
            "",
            "GET http://b/x b".to_owned(),
        ),
        ("OPTIONS *", &["-X", "OPTIONS", "--request-target", "*"], "/", "", format!("OPTIONS * {host}")),
        ("POST with a length", &["--data-binary", "@-"], "/", "ab", format!("POST / {host}: ab")),
        (
            "POST in chunks",
            &["--data-binary", "@-", "-H", "Transfer-Encoding: chunked"],
            "/",
            "ab",
            format!("POST / {host}: ab"),
        ),
        (
            "POST that waits for 100",
            &["--data-binary", "@-", "-H", "Expect: 100-continue"],
            "/",
            &large,
            format!("POST / {host}: {large}"),
        ),
        ("PUT", &["-T", "-"], "/", "ab", format!("PUT / {host}: ab")),
        ("DELETE", &["-X", "DELETE"], "/x", "", format!("DELETE /x {host}")),
        (
            "status of HEAD",
            &["--head", "-o", "/dev/null", "-w", "%{http_code} %{size_download}"],
            "/404",
            "",
            "404 0".to_owned(),
        ),
        ("204", &["-w", "%{http_code}"], "/204", "", "204".to_owned()),
        ("304", &["-w", "%{http_code}"], "/304", "", "304".to_owned()),
    ] {
        let mut command = Command::new(&curl);
        command.args(["--silent", "--show-error", "--max-time", "20"]).args(arguments);
        let mut child = command
            .arg(format!("http://{host}{path}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // curl may refuse to start; its output then says why.
        let _ = child.stdin.take().unwrap().write_all(body.as_bytes());
        let output = child.wait_with_output().unwrap();
        let holds = output.status.success() && output.stdout == expected.as_bytes();
        suite.take(case, if holds { Ok(()) } else { Err(foreign::said(&output)) });
    }
    suite.take("two requests on one connection", one_connection(&curl, &host));
    suite.finish();
}

fn one_connection(curl: &std::path::Path, host: &str) -> Result<(), String> {
    let url = format!("http://{host}/");
    let mut command = Command::new(curl);
    let output = foreign::output(command.args(["--silent", "-w", " %{num_connects};", &url, &url]));
    let expected = format!("GET / {host} 1;GET / {host} 0;");
    if output.stdout == expected.as_bytes() { Ok(()) } else { Err(foreign::said(&output)) }
}

#[test]
fn redbot_finds_nothing() {
    let Some(python) = foreign::python("conformance: REDbot") else { return };
    let server = echo::start();
    let mut suite = Suite::new("HTTP/1.1: REDbot").with_peer(foreign::pinned("redbot"));
    for path in ["/", "/a?b=c", "/show/accept"] {
        let redbot = python.with_file_name("redbot");
        let url = format!("http://{}{path}", server.local_addrs()[0]);
        let output = foreign::output(Command::new(redbot).args(["-o", "text", &url]));
        let text = String::from_utf8_lossy(&output.stdout);
        let notes: Vec<_> = text.lines().filter_map(|line| line.trim_start().strip_prefix("* ")).collect();
        let is_known =
            |note: &&str| REDBOT_KNOWN.iter().any(|known| note.starts_with(known)) || note.ends_with(':');
        let holds = output.status.success()
            && notes.contains(&"The Content-Length header is correct.")
            && notes.iter().all(is_known);
        suite.take(path, if holds { Ok(()) } else { Err(foreign::said(&output)) });
    }
    suite.finish();
}
