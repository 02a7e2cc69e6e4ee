//! Weighted draws keep their weights.

use super::*;

#[test]
fn weights_become_shares() {
    let choices = parse_statuses("200:0.7,503:0.2,404:0.1").unwrap();
    let draws = 100_000;
    let mut counts = std::collections::HashMap::new();
    for n in 0..draws {
        *counts.entry(pick(&choices, uniform(3, n))).or_insert(0_u32) += 1;
    }
    for (status, share) in choices {
        let found = f64::from(counts[&status]) / draws as f64;
        // Five standard deviations of a share of that many draws.
        let tolerance = 5.0 * (share * (1.0 - share) / draws as f64).sqrt();
        assert!((found - share).abs() < tolerance, "{status}: {found} instead of {share}");
    }
}

#[test]
fn what_is_no_status_is_named() {
    for codes in ["", "abc", "99", "600", "200:-1", "200:x", "200,,500", "200:inf"] {
        assert!(parse_statuses(codes).is_err(), "{codes}");
    }
    assert_eq!(pick(&parse_statuses("200:0,404:1").unwrap(), 1.0), 404);
    assert_eq!(pick(&parse_statuses("200:0,404:0").unwrap(), 1.0), 404);
}
