//! Every operation of the OpenAPI document is asked as the document says, and gives what the document says.

use std::process::Command;

use serde_json::Value;

use super::client::{Answer, ask, exchange, get, read_answer, request};
use super::{skip, start};

#[test]
fn every_operation_gives_its_known_answer() {
    let target = start();
    let document = get(&target, "/openapi.json").json();
    let mut asked = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            check(&target, path, &method.to_ascii_uppercase(), &operation["x-example"]);
            asked += 1;
        }
    }
    assert!(asked > 150, "only {asked} operations were asked");
}

fn check(target: &crate::RunningTarget, path: &str, method: &str, example: &Value) {
    let what = format!("{method} {path}");
    let headers: Vec<(&str, &str)> = example["headers"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect();
    let (at, body) = (example["target"].as_str().unwrap(), example["body"].as_str().unwrap());
    if example["broken"].is_string() {
        // A fault that never ends has a test of its own; the others must not look like an answer.
        if !matches!(path, "/fault/no-reply" | "/fault/endless-head") {
            let bytes = exchange(target, &request(method, at, &headers, body));
            let read = read_answer(&bytes, method);
            let is_broken = read.is_err() || method == "HEAD";
            assert!(is_broken, "{what} gave an answer: {read:?}");
        }
        return;
    }
    let answer = ask(target, method, at, &headers, body);
    assert_eq!(u64::from(answer.status), example["status"].as_u64().unwrap(), "{what}: {}", answer.text());
    let content_type = example["content_type"].as_str().unwrap();
    assert_eq!(answer.header("content-type"), content_type, "{what}");
    assert!(!answer.header("date").is_empty(), "{what} has no date");
    if method != "HEAD" {
        check_body(&what, example, &answer);
    }
}

fn check_body(what: &str, example: &Value, answer: &Answer) {
    let text = answer.text();
    if let Some(whole) = example["body_is"].as_str() {
        assert_eq!(text, whole, "{what}");
    } else if let Some(part) = example["body_has"].as_str() {
        let start: String = text.chars().take(300).collect();
        assert!(text.contains(part), "{what} gave {start:?} without {part:?}");
    } else {
        let bytes = example["body_bytes"].as_u64().expect("every example knows something of its body");
        assert_eq!(answer.body.len() as u64, bytes, "{what}");
    }
}

#[test]
fn head_has_the_fields_of_get() {
    let target = start();
    for path in ["/plaintext", "/html", "/bytes/10", "/static/app.js", "/image/png", "/range/30"] {
        let (with, without) = (get(&target, path), ask(&target, "HEAD", path, &[], ""));
        let fields = |answer: &Answer| {
            let mut fields = answer.headers.clone();
            fields.retain(|(name, _)| name != "date");
            fields
        };
        assert_eq!(fields(&with), fields(&without), "{path}");
    }
}

#[test]
fn other_methods_are_told_what_is_allowed() {
    let target = start();
    let refused = ask(&target, "PUT", "/json", &[], "");
    assert_eq!((refused.status, refused.header("allow")), (405, "GET, HEAD, OPTIONS"));
    let preflight = ask(&target, "OPTIONS", "/json", &[("origin", "http://page.test")], "");
    assert_eq!((preflight.status, preflight.header("allow")), (204, "GET, HEAD, OPTIONS"));
    assert_eq!(preflight.header("access-control-allow-origin"), "http://page.test");
    assert_eq!(preflight.header("access-control-max-age"), "3600");
    let asks = [("origin", "http://page.test"), ("access-control-request-method", "PUT")];
    let preflight = ask(&target, "OPTIONS", "/anything", &asks, "");
    assert_eq!(preflight.status, 204);
    assert!(preflight.header("access-control-allow-methods").contains("PUT"), "{preflight:?}");
    assert_eq!(ask(&target, "OPTIONS", "/anything", &[], "").json()["method"], "OPTIONS");
    assert_eq!(get(&target, "/nowhere").status, 404);
    assert_eq!(get(&target, "/orders").status, 405);
    let list = get(&target, "/").text();
    for family in crate::Family::ALL {
        assert!(list.contains(family.title()), "{family} is not listed");
        for doc in crate::routes(family) {
            assert!(list.contains(doc.path) && list.contains(doc.line), "{} is not listed", doc.path);
        }
    }
}

#[test]
fn the_document_is_valid_openapi() {
    let script = "import json, sys\n\
                  from openapi_spec_validator import validate\n\
                  validate(json.load(sys.stdin))\n\
                  print('valid')";
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/foreign/python-peers/bin/python");
    let knows = |python: &&str| {
        let import = Command::new(python).args(["-c", "import openapi_spec_validator"]).output();
        import.is_ok_and(|output| output.status.success())
    };
    let Some(python) = [own, "python3"].into_iter().find(knows) else {
        return skip("Python has no openapi-spec-validator");
    };
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), get(&start(), "/openapi.json").body).unwrap();
    let stdin = std::fs::File::open(file.path()).unwrap();
    let output = Command::new(python).args(["-c", script]).stdin(stdin).output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "valid\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
