//! `dyno serve`: what its flags change, what it says, and how it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::{Dyno, until};

/// A `dyno serve` on a port of its own; ends with its test.
struct Served {
    child: Child,
    announced: Value,
}

impl Served {
    fn start(dyno: &Dyno, flags: &[&str]) -> Self {
        let mut command: Command = dyno.command(&[&["serve", "--json"], flags].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let announced = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Self { child, announced }
    }

    /// Sends a request to the first plain address; gives the whole answer.
    fn ask(&self, request: &str) -> String {
        let url = self.announced["listen"][0].as_str().unwrap();
        exchange(TcpStream::connect(url.trim_start_matches("http://")).unwrap(), request)
    }

    fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"))
    }

    /// Asks it to drain, and gives its exit code and what it said.
    fn drain(mut self) -> (i32, String) {
        let answer = self.ask("POST /__drain HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code().unwrap_or(-1), said)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn exchange(mut stream: impl Read + Write, request: &str) -> String {
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn it_ends_in_order_when_asked_to_drain() {
    let dyno = Dyno::new();
    let served = Served::start(&dyno, &["--listen", "127.0.0.1:0"]);
    assert!(served.get("/plaintext").ends_with("\r\n\r\nHello, World!"));
    let (code, said) = served.drain();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("stopped; 0 connections were cut in a request"), "{said}");
    assert!(!said.contains("warning"), "{said}");
}

#[test]
fn bounds_faults_and_variables_follow_the_flags() {
    let dyno = Dyno::new();
    let plain = Served::start(&dyno, &["--listen", "127.0.0.1:0"]);
    let chaos = "GET /plaintext HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-chaos: status=503\r\n\r\n";
    assert!(plain.ask(chaos).starts_with("HTTP/1.1 200 "));
    assert!(plain.get("/bytes/2000000").starts_with("HTTP/1.1 400 "));
    let flags = ["--listen", "127.0.0.1:0", "--max-body", "2MB", "--max-duration", "5ms", "--chaos"];
    let told = Served::start(&dyno, &[&flags[..], &["--profile", "edge", "--threads", "2"]].concat());
    assert!(told.ask(chaos).starts_with("HTTP/1.1 503 "));
    assert!(told.get("/bytes/2000000").starts_with("HTTP/1.1 200 "));
    assert!(told.get("/delay/6ms").starts_with("HTTP/1.1 400 "));
    let config = told.get("/__config");
    assert!(config.contains(r#""threads":2,"body_bytes_max":2000000,"duration_max_ns":5000000"#), "{config}");
    assert!(config.contains(r#""profile":"edge""#), "{config}");
}

#[test]
fn what_others_can_reach_is_warned_of() {
    let dyno = Dyno::new();
    let served = Served::start(&dyno, &["--listen", "0.0.0.0:0"]);
    // Any address of this machine reaches it, the loopback address as well.
    let url = served.announced["listen"][0].as_str().unwrap().replace("0.0.0.0", "127.0.0.1");
    let mut served = served;
    served.announced["listen"][0] = Value::from(url);
    let (_, said) = served.drain();
    assert!(said.contains("can be reached from other machines"), "{said}");
}

#[test]
fn unix_sockets_and_tls_ports_are_told() {
    let dyno = Dyno::new();
    let socket = dyno.path("target.sock");
    let flags = ["--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0", "--self-signed"];
    let served = Served::start(&dyno, &[&flags[..], &["--unix-socket", socket.to_str().unwrap()]].concat());
    assert!(served.announced["listen_tls"][0].as_str().unwrap().starts_with("https://127.0.0.1:"));
    let answer = exchange(
        UnixStream::connect(&socket).unwrap(),
        "GET /ip HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    );
    assert!(answer.ends_with("{\"origin\":\"unix\"}\n"), "{answer}");
    assert_eq!(served.drain().0, 0);
    until("the socket's file is gone", || !socket.exists());
}

#[test]
fn what_does_not_fit_together_is_a_usage_error() {
    let dyno = Dyno::new();
    for flags in [
        &["--listen-tls", "127.0.0.1:0"][..],
        &["--self-signed"],
        &["--http3"],
        &["--cert", "a.pem"],
        &["--max-body", "1"],
        &["--max-duration", "10"],
        &["--profile", "none"],
    ] {
        let done = dyno.run(&[&["serve"], flags].concat());
        assert_eq!(done.code, 2, "{flags:?}: {done:?}");
    }
}
