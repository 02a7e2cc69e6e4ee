use std::time::Duration;

use dyno_engine::contest::Warm;
use dyno_model::Warmup;

use super::{Starting, is_near, restarts, rule, rule_again};
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

#[test]
fn what_decides_stands_on_programs_of_its_own_where_there_is_time() {
    let s = Duration::from_secs;
    let quick = Starting {
        has_builds: false,
        may_restart: true,
        is_quick: true,
        settles_quickly: true,
        length: s(2),
    };
    let slow = Starting { is_quick: false, length: s(12), ..quick };
    let of = |when, starting, budget: Option<u64>| restarts(when, &starting, budget.map(s), 20);
    for (what, found, expected) in [
        ("quick", of(Restart::Auto, quick, None), (true, true)),
        ("a start takes long", of(Restart::Auto, slow, None), (false, true)),
        ("12 quads of 12 s are a quarter of 10 min", of(Restart::Auto, slow, Some(600)), (false, true)),
        ("and more than one of 9 min", of(Restart::Auto, slow, Some(540)), (false, false)),
        ("quick, and 20 quads do not fit", of(Restart::Auto, quick, Some(120)), (false, true)),
        (
            "warm only after long",
            of(Restart::Auto, Starting { settles_quickly: false, ..quick }, None),
            (false, false),
        ),
        ("not ours", of(Restart::Auto, Starting { may_restart: false, ..quick }, None), (false, false)),
        ("asked for", of(Restart::Each, Starting { may_restart: false, ..slow }, Some(1)), (true, true)),
        (
            "builds take turns",
            of(Restart::Auto, Starting { has_builds: true, ..slow }, Some(1)),
            (true, true),
        ),
        ("never", of(Restart::Never, quick, None), (false, false)),
    ] {
        assert_eq!(found, expected, "{what}");
    }
}
