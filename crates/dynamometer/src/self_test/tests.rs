//! The formula of the freeze, against the figures that the tool is judged by and against the target's own rule.

use dyno_target::pause_answer_at;

use super::catalogue::{all, freeze_quantile_ms};

#[test]
fn the_formula_gives_the_known_figures() {
    for (q, ms) in [(0.5, 1.0), (0.9, 501.0), (0.99, 951.0), (0.999, 996.0), (1.0, 1001.0)] {
        assert!((freeze_quantile_ms(q) - ms).abs() < 1e-6, "p{q}: {} and not {ms}", freeze_quantile_ms(q));
    }
}

#[test]
fn the_formula_agrees_with_the_targets_rule() {
    const MS: u64 = 1_000_000;
    // Wherever in a period the measurement begins.
    for offset_ms in [0, 1, 777, 1000, 4999] {
        let mut waits: Vec<u64> = (0..20_000)
            .map(|n| (10_000 + offset_ms + n) * MS)
            .map(|arrival_ns| pause_answer_at(arrival_ns, 5000 * MS, 1000 * MS, MS) - arrival_ns)
            .collect();
        waits.sort_unstable();
        for q in [0.5, 0.9, 0.99, 0.999] {
            let exact_ms = waits[(q * 20_000.0) as usize - 1] as f64 / MS as f64;
            assert!((freeze_quantile_ms(q) - exact_ms).abs() <= 1.0, "p{q} from {offset_ms} ms");
        }
    }
}

#[test]
fn the_whole_test_takes_less_than_two_minutes() {
    let seconds: u32 = all().iter().map(|test| test.seconds).sum();
    assert!(2 * seconds < 120, "{seconds} s per engine");
}
