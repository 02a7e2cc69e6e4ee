//! The words and figures of the page that are not tables: head, tiles, environment, plan.
//!
//! Called by the page.

use std::collections::BTreeMap;

use dyno_model::{RunRecord, TargetKind, ValidityState, VerdictState, units};
use serde::Serialize;

use crate::escape::{clip, line};
use crate::words;

/// Most characters of the plan that are shown; a plan with its bodies inside can be huge.
const PLAN_MAX: usize = 40_000;
/// Most characters of one foreign text.
const TEXT_MAX: usize = 2_000;

/// Foreign text, shortened and with its control characters visible. The template escapes it.
pub(super) fn visible(text: &str) -> String {
    clip(&line(text), TEXT_MAX)
}

/// What stands at the top.
#[derive(Serialize)]
pub(super) struct Head {
    name: String,
    target: String,
    started_at: String,
    id: String,
    tags: Vec<String>,
    tool: String,
    verdict: &'static str,
    verdict_class: &'static str,
    verdict_meaning: String,
    validity: &'static str,
    validity_class: &'static str,
    validity_meaning: &'static str,
    ending: Option<&'static str>,
}

pub(super) fn head(record: &RunRecord) -> Head {
    let tool = &record.tool;
    Head {
        name: visible(&record.name),
        target: visible(&record.target),
        started_at: visible(&record.started_at),
        id: visible(&record.id),
        tags: record.tags.iter().take(20).map(|tag| visible(tag)).collect(),
        tool: visible(&format!("dyno {} ({}), engine {}", tool.version, tool.commit, tool.engine)),
        verdict: words::verdict(record.verdict.state),
        verdict_class: match record.verdict.state {
            VerdictState::Pass => "good",
            VerdictState::Fail => "bad",
            VerdictState::Inconclusive | VerdictState::Incomparable => "doubtful",
            VerdictState::None => "neutral",
        },
        verdict_meaning: words::verdict_meaning(record),
        validity: words::validity(record.validity.state),
        validity_class: validity_class(record.validity.state),
        validity_meaning: words::validity_meaning(record.validity.state),
        ending: words::ending(record.state),
    }
}

pub(super) fn validity_class(state: ValidityState) -> &'static str {
    match state {
        ValidityState::Valid => "good",
        ValidityState::Suspect => "doubtful",
        ValidityState::Invalid => "bad",
    }
}

/// One headline number.
#[derive(Serialize)]
pub(super) struct Tile {
    name: &'static str,
    value: String,
    note: String,
}

fn tile(name: &'static str, value: String, note: String) -> Tile {
    Tile { name, value, note }
}

pub(super) fn tiles(record: &RunRecord) -> Vec<Tile> {
    let (load, totals, times, generator) = (&record.load, &record.totals, &record.times, &record.generator);
    let (response, lateness) = (&times.response_time_ns, &times.lateness_ns);
    let asked = load.asked_rate_per_s.map_or_else(
        || format!("{} users", units::format_count(u64::from(load.in_flight_limit))),
        |rate| format!("asked {}", units::format_rate(rate)),
    );
    let errors = totals.rejected.saturating_add(totals.failed);
    vec![
        tile("achieved rate", units::format_rate(load.achieved_rate_per_s), asked),
        tile(
            "requests",
            units::format_count(totals.requests),
            format!("in {}", units::format_ns(totals.elapsed_ns)),
        ),
        tile(
            "response time p50",
            words::time(response, response.p50),
            format!("p90 {}", words::time(response, response.p90)),
        ),
        tile(
            "response time p99",
            words::time(response, response.p99),
            format!("p99.9 {}", words::time(response, response.p99_9)),
        ),
        tile(
            "response time max",
            words::time(response, response.max),
            format!("mean {}", words::time(response, response.mean)),
        ),
        tile(
            "errors",
            words::share(errors, totals.requests),
            format!(
                "{} rejected, {} failed",
                units::format_count(totals.rejected),
                units::format_count(totals.failed)
            ),
        ),
        tile(
            "lateness p99",
            words::time(lateness, lateness.p99),
            format!("{} never started", units::format_count(load.not_started)),
        ),
        tile(
            "generator CPU",
            units::format_share(generator.cpu_share),
            format!(
                "{} requests per CPU-second",
                units::format_count(generator.requests_per_cpu_s.round() as u64)
            ),
        ),
    ]
}

/// A titled list of names and values.
#[derive(Serialize)]
pub(super) struct Section {
    title: &'static str,
    rows: Vec<(String, String)>,
}

pub(super) fn sections(record: &RunRecord) -> Vec<Section> {
    let environment = &record.environment;
    let mut machine = vec![("fingerprint".to_owned(), visible(&environment.fingerprint))];
    machine.extend(listed(&environment.identity));
    let mut sections = vec![
        Section { title: "Machine of the generator", rows: machine },
        Section { title: "Its settings", rows: listed(&environment.config) },
        Section { title: "Its state at the start", rows: listed(&environment.volatile) },
        Section { title: "Load as played", rows: load_facts(record) },
        Section { title: "Generator", rows: generator_facts(record) },
        Section { title: "Target", rows: target_facts(record) },
        Section { title: "Its ledger beside this record", rows: audit_facts(record) },
    ];
    sections.retain(|section| !section.rows.is_empty());
    sections
}

fn listed(entries: &BTreeMap<String, String>) -> Vec<(String, String)> {
    entries.iter().take(60).map(|(key, value)| (visible(key), visible(value))).collect()
}

fn owned(rows: Vec<(&str, String)>) -> Vec<(String, String)> {
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn load_facts(record: &RunRecord) -> Vec<(String, String)> {
    let (load, totals) = (&record.load, &record.totals);
    let count = units::format_count;
    let mut rows = vec![
        ("model", format!("{} loop", visible(&load.model))),
        ("measured", units::format_ns(totals.elapsed_ns)),
        (
            "warm-up before it",
            format!("{}, {} requests", units::format_ns(load.measure_start_ns), count(load.warmup_requests)),
        ),
        ("limit in flight", count(u64::from(load.in_flight_limit))),
        ("most in flight", count(load.in_flight_max)),
        ("in flight at the end", count(load.in_flight_at_end)),
        ("never started", count(load.not_started)),
        ("waiting for the limit", format!("{} of response time", units::format_share(load.busy_share))),
        ("lateness p99 by the generator alone", units::format_ns(load.generator_lateness_p99_ns)),
        ("connections", count(totals.connections)),
        (
            "bytes",
            format!(
                "{} sent, {} received",
                units::format_size(totals.bytes_sent),
                units::format_size(totals.bytes_received)
            ),
        ),
    ];
    if let Some(gap_cv) = load.gap_cv {
        rows.push(("variation of the gaps", format!("{gap_cv:.3} (0 is even spacing, 1 is Poisson)")));
    }
    if let Some(dispersion) = load.dispersion_10ms {
        rows.push(("dispersion in 10 ms bins", format!("{dispersion:.3} (1 is Poisson)")));
    }
    owned(rows)
}

fn generator_facts(record: &RunRecord) -> Vec<(String, String)> {
    let (generator, used) = (&record.generator, &record.generator.resources);
    owned(vec![
        ("load threads", generator.threads.to_string()),
        ("CPU share of its threads", units::format_share(generator.cpu_share)),
        ("CPU time", format!("{:.2} s user, {:.2} s kernel", generator.cpu_user_s, generator.cpu_system_s)),
        ("largest memory", units::format_size(generator.rss_peak_bytes)),
        ("requests per CPU-second", units::format_count(generator.requests_per_cpu_s.round() as u64)),
        ("waited for a core", format!("{:.2} s", used.run_queue_wait_s)),
        ("involuntary switches", units::format_count(used.involuntary_switches)),
        ("stolen by the hypervisor", units::format_share(used.steal_share)),
        ("throttled by its group", format!("{} times", units::format_count(used.cgroup_throttled))),
    ])
}

fn target_facts(record: &RunRecord) -> Vec<(String, String)> {
    let kind = match record.target_kind {
        TargetKind::Builtin => "the built-in reference target",
        TargetKind::External => "external",
    };
    let mut rows = vec![("address", visible(&record.target)), ("kind", kind.to_owned())];
    if let Some(target) = &record.target_resources {
        let used = &target.summary;
        rows.push(("process", target.pid.to_string()));
        rows.push(("CPU time", format!("{:.2} s user, {:.2} s kernel", used.cpu_user_s, used.cpu_system_s)));
        rows.push(("largest memory", units::format_size(used.rss_peak_bytes)));
        let requests = units::format_count(target.requests_per_cpu_s.round() as u64);
        rows.push(("requests per CPU-second", requests));
    }
    owned(rows)
}

/// Empty when the ledger was not asked.
fn audit_facts(record: &RunRecord) -> Vec<(String, String)> {
    let checks = record.audit.iter().flat_map(|audit| &audit.checks).take(60);
    let word = |agrees: bool| if agrees { "agrees" } else { "DIFFERS" };
    checks.map(|it| (visible(&it.what), format!("{}: {}", word(it.agrees), visible(&it.detail)))).collect()
}

/// The plan as indented JSON.
pub(super) fn plan(record: &RunRecord) -> String {
    let text = serde_json::to_string_pretty(&record.plan).unwrap_or_default();
    let lines: Vec<String> = clip(&text, PLAN_MAX).lines().map(line).collect();
    lines.join("\n")
}
