use proptest::prelude::*;

use super::*;

const fn linear(seconds: f64, from_per_s: f64, to_per_s: f64) -> (f64, Shape) {
    (seconds, Shape::Linear { from_per_s, to_per_s })
}

fn schedule(segments: &[(f64, Shape)], arrivals: Arrivals, hold_last: bool) -> Schedule {
    let segments =
        segments.iter().map(|&(s, shape)| Segment { duration: Duration::from_secs_f64(s), shape }).collect();
    Schedule::new(&ScheduleSpec { segments, arrivals, hold_last }, 42)
}

#[track_caller]
fn check_starts(schedule: &Schedule, expected_ms: &[f64]) {
    for (n, &expected) in expected_ms.iter().enumerate() {
        let start = schedule.start_of(n as u64).unwrap().as_secs_f64() * 1e3;
        assert!((start - expected).abs() < 0.5, "arrival {n} starts at {start} ms, expected {expected} ms");
    }
}

#[test]
fn constant_rate_is_evenly_spaced() {
    let schedule = Schedule::new(&ScheduleSpec::constant(100.0, Arrivals::Even), 1);
    check_starts(&schedule, &[0.0, 10.0, 20.0, 30.0]);
    assert_eq!(schedule.rate_at(Duration::from_secs(9_999)), 100.0);
}

#[test]
fn ramp_starts_slowly() {
    check_starts(&schedule(&[linear(2.0, 0.0, 100.0)], Arrivals::Even, false), &[0.0, 200.0, 283.0, 346.0]);
}

#[test]
fn silence_moves_the_first_arrival() {
    let schedule = schedule(&[linear(5.0, 0.0, 0.0), linear(1.0, 2.0, 2.0)], Arrivals::Even, false);
    check_starts(&schedule, &[5_000.0, 5_500.0]);
    assert_eq!(schedule.start_of(2), None);
}

#[test]
fn falling_ramp_ends_after_its_area() {
    let schedule = schedule(&[linear(2.0, 100.0, 0.0)], Arrivals::Even, false);
    assert!(schedule.start_of(99).is_some());
    assert_eq!(schedule.start_of(100), None);
}

#[test]
fn last_rate_is_held() {
    let schedule = schedule(&[linear(1.0, 10.0, 20.0)], Arrivals::Even, true);
    check_starts(&schedule, &[0.0]);
    let late = schedule.start_of(15 + 20 * 60).unwrap();
    assert!((late.as_secs_f64() - 61.0).abs() < 1e-6, "{late:?}");
}

#[test]
fn explicit_times_are_played_as_they_are() {
    let spec = ScheduleSpec { segments: vec![], arrivals: Arrivals::Times(vec![5, 5, 9]), hold_last: false };
    let schedule = Schedule::new(&spec, 0);
    let starts: Vec<_> = (0..4).map(|n| schedule.start_of(n).map(|d| d.as_nanos())).collect();
    assert_eq!(starts, [Some(5), Some(5), Some(9), None]);
    assert_eq!(schedule.expected_before(Duration::from_nanos(9)), 2.0);
}

#[test]
fn sine_keeps_its_mean() {
    let shape = Shape::Sine { mean_per_s: 100.0, amplitude_per_s: 80.0, period: Duration::from_secs(2) };
    let schedule = schedule(&[(4.0, shape)], Arrivals::Even, false);
    assert!(schedule.start_of(399).is_some());
    assert_eq!(schedule.start_of(400), None);
    assert!((schedule.rate_at(Duration::from_millis(500)) - 180.0).abs() < 1e-9);
}

#[test]
fn poisson_gaps_have_the_right_mean_and_spread() {
    let schedule = Arc::new(Schedule::new(&ScheduleSpec::constant(1_000.0, Arrivals::Poisson), 7));
    let mut cursor = schedule.cursor();
    let starts: Vec<f64> = (0..100_000).map(|n| cursor.start_of_ns(n).unwrap() as f64).collect();
    let gaps: Vec<f64> = starts.windows(2).map(|w| w[1] - w[0]).collect();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let variance = gaps.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
    assert!((mean / 1e6 - 1.0).abs() < 0.02, "mean gap {mean} ns");
    assert!(
        (variance.sqrt() / mean - 1.0).abs() < 0.02,
        "coefficient of variation {}",
        variance.sqrt() / mean
    );
}

fn any_shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        (0.0..2_000.0, 0.0..2_000.0)
            .prop_map(|(from_per_s, to_per_s)| Shape::Linear { from_per_s, to_per_s }),
        (1.0..1_000.0, 0.0..1.0, 1u64..5).prop_map(|(mean_per_s, part, s)| Shape::Sine {
            mean_per_s,
            amplitude_per_s: mean_per_s * part,
            period: Duration::from_secs(s)
        }),
    ]
}

proptest! {
    #[test]
    fn starts_never_decrease_and_follow_the_curve(
        segments in prop::collection::vec((0.0..3.0f64, any_shape()), 1..5),
        poisson: bool,
    ) {
        let arrivals = if poisson { Arrivals::Poisson } else { Arrivals::Even };
        let schedule = Arc::new(schedule(&segments, arrivals, false));
        let mut cursor = schedule.cursor();
        let mut last = 0;
        let mut n = 0;
        while let Some(start) = cursor.start_of_ns(n) {
            prop_assert!(start >= last, "arrival {} starts at {} after {}", n, start, last);
            if !poisson {
                let expected = schedule.expected_before(Duration::from_nanos(start));
                prop_assert!((expected - n as f64).abs() < 0.01, "arrival {} where {} are expected", n, expected);
            }
            last = start;
            n += 1;
        }
        if !poisson {
            let end = schedule.expected_before(Duration::from_secs(3600));
            prop_assert!((n as f64 - end.ceil()).abs() <= 1.0, "{} arrivals of {}", n, end);
        }
    }

    #[test]
    fn counting_finds_what_walking_finds(
        segments in prop::collection::vec((0.0..3.0f64, any_shape()), 1..5),
        poisson: bool,
        of in 1u64..4,
        steps_ns in prop::collection::vec(0u64..3_000_000_000, 1..6),
    ) {
        let arrivals = if poisson { Arrivals::Poisson } else { Arrivals::Even };
        let schedule = Arc::new(schedule(&segments, arrivals, false));
        let (mut walking, mut counting) = (schedule.cursor(), schedule.cursor());
        let number_of = |index: u64| index * of;
        let (mut walked, mut counted, mut at_ns) = (0, 0, 0);
        for step_ns in steps_ns {
            at_ns += step_ns;
            while walking.start_of_ns(number_of(walked)).is_some_and(|start_ns| start_ns < at_ns) {
                walked += 1;
            }
            counted = counting.count_before(at_ns, counted, number_of);
            prop_assert_eq!(counted, walked, "before {} ns", at_ns);
        }
    }

    #[test]
    fn skipping_reads_the_same_starts(step in 1u64..7, seed: u64) {
        let schedule = Arc::new(Schedule::new(&ScheduleSpec::constant(500.0, Arrivals::Poisson), seed));
        let (mut all, mut some) = (schedule.cursor(), schedule.cursor());
        let every: Vec<_> = (0..200).map(|n| all.start_of_ns(n)).collect();
        for n in (0..200).step_by(step as usize) {
            prop_assert_eq!(some.start_of_ns(n), every[n as usize]);
        }
    }
}
