//! What the tests of this crate share: a record of a small run.

use std::collections::BTreeMap;

use dyno_model::*;

/// Totals of `ok` successes and `failed` failures in ten seconds.
pub(crate) fn totals(ok: u64, failed: u64) -> Totals {
    Totals {
        requests: ok + failed,
        ok,
        rejected: 0,
        failed,
        bytes_sent: 0,
        bytes_received: 0,
        elapsed_ns: 10_000_000_000,
        throughput_per_s: ok as f64 / 10.0,
        connections: 1,
        errors_by_kind: BTreeMap::new(),
        status_codes: BTreeMap::new(),
    }
}

/// A run with these response times in milliseconds and this many failures.
pub(crate) fn record(response_ms: &[u64], failed: u64) -> RunRecord {
    let mut tally = Tally::default();
    for ms in response_ms {
        tally.response_time.record(ms * 1_000_000);
        tally.service_time.record(ms * 500_000);
        tally.lateness.record(1_000);
    }
    let totals = totals(response_ms.len() as u64, failed);
    let times = Times::from(&tally);
    let operation =
        OperationRecord { kind: OperationKind::Request, totals: totals.clone(), times: times.clone() };
    RunRecord {
        schema: RUN_SCHEMA.to_owned(),
        id: "01J00000000000000000000000".to_owned(),
        name: "checkout".to_owned(),
        tags: Vec::new(),
        started_at: "2026-01-02T03:04:05Z".to_owned(),
        state: RunState::Finished,
        tool: ToolInfo { version: "0".to_owned(), commit: "unknown".to_owned(), engine: "lean".to_owned() },
        target_kind: TargetKind::External,
        target: "http://127.0.0.1:8080".to_owned(),
        plan: serde_json::Value::Null,
        environment: Environment::default(),
        validity: Validity { state: ValidityState::Valid, reasons: Vec::new() },
        verdict: VerdictRecord { state: VerdictState::None, checks: Vec::new() },
        load: LoadRecord {
            model: "open".to_owned(),
            asked_rate_per_s: Some(100.0),
            achieved_rate_per_s: 100.0,
            not_started: 0,
            in_flight_at_end: 0,
            in_flight_max: 1,
            in_flight_limit: 16,
            busy_share: 0.0,
            generator_lateness_p99_ns: 0,
            gap_cv: None,
            dispersion_10ms: None,
            measure_start_ns: 0,
            warmup_requests: 0,
        },
        totals,
        times,
        connect_ns: None,
        tls_ns: None,
        operations: BTreeMap::from([("GET /".to_owned(), operation)]),
        intervals: Vec::new(),
        specimens: Vec::new(),
        slowest: Vec::new(),
        generator: Generator {
            cpu_user_s: 0.0,
            cpu_system_s: 0.0,
            cpu_share: 0.2,
            rss_peak_bytes: 0,
            requests_per_cpu_s: 0.0,
            threads: 1,
            resources: ResourceSummary::default(),
        },
        target_resources: None,
        audit: None,
        reproduce: String::new(),
    }
}
