//! When a run is stopped for a threshold, and when it is not.

use std::time::Duration;

use dyno_model::Tally;

use super::{SoFar, violated_for_good};
use crate::parse_threshold;

fn check(text: &str, (ok, rejected, ms, seconds): (u64, u64, u64, u64), stops: bool) {
    let mut tally = Tally { ok, rejected, ..Tally::default() };
    tally.response_time.record_many(ms * 1_000_000, ok);
    let elapsed = Duration::from_secs(seconds);
    let so_far = SoFar { tally: &tally, connect: None, elapsed, asked_rate_per_s: Some(100.0) };
    let reason = violated_for_good(&parse_threshold(text).unwrap(), &so_far);
    assert_eq!(reason.is_some(), stops, "{text}: {reason:?}");
}

#[test]
fn quantiles_need_samples_and_time() {
    check("p99 < 20ms", (1000, 0, 30, 10), true);
    check("p99 < 20ms", (1000, 0, 10, 10), false);
    check("p99 < 20ms", (99, 0, 30, 10), false);
    check("p99 < 20ms", (1000, 0, 30, 4), false);
    check("errors < 1%", (100, 50, 1, 10), true);
    check("errors < 1%", (10, 50, 1, 10), false);
    check("rate > 99% of asked", (500, 0, 1, 10), true);
    check("rate > 99% of asked", (1000, 0, 1, 10), false);
    check("connect.p99 < 1ms", (1000, 0, 1, 10), false);
}

#[test]
fn what_can_only_grow_is_lost_at_once() {
    check("max < 20ms", (1, 0, 30, 1), true);
    check("max > 20ms", (1000, 0, 10, 60), false);
    check("errors <= 2", (1, 3, 1, 1), true);
    check("errors == 0", (1, 1, 1, 1), true);
    check("errors == 5", (1000, 3, 1, 60), false);
    check("requests < 10", (10, 0, 1, 1), true);
    check("requests >= 10000", (1000, 0, 1, 60), false);
    check("requests == 10", (5, 0, 1, 60), false);
}

#[test]
fn the_reason_has_the_figures() {
    let mut tally = Tally { ok: 200, ..Tally::default() };
    tally.response_time.record_many(40_000_000, 200);
    let elapsed = Duration::from_secs(6);
    let so_far = SoFar { tally: &tally, connect: None, elapsed, asked_rate_per_s: None };
    let reason = violated_for_good(&parse_threshold("p99 < 20ms").unwrap(), &so_far);
    insta::assert_snapshot!(reason.unwrap(), @r##"
    p99 was 40.1 ms, limit 20.0 ms (100.5 % over) after 6.00 s and 200 samples
    "##);
}
