//! Numbers of comparisons as people read them.

use dyno_model::{Change, Unit};

use super::{change, interval, percent, probability, value};
use crate::sample_comparison;

#[test]
fn values_have_about_four_digits_and_their_unit() {
    let cases = [
        (Unit::Ns, 12.41e6, "12.41 ms"),
        (Unit::Ns, 870.0, "870.0 ns"),
        (Unit::Ns, 41.04e3, "41.04 µs"),
        (Unit::PerS, 1_990.4, "1,990/s"),
        (Unit::PerS, 87.21, "87.21/s"),
        (Unit::Share, 0.000_21, "0.0210 %"),
        (Unit::Share, 0.0, "0 %"),
        (Unit::Bytes, 43e6, "41.01 MiB"),
        (Unit::Count, 12.0, "12.00"),
        (Unit::Ns, f64::NAN, "– ns"),
    ];
    for (unit, number, expected) in cases {
        assert_eq!(value(unit, number), expected);
    }
}

#[test]
fn both_values_share_a_unit() {
    let mut row = sample_comparison::failing().rows[4].clone();
    assert_eq!(super::pair(&row), ("12.41".to_owned(), "13.20".to_owned(), "ms"));
    row.b = row.b.map(|estimate| dyno_model::Estimate { value: 2.1e9, ..estimate });
    assert_eq!(super::pair(&row), ("0.01".to_owned(), "2.10".to_owned(), "s"));
    row.a = None;
    assert_eq!(super::pair(&row).0, "–");
    row.b = None;
    assert_eq!(super::pair(&row), ("–".to_owned(), "–".to_owned(), ""));
}

#[test]
fn changes_have_a_sign_and_their_unit() {
    let of = |point: f64, is_difference: bool| {
        change(Some(&Change { point, low: None, high: None, is_difference }))
    };
    let cases = [
        (0.064, false, "+6.4 %"),
        (-0.003_4, false, "-0.3 %"),
        (1.234, false, "+123 %"),
        (0.000_03, true, "+0.003 pp"),
        (0.001, true, "+0.1 pp"),
        (0.0, false, "0.0 %"),
        (-0.000_000_01, false, "0.000 %"),
        (f64::INFINITY, false, "– %"),
    ];
    for (point, is_difference, expected) in cases {
        assert_eq!(of(point, is_difference), expected, "{point}");
    }
    assert_eq!(change(None), "–");
    let both = Change { point: 0.0, low: Some(0.041), high: Some(0.089), is_difference: false };
    assert_eq!(interval(Some(&both)), "[+4.1, +8.9]");
}

#[test]
fn probabilities_and_shares_have_no_needless_digits() {
    assert_eq!(
        [0.000_01, 0.000_2, 0.012, 0.41].map(probability),
        ["p<0.0001", "p=0.0002", "p=0.012", "p=0.41"]
    );
    assert_eq!([0.01, 0.013, 0.000_5].map(percent), ["1 %", "1.3 %", "0.05 %"]);
}
