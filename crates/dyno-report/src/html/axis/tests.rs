//! Axes span their values and carry readable ticks.

use super::{Axis, Unit};

fn labels(axis: &Axis) -> Vec<&str> {
    axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
}

#[test]
fn ticks_are_round() {
    let check = |axis: Axis, expected: &[&str]| assert_eq!(labels(&axis), expected);
    check(Axis::log_time([1.2e6, 9e6].into_iter()), &["1 ms", "2 ms", "5 ms", "10 ms"]);
    check(Axis::log_time([20e3, 1.1e9].into_iter()), &["100 µs", "1 ms", "10 ms", "100 ms", "1 s"]);
    check(Axis::from_zero([1_990.0].into_iter(), Unit::Rate), &["0/s", "1,000/s", "2,000/s", "3,000/s"]);
    check(Axis::from_zero(std::iter::empty(), Unit::Count), &["0", "2", "4", "6"]);
    check(Axis::seconds(0.0, 60.0), &["0 s", "10 s", "20 s", "30 s", "40 s", "50 s", "1 min"]);
    check(Axis::seconds(0.0, 3_600.0), &["0 s", "10 min", "20 min", "30 min", "40 min", "50 min", "1 h"]);
    check(Axis::nines(2_000), &["50 %", "90 %", "99 %", "99.9 %"]);
    check(Axis::sessions(1.0, 9.0), &["2", "4", "6", "8"]);
    check(Axis::sessions(1.0, 1.0), &["1"]);
    check(Axis::symmetric(0.096), &["-5 %", "0 %", "5 %"]);
    check(Axis::symmetric(0.25), &["-20 %", "-10 %", "0 %", "10 %", "20 %"]);
    check(
        Axis::around([12.2e6, 13.4e6].into_iter(), Unit::Ns),
        &["12.0 ms", "12.5 ms", "13.0 ms", "13.5 ms"],
    );
    check(Axis::around([-0.01, 0.12].into_iter(), Unit::Percent), &["-5 %", "0 %", "5 %", "10 %", "15 %"]);
}

#[test]
fn every_value_lies_on_its_axis() {
    for values in [vec![1.0], vec![3.0, 3.0], vec![0.5, 9e13], vec![1e3, 5e9], vec![0.0], vec![]] {
        for axis in [
            Axis::log_time(values.iter().copied()),
            Axis::from_zero(values.iter().copied(), Unit::Rate),
            Axis::seconds(0.0, values.iter().copied().fold(0.0, f64::max)),
            Axis::around(values.iter().copied(), Unit::Ns),
        ] {
            assert!(axis.min < axis.max, "{values:?}: {axis:?}");
            assert!(axis.ticks.len() >= 2 && axis.ticks.len() < 20, "{values:?}: {axis:?}");
            assert!(values.iter().all(|value| axis.place(*value).is_finite()));
            assert!(axis.ticks.iter().all(|tick| tick.at >= axis.min && tick.at <= axis.max * 1.000_001));
        }
    }
}
