//! The target on port 0, asked by curl as a stranger would, and by raw sockets where curl is too kind.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::query::{decoded, parse_duration};
use crate::*;

fn start() -> RunningTarget {
    let listen = vec!["127.0.0.1:0".parse().unwrap()];
    serve(TargetOptions { listen, threads: 1, ..TargetOptions::default() }).unwrap()
}

/// What curl prints; `None` where it is not installed, so that the test says so and passes.
fn curl(target: &RunningTarget, path: &str, arguments: &[&str]) -> Option<String> {
    let url = format!("http://{}{path}", target.local_addrs()[0]);
    match Command::new("curl").args(["-sS", "-m", "10"]).args(arguments).arg(url).output() {
        Ok(output) => Some(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()),
        Err(_) => {
            println!("skipped: curl is not installed");
            None
        }
    }
}

#[track_caller]
fn check(path: &str, arguments: &[&str], part: &str) {
    let target = start();
    let Some(answer) = curl(&target, path, arguments) else { return };
    assert!(answer.contains(part), "{path} gave {answer:?}, without {part:?}");
}

fn raw(target: &RunningTarget, path: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(target.local_addrs()[0]).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

fn json_of(target: &RunningTarget, path: &str) -> Value {
    let answer = String::from_utf8(raw(target, path)).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn every_listed_route_exists_and_refuses_other_methods() {
    let target = start();
    for doc in routes() {
        let path = doc.path.replace("{n}", "1").replace("{*}", "x").replace("{codes}", "200");
        if path.starts_with("/fault/") || doc.methods == "POST" {
            continue;
        }
        let status = String::from_utf8_lossy(&raw(&target, &path))[9..12].to_owned();
        assert!(matches!(&*status, "200" | "302" | "400" | "401" | "404"), "{path} gave {status}");
        if doc.path != "/__truth/{run}" {
            assert_ne!(status, "404", "{path}");
        }
    }
    check("/json", &["-X", "PUT", "-i"], "allow: GET, HEAD");
    check("/orders", &["-i"], "405 Method Not Allowed");
    check("/nowhere", &["-i"], "404");
    check("/", &[], "/plaintext ");
}

#[test]
fn the_load_core_answers() {
    check("/plaintext", &["-i"], "content-length: 13\r\n");
    check("/plaintext", &["-I"], "200 OK");
    check("/json", &[], r#"{"message":"Hello, World!"}"#);
    check("/echo", &["-d", "a=b", "-H", "content-type: text/x", "-i"], "content-type: text/x");
    check("/upload", &["-d", "12345"], "5\n");
    check("/items/7", &[], r#"{"id":"7","price":"#);
    check("/orders", &["-d", "{}"], r#"{"id":1,"#);
    check("/login", &["-d", "{}", "-i"], "set-cookie: session=");
    check("/status/503", &["-i"], "503 Service Unavailable");
    check("/status/200:0,404:1", &["-i"], "404 Not Found");
    check("/status/abc", &["-i"], "400");
    check("/bytes/10", &["-o", "/dev/null", "-w", "%{size_download}"], "10");
    check("/bytes/3000000", &["-o", "/dev/null", "-w", "%{size_download}"], "3000000");
    check("/bytes/99999999999", &["-i"], "400");
}

#[test]
fn bodies_depend_on_the_seed_only() {
    let target = start();
    let body = |path: &str| {
        let answer = raw(&target, path);
        let start = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
        answer[start..].to_vec()
    };
    assert_eq!(body("/bytes/1000?seed=1"), body("/bytes/1000?seed=1"));
    assert_ne!(body("/bytes/1000?seed=1"), body("/bytes/1000?seed=2"));
    assert!(body("/bytes/200000?seed=1").starts_with(&body("/bytes/1003?seed=1")));
}

#[test]
fn the_httpbin_routes_answer() {
    check("/redirect/3", &["-L", "-w", "%{num_redirects}"], "3");
    check("/redirect-loop", &["-L", "--max-redirs", "5"], "redirects followed");
    check("/cookies/set?a=b", &["-L", "-c", "/dev/null", "-b", ""], r#"{"cookies":{"a":"b"}}"#);
    check("/basic-auth/me/secret", &["-u", "me:secret"], r#""authenticated":true"#);
    check("/basic-auth/me/secret", &["-u", "me:wrong", "-i"], "401");
    check("/bearer", &["-H", "Authorization: Bearer abc"], r#""token":"abc""#);
    check("/headers", &["-H", "X-A: b"], r#""X-A":["b"]"#);
    check("/anything/x?a=1&a=2", &["-d", "{\"k\":1}"], r#""args":{"a":["1","2"]}"#);
    check("/stream/3", &["-i"], "transfer-encoding: chunked");
    check("/stream/100000", &["-o", "/dev/null", "-w", "%{http_code} %{size_download}"], "200 1288890");
}

#[test]
fn faults_break_as_said() {
    check("/fault/empty", &[], "Empty reply");
    check("/fault/reset", &[], "reset by peer");
    check("/fault/truncate?at=10", &["-o", "/dev/null"], "990 bytes remaining");
    check("/fault/bad-length", &[], "Content-Length");
    check("/fault/malformed-chunk", &["-o", "/dev/null"], "curl: (56)");
    check("/fault/endless-head", &["-o", "/dev/null"], "curl: (");
    check("/fault/garbage", &[], "HTTP/0.9");
    check("/fault/no-reply", &["-m", "1"], "timed out");
    let target = start();
    assert!(raw(&target, "/fault/over-long").ends_with(b"than was promised"));
}

#[test]
fn delays_are_neither_early_nor_steps_of_a_millisecond() {
    let target = start();
    let mut stream = TcpStream::connect(target.local_addrs()[0]).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut waits = Vec::new();
    for _ in 0..50 {
        let asked = Instant::now();
        stream.write_all(b"GET /delay/1500us HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut answer = [0; 500];
        assert!(stream.read(&mut answer).unwrap() > 0);
        waits.push(asked.elapsed());
    }
    waits.sort();
    assert!(waits[0] >= Duration::from_micros(1500), "{:?}", waits[0]);
    // The machine may be busy; the fastest shows what the timer can do.
    assert!(waits[0] < Duration::from_micros(1950), "{:?}", waits[0]);
    println!("delay of 1500us: median {:?}, slowest {:?}", waits[25], waits[49]);
}

#[test]
fn the_ledger_counts_tagged_requests_only() {
    let target = start();
    for _ in 0..3 {
        raw(&target, "/plaintext?run=r1");
        raw(&target, "/plaintext");
    }
    raw(&target, "/delay/20ms?run=r1");
    raw(&target, "/status/404?run=r1");
    raw(&target, "/plaintext?run=r2");
    let truth = json_of(&target, "/__truth/r1");
    assert_eq!(truth["requests"], 5);
    assert_eq!(truth["answered"], 5);
    assert_eq!(truth["connections"], 5);
    assert_eq!(truth["status_codes"], serde_json::json!({ "200": 4, "404": 1 }));
    assert!(truth["service_time_ns"]["max"].as_u64().unwrap() >= 20_000_000);
    assert!(truth["bytes_received"].as_u64().unwrap() > 5 * 50);
    let counted: u64 =
        truth["arrivals_per_second"].as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(counted, 5);
    assert!(String::from_utf8_lossy(&raw(&target, "/__truth/none")).starts_with("HTTP/1.1 404"));
    assert!(json_of(&target, "/__clock")["now_ns"].as_u64().unwrap() > 0);
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
            println!("skipped: curl is not installed");
            return;
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
}

#[test]
fn freezes_and_capacity_hold_on_the_wire() {
    let target = start();
    let answer = String::from_utf8(raw(&target, "/pause?every=200ms&for=100ms&service=1ms")).unwrap();
    let field = |name: &str| -> u64 {
        let rest = answer.split_once(&format!("{name}: ")).unwrap().1;
        rest.split_once("\r\n").unwrap().0.parse().unwrap()
    };
    let (arrival_ns, answer_ns) = (field("x-freeze-arrival-ns"), field("x-freeze-answer-ns"));
    assert_eq!(answer_ns, pause_answer_at(arrival_ns, 200_000_000, 100_000_000, 1_000_000));
    assert!(json_of(&target, "/__clock")["now_ns"].as_u64().unwrap() >= answer_ns);

    // Five requests at 100/s, sent together: the last is done 50 ms after the first came.
    let asked = Instant::now();
    let mut stream = TcpStream::connect(target.local_addrs()[0]).unwrap();
    let mut others: Vec<TcpStream> =
        (0..4).map(|_| TcpStream::connect(target.local_addrs()[0]).unwrap()).collect();
    others.push(stream.try_clone().unwrap());
    for other in &mut others {
        other
            .write_all(b"GET /step?rps=100&queue=3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            .unwrap();
    }
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    for other in &mut others[..4] {
        other.read_to_string(&mut answers).unwrap();
    }
    let served = answers.matches("200 OK").count();
    assert!(served >= 4, "{answers}");
    assert!(asked.elapsed() >= Duration::from_millis(40));
}
