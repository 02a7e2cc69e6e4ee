//! Client libraries in Rust: built for real, held to the protocol and to each parameter, and started without a compiler.

use std::path::Path;

use serde_json::Value;

use super::clients::{SHORT, command_with_environments, entry, in_rust, record, with_environments};
use super::support::{Dyno, Finished, finished, skip};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn names(clients: &[Value]) -> Vec<&str> {
    clients.iter().map(|client| client["name"].as_str().unwrap()).collect()
}

/// Builds clients, unless this machine cannot. A worker that does not compile is no reason to skip.
fn is_set_up(dyno: &Dyno, names: &[&str]) -> bool {
    let set_up = with_environments(dyno, &[&["clients", "setup"], names].concat());
    let is_broken = ["(bin \"", "could not compile `dyno-worker`", "lock file"];
    assert!(!is_broken.iter().any(|words| set_up.stderr.contains(words)), "{}", set_up.stderr);
    if set_up.code != 0 {
        skip("clients", &format!("clients in Rust cannot be built: {}", set_up.stderr));
    }
    set_up.code == 0
}

/// Whether a library keeps connections at all.
fn keeps_connections(client: &Value) -> bool {
    !["attohttpc", "minreq"].contains(&client["name"].as_str().unwrap())
}

/// Every mode of `clients`, side by side.
fn compared(dyno: &Dyno, clients: &[&str], more: &[&str]) -> Value {
    let flags = ["--mode", "all", "-c", "4"];
    let compared =
        with_environments(dyno, &[&["clients", "compare"], clients, &flags, more, SHORT.as_slice()].concat());
    record(&compared)
}

fn check_played(record: &Value, client: &Value) {
    for mode in client["modes"].as_array().unwrap() {
        let entry =
            entry(record, &format!("{} {}", client["name"].as_str().unwrap(), mode.as_str().unwrap()));
        assert_eq!((&entry["state"], &entry["figures"]["errors"]), (&"ranked".into(), &0.into()), "{entry}");
        assert!(entry["runtime"].as_str().unwrap().starts_with("rustc 1."), "{entry}");
        let version = entry["version"].as_str().unwrap();
        let is_pinned = client["requires"].to_string().contains(&format!("@{version}\""));
        assert!(is_pinned || client["requires"] == serde_json::json!([]), "{version} is not {client}");
        assert!(entry["figures"]["allocations_per_request"].as_f64().is_some(), "{entry}");
    }
}

#[test]
fn every_client_in_rust_really_plays() {
    let dyno = Dyno::new();
    let clients = in_rust(&dyno);
    for name in ["reqwest", "ureq", "hyper-util", "raw-rust"] {
        assert!(names(&clients).contains(&name), "{name} belongs to the base set");
    }
    if !is_set_up(&dyno, &names(&clients)) {
        return;
    }
    let (keeping, closing): (Vec<Value>, Vec<Value>) = clients.into_iter().partition(keeps_connections);
    let record = compared(&dyno, &[names(&keeping), names(&closing)].concat(), &[]);
    keeping.iter().for_each(|client| check_played(&record, client));
    for name in names(&closing) {
        let entry = entry(&record, &format!("{name} sync"));
        let detail = entry["detail"].as_str().unwrap();
        assert!(entry["state"] == "skipped" && detail.starts_with("keep_alive: "), "{entry}");
    }
    let allocations =
        |label: &str| entry(&record, label)["figures"]["allocations_per_request"].as_f64().unwrap();
    // A floor that sends prebuilt bytes has next to nothing to allocate, a library has.
    assert!(allocations("raw-rust sync") < allocations("ureq sync"), "{record}");
    assert!(allocations("ureq sync") > 1.0, "{record}");
    if !closing.is_empty() {
        let record = compared(&dyno, &names(&closing), &["--disable-keepalive"]);
        closing.iter().for_each(|client| check_played(&record, client));
    }
}

#[test]
fn the_base_set_of_a_language_is_taken_by_its_name() {
    let dyno = Dyno::new();
    let clients = in_rust(&dyno);
    if !is_set_up(&dyno, &names(&clients)) {
        return;
    }
    let set_up = with_environments(&dyno, &["clients", "setup", "--lang", "rust"]);
    assert_eq!(set_up.code, 0, "{set_up:?}");
    assert!(!set_up.stderr.contains("setting up"), "it is there: {set_up:?}");
    let record = record(&with_environments(
        &dyno,
        &[&["clients", "compare", "--lang", "rust", "-c", "2"], SHORT.as_slice()].concat(),
    ));
    for client in clients.iter().filter(|client| client["base"] == true) {
        let played: Vec<&Value> = record["entries"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|entry| entry["name"] == client["name"] && entry["state"] == "ranked")
            .collect();
        assert!(!played.is_empty(), "{} did not play: {record}", client["name"]);
    }
    let both = dyno.run(&["clients", "setup", "reqwest", "--lang", "rust"]);
    assert!(both.code == 2 && both.stderr.contains("cannot be used with"), "{both:?}");
}

#[test]
fn every_client_in_rust_keeps_the_protocol() {
    let dyno = Dyno::new();
    let clients = in_rust(&dyno);
    if !is_set_up(&dyno, &names(&clients)) {
        return;
    }
    for name in names(&clients) {
        let checked = with_environments(&dyno, &["clients", "check", name]);
        assert_eq!(checked.code, 0, "{name}: {checked:?}");
        assert!(checked.stdout.contains("holds") && !checked.stdout.contains("broken"), "{}", checked.stdout);
    }
}

/// A client was set up; now there is no compiler on the search path, and no network is needed.
#[test]
fn what_was_built_needs_no_compiler() {
    let dyno = Dyno::new();
    if !is_set_up(&dyno, &["raw-rust"]) {
        return;
    }
    let without = |arguments: &[&str]| {
        let mut command = command_with_environments(&dyno, arguments);
        command.env("PATH", dyno.path("nothing"));
        finished(command)
    };
    let missing = without(&["clients", "setup", "raw-node", "stdlib"]);
    assert!(missing.stderr.contains("which is not on this machine"), "the path is empty: {missing:?}");
    let again = without(&["clients", "setup", "raw-rust"]);
    assert!(again.code == 0 && again.stdout.starts_with("raw-rust  "), "{again:?}");
    let list: Vec<Value> = serde_json::from_str(&without(&["clients", "list", "--json"]).stdout).unwrap();
    let is_set_up = |name: &str| {
        list.iter().find(|client| client["name"] == name).map(|client| client["is_set_up"].clone())
    };
    assert_eq!(is_set_up("raw-rust"), Some(true.into()));
    assert_eq!(without(&["clients", "check", "raw-rust"]).code, 0);
    let compared =
        without(&[&["clients", "compare", "raw-rust:sync", "--no-floor"], SHORT.as_slice()].concat());
    let entry = entry(&record(&compared), "raw-rust sync").clone();
    assert_eq!(entry["state"], "ranked", "{entry}");
    assert!(entry["runtime"].as_str().unwrap().starts_with("rustc 1."), "{entry}");
}

/// The commands and the worker that the guide shows for a client of one's own.
struct Page {
    commands: Vec<Vec<String>>,
    worker: String,
}

impl Page {
    fn read() -> Self {
        let page = std::fs::read_to_string(Path::new(ROOT).join("docs/guide/clients.md")).unwrap();
        let (_, rest) = page.split_once("In Rust it is a project").expect("the guide says how");
        let (_, block) = rest.split_once("```rust\n").expect("it shows a worker");
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect();
        Self {
            commands: rest.lines().filter_map(|line| line.strip_prefix("    dyno ")).map(words).collect(),
            worker: block.split_once("```").unwrap().0.to_owned(),
        }
    }
}

#[test]
fn a_project_of_ones_own_is_written_checked_and_compared_as_the_guide_says() {
    let dyno = Dyno::new();
    let wrong = dyno.run(&["clients", "new", "--lang", "rust", "My Client"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("cannot be the name of a package"), "{wrong:?}");
    if !is_set_up(&dyno, &["raw-rust"]) {
        return;
    }
    let page = Page::read();
    let mut seen = Vec::new();
    for command in &page.commands {
        let mut words: Vec<&str> = command.iter().map(String::as_str).collect();
        if words[1] == "compare" {
            words.extend(SHORT);
        }
        let finished = with_environments(&dyno, &words);
        if words[1] == "compare" {
            let record = record(&finished);
            assert_eq!(entry(&record, "mine sync")["state"], "ranked", "{record}");
        } else {
            assert_eq!(finished.code, 0, "{words:?}: {finished:?}");
        }
        seen.push(words[1].to_owned());
    }
    assert_eq!(seen, ["new", "check", "compare"]);
    let again = dyno.run(&["clients", "new", "--lang", "rust", "mine"]);
    assert!(again.code == 2 && again.stderr.contains("is there already"), "{again:?}");

    let source = dyno.path("mine/src/main.rs");
    std::fs::write(&source, &page.worker).unwrap();
    let checked = dyno.run(&["clients", "check", "mine"]);
    assert_eq!(checked.code, 0, "the worker of the page: {checked:?}");
    assert!(checked.stdout.contains("holds") && !checked.stdout.contains("broken"), "{}", checked.stdout);
    check_without_cargo(&dyno, &source);

    std::fs::write(&source, format!("{}\nfn unfinished( {{\n", page.worker)).unwrap();
    let broken = dyno.run(&["clients", "check", "mine"]);
    assert_eq!(broken.code, 5, "{broken:?}");
    assert!(broken.stderr.contains("unclosed delimiter"), "the compiler's words are shown: {broken:?}");
}

/// A project that was built plays where nothing can build it, as long as it has not changed.
fn check_without_cargo(dyno: &Dyno, source: &Path) {
    let without = |arguments: &[&str]| -> Finished {
        let mut command = dyno.command(arguments);
        command.env("PATH", dyno.path("nothing"));
        finished(command)
    };
    assert_eq!(without(&["clients", "check", "mine"]).code, 0);
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    std::fs::File::options().append(true).open(source).unwrap().set_modified(later).unwrap();
    let outdated = without(&["clients", "check", "mine"]);
    assert_eq!(outdated.code, 5, "{outdated:?}");
    let words = "`mine` has to be built again, for `";
    assert!(outdated.stderr.contains(words) && outdated.stderr.contains("main.rs"), "{outdated:?}");
    let new = without(&["clients", "new", "--lang", "rust", "other"]);
    assert_eq!(new.code, 0, "{new:?}");
    let never = without(&["clients", "check", "other"]);
    assert!(never.stderr.contains("needs cargo, which is not on this machine"), "{never:?}");
}
