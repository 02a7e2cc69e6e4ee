//! Distributions are checked by chi-square with fixed seeds, so a test that passes once always passes.

use std::collections::HashSet;

use proptest::prelude::*;

use crate::{Random, WeightedChoice, Zipf, body, hex, text, uuid_v4};

/// The value that chi-square with `degrees` of freedom exceeds once in a thousand (Wilson and Hilferty).
fn chi_square_limit(degrees: f64) -> f64 {
    let z = 3.09;
    degrees * (1.0 - 2.0 / (9.0 * degrees) + z * (2.0 / (9.0 * degrees)).sqrt()).powi(3)
}

fn check_chi_square(observed: &[u64], weights: &[f64]) {
    let total: u64 = observed.iter().sum();
    let weight_sum: f64 = weights.iter().sum();
    let statistic: f64 = observed
        .iter()
        .zip(weights)
        .map(|(&seen, weight)| {
            let expected = total as f64 * weight / weight_sum;
            (seen as f64 - expected).powi(2) / expected
        })
        .sum();
    let limit = chi_square_limit(observed.len() as f64 - 1.0);
    assert!(statistic < limit, "chi-square {statistic:.1} is above {limit:.1}: {observed:?}");
}

fn count(bins: usize, draws: u64, mut draw: impl FnMut(u64) -> usize) -> Vec<u64> {
    let mut counts = vec![0; bins];
    (0..draws).for_each(|n| counts[draw(n)] += 1);
    counts
}

#[test]
fn the_first_values_never_change() {
    // Runs of different versions are comparable only while these stay.
    let mut random = Random::for_arrival(42, 0, 0);
    let values = [random.next_u64(), random.next_u64(), random.next_u64()];
    assert_eq!(values, FIRST_VALUES, "{values:?}");
    assert_eq!(uuid_v4(&mut Random::for_arrival(42, 0, 1)), FIRST_UUID);
}

const FIRST_VALUES: [u64; 3] =
    [14_817_158_283_922_871_382, 213_996_099_166_439_546, 4_337_720_276_259_214_686];
const FIRST_UUID: &str = "4965d338-1117-48fc-8952-243da77f8e39";

#[test]
fn below_is_uniform_within_and_across_arrivals() {
    let mut random = Random::for_arrival(1, 0, 0);
    check_chi_square(&count(10, 100_000, |_| random.below(10) as usize), &[1.0; 10]);
    check_chi_square(&count(10, 100_000, |n| Random::for_arrival(1, 0, n).below(10) as usize), &[1.0; 10]);
    check_chi_square(&count(16, 100_000, |n| Random::for_arrival(n, 7, 3).below(16) as usize), &[1.0; 16]);
    check_chi_square(&count(16, 100_000, |n| Random::for_arrival(5, n, 0).below(16) as usize), &[1.0; 16]);
}

#[test]
fn low_bits_are_uniform_too() {
    check_chi_square(
        &count(256, 200_000, |n| (Random::for_arrival(9, 1, n).next_u64() & 255) as usize),
        &[1.0; 256],
    );
}

#[test]
fn neighbouring_arrivals_are_independent() {
    let pair = |n| {
        let first = Random::for_arrival(3, 0, n).below(8);
        let second = Random::for_arrival(3, 0, n + 1).below(8);
        (first * 8 + second) as usize
    };
    check_chi_square(&count(64, 200_000, pair), &[1.0; 64]);
}

#[test]
fn different_arrivals_and_streams_give_different_values() {
    let mut seen = HashSet::new();
    for stream in 0..20 {
        for n in 0..5_000 {
            assert!(seen.insert(Random::for_arrival(42, stream, n).next_u64()), "stream {stream}, n {n}");
        }
    }
}

#[test]
fn exponential_and_normal_have_their_shape() {
    let mut random = Random::for_arrival(4, 0, 0);
    // Ten bins of equal probability.
    let bin = |value: f64| ((1.0 - (-value).exp()) * 10.0) as usize;
    check_chi_square(&count(10, 100_000, |_| bin(random.exponential())), &[1.0; 10]);

    let values: Vec<f64> = (0..100_000).map(|n| Random::for_arrival(4, 1, n).normal()).collect();
    let mean = values.iter().sum::<f64>() / 1e5;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 1e5;
    let beyond_two = values.iter().filter(|v| v.abs() > 1.959_964).count();
    assert!(mean.abs() < 0.01, "{mean}");
    assert!((variance - 1.0).abs() < 0.015, "{variance}");
    assert!((4_800..5_200).contains(&beyond_two), "{beyond_two}");
}

#[test]
fn zipf_follows_its_weights() {
    for exponent in [0.0, 0.5, 0.99, 1.0, 1.5, 3.0] {
        let zipf = Zipf::new(1, 12, exponent);
        let mut random = Random::for_arrival(8, 0, 0);
        let weights: Vec<f64> = (1..=12).map(|k| f64::from(k).powf(-exponent)).collect();
        check_chi_square(&count(12, 200_000, |_| zipf.pick(&mut random) as usize - 1), &weights);
    }
}

#[test]
fn zipf_reaches_both_ends_of_a_huge_range() {
    let zipf = Zipf::new(1, u64::MAX, 0.99);
    let mut random = Random::for_arrival(8, 0, 0);
    let picks: Vec<u64> = (0..10_000).map(|_| zipf.pick(&mut random)).collect();
    assert!(picks.contains(&1));
    assert!(picks.iter().any(|&k| k > u64::MAX / 2));
}

#[test]
fn weights_are_followed_and_zero_is_never_picked() {
    let choice = WeightedChoice::new(&[9, 0, 1]);
    let counts = count(3, 100_000, |n| choice.pick(Random::for_arrival(2, 0, n).next_u64()));
    assert_eq!(counts[1], 0);
    check_chi_square(&[counts[0], counts[2]], &[9.0, 1.0]);
    assert_eq!(WeightedChoice::new(&[]).pick(u64::MAX), 0);
    assert_eq!(WeightedChoice::new(&[0, 0]).pick(u64::MAX), 0);
    assert_eq!(WeightedChoice::new(&[u32::MAX, u32::MAX]).pick(u64::MAX), 1);
}

#[test]
fn bodies_do_not_compress() {
    let bytes = body(7, 100_003);
    assert_eq!(bytes.len(), 100_003);
    let mut counts = vec![0; 256];
    bytes.iter().for_each(|b| counts[usize::from(*b)] += 1);
    counts.retain(|c| *c > 0);
    check_chi_square(&counts, &[1.0; 64]);
    // No window of eight bytes comes twice, so a dictionary finds nothing.
    let windows: HashSet<&[u8]> = bytes.windows(8).collect();
    assert_eq!(windows.len(), bytes.len() - 7);
}

proptest! {
    #[test]
    fn results_stay_in_range(seed: u64, stream: u64, n: u64, a: i64, b: i64, bound in 1u64..) {
        let mut random = Random::for_arrival(seed, stream, n);
        let (min, max) = (a.min(b), a.max(b));
        prop_assert!((min..=max).contains(&random.between(min, max)));
        prop_assert!(random.below(bound) < bound);
        prop_assert!((0.0..1.0).contains(&random.uniform_f64()));
        prop_assert!(random.exponential() >= 0.0 && random.exponential().is_finite());
        prop_assert!(random.normal().is_finite());
        prop_assert_eq!(random.between(5, 5), 5);
        prop_assert_eq!(random.below(0), 0);
    }

    #[test]
    fn zipf_stays_in_range(seed: u64, a: u64, b: u64, exponent in 0.0f64..20.0) {
        let (min, max) = (a.min(b), a.max(b));
        let mut random = Random::for_arrival(seed, 0, 0);
        prop_assert!((min..=max).contains(&Zipf::new(min, max, exponent).pick(&mut random)));
        prop_assert_eq!(Zipf::new(max, min, exponent).pick(&mut random), max);
    }

    #[test]
    fn equal_arguments_give_equal_values(seed: u64, stream: u64, n: u64, len in 0usize..200) {
        let fresh = || Random::for_arrival(seed, stream, n);
        prop_assert_eq!(text(&mut fresh(), len), text(&mut fresh(), len));
        prop_assert_eq!(text(&mut fresh(), len).len(), len);
        prop_assert_eq!(hex(&mut fresh(), len).len(), len);
        prop_assert!(hex(&mut fresh(), len).bytes().all(|b| b.is_ascii_hexdigit()));
        prop_assert_eq!(&body(seed, len + 50)[..len], &body(seed, len)[..]);
    }

    #[test]
    fn uuids_have_version_and_variant(seed: u64, n: u64) {
        let uuid = uuid_v4(&mut Random::for_arrival(seed, 0, n));
        prop_assert_eq!(uuid.len(), 36);
        for (i, c) in uuid.char_indices() {
            match i {
                8 | 13 | 18 | 23 => prop_assert_eq!(c, '-'),
                14 => prop_assert_eq!(c, '4'),
                19 => prop_assert!("89ab".contains(c)),
                _ => prop_assert!(c.is_ascii_hexdigit() && !c.is_ascii_uppercase()),
            }
        }
    }
}
