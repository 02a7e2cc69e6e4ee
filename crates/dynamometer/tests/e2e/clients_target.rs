//! What `dyno clients compare` does with a target of one's own: one that is not there, and what must not be told of it.

use serde_json::Value;

use super::support::{Dyno, Target};

/// A short contest.
const SHORT: [&str; 7] = ["--blocks", "2", "--segment", "60ms", "-w", "60ms", "--json"];

#[test]
fn a_target_that_is_not_there_is_said_before_anybody_plays() {
    let dyno = Dyno::new();
    let url = "http://127.0.0.1:1/";
    let finished = dyno.run(&[&["clients", "compare", "stdlib", "--url", url], SHORT.as_slice()].concat());
    assert_eq!((finished.code, finished.stdout.as_str()), (5, ""), "{finished:?}");
    assert!(finished.stderr.contains("cannot connect to http://127.0.0.1:1"), "{finished:?}");
    assert!(finished.stderr.contains("is the server running?"), "{finished:?}");
}

#[test]
fn credentials_are_known_by_name_and_are_in_no_record() {
    let dyno = Dyno::new();
    let secrets = ["qqq-of-query", "qqq-of-field", "qqq-of-body"];
    let target = Target::start();
    let url = target.url(&format!("/echo?api_key={}", secrets[0]));
    let field = format!("X-Session-Token: {}", secrets[1]);
    let body = format!(r#"{{"password": "{}"}}"#, secrets[2]);
    let wanted = ["clients", "compare", "stdlib", "--no-floor", "--url", &url, "-H", &field, "--data", &body];
    let finished = dyno.run(&[wanted.as_slice(), SHORT.as_slice()].concat());
    assert!([0, 3].contains(&finished.code), "{finished:?}");
    let record: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert!(record["case"]["url"].as_str().unwrap().contains("/echo?api_key="), "{record:#}");
    for secret in secrets {
        assert!(!finished.stdout.contains(secret), "{secret}: {record:#}");
    }
}
