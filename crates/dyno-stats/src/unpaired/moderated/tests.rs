//! Special functions by known values; the prior and predictions by simulations whose truth is known.

use super::{Prior, digamma, predict, prior, trigamma, trigamma_inverse};
use crate::random::SplitMix64;

#[test]
fn derivatives_of_the_gamma_function_are_right() {
    // Abramowitz and Stegun, tables 6.1 and 6.4.
    let close = |found: f64, known: f64| assert!((found - known).abs() < 1e-9, "{found} {known}");
    close(digamma(1.0), -0.577_215_664_901_532_9);
    close(digamma(0.5), -1.963_510_026_021_423_5);
    close(digamma(10.0), 2.251_752_589_066_721);
    let pi_squared = std::f64::consts::PI.powi(2);
    close(trigamma(1.0), pi_squared / 6.0);
    close(trigamma(0.5), pi_squared / 2.0);
    close(trigamma(3.0), pi_squared / 6.0 - 1.25);
    for x in [0.05, 0.5, 1.0, 7.5, 400.0] {
        assert!((trigamma_inverse(trigamma(x)) / x - 1.0).abs() < 1e-6, "{x}");
    }
}

/// The sum of squares of this many standard normal values.
fn chi_square(df: usize, random: &mut SplitMix64) -> f64 {
    (0..df).map(|_| random.normal().powi(2)).sum()
}

/// A variance as the model has it: `df · variance / chi²`.
fn true_variance(prior: Prior, random: &mut SplitMix64) -> f64 {
    prior.df * prior.variance / chi_square(prior.df as usize, random)
}

#[test]
fn a_prior_is_found_again() {
    let truth = Prior { df: 8.0, variance: 0.01 };
    let mut random = SplitMix64::new(1);
    let mut sample = |_| (true_variance(truth, &mut random) * chi_square(5, &mut random) / 5.0, 5.0);
    let variances: Vec<(f64, f64)> = (0..600).map(&mut sample).collect();
    let found = prior(&variances).unwrap();
    assert!((5.5..12.0).contains(&found.df), "{found:?}");
    assert!((found.variance / truth.variance - 1.0).abs() < 0.15, "{found:?}");
}

#[test]
fn cells_that_scatter_alike_weigh_more() {
    let mut random = SplitMix64::new(2);
    let alike: Vec<(f64, f64)> = (0..3000).map(|_| (0.04 * chi_square(4, &mut random) / 4.0, 4.0)).collect();
    let found = prior(&alike).unwrap();
    assert!(found.df > 25.0 && (found.variance / 0.04 - 1.0).abs() < 0.1, "{found:?}");
    assert_eq!(prior(&[(0.1, 3.0), (0.2, 3.0)]), None, "two cells are too few");
    assert_eq!(prior(&[(0.0, 3.0), (0.2, 3.0), (0.1, 3.0)]), None, "no spread is no variance");
}

#[test]
fn predictions_raise_as_many_false_alarms_as_they_say() {
    for (sessions, with_prior) in [(4, true), (6, true), (8, false), (20, false)] {
        let truth = Prior { df: 10.0, variance: 0.0009 };
        let mut random = SplitMix64::new(3);
        let alarms = (0..4000)
            .filter(|_| {
                let sigma = true_variance(truth, &mut random).sqrt();
                let stored: Vec<f64> = (0..sessions).map(|_| 2.0 + sigma * random.normal()).collect();
                let new = 2.0 + sigma * random.normal();
                let found = predict(&stored, new, with_prior.then_some(truth)).unwrap();
                found.difference.p_above(0.0) <= 0.05
            })
            .count();
        let share = alarms as f64 / 4000.0;
        // Three standard errors of 4,000 draws around 5 %.
        assert!((share - 0.05).abs() < 0.0104, "{sessions} sessions, prior {with_prior}: {share}");
    }
}

#[test]
fn too_few_sessions_predict_nothing() {
    let known = Some(Prior { df: 10.0, variance: 0.01 });
    assert!(predict(&[0.0; 7], 0.0, None).is_none());
    assert!(predict(&[0.0; 3], 0.0, known).is_none());
    assert!(predict(&[0.0, 0.1, 0.0, 0.1], 0.0, known).is_some());
    let found = predict(&[1.0; 8], 1.5, None).unwrap();
    assert_eq!(
        (found.difference.point, found.difference.p_above(0.0)),
        (0.5, 0.0),
        "history without any spread"
    );
}
