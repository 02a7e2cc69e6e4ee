use proptest::prelude::*;

use super::{Combine, Tolerance};

fn both(combine: Combine) -> Tolerance {
    Tolerance { relative: 0.10, absolute: 5.0, combine }
}

#[test]
fn parts_are_combined_as_asked() {
    assert_eq!(both(Combine::Larger).slack(100.0), 10.0);
    assert_eq!(both(Combine::Larger).slack(20.0), 5.0);
    assert_eq!(both(Combine::Smaller).slack(100.0), 5.0);
    assert_eq!(both(Combine::Sum).slack(100.0), 15.0);
}

#[test]
fn a_share_of_nothing_is_unknown() {
    assert_eq!(Tolerance::absolute(1.0).share(0.0), None);
    assert_eq!(Tolerance::relative(0.1).share(0.0), None);
    assert_eq!(Tolerance::relative(0.1).share(f64::NAN), None);
    assert_eq!(Tolerance::relative(0.1).share(50.0), Some(0.1));
}

proptest! {
    #[test]
    fn slack_is_never_negative_and_grows_with_the_reference(
        relative in 0.0..2.0f64, absolute in 0.0..1e9f64, a in 0.0..1e12f64, b in 0.0..1e12f64,
    ) {
        for combine in [Combine::Larger, Combine::Smaller, Combine::Sum] {
            let tolerance = Tolerance { relative, absolute, combine };
            let (small, large) = (a.min(b), a.max(b));
            prop_assert!(tolerance.slack(small) >= 0.0);
            prop_assert!(tolerance.slack(small) <= tolerance.slack(large));
        }
    }
}
