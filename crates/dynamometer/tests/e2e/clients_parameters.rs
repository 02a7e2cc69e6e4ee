//! Every parameter with every client of the base set, as the server sees it, and every rule of the worker protocol.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::support::{Dyno, finished, skip};

/// Where the repository begins, and the folder of the environments that `clients` shares.
fn places() -> (PathBuf, PathBuf) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    (root, PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("contest"))
}

#[test]
fn every_client_honours_every_parameter_or_refuses_it_by_name() {
    let (root, contest) = places();
    let dyno = Dyno::new();
    let mut set_up = dyno.command(&["clients", "setup"]);
    set_up.env("DYNO_STORE", contest.join("store.db"));
    let set_up = finished(set_up);
    if set_up.code != 0 {
        // Those that need nothing play all the same.
        skip("clients", &format!("the base set of clients cannot be installed: {}", set_up.stderr));
    }
    let mut table = Command::new("python3");
    table.current_dir(&root).args(["-B", "python/tests/contenders.py", "--base", "--jobs", "4"]);
    table.args(["--dyno", env!("CARGO_BIN_EXE_dyno")]).arg("--environments").arg(contest.join("clients"));
    let has_toml = Command::new("python3").args(["-c", "import tomllib"]).output();
    if !has_toml.is_ok_and(|output| output.status.success()) {
        skip("clients", "python3 is not installed, or older than 3.11");
        return;
    }
    let played = finished(table);
    let wrong: Vec<&str> =
        played.stdout.lines().filter(|line| line.contains("WRONG") || line.contains("FAILED")).collect();
    assert!(played.code == 0, "{wrong:#?}\n{}\n{}", played.stdout, played.stderr);
    let end = played.stdout.lines().last().unwrap_or_default();
    let count: usize = end.split(' ').next().and_then(|count| count.parse().ok()).unwrap();
    assert!(count >= 3, "the floors of Python at least: {end}");
}
