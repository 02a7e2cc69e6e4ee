//! The record at the end of a program: `DYNO_RECORD`, taken by `dyno`'s own types.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use dyno_model::RunRecord;

/// The example `shop`, which cargo builds beside the tests.
fn example() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join("examples/shop")
}

fn shop(arguments: &[&str], record: Option<&Path>) -> Output {
    let mut command = Command::new(example());
    command.args(arguments).env_remove("DYNO_RECORD");
    if let Some(path) = record {
        command.env("DYNO_RECORD", path);
    }
    command.output().unwrap()
}

#[test]
fn a_program_leaves_its_record_however_it_ends() {
    for (ending, code) in [("return", 0), ("exit", 3), ("panic", 101)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        let output = shop(&[ending], Some(&path));
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let record: RunRecord = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!((record.schema.as_str(), record.name.as_str()), ("dyno-run/1", "shop"));
        assert_eq!(record.operations["parse"].totals.requests, 500, "{ending}");
        assert_eq!(record.operations["parse"].totals.errors_by_kind["ParseIntError"], 100);
        assert_eq!(record.operations["checkout"].totals.requests, 5);
        assert_eq!(record.tool.engine, "rust passive");
        assert!(record.generator.rss_peak_bytes > 0);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn the_store_and_every_report_take_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    assert!(shop(&["return"], Some(&path)).status.success());
    let text = std::fs::read_to_string(&path).unwrap();
    let mut store = dyno_store::Store::open(Some(&folder.path().join("runs.db"))).unwrap();
    store.import(&text).unwrap();
    let id = store.find("latest").unwrap();
    let record = store.load(&id).unwrap();
    assert_eq!(record.totals.requests, 500);
    assert_eq!(record.verdict.state, dyno_model::VerdictState::Pass);
    for format in [dyno_report::Format::Markdown, dyno_report::Format::Html, dyno_report::Format::Junit] {
        let report = String::from_utf8(dyno_report::render(format, &record)).unwrap();
        assert!(report.contains("parse"), "{format:?}: {report}");
    }
}

#[test]
fn without_the_variable_nothing_is_written_and_nothing_said() {
    let output = shop(&["return"], None);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn a_record_that_cannot_be_written_is_said_and_changes_no_exit_code() {
    let output = shop(&["return"], Some(Path::new("/no/such/folder/run.json")));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    let expected = "dyno-perf: cannot write the run record to `/no/such/folder/run.json`: No such file";
    assert!(said.starts_with(expected), "{said}");
}
