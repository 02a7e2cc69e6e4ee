//! The text is read without mercy, delays follow their rule, and the target on the wire does what it was told.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{Injected, Injection};
use crate::tests::client;
use crate::{RunningTarget, TargetOptions, serve};

fn start(injection: &str) -> RunningTarget {
    let listen = vec!["127.0.0.1:0".parse().unwrap()];
    let injection = injection.parse().unwrap();
    serve(TargetOptions { listen, threads: 1, injection, ..TargetOptions::default() }).unwrap()
}

#[test]
fn every_part_is_read_and_written() {
    let text = "busy=5us, tail=1%:5ms,lock=10us,errors=0.5%,alloc=64KiB,held=20MiB,pause=1s:20ms,slow-first=1000:5ms";
    let injection: Injection = text.parse().unwrap();
    assert_eq!(injection.busy, Duration::from_micros(5));
    assert_eq!(injection.tail.map(|tail| (tail.share, tail.delay)), Some((0.01, Duration::from_millis(5))));
    assert_eq!((injection.errors, injection.alloc_bytes, injection.held_bytes), (0.005, 65_536, 20 << 20));
    assert_eq!(injection.slow_first.map(|slow| slow.requests), Some(1000));
    assert_eq!(injection.to_string(), text.replace(", ", ","), "it is written as people write it");
    assert_eq!(injection.to_string().parse(), Ok(injection));
    let odd: Injection = "busy=1001ns,alloc=1025B".parse().unwrap();
    assert_eq!(odd.to_string(), "busy=1001ns,alloc=1025B", "nothing is rounded");
    assert_eq!("".parse(), Ok(Injection::default()));
}

#[test]
fn what_is_wrong_is_named() {
    for text in [
        "busy",
        "busy=5",
        "busy=-1us",
        "busy=11s",
        "tail=5ms",
        "tail=101%:1ms",
        "errors=2",
        "alloc=64",
        "held=2048MiB",
        "pause=20ms:1s",
        "slow-first=x:1ms",
        "colour=blue",
        "busy=5us;tail=1%:5ms",
    ] {
        let error = text.parse::<Injection>().unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
    }
}

#[test]
fn answers_are_delayed_by_the_rule() {
    let at = |text: &str, arrival_ns: u64, draw: f64| {
        Injected::new(text.parse().unwrap()).answer_at(arrival_ns, draw)
    };
    assert_eq!(at("tail=10%:1ms", 5, 0.10), 1_000_005);
    assert_eq!(at("tail=10%:1ms", 5, 0.11), 5);
    // Pauses begin at 1 s, 2 s, …; a delayed answer waits for the end of the pause it falls into.
    assert_eq!(at("pause=1s:20ms", 10, 0.5), 10);
    assert_eq!(at("pause=1s:20ms", 1_000_000_005, 0.5), 1_020_000_000);
    assert_eq!(at("pause=1s:20ms", 1_020_000_000, 0.5), 1_020_000_000);
    assert_eq!(at("tail=100%:10ms,pause=1s:20ms", 995_000_000, 0.5), 1_020_000_000);
    let slow = Injected::new("slow-first=2:1ms".parse().unwrap());
    assert_eq!([0, 1, 2, 3].map(|arrival| slow.answer_at(arrival, 0.5)), [1_000_000, 1_000_001, 2, 3]);
}

#[test]
fn a_told_target_is_slow_and_wrong_where_it_was_told() {
    let target = start("tail=100%:30ms,errors=100%,busy=1ms,lock=1ms,alloc=4096B,held=1MiB");
    let asked = Instant::now();
    assert_eq!(client::get(&target, "/plaintext").status, 500);
    assert!(asked.elapsed() >= Duration::from_millis(30));
    // What is asked about the target itself is right.
    assert_eq!(client::get(&target, "/__clock").status, 200);
}

#[test]
fn requests_cannot_reach_it() {
    let target = start("");
    let answer = client::exchange(
        &target,
        &client::request("GET", "/plaintext?inject=errors=100%", &[("x-inject", "errors=100%")], ""),
    );
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,30}", near in "(busy|tail|pause|errors|held|=|:|,|%|ms|MiB|9|\\.){0,10}") {
        for text in [text, near] {
            if let Ok(injection) = text.parse::<Injection>() {
                prop_assert!(injection.to_string().parse::<Injection>().is_ok(), "{text}");
            }
        }
    }
}
