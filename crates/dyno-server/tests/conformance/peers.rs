//! Clients and checkers that nobody here wrote, against the same server; each is skipped visibly where it is missing.

mod http1;
mod http2;
#[cfg(feature = "http3")]
mod http3;
mod slow;

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

/// Runs a program that reads `input` to its end.
fn output_with_input(command: &mut Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that does not want it all may end before; its output then says why.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// Whether a program ended well and printed exactly this.
fn check_output(output: &Output, expected: &str) -> Result<(), String> {
    let holds = output.status.success() && output.stdout == expected.as_bytes();
    if holds { Ok(()) } else { Err(format!("{} instead of {expected:?}", crate::foreign::said(output))) }
}

/// The lines that a script prints, each `name: ok` or `name: what went wrong`, as results of cases.
fn take_lines(suite: &mut crate::report::Suite, output: &Output, count: usize) {
    let text = String::from_utf8_lossy(&output.stdout);
    let mut found = 0;
    for (case, result) in text.lines().filter_map(|line| line.split_once(": ")) {
        found += 1;
        suite.take(case, if result == "ok" { Ok(()) } else { Err(result.to_owned()) });
    }
    let is_whole = found == count && output.status.success();
    let all = format!("all {count} cases ran");
    suite.take(&all, if is_whole { Ok(()) } else { Err(crate::foreign::said(output)) });
}
