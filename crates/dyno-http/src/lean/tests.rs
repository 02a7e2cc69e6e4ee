//! The lean session against servers that do everything wrong that a server can do.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use dyno_datagen::WeightedChoice;
use dyno_engine::{Driver, DriverError, Hooks, LocalFuture, Meters, Played, TargetInfo, Worker};
use dyno_model::{
    Arrivals, Body, Connection, FailureKind, HttpPlan, HttpStep, Limits, LoadModel, OperationKind,
    OperationTable, Phases, RunPlan, Scenario, ScheduleSpec, Share, TargetKind, Template, Warmup, Workload,
};

use super::*;
use crate::endpoint::Address;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// Plays a lean plan without looking at the model's HTTP plan.
struct Lean(LeanPlan);

impl Driver for Lean {
    fn check(&self) -> LocalFuture<'_, Result<TargetInfo, DriverError>> {
        Box::pin(async { Ok(TargetInfo { description: String::new() }) })
    }

    fn work(&self, worker: Worker) -> LocalFuture<'_, Result<(), DriverError>> {
        Box::pin(async move {
            work(worker, &self.0).expect("the event loop runs");
            Ok(())
        })
    }

    fn name(&self) -> String {
        "lean".to_owned()
    }
}

/// A server that treats each connection, counted from zero, as `behave` says.
fn server(behave: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let behave = Arc::new(behave);
    std::thread::spawn(move || {
        for (index, stream) in listener.incoming().enumerate() {
            let (stream, behave) = (stream.unwrap(), Arc::clone(&behave));
            std::thread::spawn(move || behave(stream, index));
        }
    });
    address
}

/// Reads one request head; false when the client has gone.
fn read_request(stream: &mut TcpStream) -> bool {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return false,
        }
    }
    true
}

/// Answers every request with the same bytes.
fn answering(bytes: &'static [u8]) -> impl Fn(TcpStream, usize) + Send + Sync {
    move |mut stream, _| {
        while read_request(&mut stream) {
            if stream.write_all(bytes).is_err() {
                return;
            }
        }
    }
}

/// Answers one request with these bytes and closes.
fn once(bytes: &'static [u8]) -> impl Fn(TcpStream, usize) + Send + Sync {
    move |mut stream, _| {
        if read_request(&mut stream) {
            let _ = stream.write_all(bytes);
        }
    }
}

fn lean_plan(address: SocketAddr, operations: &mut OperationTable) -> LeanPlan {
    let operation = operations.add("get", OperationKind::Request);
    LeanPlan {
        endpoints: vec![Endpoint {
            tls: false,
            host: "127.0.0.1".to_owned(),
            port: address.port(),
            authority: address.to_string(),
            path_prefix: String::new(),
            addresses: vec![Address::Tcp(address)],
            server_name: None,
            user_info: None,
            resolve_time: Duration::ZERO,
        }],
        tls: None,
        requests: vec![LeanRequest {
            operation,
            bytes: vec![b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".as_slice().into()],
            is_head: false,
            accepted: vec![(200, 399)],
            is_checked: false,
        }],
        choice: WeightedChoice::new(&[1]),
        seed: 1,
        order: crate::RequestOrder::default(),
        pipeline: 1,
        keep_alive: true,
        timeout: Duration::from_millis(300),
        connect_timeout: Duration::from_millis(300),
        source_addresses: vec![],
        kept: None,
        counts_connecting: false,
    }
}

/// The plan behind the lean one: the engine only counts its scenario's arrivals.
fn http_plan(operation: OperationId) -> HttpPlan {
    let step = HttpStep {
        operation,
        method: "GET".to_owned(),
        url: Template::literal("/"),
        headers: vec![],
        body: Body::Empty,
        credentials: None,
        checks: vec![],
        extracts: vec![],
        pause_before: Duration::ZERO,
    };
    HttpPlan {
        base_urls: vec![],
        connection: Connection::default(),
        scenarios: vec![Scenario { name: "get".to_owned(), weight: 1, steps: vec![step], journey: None }],
        feeders: vec![],
        variables: vec![],
        cookies: false,
        redirects_max: 0,
        compressed: false,
    }
}

fn closed(users: u32) -> LoadModel {
    LoadModel::Closed { users, think_time: Duration::ZERO, ramp_up: Duration::ZERO }
}

fn play(address: SocketAddr, load: LoadModel, requests: u64, change: impl FnOnce(&mut LeanPlan)) -> Played {
    let mut operations = OperationTable::default();
    let mut lean = lean_plan(address, &mut operations);
    change(&mut lean);
    let limits = Limits {
        arrivals: Some(requests),
        timeout: Duration::from_millis(300),
        drain: Duration::from_millis(300),
    };
    let http = http_plan(lean.requests[0].operation);
    let plan = RunPlan {
        name: "lean".to_owned(),
        target_kind: TargetKind::External,
        load,
        phases: Phases { warmup: Warmup::None, measure: None, cooldown: Duration::ZERO },
        limits,
        seed: 1,
        share: Share::WHOLE,
        threads: 1,
        operations,
        workload: Workload::Http(Box::new(http)),
        thresholds: vec![],
    };
    let hooks = Hooks {
        observers: vec![],
        meters: Meters { sample: Box::new(|| (None, None)) },
        supervise: Box::new(|_, _| {}),
    };
    dyno_engine::run(&plan, &Lean(lean), hooks).unwrap()
}

#[track_caller]
fn check_fails(behave: impl Fn(TcpStream, usize) + Send + Sync + 'static, kind: FailureKind, message: &str) {
    let played = play(server(behave), closed(1), 3, |_| {});
    let failed = played.all.failed_by_kind[kind.index()];
    assert_eq!((played.all.ok, played.all.rejected, failed), (0, 0, 3), "{:?}", played.specimens);
    let specimen = &played.specimens[0].message;
    assert!(specimen.contains(message), "{specimen:?} does not say {message:?}");
}

#[test]
fn good_answers_are_counted_exactly() {
    for (users, requests) in [(1, 1), (4, 100), (3, 33)] {
        let played = play(server(answering(OK)), closed(users), requests, |_| {});
        assert_eq!((played.all.ok, played.all.failed()), (requests, 0), "{:?}", played.specimens);
        assert_eq!(played.connect.count(), u64::from(users));
        assert_eq!(played.all.bytes_received, requests * OK.len() as u64);
        assert_eq!(played.all.bytes_sent, requests * 27);
    }
}

#[test]
fn an_answer_in_single_bytes_is_put_together() {
    let dribble = |mut stream: TcpStream, _| {
        stream.set_nodelay(true).unwrap();
        while read_request(&mut stream) {
            let answer = b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
            for byte in answer {
                if stream.write_all(&[*byte]).is_err() {
                    return;
                }
            }
        }
    };
    let played = play(server(dribble), closed(2), 10, |_| {});
    assert_eq!((played.all.ok, played.all.failed()), (10, 0), "{:?}", played.specimens);
}

#[test]
fn failures_have_their_kind_and_their_words() {
    use FailureKind::{Closed, Protocol, Reset, Timeout};
    check_fails(|stream, _| std::mem::forget(stream), Timeout, "no complete answer within 300ms");
    check_fails(once(b""), Closed, "closed before any byte");
    check_fails(once(b"HTTP/1.1 200 OK\r\nContent-Le"), Closed, "closed inside the head");
    check_fails(
        once(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"),
        Closed,
        "5 bytes of the body missing",
    );
    check_fails(once(b"SSH-2.0-OpenSSH_9\r\n"), Protocol, "HTTP/1.");
    check_fails(
        once(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello"),
        Protocol,
        "longer than announced",
    );
    check_fails(once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), Protocol, "chunk size");
    let endless = |mut stream: TcpStream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(&[b"X-Endless: ".as_slice(), &[b'x'; 8_000], b"\r\n"].concat()).is_ok() {}
    };
    check_fails(endless, Protocol, "longer than the limit");
    let resetting = |mut stream: TcpStream, _| {
        // Closing with unread bytes makes the kernel reset the connection.
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        let _ = stream.peek(&mut [0; 1]);
    };
    check_fails(resetting, Reset, "reset");
}

#[test]
fn a_refused_connection_fails_its_arrivals() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let played = play(gone, closed(1), 3, |_| {});
    assert_eq!(played.all.failed_by_kind[FailureKind::Refused.index()], 3, "{:?}", played.specimens);
    assert_eq!(played.connect.count(), 0);
}

#[test]
fn rejections_are_told_from_wrong_answers() {
    let unavailable = b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n";
    let played = play(server(answering(unavailable)), closed(2), 10, |_| {});
    assert_eq!((played.all.rejected, played.all.failed(), played.all.ok), (10, 0, 0));
    let played =
        play(server(answering(unavailable)), closed(2), 10, |plan| plan.requests[0].is_checked = true);
    assert_eq!(played.all.failed_by_kind[FailureKind::WrongAnswer.index()], 10);
}

#[test]
fn connections_are_opened_again_when_the_server_closes_them() {
    let closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
    let played = play(server(once(closing)), closed(2), 20, |_| {});
    assert_eq!((played.all.ok, played.all.failed()), (20, 0), "{:?}", played.specimens);
    assert!(played.connect.count() >= 20);
    let until_close = b"HTTP/1.1 200 OK\r\n\r\nall of it";
    let played = play(server(once(until_close)), closed(2), 20, |_| {});
    assert_eq!((played.all.ok, played.all.failed()), (20, 0), "{:?}", played.specimens);
}

#[test]
fn without_keep_alive_each_request_has_its_connection() {
    let played = play(server(answering(OK)), closed(2), 20, |plan| plan.keep_alive = false);
    assert_eq!((played.all.ok, played.all.failed()), (20, 0), "{:?}", played.specimens);
    assert!(played.connect.count() >= 20);
}

#[test]
fn pipelined_requests_are_all_answered_in_order() {
    let played = play(server(answering(OK)), closed(2), 1_000, |plan| plan.pipeline = 8);
    assert_eq!((played.all.ok, played.all.failed()), (1_000, 0), "{:?}", played.specimens);
    assert_eq!(played.connect.count(), 2);
}

#[test]
fn an_open_loop_plays_every_arrival_of_its_schedule() {
    let load =
        LoadModel::Open { schedule: ScheduleSpec::constant(2_000.0, Arrivals::Poisson), max_in_flight: 8 };
    let played = play(server(answering(OK)), load, 500, |_| {});
    assert_eq!(
        (played.all.ok, played.all.failed(), played.load.not_started),
        (500, 0, 0),
        "{:?}",
        played.specimens
    );
}

#[test]
fn an_open_loop_fails_the_arrivals_of_a_dead_target() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let load = LoadModel::Open { schedule: ScheduleSpec::constant(100.0, Arrivals::Even), max_in_flight: 4 };
    let played = play(gone, load, 10, |_| {});
    assert_eq!(played.all.failed_by_kind[FailureKind::Refused.index()], 10, "{:?}", played.specimens);
}

#[test]
fn a_large_request_is_sent_in_pieces() {
    let swallow = |mut stream: TcpStream, _| {
        let mut buffer = vec![0; 1 << 16];
        let mut left = 0_usize;
        loop {
            match stream.read(&mut buffer) {
                Ok(0) | Err(_) => return,
                Ok(count) => left += count,
            }
            while left >= 8_000_000 {
                left -= 8_000_000;
                if stream.write_all(OK).is_err() {
                    return;
                }
            }
        }
    };
    let played = play(server(swallow), closed(2), 6, |plan| {
        plan.timeout = Duration::from_secs(20);
        plan.requests[0].bytes = vec![vec![b'x'; 8_000_000].into()];
    });
    assert_eq!((played.all.ok, played.all.failed()), (6, 0), "{:?}", played.specimens);
}
