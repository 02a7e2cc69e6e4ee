//! The record of a run: its head before the first request, the whole after the last.

use std::collections::BTreeMap;
use std::time::SystemTime;

use dyno_engine::Played;
use dyno_model::{
    Generator, IntervalRecord, LoadRecord, RUN_SCHEMA, Redactor, ResourceSummary, RunPlan, RunRecord,
    RunState, Tally, Times, ToolInfo, Totals, Validity, ValidityState, VerdictRecord, VerdictState,
};
use dyno_plan::Resolved;

use crate::play::resources::Resources;

/// The commit that the binary was built from.
const COMMIT: &str = env!("DYNO_COMMIT");

/// Everything that is known before the first request.
///
/// `engine` is who plays, `target` the target in words, `reproduce` a command that plays the same again.
pub fn head(resolved: &Resolved, engine: String, target: &str, reproduce: &str) -> RunRecord {
    let plan = &resolved.plan;
    let mut record = RunRecord {
        schema: RUN_SCHEMA.to_owned(),
        id: dyno_store::new_run_id(SystemTime::now()),
        name: plan.name.clone(),
        tags: Vec::new(),
        started_at: jiff::Timestamp::now().to_string(),
        state: RunState::Running,
        tool: ToolInfo { version: env!("CARGO_PKG_VERSION").to_owned(), commit: COMMIT.to_owned(), engine },
        target_kind: plan.target_kind,
        target: target.to_owned(),
        plan: resolved.redacted.clone(),
        environment: dyno_host::fingerprint(),
        validity: Validity { state: ValidityState::Valid, reasons: Vec::new() },
        verdict: VerdictRecord { state: VerdictState::None, checks: Vec::new() },
        load: empty_load(plan),
        totals: empty_totals(),
        times: Times::from(&Tally::default()),
        connect_ns: None,
        tls_ns: None,
        operations: BTreeMap::new(),
        intervals: Vec::new(),
        specimens: Vec::new(),
        slowest: Vec::new(),
        generator: empty_generator(plan),
        target_resources: None,
        audit: None,
        reproduce: reproduce.to_owned(),
    };
    redact(&mut record, &resolved.redactor);
    record
}

/// The record of what was played, not judged yet.
pub fn complete(
    head: RunRecord,
    plan: &RunPlan,
    played: &Played,
    intervals: Vec<IntervalRecord>,
    resources: &Resources,
) -> RunRecord {
    let summary = played.summary(&plan.operations);
    let requests = summary.totals.requests + played.load.warmup_requests;
    RunRecord {
        state: played.state,
        load: played.load.clone(),
        totals: summary.totals,
        times: summary.times,
        connect_ns: summary.connect_ns,
        tls_ns: summary.tls_ns,
        operations: summary.operations,
        specimens: summary.specimens,
        slowest: summary.slowest,
        intervals,
        generator: resources.generator(requests),
        target_resources: resources.target(requests),
        ..head
    }
}

/// The record as readers of the store get it, so that a report made now and one made later are the same.
///
/// Histograms know the exact mean only until they are written.
pub fn as_stored(record: &RunRecord) -> RunRecord {
    let json = serde_json::to_value(record).expect("invariant: a record is made of JSON types");
    serde_json::from_value(json).expect("invariant: a record reads what it wrote")
}

/// Hides every secret in what people wrote or the target said. Figures and fixed words hold none.
pub fn redact(record: &mut RunRecord, redactor: &Redactor) {
    let hide = |text: &mut String| *text = redactor.redact(text);
    hide(&mut record.name);
    hide(&mut record.target);
    hide(&mut record.reproduce);
    redactor.redact_json(&mut record.plan);
    for specimen in record.specimens.iter_mut().chain(&mut record.slowest) {
        hide(&mut specimen.operation);
        hide(&mut specimen.message);
    }
    for reason in &mut record.validity.reasons {
        hide(&mut reason.detail);
    }
    for check in &mut record.verdict.checks {
        hide(&mut check.threshold);
        hide(&mut check.detail);
    }
    let operations = std::mem::take(&mut record.operations);
    record.operations =
        operations.into_iter().map(|(name, operation)| (redactor.redact(&name), operation)).collect();
}

fn empty_load(plan: &RunPlan) -> LoadRecord {
    LoadRecord {
        model: if plan.load.is_open() { "open" } else { "closed" }.to_owned(),
        asked_rate_per_s: None,
        achieved_rate_per_s: 0.0,
        not_started: 0,
        in_flight_at_end: 0,
        in_flight_max: 0,
        in_flight_limit: plan.load.max_in_flight(),
        busy_share: 0.0,
        generator_lateness_p99_ns: 0,
        gap_cv: None,
        dispersion_10ms: None,
        measure_start_ns: 0,
        warmup_requests: 0,
    }
}

fn empty_totals() -> Totals {
    Totals {
        requests: 0,
        ok: 0,
        rejected: 0,
        failed: 0,
        bytes_sent: 0,
        bytes_received: 0,
        elapsed_ns: 0,
        throughput_per_s: 0.0,
        connections: 0,
        errors_by_kind: BTreeMap::new(),
        status_codes: BTreeMap::new(),
    }
}

fn empty_generator(plan: &RunPlan) -> Generator {
    Generator {
        cpu_user_s: 0.0,
        cpu_system_s: 0.0,
        cpu_share: 0.0,
        rss_peak_bytes: 0,
        requests_per_cpu_s: 0.0,
        threads: plan.threads,
        resources: ResourceSummary::default(),
    }
}

#[cfg(test)]
mod tests;
