//! Executes the documents: what a page says is typed, printed and written is what happens.
//!
//! Commands of `console` blocks are run in order, each page in a folder of its own, and their output is compared by
//! `shape`. Plans in `yaml` blocks are resolved. The address `127.0.0.1:8080`, where `dyno serve` listens when nothing
//! is said, stands for a target that is started for the page on a free port.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "guide/page.rs"]
mod page;
#[path = "guide/shape.rs"]
mod shape;
#[path = "guide/stage.rs"]
mod stage;

use std::path::{Path, PathBuf};
use std::process::Command;

use page::{Block, Page};
use stage::Stage;

/// A page is given a second chance: on a disturbed machine a verdict may rightly differ once.
const ATTEMPTS: u32 = 2;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}

#[track_caller]
fn check_page(path: &str) {
    let page = Page::read(&read(path));
    assert!(!page.blocks.is_empty(), "{path} has nothing to execute");
    let mut outcome = play(&page);
    for _ in 1..ATTEMPTS {
        if outcome.is_err() {
            outcome = play(&page);
        }
    }
    if let Err(message) = outcome {
        panic!("{path}: {message}");
    }
}

/// Plays a page from its first block to its last, or says which line does not hold.
fn play(page: &Page) -> Result<(), String> {
    let mut stage = Stage::set_up();
    for (line, block) in &page.blocks {
        match block {
            Block::Plan { name, text, is_mistaken } => {
                let (code, output) = stage.resolve(name.as_deref(), text);
                if (code == 0) == *is_mistaken {
                    return Err(format!("line {line}: the plan gave exit code {code}:\n{output}"));
                }
            }
            Block::Command { command, expected } => {
                let is_excused =
                    command == "echo $?" && stage.is_disturbed && ["0", "1"].contains(&expected.trim());
                let actual = if is_excused { expected.clone() } else { stage.run(command) };
                if expected.trim().is_empty() {
                    // A command that shows nothing on the page has to work, whatever it prints.
                    if stage.has_not_worked() {
                        return Err(format!("line {line}: `{command}` did not work:\n\n{actual}"));
                    }
                } else if !shape::matches(expected, &actual) {
                    return Err(format!(
                        "line {line}: `{command}` printed\n\n{actual}\ninstead of\n\n{expected}\n\
                         as words:\n{}\ninstead of\n{}",
                        shape::words_for_people(&actual, expected),
                        shape::words_for_people(expected, expected)
                    ));
                }
            }
        }
    }
    Ok(())
}

#[test]
fn readme() {
    check_page("README.md");
}

#[test]
fn first_test() {
    check_page("docs/guide/first-test.md");
}

#[test]
fn load_models() {
    check_page("docs/guide/load-models.md");
}

#[test]
fn plans() {
    check_page("docs/guide/plans.md");
}

#[test]
fn reading_a_report() {
    check_page("docs/guide/reading-a-report.md");
}

#[test]
fn python() {
    check_page("docs/guide/python.md");
}

#[test]
fn rust_benchmarks() {
    check_page("docs/guide/rust-benchmarks.md");
}

#[test]
fn clients() {
    check_page("docs/guide/clients.md");
}

#[test]
fn monitor() {
    check_page("docs/guide/monitor.md");
}

#[test]
fn ci() {
    check_page("docs/guide/ci.md");
}

#[test]
fn two_builds() {
    check_page("docs/guide/two-builds.md");
}

#[test]
fn compare() {
    check_page("docs/guide/compare.md");
}

#[test]
fn profiles() {
    check_page("docs/guide/profiles.md");
}

#[test]
fn server_first() {
    check_page("docs/guide/server-first.md");
}

#[test]
fn server_security() {
    check_page("docs/guide/server-security.md");
}

#[test]
fn troubleshooting() {
    check_page("docs/guide/troubleshooting.md");
}

#[test]
fn target() {
    check_page("docs/guide/target.md");
}

#[test]
fn server_protocols() {
    check_page("docs/guide/server-protocols.md");
}

#[test]
fn server_websockets() {
    check_page("docs/guide/server-websockets.md");
}

#[test]
fn server_tuning() {
    check_page("docs/guide/server-tuning.md");
}

#[test]
fn server_deployment() {
    check_page("docs/guide/server-deployment.md");
}

#[test]
fn every_page_of_the_guide_is_executed() {
    let source = include_str!("guide.rs");
    for entry in std::fs::read_dir(root().join("docs/guide")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(source.contains(&format!("docs/guide/{name}\"")), "no test executes docs/guide/{name}");
    }
}

#[test]
fn schema_files_are_those_of_the_program() {
    for subject in ["plan", "run", "comparison", "history", "profile"] {
        let output = Command::new(env!("CARGO_BIN_EXE_dyno")).args(["schema", subject]).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let file = format!("docs/dyno-{subject}.schema.json");
        assert!(
            read(&file) == printed,
            "{file} is old; write it with `cargo run -- schema {subject} > {file}`"
        );
    }
}
