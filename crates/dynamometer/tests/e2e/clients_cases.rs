//! `dyno clients compare` in many cases: sweeps, TLS, API descriptions.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use dyno_clients::Expected;
use dyno_clients::openapi::{Call, Description};
use serde_json::Value;

use super::support::{Dyno, Finished, Target, skip};

/// A short contest without floors.
const SHORT: [&str; 8] = ["--no-floor", "--blocks", "2", "--segment", "40ms", "-w", "40ms", "--json"];

const HTTPBIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../dyno-clients/fixtures/httpbin.yaml");

fn compare(dyno: &Dyno, flags: &[&str]) -> (Value, Finished) {
    let finished = dyno.run(&[&["clients", "compare"], flags, SHORT.as_slice()].concat());
    let record =
        serde_json::from_str(&finished.stdout).unwrap_or_else(|error| panic!("{error}: {finished:?}"));
    (record, finished)
}

fn names(record: &Value) -> Vec<&str> {
    record["cases"].as_array().unwrap().iter().map(|case| case["name"].as_str().unwrap()).collect()
}

fn entry<'a>(case: &'a Value, label: &str) -> &'a Value {
    let entries = case["entries"].as_array().unwrap();
    entries
        .iter()
        .find(|entry| entry["label"] == label)
        .unwrap_or_else(|| panic!("no {label} in {entries:?}"))
}

#[test]
fn a_sweep_plays_the_product_and_keeps_each_case() {
    let dyno = Dyno::new();
    let (record, finished) =
        compare(&dyno, &["stdlib", "--lanes", "1,2", "--size", "0,20kB", "--upload", "1k"]);
    assert!([0, 3].contains(&finished.code), "{finished:?}");
    assert!(finished.stderr.contains("4 cases with 2 clients"), "{}", finished.stderr);
    assert_eq!(
        names(&record),
        [
            "answers of 0 B, 1 lane",
            "answers of 0 B, 2 lanes",
            "answers of 20000 B, 1 lane",
            "answers of 20000 B, 2 lanes"
        ]
    );
    assert_eq!(record["entries"], serde_json::json!([]));
    for case in record["cases"].as_array().unwrap() {
        let entry = entry(case, "stdlib sync");
        assert_eq!(entry["state"], "ranked", "{entry}");
        assert_eq!(entry["segments"].as_array().map(Vec::len), Some(2));
        assert_eq!(entry["wire"]["connections"], case["case"]["lanes"], "{entry}");
        assert_eq!((&case["case"]["method"], &case["case"]["body_bytes"]), (&"POST".into(), &1024.into()));
        // The body is part of what the target saw of each request.
        assert!(entry["wire"]["request_bytes"].as_f64().unwrap() > 1024.0, "{entry}");
    }
}

#[test]
fn the_tables_of_a_sweep_end_with_all_of_them() {
    let dyno = Dyno::new();
    let short = &SHORT[..SHORT.len() - 1];
    let flags = ["clients", "compare", "stdlib", "--lanes", "1,2", "-o", "sweep.md", "-o", "sweep.json"];
    let finished = dyno.run(&[&flags, short].concat());
    assert!([0, 3].contains(&finished.code), "{finished:?}");
    assert_eq!(finished.stdout.matches("HTTP clients against the embedded target").count(), 2);
    assert!(finished.stdout.contains("all cases  CPU per request"), "{}", finished.stdout);
    let markdown = std::fs::read_to_string(dyno.path("sweep.md")).unwrap();
    assert!(markdown.contains("| 2 lanes | "), "{markdown}");
    let json: Value = serde_json::from_slice(&std::fs::read(dyno.path("sweep.json")).unwrap()).unwrap();
    assert_eq!(names(&json), ["1 lane", "2 lanes"]);
}

#[test]
fn wrong_wishes_of_sweeps_are_usage_errors() {
    let dyno = Dyno::new();
    std::fs::write(dyno.path("broken.yaml"), "openapi: 3.0.3\npaths: {/a: {get: 1}}\n").unwrap();
    for (flags, expected) in [
        (vec!["--lanes", "1,2,3,4", "--size", "0,1k", "--cases-most", "7"], "8 cases are asked for"),
        (vec!["--size", "1,2"], "size `1` has no unit"),
        (vec!["--size", "99999999999999999999k"], "is not a size; write `64k`"),
        (vec!["--upload", "2GiB"], "the largest is `1GiB`"),
        (vec!["--tls", "maybe"], "invalid value 'maybe'"),
        (vec!["--tls", "on", "--url", "http://127.0.0.1:1/"], "cannot be used with"),
        (vec!["--http", "3", "--tls", "off"], "there is no case to play"),
        (vec!["--method", "G T"], "`G T` is not a method"),
        (vec!["--include", "GET *"], "--from-openapi"),
        (vec!["--from-openapi", "nowhere.yaml"], "cannot read the description `nowhere.yaml`"),
        (vec!["--from-openapi", "broken.yaml"], "`/paths/~1a/get` is not an object"),
    ] {
        let finished = dyno.run(&[&["clients", "compare", "stdlib"], flags.as_slice()].concat());
        assert_eq!(finished.code, 2, "{flags:?}: {finished:?}");
        assert!(finished.stderr.contains(expected), "{flags:?}: {}", finished.stderr);
    }
}

#[test]
fn over_tls_the_wire_tells_who_resumes_sessions() {
    let dyno = Dyno::new();
    let has_node = std::process::Command::new("node").arg("--version").output().is_ok();
    if !has_node {
        skip("clients", "node is not installed, so nobody resumes sessions");
    }
    let clients: &[&str] = if has_node { &["stdlib", "http"] } else { &["stdlib"] };
    let (record, finished) = compare(&dyno, &[clients, &["--tls", "off,on"]].concat());
    assert_eq!(names(&record), ["no TLS", "TLS"], "{finished:?}");
    let cases = record["cases"].as_array().unwrap();
    assert_eq!(entry(&cases[0], "stdlib sync")["wire"]["tls"], Value::Null);
    let seen = |label: &str| {
        let entry = entry(&cases[1], label);
        assert_eq!(
            (&entry["state"], &entry["wire"]["findings"]),
            (&"ranked".into(), &Value::Null),
            "{entry}"
        );
        assert_eq!(entry["wire"]["connections"], 1, "{entry}");
        let tls = entry["wire"]["tls"].clone();
        assert_eq!((&tls["handshakes"], &tls["versions"][0]), (&10.into(), &"TLSv1.3".into()), "{entry}");
        (tls["resumed"].as_u64().unwrap(), tls["alpn"].clone())
    };
    assert_eq!(seen("stdlib sync").0, 0, "Python's own client never resumes");
    if has_node {
        let (resumed, _) = seen("http async");
        assert!(resumed >= 8, "Node's agent resumes all but the first, {resumed} of 10");
    }
}

#[test]
fn certificates_of_a_url_are_verified_unless_told_otherwise() {
    let dyno = Dyno::new();
    let target = Target::start_with(&["--tls"]);
    let (url, ca_pem) = target.tls();
    std::fs::write(dyno.path("ca.pem"), ca_pem).unwrap();
    let url = format!("{url}/plaintext");
    let state = |flags: &[&str]| {
        let (record, _) = compare(&dyno, &[&["stdlib", "--url", &url], flags].concat());
        let entry = entry(&record, "stdlib sync").clone();
        (entry["state"].as_str().unwrap().to_owned(), entry["detail"].as_str().unwrap().to_owned())
    };
    assert_eq!(state(&["--cacert", "ca.pem"]).0, "ranked");
    assert_eq!(state(&["-k"]).0, "ranked");
    let (unknown, detail) = state(&[]);
    assert!(unknown == "unranked" && detail.contains("tls"), "{unknown}: {detail}");
}

#[test]
fn an_api_description_becomes_a_case_for_each_operation() {
    let dyno = Dyno::new();
    let chosen = [
        "--include",
        "* /anything",
        "--include",
        "GET /basic-auth/*",
        "--exclude",
        "TRACE *",
        "--exclude",
        "P* *",
    ];
    let (record, finished) =
        compare(&dyno, &[&["stdlib", "--from-openapi", HTTPBIN], chosen.as_slice()].concat());
    assert!([0, 3].contains(&finished.code), "{finished:?}");
    assert_eq!(names(&record), ["GET /anything", "DELETE /anything", "GET /basic-auth/{user}/{passwd}"]);
    let cases = record["cases"].as_array().unwrap();
    for case in cases {
        assert_eq!(entry(case, "stdlib sync")["state"], "ranked", "{case}");
    }
    assert_eq!(cases[2]["case"]["expected"], serde_json::json!(["401"]), "nobody said who is asking");
    let methods = record["methods"].as_array().unwrap();
    let get = methods.iter().find(|row| row["method"] == "GET" && row["label"] == "stdlib sync").unwrap();
    assert_eq!((&get["cases"], &get["ranked"], &get["errors"]), (&2.into(), &2.into(), &0.into()), "{get}");
    assert!(get["throughput_per_s"].as_f64().unwrap() > 0.0, "{get}");
}

#[test]
fn an_unexpected_status_is_an_error_of_the_client() {
    let dyno = Dyno::new();
    let text = "openapi: 3.0.3\npaths:\n  /status/404: {get: {responses: {200: {}}}}\n  /uuid: {get: {responses: {200: {}}}}\n";
    std::fs::write(dyno.path("api.yaml"), text).unwrap();
    let (record, _) = compare(&dyno, &["stdlib", "--from-openapi", "api.yaml"]);
    let cases = record["cases"].as_array().unwrap();
    let wrong = entry(&cases[0], "stdlib sync");
    assert_eq!(wrong["state"], "unranked");
    let detail = wrong["detail"].as_str().unwrap();
    assert!(detail.contains("with status 404, 200 was expected"), "{detail}");
    assert_eq!(entry(&cases[1], "stdlib sync")["state"], "ranked");
}

/// What the target answers to one call, over a connection of its own: head and body.
fn answer_to(target: &Target, call: &Call) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(target.address()).unwrap();
    let fields: String = call.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let (method, path, length) = (&call.method, &call.target, call.body.len());
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: {length}\r\n{fields}\r\n"
    );
    stream.write_all(&[head.as_bytes(), &call.body].concat()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap_or_else(|| panic!("{call:?}"));
    let body = answer.split_off(end + 4);
    (String::from_utf8(answer).unwrap(), body)
}

fn status_of(target: &Target, call: &Call) -> u16 {
    let (head, _) = answer_to(target, call);
    head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("{call:?}: {head}"))
}

#[test]
fn every_operation_of_httpbin_answers_as_described() {
    let target = Target::start();
    let description = Description::read(&std::fs::read_to_string(HTTPBIN).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for (name, call) in description.calls(42, false) {
        let call = call.unwrap_or_else(|unmade| panic!("{name}: {unmade}"));
        let status = status_of(&target, &call);
        if !Expected::read(&call.expected).unwrap().accepts(status) {
            wrong.push(format!("{name}: {status} for {}, {:?} expected", call.target, call.expected));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_description_of_the_target_itself_becomes_calls() {
    let target = Target::start();
    let document = Call {
        name: String::new(),
        method: "GET".to_owned(),
        target: "/openapi.json".to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
        expected: vec!["200".to_owned()],
    };
    let (_, body) = answer_to(&target, &document);
    let description = Description::read(&String::from_utf8(body).unwrap()).unwrap();
    let (made, left_out): (Vec<_>, Vec<_>) =
        description.calls(1, false).into_iter().partition(|(_, call)| call.is_ok());
    assert!(made.len() > 50, "{} made, {left_out:?}", made.len());
}
