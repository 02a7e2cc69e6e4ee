//! Signals: the first drains and keeps, killing loses nothing that was stored.

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{CALM_PATH, Dyno, Target};

/// Starts a run of a minute, waits for its first second, signals it; gives its exit code if it has one.
fn signalled(dyno: &Dyno, target: &Target, signal: Signal) -> Option<i32> {
    let url = target.url(CALM_PATH);
    let mut command = dyno.command(&["http", "-q", "50", "-z", "60s", "-w", "0", &url]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    dyno.wait_for_a_second();
    kill_process(Pid::from_child(&child), signal).unwrap();
    child.wait().unwrap().code()
}

#[test]
fn interrupt_drains_stores_and_is_130() {
    for signal in [Signal::INT, Signal::TERM] {
        let (dyno, target) = (Dyno::new(), Target::start());
        assert_eq!(signalled(&dyno, &target, signal), Some(130));
        let record = dyno.latest();
        assert_eq!(record["state"], "interrupted");
        assert!(record["totals"]["ok"].as_u64().unwrap() > 0, "{record}");
        assert_eq!(record["totals"]["failed"], 0, "requests in flight were drained");
    }
}

#[test]
fn a_killed_run_is_readable_and_interrupted() {
    let (dyno, target) = (Dyno::new(), Target::start());
    assert_eq!(signalled(&dyno, &target, Signal::KILL), None);
    let record = dyno.latest();
    assert_eq!(record["state"], "interrupted");
    assert!(record["totals"]["requests"].as_u64().unwrap() > 0, "{record}");
}

#[test]
fn the_target_stops_with_a_word() {
    let dyno = Dyno::new();
    let mut command = dyno.command(&["serve", "--listen", "127.0.0.1:0", "--json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut stdout, &mut line).unwrap();
    assert!(line.contains("http://127.0.0.1:"), "{line}");
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.contains("stopped; 0 connections were cut"), "{stderr}");
}
