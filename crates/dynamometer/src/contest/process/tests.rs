//! Programs that end by themselves, that do not listen, and that leave children behind.

use std::time::{Duration, Instant};

use rustix::process::{Pid, test_kill_process};
use tempfile::TempDir;

use super::{Process, tail};

fn start(directory: &TempDir, text: &str) -> Process {
    Process::start(text, None, &[("GREETING", "hello".to_owned())], &directory.path().join("log")).unwrap()
}

/// Asks again until it is so.
fn until(mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "waited too long");
        std::thread::yield_now();
    }
}

/// Whether a process runs: neither gone nor waiting to be collected.
fn runs(pid: i32) -> bool {
    let is_there = Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid).is_ok());
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    is_there && !stat.rsplit(") ").next().unwrap_or_default().starts_with(['Z', 'X'])
}

#[test]
fn a_program_has_its_variables_and_its_log() {
    let directory = TempDir::new().unwrap();
    let mut process = start(&directory, "echo $GREETING; echo bad >&2; exit 7");
    until(|| process.ended().is_some());
    assert_eq!(process.ended().and_then(|status| status.code()), Some(7));
    assert_eq!(process.tail(), "hello\nbad");
}

#[test]
fn children_end_with_the_program() {
    let directory = TempDir::new().unwrap();
    // A child that does not listen to the first signal, of a shell that waits for it.
    let text = "sh -c 'trap \"\" TERM; echo $$; exec sleep 1000' & wait";
    let mut process = start(&directory, text);
    until(|| process.tail().trim().parse::<i32>().is_ok());
    let child: i32 = process.tail().trim().parse().unwrap();
    assert!(runs(child));
    process.end();
    until(|| !runs(child));
    assert!(process.ended().is_some());
}

#[test]
fn the_tail_of_a_long_log_is_its_last_lines() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("log");
    let lines: Vec<String> = (0..5_000).map(|number| format!("line {number}")).collect();
    std::fs::write(&path, lines.join("\n")).unwrap();
    let tail = tail(&path).unwrap();
    assert_eq!(tail.lines().count(), 15);
    assert!(tail.starts_with("line 4985\n") && tail.ends_with("line 4999"), "{tail}");
}
