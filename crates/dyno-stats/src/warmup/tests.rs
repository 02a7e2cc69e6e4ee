//! Warm-up detection on made-up series: level, noise, step, decay, drift.

use super::{is_steady, warmup_length};

/// Noise from −1 to 1 without a generator of random numbers: fractional parts of multiples of the golden ratio.
fn noise(n: usize) -> f64 {
    (n as f64 * 0.618_033_988_749_895 * 7.0).fract().mul_add(2.0, -1.0)
}

fn series(slices: usize, value: impl Fn(f64) -> f64, scatter: f64) -> Vec<f64> {
    (0..slices).map(|n| value(n as f64) * (1.0 + scatter * noise(n))).collect()
}

fn check(name: &str, slices: usize, value: impl Fn(f64) -> f64, scatter: f64, steady: bool) {
    let series = series(slices, value, scatter);
    assert_eq!(is_steady(&series, &vec![1.0; slices]), steady, "{name}");
    assert_eq!(is_steady(&vec![1.0; slices], &series), steady, "{name}, as rates");
}

#[test]
fn a_level_series_is_steady_whatever_its_noise() {
    check("constant", 50, |_| 5.0, 0.0, true);
    check("zero", 50, |_| 0.0, 0.0, true);
    check("10 % noise", 50, |_| 5.0, 0.1, true);
    check("50 % noise", 100, |_| 5.0, 0.5, true);
}

#[test]
fn too_few_slices_are_never_steady() {
    check("29 slices", 29, |_| 5.0, 0.0, false);
    check("30 slices", 30, |_| 5.0, 0.0, true);
    assert!(!is_steady(&[], &[]));
}

#[test]
fn a_step_is_steady_once_it_lies_behind() {
    let step = |n: f64| if n < 20.0 { 10.0 } else { 5.0 };
    check("step, just passed", 35, step, 0.05, false);
    check("step, long passed", 80, step, 0.05, true);
    assert_eq!(warmup_length(&series(80, step, 0.05)), Some(20));
}

#[test]
fn a_decay_is_steady_once_it_is_over() {
    let decay = |n: f64| 5.0 + 20.0 * (-n / 10.0).exp();
    check("decay, early", 30, decay, 0.02, false);
    check("decay, late", 120, decay, 0.02, true);
}

#[test]
fn a_drift_is_not_steady() {
    check("rising", 100, |n| 5.0 + 0.05 * n, 0.05, false);
    check("falling", 100, |n| 10.0 - 0.05 * n, 0.05, false);
    check("drift too small to matter", 100, |n| 5.0 + 0.001 * n, 0.0, true);
}

#[test]
fn values_that_are_no_numbers_are_left_out() {
    let mut with_gaps = series(60, |_| 5.0, 0.1);
    with_gaps[10] = f64::NAN;
    assert!(is_steady(&with_gaps, &with_gaps));
    assert!(!is_steady(&[f64::NAN; 60], &[1.0; 60]));
}
