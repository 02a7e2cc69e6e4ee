//! Every flag on its way to the worker, and every parameter with every client of the base set, as the server sees it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::clients::{in_rust, listed, with_environments};
use super::support::{Dyno, finished, skip};

/// Where the repository begins, and the folder of the environments that `clients` shares.
fn places() -> (PathBuf, PathBuf) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    (root, PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("contest"))
}

#[test]
fn every_client_honours_every_parameter_or_refuses_it_by_name() {
    let (root, contest) = places();
    let dyno = Dyno::new();
    let listed =
        listed(&dyno).into_iter().filter(|client| client["lang"] != "rust" && client["base"] == true);
    let clients: Vec<_> = listed.chain(in_rust(&dyno)).collect();
    let names: Vec<&str> = clients.iter().map(|client| client["name"].as_str().unwrap()).collect();
    let set_up = with_environments(&dyno, &[&["clients", "setup"], names.as_slice()].concat());
    if set_up.code != 0 {
        // Those that need nothing play all the same.
        skip("clients", &format!("not all clients can be installed: {}", set_up.stderr));
    }
    let mut table = Command::new("python3");
    table.current_dir(&root).args(["-B", "python/tests/contenders.py", "--jobs", "4"]);
    table.args(["--dyno", env!("CARGO_BIN_EXE_dyno")]).arg("--environments").arg(contest.join("clients"));
    table.args(&names);
    let has_toml = Command::new("python3").args(["-c", "import tomllib"]).output();
    if !has_toml.is_ok_and(|output| output.status.success()) {
        skip("clients", "python3 is not installed, or older than 3.11");
        return;
    }
    let played = finished(table);
    let wrong: Vec<&str> =
        played.stdout.lines().filter(|line| line.contains("WRONG") || line.contains("FAILED")).collect();
    assert!(played.code == 0, "{wrong:#?}\n{}\n{}", played.stdout, played.stderr);
    let end = played.stdout.lines().last().unwrap_or_default();
    let count: usize = end.split(' ').next().and_then(|count| count.parse().ok()).unwrap();
    assert!(count >= 3, "the floors of Python at least: {end}");
}

/// A worker that writes down what it is told and plays nothing.
const SPY: &str = r#"
import json, os, sys, time

def say(kind, **fields):
    print(json.dumps({"t": kind, **fields}), flush=True)

say("hello", proto=[1, 1], name="spy", version="1", lang="python", runtime="any", pid=os.getpid(), modes=["sync"],
    http=["1.1", "2", "3"], features=[], clock="monotonic", now=time.monotonic_ns())
for line in sys.stdin:
    message = json.loads(line)
    if message["t"] == "ping":
        say("pong", id=message["id"], now=time.monotonic_ns())
    elif message["t"] == "setup":
        with open("setups.jsonl", "a") as file:
            file.write(line)
        say("skipped", reason="mode: it only looks")
    elif message["t"] == "bye":
        break
"#;

/// Every flag that changes what is asked.
const ASKED: &[&str] = &[
    "-X",
    "PUT",
    "-H",
    "x-one: a b",
    "-H",
    "x-two: 2",
    "--data",
    "hello",
    "-t",
    "1500ms",
    "--retries",
    "2",
    "--delay",
    "20ms",
    "--http",
    "2",
    "--redirects",
    "3",
    "--disable-keepalive",
    "-c",
    "5",
    "--seed",
    "7",
    "--cacert",
    "ca.pem",
];

/// The first setup that a worker gets with these flags.
fn told(flags: &[&str]) -> Value {
    let dyno = Dyno::new();
    std::fs::write(dyno.path("spy.py"), SPY).unwrap();
    std::fs::write(dyno.path("ca.pem"), "an authority\n").unwrap();
    let short = [
        "clients",
        "compare",
        "./spy.py:sync",
        "--no-floor",
        "--blocks",
        "2",
        "--segment",
        "40ms",
        "-w",
        "40ms",
    ];
    let finished = dyno.run(&[&short, flags].concat());
    let setups = std::fs::read_to_string(dyno.path("setups.jsonl"))
        .unwrap_or_else(|error| panic!("{flags:?}: {error}: {finished:?}"));
    serde_json::from_str(setups.lines().next().unwrap()).unwrap()
}

/// Holds the fields of `expected` against the setup; null is a field that must be absent.
#[track_caller]
fn check_told(flags: &[&str], expected: &Value) {
    let setup = told(flags);
    for (field, value) in expected.as_object().unwrap() {
        let seen = setup.pointer(&format!("/{}", field.replace('.', "/"))).unwrap_or(&Value::Null);
        assert_eq!(seen, value, "`{field}` with {flags:?} in {setup}");
    }
}

#[test]
fn every_flag_reaches_the_worker() {
    if Command::new("python3").arg("--version").output().is_err() {
        skip("clients", "python3 is not installed");
        return;
    }
    // Whoever connects is let in, which is all that is asked of a target before its clients begin.
    let target = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/there?a=1", target.local_addr().unwrap());
    let asked = [&["--url", url.as_str()], ASKED].concat();
    let told_nothing = json!({
        "profile": "matched", "mode": "sync", "lanes": 1, "timeout_ms": 30_000, "retries": 0, "delay_ns": null,
        "http": "1.1", "tls.verify": true, "tls.ca_pem": null, "redirects": 0, "decode": false, "keep_alive": true, "pool": 1,
        "seed": 42, "requests.0.method": "GET", "requests.0.headers": [], "requests.0.body_b64": ""
    });
    check_told(&[], &told_nothing);
    let defaults = json!({
        "profile": "defaults", "lanes": 1, "retries": null, "http": null, "tls": null, "redirects": null, "decode": null,
        "keep_alive": null, "pool": null
    });
    check_told(&["--profile", "defaults"], &defaults);
    let mut expected = json!({
        "lanes": 5, "timeout_ms": 1_500, "retries": 2, "delay_ns": 20_000_000, "http": "2", "tls.verify": true,
        "tls.ca_pem": "an authority\n", "redirects": 3, "keep_alive": false, "seed": 7, "requests.0.method": "PUT",
        "requests.0.url": url, "requests.0.headers": [["x-one", "a b"], ["x-two", "2"]], "requests.0.body_b64": "aGVsbG8="
    });
    check_told(&[asked.as_slice(), &["--profile", "defaults"]].concat(), &expected);
    expected["pool"] = 5.into();
    check_told(&asked, &expected);
    check_told(&["--url", &url, "-k"], &json!({ "tls.verify": false, "tls.ca_pem": null }));
    let uploaded = json!({ "requests.0.method": "POST", "requests.0.body_b64": "eHh4" });
    check_told(&["--upload", "3B"], &uploaded);
    check_told(&["-X", "STREAM", "--download", "20kB"], &json!({ "requests.0.method": "STREAM" }));
}
