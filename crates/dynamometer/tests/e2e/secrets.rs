//! Secrets are sent and never shown: not in the store, not in reports, not on the streams.

use crate::support::{CALM, Dyno, Finished, Target, finished};

const PASSWORD: &str = "hunter2-of-the-test";
/// Of `me:hunter2-of-the-test`.
const BASE64: &str = "bWU6aHVudGVyMi1vZi10aGUtdGVzdA==";

fn check_nowhere(dyno: &Dyno, done: &Finished, except: &[&str]) {
    for (name, text) in [("stdout", &done.stdout), ("stderr", &done.stderr)] {
        assert!(!text.contains(PASSWORD) && !text.contains(BASE64), "{name}: {text}");
    }
    for (path, bytes) in dyno.all_files() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = String::from_utf8_lossy(&bytes);
        let holds = text.contains(PASSWORD) || text.contains(BASE64);
        assert!(!holds || except.contains(&name.as_str()), "{}", path.display());
    }
}

const OUTPUTS: [&str; 8] = ["-o", "report.html", "-o", "report.json", "-o", "report.md", "-o", "report.xml"];

fn play(flags: &[&str], url: &str) -> (Dyno, Finished) {
    let dyno = Dyno::new();
    std::fs::write(dyno.path("password.txt"), format!("me:{PASSWORD}\n")).unwrap();
    std::fs::write(dyno.path("headers.txt"), format!("Authorization: Bearer {PASSWORD}\n")).unwrap();
    let logged = ["--log-file", "dyno.log", "--log-level", "trace"];
    let mut command =
        dyno.command(&[&["http", "--json"], &logged[..], &CALM[..], &OUTPUTS[..], flags, &[url]].concat());
    command.env("TEST_PASSWORD", format!("me:{PASSWORD}")).env("TEST_TOKEN", PASSWORD);
    let done = finished(command);
    check_nowhere(&dyno, &done, &["password.txt", "headers.txt"]);
    assert!(dyno.path("report.html").exists(), "{done:?}");
    let log = std::fs::read_to_string(dyno.path("dyno.log")).unwrap();
    for event in ["dyno begins", "run begins", "run ends", "dyno ends"] {
        assert!(log.contains(event), "{event}: {log}");
    }
    (dyno, done)
}

fn ok_count(done: &Finished) -> u64 {
    let record: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    record["totals"]["ok"].as_u64().unwrap()
}

#[test]
fn basic_credentials_are_sent_and_hidden() {
    let target = Target::start();
    let url = target.url(&format!("/basic-auth/me/{}", "other"));
    for flag in ["env:TEST_PASSWORD", "@password.txt"] {
        let (_, done) = play(&["-u", flag], &url);
        assert_eq!(ok_count(&done), 0, "the password is another one");
        assert!(!done.stderr.contains("process list"), "{}", done.stderr);
    }
}

#[test]
fn tokens_are_sent_and_hidden() {
    let target = Target::start();
    for flags in [["--bearer", "env:TEST_TOKEN"], ["-H", "@headers.txt"]] {
        let (_, done) = play(&flags, &target.url("/bearer"));
        assert_eq!(ok_count(&done), 50);
    }
}

#[test]
fn literal_secrets_are_warned_of_and_left_out_of_the_command_to_repeat() {
    let target = Target::start();
    let literal = format!("me:{PASSWORD}");
    let (dyno, done) = play(&["-u", &literal], &target.url("/delay/200ms"));
    assert!(done.stderr.contains("visible in the process list"), "{}", done.stderr);
    assert!(dyno.latest()["reproduce"].as_str().unwrap().contains("-u env:"), "{}", dyno.latest());
    let header = format!("Authorization: Bearer {PASSWORD}");
    let (_, done) = play(&["-H", &header], &target.url("/delay/200ms"));
    assert!(done.stderr.contains("use `-H @FILE`"), "{}", done.stderr);
}

#[test]
fn credentials_of_a_url_are_hidden() {
    let target = Target::start();
    play(&[], &format!("http://me:{PASSWORD}@{}/delay/200ms", target.address()));
}

#[test]
fn a_dry_run_shows_no_secret() {
    let dyno = Dyno::new();
    let url = format!("http://me:{PASSWORD}@127.0.0.1:1/");
    let flags =
        ["http", "--dry-run", "-u", "me:hunter2-of-the-test", "-x", "http://me:hunter2-of-the-test@p:1"];
    for json in [&[][..], &["--json"][..]] {
        let done = dyno.run(&[&flags[..], json, &[&url]].concat());
        assert_eq!(done.code, 0, "{done:?}");
        check_nowhere(&dyno, &done, &[]);
    }
}
