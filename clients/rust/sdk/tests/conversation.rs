//! The conversation with a whole worker, as a host has it.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use serde_json::{Value, json};

struct Host {
    child: Child,
    orders: Option<ChildStdin>,
    messages: BufReader<ChildStdout>,
}

impl Host {
    fn start() -> Self {
        // Beside the folder of this test's own binary.
        let own = std::env::current_exe().expect("it runs");
        let folder = own.parent().and_then(|deps| deps.parent()).expect("cargo puts it below");
        let worker: PathBuf = folder.join("examples/scripted");
        let mut command = Command::new(worker);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("cargo test has built the examples");
        let orders = child.stdin.take();
        let messages = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut host = Self { child, orders, messages };
        let hello = host.next();
        assert_eq!((&hello["t"], &hello["proto"]), (&json!("hello"), &json!([1, 1])), "{hello}");
        assert_eq!((&hello["lang"], &hello["version"]), (&json!("rust"), &json!("1.0.0")), "{hello}");
        host
    }

    fn say(&mut self, line: &str) {
        let orders = self.orders.as_mut().expect("stdin is open");
        writeln!(orders, "{line}").expect("the worker listens");
    }

    fn order(&mut self, message: &Value) {
        self.say(&message.to_string());
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.messages.read_line(&mut line).expect("it is text");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line:?}"))
    }

    fn wait_for(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next();
            if message["t"] == kind {
                return message;
            }
            let is_expected = message["t"] == "progress" || message["t"] == "samples";
            assert!(is_expected, "{kind} was waited for, {message} came");
        }
    }

    fn set_up(&mut self, path: &str, more: Value) -> Value {
        let url = format!("http://127.0.0.1/{path}");
        let mut setup = json!({"t": "setup", "mode": "sync", "lanes": 2, "requests": [{"url": url}]});
        let fields = setup.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        self.order(&setup);
        self.next()
    }

    fn end(mut self) -> ExitStatus {
        self.orders = None;
        self.wait_for("bye");
        self.child.wait().expect("it was started")
    }
}

#[test]
fn what_comes_at_a_wrong_time_or_is_no_message_is_an_error_and_no_more() {
    let mut host = Host::start();
    for line in ["{", "\u{0}\u{7f}", "[]", "{\"t\": 1}"] {
        host.say(line);
        let error = host.next();
        assert_eq!((&error["t"], &error["where"]), (&json!("error"), &json!("line")), "{line:?}: {error}");
    }
    host.order(&json!({"t": "run", "count": 1}));
    assert_eq!(host.next()["where"], "run");
    host.order(&json!({"t": "schedule", "at": ""}));
    assert_eq!(host.next()["where"], "schedule");
    host.order(&json!({"t": "what nobody knows"}));
    assert_eq!(host.set_up("ok", json!({}))["t"], "ready");
    host.order(&json!({"t": "schedule", "first_seq": 3, "at": "AAAAAAAAAAA="}));
    assert!(host.next()["msg"].as_str().is_some_and(|text| text.contains("seq 3, but 0 are known")));
    host.order(&json!({"t": "schedule", "at": "AAAAAAAAAAA=", "req": "CQAAAA=="}));
    assert!(host.next()["msg"].as_str().is_some_and(|text| text.contains("index into requests")));
    host.order(&json!({"t": "run"}));
    assert!(host.next()["msg"].as_str().is_some_and(|text| text.contains("neither `count` nor `until_ns`")));
    assert!(host.end().success());
}

#[test]
fn what_cannot_be_honoured_is_skipped_by_name() {
    let mut host = Host::start();
    for (more, field) in [
        (json!({"http": "9"}), "http: "),
        (json!({"redirects": 3}), "redirects: "),
        (json!({"decode": true}), "decode: "),
        (json!({"mode": "async"}), "mode: "),
        (json!({"requests": [{"url": "http://h/", "method": "STREAM"}]}), "requests.method: "),
        (json!({"requests": [{"url": "https://h/"}], "tls": {"verify": false}}), "tls.verify: "),
    ] {
        let answer = host.set_up("ok", more);
        assert_eq!(answer["t"], "skipped", "{answer}");
        assert!(answer["reason"].as_str().is_some_and(|reason| reason.starts_with(field)), "{answer}");
    }
    assert_eq!(host.set_up("ok", json!({"lanes": "many"}))["t"], "error");
    assert!(host.end().success());
}

#[test]
fn requests_are_counted_whether_they_succeed_or_fail() {
    let mut host = Host::start();
    for (path, more, err) in
        [("ok", json!({}), json!({})), ("fail", json!({"retries": 2}), json!({"Scripted": 20}))]
    {
        assert_eq!(host.set_up(path, more)["t"], "ready");
        host.order(&json!({"t": "run", "run_id": 7, "count": 20}));
        let samples = host.wait_for("samples");
        assert_eq!(samples["n"], 20);
        let done = host.wait_for("done");
        let counted = (&done["run_id"], &done["sent"], &done["count"]);
        assert_eq!(counted, (&json!(7), &json!(20), &json!(20)), "{done}");
        assert_eq!(done["errors"], err);
        assert!(done["maxrss"].as_u64().is_some_and(|bytes| bytes > 100_000), "{done}");
        assert!(done["alloc"].is_u64(), "{done}");
    }
    host.order(&json!({"t": "run", "run_id": 8, "count": 4, "record": false}));
    assert_eq!(host.wait_for("done")["count"], 0);
    assert!(host.end().success());
}

#[test]
fn an_aborted_run_ends_although_its_calls_do_not() {
    let mut host = Host::start();
    assert_eq!(host.set_up("wait", json!({}))["t"], "ready");
    host.order(&json!({"t": "run", "run_id": 1, "until_ns": 60_000_000_000_u64}));
    while host.wait_for("progress")["inflight"] != 2 {}
    host.order(&json!({"t": "mark", "id": 5}));
    assert_eq!(host.wait_for("window")["id"], 5);
    host.order(&json!({"t": "abort"}));
    let done = host.wait_for("done");
    assert_eq!(
        (&done["sent"], &done["count"], &done["errors"]),
        (&json!(2), &json!(0), &json!({})),
        "{done}"
    );
    assert!(host.end().success());
}
