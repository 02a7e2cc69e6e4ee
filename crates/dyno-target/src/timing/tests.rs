//! The timing rules are pure, so they are checked without waiting for anything.

use super::distribution::Distribution;
use super::*;
use crate::query::Query;
use crate::random::uniform;

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

/// Mean wait in milliseconds of 400,000 Poisson arrivals at `servers` with those service times.
fn mean_wait_ms(servers: usize, rate_per_ms: f64, service: Distribution) -> f64 {
    const ARRIVALS: u64 = 400_000;
    let mut queue = VirtualQueue::default();
    let (mut now_ms, mut sum_ms) = (0.0, 0.0);
    for n in 0..ARRIVALS {
        now_ms += -uniform(1, n).ln() / rate_per_ms;
        let (arrival_ns, service_ns) = ((now_ms * MS as f64) as u64, service.draw_ns(2, n));
        let done_ns = queue.admit(arrival_ns, servers, service_ns, MS, u64::MAX).unwrap();
        sum_ms += (done_ns - arrival_ns - service_ns) as f64 / MS as f64;
    }
    sum_ms / ARRIVALS as f64
}

/// Mean wait of M/M/c by Erlang's C formula, in units of the mean service time; `load` is in Erlang.
fn erlang_c_wait(servers: usize, load: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 0.0;
    for k in 0..servers {
        sum += term;
        term *= load / (k + 1) as f64;
    }
    let last = term * servers as f64 / (servers as f64 - load);
    let waits = last / (sum + last);
    waits / (servers as f64 - load)
}

#[test]
fn several_servers_make_requests_wait_as_erlang_says() {
    let service = Distribution::exponential(Duration::from_millis(1), DELAY_MAX);
    assert!((erlang_c_wait(1, 0.5) - 1.0).abs() < 1e-12, "M/M/1 waits rho / (1 - rho)");
    for (servers, load) in [(1, 0.5), (1, 0.8), (2, 1.4), (4, 3.0), (8, 6.0)] {
        let (found, computed) = (mean_wait_ms(servers, load, service), erlang_c_wait(servers, load));
        assert!((found / computed - 1.0).abs() < 0.06, "M/M/{servers} at {load}: {found} against {computed}");
    }
}

#[test]
fn fixed_service_times_halve_the_wait() {
    // Pollaczek and Khinchine: M/D/1 waits rho / (2 (1 - rho)).
    let found = mean_wait_ms(1, 0.8, Distribution::fixed(Duration::from_millis(1)));
    assert!((found / 2.0 - 1.0).abs() < 0.05, "{found}");
}

#[test]
fn a_step_serves_its_rate_and_refuses_the_rest() {
    for (asked_per_s, capacity_per_s) in [(4_000, 2_000), (3_000, 1_000), (900, 1_000)] {
        let service_ns = 1_000_000_000 / capacity_per_s;
        let mut queue = VirtualQueue::default();
        let arrivals = 60_000;
        let served = (0..arrivals)
            .filter(|n| queue.admit(n * 1_000_000_000 / asked_per_s, 1, service_ns, service_ns, 20).is_some())
            .count();
        let computed = (capacity_per_s as f64 / asked_per_s as f64).min(1.0);
        let found = served as f64 / arrivals as f64;
        assert!((found - computed).abs() < 0.001, "{asked_per_s}/s of {capacity_per_s}/s: {found}");
    }
}
