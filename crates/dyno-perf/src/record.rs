//! The run record of calls that were timed in passing.
//!
//! Nothing was scheduled, so it is a closed loop whose response time is its service time. Reads no clock but that of
//! `started_at`; called by `recorder`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use dyno_model::{
    Generator, Headline, Histogram, IntervalRecord, LoadRecord, OperationKind, OperationRecord, RUN_SCHEMA,
    Reason, ResourceSummary, RunRecord, RunState, TargetKind, Threshold, Times, ToolInfo, Totals, Validity,
    ValidityState, VerdictRecord, VerdictState,
};
use dyno_verdict::judge;

use crate::calls::{Calls, Counted, now_ns};

/// The record of `operations` under that name.
pub(crate) fn build(operations: &[Arc<Calls>], name: &str, used: &ResourceSummary) -> RunRecord {
    let mut record = unjudged(operations, name, used);
    let gate = thresholds(operations);
    record.verdict = judge(&record, &gate);
    let texts: Vec<&str> = gate.iter().map(|threshold| threshold.text.as_str()).collect();
    record.plan = serde_json::json!({ "name": name, "passive": true, "thresholds": texts });
    record
}

/// The objectives of one operation, judged alone.
pub(crate) fn judge_one(calls: &Arc<Calls>) -> VerdictRecord {
    let alone = unjudged(std::slice::from_ref(calls), &calls.name, &ResourceSummary::default());
    judge(&alone, &calls.rules().gate)
}

/// Every objective with its operation in front.
fn thresholds(operations: &[Arc<Calls>]) -> Vec<Threshold> {
    let of = |calls: &Arc<Calls>| {
        let name = calls.name.clone();
        calls.rules().gate.into_iter().map(move |threshold| Threshold {
            text: format!("\"{name}\".{}", threshold.text),
            operation: Some(name.clone()),
            ..threshold
        })
    };
    operations.iter().flat_map(of).collect()
}

fn unjudged(operations: &[Arc<Calls>], name: &str, used: &ResourceSummary) -> RunRecord {
    let counted: Vec<Counted> = operations.iter().map(|calls| calls.counted()).collect();
    let has_requests = operations.iter().any(|calls| calls.kind == OperationKind::Request);
    let is_request = |calls: &Calls| !has_requests || calls.kind == OperationKind::Request;
    let mut whole = Counted::default();
    for (calls, counted) in operations.iter().zip(&counted) {
        if is_request(calls) {
            whole.merge(counted);
        }
    }
    let started = started_at(&whole);
    let each = operations.iter().zip(&counted).map(|(calls, counted)| {
        let kind = if is_request(calls) { OperationKind::Request } else { OperationKind::Journey };
        let (totals, times) = (totals(counted), times(counted));
        (calls.name.clone(), OperationRecord { kind, totals, times })
    });
    let operation_records = each.collect();
    let tags: BTreeSet<String> = operations.iter().flat_map(|calls| calls.rules().tags).collect();
    RunRecord {
        schema: RUN_SCHEMA.to_owned(),
        id: ulid::Ulid::from_datetime(started).to_string(),
        name: name.to_owned(),
        tags: tags.into_iter().collect(),
        started_at: jiff::Timestamp::try_from(started).unwrap_or_default().to_string(),
        state: RunState::Finished,
        tool: ToolInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: "unknown".to_owned(),
            engine: "rust passive".to_owned(),
        },
        target_kind: TargetKind::External,
        target: format!("calls of {name}"),
        plan: serde_json::Value::Null,
        environment: dyno_host::fingerprint(),
        validity: Validity { state: ValidityState::Valid, reasons: vec![note()] },
        verdict: VerdictRecord { state: VerdictState::None, checks: Vec::new() },
        load: load(&whole),
        totals: totals(&whole),
        times: times(&whole),
        connect_ns: None,
        tls_ns: None,
        operations: operation_records,
        intervals: intervals(&whole),
        specimens: Vec::new(),
        slowest: Vec::new(),
        generator: generator(&whole, used),
        target_resources: None,
        audit: None,
        reproduce: String::new(),
    }
}

/// When the first call began, by the wall clock of now.
fn started_at(whole: &Counted) -> SystemTime {
    let ago_ns = if whole.calls() > 0 { now_ns().saturating_sub(whole.first_ns) } else { 0 };
    SystemTime::now() - Duration::from_nanos(ago_ns)
}

fn note() -> Reason {
    Reason {
        code: "passive".to_owned(),
        state: ValidityState::Valid,
        detail: "calls were timed as the program made them: no load was played and no schedule kept"
            .to_owned(),
    }
}

fn load(whole: &Counted) -> LoadRecord {
    LoadRecord {
        model: "closed".to_owned(),
        asked_rate_per_s: None,
        achieved_rate_per_s: per_s(whole.calls(), whole),
        not_started: 0,
        in_flight_at_end: 0,
        in_flight_max: 0,
        in_flight_limit: 1,
        busy_share: 0.0,
        generator_lateness_p99_ns: 0,
        gap_cv: None,
        dispersion_10ms: None,
        measure_start_ns: 0,
        warmup_requests: 0,
    }
}

fn per_s(count: u64, counted: &Counted) -> f64 {
    match counted.elapsed_ns() {
        0 => 0.0,
        elapsed_ns => count as f64 * 1e9 / elapsed_ns as f64,
    }
}

fn totals(counted: &Counted) -> Totals {
    Totals {
        requests: counted.calls(),
        ok: counted.times.count(),
        rejected: 0,
        failed: counted.failure_times.count(),
        bytes_sent: 0,
        bytes_received: 0,
        elapsed_ns: counted.elapsed_ns(),
        throughput_per_s: per_s(counted.times.count(), counted),
        connections: 0,
        errors_by_kind: counted.errors.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
        status_codes: BTreeMap::new(),
    }
}

fn times(counted: &Counted) -> Times {
    let mut never_late = Histogram::new();
    never_late.record_many(0, counted.calls());
    let times = Headline::from(&counted.times);
    Times {
        response_time_ns: times.clone(),
        service_time_ns: times.clone(),
        lateness_ns: (&never_late).into(),
        first_byte_ns: times,
        failure_time_ns: (&counted.failure_times).into(),
    }
}

/// Every interval from the first to the last, those without calls included.
fn intervals(whole: &Counted) -> Vec<IntervalRecord> {
    let keys = whole.intervals.keys();
    let (Some(first), Some(last)) = (keys.clone().next(), keys.clone().next_back()) else {
        return Vec::new();
    };
    let nothing = (0, Histogram::new());
    let mut begin_ns = whole.first_ns;
    let mut made = Vec::new();
    for key in *first..=*last {
        let (failed, times) = whole.intervals.get(&key).unwrap_or(&nothing);
        let end_ns = (key + 1).saturating_mul(whole.width_ns).min(whole.last_ns);
        made.push(IntervalRecord {
            at_ns: end_ns.saturating_sub(whole.first_ns),
            length_ns: end_ns.saturating_sub(begin_ns),
            measured: true,
            requests: times.count() + failed,
            ok: times.count(),
            rejected: 0,
            failed: *failed,
            in_flight: 0,
            asked: None,
            bytes_sent: 0,
            bytes_received: 0,
            lateness_p99_ns: 0,
            histogram: times.packed(),
            generator: None,
            target: None,
        });
        begin_ns = end_ns.max(begin_ns);
    }
    made
}

fn generator(whole: &Counted, used: &ResourceSummary) -> Generator {
    let cpu_s = used.cpu_user_s + used.cpu_system_s;
    Generator {
        cpu_user_s: used.cpu_user_s,
        cpu_system_s: used.cpu_system_s,
        cpu_share: 0.0,
        rss_peak_bytes: used.rss_peak_bytes,
        requests_per_cpu_s: if cpu_s > 0.0 { whole.calls() as f64 / cpu_s } else { 0.0 },
        threads: 1,
        resources: *used,
    }
}
