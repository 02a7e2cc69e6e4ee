use dyno_model::OperationId;

use super::*;

fn sample(n: u64, status: OutcomeStatus) -> Sample {
    Sample {
        operation: OperationId(0),
        n,
        intended_start_ns: 1_000 * n,
        ready_ns: 1_000 * n,
        actual_start_ns: 1_000 * n + 10,
        first_byte_ns: 1_000 * n + 300,
        end_ns: 1_000 * n + 410,
        status,
        bytes_sent: 50,
        bytes_received: 140,
    }
}

fn rows(log: &SampleLog) -> Vec<LoggedSample> {
    log.parts().flatten().copied().collect()
}

#[test]
fn a_row_has_28_bytes_and_says_what_the_sample_said() {
    assert_eq!(size_of::<LoggedSample>(), 28);
    let mut log = SampleLog::new(8, Arc::default());
    log.push(&sample(7, OutcomeStatus::Ok(204)));
    log.push(&sample(8, OutcomeStatus::Rejected(503)));
    let rows = rows(&log);
    let told: Vec<_> =
        rows.iter().map(|row| (row.n(), row.start_ns(), row.duration_ns(), row.code())).collect();
    assert_eq!(told, [(7, 7_010, 400, 204), (8, 8_010, 400, 503)]);
    assert!(rows.iter().all(|row| row.bytes_received() == 140 && row.failure().is_none()));
}

#[test]
fn every_failure_comes_back_as_what_it_was_and_the_abandoned_are_only_counted() {
    for kind in FailureKind::ALL {
        let mut log = SampleLog::new(1, Arc::default());
        log.push(&sample(0, OutcomeStatus::Failed(kind)));
        if kind == FailureKind::Abandoned {
            assert!(log.is_empty());
            assert_eq!((log.counts.ended(), log.counts.abandoned()), (0, 1));
        } else {
            assert_eq!((rows(&log)[0].failure(), rows(&log)[0].code()), (Some(kind), 0));
            assert_eq!((log.counts.ended(), log.counts.failed()), (1, 1));
        }
    }
}

#[test]
fn a_full_log_keeps_the_first_samples_and_counts_the_rest() {
    for (most, pushed) in [(0, 3), (2, 3), (PART_ROWS, PART_ROWS + 1), (PART_ROWS + 5, PART_ROWS + 7)] {
        let mut log = SampleLog::new(most, Arc::default());
        (0..pushed as u64).for_each(|n| log.push(&sample(n, OutcomeStatus::Ok(200))));
        assert_eq!((log.len(), log.lost()), (most, (pushed - most) as u64));
        assert_eq!(log.counts.ended(), pushed as u64, "those that were lost did end");
        let numbers: Vec<u64> = rows(&log).iter().map(|row| u64::from(row.n())).collect();
        assert!(numbers.into_iter().eq(0..most as u64));
        let reserved: usize = log.parts.iter().map(Vec::capacity).sum();
        assert!(reserved <= most, "{reserved} rows are reserved, {most} were allowed");
    }
}

#[test]
fn counts_tell_the_latest_start_once_and_who_waited() {
    let counts = Arc::new(LogCounts::default());
    let mut log = SampleLog::new(0, Arc::clone(&counts));
    log.push(&sample(1, OutcomeStatus::Ok(200)));
    log.push(&Sample { ready_ns: 2_900, actual_start_ns: 2_950, ..sample(2, OutcomeStatus::Ok(200)) });
    assert_eq!((counts.take_latest_ns(), counts.take_latest_ns()), (950, 0));
    assert_eq!((counts.waited(), log.last_end_ns()), (1, 2_410));
}
