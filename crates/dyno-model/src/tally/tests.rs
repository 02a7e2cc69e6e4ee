use proptest::prelude::*;

use super::*;
use crate::OperationId;

fn sample(n: u64, response_ns: u64, kind: u8) -> Sample {
    let status = match kind % 4 {
        0 | 1 => OutcomeStatus::Ok(200 + u16::from(kind % 2)),
        2 => OutcomeStatus::Rejected(503),
        _ => OutcomeStatus::Failed(FailureKind::Timeout),
    };
    Sample {
        operation: OperationId(0),
        n,
        intended_start_ns: n * 10,
        ready_ns: n * 10 + response_ns / 4,
        actual_start_ns: n * 10 + response_ns / 3,
        first_byte_ns: n * 10 + response_ns / 2,
        end_ns: n * 10 + response_ns,
        status,
        bytes_sent: 10,
        bytes_received: 20,
    }
}

fn tally_of(samples: &[(u32, u8)]) -> Tally {
    let mut tally = Tally::default();
    for (n, &(response_ns, kind)) in samples.iter().enumerate() {
        tally.record(&sample(n as u64, u64::from(response_ns), kind));
    }
    tally.status_codes.sort_unstable();
    tally
}

fn merged(parts: &[&Tally]) -> Tally {
    let mut result = Tally::default();
    for part in parts {
        result.merge(part);
    }
    result.status_codes.sort_unstable();
    result
}

proptest! {
    #[test]
    fn merging_in_any_order_gives_the_same_tally(a: Vec<(u32, u8)>, b: Vec<(u32, u8)>) {
        let (a, b) = (tally_of(&a), tally_of(&b));
        prop_assert_eq!(merged(&[&a, &b]), merged(&[&b, &a]));
        prop_assert_eq!(merged(&[&a, &b]).requests(), a.requests() + b.requests());
    }
}

#[test]
fn failures_stay_out_of_latency() {
    let tally = tally_of(&[(5, 0), (1_000_000, 2), (2_000_000, 3)]);
    assert_eq!((tally.ok, tally.rejected, tally.failed()), (1, 1, 1));
    assert_eq!(tally.response_time.count(), 1);
    assert_eq!(tally.failure_time.count(), 2);
    assert!(tally.response_time.max() < 10);
}

#[test]
fn slowest_are_kept_in_order() {
    let samples: Vec<_> = (0..100).map(|i| (i * 7 % 100, 0)).collect();
    let tally = tally_of(&samples);
    let times: Vec<_> = tally.slowest.iter().map(|s| s.response_time_ns).collect();
    assert_eq!(times, [99, 98, 97, 96, 95, 94, 93, 92]);
}

#[test]
fn clear_forgets_everything() {
    let mut tally = tally_of(&[(5, 0), (7, 2), (9, 3)]);
    tally.clear();
    assert_eq!(tally, Tally::default());
}
