//! The timing rules are pure, so they are checked without waiting for anything.

use super::distribution::Distribution;
use super::*;
use crate::query::Query;

const MS: u64 = 1_000_000;
const DELAY_MAX: Duration = Duration::from_secs(10);

/// Every 5 s frozen for 1 s; all in milliseconds.
#[track_caller]
fn check_pause(arrival: u64, service: u64, expected: u64) {
    let found = pause_answer_at(arrival * MS, 5_000 * MS, 1_000 * MS, service * MS);
    assert_eq!(found as f64 / MS as f64, expected as f64, "arrival at {arrival} with service {service}");
}

#[test]
fn freezes_hold_answers_back() {
    check_pause(0, 1, 1);
    check_pause(500, 1, 501);
    check_pause(4_000, 1, 4_001);
    check_pause(4_999, 1, 5_000);
    check_pause(4_998, 5, 6_003);
    check_pause(5_000, 1, 6_001);
    check_pause(5_400, 1, 6_001);
    check_pause(5_999, 1, 6_001);
    check_pause(6_000, 1, 6_001);
    check_pause(12_345, 1, 12_346);
    check_pause(15_500, 0, 16_000);
    // 4 s of work per period after the first.
    check_pause(6_000, 4_000, 10_000);
    check_pause(6_000, 4_001, 11_001);
    check_pause(6_000, 8_000, 15_000);
    check_pause(6_000, 8_001, 16_001);
    check_pause(5_500, 9_000, 17_000);
}

#[test]
fn the_freeze_test_has_the_computed_quantiles() {
    // 1,000 arrivals per second over ten whole periods.
    let mut waits: Vec<u64> = (5_000..55_000)
        .map(|ms| ms * MS)
        .map(|at| pause_answer_at(at, 5_000 * MS, 1_000 * MS, MS) - at)
        .collect();
    waits.sort_unstable();
    let quantile_ms = |q: f64| waits[((waits.len() - 1) as f64 * q) as usize] as f64 / MS as f64;
    for (q, expected) in [(0.5, 1.0), (0.9, 501.0), (0.99, 951.0), (0.999, 996.0), (1.0, 1001.0)] {
        assert!((quantile_ms(q) - expected).abs() <= 1.0, "{q}: {} against {expected}", quantile_ms(q));
    }
}

#[test]
fn a_virtual_server_serves_at_its_rate_and_no_faster() {
    let mut queue = VirtualQueue::default();
    let mut admit = |at_ms: u64| queue.admit(at_ms * MS, 1, 10 * MS, 10 * MS, 3).map(|done| done / MS);
    assert_eq!(admit(100), Some(110));
    assert_eq!(admit(100), Some(120));
    assert_eq!(admit(100), Some(130));
    assert_eq!(admit(100), Some(140));
    assert_eq!(admit(100), None);
    assert_eq!(admit(110), Some(150));
    assert_eq!(admit(1_000), Some(1_010));
}

#[test]
fn several_virtual_servers_work_side_by_side() {
    let mut queue = VirtualQueue::default();
    let done: Vec<_> = (0..4).map(|_| queue.admit(0, 2, 10 * MS, 10 * MS, 100).unwrap() / MS).collect();
    assert_eq!(done, [10, 10, 20, 20]);
}

#[test]
fn draws_have_the_asked_mean_and_deviation() {
    for name in ["fixed", "uniform", "normal", "lognormal", "exponential", "pareto"] {
        let query = format!("dist={name}&mean=20ms&sd=4ms");
        let distribution = Distribution::from_query(Query(Some(&query)), DELAY_MAX).unwrap();
        let draws: Vec<f64> = (0..50_000).map(|n| distribution.draw_ns(7, n) as f64 / MS as f64).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / draws.len() as f64;
        let deviation = match name {
            "fixed" => 0.0,
            "exponential" => 20.0,
            _ => 4.0,
        };
        assert!((mean - 20.0).abs() < 0.4, "{name} has mean {mean}");
        assert!((variance.sqrt() - deviation).abs() < 0.4, "{name} has deviation {}", variance.sqrt());
        assert_eq!(distribution.draw_ns(7, 3), distribution.draw_ns(7, 3));
    }
}

#[test]
fn bad_distributions_are_named() {
    for (query, part) in [
        ("dist=gauss", "`dist=gauss` is none of"),
        ("mean=fast", "`mean=fast` is no duration"),
        ("min=2s&max=1s", "above"),
        ("dist=pareto&sd=0", "above zero"),
    ] {
        let error = Distribution::from_query(Query(Some(query)), DELAY_MAX).unwrap_err();
        assert!(error.contains(part), "{query} gave {error}");
    }
}
