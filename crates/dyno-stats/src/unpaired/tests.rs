//! Sessions, blocks and bootstraps against truths that are known by construction.

use dyno_model::Histogram;
use proptest::prelude::*;

use super::{
    Bootstrap, autocorrelation_time, block_length, effective_samples, permutation_least, satterthwaite,
    session_permutation, welch,
};
use crate::random::SplitMix64;

#[test]
fn few_sessions_give_the_p_of_counting_labelings() {
    assert_eq!(session_permutation(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0], 0.0, 0), 1.0 / 20.0);
    assert_eq!(session_permutation(&[4.0, 5.0, 6.0], &[1.0, 2.0, 3.0], 0.0, 0), 1.0);
    assert_eq!(session_permutation(&[1.0; 5], &[1.0; 5], 0.0, 0), 1.0, "equal values are no evidence");
    assert_eq!(session_permutation(&[1.0; 5], &[2.0; 5], 0.0, 0), 1.0 / 252.0);
    assert_eq!(session_permutation(&[1.0; 5], &[2.0; 5], 1.0, 0), 1.0, "the null is what is tolerated");
    assert_eq!(session_permutation(&[1.0], &[2.0, 3.0], 0.0, 0), 1.0);
    assert_eq!(permutation_least(5, 5), 1.0 / 252.0);
}

#[test]
fn many_sessions_are_drawn_with_the_seed() {
    let mut random = SplitMix64::new(4);
    let mut side = |level: f64| -> Vec<f64> { (0..14).map(|_| level + random.normal()).collect() };
    let (a, b) = (side(0.0), side(0.6));
    let p = session_permutation(&a, &b, 0.0, 7);
    assert_eq!(p, session_permutation(&a, &b, 0.0, 7));
    let by_t = welch(&a, &b).unwrap().p_above(0.0);
    assert!((p - by_t).abs() < 0.01, "permutation {p}, Welch {by_t}");
}

#[test]
fn equal_sessions_raise_as_few_alarms_as_they_say_even_with_unequal_spread() {
    for (spread_b, sessions) in [(1.0, 5), (3.0, 6)] {
        let mut random = SplitMix64::new(5);
        let mut side =
            |spread: f64| -> Vec<f64> { (0..sessions).map(|_| spread * random.normal()).collect() };
        let alarms =
            (0..1000).filter(|_| session_permutation(&side(1.0), &side(spread_b), 0.0, 0) <= 0.05).count();
        assert!(alarms <= 75, "spread {spread_b}: {alarms} of 1000");
    }
}

#[test]
fn intervals_of_differences_cover_what_they_say() {
    let mut random = SplitMix64::new(6);
    let mut covered = 0;
    for _ in 0..2000 {
        let a: Vec<f64> = (0..6).map(|_| random.normal()).collect();
        let b: Vec<f64> = (0..9).map(|_| 1.0 + 2.0 * random.normal()).collect();
        let (low, high) = welch(&a, &b).unwrap().interval(0.95);
        covered += i32::from(low <= 1.0 && high >= 1.0);
    }
    assert!((1870..=1940).contains(&covered), "{covered} of 2000");
}

#[test]
fn differences_know_what_they_would_have_found() {
    let found = welch(&[0.0, 0.1, -0.1, 0.05], &[0.0, 0.1, -0.1, 0.05]).unwrap();
    let effect = found.detectable(0.0, 0.01, 0.9);
    let there = super::Difference { point: effect, ..found };
    let nine_of_ten = super::Difference { point: effect - (there.upper(0.9) - effect), ..found };
    assert!((nine_of_ten.p_above(0.0) - 0.01).abs() < 1e-6, "a poor draw of such an effect is at the level");
    assert!(effect > 0.0 && found.upper(0.95) > 0.0);
}

#[test]
fn degrees_of_freedom_are_those_of_satterthwaite() {
    assert_eq!(satterthwaite(&[(1.0, 5.0)]), 5.0);
    assert_eq!(satterthwaite(&[(1.0, 5.0), (1.0, 5.0)]), 10.0);
    assert_eq!(satterthwaite(&[(1.0, 5.0), (1.0, f64::INFINITY)]), 20.0);
    assert_eq!(satterthwaite(&[(1.0, f64::INFINITY)]), f64::INFINITY);
}

/// Values of which each keeps a share of the one before.
fn autoregressive(n: usize, keeps: f64, random: &mut SplitMix64) -> Vec<f64> {
    let mut last = 0.0;
    let fresh = (1.0 - keeps * keeps).sqrt();
    (0..n)
        .map(|_| {
            last = keeps * last + fresh * random.normal();
            last
        })
        .collect()
}

#[test]
fn blocks_are_long_where_neighbours_are_alike() {
    let mut random = SplitMix64::new(8);
    let mut mean_length = |keeps: f64| {
        (0..40).map(|_| block_length(&autoregressive(300, keeps, &mut random))).sum::<f64>() / 40.0
    };
    let (independent, weak, strong) = (mean_length(0.0), mean_length(0.5), mean_length(0.9));
    assert!(independent < 6.0 && weak > independent && strong > 1.5 * weak, "{independent} {weak} {strong}");
    assert_eq!(block_length(&[1.0; 100]), 3.0, "a constant has no neighbours to keep");
    assert!(block_length(&autoregressive(60, 0.99, &mut random)) <= 12.0, "a fifth of the series at most");
}

#[test]
fn autocorrelation_time_is_that_of_the_process() {
    let mut random = SplitMix64::new(9);
    for (keeps, known) in [(0.0, 1.0), (0.5, 3.0), (0.8, 9.0)] {
        let found = autocorrelation_time(&autoregressive(20_000, keeps, &mut random));
        assert!((found / known - 1.0).abs() < 0.2, "{keeps}: {found} and not {known}");
    }
    assert_eq!(effective_samples(&[2.0; 10]), 10.0);
}

/// A run of seconds with 100 log-normal response times each, around levels that drift by `drift` with memory.
fn run(seconds: usize, drift: f64, random: &mut SplitMix64) -> Vec<Histogram> {
    let levels = autoregressive(seconds, 0.8, random);
    levels
        .iter()
        .map(|level| {
            let mut histogram = Histogram::new();
            let mut one = || (14.0 + drift * level + 0.4 * random.normal()).exp() as u64;
            (0..100).for_each(|_| histogram.record(one()));
            histogram
        })
        .collect()
}

fn whole(run: &[Histogram]) -> Histogram {
    let mut whole = Histogram::new();
    run.iter().for_each(|second| whole.merge(second));
    whole
}

#[test]
fn the_bootstrap_knows_how_far_a_run_could_have_come_out_otherwise() {
    for drift in [0.0, 0.2] {
        let mut random = SplitMix64::new(10);
        let runs: Vec<Vec<Histogram>> = (0..60).map(|_| run(80, drift, &mut random)).collect();
        let logs: Vec<f64> = runs.iter().map(|run| (whole(run).quantile(0.5) as f64).ln()).collect();
        let truth = super::moments(&logs).unwrap().1.sqrt();
        let errors =
            runs.iter().take(6).map(|run| Bootstrap::new(run, 1).unwrap().quantile_errors(&[0.5])[0]);
        let found = errors.sum::<f64>() / 6.0;
        assert!((0.6..1.45).contains(&(found / truth)), "drift {drift}: {found} and not {truth}");
    }
}

#[test]
fn the_bootstrap_wants_a_minute() {
    let mut random = SplitMix64::new(11);
    let mut seconds = run(60, 0.1, &mut random);
    assert!(Bootstrap::new(&seconds[..59], 1).is_none());
    let known = Bootstrap::new(&seconds, 1).unwrap();
    assert!(known.blocks() >= 5.0 && known.mean_error() > 0.0);
    assert!(known.count_error() < 1e-9, "every second has a hundred");
    // A second in which nothing was answered is part of the run.
    seconds[30] = Histogram::new();
    assert!(Bootstrap::new(&seconds, 1).unwrap().count_error() > 1e-3);
    assert!(Bootstrap::new(&vec![Histogram::new(); 90], 1).is_none());
}

proptest! {
    #[test]
    fn p_is_a_probability_and_falls_with_the_effect(
        a in prop::collection::vec(-1.0..1.0f64, 4..6), b in prop::collection::vec(-1.0..1.0f64, 4..6), more in 0.0..3.0f64,
    ) {
        let p = session_permutation(&a, &b, 0.0, 1);
        let higher: Vec<f64> = b.iter().map(|value| value + more).collect();
        let least = permutation_least(a.len(), b.len());
        prop_assert!(p <= 1.0 && p >= least * (1.0 - 1e-12));
        prop_assert!(session_permutation(&a, &higher, more, 1) == p || more > 0.0);
        prop_assert!(welch(&a, &higher).unwrap().p_above(0.0) <= welch(&a, &b).unwrap().p_above(0.0) + 1e-12);
    }
}
