//! Evenness of even, random and bursty arrivals.

use proptest::prelude::*;

use super::{coefficient_of_variation, dispersion};

#[test]
fn even_spacing_has_no_variation() {
    let starts: Vec<u64> = (0..1000).map(|n| n * 1_000_000).collect();
    assert_eq!(coefficient_of_variation(&starts), Some(0.0));
    assert_eq!(dispersion(&[10; 100]), Some(0.0));
}

#[test]
fn poisson_has_one_of_each() {
    // Inverse transform of evenly spread probabilities, in a scrambled order: exponential gaps.
    let gaps =
        (0u64..4096).map(|n| ((n * 1_597 % 4096) as f64 + 0.5) / 4096.0).map(|p| -(1.0 - p).ln() * 1e6);
    let starts: Vec<u64> = gaps
        .scan(0.0, |at, gap| {
            *at += gap;
            Some(*at as u64)
        })
        .collect();
    let variation = coefficient_of_variation(&starts).unwrap();
    assert!((variation - 1.0).abs() < 0.01, "{variation}");
}

#[test]
fn bursts_have_more() {
    let starts: Vec<u64> = (0..1000).map(|n| n / 100 * 1_000_000_000 + n % 100).collect();
    assert!(coefficient_of_variation(&starts).unwrap() > 5.0);
    assert!(dispersion(&[100, 0, 0, 0, 100, 0, 0, 0]).unwrap() > 50.0);
}

#[test]
fn matches_an_independent_computation() {
    // statistics.stdev and statistics.mean of Python's standard library.
    assert!((coefficient_of_variation(&[0, 1, 3, 6, 10]).unwrap() - 0.516_397_779_494_322_2).abs() < 1e-12);
    assert!((dispersion(&[2, 4, 4, 4, 5, 5, 7, 9]).unwrap() - 0.914_285_714_285_714_3).abs() < 1e-12);
}

#[test]
fn too_little_is_not_known() {
    assert_eq!(coefficient_of_variation(&[]), None);
    assert_eq!(coefficient_of_variation(&[1, 2]), None);
    assert_eq!(coefficient_of_variation(&[5, 5, 5]), None);
    assert_eq!((dispersion(&[]), dispersion(&[3]), dispersion(&[0, 0])), (None, None, None));
}

proptest! {
    #[test]
    fn the_unit_does_not_matter(mut starts in prop::collection::vec(0u64..1_000_000, 3..50), factor in 1u64..1000) {
        starts.sort_unstable();
        let scaled: Vec<u64> = starts.iter().map(|start| start * factor).collect();
        match (coefficient_of_variation(&starts), coefficient_of_variation(&scaled)) {
            (Some(a), Some(b)) => prop_assert!((a - b).abs() < 1e-9),
            (a, b) => prop_assert_eq!(a, b),
        }
    }
}
