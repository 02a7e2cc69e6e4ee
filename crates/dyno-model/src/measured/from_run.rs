//! A run record as a comparison sees it.

use serde_json::Value;

use super::{ErrorCount, Measured, MeasuredInterval, MeasuredOperation, PlanGroup};
use crate::{
    CellKey, Estimate, Headline, OperationKind, Reason, RunRecord, RunState, Times, Totals, ValidityState,
    scenario_of,
};

impl From<&RunRecord> for Measured {
    fn from(record: &RunRecord) -> Self {
        let mut measured = Self::of_tool("dyno", &record.name);
        measured.run_id = Some(record.id.clone());
        measured.tool_version = Some(record.tool.version.clone());
        measured.started_at.clone_from(&record.started_at);
        measured.plan_name.clone_from(&record.name);
        measured.environment = Some(record.environment.clone());
        measured.validity.clone_from(&record.validity);
        measured.note_unfinished(record.state);
        measured.ask_plan(record);
        measured.scenario = Some(scenario_of(&record.plan));
        measured.errors = Some(errors(&record.totals));
        measured.errors_limit = errors_limit(record);
        measured.histogram = Some(record.times.response_time_ns.histogram.clone());
        measured.whole_cells(record);
        for (name, operation) in &record.operations {
            let key = |metric: &str| CellKey::of(name.as_str(), metric);
            measured.count_cells(&operation.totals, key, operation.kind);
            measured.time_cells(&operation.times, key);
            let histogram = operation.times.response_time_ns.histogram.clone();
            let entry =
                MeasuredOperation { errors: Some(errors(&operation.totals)), histogram: Some(histogram) };
            measured.operations.insert(name.clone(), entry);
        }
        measured.intervals = intervals(record);
        measured
    }
}

impl Measured {
    fn note_unfinished(&mut self, state: RunState) {
        let (state, detail) = match state {
            RunState::Finished => return,
            RunState::Running => (ValidityState::Invalid, "the run is still being played"),
            RunState::Interrupted => (ValidityState::Suspect, "the run was interrupted before its end"),
            RunState::Aborted => (ValidityState::Suspect, "a threshold ended the run before its end"),
        };
        self.validity.state = self.validity.state.max(state);
        self.validity.reasons.push(Reason {
            code: "unfinished".to_owned(),
            state,
            detail: detail.to_owned(),
        });
    }

    fn ask_plan(&mut self, record: &RunRecord) {
        let plan = &record.plan;
        self.ask(PlanGroup::LoadModel, "load model", record.load.model.as_str());
        for model in ["open", "closed"] {
            for (name, value) in entries(&plan["load"][model]) {
                self.ask(PlanGroup::LoadModel, &name.replace('_', " "), text(value));
            }
        }
        let scheme = record.target.split_once("://").map_or("unix", |(scheme, _)| scheme);
        self.ask(PlanGroup::Protocol, "scheme", scheme);
        for (name, value) in entries(&plan["http"]) {
            let group = match name.as_str() {
                "version" | "pipeline" | "keep_alive" | "tls" => PlanGroup::Protocol,
                "compressed" | "cookies" | "redirects" => PlanGroup::Plan,
                "proxy" | "unix_socket" => PlanGroup::Setting,
                _ => continue,
            };
            self.ask(group, &name.replace('_', " "), text(value));
        }
        let scenarios: Vec<&Value> = plan["scenarios"].as_array().into_iter().flatten().collect();
        let names: Vec<String> = scenarios.iter().map(|one| text(&one["name"])).collect();
        self.ask(PlanGroup::Plan, "scenarios", names.join(", "));
        for (scenario, name) in scenarios.iter().zip(names) {
            for (part, value) in entries(scenario).filter(|(part, _)| *part != "name") {
                self.ask(PlanGroup::Plan, &format!("{part} of {name}"), text(value));
            }
        }
        if !plan["feeders"].is_null() {
            self.ask(PlanGroup::Plan, "feeders", text(&plan["feeders"]));
        }
        for (what, value) in [("threads", &plan["threads"]), ("timeout", &plan["limits"]["timeout"])] {
            self.ask(PlanGroup::Setting, what, text(value));
        }
        self.ask(PlanGroup::Setting, "engine", record.tool.engine.as_str());
        for (what, value) in
            [("measured time", &plan["phases"]["measure"]), ("warm-up", &plan["phases"]["warmup"])]
        {
            self.ask(PlanGroup::Note, what, text(value));
        }
    }

    fn whole_cells(&mut self, record: &RunRecord) {
        let totals = &record.totals;
        let whole = |metric: &str| CellKey::whole(metric);
        self.count_cells(totals, whole, OperationKind::Request);
        self.time_cells(&record.times, whole);
        if totals.elapsed_ns > 0 && totals.requests > 0 {
            self.cell(CellKey::whole("rate"), totals.throughput_per_s, totals.ok);
        }
        let Some(target) = &record.target_resources else { return };
        if target.requests_per_cpu_s > 0.0 {
            self.cell(CellKey::whole("cpu_per_request"), 1e9 / target.requests_per_cpu_s, totals.requests);
        }
        if target.summary.rss_peak_bytes > 0 {
            self.cell(CellKey::whole("rss"), target.summary.rss_peak_bytes as f64, 1);
        }
    }

    fn count_cells(&mut self, totals: &Totals, key: impl Fn(&str) -> CellKey, kind: OperationKind) {
        if let Some(share) = errors(totals).share() {
            self.cell(key("errors"), share, totals.requests);
            // A journey's bytes are those of its requests.
            if kind == OperationKind::Request {
                let bytes = totals.bytes_received as f64 / totals.requests as f64;
                self.cell(key("bytes_per_request"), bytes, totals.requests);
            }
        }
    }

    fn time_cells(&mut self, times: &Times, key: impl Fn(&str) -> CellKey) {
        let kinds = [
            ("", &times.response_time_ns),
            ("service.", &times.service_time_ns),
            ("first_byte.", &times.first_byte_ns),
        ];
        for (prefix, headline) in kinds.into_iter().filter(|(_, headline)| headline.count > 0) {
            for (statistic, value) in statistics(headline) {
                let estimate = Estimate { value, low: None, high: None, samples: headline.count };
                self.cells.insert(key(&format!("{prefix}{statistic}")), estimate);
            }
        }
    }
}

fn statistics(headline: &Headline) -> [(&'static str, f64); 9] {
    let Headline { min, mean, p50, p75, p90, p95, p99, p99_9, max, .. } = *headline;
    let named = [
        ("min", min),
        ("mean", mean),
        ("p50", p50),
        ("p75", p75),
        ("p90", p90),
        ("p95", p95),
        ("p99", p99),
        ("p99.9", p99_9),
        ("max", max),
    ];
    named.map(|(name, value)| (name, value as f64))
}

fn errors(totals: &Totals) -> ErrorCount {
    ErrorCount { attempts: totals.requests, errors: totals.rejected + totals.failed }
}

/// The strictest objective on the errors of the whole run, when it is a share.
fn errors_limit(record: &RunRecord) -> Option<f64> {
    let of_errors =
        record.verdict.checks.iter().filter(|check| check.threshold.trim_start().starts_with("errors"));
    of_errors.map(|check| check.limit).filter(|limit| *limit < 1.0).min_by(f64::total_cmp)
}

fn intervals(record: &RunRecord) -> Vec<MeasuredInterval> {
    let start = record.load.measure_start_ns;
    let measured = record.intervals.iter().filter(|interval| interval.measured && interval.length_ns > 0);
    measured
        .map(|interval| MeasuredInterval {
            at_ns: interval.at_ns.saturating_sub(start),
            length_ns: interval.length_ns,
            errors: ErrorCount { attempts: interval.requests, errors: interval.rejected + interval.failed },
            histogram: interval.histogram.clone(),
        })
        .collect()
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// A value as people write it: texts without quotes.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    }
}
