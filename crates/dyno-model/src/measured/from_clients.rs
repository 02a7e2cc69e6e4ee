//! A contest of HTTP client libraries as a comparison sees it: every client of every case is an operation.
//!
//! Times are those of the client, CPU and memory those of its processes. Which versions were played is noted and changes
//! nothing: comparing two versions of a library is what such comparisons are for.

use super::{ErrorCount, Measured, MeasuredOperation, PlanGroup};
use crate::{
    CellKey, ClientCase, ClientEntry, ClientFigures, ClientState, ClientsRecord, Estimate, Headline,
};

/// The tool of contests, so that no run is compared with one.
pub const CLIENTS_TOOL: &str = "dyno clients";

impl From<&ClientsRecord> for Measured {
    fn from(record: &ClientsRecord) -> Self {
        let mut measured = Self::of_tool(CLIENTS_TOOL, &record.name);
        measured.run_id = Some(record.id.clone());
        measured.tool_version = Some(record.version.clone());
        measured.started_at.clone_from(&record.at);
        measured.plan_name.clone_from(&record.name);
        measured.environment = Some(record.environment.clone());
        measured.validity.clone_from(&record.validity);
        let counted = format!("{:?}", record.counted_by).to_lowercase();
        measured.ask(PlanGroup::Plan, "CPU counted by", counted);
        measured.ask(PlanGroup::Note, "blocks", record.blocks.to_string());
        measured.ask(PlanGroup::Note, "segment", crate::units::format_ns(record.segment_ns));
        if record.cases.is_empty() {
            measured.take_case("", &record.case, &record.entries);
        }
        for played in &record.cases {
            measured.take_case(&played.name, &played.case, &played.entries);
        }
        measured.say_the_only_one_as_the_whole();
        measured
    }
}

impl Measured {
    fn take_case(&mut self, name: &str, case: &ClientCase, entries: &[ClientEntry]) {
        let of = |what: &str| if name.is_empty() { what.to_owned() } else { format!("{what} of {name}") };
        let none = || "the library's choice".to_owned();
        let told = |value: Option<String>| value.unwrap_or_else(none);
        self.ask(PlanGroup::Plan, &of("profile"), case.profile.as_str());
        self.ask(PlanGroup::Plan, &of("request"), format!("{} {}", case.method, path(&case.url)));
        self.ask(PlanGroup::Plan, &of("bytes of the body"), case.body_bytes.to_string());
        self.ask(PlanGroup::Plan, &of("header fields"), case.fields.join(", "));
        self.ask(PlanGroup::Plan, &of("redirects"), told(case.redirects.map(|count| count.to_string())));
        let rate = case.rate_per_s.map_or_else(|| "closed".to_owned(), |rate| format!("open, {rate}/s"));
        self.ask(PlanGroup::LoadModel, &of("load"), rate);
        self.ask(PlanGroup::LoadModel, &of("lanes"), case.lanes.to_string());
        let pause = case.delay_ns.map_or_else(|| "none".to_owned(), crate::units::format_ns);
        self.ask(PlanGroup::LoadModel, &of("pause"), pause);
        self.ask(PlanGroup::Protocol, &of("HTTP"), told(case.http.clone()));
        self.ask(PlanGroup::Protocol, &of("TLS"), case.tls.to_string());
        self.ask(PlanGroup::Protocol, &of("keep-alive"), told(case.keep_alive.map(|kept| kept.to_string())));
        self.ask(PlanGroup::Setting, &of("time limit in ms"), case.timeout_ms.to_string());
        self.ask(PlanGroup::Setting, &of("retries"), told(case.retries.map(|count| count.to_string())));
        for entry in entries.iter().filter(|entry| entry.state == ClientState::Ranked) {
            let Some(figures) = &entry.figures else { continue };
            let operation =
                if name.is_empty() { entry.label.clone() } else { format!("{name}: {}", entry.label) };
            self.ask(PlanGroup::Note, &format!("version of {}", entry.label), entry.version.as_str());
            self.ask(PlanGroup::Note, &format!("runtime of {}", entry.label), entry.runtime.as_str());
            self.take_client(operation, entry, figures);
        }
    }

    fn take_client(&mut self, operation: String, entry: &ClientEntry, figures: &ClientFigures) {
        let key = |metric: &str| CellKey::of(operation.as_str(), metric);
        let cpu = &figures.cpu_s_per_1000;
        // CPU-seconds per 1,000 are milliseconds for one.
        self.cells.insert(
            key("cpu_per_request"),
            Estimate {
                value: cpu.value * 1e6,
                low: cpu.low.map(|low| low * 1e6),
                high: cpu.high.map(|high| high * 1e6),
                samples: cpu.samples,
            },
        );
        self.cells.insert(key("rate"), figures.throughput_per_s);
        if let Some(bytes) = figures.rss_peak_bytes.filter(|bytes| *bytes > 0) {
            self.cell(key("rss"), bytes as f64, 1);
        }
        let errors = ErrorCount { attempts: figures.requests, errors: figures.errors };
        if let Some(share) = errors.share() {
            self.cell(key("errors"), share, errors.attempts);
        }
        self.time_cells_of(&key, &figures.response_time_ns);
        let played: Vec<_> = entry.segments.iter().filter(|segment| segment.ok > 0).collect();
        let per_block =
            |value: fn(&crate::ClientSegment) -> f64| played.iter().map(|one| value(one)).collect();
        self.replicates.insert(key("cpu_per_request"), per_block(|one| one.cpu_ns as f64 / one.ok as f64));
        self.replicates.insert(key("rate"), per_block(|one| one.ok as f64 * 1e9 / one.wall_ns.max(1) as f64));
        let histogram = Some(figures.response_time_ns.histogram.clone());
        self.operations.insert(operation, MeasuredOperation { errors: Some(errors), histogram });
    }

    fn time_cells_of(&mut self, key: &dyn Fn(&str) -> CellKey, times: &Headline) {
        if times.count > 0 {
            for (metric, value) in
                [("mean", times.mean), ("p50", times.p50), ("p95", times.p95), ("p99", times.p99)]
            {
                self.cell(key(metric), value as f64, times.count);
            }
        }
    }

    /// Comparisons take the only operation of both sides for the whole.
    fn say_the_only_one_as_the_whole(&mut self) {
        if self.operations.len() != 1 {
            return;
        }
        let whole = |key: &CellKey| CellKey { operation: None, ..key.clone() };
        let cells: Vec<_> = self.cells.iter().map(|(key, value)| (whole(key), *value)).collect();
        self.cells.extend(cells);
        let replicates: Vec<_> =
            self.replicates.iter().map(|(key, values)| (whole(key), values.clone())).collect();
        self.replicates.extend(replicates);
        if let Some(only) = self.operations.values().next() {
            self.errors = only.errors;
            self.histogram.clone_from(&only.histogram);
        }
    }
}

/// A URL without scheme, host and port: the embedded target has another port each time.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("/", |at| &rest[at..])
}

#[cfg(test)]
mod tests;
