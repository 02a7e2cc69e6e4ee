//! `dyno clients`: real libraries in real environments against the embedded target.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::support::{Dyno, Finished, Target, finished, skip};

/// A short contest.
pub const SHORT: [&str; 7] = ["--blocks", "2", "--segment", "60ms", "-w", "60ms", "--json"];

/// A `dyno` whose environments are shared by all tests and kept between runs: installing takes a while.
pub fn with_environments(dyno: &Dyno, arguments: &[&str]) -> Finished {
    finished(command_with_environments(dyno, arguments))
}

pub fn command_with_environments(dyno: &Dyno, arguments: &[&str]) -> Command {
    let mut command = dyno.command(arguments);
    command.env("DYNO_STORE", environments().with_file_name("store.db"));
    command
}

/// The folder of those environments.
fn environments() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("contest/clients")
}

pub fn record(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout).unwrap_or_else(|error| panic!("{error}: {finished:?}"))
}

pub fn entry<'a>(record: &'a Value, label: &str) -> &'a Value {
    let entries = record["entries"].as_array().unwrap();
    entries
        .iter()
        .find(|entry| entry["label"] == label)
        .unwrap_or_else(|| panic!("no {label} in {entries:?}"))
}

#[test]
fn the_list_names_the_libraries_with_their_modes() {
    let listed = Dyno::new().run(&["clients", "list", "--json"]);
    let list: Vec<Value> = serde_json::from_str(&listed.stdout).unwrap();
    let modes =
        |name: &str| list.iter().find(|client| client["name"] == name).map(|client| client["modes"].clone());
    assert_eq!(modes("aiohttp"), Some(serde_json::json!(["async"])));
    assert_eq!(modes("requests"), Some(serde_json::json!(["sync"])));
    assert_eq!(modes("httpx"), Some(serde_json::json!(["sync", "async"])));
}

#[test]
fn wrong_wishes_are_usage_errors() {
    let dyno = Dyno::new();
    for (arguments, expected) in [
        (vec!["clients", "compare", "aiohttp:sync"], "`aiohttp` has no sync interface, it is async only"),
        (
            vec!["clients", "compare", "request"],
            "there is no client `request`; did you mean `requests` or `requestx`?",
        ),
        (vec!["clients", "compare", "stdlib", "reqests"], "did you mean `requests`"),
        (vec!["clients", "compare", "./mine.py"], "there is no file `./mine.py`"),
        (vec!["clients", "compare", "stdlib", "-o", "nowhere/x.md"], "there is no folder `nowhere`"),
        (vec!["clients", "compare", "httpx"], "the first client is the reference, and `httpx` is not set up"),
        (vec!["clients", "compare", "stdlib", "--url", "ftp://x/"], "`ftp://x/` is not a URL of HTTP"),
        (vec!["clients", "compare", "stdlib", "-o", "x.hgrm"], "a contest of clients has no output of kind"),
        (vec!["clients", "compare", "stdlib", "--lanes", "10001"], "10001 is not in 1..=10000"),
        (vec!["clients", "new", "--lang", "cobol"], "invalid value 'cobol'"),
    ] {
        let finished = dyno.run(&arguments);
        assert_eq!(finished.code, 2, "{arguments:?}: {finished:?}");
        assert!(finished.stderr.contains(expected), "{arguments:?}: {}", finished.stderr);
    }
}

#[test]
fn a_contest_without_installs_has_figures_a_control_a_floor_and_the_wire() {
    let dyno = Dyno::new();
    let finished = dyno.run(&[&["clients", "compare", "stdlib"], SHORT.as_slice()].concat());
    assert!([0, 3].contains(&finished.code), "{finished:?}");
    let record = record(&finished);
    assert_eq!(
        (record["schema"].as_str(), record["reference"].as_str()),
        (Some("dyno-clients/1"), Some("stdlib sync"))
    );
    for label in ["stdlib sync", "stdlib sync (again)", "raw sync", "dyno async"] {
        let entry = entry(&record, label);
        assert_eq!(entry["state"], "ranked", "{entry}");
        assert_eq!(entry["segments"].as_array().map(Vec::len), Some(2));
        assert!(entry["figures"]["cpu_s_per_1000"]["value"].as_f64().unwrap() > 0.0);
        assert_eq!(entry["wire"]["connections"], 1, "{entry}");
        assert_eq!(entry["wire"]["arrived"], 200);
        assert_eq!(entry["wire"]["versions"][0], "HTTP/1.1");
        assert_eq!(entry["wire"]["findings"], Value::Null, "{entry}");
    }
    assert!(record["control"]["cpu_ratio"]["value"].as_f64().unwrap() > 0.0);
    let cpu = |label: &str| entry(&record, label)["figures"]["cpu_s_per_1000"]["value"].as_f64().unwrap();
    let cheaper = if cpu("dyno async") < cpu("raw sync") { "dyno async" } else { "raw sync" };
    assert_eq!(record["floor"], cheaper);
}

#[test]
fn parameters_are_honoured_or_refused_by_name() {
    let dyno = Dyno::new();
    let compare = |more: &[&str]| {
        record(&dyno.run(&[&["clients", "compare", "stdlib", "--no-floor"], more, SHORT.as_slice()].concat()))
    };
    let streamed = compare(&["-X", "STREAM", "--download", "20000B"]);
    let figures = &entry(&streamed, "stdlib sync")["figures"];
    assert_eq!(figures["chunks_per_request"], 3.0, "{figures}");
    let closing = compare(&["--disable-keepalive", "--lanes", "2"]);
    let wire = &entry(&closing, "stdlib sync")["wire"];
    assert_eq!(wire["connections"], wire["arrived"], "{wire}");
    let refused = compare(&["--http", "3"]);
    let skipped = entry(&refused, "stdlib sync");
    assert_eq!(skipped["state"], "skipped", "{skipped}");
    assert!(skipped["detail"].as_str().unwrap().contains("http"), "{skipped}");
    let paced = compare(&["--rate", "200"]);
    let segments = entry(&paced, "stdlib sync")["segments"].as_array().unwrap().clone();
    assert!(segments.iter().all(|segment| segment["ok"] == 12), "{segments:?}");
}

#[test]
fn failures_are_never_ranked() {
    let dyno = Dyno::new();
    let target = Target::start();
    let finished = dyno.run(
        &[&["clients", "compare", "stdlib", "--url", &target.url("/status/500")], SHORT.as_slice()].concat(),
    );
    let record = record(&finished);
    let entry = entry(&record, "stdlib sync");
    assert_eq!((entry["state"].as_str(), &entry["figures"]), (Some("unranked"), &Value::Null), "{entry}");
    assert!(entry["detail"].as_str().unwrap().ends_with("with status 500"), "{entry}");
    assert_eq!(finished.code, 5, "{finished:?}");
}

#[test]
fn secrets_are_not_in_the_record() {
    let dyno = Dyno::new();
    let secret = "Authorization: Bearer ey-very-secret";
    let finished =
        dyno.run(&[&["clients", "compare", "stdlib", "--no-floor", "-H", secret], SHORT.as_slice()].concat());
    let record = record(&finished);
    assert_eq!(record["case"]["fields"][0], "Authorization");
    assert!(!finished.stdout.contains("very-secret"), "{}", finished.stdout);
}

#[test]
fn workers_of_ones_own_are_written_checked_and_compared() {
    let dyno = Dyno::new();
    for (lang, file) in [("python", "mine.py"), ("node", "mine.mjs")] {
        if lang == "node" && Command::new("node").arg("--version").output().is_err() {
            skip("clients", "node is not installed");
            continue;
        }
        let written = dyno.run(&["clients", "new", "--lang", lang, file]);
        assert_eq!(written.code, 0, "{written:?}");
        let again = dyno.run(&["clients", "new", "--lang", lang, file]);
        assert!(again.code == 2 && again.stderr.contains("is there already"), "{again:?}");
        let checked = dyno.run(&["clients", "check", file]);
        assert_eq!(checked.code, 0, "{checked:?}");
        assert!(checked.stdout.contains("holds") && !checked.stdout.contains("broken"), "{}", checked.stdout);
    }
    let mine = dyno.path("mine.py");
    let path = format!("{}:sync", mine.display());
    let compared = dyno.run(&[&["clients", "compare", "stdlib", &path], SHORT.as_slice()].concat());
    assert_eq!(entry(&record(&compared), "mine sync")["state"], "ranked", "{compared:?}");
}

#[test]
fn a_broken_worker_is_told_with_its_own_words() {
    let dyno = Dyno::new();
    std::fs::write(dyno.path("bad.py"), "raise SystemExit('cannot import what is not there')\n").unwrap();
    let checked = dyno.run(&["clients", "check", "bad.py"]);
    assert_eq!(checked.code, 1, "{checked:?}");
    assert!(checked.stdout.contains("cannot import what is"), "{}", checked.stdout);
    let compared = dyno.run(&[&["clients", "compare", "stdlib", "bad.py:sync"], SHORT.as_slice()].concat());
    let record = record(&compared);
    let broken = entry(&record, "bad sync");
    assert_eq!(broken["state"], "broken");
    assert!(broken["stderr"].as_str().unwrap().contains("cannot import what is not there"), "{broken}");
    assert_eq!(entry(&record, "stdlib sync")["state"], "ranked");
}

/// Functions as people have them: blocking, on a loop, none of HTTP, and some that fail.
const SHOP: &str = r#"
import asyncio, os, sys, urllib.parse, urllib.request
from dynamometer import benchmark

print("a module that talks")

def fetch(url):
    with urllib.request.urlopen(url) as answer:
        return answer.status, answer.read()

async def stream(url):
    parts = urllib.parse.urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(f"GET {parts.path}?{parts.query} HTTP/1.1\r\nhost: {parts.netloc}\r\nconnection: close\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        return int(head.split()[1]), await reader.read()
    finally:
        writer.close()

@benchmark(gate="p99 < 20ms")
def timed(url):
    return fetch(url)

def alone():
    return sum(range(500))

def spills(url):
    print(f"token is {os.environ['SHOP_TOKEN']}", file=sys.stderr)
    os._exit(3)
"#;

#[test]
fn functions_of_ones_own_are_compared_like_libraries() {
    let dyno = Dyno::new();
    std::fs::write(dyno.path("shop.py"), SHOP).unwrap();
    let compared = dyno.run(
        &[
            &["clients", "compare", "py:shop:fetch", "py:shop:stream", "py:shop:timed", "stdlib", "-c", "2"],
            SHORT.as_slice(),
        ]
        .concat(),
    );
    let record = record(&compared);
    for label in ["py:shop:fetch sync", "py:shop:stream async", "py:shop:timed sync", "stdlib sync"] {
        let entry = entry(&record, label);
        assert_eq!(entry["state"], "ranked", "{entry}");
        assert_eq!(entry["wire"]["arrived"], 200, "{entry}");
    }
    assert_eq!(entry(&record, "raw sync")["state"], "ranked", "a floor of the same language");
    let paced = dyno.run(
        &[&["clients", "compare", "py:shop:fetch", "--no-floor", "--rate", "200"], SHORT.as_slice()].concat(),
    );
    let record = self::record(&paced);
    let segments = entry(&record, "py:shop:fetch sync")["segments"].as_array().unwrap();
    assert!(segments.iter().all(|segment| segment["ok"] == 12), "{segments:?}");
    let refused = dyno.run(
        &[&["clients", "compare", "py:shop:fetch", "-X", "POST", "--no-floor"], SHORT.as_slice()].concat(),
    );
    let record = self::record(&refused);
    let skipped = entry(&record, "py:shop:fetch sync");
    assert_eq!(skipped["state"], "skipped", "{skipped}");
    assert!(skipped["detail"].as_str().unwrap().starts_with("requests.method: a function asks by itself"));
}

#[test]
fn a_function_without_a_url_is_measured_without_a_target() {
    let dyno = Dyno::new();
    std::fs::write(dyno.path("shop.py"), SHOP).unwrap();
    let compared =
        dyno.run(&[&["clients", "compare", "py:shop:alone", "-n", "50"], SHORT.as_slice()].concat());
    let record = record(&compared);
    let alone = entry(&record, "py:shop:alone sync");
    assert_eq!(alone["state"], "ranked", "{alone}");
    assert_eq!(alone["wire"], Value::Null);
    assert!(alone["wire_note"].as_str().unwrap().starts_with("not applicable"), "{alone}");
    assert!(alone["segments"].as_array().unwrap().iter().all(|segment| segment["ok"] == 50));
    assert_eq!(record["case"]["url"], "");
    assert_eq!(record["entries"].as_array().unwrap().len(), 2, "no floor: it asks nobody");
}

#[test]
fn functions_that_cannot_be_measured_are_told_and_disturb_nobody() {
    let dyno = Dyno::new();
    std::fs::write(dyno.path("shop.py"), SHOP).unwrap();
    std::fs::write(dyno.path("broken.py"), "import nothing_like_that\n").unwrap();
    for (client, expected) in [
        ("py:shop", "`py:shop` names no function; write `py:MODULE:FUNCTION`"),
        ("py:shop:fetsh", "has no `fetsh`, did you mean `fetch`?"),
        ("py:broken:f", "No module named 'nothing_like_that'"),
        ("py:shop:fetch:async", "`py:shop:fetch` has no async interface, it is sync only"),
    ] {
        let refused = dyno.run(&["clients", "compare", client]);
        assert_eq!(refused.code, 2, "{client}: {refused:?}");
        assert!(refused.stderr.contains(expected), "{client}: {}", refused.stderr);
    }
    let refused = dyno.run(&["clients", "compare", "py:shop:fetch", "--python", "/no/such/python"]);
    assert!(refused.stderr.contains("cannot start `/no/such/python`"), "{refused:?}");
    let mut command = dyno.command(
        &[
            &[
                "clients",
                "compare",
                "stdlib",
                "py:broken:f",
                "py:shop:spills",
                "--no-floor",
                "--keep-env",
                "SHOP_TOKEN",
            ],
            SHORT.as_slice(),
        ]
        .concat(),
    );
    command.env("SHOP_TOKEN", "tok-never-to-be-seen").args(["--log-file", "dyno.log"]);
    let compared = finished(command);
    let record = record(&compared);
    assert_eq!(entry(&record, "stdlib sync")["state"], "ranked", "{compared:?}");
    assert_eq!(entry(&record, "py:broken:f sync")["state"], "broken");
    let spilled = entry(&record, "py:shop:spills sync");
    assert_eq!(spilled["state"], "broken", "{spilled}");
    assert!(spilled["stderr"].as_str().unwrap().contains("token is [redacted]"), "{spilled}");
    assert!(!format!("{compared:?}").contains("never-to-be-seen"), "{compared:?}");
    let log = std::fs::read_to_string(dyno.path("dyno.log")).unwrap();
    for event in [
        "worker begins worker=stdlib",
        "stderr: token is [redacted] worker=py:shop:spills",
        "client=py:broken:f sync state=Broken",
        "worker ends",
        "dyno ends",
    ] {
        assert!(log.contains(event), "{event}: {log}");
    }
    assert!(!log.contains("never-to-be-seen"), "{log}");
}

/// What `dyno` knows of all clients.
pub fn listed(dyno: &Dyno) -> Vec<Value> {
    serde_json::from_str(&dyno.run(&["clients", "list", "--json"]).stdout).unwrap()
}

/// The clients in Rust that are played: the base set, or all of them where `DYNO_TEST_CLIENTS` is `all`.
///
/// Building those beside the base set takes minutes more, and most need the headers of OpenSSL.
pub fn in_rust(dyno: &Dyno) -> Vec<Value> {
    let plays_all = std::env::var("DYNO_TEST_CLIENTS").is_ok_and(|which| which == "all");
    let list = listed(dyno).into_iter().filter(|client| client["lang"] == "rust");
    list.filter(|client| plays_all || client["base"] == true).collect()
}

/// The names that `setup` and `compare` take when nobody gives any; those in Rust have tests of their own.
fn base_set(dyno: &Dyno) -> Vec<String> {
    let list = listed(dyno);
    let base = list.iter().filter(|client| client["base"] == true && client["lang"] != "rust");
    base.map(|client| client["name"].as_str().unwrap().to_owned()).collect()
}

fn is_base_set_up(dyno: &Dyno) -> bool {
    let set_up = with_environments(dyno, &["clients", "setup"]);
    if set_up.code != 0 {
        skip("clients", &format!("the base set of clients cannot be installed: {}", set_up.stderr));
    }
    set_up.code == 0
}

#[test]
fn the_base_set_really_plays() {
    let dyno = Dyno::new();
    let base = base_set(&dyno);
    assert!(base.len() >= 5, "{base:?}");
    if !is_base_set_up(&dyno) {
        return;
    }
    let finished =
        with_environments(&dyno, &[&["clients", "compare"], SHORT.as_slice(), &["-c", "4"]].concat());
    let record = record(&finished);
    let list = listed(&dyno);
    for name in base {
        let mine: Vec<&Value> = record["entries"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|entry| entry["name"] == name.as_str())
            .collect();
        assert!(!mine.is_empty(), "{name} did not play");
        for entry in mine {
            assert_eq!(
                (&entry["state"], &entry["figures"]["errors"]),
                (&"ranked".into(), &0.into()),
                "{entry}"
            );
            let version = entry["version"].as_str().unwrap();
            let client = list.iter().find(|client| client["name"] == name.as_str()).unwrap();
            let pinned = client["requires"].to_string().contains(&format!("{version}\""));
            assert!(
                pinned || client["requires"] == serde_json::json!([]),
                "{name} {version} is not {client}"
            );
        }
    }
}

#[test]
fn requestx_plays_and_refuses_what_it_would_ignore_where_it_is_set_up() {
    let dyno = Dyno::new();
    let listed = with_environments(&dyno, &["clients", "list", "--json"]);
    let list: Vec<Value> = serde_json::from_str(&listed.stdout).unwrap();
    if !list.iter().any(|client| client["name"] == "requestx" && client["is_set_up"] == true) {
        skip("clients", "requestx is not set up: it needs Python 3.12 and is built for half an hour");
        return;
    }
    let checked = with_environments(&dyno, &["clients", "check", "requestx"]);
    assert_eq!(checked.code, 0, "{checked:?}");
    let compared = with_environments(
        &dyno,
        &[&["clients", "compare", "requestx", "-c", "4"], SHORT.as_slice()].concat(),
    );
    let played = record(&compared);
    for mode in ["sync", "async"] {
        let entry = entry(&played, &format!("requestx {mode}"));
        assert_eq!((&entry["state"], &entry["figures"]["errors"]), (&"ranked".into(), &0.into()), "{entry}");
    }
    let with_tls = with_environments(
        &dyno,
        &[&["clients", "compare", "stdlib", "requestx", "--tls", "on"], SHORT.as_slice()].concat(),
    );
    let played = record(&with_tls);
    for mode in ["sync", "async"] {
        let entry = entry(&played, &format!("requestx {mode}"));
        assert_eq!(entry["state"], "skipped", "{entry}");
        assert!(entry["detail"].as_str().unwrap().starts_with("tls.ca_pem: "), "{entry}");
    }
}

#[test]
fn the_base_set_keeps_the_protocol() {
    let dyno = Dyno::new();
    if !is_base_set_up(&dyno) {
        return;
    }
    for name in base_set(&dyno) {
        let checked = with_environments(&dyno, &["clients", "check", &name]);
        assert_eq!(checked.code, 0, "{name}: {checked:?}");
        assert!(checked.stdout.contains("holds") && !checked.stdout.contains("broken"), "{}", checked.stdout);
    }
}

#[test]
fn a_contest_is_kept_listed_drawn_and_compared() {
    let dyno = Dyno::new();
    let play = |more: &[&str]| {
        dyno.run(&[&["clients", "compare", "stdlib", "--no-floor"], more, SHORT.as_slice()].concat())
    };
    for _ in 0..2 {
        let finished = play(&["--name", "mine"]);
        assert!(finished.stderr.contains("stored as"), "{}", finished.stderr);
        assert_eq!(
            (&record(&finished)["name"], &record(&finished)["schema"]),
            (&"mine".into(), &"dyno-clients/1".into())
        );
    }
    let unkept = play(&["--no-store"]);
    assert!(!unkept.stderr.contains("stored as"), "{}", unkept.stderr);
    let list = || -> Vec<Value> {
        serde_json::from_str(&dyno.run(&["runs", "list", "--clients", "--json"]).stdout).unwrap()
    };
    assert_eq!(list().iter().map(|one| &one["kind"]).collect::<Vec<_>>(), ["clients", "clients"]);
    assert!(dyno.run(&["runs", "list"]).stdout.contains("not a ranking"), "two blocks show little");

    let tagged = dyno.run(&["runs", "tag", "mine@-1", "before"]);
    assert_eq!(tagged.code, 0, "{}", tagged.stderr);
    assert_eq!(list()[1]["tags"], serde_json::json!(["before"]));

    let files = ["-o", "c.html", "-o", "c.md", "-o", "c.csv", "-o", "c.json"];
    let written = dyno.run(&[&["report", "mine"][..], &files].concat());
    assert_eq!(written.code, 0, "{}", written.stderr);
    let html = std::fs::read_to_string(dyno.path("c.html")).unwrap();
    assert!(
        html.contains("NOT A RANKING") && html.contains("id=\"clients\"") && html.contains("stdlib sync")
    );
    assert_eq!(dyno.run(&["report", "latest-clients", "-o", "c.hgrm"]).code, 2);

    let compared = dyno.run(&["compare", "before", "mine", "--json"]);
    let comparison = record(&compared);
    assert_eq!(comparison["schema"], "dyno-comparison/1", "{}", compared.stderr);
    assert_ne!(comparison["gate"]["state"], "incomparable", "{}", comparison["mismatches"]);
    let rows = comparison["rows"].as_array().unwrap();
    let has =
        |metric: &str| rows.iter().any(|row| row["operation"] == "stdlib sync" && row["metric"] == metric);
    assert!(has("cpu_per_request") && has("rate") && has("p99") && has("rss"), "{rows:?}");

    play(&["--name", "other", "--lanes", "2"]);
    let apart = dyno.run(&["compare", "mine", "other"]);
    assert_eq!(apart.code, 4, "{}", apart.stdout);
    assert!(apart.stdout.contains("lanes"), "{}", apart.stdout);
}
