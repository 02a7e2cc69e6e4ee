//! Thousands of lanes: played without an error, in turns, or refused with the limit that is too low.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use serde_json::Value;

use super::support::{Dyno, Finished, Target, finished};

/// The floor of Python, which is always there, and enough requests of a segment for each lane.
fn contest<'a>(client: &'a str, lanes: &'a str, requests: &'a str) -> Vec<&'a str> {
    let mut arguments = vec!["clients", "compare", client, "-c", lanes, "--requests", requests, "--json"];
    arguments.extend(["--blocks", "1", "-w", "200ms", "--no-floor"]);
    arguments
}

/// The same command in a shell with other limits of open files, such as `-Sn 1024`.
fn limited(command: &Command, limit: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("ulimit {limit} && exec \"$0\" \"$@\""));
    shell.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    if let Some(directory) = command.get_current_dir() {
        shell.current_dir(directory);
    }
    shell
}

fn record(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout).unwrap_or_else(|error| panic!("{error}: {finished:?}"))
}

fn assert_without_errors(record: &Value, players: usize) {
    let entries = record["entries"].as_array().unwrap();
    assert_eq!(entries.len(), players, "{entries:?}");
    for entry in entries {
        assert_eq!(entry["figures"]["errors"], 0, "{entry}");
        assert_eq!(entry["state"], "ranked", "{entry}");
    }
}

fn codes(record: &Value) -> Vec<&str> {
    let reasons = record["validity"]["reasons"].as_array().unwrap();
    reasons.iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

#[test]
fn two_thousand_lanes_have_a_connection_each_and_no_error() {
    let dyno = Dyno::new();
    let target = Target::start();
    let url = target.url("/plaintext?run=many");
    let mut arguments = contest("raw:async", "2000", "4000");
    arguments.extend(["--url", &url]);
    let played = finished(limited(&dyno.command(&arguments), "-Sn 256"));
    let record = record(&played);
    assert_without_errors(&record, 2);
    assert!(!codes(&record).contains(&"lanes_take_turns"), "{record}");
    // Each of the two has opened as many as it has lanes.
    let connections = ledger(&target, "many")["connections"].as_u64().unwrap();
    assert!(connections >= 4_000, "{connections} connections");
}

#[test]
fn lanes_of_all_that_do_not_fit_together_take_turns_without_an_error() {
    let dyno = Dyno::new();
    let played = finished(limited(&dyno.command(&contest("raw", "400", "1200")), "-n 900"));
    let record = record(&played);
    assert_without_errors(&record, 3);
    assert!(codes(&record).contains(&"lanes_take_turns"), "{record}");
    assert!(played.stderr.contains("400 lanes of 3 clients cannot be open at once"), "{}", played.stderr);
    assert!(played.stderr.contains("open files: 900 allowed, 1,531 needed"), "{}", played.stderr);
}

#[test]
fn lanes_that_do_not_fit_at_all_are_refused_before_anything_is_played() {
    let dyno = Dyno::new();
    let refused = finished(limited(&dyno.command(&contest("raw:async", "1000", "2000")), "-n 900"));
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
    for part in
        ["1000 lanes of a client cannot be open at once", "open files: 900 allowed, 1,287 needed", "prlimit"]
    {
        assert!(refused.stderr.contains(part), "{}", refused.stderr);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_target_may_open_as_many_files_as_the_system_allows_however_few_it_was_started_with() {
    let dyno = Dyno::new();
    let target = Target::of(limited(&dyno.command(&["embedded-target"]), "-Sn 256"));
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", target.pid())).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let numbers: Vec<u64> =
        line.split_whitespace().map(|word| word.parse().unwrap_or(u64::MAX)).skip(3).take(2).collect();
    // What it needs for as many connections as the server lets in at most.
    assert!(numbers[0] == numbers[1] || numbers[0] >= 55_556, "{line}");
}

/// What the target counted of the requests with this tag.
fn ledger(target: &Target, tag: &str) -> Value {
    let mut stream = TcpStream::connect(target.address()).unwrap();
    write!(stream, "GET /__truth/{tag} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}
