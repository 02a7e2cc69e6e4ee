//! Lengths of rounds and counts of quads, and the values of cells: tables and properties.

use dyno_model::{Histogram, OperationKind, OperationTable};
use proptest::prelude::*;

use super::*;

fn wishes() -> Wishes {
    Wishes {
        round: None,
        budget: None,
        quads: 20,
        quad_extra: Duration::ZERO,
        rate_per_s: 10_000.0,
        samples_least: 2_000,
        p99: Duration::from_millis(5),
    }
}

#[test]
fn rounds_are_as_long_as_their_samples_need() {
    let s = Duration::from_secs_f64;
    for (wishes, expected) in [
        (wishes(), s(2.0)),
        // 2,000 samples and half as many more, at 500 per second.
        (Wishes { rate_per_s: 500.0, ..wishes() }, s(6.0)),
        (Wishes { rate_per_s: 500.0, samples_least: 20, ..wishes() }, s(2.0)),
        (Wishes { rate_per_s: 250.0, samples_least: 20, ..wishes() }, s(4.0)),
        (Wishes { rate_per_s: 0.0, ..wishes() }, s(10.0)),
        (Wishes { round: Some(s(0.2)), rate_per_s: 1.0, budget: Some(s(9.0)), ..wishes() }, s(0.2)),
        (Wishes { budget: Some(s(1.0)), ..wishes() }, s(0.2)),
        (Wishes { budget: Some(s(3600.0)), ..wishes() }, s(2.0)),
    ] {
        assert_eq!(Pacing::of(&wishes).round.length, expected, "{wishes:?}");
    }
}

#[test]
fn short_rounds_have_short_warm_ups_and_pauses() {
    let ms = Duration::from_millis;
    for (length, p99, warmup, gap) in [
        (ms(2_000), ms(5), ms(200), (ms(100), ms(500))),
        (ms(200), ms(5), ms(100), (ms(10), ms(50))),
        (ms(200), ms(50), ms(150), (ms(10), ms(50))),
        (ms(2_000), ms(300), ms(900), (ms(100), ms(500))),
    ] {
        let round = Pacing::with_length(length, p99, Duration::ZERO).round;
        assert_eq!((round.warmup, round.gap), (warmup, gap), "{length:?}, p99 {p99:?}");
    }
}

proptest! {
    #[test]
    fn a_budget_is_kept_and_used(budget_s in 20u64..3_000, quads in 8u32..30, extra_ms in 0u64..500) {
        let budget = Duration::from_secs(budget_s);
        let wishes = Wishes { budget: Some(budget), quads, quad_extra: Duration::from_millis(extra_ms), ..wishes() };
        let pacing = Pacing::of(&wishes);
        let round = pacing.round.length;
        let is_shortest = round == Duration::from_millis(200);
        prop_assert!(pacing.quad * quads <= budget || is_shortest, "{pacing:?}");
        let is_longest = round == Duration::from_secs(2);
        prop_assert!(pacing.quad * quads > budget.mul_f64(0.97) || is_longest, "{pacing:?} wastes {budget:?}");
        prop_assert!(quads_affordable(budget, pacing.quad) >= quads || is_shortest);
    }

    #[test]
    fn pacing_never_panics(rate in 0.0f64..1e9, samples in 0u64..u64::MAX, p99_ms in 0u64..100_000, budget_ms in 0u64..10_000_000) {
        let wishes = Wishes {
            rate_per_s: rate, samples_least: samples, p99: Duration::from_millis(p99_ms),
            budget: Some(Duration::from_millis(budget_ms)), ..wishes()
        };
        let pacing = Pacing::of(&wishes);
        prop_assert!(pacing.round.length >= Duration::from_millis(200));
        prop_assert!(pacing.round.warmup <= pacing.round.length * 3);
    }
}

#[test]
fn time_that_is_left_becomes_quads() {
    let s = Duration::from_secs;
    for (left, quad, expected) in [
        (s(100), s(10), 10),
        (s(99), s(10), 9),
        (s(0), s(10), 0),
        (s(1), s(0), 1_000_000_000),
        (s(9), s(0), u32::MAX),
    ] {
        assert_eq!(quads_affordable(left, quad), expected);
    }
    assert!(has_samples(1_500.0, s(2), 2_000) && !has_samples(1_499.0, s(2), 2_000));
}

#[test]
fn cells_follow_the_operations_and_the_load() {
    let mut operations = OperationTable::default();
    operations.add("browse", OperationKind::Request);
    let texts = |operations: &OperationTable, is_open| {
        cell_keys(operations, is_open).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let single = texts(&operations, false);
    assert_eq!(single, ["p50", "p90", "p95", "p99", "mean", "rate", "errors", "cpu_per_request", "rss"]);
    assert!(
        !texts(&operations, true).contains(&"rate".to_owned()),
        "an open loop's rate is what was asked for"
    );
    operations.add("buy", OperationKind::Request);
    let both = texts(&operations, false);
    assert_eq!(both.len(), 9 + 2 * 6);
    assert!(both.contains(&"buy/errors".to_owned()) && !both.contains(&"buy/rss".to_owned()));
}

#[test]
fn a_cell_without_enough_samples_has_no_value() {
    let plan = closed(1);
    let mut arena = Virtual::new(|_, _| 2 * MS);
    let played = arena.play(Side::A, &round_plan(&plan, &round(), 1)).unwrap();
    assert_eq!(played.all.ok, 500);
    let machine = RoundMachine { arm_cpu_cores: Some(0.25), ..RoundMachine::default() };
    let value = |metric: &str, samples_least| {
        let cell = Cell { key: CellKey::whole(metric), samples_least };
        value_of(&plan.operations, &played, &machine, &cell)
    };
    let near = |value: Option<f64>, expected: f64| value.is_some_and(|v| (v / expected - 1.0).abs() < 0.01);
    for (metric, samples_least, expected) in [
        ("p50", 500, Some(2e6)),
        ("service.p99", 500, Some(2e6)),
        ("response.mean", 500, Some(2e6)),
        ("p99", 501, None),
        ("rate", 500, Some(500.0)),
        ("rate", 501, None),
        // A quarter of a core for 600 requests in 1.2 s.
        ("cpu_per_request", 20, Some(0.25 * 1.2e9 / 600.0)),
        ("rss", 1, None),
        ("p101", 1, None),
        ("speed", 1, None),
    ] {
        let found = value(metric, samples_least);
        match expected {
            Some(expected) => assert!(near(found, expected), "{metric}: {found:?}, {expected}"),
            None => assert_eq!(found, None, "{metric}"),
        }
    }
    assert_eq!(value("errors", 500), Some(0.0), "no errors is a value");
    let of_operation = Cell { key: CellKey::of("get", "p50"), samples_least: 1 };
    assert!(near(value_of(&plan.operations, &played, &machine, &of_operation), 2e6));
    let unknown = Cell { key: CellKey::of("buy", "p50"), samples_least: 1 };
    assert_eq!(value_of(&plan.operations, &played, &machine, &unknown), None);
}

#[test]
fn a_side_without_answers_has_errors_and_no_times() {
    let plan = closed(1);
    let (mut played, _) = simulate(&round_plan(&plan, &round(), 1), &|_: u64, start: u64| {
        (start + MS, Outcome::of(OutcomeStatus::Rejected(503)))
    });
    played.all.response_time = Histogram::new();
    let value = |metric: &str| {
        let cell = Cell { key: CellKey::whole(metric), samples_least: 1 };
        value_of(&plan.operations, &played, &RoundMachine::default(), &cell)
    };
    assert_eq!((value("errors"), value("p50"), value("rate"), value("rss")), (Some(1.0), None, None, None));
}
