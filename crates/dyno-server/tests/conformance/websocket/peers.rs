//! Clients in Python and JavaScript that nobody here wrote, with and without compression.

use std::process::Command;

use super::start_echo;
use crate::foreign;
use crate::report::Suite;

/// Each peer's script takes a URL and prints `ok NAME` or `failed NAME: why` for each of its cases.
fn check(name: &'static str, library: &str, command: &mut Command) {
    let server = start_echo();
    let mut suite = Suite::new(name).with_peer(foreign::pinned(library));
    command.arg(format!("ws://{}/echo", server.local_addrs()[0]));
    let output = foreign::output(command);
    let said = foreign::said(&output);
    for line in said.lines() {
        if let Some(case) = line.strip_prefix("ok ") {
            suite.take(case, Ok(()));
        } else if let Some((case, why)) = line.strip_prefix("failed ").and_then(|line| line.split_once(": "))
        {
            suite.take(case, Err(why.to_owned()));
        }
    }
    assert!(said.lines().any(|line| line == "end"), "the script did not come to its end: {said}");
    suite.finish();
}

#[test]
fn websockets_in_python() {
    let name = "WebSocket: Python";
    let Some(python) = foreign::python(name) else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/websocket/peer.py");
    check(name, "websockets", Command::new(python).arg(script));
}

#[test]
fn ws_in_node() {
    let name = "WebSocket: Node.js";
    let Some(mut node) = foreign::node(name) else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/websocket/peer.js");
    check(name, "ws", node.arg(script));
}
