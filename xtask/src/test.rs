//! `cargo xtask test`: brings what the tests need, builds once, runs everything, ends with one line of counts.
//!
//! Knows no test. `ci` ends with the same function, so that a developer and the check see the same result.

mod clients;
mod counts;

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::thread;

use crate::failure::Failure;
use crate::foreign;
use crate::packages;
use crate::project;

pub use self::counts::Counts;

/// Where a test that cannot run here writes one line with its reason; such a test counts as skipped.
const SKIP_LOG_VARIABLE: &str = "DYNO_SKIP_LOG";

/// Runs the tests whose name contains one of `filters` (all of them when empty) and prints the counts last.
pub fn command(filters: &[String]) -> Result<ExitCode, Failure> {
    let counts = run(filters)?;
    println!("{counts}");
    Ok(if counts.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prepares, builds and runs; everything but printing the counts.
pub fn run(filters: &[String]) -> Result<Counts, Failure> {
    eprintln!("needs of the tests:");
    packages::ensure(packages::FOR_TESTS);
    foreign::ensure(foreign::FOR_TESTS)?;
    if project::find_program("node").is_none() {
        eprintln!("skip: no `node`; the script of the HTML report is then checked in the browser only");
    }
    // One build of all that the tests start or link. A separate build of `dyno` alone would unify
    // features differently and compile half of the dependencies twice.
    let build = &["build", "--workspace", "--bins", "--tests", "--examples"];
    if !stream(project::cargo(build))?.is_success {
        eprintln!("error: the build failed, so no test ran");
        return Ok(Counts { failed: 1, ..Counts::default() });
    }

    if filters.is_empty() {
        clients::build();
    }

    let skip_log = project::target_dir().join("skipped-tests.log");
    fs::write(&skip_log, "").map_err(Failure::file("write", &skip_log))?;
    let mut counts = Counts::default();
    for (mut command, parse) in runners(filters) {
        command.env(SKIP_LOG_VARIABLE, &skip_log);
        let ended = stream(command)?;
        let mut part = parse(&ended.output);
        if !filters.is_empty() {
            // Tests that nobody asked for are not skipped tests.
            part.skipped = 0;
        }
        if !ended.is_success && part.failed == 0 {
            // A test that does not compile or a runner that dies leaves no count of its own.
            part.failed = 1;
        }
        counts = counts + part;
    }
    let skips = fs::read_to_string(&skip_log).map_err(Failure::file("read", &skip_log))?;
    for line in skips.lines() {
        eprintln!("skip: {line}");
    }
    Ok(judged(counts.with_skipped(skips.lines().count()), filters))
}

/// No test at all is never a success.
fn judged(mut counts: Counts, filters: &[String]) -> Counts {
    if counts == Counts::default() {
        eprintln!(
            "error: no test ran{}",
            if filters.is_empty() { "" } else { "; no name contains the filter" }
        );
        counts.failed = 1;
    }
    counts
}

type Parse = fn(&str) -> Counts;

/// The commands that run the tests, each with the reader of its output.
fn runners(filters: &[String]) -> Vec<(Command, Parse)> {
    let mut tests = if project::find_program("cargo-nextest").is_some() {
        let mut nextest =
            project::cargo(&["nextest", "run", "--workspace", "--no-fail-fast", "--no-tests=pass"]);
        nextest.args(filters);
        vec![(nextest, counts::of_nextest as Parse)]
    } else {
        let mut plain = project::cargo(&["test", "--workspace", "--no-fail-fast"]);
        plain.args(["--lib", "--bins", "--tests", "--examples", "--"]).args(filters);
        vec![(plain, counts::of_libtest as Parse)]
    };
    let mut doctests = project::cargo(&["test", "--doc", "--workspace", "--no-fail-fast", "--"]);
    doctests.args(filters);
    tests.push((doctests, counts::of_libtest));
    tests
}

struct Ended {
    is_success: bool,
    output: String,
}

/// Runs a command, showing its output while it comes and keeping it.
fn stream(mut command: Command) -> Result<Ended, Failure> {
    let shown = project::shown(&command);
    eprintln!("$ {shown}");
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(Failure::run(&shown))?;
    let stdout = child.stdout.take().expect("invariant: piped just above");
    let stderr = child.stderr.take().expect("invariant: piped just above");
    let errors = thread::spawn(move || copy_lines(stderr, io::stderr()));
    let mut output = copy_lines(stdout, io::stdout());
    output.push_str(&errors.join().expect("invariant: copying lines does not panic"));
    let status = child.wait().map_err(Failure::run(&shown))?;
    Ok(Ended { is_success: status.success(), output })
}

/// Copies until the end of the stream; a closed terminal does not stop the reading.
fn copy_lines(from: impl Read, mut to: impl Write) -> String {
    let mut copied = String::new();
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
        let _closed = to.write_all(&line);
        copied.push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
    copied
}

#[cfg(test)]
mod tests;
