use proptest::prelude::*;

use super::{
    Done, Flush, Hello, Line, Profile, Progress, RunOrder, Setup, TlsSetup, ToHost, ToWorker, Window,
};

fn message(line: &str) -> ToHost {
    match Line::read(line.as_bytes()) {
        Line::Message(message) => *message,
        other => panic!("{line} is {other:?}"),
    }
}

#[test]
fn messages_of_a_newer_worker_are_understood_as_far_as_they_go() {
    assert_eq!(message(r#"{"t":"telemetry","cpu":3}"#), ToHost::Unknown);
    assert_eq!(message(r#"{"t":"pong","id":3,"now":5,"temperature":1}"#), ToHost::Pong { id: 3, now: 5 });
    assert_eq!(message(r#"{"t":"ready","since":1}"#), ToHost::Ready {});
}

#[test]
fn what_is_missing_is_unknown_and_not_zero() {
    let ToHost::Done(done) = message(r#"{"t":"done","wall":7}"#) else { panic!("not done") };
    assert_eq!((done.wall, done.utime, done.alloc), (7, None, None));
}

#[test]
fn what_is_no_message_is_a_log_line() {
    for line in ["Loading model...", "[1,2]", "{}", r#"{"t":5}"#, "", "\u{feff}{}", r#"{"t":"#] {
        assert_eq!(Line::read(line.as_bytes()), Line::Text(line.to_owned()), "{line}");
    }
}

#[test]
fn a_broken_message_names_its_kind() {
    let Line::Broken { kind, problem } = Line::read(br#"{"t":"pong","id":"three","now":1}"#) else {
        panic!("not broken")
    };
    assert_eq!(kind, "pong");
    assert!(problem.contains("three"), "{problem}");
}

#[test]
fn orders_are_one_line_each() {
    let run = RunOrder {
        run_id: 2,
        count: Some(100),
        until_ns: None,
        start_at: 9,
        record: true,
        flush: Flush::End,
        drain_ms: 500,
    };
    let line = ToWorker::Run(run).line();
    let expected = "{\"t\":\"run\",\"run_id\":2,\"count\":100,\"start_at\":9,\"record\":true,\"flush\":\"end\",\"drain_ms\":500}\n";
    assert_eq!(String::from_utf8(line).as_deref(), Ok(expected));
    assert_eq!(ToWorker::Bye {}.line(), b"{\"t\":\"bye\"}\n");
}

/// What one side writes, the other reads.
#[test]
fn both_sides_read_what_the_other_writes() {
    let tls = Some(TlsSetup { verify: true, ca_pem: Some("PEM".to_owned()) });
    let setup =
        Setup { retries: Some(0), tls, ..Setup::of_get(Profile::Matched, "async", "https://a.test/") };
    let run = RunOrder {
        run_id: 2,
        count: None,
        until_ns: Some(7),
        start_at: 9,
        record: false,
        flush: Flush::Live,
        drain_ms: 500,
    };
    let orders = [
        ToWorker::Ping { id: 1 },
        ToWorker::Setup(Box::new(setup)),
        ToWorker::Schedule { first_seq: 3, at: "AA==".to_owned(), req: String::new() },
        ToWorker::Run(run),
        ToWorker::Mark { id: 4 },
        ToWorker::Stop {},
        ToWorker::Abort {},
        ToWorker::Bye {},
    ];
    for order in orders {
        assert_eq!(ToWorker::read(&order.line()), Ok(order));
    }
    let answers = [
        ToHost::Hello(Hello { proto: (1, 1), name: "x".to_owned(), ..Hello::default() }),
        ToHost::Pong { id: 1, now: 2 },
        ToHost::Ready {},
        ToHost::Skipped { reason: "pool: no".to_owned() },
        ToHost::Error { place: "setup".to_owned(), msg: "no".to_owned() },
        ToHost::Progress(Progress { sent: 3, ..Progress::default() }),
        ToHost::Window(Window { id: 1, utime: Some(2), ..Window::default() }),
        ToHost::Done(Done { wall: 5, count: 2, ..Done::default() }),
        ToHost::Bye {},
    ];
    for answer in answers {
        let line = String::from_utf8(answer.line()).expect("JSON is text");
        assert_eq!(message(line.trim_end()), answer);
    }
}

#[test]
fn a_worker_reads_orders_of_a_newer_host_and_fills_what_is_absent() {
    assert_eq!(ToWorker::read(br#"{"t":"rewind","to":3}"#), Ok(ToWorker::Unknown));
    let Ok(ToWorker::Run(run)) = ToWorker::read(br#"{"t":"run","start_at":5,"count":1,"mood":"good"}"#)
    else {
        panic!("not a run")
    };
    assert_eq!((run.record, run.flush, run.drain_ms), (true, Flush::End, u64::MAX));
    assert!(ToWorker::read(b"begin!").is_err());
    assert!(ToWorker::read(br#"{"t":"mark"}"#).is_err_and(|problem| problem.contains("id")));
}

proptest! {
    #[test]
    fn a_worker_reads_any_bytes(line in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = ToWorker::read(&line);
    }

    #[test]
    fn any_bytes_are_read(line in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Line::read(&line);
    }

    #[test]
    fn any_fields_of_known_messages_are_read(
        kind in "(hello|pong|ready|skipped|error|progress|samples|window|done|log|bye)",
        fields in r#"(,"[a-z]{2,6}":(0|-?[1-9][0-9]{0,18}|"[a-z]{0,5}"|null|\[\]|\{\})){0,5}"#,
    ) {
        let line = format!("{{\"t\":\"{kind}\"{fields}}}");
        prop_assert!(!matches!(Line::read(line.as_bytes()), Line::Text(_)));
    }
}
