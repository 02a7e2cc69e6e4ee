//! Amounts per unit, and that no text makes them panic.

use dyno_model::Unit;
use proptest::prelude::*;

use super::{ToleranceText, quantity, tolerance, tolerance_words, words};
use crate::kind::MetricKind;

#[test]
fn amounts_are_read_in_the_unit_of_the_metric() {
    for (text, unit, value) in [
        ("25ms", Unit::Ns, 25e6),
        ("1.5k/s", Unit::PerS, 1_500.0),
        ("0.2%", Unit::Share, 0.002),
        ("0.05pp", Unit::Share, 0.0005),
        ("4MiB", Unit::Bytes, 4.0 * 1024.0 * 1024.0),
        ("1_000", Unit::Count, 1_000.0),
    ] {
        assert_eq!(quantity(text, unit), Ok(value), "{text}");
    }
}

#[test]
fn an_amount_without_its_unit_says_what_to_write() {
    let error = quantity("25", Unit::Ns).unwrap_err();
    assert_eq!((error.problem.as_str(), error.hint.as_str()), ("`25` has no unit", "write `25ms`, or `25%`"));
    let error = quantity("fast", Unit::PerS).unwrap_err();
    assert_eq!(error.problem, "`fast` is not a rate such as `1000/s`");
    assert!(quantity("-5ms", Unit::Ns).is_err() && quantity("nan", Unit::Count).is_err());
}

#[test]
fn a_tolerance_has_a_share_an_amount_or_both() {
    let parts = |relative, absolute| Ok(ToleranceText::Parts { relative, absolute });
    assert_eq!(tolerance("10%", Unit::Ns), parts(Some(0.10), None));
    assert_eq!(tolerance("50us", Unit::Ns), parts(None, Some(50e3)));
    assert_eq!(tolerance("10%,50us", Unit::Ns), parts(Some(0.10), Some(50e3)));
    assert_eq!(tolerance("0.05pp", Unit::Share), parts(None, Some(0.0005)));
    assert_eq!(tolerance("auto", Unit::Ns), Ok(ToleranceText::Auto));
    assert!(tolerance("10%,5%", Unit::Ns).unwrap_err().problem.contains("twice"));
    assert!(tolerance("", Unit::Ns).is_err() && tolerance("10%,", Unit::Ns).is_err());
}

#[test]
fn tolerances_are_written_for_people() {
    let said = |metric: &str| {
        let kind = MetricKind::of(metric).unwrap();
        tolerance_words(&kind.tolerance, kind.unit)
    };
    assert_eq!(said("p99"), "10 % or 50.0 µs");
    assert_eq!(said("errors"), "0.1 pp");
    assert_eq!(said("rss"), "5 % or 4.00 MiB");
    assert_eq!(words(0.002, Unit::Share), "0.20 %");
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,20}", digits in "[0-9.,%a-z/]{0,400}") {
        for unit in [Unit::Ns, Unit::PerS, Unit::Share, Unit::Bytes, Unit::Count] {
            for text in [&text, &digits] {
                if let Ok(value) = quantity(text, unit) {
                    prop_assert!(value.is_finite() && value >= 0.0, "{text}");
                }
                let _ = tolerance(text, unit);
            }
        }
    }
}
