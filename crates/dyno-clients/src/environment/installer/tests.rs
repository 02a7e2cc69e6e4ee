use std::process::Command;
use std::time::Duration;

use super::{EnvironmentError, progress, watch};

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[test]
fn what_it_says_is_told_while_it_runs_also_from_stderr() {
    let mut told = Vec::new();
    let mut talk = |line: &str| told.push(line.to_owned());
    let script = "echo Collecting lib; echo 'Building wheel for lib: started' >&2";
    watch("lib", &mut shell(script), Duration::ZERO, &mut talk).expect("it succeeds");
    // It is also told between lines, so only what comes has to be there.
    for line in [
        "setting up lib: 0 s so far; Collecting lib",
        "setting up lib: 0 s so far; Building wheel for lib: started",
    ] {
        assert!(told.iter().any(|heard| heard == line), "{told:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn an_installer_leads_a_group_that_can_be_ended_with_all_it_started() {
    let script = "read -r _ _ _ _ group _ < /proc/$$/stat; test \"$group\" = $$";
    watch("lib", &mut shell(script), Duration::from_secs(600), &mut |_| {}).expect("it leads its group");
}

#[test]
fn one_that_fails_is_told_with_its_last_words() {
    let mut command = shell("for n in $(seq 100); do echo line $n; done; echo no compiler >&2; exit 3");
    let error = watch("lib", &mut command, Duration::from_secs(600), &mut |_| {}).expect_err("it fails");
    let EnvironmentError::Install { client, status, tail, .. } = &error else { panic!("{error}") };
    assert_eq!((client.as_str(), status.as_str()), ("lib", "exit status: 3"));
    assert!(tail.contains("line 100") && tail.contains("no compiler"), "{tail}");
    assert!(!tail.contains("line 1\n"), "{tail}");
}

#[test]
fn long_and_strange_lines_are_cut() {
    assert_eq!(progress("x", Duration::from_secs(75), ""), "setting up x: 75 s so far");
    let line = progress("x", Duration::from_secs(1), &format!("\u{1b}[2K{}", "w".repeat(500)));
    assert!(!line.contains('\u{1b}') && line.len() < 150, "{line}");
}
