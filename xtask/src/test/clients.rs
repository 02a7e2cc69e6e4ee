//! The client libraries in Rust that tests play, built before any of them runs: compiling for minutes beside tests that
//! measure would disturb them.
//!
//! Judges nothing: what cannot be built is told, and the tests that need it skip or fail.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::project;

/// Builds them where the tests look for them. Done before, it takes no time.
pub fn build() {
    // `CARGO_TARGET_TMPDIR` of the tests.
    let store = project::target_dir().join("tmp/contest/store.db");
    let dyno = project::target_dir().join("debug/dyno");
    let Some(names) = names(&dyno, &store) else {
        return eprintln!("skip: `{}` does not say which clients there are", dyno.display());
    };
    let mut set_up = Command::new(&dyno);
    set_up.args(["clients", "setup"]).args(names).env("DYNO_STORE", &store).stdin(Stdio::null());
    eprintln!("$ {}", project::shown(&set_up));
    // Its stdout is a result; that of this command is the counts.
    match set_up.stdout(Stdio::null()).status() {
        Ok(status) if status.success() => {}
        Ok(status) => eprintln!("skip: not all clients in Rust are built ({status})"),
        Err(error) => eprintln!("skip: cannot start `{}`: {error}", dyno.display()),
    }
}

fn names(dyno: &Path, store: &Path) -> Option<Vec<String>> {
    let mut list = Command::new(dyno);
    list.args(["clients", "list", "--json"]).env("DYNO_STORE", store).stdin(Stdio::null());
    let list: Vec<Value> = serde_json::from_slice(&list.output().ok()?.stdout).ok()?;
    let plays_all = std::env::var("DYNO_TEST_CLIENTS").is_ok_and(|which| which == "all");
    let in_rust =
        list.iter().filter(|client| client["lang"] == "rust" && (plays_all || client["base"] == true));
    Some(in_rust.filter_map(|client| client["name"].as_str().map(str::to_owned)).collect())
}
