//! The suite of Autobahn: over 500 cases, once against our server and once against our client.
//!
//! Its groups of large and of compressed messages take minutes, so only a sample of them runs unless
//! `DYNO_AUTOBAHN=full` is set, as `cargo xtask conformance` does.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dyno_proto::websocket::deflate::DeflateConfig;
use dyno_server::{TestWebSocket, TestWebSocketError, TestWebSocketOptions, WebSocketMessage};
use serde::Deserialize;

use super::{LIMITS, start_echo};
use crate::foreign;
use crate::report::Suite;

/// Framing, pings, reserved bits and opcodes, fragments, UTF-8, closing, and one of fragmentation.
const QUICK: &[&str] = &["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"];
/// Some of the large and of the compressed messages.
const SAMPLE: &[&str] = &[
    "9.1.1", "9.2.1", "9.3.4", "9.4.4", "9.5.4", "9.7.1", "9.8.1", "12.1.1", "12.1.3", "12.2.2", "12.3.4",
    "12.4.5", "12.5.2", "13.1.1", "13.2.2", "13.3.3", "13.4.4", "13.5.5", "13.6.2", "13.7.3",
];
const FULL: &[&str] = &["9.*", "12.*", "13.*"];

/// How long the suite's server may take to listen.
const START_TIME_MAX: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CaseResult {
    behavior: String,
    behavior_close: String,
}

type Index = BTreeMap<String, BTreeMap<String, CaseResult>>;

#[test]
fn autobahn_against_our_server() {
    let mut suite = Suite::new("WebSocket: Autobahn, our server").with_peer(peer());
    let Some(wstest) = foreign::installed("autobahn", "bin/wstest", "Autobahn against our server") else {
        return;
    };
    let server = start_echo();
    let reports = scratch("server");
    let spec = serde_json::json!({
        "outdir": reports,
        "servers": [{ "agent": "dyno", "url": format!("ws://{}", server.local_addrs()[0]) }],
        "cases": cases(),
        "exclude-cases": [],
        "exclude-agent-cases": {},
    });
    let output = foreign::output(&mut wstest_command(&wstest, "fuzzingclient", &reports, &spec));
    judge(&mut suite, &reports, &foreign::said(&output));
    suite.finish();
}

#[test]
fn autobahn_against_our_client() {
    let mut suite = Suite::new("WebSocket: Autobahn, our client").with_peer(peer());
    let Some(wstest) = foreign::installed("autobahn", "bin/wstest", "Autobahn against our client") else {
        return;
    };
    let addr = free_addr();
    let reports = scratch("client");
    let spec = serde_json::json!({
        "outdir": reports,
        "url": format!("ws://{addr}"),
        "cases": cases(),
        "exclude-cases": [],
        "exclude-agent-cases": {},
    });
    let mut command = wstest_command(&wstest, "fuzzingserver", &reports, &spec);
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let _server = KillOnDrop(child);
    wait_until_listening(addr);
    for number in 1..=case_count(addr) {
        // What goes wrong on purpose is judged by the suite, not here.
        let _ = echo(addr, &format!("/runCase?case={number}&agent=dyno"));
    }
    let mut done = TestWebSocket::connect(addr, "/updateReports?agent=dyno").unwrap();
    while done.receive().is_ok_and(|message| message.is_some()) {}
    judge(&mut suite, &reports, "");
    suite.finish();
}

fn cases() -> Vec<&'static str> {
    let is_full = std::env::var_os("DYNO_AUTOBAHN").is_some_and(|value| value == "full");
    [QUICK, if is_full { FULL } else { SAMPLE }].concat()
}

fn peer() -> String {
    foreign::pinned("autobahntestsuite")
}

/// Sends every message back, up to the end of the case.
fn echo(addr: SocketAddr, path: &str) -> Result<(), TestWebSocketError> {
    let options = TestWebSocketOptions {
        deflate: Some(DeflateConfig::default()),
        messages: LIMITS,
        ..TestWebSocketOptions::default()
    };
    let mut socket = TestWebSocket::connect_with(addr, path, &options)?;
    while let Some(message) = socket.receive()? {
        if message.is_text() || message.is_binary() {
            socket.send(&message)?;
        }
    }
    Ok(())
}

fn case_count(addr: SocketAddr) -> u32 {
    let mut socket = TestWebSocket::connect(addr, "/getCaseCount").unwrap();
    let count = socket.receive().unwrap();
    count.as_ref().and_then(WebSocketMessage::text).and_then(|text| text.parse().ok()).unwrap()
}

/// Reads what the suite found: a case holds when both its behaviour and its end do.
fn judge(suite: &mut Suite, reports: &Path, said: &str) {
    let index = std::fs::read(reports.join("index.json"))
        .unwrap_or_else(|error| panic!("the suite left no report ({error}); it said {said}"));
    let index: Index = serde_json::from_slice(&index).unwrap();
    for (case, result) in index.values().flatten() {
        let holds = ["OK", "NON-STRICT", "INFORMATIONAL"].contains(&result.behavior.as_str())
            && ["OK", "INFORMATIONAL"].contains(&result.behavior_close.as_str());
        let found = format!("{}, at the end {}", result.behavior, result.behavior_close);
        suite.take(case, if holds { Ok(()) } else { Err(found) });
    }
}

fn wstest_command(wstest: &Path, mode: &str, reports: &Path, spec: &serde_json::Value) -> Command {
    let file = reports.join("spec.json");
    std::fs::write(&file, spec.to_string()).unwrap();
    let mut command = Command::new(wstest);
    command.current_dir(reports).args(["-m", mode, "-s"]).arg(file);
    command
}

/// An empty directory for the reports of one direction.
fn scratch(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("autobahn").join(name);
    let _missing = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

/// The suite cannot choose a port itself.
fn free_addr() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn wait_until_listening(addr: SocketAddr) {
    let begin = Instant::now();
    while TcpStream::connect(addr).is_err() {
        assert!(begin.elapsed() < START_TIME_MAX, "the suite's server does not listen on {addr}");
        std::thread::yield_now();
    }
}

struct KillOnDrop(Child);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        // It has no other way to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
