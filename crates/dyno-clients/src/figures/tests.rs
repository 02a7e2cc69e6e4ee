use dyno_workers::{Done, HostUsage, RunOutcome, SampleColumns};

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
        host: None,
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

/// One segment whose worker says 4 ms of CPU and whose host counted `host_ms`.
fn counted(host_ms: u64) -> Gathered {
    let host = HostUsage { cpu_ns: host_ms * 1_000_000, rss_peak_bytes: 50 << 20, switches: 9 };
    let mut gathered = Gathered::default();
    gathered.add(
        0,
        0,
        &RunOutcome { host: Some(host), ..outcome(&[200; 4], &[0; 4]) },
        &[],
        &Expected::default(),
    );
    gathered
}

#[test]
fn what_the_host_counted_is_the_figure() {
    let gathered = counted(8);
    assert_eq!((gathered.segments[0].cpu_ns, gathered.segments[0].own_cpu_ns), (8_000_000, Some(4_000_000)));
    assert_eq!(gathered.is_counted_by_host(), Some(true));
    let figures = gathered.figures().expect("it played");
    assert!((figures.cpu_s_per_1000.value - 2.0).abs() < 1e-9, "{:?}", figures.cpu_s_per_1000);
    assert_eq!((figures.rss_peak_bytes, figures.switches_per_1000), (Some(50 << 20), Some(2_250.0)));
    let mut own = Gathered::default();
    own.add(0, 0, &outcome(&[200], &[0]), &[], &Expected::default());
    assert_eq!((own.segments[0].own_cpu_ns, own.is_counted_by_host()), (None, Some(false)));
    assert_eq!(Gathered::default().is_counted_by_host(), None);
}

#[test]
fn an_account_may_differ_by_two_percent_or_two_ticks() {
    let said = |host_ms: u64| counted(host_ms).account();
    assert_eq!(said(4), Vec::<String>::new());
    assert_eq!(said(24), Vec::<String>::new());
    assert_eq!(
        said(25),
        [
            "its own account of CPU does not hold in 1 of 1 segments: it says 4.00 ms, the host counted 25.0 ms"
        ]
    );
    // Two percent of 2,000 ms are 40 ms.
    let mut large = counted(2_000);
    for (own_ms, expected) in [(1_961, 0), (1_959, 1)] {
        large.segments[0].own_cpu_ns = Some(own_ms * 1_000_000);
        assert_eq!(large.account().len(), expected, "{own_ms}");
    }
}
