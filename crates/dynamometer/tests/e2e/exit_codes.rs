//! Exit codes of whole runs.

use crate::support::{CALM, CALM_PATH, Dyno, Target, closed_port, eventually};

fn check(expected: i32, flags: &[&str], path: &str) {
    let (dyno, target) = (Dyno::new(), Target::start());
    eventually(expected, || dyno.http(&target, &[&CALM, flags].concat(), path));
}

#[test]
fn objectives_that_hold_are_0() {
    check(0, &["--threshold", "p99 < 5s", "--threshold", "errors < 1%"], CALM_PATH);
}

#[test]
fn a_violated_objective_is_1() {
    check(1, &["--threshold", "p50 < 1ms"], CALM_PATH);
}

#[test]
fn nothing_but_errors_is_a_failed_verdict() {
    check(1, &["--threshold", "errors < 1%"], "/status/500");
}

#[test]
fn mistakes_are_2() {
    let dyno = Dyno::new();
    assert_eq!(dyno.run(&["http"]).code, 2);
    assert_eq!(dyno.run(&["http", "--threshold", "p99 < 20", "http://127.0.0.1:1/"]).code, 2);
    assert_eq!(dyno.run(&["http", "-z", "10", "http://127.0.0.1:1/"]).code, 2);
    assert_eq!(dyno.run(&["run", "missing.yaml"]).code, 2);
    assert_eq!(dyno.run(&["runs", "show", "missing"]).code, 2);
    assert_eq!(dyno.run(&["http", "-o", "report.doc", "http://127.0.0.1:1/"]).code, 2);
}

#[test]
fn nothing_but_errors_without_objectives_is_3() {
    check(3, &[], "/status/500");
}

#[test]
fn an_unreachable_target_is_5() {
    let dyno = Dyno::new();
    let done = dyno.run(&["http", &format!("http://127.0.0.1:{}/", closed_port())]);
    assert_eq!(done.code, 5);
    assert!(done.stderr.contains("hint:"), "{}", done.stderr);
    assert_eq!(done.stdout, "");
}

#[test]
fn no_answer_at_all_is_5() {
    check(5, &[], "/fault/empty");
}
