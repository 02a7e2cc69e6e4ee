//! `--audit`: the record against the ledger of the target, of an honest one and of a liar.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use crate::support::{Dyno, Finished, Target, eventually};

/// The audit of the newest record.
fn audit_of(dyno: &Dyno, done: &Finished) -> Value {
    let record = dyno.latest();
    assert!(record["audit"].is_object(), "{done:?}");
    record["audit"].clone()
}

#[track_caller]
fn check_agrees(flags: &[&str], path: &str, compared: usize) {
    let (dyno, target) = (Dyno::new(), Target::start());
    let mut audit = Value::Null;
    // A busy machine may make the run itself doubtful, and so invalid; the accounts have to agree all the same.
    eventually(0, || {
        let done = dyno.http(&target, &[&["--audit"], flags].concat(), path);
        audit = audit_of(&dyno, &done);
        assert_eq!(audit["state"], "agrees", "{}", done.stdout);
        assert!(done.stdout.contains("agrees    requests: "), "{}", done.stdout);
        done
    });
    assert_eq!(audit["checks"].as_array().unwrap().len(), compared, "{audit:#}");
}

#[test]
fn a_lean_run_and_its_ledger_agree_exactly() {
    check_agrees(&["-n", "400", "-c", "4", "-w", "0"], "/delay/5ms", 6);
}

#[test]
fn an_open_loop_with_a_warm_up_agrees_in_rate_and_gaps() {
    check_agrees(&["-q", "200", "-z", "2s", "-w", "500ms"], "/delay/20ms", 8);
}

#[test]
fn a_general_run_with_several_statuses_agrees() {
    check_agrees(&["-n", "200", "-c", "4", "-w", "0", "--cookies"], "/status/200:0.5,201:0.5", 6);
}

#[test]
fn a_plan_on_the_embedded_target_can_be_audited() {
    let dyno = Dyno::new();
    let plan = "target: { embedded: {} }\nload: { closed: { users: 4 } }\nphases: { measure: 1s }\n\
                scenarios:\n  - name: shop\n    steps: [ { get: /items/1 }, { post: /orders, json: { a: 1 } } ]\n";
    std::fs::write(dyno.path("plan.yaml"), plan).unwrap();
    let done = dyno.run(&["run", "plan.yaml", "--audit"]);
    let audit = audit_of(&dyno, &done);
    assert_eq!(audit["state"], "agrees", "{}", done.stdout);
    assert!(audit["ledger"]["status_codes"]["201"].as_u64().unwrap() > 0, "{audit:#}");
}

/// A server that answers everything with a line, and questions for the ledger by `ledger` and the requests so far.
fn serve(ledger: fn(u64) -> String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicU64::new(0));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let requests = Arc::clone(&requests);
            std::thread::spawn(move || answer_all(stream, &requests, ledger));
        }
    });
    url
}

fn answer_all(mut stream: TcpStream, requests: &AtomicU64, ledger: fn(u64) -> String) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    while let Some(Ok(start)) = lines.next() {
        let is_tagged = lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty());
        let is_tagged = is_tagged.fold(false, |found, line| found | line.starts_with("x-dyno-run"));
        let body = if start.contains("/__truth/") {
            ledger(requests.load(Ordering::Relaxed))
        } else {
            requests.fetch_add(u64::from(is_tagged), Ordering::Relaxed);
            "served\n".to_owned()
        };
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

#[test]
fn a_server_without_a_ledger_is_told_before_the_run() {
    let url = serve(|_| "<html>not found</html>".to_owned());
    let done = Dyno::new().run(&["http", "--audit", "-n", "10", "-w", "0", &url]);
    assert_eq!((done.code, done.stdout.as_str()), (5, ""));
    assert!(done.stderr.contains("keeps no ledger"), "{}", done.stderr);
    assert!(done.stderr.contains("hint: leave out `--audit`"), "{}", done.stderr);
}

#[test]
fn a_ledger_that_differs_makes_the_run_invalid() {
    let url = serve(|requests| match requests {
        0 => r#"{"run":"x","error":"no request had this tag"}"#.to_owned(),
        _ => {
            let times =
                r#"{"count":0,"min":0,"mean":0,"deviation":0,"p50":0,"p90":0,"p99":0,"p99_9":0,"max":0}"#;
            // Seven requests less than came.
            format!(
                r#"{{"run":"x","requests":{},"answered":0,"cut":0,"bytes_received":1,"bytes_sent":0,"connections":1,
                "status_codes":{{"200":50}},"first_arrival_ns":0,"last_arrival_ns":0,"gaps_ns":{times},
                "service_time_ns":{times}}}"#,
                requests - 7
            )
        }
    });
    let dyno = Dyno::new();
    let done = dyno.run(&["http", "--audit", "-n", "50", "-c", "1", "-w", "0", &url]);
    assert_eq!(done.code, 3, "{}", done.stdout);
    assert!(done.stdout.contains("DIFFERS   requests: 50 were sent, 43 arrived"), "{}", done.stdout);
    let record = dyno.latest();
    assert_eq!(record["validity"]["reasons"][0]["code"], "ledger_differs");
    assert_eq!(record["audit"]["state"], "differs");
}

#[test]
fn several_targets_cannot_be_audited_at_once() {
    let (one, other) = (Target::start(), Target::start());
    let done = Dyno::new().run(&["http", "--audit", &one.url("/json"), &other.url("/json")]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.stderr.contains("`--audit` needs one target"), "{}", done.stderr);
}
