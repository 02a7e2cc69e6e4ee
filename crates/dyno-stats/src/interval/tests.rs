//! Intervals against exact ones, computed with rational numbers in another language.

use dyno_model::Histogram;
use proptest::prelude::*;

use super::{quantile_interval, ranks};

#[test]
fn ranks_are_the_exact_ones() {
    // Python: fractions.Fraction and math.comb, summed term by term.
    for (count, q, confidence, expected) in [
        (10, 0.5, 0.95, Some((2, 9))),
        (100, 0.5, 0.95, Some((40, 61))),
        (100, 0.9, 0.95, Some((84, 96))),
        (100, 0.99, 0.95, None),
        (500, 0.99, 0.95, Some((490, 500))),
        (1000, 0.99, 0.95, Some((983, 997))),
        (1000, 0.5, 0.99, Some((459, 542))),
        (5, 0.5, 0.95, None),
        (6, 0.5, 0.95, Some((1, 6))),
        (2000, 0.999, 0.95, None),
        (5000, 0.999, 0.90, Some((4991, 4999))),
    ] {
        assert_eq!(
            ranks(count, q, confidence),
            expected,
            "{count} samples, quantile {q}, confidence {confidence}"
        );
    }
}

#[test]
fn large_counts_are_approximated_closely() {
    // Python: logarithms of gamma functions, summed term by term.
    for (count, q, low, high) in [
        (10_000_000, 0.5, 4_996_901, 5_003_100),
        (10_000_000, 0.99, 9_899_383, 9_900_617),
        (100_000_000, 0.999, 99_899_380, 99_900_620),
        (1_000_000_000, 0.99, 989_993_833, 990_006_167_u64),
    ] {
        let found = ranks(count, q, 0.95).unwrap();
        let most = (count as f64 * q * (1.0 - q)).sqrt() * 0.002 + 1.0;
        let far = |a: u64, b: u64| a.abs_diff(b) as f64;
        assert!(far(found.0, low) <= most && far(found.1, high) <= most, "{count} {q}: {found:?}");
    }
}

#[test]
fn values_are_those_of_the_histogram() {
    let mut histogram = Histogram::new();
    (1..=100).for_each(|value| histogram.record(value));
    assert_eq!(quantile_interval(&histogram, 0.5, 0.95), Some((40, 61)));
    assert_eq!(quantile_interval(&histogram, 0.99, 0.95), None);
    assert_eq!(quantile_interval(&Histogram::new(), 0.5, 0.95), None);
    assert_eq!(quantile_interval(&histogram, 0.0, 0.95), None);
    assert_eq!(quantile_interval(&histogram, 0.5, 1.0), None);
}

proptest! {
    #[test]
    fn the_interval_encloses_the_quantile_and_shrinks_with_samples(
        count in 200u64..20_000, percent in 5u32..95,
    ) {
        let q = f64::from(percent) / 100.0;
        let width = |count: u64| {
            let (low, high) = ranks(count, q, 0.95).unwrap();
            let expected = q * count as f64;
            assert!(low as f64 <= expected + 1.0 && high as f64 >= expected, "{low} {high} {expected}");
            (high - low) as f64 / count as f64
        };
        prop_assert!(width(4 * count) < width(count));
    }

    #[test]
    fn more_confidence_is_never_narrower(count in 100u64..3_000, percent in 10u32..90) {
        let q = f64::from(percent) / 100.0;
        let (narrow, wide) = (ranks(count, q, 0.8).unwrap(), ranks(count, q, 0.95).unwrap());
        prop_assert!(wide.0 <= narrow.0 && wide.1 >= narrow.1);
    }
}
