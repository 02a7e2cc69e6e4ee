use std::time::Duration;

use super::play::{ServerResult, Times, times_of};
use super::report;

#[test]
fn failures_have_no_part_in_the_times() {
    let record = r#"talk {"totals":{"ok":990,"failed":7,"rejected":3},
        "response_time_ns":{"mean":1500000,"p95":2250000.0}}"#;
    let expected = Times { ok: 990, failed: 10, mean_ms: Some(1.5), p95_ms: Some(2.25) };
    assert_eq!(times_of(record), Ok(expected));
    let none = r#"{"totals":{"ok":0,"failed":1000,"rejected":0},"response_time_ns":{"mean":0,"p95":0}}"#;
    assert_eq!(times_of(none), Ok(Times { ok: 0, failed: 1000, mean_ms: None, p95_ms: None }));
    assert!(times_of("error: refused").is_err());
}

fn result(name: &'static str, mean_ms: Option<f64>) -> ServerResult {
    let times = Times { ok: 1000, failed: 2, mean_ms, p95_ms: mean_ms.map(|it| it * 2.0) };
    let mut result = ServerResult::new(name);
    result.rss_bytes = vec![4_000_000, 6_000_000];
    result.cpu = Duration::from_millis(300);
    result.wall = Duration::from_secs(1);
    result.plays = std::array::from_fn(|_| vec![times]);
    result
}

#[test]
fn blocks_and_ratios_are_shown() {
    let text = report::text(
        &[result("dyno", Some(0.49)), result("Flask", Some(0.5)), result("Dead", None)],
        1,
        1000,
    );
    for line in [
        "dyno\n----\n  Memory                5.0 MB\n  CPU                  30.0 %\n  CPU per request      50.0 µs\n",
        "  Simple Text      mean    0.490 ms   p95    0.980 ms   failed 2 of 1002\n",
        "dyno vs Flask (below 1 is better for dyno)\n-------------\n  Memory           1.00x\n",
        "  POST Echo        0.98x   p95 0.98x\n",
        "  POST Echo        mean        – ms   p95        – ms   failed 2 of 1002\n",
        "  Path Params (1)  –\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
}
