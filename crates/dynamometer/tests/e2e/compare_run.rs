//! `dyno compare --run` with real programs: verdicts, programs that fail, signals, and that none is left behind.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Stdio};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;

use crate::support::{Dyno, Finished, Target, eventually, until};

/// Rounds as short as they can be, and programs that are not started anew.
const QUICK: [&str; 12] =
    ["compare", "--run", "--round", "100ms", "-w", "50ms", "-c", "16", "--quads", "6", "--restart", "never"];

/// A contest of these sides.
fn contest(dyno: &Dyno, arguments: &[&str]) -> Finished {
    dyno.run(&[&QUICK, arguments].concat())
}

/// A command that notes its process number in a file and becomes the reference target.
fn serving(dyno: &Dyno, name: &str) -> String {
    format!(
        "echo $$ > {}; exec '{}' serve --listen 127.0.0.1:{{port}}",
        dyno.path(name).display(),
        env!("CARGO_BIN_EXE_dyno")
    )
}

const READY: &str = "http://127.0.0.1:{port}/plaintext";

fn pid_in(path: &Path) -> Pid {
    let mut pid = None;
    until("a program has noted its number", || {
        pid = std::fs::read_to_string(path).ok().and_then(|text| Pid::from_raw(text.trim().parse().ok()?));
        pid.is_some()
    });
    pid.unwrap()
}

/// Waits until no process of this number runs.
fn until_gone(pid: Pid) {
    until("a program is gone", || {
        let stat =
            std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
        let is_zombie = stat.rsplit(") ").next().unwrap_or_default().starts_with(['Z', 'X']);
        is_zombie || test_kill_process(pid).is_err()
    });
}

/// A contest of two commands that goes on, once its first quad is over.
fn under_way(dyno: &Dyno) -> (Child, BufReader<ChildStderr>) {
    let (a, b) = (serving(dyno, "a.pid"), serving(dyno, "b.pid"));
    let arguments =
        [&QUICK[..], &["--quads", "500", "--json", "--a", &a, "--b", &b, "--ready", READY]].concat();
    let arguments: Vec<&str> = arguments.into_iter().filter(|argument| *argument != "6").collect();
    let position = arguments.iter().position(|argument| *argument == "--quads").unwrap();
    let arguments = [&arguments[..position], &arguments[position + 1..]].concat();
    let mut command = dyno.command(&arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("first pass: quad") {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "it ended before its first quad");
    }
    (child, stderr)
}

/// The exit code and what it wrote after the first quad: stdout, stderr.
fn ended(mut child: Child, mut stderr: BufReader<ChildStderr>) -> (Option<i32>, String, String) {
    let (mut out, mut err) = (String::new(), String::new());
    stderr.read_to_string(&mut err).unwrap();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    (child.wait().unwrap().code(), out, err)
}

#[test]
fn equal_builds_do_not_fail() {
    let dyno = Dyno::new();
    // A gate may be wrong once in a hundred times; twice in a row it may not.
    let codes = [0; 2].map(|_| contest(&dyno, &["--a", "embedded", "--b", "embedded", "--no-store"]).code);
    assert!(codes.iter().any(|code| *code != 1), "{codes:?}");
    assert!(codes.iter().all(|code| [0, 1, 5].contains(code)), "{codes:?}");
}

#[test]
fn a_build_that_answers_later_fails() {
    let dyno = Dyno::new();
    // Many times what an answer takes even on a busy machine, and still enough answers in each round.
    let slow = "embedded tail=100%:10ms";
    let done = eventually(1, || contest(&dyno, &["--a", "embedded", "--b", slow, "--json"]));
    let record: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((record["gate"]["state"].as_str(), record["kind"].as_str()), (Some("fail"), Some("played")));
    let p50 = record["rows"].as_array().unwrap().iter().find(|row| row["metric"] == "p50").unwrap();
    assert_eq!(
        (p50["verdict"].as_str(), p50["is_gated"].as_bool()),
        (Some("regressed"), Some(true)),
        "{p50}"
    );
    assert!(p50["change"]["point"].as_f64().unwrap() > 1.0, "{p50}");
    let rounds = record["contest"]["rounds"].as_array().unwrap();
    assert_eq!(rounds.len() % 4, 0);
    let confirming = rounds.iter().filter(|round| round["stage"] == "confirm").count();
    assert!(confirming >= 4 * 12, "it was measured again: {confirming} rounds");
    // A counter of the kernel moves in steps, so that a short round may show none.
    let works = |round: &Value| round["machine"]["arm_cpu_cores"].as_f64().is_some_and(|cores| cores > 0.0);
    assert!(rounds.iter().any(works), "the processes of the sides are followed");
    let shown = dyno.run(&["runs", "show", record["id"].as_str().unwrap(), "--json"]);
    assert_eq!(shown.code, 0, "it was stored: {}", shown.stderr);
}

#[test]
fn a_program_that_does_not_start_says_why_and_takes_the_other_with_it() {
    let dyno = Dyno::new();
    let a = serving(&dyno, "a.pid");
    let done = contest(&dyno, &["--a", &a, "--b", "echo no database today >&2; exit 3", "--ready", READY]);
    assert_eq!(done.code, 5, "{}", done.stderr);
    for words in ["B has ended before it was ready", "exit status: 3", "no database today"] {
        assert!(done.stderr.contains(words), "{words}: {}", done.stderr);
    }
    until_gone(pid_in(&dyno.path("a.pid")));
}

#[test]
fn a_program_that_is_never_ready_ends_with_its_time() {
    let dyno = Dyno::new();
    let deaf = "echo $$ > a.pid; echo waiting for godot; exec sleep 1000";
    let ready = ["--ready", READY, "--ready-timeout", "200ms"];
    let done = contest(&dyno, &[&["--a", deaf, "--b", deaf], &ready[..]].concat());
    assert_eq!(done.code, 5, "{}", done.stderr);
    for words in ["A is not ready after 200 ms", "waiting for godot", "--ready-timeout"] {
        assert!(done.stderr.contains(words), "{words}: {}", done.stderr);
    }
    until_gone(pid_in(&dyno.path("a.pid")));
}

#[test]
fn a_program_that_dies_in_the_middle_ends_the_contest() {
    let dyno = Dyno::new();
    let (child, stderr) = under_way(&dyno);
    kill_process(pid_in(&dyno.path("b.pid")), Signal::KILL).unwrap();
    let (code, _, err) = ended(child, stderr);
    assert_eq!(code, Some(5), "{err}");
    assert!(
        err.contains("B has ended in the middle of the contest") && err.contains("Ctrl-C stops"),
        "{err}"
    );
    until_gone(pid_in(&dyno.path("a.pid")));
}

#[test]
fn interrupt_keeps_what_was_measured_and_leaves_no_program() {
    let dyno = Dyno::new();
    let (child, stderr) = under_way(&dyno);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let (code, out, err) = ended(child, stderr);
    assert_eq!(code, Some(130), "{err}");
    let record: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(record["gate"]["reasons"][0]["code"], "interrupted");
    assert_ne!(record["gate"]["state"], "pass");
    assert!(!record["contest"]["rounds"].as_array().unwrap().is_empty());
    for name in ["a.pid", "b.pid"] {
        until_gone(pid_in(&dyno.path(name)));
    }
    let shown = dyno.run(&["runs", "show", record["id"].as_str().unwrap(), "--json"]);
    assert_eq!(shown.code, 0, "it was stored: {}", shown.stderr);
}

#[test]
fn a_killed_contest_leaves_no_program() {
    let dyno = Dyno::new();
    let (mut child, _stderr) = under_way(&dyno);
    child.kill().unwrap();
    child.wait().unwrap();
    for name in ["a.pid", "b.pid"] {
        until_gone(pid_in(&dyno.path(name)));
    }
}

#[test]
fn interrupt_while_a_program_starts_ends_it() {
    let dyno = Dyno::new();
    let deaf = format!("echo $$ > {}; exec sleep 1000", dyno.path("a.pid").display());
    let mut command = dyno.command(&[&QUICK[..], &["--a", &deaf, "--b", &deaf, "--ready", READY]].concat());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let program = pid_in(&dyno.path("a.pid"));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    until_gone(program);
}

#[test]
fn a_build_that_only_fails_is_not_compared() {
    let dyno = Dyno::new();
    let done = contest(&dyno, &["--a", "embedded", "--b", "embedded", "--path", "/status/503"]);
    assert_eq!(done.code, 5, "{}", done.stderr);
    assert!(done.stderr.contains("A answers no request with success"), "{}", done.stderr);
}

#[test]
fn a_port_that_is_taken_is_not_mistaken_for_the_build() {
    let (dyno, stranger) = (Dyno::new(), Target::start());
    let other = "http://127.0.0.1:{port}/";
    let url = stranger.url("/plaintext");
    let done = contest(
        &dyno,
        &["--a", "exec sleep 1000", "--b", "exec sleep 1000", "--ready", &url, "--ready", other],
    );
    assert_eq!(done.code, 5, "{}", done.stderr);
    assert!(
        done.stderr.contains(&format!("somebody already listens at {url}, before A is started")),
        "{}",
        done.stderr
    );
}

#[test]
fn mistakes_of_the_command_line_are_told_before_anything_starts() {
    let dyno = Dyno::new();
    let both = ["--a", "./old", "--b", "./new"];
    for (arguments, words) in [
        (vec!["--a", "embedded"], "`--b` is missing"),
        ([&both[..], &["--ready", "http://127.0.0.1:1/"]].concat(), "they run at the same time"),
        (both.to_vec(), "`--ready` is missing"),
        (vec!["--a", "embedded", "--b", "embedded busy"], "write `busy=5us`"),
        (vec!["--a", "embedded", "--b", "embedded", "--fail-on", "p99+10%"], "has no colon"),
        (vec!["--a", "embedded", "--b", "embedded", "--fail-on", "buy/p99:+10%"], "no cell of this contest"),
        (vec!["--a", "embedded", "--b", "embedded", "one.yaml", "two.yaml"], "takes one plan"),
        (vec!["--a", "embedded", "--b", "embedded", "-o", "x.docx"], ".docx"),
    ] {
        let done = contest(&dyno, &arguments);
        assert_eq!(done.code, 2, "{arguments:?}: {}", done.stderr);
        assert!(done.stderr.contains(words), "{arguments:?}: {}", done.stderr);
    }
}

/// A repository whose file `version` says `one` in its first commit and `two` in its second.
fn repository(dyno: &Dyno) -> PathBuf {
    let repository = dyno.path("repository");
    std::fs::create_dir(&repository).unwrap();
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command
            .current_dir(&repository)
            .args(["-c", "user.name=x", "-c", "user.email=x@localhost"])
            .args(arguments);
        assert!(command.status().unwrap().success(), "git {arguments:?}");
    };
    git(&["init", "--quiet", "--initial-branch", "main"]);
    for version in ["one", "two"] {
        std::fs::write(repository.join("version"), version).unwrap();
        git(&["add", "version"]);
        git(&["commit", "--quiet", "--message", version]);
    }
    repository
}

/// Plays both commits of that repository without a second pass.
fn revisions(dyno: &Dyno, build: &str, restart: &str, flags: &[&str]) -> Finished {
    let start = format!("cat built; exec '{}' serve --listen 127.0.0.1:{{port}}", env!("CARGO_BIN_EXE_dyno"));
    let sides = ["--a-rev", "main~1", "--b-rev", "main", "--build", build, "--start", &start];
    let quick = &QUICK[..QUICK.len() - 1];
    let arguments =
        [quick, &[restart], &sides, &["--ready", READY, "--no-confirm", "--json"], flags].concat();
    let mut command = dyno.command(&arguments);
    command.current_dir(repository(dyno));
    crate::support::finished(command)
}

#[test]
fn revisions_that_are_built_again_take_turns() {
    let dyno = Dyno::new();
    let done = revisions(&dyno, "echo {build} > built", "auto", &["--rebuild", "2"]);
    assert!([0, 5].contains(&done.code), "{}", done.stderr);
    assert!(done.stderr.contains("2 builds of each take turns"), "{}", done.stderr);
    let record: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(record["contest"]["builds"], 2);
    let rounds = record["contest"]["rounds"].as_array().unwrap();
    let build = |round: &Value| round.get("build").map_or(0, |build| build.as_u64().unwrap());
    for quad in rounds.chunks(4) {
        assert!(
            quad.iter().all(|round| build(round) == build(&quad[0])),
            "a quad has one build of each side"
        );
    }
    assert_eq!(rounds.iter().map(build).max(), Some(1), "{}", done.stderr);
    for (arm, build) in [(0, 1), (0, 2), (1, 1), (1, 2)] {
        let commit = record["arms"][arm]["build"].as_str().unwrap();
        let built = dyno.path("store/builds").join(format!("{}-{build}", &commit[..12])).join("built");
        assert_eq!(std::fs::read_to_string(built).unwrap(), format!("{build}\n"));
    }
}

#[test]
fn building_the_same_again_is_refused() {
    for (build, restart, said) in [
        ("cp version built", "auto", "`cp version built` builds the same program each time"),
        ("echo {build} > built", "never", "they have to be started anew"),
    ] {
        let done = revisions(&Dyno::new(), build, restart, &["--rebuild", "2"]);
        assert!(done.code == 2 && done.stderr.contains(said), "{done:?}");
    }
    let dyno = Dyno::new();
    let done =
        contest(&dyno, &["--a", "embedded", "--b", "embedded", "--build", "x {build}", "--rebuild", "2"]);
    assert!(done.code == 2 && done.stderr.contains("`embedded` is no revision"), "{done:?}");
}

#[test]
fn two_revisions_are_built_and_compared() {
    let dyno = Dyno::new();
    let done = revisions(&dyno, "cp version built", "never", &[]);
    assert!([0, 5].contains(&done.code), "{}", done.stderr);
    let record: Value = serde_json::from_str(&done.stdout).unwrap();
    assert!(record["arms"][0]["label"].as_str().unwrap().starts_with("main~1 ("), "{}", record["arms"]);
    assert_ne!(record["arms"][0]["build"], record["arms"][1]["build"]);
    let builds = dyno.path("store/builds");
    let built = |arm: &Value| {
        let short = &arm["build"].as_str().unwrap()[..12];
        std::fs::read_to_string(builds.join(short).join("built")).unwrap()
    };
    assert_eq!((built(&record["arms"][0]).as_str(), built(&record["arms"][1]).as_str()), ("one", "two"));
}

#[test]
fn secrets_of_commands_are_shown_nowhere() {
    let dyno = Dyno::new();
    let secret = "correct-horse-battery";
    let a = format!(
        "DB_PASSWORD={secret} exec '{}' serve --listen 127.0.0.1:{{port}}",
        env!("CARGO_BIN_EXE_dyno")
    );
    let done = contest(&dyno, &["--a", &a, "--b", &a, "--ready", READY, "--no-confirm", "-o", "report.json"]);
    assert!([0, 5].contains(&done.code), "{}", done.stderr);
    assert!(!done.stdout.contains(secret) && !done.stderr.contains(secret), "{}{}", done.stdout, done.stderr);
    for (path, bytes) in dyno.all_files() {
        let is_told = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!is_told, "{}", path.display());
    }
}
