use std::collections::BTreeMap;

use dyno_model::BenchmarkTimes;
use dyno_workers::{Done, RunOutcome, SampleColumns};
use proptest::prelude::*;

use super::{at, figures_of};

/// Ten answers of 1 to 10 ms, one of them a 500, and two failures.
fn outcome() -> RunOutcome {
    let samples = SampleColumns {
        seq: (0..12).collect(),
        start_ns: vec![0; 12],
        duration_ns: (1..=12).map(|n| n * 1_000_000).collect(),
        code: vec![200, 200, 200, 200, 500, 200, 200, 200, 200, 200, 0, 0],
        error: Some(vec![0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 1]),
        received: Some(vec![100; 12]),
        sent: Some(vec![7; 12]),
        ..SampleColumns::default()
    };
    let done =
        Done { wall: 2_000_000_000, utime: Some(600_000_000), stime: Some(400_000_000), ..Done::default() };
    RunOutcome { samples, done, host: None, doubts: Vec::new() }
}

#[test]
fn failures_and_rejections_are_counted_by_kind_and_are_neither_times_nor_throughput() {
    let figures = figures_of(&outcome());
    assert_eq!((figures.requests_count, figures.error_count), (12, 3));
    let errors = [("connect", 1), ("status 500", 1), ("timeout", 1)];
    assert_eq!(figures.errors, BTreeMap::from(errors.map(|(kind, count)| (kind.to_owned(), count))));
    assert_eq!(figures.status_codes, BTreeMap::from([("200".to_owned(), 9), ("500".to_owned(), 1)]));
    assert!((figures.requests_per_second - 4.5).abs() < 1e-9, "9 successes in 2 s");
    assert!((figures.cpu_usage_percent.unwrap() - 50.0).abs() < 1e-9);
    assert_eq!((figures.bytes_sent, figures.bytes_received, figures.chunk_count), (84, 1200, None));
    let expected = BenchmarkTimes {
        avg_ns: 5_555_555,
        min_ns: 1_000_000,
        max_ns: 10_000_000,
        p95_ns: 9_600_000,
        p99_ns: 9_920_000,
    };
    assert_eq!(figures.response_time, Some(expected));
}

#[test]
fn without_an_answer_there_are_no_times() {
    let mut failed = outcome();
    failed.samples.code = vec![0; 12];
    let figures = figures_of(&failed);
    assert_eq!((figures.response_time, figures.error_count), (None, 12));
    assert!(figures.requests_per_second.abs() < 1e-12);
    let nothing = figures_of(&RunOutcome::default());
    assert_eq!((nothing.requests_count, nothing.response_time, nothing.cpu_usage_percent), (0, None, None));
}

#[test]
fn chunks_of_streams_are_summed() {
    let mut streamed = outcome();
    streamed.samples.chunks = Some(vec![3; 12]);
    assert_eq!(figures_of(&streamed).chunk_count, Some(36));
}

proptest! {
    #[test]
    fn a_quantile_lies_between_its_neighbours_and_grows(mut values in prop::collection::vec(0_u64..1 << 40, 1..50)) {
        values.sort_unstable();
        let shares = [0.0, 0.25, 0.5, 0.95, 0.99, 1.0];
        let quantiles: Vec<u64> = shares.iter().map(|share| at(&values, *share)).collect();
        prop_assert!(quantiles.is_sorted());
        prop_assert_eq!((quantiles[0], quantiles[5]), (values[0], values[values.len() - 1]));
    }
}
