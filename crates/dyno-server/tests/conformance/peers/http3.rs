//! aioquic of Python and ngtcp2's client over HTTP/3, the latter over a network that loses packets.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use dyno_server::RunningServer;

use crate::report::Suite;
use crate::{echo, foreign};

const LARGE_BYTES: usize = 6 << 20;

/// A server, a folder that is gone with it, and the server's certificate in a file of it.
fn start() -> (RunningServer, tempfile::TempDir, PathBuf) {
    let (server, certificate) = echo::start_quic(|_| {});
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("certificate.pem");
    let text = base64::engine::general_purpose::STANDARD.encode(certificate);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
    std::fs::write(&path, pem).unwrap();
    (server, folder, path)
}

#[test]
fn aioquic_speaks_http3() {
    let Some(python) = foreign::python("conformance: aioquic over HTTP/3") else { return };
    let (server, _folder, certificate) = start();
    let mut suite = Suite::new("HTTP/3: aioquic").with_peer(foreign::pinned("aioquic"));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/peers/aioquic_client.py");
    // No HEAD: aioquic takes an answer without the content that its length tells for malformed, even then.
    let asked = [
        ("GET", "GET /a?b=c 0", "200 20 GET /a?b=c localhost".to_owned()),
        ("POST", "POST /x 3", "200 22 POST /x localhost: xxx".to_owned()),
        (
            "a large body up",
            "PUT / 1000000",
            format!("200 {} PUT / localhost: {}", 1_000_017, "x".repeat(23)),
        ),
        ("a body above the limit", "POST / 1100000", "413".to_owned()),
        ("a large body down", "GET /large 0", format!("200 {LARGE_BYTES} {}", "x".repeat(40))),
        ("204", "DELETE /204 0", "204 0 ".to_owned()),
        ("500", "GET /panic 0", "500 21 Internal Server Error".to_owned()),
    ];
    let mut child = Command::new(python)
        .arg(script)
        .arg(server.quic_addrs()[0].port().to_string())
        .arg(certificate)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: String = asked.iter().map(|(_, line, _)| format!("{line}\n")).collect();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let mut answers = text.lines();
    for (case, _, expected) in &asked {
        let found = answers.next().unwrap_or_default();
        let holds = if expected.len() == 3 { found.starts_with(expected) } else { found == expected };
        suite.take(case, if holds { Ok(()) } else { Err(foreign::said(&output)) });
    }
    suite.finish();
}

#[test]
fn ngtcp2_speaks_http3() {
    let Some(client) = foreign::program("gtlsclient", "conformance: ngtcp2 over HTTP/3") else { return };
    let (server, folder, _) = start();
    let port = server.quic_addrs()[0].port();
    let mut suite = Suite::new("HTTP/3: ngtcp2").with_peer("gtlsclient of ngtcp2");
    let body = folder.path().join("body");
    std::fs::write(&body, "x".repeat(300_000)).unwrap();
    let posting = ["--http-method=POST", &format!("--data={}", body.display())];
    let echoed = |path: &str| format!("POST {path} localhost:{port}: {}", "x".repeat(300_000));
    let lossy = |share: &str| [format!("--tx-loss={share}"), format!("--rx-loss={share}")];
    for (case, path, arguments, loss, expected) in [
        ("GET", "/a", &[][..], "0", format!("GET /a localhost:{port}")),
        ("POST", "/b", &posting, "0", echoed("/b")),
        ("a large body", "/large", &[], "0", "x".repeat(LARGE_BYTES)),
        ("POST, 5 % of packets lost each way", "/c", &posting, "0.05", echoed("/c")),
        ("GET, 20 % of packets lost each way", "/d", &[], "0.2", format!("GET /d localhost:{port}")),
    ] {
        let mut command = Command::new(&client);
        command.args(arguments).args(lossy(loss));
        suite.take(case, fetch(command, folder.path(), port, path, &expected));
    }
    suite.finish();
}

/// Fetches `path` into a file of `folder` and compares it.
fn fetch(mut command: Command, folder: &Path, port: u16, path: &str, expected: &str) -> Result<(), String> {
    command.args(["--quiet", "--no-quic-dump", "--no-http-dump", "--exit-on-all-streams-close"]);
    command.arg(format!("--download={}", folder.display())).args(["127.0.0.1", &port.to_string()]);
    let output = foreign::output(command.arg(format!("https://localhost:{port}{path}")));
    let found = std::fs::read(folder.join(&path[1..])).unwrap_or_default();
    if found == expected.as_bytes() {
        return Ok(());
    }
    Err(format!("{} bytes instead of {}: {}", found.len(), expected.len(), foreign::said(&output)))
}
