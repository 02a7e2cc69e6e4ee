//! Whole conversations over a pair of sockets, against a server on loopback.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use dyno_workers::{
    Done, Flush, Profile, RunOrder, SampleColumns, ScheduleColumns, Setup, ToHost, ToWorker, Window,
};
use proptest::prelude::*;

use super::{Identity, serve};

/// The host's end of a conversation.
struct Host {
    orders: UnixStream,
    answers: BufReader<UnixStream>,
    worker: JoinHandle<std::io::Result<()>>,
}

impl Host {
    fn greeted() -> Self {
        let (orders, to_worker) = UnixStream::pair().expect("sockets can be made");
        let (answers, from_worker) = UnixStream::pair().expect("sockets can be made");
        let identity = Identity { version: "0.0.1".to_owned(), runtime: "rustc 1".to_owned() };
        let worker = std::thread::spawn(move || serve(&identity, BufReader::new(to_worker), from_worker));
        let mut host = Self { orders, answers: BufReader::new(answers), worker };
        let ToHost::Hello(hello) = host.hear() else { panic!("it does not greet") };
        assert_eq!((hello.name.as_str(), hello.version.as_str(), hello.proto), ("dyno", "0.0.1", (1, 1)));
        host
    }

    fn say(&mut self, order: &ToWorker) {
        self.orders.write_all(&order.line()).expect("the worker listens");
    }

    fn hear(&mut self) -> ToHost {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the worker talks");
        serde_json_of(&line)
    }

    fn set_up(&mut self, setup: &Setup) -> ToHost {
        self.say(&ToWorker::Setup(Box::new(setup.clone())));
        self.hear()
    }

    /// Everything until the end of a run, or its error.
    fn played(&mut self) -> Result<(SampleColumns, Done), String> {
        let mut samples = SampleColumns::default();
        loop {
            match self.hear() {
                ToHost::Samples(fields) => samples.append(SampleColumns::read(&fields).expect("columns")),
                ToHost::Done(done) => return Ok((samples, done)),
                ToHost::Error { msg, .. } => return Err(msg),
                ToHost::Progress(_) => {}
                other => panic!("{other:?} in a run"),
            }
        }
    }

    fn run(&mut self, order: RunOrder) -> Result<(SampleColumns, Done), String> {
        self.say(&ToWorker::Run(order));
        self.played()
    }

    fn end(mut self) {
        self.say(&ToWorker::Bye {});
        assert_eq!(self.hear(), ToHost::Bye {});
        self.worker.join().expect("it does not panic").expect("its orders can be read");
    }
}

fn serde_json_of(line: &str) -> ToHost {
    match dyno_workers::ToHost::read(line.trim_end().as_bytes()) {
        Ok(message) => message,
        Err(problem) => panic!("{line:?} is no message: {problem}"),
    }
}

/// A server that answers `hello` to everything, keeps the request lines, and counts connections.
struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let (asked, connections) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicUsize>::default());
        let (heard, counter) = (Arc::clone(&asked), Arc::clone(&connections));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                let heard = Arc::clone(&heard);
                std::thread::spawn(move || answer(stream, &heard));
            }
        });
        Self { address, asked, connections }
    }

    fn setup(&self, paths: &[&str]) -> Setup {
        let mut setup = Setup::of_get(Profile::Matched, "async", &format!("http://{}/", self.address));
        let first = setup.requests[0].clone();
        setup.requests = paths
            .iter()
            .map(|path| dyno_workers::ClientRequest { url: format!("{}{path}", first.url), ..first.clone() })
            .collect();
        setup
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().expect("nobody panics"))
    }
}

fn answer(stream: TcpStream, heard: &Mutex<Vec<String>>) {
    let Ok(mut reader) = stream.try_clone().map(BufReader::new) else { return };
    let mut stream = stream;
    let mut first = String::new();
    while reader.read_line(&mut first).is_ok_and(|bytes| bytes > 0) {
        let mut length = 0;
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|bytes| bytes > 2) {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            line.clear();
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        heard.lock().expect("nobody panics").push(path);
        first.clear();
        if stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").is_err() {
            return;
        }
    }
}

fn counted(run_id: u64, count: u64) -> RunOrder {
    let (until_ns, start_at, flush) = (None, 0, Flush::End);
    RunOrder { run_id, count: Some(count), until_ns, start_at, record: true, flush, drain_ms: 1_000 }
}

#[test]
fn requests_are_asked_in_turn_and_told_one_by_one_over_one_connection() {
    let server = Server::start();
    let mut host = Host::greeted();
    assert_eq!(host.set_up(&server.setup(&["a", "b", "c"])), ToHost::Ready {});
    for run_id in 1..=3 {
        let (samples, done) = host.run(counted(run_id, 5)).expect("it can be played");
        assert_eq!((done.run_id, done.sent, done.count), (run_id, 5, 5));
        assert_eq!(
            (samples.seq.as_slice(), samples.code.as_slice()),
            ([0, 1, 2, 3, 4].as_slice(), [200; 5].as_slice())
        );
        assert_eq!(server.asked(), ["/a", "/b", "/c", "/a", "/b"]);
        let ends = samples.start_ns.iter().zip(&samples.duration_ns).map(|(start, length)| start + length);
        assert_eq!(ends.max(), Some(done.wall));
        assert!(done.utime.is_some() && done.maxrss.is_some_and(|bytes| bytes > 100_000));
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 1, "runs share the connection of their setup");
    host.end();
}

#[test]
fn a_schedule_says_when_and_what_and_is_for_one_run() {
    let server = Server::start();
    let mut host = Host::greeted();
    assert_eq!(host.set_up(&server.setup(&["a", "b"])), ToHost::Ready {});
    for (first_seq, part) in [(0, [(0, 1), (1_000_000, 1)]), (2, [(2_000_000, 0), (9_000_000, 1)])] {
        let columns = ScheduleColumns::of(&part);
        host.say(&ToWorker::Schedule { first_seq, at: columns.at, req: columns.request });
    }
    let (samples, done) = host.run(counted(1, 4)).expect("it can be played");
    assert_eq!(server.asked(), ["/b", "/b", "/a", "/b"]);
    assert!(done.lanes_busy.is_some());
    let early = samples
        .seq
        .iter()
        .zip(&samples.start_ns)
        .find(|(seq, start)| **start < [0, 1_000_000, 2_000_000, 9_000_000][**seq as usize]);
    assert_eq!(early, None, "nothing starts before its time");
    let (_, done) = host.run(counted(2, 2)).expect("it can be played");
    assert_eq!((server.asked().join(""), done.lanes_busy), ("/a/b".to_owned(), None), "the schedule is over");
    host.end();
}

#[test]
fn a_run_of_time_ends_and_a_warm_up_tells_no_samples() {
    let server = Server::start();
    let mut host = Host::greeted();
    assert_eq!(host.set_up(&server.setup(&["a"])), ToHost::Ready {});
    let order = RunOrder { count: None, until_ns: Some(30_000_000), record: false, ..counted(1, 0) };
    let (samples, done) = host.run(order.clone()).expect("it can be played");
    assert!(samples.is_empty() && done.count == 0 && done.sent > 0, "{done:?}");
    let (samples, done) = host.run(RunOrder { record: true, ..order }).expect("it can be played");
    assert!(samples.len() as u64 == done.count && done.count == done.sent, "{done:?}");
    assert!(samples.start_ns.iter().all(|start| *start <= 30_000_000));
    host.end();
}

#[test]
fn a_run_is_stopped_and_marked_while_it_plays_and_pings_are_answered() {
    let server = Server::start();
    let mut host = Host::greeted();
    assert_eq!(host.set_up(&server.setup(&["a"])), ToHost::Ready {});
    for end in [ToWorker::Stop {}, ToWorker::Abort {}] {
        let order = RunOrder { count: None, until_ns: Some(600_000_000_000), ..counted(7, 0) };
        host.say(&ToWorker::Run(order));
        let ToHost::Progress(_) = host.hear() else { panic!("it says nothing of its progress") };
        host.say(&ToWorker::Mark { id: 3 });
        let window = loop {
            match host.hear() {
                ToHost::Window(window) => break window,
                ToHost::Progress(_) => {}
                other => panic!("{other:?} for a mark"),
            }
        };
        assert!(
            matches!(window, Window { id: 3, done: 1.., utime: Some(_), stime: Some(_), .. }),
            "{window:?}"
        );
        host.say(&counted_again());
        assert_eq!(host.played(), Err("this run came before run 7 was done".to_owned()));
        host.say(&end);
        let (samples, done) = host.played().expect("it can be played");
        assert!(done.count >= window.done && done.count == samples.len() as u64);
    }
    host.end();
}

fn counted_again() -> ToWorker {
    ToWorker::Run(counted(8, 1))
}

#[test]
fn orders_at_the_wrong_time_and_of_the_wrong_kind_are_answered_by_errors() {
    let server = Server::start();
    let mut host = Host::greeted();
    let error = host.run(counted(1, 1));
    assert_eq!(error, Err("run came before a setup was answered with ready".to_owned()));
    assert_eq!(host.set_up(&server.setup(&["a"])), ToHost::Ready {});
    let columns = ScheduleColumns::of(&[(0, 5)]);
    host.say(&ToWorker::Schedule { first_seq: 0, at: columns.at, req: columns.request });
    assert_eq!(host.played(), Err("request 5 is scheduled, there are 1".to_owned()));
    let columns = ScheduleColumns::of(&[(9, 0), (2, 0)]);
    host.say(&ToWorker::Schedule { first_seq: 0, at: columns.at, req: columns.request });
    assert_eq!(host.played(), Err("intended starts go back in time; send them in order".to_owned()));
    let error = host.run(RunOrder { flush: Flush::Live, ..counted(2, 1) });
    assert_eq!(error, Err("flush: dyno tells samples at the end of a run only; order `end`".to_owned()));
    let error = host.run(RunOrder { count: None, ..counted(3, 1) });
    assert_eq!(error, Err("run has neither `count` nor `until_ns`; give one of them".to_owned()));
    assert_eq!(host.run(counted(4, 2)).expect("it goes on").1.count, 2);
    host.end();
}

#[test]
fn failures_are_samples_and_a_second_setup_replaces_the_first() {
    let (server, mut host) = (Server::start(), Host::greeted());
    // A port that was free a moment ago: nobody answers there.
    let refusing =
        TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let nobody = Setup::of_get(Profile::Defaults, "async", &format!("http://{refusing}/"));
    assert_eq!(host.set_up(&nobody), ToHost::Ready {});
    let (samples, done) = host.run(counted(1, 3)).expect("failures are data");
    assert_eq!(
        (samples.code.as_slice(), samples.error.as_deref()),
        ([0; 3].as_slice(), Some([1; 3].as_slice()))
    );
    assert_eq!(done.errors.values().sum::<u64>(), 3);
    assert_eq!(host.set_up(&server.setup(&["a"])), ToHost::Ready {});
    assert_eq!(host.run(counted(2, 2)).expect("it can be played").0.code, [200; 2]);
    assert!(matches!(host.set_up(&Setup { http: Some("3".to_owned()), ..nobody }), ToHost::Skipped { .. }));
    assert!(host.run(counted(3, 1)).is_err(), "what was skipped replaced what was ready");
    host.end();
}

#[test]
fn the_end_of_its_orders_ends_it() {
    let host = Host::greeted();
    drop(host.orders);
    host.worker.join().expect("it does not panic").expect("the end is no error");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_bytes_as_orders_end_in_good_bye(orders in proptest::collection::vec(any::<u8>(), 0..400)) {
        let identity = Identity { version: "0".to_owned(), runtime: String::new() };
        let (answers, from_worker) = UnixStream::pair().expect("sockets can be made");
        serve(&identity, orders.as_slice(), from_worker).expect("a slice can be read");
        let mut said = String::new();
        BufReader::new(answers).read_to_string(&mut said).expect("it is text");
        prop_assert!(said.starts_with("{\"t\":\"hello\"") && said.ends_with("{\"t\":\"bye\"}\n"), "{}", said);
    }
}
