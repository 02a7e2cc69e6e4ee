use dyno_workers::{Done, RunOutcome, SampleColumns};

use super::Gathered;
use crate::expected::Expected;

fn outcome(codes: &[u16], errors: &[u8]) -> RunOutcome {
    let count = codes.len();
    RunOutcome {
        samples: SampleColumns {
            seq: (0..count as u32).collect(),
            start_ns: (0..count as u64).map(|n| n * 1_000_000).collect(),
            duration_ns: vec![500_000; count],
            code: codes.to_vec(),
            error: Some(errors.to_vec()),
            ..SampleColumns::default()
        },
        done: Done {
            wall: count as u64 * 1_000_000,
            utime: Some(3_000_000),
            stime: Some(1_000_000),
            nvcsw: Some(4),
            nivcsw: Some(0),
            maxrss: Some(20 << 20),
            ..Done::default()
        },
        doubts: Vec::new(),
    }
}

#[test]
fn failures_are_counted_and_never_speed() {
    let mut gathered = Gathered::default();
    gathered.add(0, 0, &outcome(&[200, 500, 0, 204], &[0, 0, 3, 0]), &[], &Expected::default());
    let segment = &gathered.segments[0];
    assert_eq!((segment.ok, segment.rejected, segment.failed["timeout"]), (2, 1, 1));
    let figures = gathered.figures().expect("two succeeded");
    assert_eq!((figures.requests, figures.errors), (4, 2));
    assert_eq!(figures.throughput_per_s.value, 500.0);
    assert!((figures.cpu_s_per_1000.value - 2.0).abs() < 1e-9, "{:?}", figures.cpu_s_per_1000);
    assert_eq!(figures.service_time_ns.count, 2);
    assert_eq!(figures.switches_per_1000, Some(1_000.0));
}

#[test]
fn response_time_begins_when_the_request_was_due() {
    let mut gathered = Gathered::default();
    let due = [(0, 0), (0, 0), (0, 0), (0, 0)];
    gathered.add(0, 0, &outcome(&[200; 4], &[0; 4]), &due, &Expected::default());
    let figures = gathered.figures().expect("all succeeded");
    let near = |ns: u64, expected: u64| ns.abs_diff(expected) <= expected / 100;
    assert!(near(figures.service_time_ns.max, 500_000), "{:?}", figures.service_time_ns);
    assert!(near(figures.response_time_ns.max, 3_500_000), "{:?}", figures.response_time_ns);
    assert!(near(gathered.segments[0].lateness_p99_ns, 3_000_000));
}

#[test]
fn nothing_that_succeeded_has_no_figures() {
    let mut gathered = Gathered::default();
    gathered.add(0, 0, &outcome(&[0, 0], &[1, 1]), &[], &Expected::default());
    assert_eq!(gathered.figures(), None);
    assert_eq!(gathered.errors(), 2);
}

#[test]
fn what_one_segment_does_not_tell_is_unknown() {
    let mut gathered = Gathered::default();
    gathered.add(0, 0, &outcome(&[200], &[0]), &[], &Expected::default());
    let silent = RunOutcome { done: Done { wall: 1, ..Done::default() }, ..outcome(&[200], &[0]) };
    gathered.add(1, 0, &silent, &[], &Expected::default());
    assert_eq!(gathered.figures().and_then(|figures| figures.switches_per_1000), None);
}
