//! Mistakes at `#[benchmark]` are compile errors where they are written, in words of this crate.
//!
//! Each file of `mistakes` is given to the compiler together with the crate as it was just built, and what the compiler
//! says is compared with the file's `.stderr`, in the short form: place and message. Set `UPDATE=1` to renew them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes")
}

/// The newest library of that name beside the running test.
fn library(directory: &Path, name: &str) -> PathBuf {
    let is_it = |path: &PathBuf| {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        file.starts_with(&format!("lib{name}-")) && file.ends_with(".rlib")
    };
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).filter(is_it);
    entries.max_by_key(|path| path.metadata().unwrap().modified().unwrap()).unwrap()
}

/// What the compiler says about `mistakes/NAME.rs`, one line per message.
fn errors(name: &str) -> String {
    let executable = std::env::current_exe().unwrap();
    let dependencies = executable.parent().unwrap();
    let out = tempfile::tempdir().unwrap();
    let output = Command::new("rustc")
        .current_dir(folder())
        .args(["--edition=2024", "--crate-type=lib", "--error-format=short", "--color=never", "-Awarnings"])
        .arg("-L")
        .arg(format!("dependency={}", dependencies.display()))
        .arg("--extern")
        .arg(format!("dyno_perf={}", library(dependencies, "dyno_perf").display()))
        .arg("--out-dir")
        .arg(out.path())
        .arg(format!("{name}.rs"))
        .output()
        .unwrap();
    assert!(!output.status.success(), "{name}.rs compiles");
    String::from_utf8(output.stderr).unwrap()
}

#[track_caller]
fn check(name: &str) {
    let actual = errors(name);
    let file = folder().join(format!("{name}.stderr"));
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, &actual).unwrap();
    }
    assert_eq!(actual, fs::read_to_string(&file).unwrap(), "UPDATE=1 renews {}", file.display());
}

#[test]
fn what_cannot_be_timed_is_refused_where_it_stands() {
    check("attributes");
}
