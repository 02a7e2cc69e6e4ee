use std::time::Duration;

use dyno_engine::contest::Warm;
use dyno_model::Warmup;

use super::{is_near, rule, rule_again};
use crate::contest::{Pace, Restart};

fn pace(warmup: Option<Warmup>) -> Pace {
    Pace {
        quads: 8,
        round: None,
        budget: None,
        warmup,
        restart: Restart::Auto,
        confirms: true,
        seed: 1,
        ready_timeout: Duration::from_secs(1),
    }
}

#[test]
fn warm_ups_follow_the_wishes_and_the_budget() {
    let s = Duration::from_secs;
    let automatic = |at_most| Warmup::Automatic { at_most };
    for (warmup, budget, first, again) in [
        (None, None, automatic(s(30)), Warmup::Time(s(1))),
        (None, Some(60), automatic(s(10)), Warmup::Time(s(1))),
        (None, Some(3_600), automatic(s(30)), Warmup::Time(s(1))),
        (Some(Warmup::Time(s(2))), Some(60), Warmup::Time(s(2)), Warmup::Time(s(2))),
        (Some(Warmup::None), None, Warmup::None, Warmup::None),
        (Some(automatic(s(9))), None, automatic(s(9)), Warmup::Time(s(1))),
    ] {
        let pace = pace(warmup);
        assert_eq!((rule(&pace, budget.map(s)), rule_again(&pace)), (first, again), "{warmup:?}, {budget:?}");
    }
}

#[test]
fn a_side_that_is_fast_at_once_needs_no_long_warm_up() {
    let warm = |p50_us| Warm {
        length: Duration::ZERO,
        is_steady: true,
        rate_per_s: 1.0,
        operation_rates_per_s: vec![1.0],
        errors_per_s: 0.0,
        p50: Duration::from_micros(p50_us),
        p99: Duration::ZERO,
    };
    for (cold, steady, expected) in
        [(100, 100, true), (109, 100, true), (111, 100, false), (89, 100, false), (0, 0, false)]
    {
        assert_eq!(is_near(&warm(cold), &warm(steady)), expected, "{cold} and {steady} µs");
    }
}
