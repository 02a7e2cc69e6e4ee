//! `cargo xtask conformance`: every suite of conformance, and the table of their results in the documents.
//!
//! Holds no case itself: the cases are tests of `dyno-server`, which tell their counts through a log, and suites of
//! others. `cargo xtask test` runs the same tests among all others; only this command writes the table.

mod table;

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::failure::Failure;
use crate::{foreign, packages, project};

pub use self::table::SuiteResult;

/// Where a suite writes a line with its counts; see `report.rs` of the tests.
const LOG_VARIABLE: &str = "DYNO_CONFORMANCE_LOG";
/// Where a test that cannot run here writes one line with its reason.
const SKIP_LOG_VARIABLE: &str = "DYNO_SKIP_LOG";

/// What the command may leave out.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Only run the suites; leave docs/conformance.md as it is
    #[arg(long)]
    no_write: bool,
}

/// Runs every suite, prints the table, and succeeds only when nothing failed.
pub fn command(arguments: &Arguments) -> Result<ExitCode, Failure> {
    eprintln!("needs of the suites:");
    packages::ensure(packages::FOR_TESTS);
    foreign::ensure(foreign::FOR_TESTS)?;
    let (mut results, all_held) = run_cases()?;
    results.sort_by(|a, b| a.name.cmp(&b.name));
    let skips = read_lines(&skip_log())?;
    let page = table::page(&results, &skips);
    if !arguments.no_write {
        let path = project::root().join("docs/conformance.md");
        fs::write(&path, &page).map_err(Failure::file("write", &path))?;
    }
    println!("{}", table::summary(&results, &skips));
    let is_success = all_held && results.iter().all(|result| result.failed == 0);
    Ok(if is_success { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The cases that are tests of `dyno-server`: their results, and whether all tests held.
fn run_cases() -> Result<(Vec<SuiteResult>, bool), Failure> {
    let log = project::target_dir().join("conformance.log");
    for file in [&log, &skip_log()] {
        fs::write(file, "").map_err(Failure::file("write", file))?;
    }
    let mut tests = project::cargo(&["test", "--package", "dyno-server", "--test", "conformance"]);
    tests.env(LOG_VARIABLE, &log).env(SKIP_LOG_VARIABLE, skip_log());
    // `cargo xtask test` plays a sample of the groups that take minutes; here all cases are played.
    tests.env("DYNO_AUTOBAHN", "full");
    // Generated messages: more than a test among others may take the time for.
    tests.env("PROPTEST_CASES", "5000");
    let all_held = succeeds(tests)?;
    let results = read_lines(&log)?
        .iter()
        .map(|line| table::parse_line(line).map_err(|why| Failure::Content { path: log.clone(), why }))
        .collect::<Result<_, _>>()?;
    Ok((results, all_held))
}

fn skip_log() -> std::path::PathBuf {
    project::target_dir().join("conformance-skips.log")
}

fn read_lines(path: &Path) -> Result<Vec<String>, Failure> {
    let text = fs::read_to_string(path).map_err(Failure::file("read", path))?;
    Ok(text.lines().map(str::to_owned).collect())
}

fn succeeds(mut command: Command) -> Result<bool, Failure> {
    let shown = project::shown(&command);
    eprintln!("$ {shown}");
    // Standard output is for the summary.
    command.stdout(std::io::stderr());
    Ok(command.status().map_err(Failure::run(shown))?.success())
}
