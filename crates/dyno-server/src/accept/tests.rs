//! Who is let in; running out of descriptors is played in a process of its own.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::admission::Admission;
use crate::limits::ConnectionLimits;
use crate::*;

const IN_CHILD: &str = "DYNO_SERVER_TEST_WITHOUT_DESCRIPTORS";

struct Hello;

impl Handler for Hello {
    fn answer(&self, _: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
        response.respond(200, "text/plain", b"hello");
        Action::Done
    }
}

struct Never;

impl Handler for Never {
    fn answer(&self, _: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
        response.informational(103, &[]);
        Action::Later(Box::pin(std::future::pending()))
    }
}

fn start(limits: Limits) -> RunningServer {
    Server::builder().listen("127.0.0.1:0".parse().unwrap()).limits(limits).start(|_| Hello).unwrap()
}

/// Asks once; true when there was an answer, false when the connection was closed without one.
fn is_answered(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut answer = [0; 200];
    match stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").and_then(|()| stream.read(&mut answer)) {
        Ok(count) => count > 0,
        Err(error) => {
            assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "the server let a client hang");
            false
        }
    }
}

#[test]
fn a_peer_has_its_limit_and_this_machine_has_none() {
    let limits = ConnectionLimits { per_peer_max: 2, count_max: Some(6), ..ConnectionLimits::default() };
    let admission = Arc::new(Admission::new(&limits));
    let admit = |peer: &str| Admission::admit(&admission, Some(peer.parse::<IpAddr>().unwrap()));
    let held: Vec<_> = (0..3).map(|_| admit("192.0.2.1")).collect();
    assert_eq!(held.iter().flatten().count(), 2);
    assert!(admit("192.0.2.2").is_some());
    let local: Vec<_> = (0..5).map(|_| admit("::ffff:127.0.0.1")).collect();
    assert_eq!(local.iter().flatten().count(), 4, "the limit of the server stays");
    assert_eq!(admission.count(), 6);
    drop((held, local));
    assert_eq!(admission.count(), 0);
    assert!(admit("192.0.2.1").is_some());
}

#[test]
fn without_a_limit_of_its_own_a_server_leaves_a_tenth_of_the_descriptors() {
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let admission = Arc::new(Admission::new(&ConnectionLimits::default()));
    let expected = usize::try_from(descriptors / 10 * 9).unwrap_or(usize::MAX).min(50_000);
    let held: Vec<_> = std::iter::from_fn(|| Admission::admit(&admission, None)).take(50_001).collect();
    assert_eq!(held.len(), expected);
}

#[test]
fn a_stop_waits_as_long_as_the_limits_say() {
    let mut limits = Limits::default();
    limits.connections.shutdown_time_max = Duration::from_millis(100);
    let server =
        Server::builder().listen("127.0.0.1:0".parse().unwrap()).limits(limits).start(|_| Never).unwrap();
    let mut waiting = TcpStream::connect(server.local_addrs()[0]).unwrap();
    waiting.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    // The interim answer shows that the request has begun.
    assert!(waiting.read(&mut [0; 100]).unwrap() > 0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let report = runtime.block_on(server.shutdown());
    assert_eq!(report, ShutdownReport { cut_connections: 1, cut_requests: 1 });
}

#[test]
fn connections_above_the_limit_are_closed_at_once() {
    let mut limits = Limits::default();
    limits.connections.count_max = Some(2);
    let server = start(limits);
    let mut open: Vec<_> = (0..2).map(|_| TcpStream::connect(server.local_addrs()[0]).unwrap()).collect();
    assert!(open.iter_mut().all(is_answered));
    assert!(!is_answered(&mut TcpStream::connect(server.local_addrs()[0]).unwrap()));
    assert!(is_answered(&mut open[0]));
}

#[test]
fn without_descriptors_the_server_neither_hangs_nor_dies() {
    if std::env::var_os(IN_CHILD).is_some() {
        return run_out_of_descriptors();
    }
    let name = "accept::tests::without_descriptors_the_server_neither_hangs_nor_dies";
    let status =
        Command::new(std::env::current_exe().unwrap()).args(["--exact", name]).env(IN_CHILD, "1").status();
    assert!(status.unwrap().success());
}

fn run_out_of_descriptors() {
    let server = start(Limits::default());
    let address = server.local_addrs()[0];
    let mut served = TcpStream::connect(address).unwrap();
    assert!(is_answered(&mut served));
    // Everything that is free is taken, so that accepting fails.
    let old = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(64), maximum: old.maximum }).unwrap();
    let mut fillers: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
    assert!(is_answered(&mut served));
    // The client's own end needs the place of one filler.
    drop(fillers.pop());
    let mut refused = TcpStream::connect(address).unwrap();
    assert!(!is_answered(&mut refused), "the reserve closes what cannot be served");
    drop((refused, fillers));
    assert!(is_answered(&mut TcpStream::connect(address).unwrap()), "served again");
}
