use std::io::{BufReader, Cursor};
use std::sync::Mutex;
use std::time::Duration;

use super::{Ending, Heard, Process, Spawn, Tail, read_lines};
use crate::protocol::{LINE_MOST, Line, ToHost, ToWorker};

/// A shell script as a worker.
fn shell(script: &str) -> Process {
    let spawn = Spawn {
        name: "script".to_owned(),
        program: "/bin/sh".into(),
        arguments: vec!["-c".into(), script.into()],
        environment: vec![("GIVEN".to_owned(), "1".to_owned())],
        directory: None,
    };
    Process::start(&spawn).expect("there is a shell")
}

fn lines(text: Vec<u8>) -> (Vec<Line>, String) {
    let log = Mutex::new(Tail::default());
    let heard = Mutex::new(Vec::new());
    read_lines(BufReader::new(Cursor::new(text)), &log, |line| {
        heard.lock().expect("one thread").push(line);
        true
    });
    (heard.into_inner().expect("one thread"), log.into_inner().expect("one thread").text())
}

fn hear(process: &Process) -> Heard {
    process.hear(Duration::from_secs(30))
}

#[test]
fn texts_between_messages_go_to_the_log() {
    let (heard, log) = lines(b"hello there\n{\"t\":\"ready\"}\nanother\n{\"t\":\"bye\"}".to_vec());
    let messages = [ToHost::Ready {}, ToHost::Bye {}].map(|message| Line::Message(Box::new(message)));
    assert_eq!(heard, messages);
    assert_eq!(log, "hello there\nanother");
}

#[test]
fn a_line_without_an_end_does_not_fill_the_memory() {
    let mut text = vec![b'x'; LINE_MOST + 10];
    text.extend(b"\n{\"t\":\"ready\"}\n");
    let (heard, _) = lines(text);
    assert!(matches!(&heard[0], Line::Broken { kind, .. } if kind == "line"), "{heard:?}");
    assert_eq!(heard[1], Line::Message(Box::new(ToHost::Ready {})));
}

#[test]
fn the_tail_keeps_the_end() {
    let mut tail = Tail::default();
    for number in 0..10_000 {
        tail.push(format!("line {number}\n").as_bytes());
    }
    let text = tail.text();
    assert!(text.ends_with("line 9999") && text.len() < 17 << 10, "{} bytes", text.len());
    assert!(text.starts_with('[') && text.lines().nth(1).is_some_and(|line| line.starts_with("line ")));
}

#[test]
fn a_worker_is_heard_and_ends_with_its_stdin() {
    let mut process = shell("echo '{\"t\":\"ready\"}'; read line; echo \"$line\"");
    assert!(matches!(hear(&process), Heard::Message(message) if *message == ToHost::Ready {}));
    // `bye` is a message in both directions, so the echo is one.
    process.say(&ToWorker::Bye {});
    assert!(matches!(hear(&process), Heard::Message(message) if *message == ToHost::Bye {}));
    assert!(matches!(hear(&process), Heard::Closed));
    assert_eq!(process.finish(), Ending::Exited(0));
}

#[test]
fn the_environment_is_scrubbed() {
    let mut process = shell("env >&2; echo '{\"t\":\"ready\"}'");
    assert!(matches!(hear(&process), Heard::Message(_)));
    assert!(matches!(hear(&process), Heard::Closed));
    process.finish();
    let text = process.tail();
    let names: Vec<&str> =
        text.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    assert!(names.contains(&"GIVEN") && names.contains(&"PATH"), "{names:?}");
    assert!(!names.iter().any(|name| name.starts_with("CARGO") || name.starts_with("NEXTEST")), "{names:?}");
}

#[test]
fn a_signal_is_told_by_its_name() {
    let mut process = shell("kill -ABRT $$");
    assert!(matches!(hear(&process), Heard::Closed));
    let ending = process.finish();
    assert_eq!((ending, ending.to_string().as_str()), (Ending::Signalled(6), "SIGABRT"));
}

#[test]
fn a_worker_that_does_not_end_is_killed_with_its_children() {
    // The child of the shell keeps the pipe open, so that the pipe ends only when both are gone.
    let mut process = shell(
        "trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & echo '{\"t\":\"ready\"}'; wait; while :; do sleep 1; done",
    );
    assert!(matches!(hear(&process), Heard::Message(_)));
    assert_eq!(process.terminate(), Ending::Killed);
    assert!(matches!(hear(&process), Heard::Closed));
}

#[test]
fn a_missing_program_is_named() {
    let spawn = Spawn {
        name: "nothing".to_owned(),
        program: "/nowhere/nothing".into(),
        arguments: Vec::new(),
        environment: Vec::new(),
        directory: None,
    };
    let error = Process::start(&spawn).expect_err("there is no such program");
    assert_eq!(error.to_string(), "cannot start the worker `nothing` with `/nowhere/nothing`");
}
