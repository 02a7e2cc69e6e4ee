//! Where the WebSocket peers are, and a visible skip where they are not.
//!
//! `cargo xtask test` makes the environments below `target/foreign`, with the versions of `xtask/foreign.toml`.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A program of an environment, such as `bin/python`; logs the skip when the environment was not made.
pub fn program(environment: &str, program: &str, needed_by: &str) -> Option<PathBuf> {
    let directory = directory(environment);
    let program = directory.join(program);
    if directory.join("made-for.txt").is_file() && program.is_file() {
        return Some(program);
    }
    skip(&format!("{needed_by}: the environment `{environment}` is not installed"));
    None
}

/// Node.js, finding the packages of its environment; logs the skip when either is missing.
pub fn node(needed_by: &str) -> Option<Command> {
    program("node-peers", "node_modules/ws/package.json", needed_by)?;
    let is_here = Command::new("node").arg("--version").stdout(Stdio::null()).status().is_ok();
    if !is_here {
        skip(&format!("{needed_by}: `node` is not installed"));
        return None;
    }
    let mut node = Command::new("node");
    node.env("NODE_PATH", directory("node-peers").join("node_modules"));
    Some(node)
}

/// Name and version of a pinned library, such as `ws 8.23.0`.
pub fn pinned(library: &str) -> String {
    let pins = concat!(env!("CARGO_MANIFEST_DIR"), "/../../xtask/foreign.toml");
    let pins = std::fs::read_to_string(pins).unwrap();
    let version = ["==", "@"].iter().find_map(|mark| {
        let (_, rest) = pins.split_once(&format!("\"{library}{mark}"))?;
        rest.split_once('"').map(|(version, _)| version)
    });
    format!("{library} {}", version.unwrap())
}

/// Runs to the end; what was printed comes back.
pub fn output(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

/// Standard output and error as one text, for messages.
pub fn said(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn directory(environment: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("foreign").join(environment)
}

fn skip(line: &str) {
    if let Some(log) = std::env::var_os("DYNO_SKIP_LOG") {
        let mut file = OpenOptions::new().append(true).create(true).open(log).unwrap();
        file.write_all(format!("{line}\n").as_bytes()).unwrap();
    }
}
