//! Verdicts on small records, and the laws every verdict follows.

use dyno_model::{Comparator, RunRecord, VerdictState};
use proptest::prelude::*;

use super::judge;
use crate::parse_threshold;
use crate::tests::record;

fn verdict(record: &RunRecord, texts: &[&str]) -> (VerdictState, String) {
    let thresholds: Vec<_> = texts.iter().map(|text| parse_threshold(text).unwrap()).collect();
    let verdict = judge(record, &thresholds);
    let lines = verdict.checks.iter().map(|check| {
        format!(
            "{} {}: {} [{}]",
            if check.ok { "ok  " } else { "FAIL" },
            check.threshold,
            check.detail,
            check.samples
        )
    });
    (verdict.state, lines.collect::<Vec<_>>().join("\n"))
}

#[test]
fn every_check_says_value_limit_and_margin() {
    let times: Vec<u64> = (1..=1000).collect();
    let (state, said) = verdict(
        &record(&times, 5),
        &[
            "p50 < 600ms",
            "p99 < 900ms",
            "max <= 1s",
            "service.mean < 300ms",
            "lateness.p99 < 1ms",
            "errors < 0.1%",
            "errors <= 5",
            "errors == 0",
            "rate > 99% of asked",
            "rate > 200/s",
            "requests >= 1005",
            "\"GET /\".p50 < 1s",
            "\"GET /x\".p50 < 1s",
            "connect.p99 < 1ms",
            "first_byte.p50 < 1ms",
        ],
    );
    assert_eq!(state, VerdictState::Fail);
    insta::assert_snapshot!(said, @r##"
    ok   p50 < 600ms: p50 was 501 ms, limit 600 ms (16.5 % under) [1000]
    FAIL p99 < 900ms: p99 was 994 ms, limit 900 ms (10.5 % over) [1000]
    FAIL max <= 1s: max was 1.00 s, limit 1.00 s (0.2 % over) [1000]
    ok   service.mean < 300ms: service.mean was 250 ms, limit 300 ms (16.6 % under) [1000]
    ok   lateness.p99 < 1ms: lateness.p99 was 1.00 µs, limit 1.00 ms (99.9 % under) [1000]
    FAIL errors < 0.1%: errors were 0.50 %, limit 0.10 % (397.5 % over), 5 of 1,005 [1005]
    ok   errors <= 5: errors were 5, limit 5 (exactly on it), 5 of 1,005 [1005]
    FAIL errors == 0: errors were 5, limit 0 (over), 5 of 1,005 [1005]
    ok   rate > 99% of asked: rate was 100/s, limit 99.0/s (1.0 % over) [1005]
    FAIL rate > 200/s: rate was 100/s, limit 200/s (50.0 % under) [1005]
    ok   requests >= 1005: requests were 1,005, limit 1,005 (exactly on it) [1005]
    ok   "GET /".p50 < 1s: GET / p50 was 501 ms, limit 1.00 s (49.9 % under) [1000]
    FAIL "GET /x".p50 < 1s: no operation `GET /x` was played; did you mean `GET /`? [0]
    FAIL connect.p99 < 1ms: no connection was made, so there is no connect.p99 [0]
    FAIL first_byte.p50 < 1ms: no operation succeeded, so there is no first_byte.p50 [0]
    "##);
}

#[test]
fn no_samples_is_never_a_pass() {
    for text in
        ["p99 < 1h", "p99 > 0", "errors == 0", "errors < 50%", "rate >= 0", "requests == 0", "max < 1h"]
    {
        assert_eq!(verdict(&record(&[], 0), &[text]).0, VerdictState::Fail, "{text}");
    }
    assert_eq!(verdict(&record(&[], 3), &["p99 < 1h"]).0, VerdictState::Fail);
    assert_eq!(verdict(&record(&[1], 0), &[]).0, VerdictState::None);
}

#[test]
fn a_closed_loop_has_no_asked_rate() {
    let mut closed = record(&[1, 2], 0);
    closed.load.asked_rate_per_s = None;
    let (state, said) = verdict(&closed, &["rate > 99% of asked"]);
    assert_eq!(state, VerdictState::Fail);
    assert!(said.contains("a closed loop asks for no rate"), "{said}");
}

proptest! {
    /// Slower answers never turn a failed upper limit into a passed one.
    #[test]
    fn verdicts_are_monotone_in_the_measured_value(
        times in prop::collection::vec(1u64..2_000, 1..60),
        slower_by in 0u64..2_000,
        limit_ms in 1u64..2_000,
        metric in prop::sample::select(vec!["p50", "p99", "mean", "max", "min", "service.p90"]),
        upper in prop::sample::select(vec!["<", "<="]),
    ) {
        let slower: Vec<u64> = times.iter().map(|ms| ms + slower_by).collect();
        let text = format!("{metric} {upper} {limit_ms}ms");
        let ok = |times: &[u64]| verdict(&record(times, 0), &[&text]).0 == VerdictState::Pass;
        prop_assert!(ok(&times) || !ok(&slower));
    }

    /// More failures never turn a failed error limit into a passed one.
    #[test]
    fn verdicts_are_monotone_in_the_errors(failed in 0u64..50, more in 0u64..50, percent in 0u32..100) {
        let text = format!("errors < {percent}%");
        let ok = |failed| verdict(&record(&[1; 20], failed), &[&text]).0 == VerdictState::Pass;
        prop_assert!(ok(failed) || !ok(failed + more));
    }

    /// With samples, exactly one of `<` and `>=` holds.
    #[test]
    fn opposite_comparisons_disagree(times in prop::collection::vec(1u64..2_000, 1..40), limit_ms in 1u64..2_000) {
        let record = record(&times, 0);
        let ok = |comparator: Comparator| {
            let text = format!("p90 {} {limit_ms}ms", comparator.sign());
            verdict(&record, &[&text]).0 == VerdictState::Pass
        };
        prop_assert_ne!(ok(Comparator::Below), ok(Comparator::AtLeast));
        prop_assert_ne!(ok(Comparator::Above), ok(Comparator::AtMost));
    }
}
