use dyno_model::{Direction, Estimate};
use proptest::prelude::*;

use super::{LimitState, ProfileLimit};
use crate::tolerance::Tolerance;

fn state(direction: Direction, value: f64, interval: Option<(f64, f64)>) -> LimitState {
    let (low, high) = interval.unzip();
    let estimate = Estimate { value, low, high, samples: 10 };
    ProfileLimit { value: 100.0 }.check(direction, &Tolerance::relative(0.10), Some(&estimate))
}

#[test]
fn a_value_is_ok_near_or_violated() {
    use LimitState::{Near, Ok, Violated};
    for (value, interval, lower, higher) in [
        (80.0, None, Ok, Violated),
        (90.0, None, Ok, Near),
        (91.0, None, Near, Near),
        (110.0, None, Near, Ok),
        (111.0, None, Violated, Ok),
        (115.0, Some((105.0, 125.0)), Near, Ok),
        (115.0, Some((112.0, 118.0)), Violated, Ok),
        (85.0, Some((75.0, 95.0)), Ok, Near),
    ] {
        assert_eq!(state(Direction::Lower, value, interval), lower, "{value}");
        assert_eq!(state(Direction::Higher, value, interval), higher, "{value}");
    }
}

#[test]
fn without_a_value_nothing_is_said() {
    let limit = ProfileLimit { value: 1.0 };
    let check =
        |estimate: Option<&Estimate>| limit.check(Direction::Lower, &Tolerance::relative(0.1), estimate);
    assert_eq!(check(None), LimitState::Inconclusive);
    let empty = Estimate { value: 0.5, low: None, high: None, samples: 0 };
    assert_eq!(check(Some(&empty)), LimitState::Inconclusive);
    let odd = Estimate { value: f64::NAN, samples: 5, ..empty };
    assert_eq!(check(Some(&odd)), LimitState::Inconclusive);
}

#[test]
fn a_limit_without_tolerance_is_kept_up_to_itself() {
    let check = |value: f64| {
        let estimate = Estimate { value, low: None, high: None, samples: 1 };
        ProfileLimit { value: 100.0 }.check(Direction::Lower, &Tolerance::absolute(0.0), Some(&estimate))
    };
    assert_eq!((check(100.0), check(100.1)), (LimitState::Ok, LimitState::Violated));
}

proptest! {
    #[test]
    fn worse_is_never_judged_better(a in 0.0..300.0, b in 0.0..300.0) {
        let rank = |value: f64| match state(Direction::Lower, value, None) {
            LimitState::Ok => 0,
            LimitState::Near => 1,
            _ => 2,
        };
        let (better, worse) = if a <= b { (a, b) } else { (b, a) };
        prop_assert!(rank(better) <= rank(worse));
    }
}
