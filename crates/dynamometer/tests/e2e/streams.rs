//! stdout is data, stderr is talk, colour only where it is wanted.

use std::process::Stdio;

use crate::support::{CALM, CALM_PATH, Dyno, Target, finished};

#[test]
fn quiet_says_nothing_on_stderr() {
    let (dyno, target) = (Dyno::new(), Target::start());
    let done = dyno.http(&target, &[&CALM[..], &["--quiet"]].concat(), CALM_PATH);
    assert_eq!(done.stderr, "");
    assert!(done.stdout.contains("50 ok"), "{}", done.stdout);
}

#[test]
fn progress_goes_to_stderr() {
    let (dyno, target) = (Dyno::new(), Target::start());
    let done = dyno.http(&target, &CALM, CALM_PATH);
    assert!(done.stderr.starts_with("playing "), "{}", done.stderr);
    assert!(!done.stdout.contains("playing "), "{}", done.stdout);
}

#[test]
fn a_job_of_github_actions_gets_annotations() {
    let (dyno, target) = (Dyno::new(), Target::start());
    let url = target.url(CALM_PATH);
    let flags = ["http", "--quiet", "--json", "--threshold", "p50 < 1ms", &url];
    let mut command = dyno.command(&[&flags[..], &CALM].concat());
    command.env("GITHUB_ACTIONS", "true");
    let done = finished(command);
    assert!(done.stderr.starts_with("::error "), "{}", done.stderr);
    assert!(serde_json::from_str::<serde_json::Value>(&done.stdout).is_ok(), "{}", done.stdout);
    assert!(!dyno.http(&target, &CALM, CALM_PATH).stderr.contains("::"));
}

#[test]
fn colour_is_a_choice() {
    let (dyno, target) = (Dyno::new(), Target::start());
    assert!(dyno.http(&target, &CALM, CALM_PATH).is_played());
    let show = |variable: &str, flags: &[&str]| {
        let mut command = dyno.command(&[&["runs", "show"], flags].concat());
        if !variable.is_empty() {
            command.env(variable, "1");
        }
        finished(command).stdout.contains('\u{1b}')
    };
    assert!(!show("", &[]), "a pipe has no colour");
    assert!(show("CLICOLOR_FORCE", &[]));
    assert!(show("", &["--color", "always"]));
    assert!(!show("NO_COLOR", &[]));
    assert!(!show("CLICOLOR_FORCE", &["--color", "never"]));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_stdout_is_70_and_a_closed_one_is_nothing() {
    let (dyno, target) = (Dyno::new(), Target::start());
    assert!(dyno.http(&target, &CALM, CALM_PATH).is_played());
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = dyno.command(&["runs", "show", "--json"]);
    let status = command.stdout(full).stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(70));

    let mut child = dyno.command(&["runs", "show", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn debug_shows_both_sides() {
    let (dyno, target) = (Dyno::new(), Target::start());
    let done = dyno.http(&target, &["--debug"], "/json");
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stdout.contains("GET /json HTTP/1.1"), "{}", done.stdout);
    assert!(done.stdout.contains("Hello, World!"), "{}", done.stdout);
}
