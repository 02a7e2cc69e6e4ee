//! Power, planning, and shares of errors.

use crate::paired::*;
use crate::random::SplitMix64;

use super::near;

#[test]
fn detectable_effects_are_those_of_the_table() {
    // In sigmas of a quad, at 80 and 90 % power; computed in closed form from tables of Student's t.
    const QUADS: [usize; 7] = [8, 10, 12, 16, 20, 30, 40];
    let table: [(f64, [(f64, f64); 7]); 3] = [
        (
            0.01,
            [
                (1.43, 1.62),
                (1.20, 1.36),
                (1.05, 1.19),
                (0.87, 0.99),
                (0.76, 0.87),
                (0.61, 0.69),
                (0.52, 0.59),
            ],
        ),
        (
            0.005,
            [
                (1.63, 1.82),
                (1.34, 1.50),
                (1.17, 1.31),
                (0.96, 1.08),
                (0.84, 0.94),
                (0.66, 0.74),
                (0.56, 0.63),
            ],
        ),
        (
            0.001,
            [
                (2.16, 2.35),
                (1.70, 1.86),
                (1.45, 1.59),
                (1.16, 1.28),
                (1.00, 1.10),
                (0.78, 0.86),
                (0.66, 0.73),
            ],
        ),
    ];
    for (alpha, row) in table {
        for (quads, (eighty, ninety)) in QUADS.into_iter().zip(row) {
            if quads < quads_least(alpha, 1) {
                assert_eq!(detectable(1.0, quads, alpha, 0.9), f64::INFINITY);
                continue;
            }
            near(
                detectable(1.0, quads, alpha, 0.8),
                eighty,
                0.0051,
                &format!("{quads} quads at {alpha}, 80 %"),
            );
            near(
                detectable(1.0, quads, alpha, 0.9),
                ninety,
                0.0051,
                &format!("{quads} quads at {alpha}, 90 %"),
            );
        }
    }
}

#[test]
fn promises_meet_both_conditions() {
    let promise = Promise::new(12, 0.01, 0.9);
    let by_test = 0.005 + detectable(0.1, 12, 0.01, 0.9);
    // Far below what the test finds the tolerance asks for nothing more, far above it asks for everything.
    near(promise.smallest(0.1, 0.005, -1.0), by_test, 1e-3, "test alone");
    near(
        promise.smallest(1e-3, 0.0, 0.05),
        0.05 + 1.2816 * 1.2533 * 1e-3 / 12f64.sqrt(),
        1e-5,
        "tolerance alone",
    );
    let both = promise.smallest(0.03, 0.005, 0.02);
    assert!(both > 0.005 + detectable(0.03, 12, 0.01, 0.9) && both < 0.05, "{both}");
    assert_eq!(promise.smallest(0.0, 0.005, 0.05), 0.05);
    assert_eq!(Promise::new(8, 0.01, 0.9).smallest(0.1, 0.0, 0.0), f64::INFINITY);
}

#[test]
fn quads_needed_grow_with_the_cells() {
    // Of 9 quads 126 arrangements have as many ABBA as BAAB, or one less; of 14 there are 3432.
    for (cells, quads) in [(0, 9), (1, 9), (3, 11), (20, 14), (40, 15), (100, 16)] {
        assert_eq!(quads_least(0.01, cells), quads, "{cells} cells");
    }
    assert_eq!(quads_least(1.0 / 70.0, 1), 8);
    assert_eq!((quads_least(0.0, 3), quads_least(1.0, 1)), (u32::MAX as usize, 1));
}

#[test]
fn shares_have_exact_limits() {
    // R: binom.test(0, 299), (1, 473), (5, 1049), (10, 2000), two-sided 95 %.
    for (hits, count, low, high) in [
        (0, 299, 0.0, 0.012_261_73),
        (10, 100, 0.049_004_69, 0.176_222_6),
        (10, 2000, 0.002_400_61, 0.009_176_69),
        (5, 5, 0.478_176_2, 1.0),
    ] {
        let found = clopper_pearson(hits, count, 0.95);
        near(found.0, low, 1e-6, &format!("low of {hits}/{count}"));
        near(found.1, high, 1e-6, &format!("high of {hits}/{count}"));
    }
    assert_eq!(clopper_pearson(0, 0, 0.95), (0.0, 1.0));
    // The sizes of certificates for "below 1 %": 0 of 299, 1 of 473, 2 of 628.
    for (hits, count) in [(0, 299), (1, 473), (2, 628)] {
        assert!(share_at_most(hits, count, 0.95) <= 0.01, "{hits} of {count}");
        assert!(share_at_most(hits, count - 2, 0.95) > 0.01, "{hits} of {}", count - 2);
    }
    near(share_at_most(0, 10_000, 0.95), 3e-4, 5e-6, "rule of three");
}

#[test]
fn more_errors_are_found_and_bursts_are_not() {
    let even = |errors: u64| vec![(1_000, errors); 12];
    assert!(excess_errors(&even(0), &even(2), 0.0) < 1e-6);
    assert!(excess_errors(&even(2), &even(0), 0.0) > 0.999);
    assert!(excess_errors(&even(2), &even(2), 0.0) > 0.4);
    assert_eq!(excess_errors(&even(0), &even(0), 0.0), 1.0);
    assert_eq!(excess_errors(&[], &[], 0.0), 1.0);
    assert!(excess_errors(&even(0), &even(2), 0.002) > 0.5, "an excess within the null is none");
    // The same 24 errors in one quad are one event.
    let mut burst = even(0);
    burst[3].1 = 24;
    let p = excess_errors(&even(0), &burst, 0.0);
    assert!(p > 0.2, "{p}");
}

#[test]
fn equal_shares_rarely_look_like_more() {
    let mut random = SplitMix64::new(5);
    let mut round = || {
        let busy = random.unit() < 0.3;
        (1_000, (0..1_000).filter(|_| random.unit() < if busy { 0.01 } else { 0.002 }).count() as u64)
    };
    let mut hits = 0;
    for _ in 0..1_000 {
        let a: Vec<_> = (0..12).map(|_| round()).collect();
        let b: Vec<_> = (0..12).map(|_| round()).collect();
        hits += u32::from(excess_errors(&a, &b, 0.0) <= 0.05);
    }
    assert!(hits <= 75, "{hits} of 1000 at 5 %");
}

/// Sessions of processes of rounds with known scatter; the counts are unequal where `is_ragged`.
fn sampled(seed: u64, sigmas: Components, is_ragged: bool) -> Vec<Vec<Vec<f64>>> {
    let mut random = SplitMix64::new(seed);
    (0..150)
        .map(|s| {
            let session = random.normal() * sigmas.session;
            (0..if is_ragged { 3 + s % 4 } else { 5 })
                .map(|p| {
                    let process = session + random.normal() * sigmas.process;
                    let rounds = if is_ragged { 2 + (s + p) % 5 } else { 4 };
                    (0..rounds).map(|_| process + random.normal() * sigmas.round).collect()
                })
                .collect()
        })
        .collect()
}

#[test]
fn components_of_variance_are_recovered() {
    for (is_ragged, sigmas) in [
        (false, Components { round: 0.02, process: 0.01, session: 0.03 }),
        (true, Components { round: 0.02, process: 0.03, session: 0.02 }),
        (false, Components { round: 0.02, process: 0.0, session: 0.0 }),
    ] {
        let found = components(&sampled(1, sigmas, is_ragged)).unwrap();
        near(found.round, sigmas.round, 0.001, "round");
        near(found.process, sigmas.process, 0.0035, "process");
        near(found.session, sigmas.session, 0.0045, "session");
    }
}

#[test]
fn what_is_not_repeated_has_no_component() {
    assert_eq!(components(&[]), None);
    assert_eq!(components(&[vec![vec![1.0], vec![2.0]]]), None);
    let one = components(&[vec![vec![1.0, 3.0]]]).unwrap();
    assert_eq!((one.process, one.session), (0.0, 0.0));
    near(one.round, 2.0f64.sqrt(), 1e-12, "two rounds");
}

#[test]
fn a_quad_scatters_like_its_rounds() {
    let sigmas = Components { round: 0.02, process: 0.0, session: 0.5 };
    near(sigmas.quad_sigma(0.0), 0.02, 1e-12, "independent rounds");
    // A random walk that hardly moves between rounds is cancelled by the order.
    assert!(sigmas.quad_sigma(0.95) < 0.007, "{}", sigmas.quad_sigma(0.95));
    let mut random = SplitMix64::new(8);
    let (rho, mut last) = (0.6f64, 0.0);
    let mut next = || {
        last = rho * last + (1.0 - rho * rho).sqrt() * random.normal() * 0.02;
        last
    };
    let quads: Vec<f64> = (0..40_000).map(|_| (-next() + next() + next() - next()) / 2.0).collect();
    let sigma = (quads.iter().map(|d| d * d).sum::<f64>() / quads.len() as f64).sqrt();
    near(sigmas.quad_sigma(rho), sigma, 0.0003, "correlated rounds");
}

#[test]
fn budgets_buy_smaller_effects() {
    let cost = QuadCost { round_s: 2.0, gap_s: 0.25, restart_s: 1.0 };
    let bought = buy(0.02, 0.005, &cost, 8, 0.01, &[60.0, 180.0, 600.0]);
    let quads: Vec<usize> = bought.iter().map(|buy| buy.quads).collect();
    assert_eq!(quads, [0, 10, 52]);
    assert_eq!(bought[0].detectable, f64::INFINITY);
    near(bought[1].detectable, 0.005 + 0.02 * 1.36, 2e-4, "three minutes");
    assert!(bought[2].detectable < 0.017, "{}", bought[2].detectable);
    let even = Components { round: 0.02, process: 0.01, session: 0.0 };
    // Four times the variance and a ninth of the cost.
    assert_eq!(rounds_per_process(&even, &QuadCost { restart_s: 18.0, ..cost }), Some(4));
    assert_eq!(rounds_per_process(&Components { process: 0.0, ..even }, &cost), None);
}
