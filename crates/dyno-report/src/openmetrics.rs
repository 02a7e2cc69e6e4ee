//! OpenMetrics text, for a push gateway or a file collector.
//!
//! Written by hand: the format is small, and the values are already counted. Called for `.prom` files.

use std::fmt::Write as _;

use dyno_model::{Headline, OperationKind, RunRecord, Totals, ValidityState, VerdictState};

use crate::words;

const IN_MEMORY: &str = "invariant: writing to memory does not fail";

/// All metrics of the run, ending with `# EOF`.
///
/// Samples carry the label `operation`. Journeys have times but no counts, because their requests are counted.
#[must_use]
pub fn report(record: &RunRecord) -> String {
    let mut text = String::new();
    push_run(&mut text, record);
    push_counters(&mut text, record);
    let times = [
        ("response_time", "End minus intended start of successes."),
        ("service_time", "End minus actual start of successes."),
        ("lateness", "Actual minus intended start of everything that started."),
        ("first_byte", "First byte minus actual start of successes."),
        ("failure_time", "End minus intended start of what was rejected or failed."),
    ];
    for (index, (name, help)) in times.into_iter().enumerate() {
        let metric = format!("dyno_{name}_seconds");
        family(&mut text, &metric, "summary", "seconds", help);
        for (operation, times) in times_of(record) {
            let headline = [
                &times.response_time_ns,
                &times.service_time_ns,
                &times.lateness_ns,
                &times.first_byte_ns,
                &times.failure_time_ns,
            ][index];
            summary(&mut text, &metric, operation, headline);
        }
    }
    push_gauges(&mut text, record);
    text.push_str("# EOF\n");
    text
}

fn times_of(record: &RunRecord) -> Vec<(&str, &dyno_model::Times)> {
    if record.operations.is_empty() {
        return vec![(words::ALL, &record.times)];
    }
    record.operations.iter().map(|(name, operation)| (name.as_str(), &operation.times)).collect()
}

fn counts_of(record: &RunRecord) -> Vec<(&str, &Totals)> {
    if record.operations.is_empty() {
        return vec![(words::ALL, &record.totals)];
    }
    let requests = record.operations.iter().filter(|(_, o)| o.kind == OperationKind::Request);
    requests.map(|(name, operation)| (name.as_str(), &operation.totals)).collect()
}

/// `# TYPE`, `# UNIT` when there is one, and `# HELP`.
fn family(text: &mut String, metric: &str, kind: &str, unit: &str, help: &str) {
    writeln!(text, "# TYPE {metric} {kind}").expect(IN_MEMORY);
    if !unit.is_empty() {
        writeln!(text, "# UNIT {metric} {unit}").expect(IN_MEMORY);
    }
    writeln!(text, "# HELP {metric} {help}").expect(IN_MEMORY);
}

fn sample(text: &mut String, metric: &str, labels: &[(&str, &str)], value: f64) {
    let labels: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    writeln!(text, "{metric}{labels} {}", number(value)).expect(IN_MEMORY);
}

/// Rust writes `inf`, the format wants `+Inf`; everything else is the same.
fn number(value: f64) -> String {
    if value.is_finite() {
        value.to_string()
    } else if value.is_nan() {
        "NaN".to_owned()
    } else if value > 0.0 {
        "+Inf".to_owned()
    } else {
        "-Inf".to_owned()
    }
}

/// A label's value: backslash, quote and line end are the only characters with a meaning.
fn escaped(value: &str) -> String {
    let one_line = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    one_line.chars().filter(|c| !c.is_control()).collect()
}

fn push_run(text: &mut String, record: &RunRecord) {
    family(text, "dyno_run", "info", "", "The run, its judgement and who measured.");
    let labels = [
        ("id", record.id.as_str()),
        ("name", &record.name),
        ("target", &record.target),
        ("started_at", &record.started_at),
        ("verdict", &words::verdict(record.verdict.state).to_lowercase()),
        ("validity", words::validity(record.validity.state)),
        ("tool_version", &record.tool.version),
        ("fingerprint", &record.environment.fingerprint),
    ];
    sample(text, "dyno_run_info", &labels, 1.0);
    let passed = f64::from(u8::from(record.verdict.state == VerdictState::Pass));
    let valid = f64::from(u8::from(record.validity.state == ValidityState::Valid));
    family(text, "dyno_run_passed", "gauge", "", "1 when all thresholds hold.");
    sample(text, "dyno_run_passed", &[], passed);
    family(text, "dyno_run_valid", "gauge", "", "1 when nothing speaks against the numbers.");
    sample(text, "dyno_run_valid", &[], valid);
    if !record.verdict.checks.is_empty() {
        family(text, "dyno_threshold_ok", "gauge", "", "1 when the threshold holds.");
    }
    let mut seen = std::collections::BTreeSet::new();
    for check in &record.verdict.checks {
        // The same threshold twice would be the same series twice, which readers reject.
        if seen.insert(escaped(&check.threshold)) {
            let labels = [("threshold", check.threshold.as_str())];
            sample(text, "dyno_threshold_ok", &labels, f64::from(u8::from(check.ok)));
        }
    }
}

fn push_counters(text: &mut String, record: &RunRecord) {
    let counts = counts_of(record);
    family(text, "dyno_requests", "counter", "", "Requests of the measured time by outcome.");
    for (operation, totals) in &counts {
        for (outcome, count) in [("ok", totals.ok), ("rejected", totals.rejected), ("failed", totals.failed)]
        {
            let labels = [("operation", *operation), ("outcome", outcome)];
            sample(text, "dyno_requests_total", &labels, count as f64);
        }
    }
    family(text, "dyno_failures", "counter", "", "Failures by kind.");
    for (operation, totals) in &counts {
        for (kind, count) in &totals.errors_by_kind {
            sample(text, "dyno_failures_total", &[("operation", operation), ("kind", kind)], *count as f64);
        }
    }
    family(text, "dyno_responses", "counter", "", "Answers by status code.");
    for (operation, totals) in &counts {
        for (code, count) in &totals.status_codes {
            sample(text, "dyno_responses_total", &[("operation", operation), ("code", code)], *count as f64);
        }
    }
    for (metric, help, count) in [
        ("dyno_sent_bytes", "Bytes written, with heads, without TLS.", record.totals.bytes_sent),
        ("dyno_received_bytes", "Bytes read, with heads, without TLS.", record.totals.bytes_received),
    ] {
        family(text, metric, "counter", "bytes", help);
        sample(text, &format!("{metric}_total"), &[], count as f64);
    }
}

/// The sum is mean × count: the record keeps the mean only.
fn summary(text: &mut String, metric: &str, operation: &str, times: &Headline) {
    if times.count == 0 {
        return;
    }
    let quantiles = [
        ("0.5", times.p50),
        ("0.75", times.p75),
        ("0.9", times.p90),
        ("0.95", times.p95),
        ("0.99", times.p99),
        ("0.999", times.p99_9),
        ("0.9999", times.p99_99),
        ("1", times.max),
    ];
    for (quantile, value_ns) in quantiles {
        let labels = [("operation", operation), ("quantile", quantile)];
        sample(text, metric, &labels, value_ns as f64 / 1e9);
    }
    let labels = [("operation", operation)];
    sample(text, &format!("{metric}_count"), &labels, times.count as f64);
    sample(text, &format!("{metric}_sum"), &labels, times.mean as f64 * times.count as f64 / 1e9);
}

fn push_gauges(text: &mut String, record: &RunRecord) {
    let (load, generator) = (&record.load, &record.generator);
    let gauges = [
        ("dyno_asked_rate_per_second", "", "Mean asked rate.", load.asked_rate_per_s),
        (
            "dyno_achieved_rate_per_second",
            "",
            "Operations started per second.",
            Some(load.achieved_rate_per_s),
        ),
        ("dyno_throughput_per_second", "", "Successes per second.", Some(record.totals.throughput_per_s)),
        (
            "dyno_not_started",
            "",
            "Arrivals that could not be started in time.",
            Some(load.not_started as f64),
        ),
        ("dyno_in_flight_at_end", "", "Operations in flight at the end.", Some(load.in_flight_at_end as f64)),
        ("dyno_elapsed_seconds", "seconds", "Measured time.", Some(record.totals.elapsed_ns as f64 / 1e9)),
        ("dyno_generator_cpu_share", "", "CPU of the load threads, 0 to 1.", Some(generator.cpu_share)),
        (
            "dyno_generator_rss_bytes",
            "bytes",
            "Largest memory of the generator.",
            Some(generator.rss_peak_bytes as f64),
        ),
        (
            "dyno_generator_requests_per_cpu_second",
            "",
            "Requests per second of CPU time.",
            Some(generator.requests_per_cpu_s),
        ),
    ];
    for (metric, unit, help, value) in gauges {
        if let Some(value) = value {
            family(text, metric, "gauge", unit, help);
            sample(text, metric, &[], value);
        }
    }
}
