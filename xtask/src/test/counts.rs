//! Counts of passed, failed and skipped tests, read from what a test runner prints.
//!
//! Runs nothing. Called by `test` with the whole output of each runner.

use std::fmt;
use std::ops::Add;

/// How many tests ended in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that ran and held.
    pub passed: usize,
    /// Tests that did not hold, timed out, or could not be compiled or started.
    pub failed: usize,
    /// Tests that exist and did not run, or said that they could not run here.
    pub skipped: usize,
}

impl Counts {
    /// Whether nothing failed.
    pub fn is_success(self) -> bool {
        self.failed == 0
    }

    /// Moves `count` tests from passed to skipped: a test that cannot run here ends early and looks passed.
    pub fn with_skipped(self, count: usize) -> Self {
        Self { passed: self.passed.saturating_sub(count), skipped: self.skipped + count, ..self }
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

/// `12 passed, 0 failed, 1 skipped`: the last line of `cargo xtask test`, which other programs read.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Reads `Summary [ 0.1s] 6 tests run: 4 passed (1 slow), 1 failed, 1 timed out, 2 skipped`.
pub fn of_nextest(output: &str) -> Counts {
    let plain = without_colours(output);
    let Some(summary) = plain.lines().rev().find(|line| line.trim_start().starts_with("Summary [")) else {
        return Counts::default();
    };
    let counts = summary.split_once("run:").map_or("", |(_, counts)| counts);
    // "exec failed" and "timed out" are failures of their own kind, counted beside "failed".
    let is_failure =
        |kind: &str| kind.starts_with("failed") || kind.starts_with("exec") || kind.starts_with("timed");
    sum(&without_parentheses(counts), ',', is_failure, |kind| kind.starts_with("skipped"))
}

/// Adds up the lines `test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out`.
pub fn of_libtest(output: &str) -> Counts {
    let plain = without_colours(output);
    plain
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("test result: "))
        .filter_map(|line| line.split_once(". "))
        .map(|(_, counts)| {
            sum(counts, ';', |kind| kind.starts_with("failed"), |kind| kind.starts_with("ignored"))
        })
        .fold(Counts::default(), Counts::add)
}

fn sum(
    text: &str,
    separator: char,
    is_failure: impl Fn(&str) -> bool,
    is_skip: impl Fn(&str) -> bool,
) -> Counts {
    let mut counts = Counts::default();
    for part in text.split(separator) {
        let Some((number, kind)) = part.trim().split_once(' ') else { continue };
        let Ok(number) = number.parse::<usize>() else { continue };
        if kind.starts_with("passed") {
            counts.passed += number;
        } else if is_failure(kind) {
            counts.failed += number;
        } else if is_skip(kind) {
            counts.skipped += number;
        }
    }
    counts
}

fn without_parentheses(text: &str) -> String {
    let mut depth = 0_usize;
    text.chars()
        .filter(|&letter| {
            depth += usize::from(letter == '(');
            let is_outside = depth == 0;
            depth -= usize::from(letter == ')' && depth > 0);
            is_outside
        })
        .collect()
}

/// Drops terminal colour sequences (`ESC [ … m`).
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, tail)| tail);
    }
    plain + rest
}
