//! The field is read without mercy, and its draws keep their rate.

use super::*;

const LIMIT_NS: u64 = 10_000_000_000;

#[test]
fn the_field_is_read() {
    let chaos = Chaos::parse("latency=50ms; rate=0.25;seed=3;status=503", LIMIT_NS).unwrap();
    assert_eq!((chaos.latency_ns, chaos.rate, chaos.seed), (50_000_000, 0.25, 3));
    assert_eq!(chaos.instead, Some(Instead::Status(503)));
    assert_eq!(Chaos::parse("fault=reset", LIMIT_NS).unwrap().instead, Some(Instead::Reset));
    for text in ["latency=11s", "latency=x", "rate=2", "rate=x", "status=99", "fault=none", "colour=blue"] {
        let error = Chaos::parse(text, LIMIT_NS).unwrap_err();
        assert!(error.contains(text), "{error}");
    }
}

#[test]
fn a_share_of_requests_is_hit() {
    let chaos = Chaos::parse("rate=0.1;seed=9;fault=empty", LIMIT_NS).unwrap();
    let hits = (0..100_000).filter(|&n| chaos.happens(n)).count();
    // Five standard deviations of 100,000 draws at 0.1.
    assert!((9_526..=10_474).contains(&hits), "{hits}");
    assert_eq!((0..1000).filter(|&n| Chaos::parse("", LIMIT_NS).unwrap().happens(n)).count(), 1000);
}
