//! slowhttptest: clients that send or read as slowly as they can are cut off, and others are served meanwhile.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dyno_server::RunningServer;

use crate::report::Suite;
use crate::{echo, foreign};

fn impatient_server() -> RunningServer {
    echo::start_with(|limits| {
        limits.http1.head_time_max = Duration::from_secs(1);
        limits.http1.body_read_time_max = Duration::from_secs(1);
        limits.connections.write_stall_time_max = Duration::from_secs(1);
    })
}

/// The program, set to open 30 connections at once for at most a minute.
fn attack(program: &Path, server: &RunningServer, path: &str, flags: &[&str]) -> Command {
    let url = format!("http://{}{path}", server.local_addrs()[0]);
    let mut command = Command::new(program);
    command.args(["-c", "30", "-r", "30", "-l", "60", "-p", "5", "-u", &url]).args(flags);
    command
}

/// Attacks until no connection is left; the server must have closed them all.
#[track_caller]
fn check_closed(suite: &'static str, flags: &[&str]) {
    let Some(program) = foreign::program("slowhttptest", "conformance: slowhttptest") else { return };
    let server = impatient_server();
    let said = foreign::said(&foreign::output(&mut attack(&program, &server, "/", flags)));
    let said = without_colours(&said);
    let mut suite = Suite::new(suite).with_peer(foreign::version(&program, "-h"));
    let is = |holds: bool| if holds { Ok(()) } else { Err(said.clone()) };
    suite.take("closes every slow connection", is(said.contains("Exit status: No open connections left")));
    suite.take("serves others meanwhile", is(said.contains("service available:   YES")));
    suite.take("never refuses others", is(!said.contains("service available:   NO")));
    suite.finish();
}

#[test]
fn slow_heads() {
    check_closed("HTTP/1.1: slow heads", &["-H", "-i", "5"]);
}

#[test]
fn slow_bodies() {
    check_closed("HTTP/1.1: slow bodies", &["-B", "-i", "5", "-s", "8192"]);
}

/// The attacker looks at its sockets rarely, so the server is asked how many connections it still has.
#[test]
fn slow_readers() {
    let Some(program) = foreign::program("slowhttptest", "conformance: slowhttptest") else { return };
    let server = impatient_server();
    let flags = ["-X", "-n", "20", "-w", "512", "-y", "1024", "-z", "32"];
    let mut command = attack(&program, &server, "/large", &flags);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let (mut most, mut is_served) = (0, true);
    let deadline = Instant::now() + Duration::from_secs(30);
    // Every look is a request of a client that is not slow.
    while Instant::now() < deadline && (most < 30 || server.connection_count() > 1) {
        is_served &= is_answered(server.local_addrs()[0]);
        most = most.max(server.connection_count());
    }
    let left = server.connection_count();
    child.kill().unwrap();
    child.wait().unwrap();
    let mut suite = Suite::new("HTTP/1.1: slow readers").with_peer(foreign::version(&program, "-h"));
    let is = |holds: bool| if holds { Ok(()) } else { Err(format!("{left} of {most} connections are left")) };
    suite.take("resets every slow reader", is(left <= 1));
    suite.take("serves others meanwhile", is(is_served));
    suite.finish();
}

fn is_answered(address: SocketAddr) -> bool {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).is_ok() && answer.ends_with("GET / a")
}

/// Drops terminal sequences (`ESC [ … letter`).
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| {
        let end = part.find(|letter: char| letter.is_ascii_alphabetic()).map_or(0, |at| at + 1);
        plain + &part[end..]
    })
}
