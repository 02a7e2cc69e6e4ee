//! The kits for workers in other languages, by their own tests.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on says where, and a skip is shown"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Says that a test has nothing to test with, where the summary of all tests finds it.
fn skip(why: &str) {
    println!("skipped: {why}");
    if let Some(log) = std::env::var_os("DYNO_SKIP_LOG") {
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(log).unwrap();
        writeln!(file, "clients: {why}").unwrap();
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs the tests of a kit from the root of the repository.
#[track_caller]
fn check(program: &str, arguments: &[&str]) {
    let Ok(output) = Command::new(program).args(arguments).current_dir(root()).output() else {
        return skip(&format!("{program} is not installed"));
    };
    let printed = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {printed}");
    let has_run = printed.contains("Ran ") || printed.contains("# pass") || printed.contains("ℹ pass");
    let has_run =
        has_run || printed.lines().any(|line| line.starts_with("running ") && line != "running 0 tests");
    assert!(has_run, "no test was run: {printed}");
}

#[test]
fn the_python_package() {
    check("python3", &["-B", "-m", "unittest", "discover", "-s", "python/tests"]);
}

#[test]
fn the_node_kit() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../node/tests");
    let mut files: Vec<String> = std::fs::read_dir(tests)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".test.mjs"))
        .map(|name| format!("node/tests/{name}"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "the kit has no tests");
    let mut arguments = vec!["--test"];
    arguments.extend(files.iter().map(String::as_str));
    check("node", &arguments);
}

#[test]
fn the_rust_kit() {
    let manifest = "clients/rust/Cargo.toml";
    let target = concat!(env!("CARGO_TARGET_TMPDIR"), "/rust-kit");
    check(
        "cargo",
        &[
            "test",
            "--locked",
            "--manifest-path",
            manifest,
            "-p",
            "dyno-worker",
            "--features",
            "tokio",
            "--target-dir",
            target,
        ],
    );
}
