//! Plans, servers and runs for the tests of this crate.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dyno_engine::{Hooks, Meters, Played, run};
use dyno_model::{
    Body, Connection, FailureKind, HttpPlan, HttpStep, HttpVersion, Limits, LoadModel, OperationId,
    OperationKind, OperationTable, Phases, RunPlan, Scenario, Share, TargetKind, Template, TlsOptions,
    Warmup, Workload,
};

use crate::HttpDriver;

/// A plan that sends `GET url` once.
pub(crate) fn plan(base_url: &str, path: &str) -> RunPlan {
    let mut operations = OperationTable::default();
    let operation = operations.add("get", OperationKind::Request);
    let steps = vec![step(operation, "GET", Template::literal(path))];
    let scenarios = vec![Scenario { name: "only".to_owned(), weight: 1, steps, journey: None }];
    RunPlan {
        name: "test".to_owned(),
        target_kind: TargetKind::External,
        load: LoadModel::Closed { users: 1, think_time: Duration::ZERO, ramp_up: Duration::ZERO },
        phases: Phases { warmup: Warmup::None, measure: None, cooldown: Duration::ZERO },
        limits: Limits { arrivals: Some(1), timeout: Duration::from_secs(5), drain: Duration::from_secs(5) },
        seed: 42,
        share: Share::WHOLE,
        threads: 1,
        operations,
        workload: Workload::Http(Box::new(http_plan(base_url, scenarios))),
        thresholds: Vec::new(),
    }
}

pub(crate) fn http_plan(base_url: &str, scenarios: Vec<Scenario>) -> HttpPlan {
    HttpPlan {
        base_urls: vec![base_url.to_owned()],
        connection: Connection {
            version: HttpVersion::Http11,
            pipeline: 1,
            keep_alive: true,
            connect_timeout: Duration::from_secs(5),
            resolve: Vec::new(),
            connect_to: Vec::new(),
            unix_socket: None,
            proxy: None,
            proxy_credentials: None,
            source_addresses: Vec::new(),
            tls: TlsOptions::default(),
        },
        scenarios,
        feeders: Vec::new(),
        variables: Vec::new(),
        cookies: false,
        redirects_max: 0,
        compressed: false,
    }
}

pub(crate) fn step(operation: OperationId, method: &str, url: Template) -> HttpStep {
    HttpStep {
        operation,
        method: method.to_owned(),
        url,
        headers: Vec::new(),
        body: Body::Empty,
        credentials: None,
        checks: Vec::new(),
        extracts: Vec::new(),
        pause_before: Duration::ZERO,
    }
}

/// The HTTP part of a plan, to change it.
pub(crate) fn http(plan: &mut RunPlan) -> &mut HttpPlan {
    let Workload::Http(http) = &mut plan.workload;
    http
}

/// The only step of a plan, to change it.
pub(crate) fn only_step(plan: &mut RunPlan) -> &mut HttpStep {
    &mut http(plan).scenarios[0].steps[0]
}

/// Plays a plan the general way.
pub(crate) fn play(plan: &RunPlan) -> Played {
    play_with(plan, &HttpDriver::new(plan).expect("the plan can be played").general_only())
}

pub(crate) fn play_with(plan: &RunPlan, driver: &HttpDriver) -> Played {
    let hooks = Hooks {
        observers: Vec::new(),
        meters: Meters { sample: Box::new(|| (None, None)) },
        supervise: Box::new(|_, _| {}),
    };
    run(plan, driver, hooks).expect("threads can be started")
}

/// The failure of a run of one request: its kind and its message.
pub(crate) fn failure_of(plan: &RunPlan) -> (Option<FailureKind>, String) {
    let played = play(plan);
    let kind = FailureKind::ALL.into_iter().find(|kind| played.all.failed_by_kind[kind.index()] > 0);
    (kind, message_of(&played))
}

pub(crate) fn message_of(played: &Played) -> String {
    played.specimens.first().map(|specimen| specimen.message.clone()).unwrap_or_default()
}

/// A server that hands each connection, with its number, to `play` on a thread of its own.
pub(crate) fn server(play: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("a listener has an address");
    let play = Arc::new(play);
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            let play = Arc::clone(&play);
            std::thread::spawn(move || play(stream, number));
        }
    });
    address
}

/// A server that answers every request by a function of it; counts connections.
pub(crate) fn answering(
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> (SocketAddr, Arc<AtomicUsize>) {
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&connections);
    let address = server(move |mut stream, _| {
        counter.fetch_add(1, Ordering::SeqCst);
        while let Some(request) = read_request(&mut stream) {
            if stream.write_all(&answer(&request)).is_err() {
                return;
            }
        }
    });
    (address, connections)
}

/// Reads one request with its content; `None` when the client has closed.
pub(crate) fn read_request(stream: &mut (impl std::io::Read + ?Sized)) -> Option<String> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        request.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&request).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |text| text.parse::<u64>().expect("the length is a number"));
    stream.take(length).read_to_end(&mut request).ok()?;
    Some(String::from_utf8_lossy(&request).into_owned())
}

/// A complete answer with a length.
pub(crate) fn answer(status: u16, fields: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} X\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}
