use std::time::Duration;

use super::{Answer, RunLimits, Session, SessionError, Watch};
use crate::process::{Ending, Spawn};
use crate::protocol::{Profile, Setup};

/// The scripted worker that breaks one rule.
fn scripted(behaviour: &str) -> Spawn {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/session/tests/worker.py");
    Spawn {
        name: "fake".to_owned(),
        program: "python3".into(),
        arguments: vec![script.into()],
        environment: vec![("BEHAVIOUR".to_owned(), behaviour.to_owned())],
        directory: None,
    }
}

fn start(behaviour: &str) -> Session {
    match Session::start(&scripted(behaviour)) {
        Ok(session) => session,
        Err((error, tail)) => panic!("{error}: {tail}"),
    }
}

fn setup() -> Setup {
    let mut setup = Setup { lanes: 4, ..Setup::of_get(Profile::Matched, "sync", "http://127.0.0.1:1/") };
    setup.requests[0].headers = vec![("authorization".to_owned(), "Bearer very-secret".to_owned())];
    setup
}

fn run_of(behaviour: &str) -> Result<super::RunOutcome, SessionError> {
    let mut session = start(behaviour);
    assert_eq!(session.setup(&setup()).expect("it answers"), Answer::Ready);
    session.run(RunLimits::Count(10), &[], true, &mut |_| Watch::Continue)
}

fn doubts_of(behaviour: &str) -> Vec<String> {
    run_of(behaviour).expect("it plays").doubts
}

#[test]
fn a_session_goes_from_greeting_to_good_bye() {
    let mut session = start("");
    assert_eq!((session.hello().name.as_str(), session.hello().proto), ("fake", (1, 7)));
    assert_eq!(session.setup(&setup()).expect("it answers"), Answer::Ready);
    let arrivals: Vec<(u64, u32)> = (0..10).map(|n| (n * 1_000_000, 0)).collect();
    let outcome =
        session.run(RunLimits::Count(10), &arrivals, true, &mut |_| Watch::Continue).expect("it plays");
    assert_eq!(outcome.doubts, Vec::<String>::new());
    assert_eq!((outcome.samples.len(), outcome.samples.start_ns[9]), (10, 9_000_000));
    let warm_up = session.run(RunLimits::Count(10), &[], false, &mut |_| Watch::Continue).expect("it plays");
    assert!(warm_up.samples.is_empty());
    assert_eq!(session.mark().expect("it answers").utime, Some(1));
    let other = Setup { http: Some("9".to_owned()), ..setup() };
    assert_eq!(session.setup(&other).expect("it answers"), Answer::Skipped("no HTTP/9".to_owned()));
    assert_eq!(session.finish(), Ending::Exited(0));
}

#[test]
fn a_crash_is_a_result_with_what_was_said_before() {
    let mut session = start("crash");
    session.setup(&setup()).expect("it answers");
    let error =
        session.run(RunLimits::Count(10), &[], true, &mut |_| Watch::Continue).expect_err("it crashes");
    assert_eq!(error.to_string(), "crashed (SIGABRT) after 8192 samples");
    assert!(session.tail().contains("self->state != NULL"), "{}", session.tail());
}

#[test]
fn a_worker_that_floods_its_stdout_is_still_heard() {
    let outcome = run_of("flood").expect("it plays");
    assert_eq!(outcome.samples.len(), 10);
}

#[test]
fn a_version_that_nobody_shares_is_told() {
    let (error, _) = Session::start(&scripted("newer")).expect_err("it is too new");
    assert_eq!(
        error.to_string(),
        "it speaks versions 2 to 3 of the worker protocol, this dyno versions 1 to 1"
    );
}

#[test]
fn broken_columns_name_the_message() {
    let error = run_of("broken").expect_err("they are broken");
    assert_eq!(
        error.to_string(),
        "broke the protocol: `samples`: the column `seq` has 3 bytes, 12 are 3 values of 4 bytes"
    );
}

#[test]
fn lies_about_time_are_noticed() {
    let doubts = doubts_of("lie");
    assert!(doubts.iter().any(|doubt| doubt.contains("a request ended")), "{doubts:?}");
    assert!(doubts.iter().any(|doubt| doubt.contains("its requests took")), "{doubts:?}");
}

#[test]
fn miscounts_are_noticed() {
    assert_eq!(doubts_of("miscount"), ["it says 11 samples and reported 10"]);
    assert_eq!(doubts_of("twice"), ["request 0 was reported twice"]);
}

#[test]
fn starting_before_the_time_is_noticed() {
    let mut session = start("early");
    session.setup(&setup()).expect("it answers");
    let arrivals: Vec<(u64, u32)> = (0..10).map(|n| (n * 10_000_000, 0)).collect();
    let outcome =
        session.run(RunLimits::Count(10), &arrivals, true, &mut |_| Watch::Continue).expect("it plays");
    assert!(outcome.doubts[0].contains("request 1 started 0 ns"), "{:?}", outcome.doubts);
}

/// What a worker that burns 200 ms of CPU costs by the host's count and by its own word, in milliseconds.
#[cfg(target_os = "linux")]
fn cpu_ms_of(behaviour: &str) -> (u64, u64) {
    let outcome = run_of(behaviour).expect("it plays");
    let host = outcome.host.expect("the host counts on Linux");
    assert!(host.rss_peak_bytes > 1 << 20, "{host:?}");
    (host.cpu_ns / 1_000_000, outcome.done.utime.expect("it says") / 1_000_000)
}

#[test]
#[cfg(target_os = "linux")]
fn cpu_of_a_child_that_ended_is_counted() {
    let (host_ms, own_ms) = cpu_ms_of("fork");
    // An ended child is counted in ticks, of user mode and of kernel.
    assert!(host_ms >= 180, "the host counted {host_ms} ms, the worker says {own_ms} ms");
    assert!(own_ms < host_ms, "the worker says {own_ms} ms of itself");
}

#[test]
#[cfg(target_os = "linux")]
fn cpu_is_counted_whatever_a_worker_says() {
    let (host_ms, own_ms) = cpu_ms_of("idle");
    assert!(host_ms >= 200 && own_ms == 0, "the host counted {host_ms} ms, the worker says {own_ms} ms");
}

#[test]
fn a_warm_up_is_not_counted() {
    let mut session = start("");
    session.setup(&setup()).expect("it answers");
    let outcome = session.run(RunLimits::Count(10), &[], false, &mut |_| Watch::Continue).expect("it plays");
    assert_eq!(outcome.host, None);
}

#[test]
fn a_hanging_worker_is_ended() {
    let mut session = start("hang");
    session.setup(&Setup { timeout_ms: 1, ..setup() }).expect("it answers");
    let error = session.run(RunLimits::Time(Duration::from_millis(1)), &[], true, &mut |_| Watch::Continue);
    assert!(matches!(error, Err(SessionError::Hung { during: "during a run", .. })), "{error:?}");
}

#[test]
fn secrets_of_a_setup_are_not_in_its_debug_text() {
    let text = format!("{:?}", setup());
    assert!(!text.contains("very-secret"), "{text}");
}
