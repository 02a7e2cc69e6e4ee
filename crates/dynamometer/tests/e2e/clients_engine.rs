//! `dyno` itself as a worker: it keeps the protocol, sends what other floors send, and names what it cannot do.

use serde_json::Value;

use super::clients::{SHORT, entry, record};
use super::support::{Dyno, Target};

/// A contest in which the engine plays against the raw sockets of Python.
fn with_engine(dyno: &Dyno, more: &[&str]) -> Value {
    let clients = ["clients", "compare", "raw:sync", "dyno", "--no-floor"];
    record(&dyno.run(&[&clients[..], more, SHORT.as_slice()].concat()))
}

#[test]
fn the_engine_keeps_the_protocol_like_any_worker() {
    let dyno = Dyno::new();
    let checked = dyno.run(&["clients", "check", "dyno"]);
    assert_eq!(checked.code, 0, "{checked:?}");
    assert!(checked.stdout.contains("holds") && !checked.stdout.contains("broken"), "{}", checked.stdout);
    assert!(!dyno.run(&["--help"]).stdout.contains("worker of a contest"), "nobody needs it by hand");
}

#[test]
fn the_engine_sends_the_bytes_that_another_floor_sends() {
    let dyno = Dyno::new();
    let asked = ["-X", "POST", "--data", "every byte of it", "-H", "x-mine: 1", "--lanes", "2"];
    for more in [&asked[..], &["-X", "PUT", "--upload", "70000B"], &["--download", "100000B"]] {
        let record = with_engine(&dyno, more);
        let seen = |label: &str| {
            let entry = entry(&record, label);
            assert_eq!(
                (&entry["state"], &entry["wire"]["findings"]),
                (&"ranked".into(), &Value::Null),
                "{entry}"
            );
            let mut fields: Vec<String> = serde_json::from_value(entry["wire"]["fields"].clone()).unwrap();
            fields.sort();
            (fields, entry["wire"]["request_bytes"].clone(), entry["wire"]["arrived"].clone())
        };
        assert_eq!(seen("dyno async"), seen("raw sync"), "{more:?}");
    }
}

#[test]
fn the_engine_honours_what_is_asked_or_names_it() {
    let dyno = Dyno::new();
    let engine = |more: &[&str]| entry(&with_engine(&dyno, more), "dyno async").clone();
    let closing = engine(&["--disable-keepalive", "--lanes", "2"]);
    assert_eq!(
        (&closing["state"], &closing["wire"]["findings"]),
        (&"ranked".into(), &Value::Null),
        "{closing}"
    );
    assert_eq!(closing["wire"]["connections"], closing["wire"]["arrived"], "{closing}");
    let paced = engine(&["--rate", "200"]);
    assert!(paced["segments"].as_array().unwrap().iter().all(|segment| segment["ok"] == 12), "{paced}");
    let over_tls = engine(&["--tls", "on"]);
    assert_eq!(over_tls["state"], "ranked", "{over_tls}");
    assert!(over_tls["wire"]["tls"]["resumed"].as_u64() > Some(0), "{over_tls}");
    let target = Target::start();
    let followed = engine(&["--url", &target.url("/redirect/2"), "--redirects", "3"]);
    assert_eq!(
        (&followed["state"], &followed["wire"]["follows_redirects"]),
        (&"ranked".into(), &true.into())
    );
    for (more, reason) in [
        (&["--http", "2"][..], "http: dyno asks over HTTP/1.1 only, not HTTP/2"),
        (&["-X", "STREAM"], "requests.method: dyno counts no chunks of a body (stream)"),
        (&["--retries", "2"], "retries: dyno repeats nothing: a failure is a result"),
    ] {
        let skipped = engine(more);
        assert_eq!((&skipped["state"], &skipped["detail"]), (&"skipped".into(), &reason.into()), "{skipped}");
    }
}
