//! The target on port 0: asked by a client of its own, and by curl as a stranger would.

use std::io::Write;
use std::process::Command;
use std::time::Duration;

use crate::query::{decoded, decoded_path, parse_duration};
use crate::*;

pub(crate) mod client;
mod faults;
mod httpbin;
mod ledger;
mod load_core;
mod operations;
mod protocol;
mod timing;

fn start() -> RunningTarget {
    let listen = vec!["127.0.0.1:0".parse().unwrap()];
    serve(TargetOptions { listen, threads: 1, ..TargetOptions::default() }).unwrap()
}

/// Says that a test has nothing to test with, where the summary of all tests finds it.
fn skip(why: &str) {
    println!("skipped: {why}");
    if let Some(log) = std::env::var_os("DYNO_SKIP_LOG") {
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(log).unwrap();
        writeln!(file, "target: {why}").unwrap();
    }
}

/// What curl prints; `None` where it is not installed.
fn curl(target: &RunningTarget, path: &str, arguments: &[&str]) -> Option<String> {
    let url = format!("http://{}{path}", target.local_addrs()[0]);
    match Command::new("curl").args(["-sS", "-m", "10"]).args(arguments).arg(url).output() {
        Ok(output) => Some(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()),
        Err(_) => {
            skip("curl is not installed");
            None
        }
    }
}

/// Asks a target of its own by curl.
#[track_caller]
fn check(path: &str, arguments: &[&str], part: &str) {
    let target = start();
    let Some(answer) = curl(&target, path, arguments) else { return };
    assert!(answer.contains(part), "{path} gave {answer:?}, without {part:?}");
}

#[test]
fn the_self_signed_certificate_is_valid_for_this_machine() {
    let listen_tls = vec!["127.0.0.1:0".parse().unwrap()];
    let target = serve(TargetOptions {
        listen_tls,
        tls: Some(TargetTls::SelfSigned),
        threads: 1,
        ..TargetOptions::default()
    })
    .unwrap();
    let directory = tempfile::tempdir().unwrap();
    let pem = directory.path().join("ca.pem");
    std::fs::write(&pem, target.self_signed_pem().unwrap()).unwrap();
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("https://{host}:{}/plaintext", target.tls_addrs()[0].port());
        let Ok(output) =
            Command::new("curl").args(["-sS", "-m", "10", "--cacert"]).arg(&pem).arg(&url).output()
        else {
            return skip("curl is not installed");
        };
        assert_eq!(output.stdout, b"Hello, World!", "{}", String::from_utf8_lossy(&output.stderr));
    }
    let without =
        serve(TargetOptions { listen_tls: vec!["127.0.0.1:0".parse().unwrap()], ..TargetOptions::default() });
    assert!(matches!(without, Err(TargetError::NoCertificate)));
}

#[test]
fn quantities_and_escapes_are_read() {
    for (text, expected) in [
        ("1.5", Some(1_500_000_000)),
        ("10ms", Some(10_000_000)),
        ("250us", Some(250_000)),
        ("100ns", Some(100)),
        ("2m", Some(120_000_000_000)),
        ("0", Some(0)),
        ("", None),
        ("-1s", None),
        ("1h", None),
        ("1.2.3s", None),
    ] {
        assert_eq!(parse_duration(text), expected.map(Duration::from_nanos), "{text}");
    }
    assert_eq!(decoded("a%20b+c%zz%"), "a b c%zz%");
    assert_eq!(decoded_path("a%20b+c%zz%"), "a b+c%zz%");
}
