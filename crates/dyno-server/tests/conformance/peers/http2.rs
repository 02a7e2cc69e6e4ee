//! curl, nghttp, h2load, Node.js and Python over HTTP/2.

use std::process::Command;

use super::{check_output, output_with_input, take_lines};
use crate::report::Suite;
use crate::{echo, foreign};

#[test]
fn curl_speaks_http2() {
    let Some(curl) = foreign::program("curl", "conformance: curl over HTTP/2") else { return };
    let server = echo::start_tls();
    let (plain, secure) = (server.local_addrs()[0].to_string(), server.tls_addrs()[0].to_string());
    let mut suite = Suite::new("HTTP/2: curl").with_peer(foreign::version(&curl, "--version"));
    let large = "x".repeat(300_000);
    let version = ["-w", " %{http_version}"];
    for (case, url, arguments, body, expected) in [
        (
            "by prior knowledge",
            format!("http://{plain}/a?b"),
            &["--http2-prior-knowledge"][..],
            "",
            format!("GET /a?b {plain} 2"),
        ),
        ("by upgrade", format!("http://{plain}/"), &["--http2"], "", format!("GET / {plain} 2")),
        ("by ALPN", format!("https://{secure}/"), &["--http2"], "", format!("GET / {secure} 2")),
        ("HTTP/1.1 by ALPN", format!("https://{secure}/"), &["--http1.1"], "", format!("GET / {secure} 1.1")),
        (
            "POST",
            format!("http://{plain}/"),
            &["--http2-prior-knowledge", "--data-binary", "@-"],
            "ab",
            format!("POST / {plain}: ab 2"),
        ),
        (
            "POST by upgrade",
            format!("http://{plain}/"),
            &["--http2", "--data-binary", "@-"],
            "ab",
            format!("POST / {plain}: ab 2"),
        ),
        (
            "a large POST",
            format!("https://{secure}/"),
            &["--http2", "--data-binary", "@-"],
            &large,
            format!("POST / {secure}: {large} 2"),
        ),
        (
            "a PUT without length",
            format!("https://{secure}/"),
            &["--http2", "-T", "-"],
            "ab",
            format!("PUT / {secure}: ab 2"),
        ),
        (
            "HEAD",
            format!("https://{secure}/404"),
            &["--http2", "--head", "-o", "/dev/null"],
            "",
            " 2".to_owned(),
        ),
    ] {
        let mut command = Command::new(&curl);
        command
            .args(["--silent", "--show-error", "--insecure", "--max-time", "30"])
            .args(version)
            .args(arguments);
        suite.take(case, check_output(&output_with_input(command.arg(url), body.as_bytes()), &expected));
    }
    suite.finish();
}

#[test]
fn nghttp_speaks_http2() {
    let Some(nghttp) = foreign::program("nghttp", "conformance: nghttp") else { return };
    let server = echo::start_tls();
    let (plain, secure) = (server.local_addrs()[0].to_string(), server.tls_addrs()[0].to_string());
    let mut suite = Suite::new("HTTP/2: nghttp").with_peer(foreign::version(&nghttp, "--version"));
    for (case, url, arguments, expected) in [
        ("by prior knowledge", format!("http://{plain}/"), &[][..], format!("GET / {plain}")),
        ("by upgrade", format!("http://{plain}/"), &["--upgrade"], format!("GET / {plain}")),
        ("by ALPN", format!("https://{secure}/"), &[], format!("GET / {secure}")),
        ("with padding", format!("http://{plain}/"), &["--padding=100"], format!("GET / {plain}")),
        ("with many CONTINUATION", format!("http://{plain}/"), &["--continuation"], format!("GET / {plain}")),
        (
            "with small windows",
            format!("http://{plain}/"),
            &["--window-bits=4", "--connection-window-bits=4"],
            format!("GET / {plain}"),
        ),
        (
            "with a table of no size",
            format!("http://{plain}/"),
            &["--header-table-size=0", "--encoder-header-table-size=0"],
            format!("GET / {plain}"),
        ),
        (
            "with a trailer",
            format!("http://{plain}/"),
            &["--trailer=a: b", "--data=/dev/null"],
            format!("POST / {plain}"),
        ),
        ("without old priorities", format!("http://{plain}/"), &["--no-dep"], format!("GET / {plain}")),
        ("three times", format!("http://{plain}/"), &["--multiply=3"], format!("GET / {plain}").repeat(3)),
    ] {
        let mut command = Command::new(&nghttp);
        command.args(["--no-verify-peer", "--timeout=30"]).args(arguments).arg(url);
        suite.take(case, check_output(&foreign::output(&mut command), &expected));
    }
    suite.finish();
}

#[test]
fn h2load_gets_every_answer() {
    let Some(h2load) = foreign::program("h2load", "conformance: h2load") else { return };
    let server = echo::start_tls();
    let mut suite = Suite::new("HTTP/2: h2load").with_peer(foreign::version(&h2load, "--version"));
    for (case, url, arguments) in [
        ("in clear text", format!("http://{}/", server.local_addrs()[0]), &["-c", "8", "-m", "32"]),
        ("over TLS", format!("https://{}/", server.tls_addrs()[0]), &["-c", "8", "-m", "32"]),
        (
            "one stream after the other",
            format!("http://{}/", server.local_addrs()[0]),
            &["-c", "1", "-m", "1"],
        ),
    ] {
        let output = foreign::output(Command::new(&h2load).args(["-n", "2000"]).args(arguments).arg(url));
        let text = String::from_utf8_lossy(&output.stdout);
        let holds = text.contains("2000 done, 2000 succeeded, 0 failed, 0 errored, 0 timeout")
            && text.contains("status codes: 2000 2xx, 0 3xx, 0 4xx, 0 5xx");
        suite.take(case, if holds { Ok(()) } else { Err(foreign::said(&output)) });
    }
    suite.finish();
}

#[test]
fn node_speaks_http2() {
    let Some(mut node) = foreign::node("conformance: http2 of Node.js") else { return };
    let server = echo::start_tls();
    let version = foreign::version(std::path::Path::new(node.get_program()), "--version");
    let mut suite = Suite::new("HTTP/2: Node.js").with_peer(version);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/peers/http2_client.js");
    let (plain, secure) = (server.local_addrs()[0], server.tls_addrs()[0]);
    node.arg(script).arg(format!("http://{plain}")).arg(format!("https://{secure}"));
    take_lines(&mut suite, &foreign::output(&mut node), 8);
    suite.finish();
}

#[test]
fn python_speaks_http2() {
    let Some(python) = foreign::python("conformance: h2 of Python") else { return };
    let server = echo::start();
    let mut suite = Suite::new("HTTP/2: Python").with_peer(foreign::pinned("h2"));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/peers/http2_client.py");
    let port = server.local_addrs()[0].port().to_string();
    take_lines(&mut suite, &foreign::output(Command::new(python).arg(script).arg(port)), 6);
    suite.finish();
}
