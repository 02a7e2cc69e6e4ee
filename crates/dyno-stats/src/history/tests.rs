//! Series with and without changes, whose truth is known.

use proptest::prelude::*;

use super::{CHANGE_LEVEL, EProcess, POINTS_LEAST, change_points, last_change, ratchet};
use crate::random::SplitMix64;

fn series(levels: &[(usize, f64)], sigma: f64, seed: u64) -> Vec<f64> {
    let mut random = SplitMix64::new(seed);
    levels
        .iter()
        .flat_map(|(count, level)| std::iter::repeat_n(*level, *count))
        .map(|level| level + sigma * random.normal())
        .collect()
}

fn places(series: &[f64]) -> Vec<usize> {
    change_points(series, CHANGE_LEVEL, 1).iter().map(|point| point.at).collect()
}

#[test]
fn a_step_is_found_where_it_is() {
    let found = change_points(&series(&[(20, 1.0), (15, 1.2)], 0.03, 1), CHANGE_LEVEL, 1);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].at, 20);
    assert!((found[0].before - 1.0).abs() < 0.03 && (found[0].after - 1.2).abs() < 0.03, "{found:?}");
    assert_eq!(places(&series(&[(15, 1.0), (15, 1.3), (15, 1.1)], 0.03, 2)), [15, 30]);
    assert_eq!(last_change(&series(&[(15, 1.0), (15, 1.3), (15, 1.1)], 0.03, 2), CHANGE_LEVEL, 1), 30);
}

#[test]
fn what_is_no_step_is_none() {
    assert!(places(&series(&[(40, 1.0)], 0.03, 3)).is_empty());
    assert!(places(&[1.0; 40]).is_empty());
    assert!(places(&[]).is_empty() && places(&[1.0, 2.0, 3.0, 4.0, 5.0]).is_empty(), "too short");
    let mut spike = series(&[(30, 1.0)], 0.03, 4);
    spike[29] = 3.0;
    assert!(places(&spike).is_empty(), "one session far out is no change");
    spike[28] = f64::NAN;
    assert!(places(&spike).is_empty(), "a series with a hole is not judged");
    assert_eq!(last_change(&spike, CHANGE_LEVEL, 1), 0);
}

#[test]
fn a_watched_history_gives_less_than_one_false_point_in_a_thousand_sessions() {
    const SERIES: u64 = 150;
    const SESSIONS: usize = 40;
    let mut false_points = 0;
    for seed in 0..SERIES {
        let mut random = SplitMix64::new(1000 + seed);
        // Student's t with three degrees of freedom: sessions are sometimes far out.
        let mut heavy = || {
            let squares: f64 = (0..3).map(|_| random.normal().powi(2)).sum();
            random.normal() / (squares / 3.0).sqrt()
        };
        let history: Vec<f64> = (0..SESSIONS).map(|_| heavy()).collect();
        let mut known: Vec<usize> = Vec::new();
        for watched in 2 * POINTS_LEAST..=SESSIONS {
            for point in change_points(&history[..watched], CHANGE_LEVEL, seed) {
                if known.iter().all(|at| at.abs_diff(point.at) > 2) {
                    known.push(point.at);
                }
            }
        }
        false_points += known.len();
    }
    let sessions = SERIES as f64 * SESSIONS as f64;
    assert!(false_points as f64 <= sessions / 1000.0, "{false_points} false points in {sessions} sessions");
}

#[test]
fn a_step_of_three_deviations_is_found_within_ten_sessions() {
    let found = (0..40).filter(|seed| {
        let changes = places(&series(&[(25, 0.0), (10, 3.0)], 1.0, 50 + seed));
        changes.iter().any(|at| at.abs_diff(25) <= 1)
    });
    let found = found.count();
    assert!(found >= 36, "{found} of 40");
}

#[test]
fn small_steps_add_up() {
    let creep = ratchet(&[0.02, 0.01, 0.03], 0.05);
    assert!(creep.is_exceeded && creep.steps == 3 && (creep.sum - 0.06).abs() < 1e-12);
    assert!(!ratchet(&[0.02, -0.02, 0.02], 0.05).is_exceeded, "a gain pays for an earlier loss");
    assert!((ratchet(&[-0.5, 0.04], 0.05).sum - 0.04).abs() < 1e-12, "gains are not saved up");
    assert_eq!(ratchet(&[f64::NAN], 0.05).sum, 0.0);
}

#[test]
fn evidence_may_be_looked_at_after_every_value() {
    let mut random = SplitMix64::new(6);
    let mut alarms = 0;
    for _ in 0..1000 {
        let mut evidence = EProcess::new(20.0);
        let has_alarmed = (0..200).any(|_| {
            evidence.add(random.normal());
            evidence.value() >= 20.0
        });
        alarms += usize::from(has_alarmed);
    }
    assert!(alarms <= 50, "{alarms} of 1000 alarms at a level of 5 %");
}

#[test]
fn evidence_grows_with_an_effect_and_not_without() {
    let mut evidence = EProcess::new(20.0);
    assert!((evidence.value() - 1.0).abs() < 1e-12);
    evidence.add(f64::NAN);
    assert!((evidence.value() - 1.0).abs() < 1e-12);
    (0..14).for_each(|_| evidence.add(1.0));
    assert!(evidence.value() > 5.0 && evidence.p() < 0.2, "{}", evidence.value());
    let mut better = EProcess::new(20.0);
    (0..14).for_each(|_| better.add(-1.0));
    assert!(better.value() < 0.5 && better.p() == 1.0, "{}", better.value());
}

proptest! {
    #[test]
    fn changes_do_not_depend_on_level_or_unit(shift in -5.0..5.0f64, scale in 0.1..10.0f64) {
        let original = series(&[(12, 0.0), (12, 4.0)], 1.0, 9);
        let other: Vec<f64> = original.iter().map(|value| shift + scale * value).collect();
        prop_assert_eq!(places(&original), places(&other));
    }
}
