use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use dyno_model::{ClientState, ClientWord, CountedBy};
use dyno_workers::{Profile, Setup, Spawn};

use super::{Contest, Entrant, Observer, Role, Segment, is_steady, play};
use crate::audit::TargetAccess;
use crate::expected::Expected;

/// A worker that talks to nobody and costs CPU_US per request, or does what else BEHAVIOUR wants: a path makes it
/// hang at the place that it is named for, once the file is there.
const WORKER: &str = r#"
import array, base64, json, os, sys, time
cost = int(os.environ.get("CPU_US", "100")) * 1000
behaviour = os.environ.get("BEHAVIOUR", "")
def say(**message): print(json.dumps(message), flush=True)
def column(kind, values): return base64.b64encode(array.array(kind, values).tobytes()).decode()
def note(*words):
    if "LOG" in os.environ: print(os.environ["NAME"], *words, file=open(os.environ["LOG"], "a"), flush=True)
def hang(place):
    if os.path.basename(behaviour) == place:
        open(behaviour, "x").close()
        time.sleep(3600)
hang("greeting")
say(t="hello", proto=[1, 1], name="fake", version="2.0", lang="python", modes=["sync"], now=time.monotonic_ns(), import_ns=5)
for line in sys.stdin:
    order = json.loads(line)
    if order["t"] == "ping": say(t="pong", id=order["id"], now=time.monotonic_ns())
    elif order["t"] == "setup":
        note("setup", order["lanes"], order.get("pool"))
        hang("set-up")
        say(**({"t": "skipped", "reason": "no HTTP/3"} if behaviour == "skip" else {"t": "ready"}))
    elif order["t"] == "run":
        note("run" if order["record"] else "unrecorded", order.get("count"))
        time.sleep(max(0, (order["start_at"] - time.monotonic_ns()) / 1e9))
        count = order.get("count") or 50
        hang("first request" if count == 1 else "segment" if order["record"] else "warm-up")
        if behaviour == "crash" and order["record"] and order["run_id"] > 6:
            print("out of handles", file=sys.stderr, flush=True)
            os.abort()
        noise = 1 + ((order["run_id"] * 2654435761) % 1000) / 20000
        begin = time.process_time_ns()
        while time.process_time_ns() - begin < cost * count * noise: pass
        used = 0 if behaviour == "modest" else time.process_time_ns() - begin
        kept = count if order["record"] else 0
        if kept and (behaviour == "idle" or (behaviour == "seldom" and order["run_id"] % 2)): count = kept = 0
        codes = [500 if behaviour == "reject" else 200] * kept
        if kept:
            say(t="samples", n=kept, seq=column("I", range(kept)), start=column("Q", [0] * kept),
                dur=column("Q", [1000] * kept), code=column("H", codes))
        say(t="done", run_id=order["run_id"], wall=2000000, sent=count, count=kept,
            utime=used, stime=0, maxrss=1 << 24, nvcsw=1, nivcsw=0)
    elif order["t"] == "bye": break
"#;

#[derive(Default)]
struct Heard {
    segments: Vec<String>,
    /// Ends the contest at the beginning of this segment.
    stop: Option<(usize, Arc<AtomicBool>)>,
}

impl Observer for Heard {
    fn stage(&mut self, _: &str) {}

    fn segment(&mut self, _: u32, _: u32, label: &str) {
        self.segments.push(label.to_owned());
        if let Some((number, stop)) = &self.stop
            && self.segments.len() == *number
        {
            stop.store(true, SeqCst);
        }
    }
}

fn entrant(label: &str, role: Role, cpu_us: u32, behaviour: &str) -> Entrant {
    let environment =
        vec![("CPU_US".to_owned(), cpu_us.to_string()), ("BEHAVIOUR".to_owned(), behaviour.to_owned())];
    let spawn = Spawn {
        name: label.to_owned(),
        program: "python3".into(),
        arguments: vec!["-c".into(), WORKER.into()],
        environment,
        directory: None,
    };
    let mode = "sync".to_owned();
    Entrant { label: label.to_owned(), name: label.to_owned(), mode, role, asks: true, spawn: Ok(spawn) }
}

fn contest(entrants: Vec<Entrant>) -> Contest {
    Contest {
        entrants,
        setup: Setup { seed: 3, ..Setup::of_get(Profile::Matched, "", "http://127.0.0.1:1/") },
        blocks: 12,
        segment: Segment::Count(50),
        arrivals: Vec::new(),
        expected: Expected::default(),
        warmup_most: Duration::from_millis(60),
        lanes_take_turns: false,
        reference: 0,
        target: TargetAccess { ledger: None },
        stop: Arc::default(),
    }
}

#[test]
fn everybody_is_compared_with_the_reference_and_the_floor() {
    let contest = contest(vec![
        entrant("requests", Role::Client, 300, ""),
        entrant("requests (again)", Role::Control, 300, ""),
        entrant("pycurl", Role::Client, 60, ""),
        entrant("httpx", Role::Client, 500, ""),
        entrant("raw", Role::Floor, 10, ""),
    ]);
    let mut heard = Heard::default();
    let outcome = play(&contest, &mut heard);
    assert_eq!(heard.segments.len(), 5 * 12);
    let word = |index: usize| outcome.entries[index].verdict.as_ref().map(|verdict| verdict.word);
    assert_eq!(word(0), None);
    assert_eq!((word(2), word(3)), (Some(ClientWord::Faster), Some(ClientWord::Slower)));
    assert_eq!(outcome.control.map(|control| control.word), Some(ClientWord::NoDifferenceShown));
    assert_eq!(outcome.floor.as_deref(), Some("raw"));
    let httpx = outcome.entries[3].figures.as_ref().expect("it played");
    assert!((httpx.cpu_s_per_1000.value - 0.5).abs() < 0.05, "{:?}", httpx.cpu_s_per_1000);
    let above = httpx.cpu_s_per_1000_above_floor.expect("there is a floor");
    assert!((above - 0.49).abs() < 0.05, "{above}");
    assert_eq!((outcome.entries[3].version.as_str(), outcome.entries[3].import_ns), ("2.0", Some(5)));
}

#[test]
fn lanes_that_take_turns_are_opened_uncounted_before_each_segment_and_closed_afterwards() {
    let folder = tempfile::tempdir().expect("there is room");
    let log = folder.path().join("log");
    let logged = |label: &str, role| {
        let mut entrant = entrant(label, role, 1, "");
        let spawn = entrant.spawn.as_mut().expect("it can be started");
        spawn.environment.push(("LOG".to_owned(), log.to_string_lossy().into_owned()));
        spawn.environment.push(("NAME".to_owned(), label.to_owned()));
        entrant
    };
    let mut contest = contest(vec![logged("a", Role::Client), logged("b", Role::Client)]);
    contest.blocks = 3;
    contest.setup.lanes = 100;
    contest.setup.pool = Some(100);
    contest.lanes_take_turns = true;
    let outcome = play(&contest, &mut Heard::default());
    assert!(outcome.entries.iter().all(|entry| entry.segments.len() == 3), "{outcome:?}");
    let text = std::fs::read_to_string(&log).expect("they logged");
    let mut open = std::collections::BTreeSet::new();
    for line in text.lines() {
        let (name, done) = line.split_once(' ').expect("a name and what was done");
        if done.starts_with("setup") {
            let is_one = done == "setup 1 1";
            assert!(is_one || done == "setup 100 100", "{line}");
            let _ = if is_one { open.remove(name) } else { open.insert(name) };
        }
        assert!(open.len() <= 1, "both have their lanes at `{line}`:\n{text}");
    }
    assert!(open.is_empty(), "{text}");
    let segment = |name: &str| {
        [" setup 100 100", " unrecorded 100", " run 50", " setup 1 1"]
            .map(|done| format!("{name}{done}\n"))
            .concat()
    };
    for name in ["a", "b"] {
        assert_eq!(text.matches(&segment(name)).count(), 3, "{text}");
    }
}

#[test]
fn one_that_comes_to_nothing_is_named_and_not_ranked() {
    let contest = contest(vec![
        entrant("requests", Role::Client, 100, ""),
        entrant("requests (again)", Role::Control, 100, "idle"),
        entrant("seldom", Role::Client, 100, "seldom"),
    ]);
    let outcome = play(&contest, &mut Heard::default());
    let idle = &outcome.entries[1];
    assert_eq!((idle.state, idle.figures.is_none()), (ClientState::Unranked, true));
    assert_eq!(idle.detail, "no request of its segments came to an end; play longer ones by `--segment`");
    assert_eq!(outcome.control, None);
    assert_eq!(outcome.entries[2].state, ClientState::Ranked, "every other segment is enough");
}

#[test]
fn one_that_breaks_does_not_break_the_others() {
    let mut missing = entrant("missing", Role::Client, 1, "");
    missing.spawn = Err((ClientState::NotInstalled, "`missing` is not set up".to_owned()));
    let contest = contest(vec![
        entrant("requests", Role::Client, 300, ""),
        entrant("crashing", Role::Client, 100, "crash"),
        entrant("refusing", Role::Client, 100, "skip"),
        entrant("failing", Role::Client, 100, "reject"),
        missing,
        entrant("pycurl", Role::Client, 60, ""),
    ]);
    let outcome = play(&contest, &mut Heard::default());
    let states: Vec<ClientState> = outcome.entries.iter().map(|entry| entry.state).collect();
    use ClientState::{Broken, NotInstalled, Ranked, Skipped, Unranked};
    assert_eq!(states, [Ranked, Broken, Skipped, Unranked, NotInstalled, Ranked]);
    let crashed = &outcome.entries[1];
    assert!(crashed.detail.starts_with("crashed (SIGABRT)"), "{}", crashed.detail);
    assert!(crashed.stderr.contains("out of handles"), "{}", crashed.stderr);
    assert_eq!(outcome.entries[2].detail, "no HTTP/3");
    assert_eq!(outcome.entries[3].detail, "600 of 600 requests failed: 600 with status 500");
    assert_eq!(outcome.entries[3].verdict, None);
    assert_eq!(outcome.entries[5].verdict.as_ref().map(|verdict| verdict.word), Some(ClientWord::Faster));
}

#[test]
fn a_status_that_was_asked_for_is_a_success_and_any_other_is_not() {
    let mut contest = contest(vec![
        entrant("fine", Role::Client, 100, ""),
        entrant("failing", Role::Client, 100, "reject"),
    ]);
    contest.expected = Expected::read(&["500".to_owned()]).expect("a status");
    let outcome = play(&contest, &mut Heard::default());
    assert_eq!(outcome.entries[1].state, ClientState::Ranked);
    assert_eq!(outcome.entries[0].state, ClientState::Unranked);
    assert_eq!(
        outcome.entries[0].detail,
        "600 of 600 requests failed: 600 with status 200, 500 was expected"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn cpu_is_what_the_host_counted() {
    let contest = contest(vec![
        entrant("honest", Role::Client, 1_000, ""),
        entrant("modest", Role::Client, 1_000, "modest"),
    ]);
    let outcome = play(&contest, &mut Heard::default());
    assert_eq!(outcome.counted_by, CountedBy::Host);
    assert_eq!(outcome.entries[0].account, Vec::<String>::new());
    let [said] = outcome.entries[1].account.as_slice() else { panic!("{:?}", outcome.entries[1].account) };
    assert!(
        said.starts_with(
            "its own account of CPU does not hold in 12 of 12 segments: it says 0 s, the host counted"
        ),
        "{said}"
    );
    let figures = outcome.entries[1].figures.as_ref().expect("it played");
    assert!((figures.cpu_s_per_1000.value - 1.03).abs() < 0.1, "{:?}", figures.cpu_s_per_1000);
    assert_eq!(outcome.entries[1].state, ClientState::Ranked);
}

#[test]
fn what_was_measured_before_a_stop_is_kept() {
    let contest = contest(vec![entrant("a", Role::Client, 100, ""), entrant("b", Role::Client, 100, "")]);
    let outcome =
        play(&contest, &mut Heard { stop: Some((5, Arc::clone(&contest.stop))), ..Heard::default() });
    assert!(outcome.was_stopped);
    let played: usize = outcome.entries.iter().map(|entry| entry.segments.len()).sum();
    assert_eq!(played, 5, "the one that was played drained");
    let states: Vec<ClientState> = outcome.entries.iter().map(|entry| entry.state).collect();
    assert_eq!(states, [ClientState::Ranked; 2]);
}

#[test]
fn a_stop_reaches_a_worker_that_hangs_wherever_it_is() {
    for place in ["greeting", "set-up", "first request", "warm-up", "segment"] {
        let folder = tempfile::tempdir().expect("a folder");
        let hanging = folder.path().join(place);
        let contest = contest(vec![entrant("a", Role::Client, 1, hanging.to_str().expect("a path"))]);
        let stop = Arc::clone(&contest.stop);
        let interrupt = std::thread::spawn(move || {
            while !hanging.exists() {
                std::thread::yield_now();
            }
            stop.store(true, SeqCst);
        });
        let outcome = play(&contest, &mut Heard::default());
        interrupt.join().expect("it was reached");
        let entry = &outcome.entries[0];
        assert_eq!((outcome.was_stopped, entry.segments.len()), (true, 0), "{place}");
        assert_eq!(entry.state, ClientState::Unranked, "{place}: {}", entry.detail);
        assert_eq!(entry.detail, "it did not play a single segment", "{place}");
    }
}

#[test]
fn a_warm_up_ends_when_three_runs_agree() {
    assert!(!is_steady(&[]));
    assert!(!is_steady(&[2.0, 1.0]));
    assert!(!is_steady(&[2.0, 1.5, 1.0]));
    assert!(is_steady(&[2.0, 1.0, 1.02, 1.01]));
}
