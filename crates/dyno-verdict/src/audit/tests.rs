//! The comparison on small accounts: what is equal agrees, each single lie is found.

use dyno_model::{Histogram, LedgerTimes};

use super::*;

const MS: u64 = 1_000_000;

/// 1000 requests of 100 bytes in ten seconds, and the ledger that fits.
fn accounts() -> (RunRecord, Ledger) {
    let mut record = crate::tests::record(&vec![10; 1000], 0);
    record.totals.bytes_sent = 100_000;
    record.totals.bytes_received = 200_000;
    record.totals.connections = 8;
    record.totals.status_codes.insert("200".to_owned(), 1000);
    record.load.gap_cv = Some(1.0);
    record.intervals.push(interval(1000, 0));
    let times = |ms: u64| LedgerTimes {
        count: 1000,
        min: ms * MS,
        mean: (ms * MS) as f64,
        deviation: (ms * MS) as f64,
        p50: ms * MS,
        p90: ms * MS,
        p99: ms * MS,
        p99_9: ms * MS,
        max: ms * MS,
    };
    let ledger = Ledger {
        run: record.id.clone(),
        requests: 1000,
        answered: 1000,
        cut: 0,
        bytes_received: 100_000,
        bytes_sent: 200_000,
        connections: 8,
        heads: vec![],
        tls: None,
        status_codes: record.totals.status_codes.clone(),
        first_arrival_ns: 5_000 * MS,
        last_arrival_ns: 14_990 * MS,
        gaps_ns: times(10),
        service_time_ns: times(4),
    };
    (record, ledger)
}

fn interval(requests: u64, failed: u64) -> IntervalRecord {
    IntervalRecord {
        at_ns: 10_000 * MS,
        length_ns: 10_000 * MS,
        measured: true,
        requests,
        ok: requests - failed,
        rejected: 0,
        failed,
        in_flight: 0,
        asked: None,
        bytes_sent: 0,
        bytes_received: 0,
        lateness_p99_ns: 0,
        histogram: Histogram::new(),
        generator: None,
        target: None,
    }
}

fn differing(record: &RunRecord, ledger: &Ledger) -> Vec<String> {
    let audited = audit(AuditInput { record, ledger, has_hidden_requests: false, has_cooldown: false });
    let differing: Vec<String> =
        audited.checks.iter().filter(|check| !check.agrees).map(|check| check.what.clone()).collect();
    assert_eq!(audited.state == AuditState::Agrees, differing.is_empty());
    differing
}

#[test]
fn equal_accounts_agree_in_everything() {
    let (record, ledger) = accounts();
    let audited = audit(AuditInput {
        record: &record,
        ledger: &ledger,
        has_hidden_requests: false,
        has_cooldown: false,
    });
    assert_eq!(audited.state, AuditState::Agrees, "{:#?}", audited.checks);
    assert_eq!(audited.checks.len(), 8);
}

type Lie = fn(&mut Ledger);

#[test]
fn each_single_lie_is_found() {
    let lies: [(&str, Lie); 9] = [
        ("requests", |ledger| ledger.requests = 999),
        ("requests", |ledger| ledger.requests = 1001),
        ("status_codes", |ledger| *ledger.status_codes.get_mut("200").unwrap() = 999),
        ("bytes_sent", |ledger| ledger.bytes_received = 99_999),
        ("bytes_received", |ledger| ledger.bytes_sent = 400_000),
        ("connections", |ledger| ledger.connections = 9),
        ("rate", |ledger| ledger.last_arrival_ns = 10_000 * MS),
        ("gaps", |ledger| ledger.gaps_ns.deviation *= 2.0),
        ("service_time", |ledger| ledger.service_time_ns.p99 = 6 * MS),
    ];
    for (what, lie) in lies {
        let (record, mut ledger) = accounts();
        lie(&mut ledger);
        assert_eq!(differing(&record, &ledger), [what]);
    }
}

#[test]
fn failures_may_have_arrived_or_not() {
    let (mut record, mut ledger) = accounts();
    record.intervals[0] = interval(1000, 10);
    for (arrived, expected) in [(989, false), (990, true), (1000, true), (1001, false)] {
        ledger.requests = arrived;
        let found = differing(&record, &ledger);
        assert_eq!(!found.contains(&"requests".to_owned()), expected, "{arrived}: {found:?}");
    }
}

#[test]
fn a_warm_up_is_in_the_ledger_only() {
    let (mut record, mut ledger) = accounts();
    record.load.warmup_requests = 200;
    record.load.measure_start_ns = 2_000 * MS;
    record.intervals[0] = interval(1200, 0);
    ledger.requests = 1200;
    ledger.answered = 1200;
    ledger.status_codes.insert("200".to_owned(), 1200);
    ledger.bytes_received = 120_000;
    ledger.bytes_sent = 240_000;
    ledger.first_arrival_ns = 3_000 * MS;
    assert_eq!(differing(&record, &ledger), [""; 0]);
    ledger.bytes_received = 150_000;
    assert_eq!(differing(&record, &ledger), ["bytes_sent"]);
}
