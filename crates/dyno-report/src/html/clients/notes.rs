//! The words and tables of the page: reasons, the control, the audit, who was left out, environment, methods.
//!
//! Called by the page.

use std::collections::BTreeMap;

use dyno_model::{ClientEntry, ClientState, ClientWord, ClientsRecord, CountedBy, WireAudit, units};
use serde::Serialize;

use super::CLIENTS_MAX;
use crate::clients::rows;
use crate::html::facts::{validity_class, visible};

/// Most rows of a list.
const ROWS_MAX: usize = 200;
/// Most lines of a broken client's stderr, the last ones.
const STDERR_LINES: usize = 40;

/// Something that is wrong, or worth knowing.
#[derive(Serialize)]
pub(super) struct Reason {
    class: &'static str,
    word: &'static str,
    title: String,
    detail: String,
}

/// Why it is no ranking, then the control, then clients that broke.
pub(super) fn reasons(record: &ClientsRecord) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = record
        .validity
        .reasons
        .iter()
        .take(ROWS_MAX)
        .map(|reason| Reason {
            class: validity_class(reason.state),
            word: rows::validity(reason.state),
            title: visible(&reason.code),
            detail: visible(&reason.detail),
        })
        .collect();
    if let Some(control) = control(record) {
        reasons.push(Reason {
            class: control.class,
            word: "A/A control",
            title: String::new(),
            detail: control.text,
        });
    }
    let entries = record.entries.iter().map(|entry| ("", entry));
    let of_cases =
        record.cases.iter().flat_map(|case| case.entries.iter().map(|entry| (case.name.as_str(), entry)));
    let broken = entries.chain(of_cases).filter(|(_, entry)| entry.state == ClientState::Broken);
    reasons.extend(broken.take(ROWS_MAX).map(|(case, entry)| Reason {
        class: "bad",
        word: "broken",
        title: visible(&entry.label),
        detail: match case {
            "" => visible(&entry.detail),
            case => visible(&format!("{case}: {}", entry.detail)),
        },
    }));
    reasons
}

/// The reference against itself.
#[derive(Serialize)]
pub(super) struct Control {
    class: &'static str,
    text: String,
}

pub(super) fn control(case: &ClientsRecord) -> Option<Control> {
    let is_equal = case.control.as_ref()?.word == ClientWord::NoDifferenceShown;
    Some(Control { class: if is_equal { "good" } else { "bad" }, text: visible(&rows::control(case)?) })
}

/// A client without a place in the comparison.
#[derive(Serialize)]
pub(super) struct LeftOut {
    label: String,
    class: &'static str,
    word: &'static str,
    detail: String,
    stderr: String,
}

pub(super) fn left_out(case: &ClientsRecord) -> Vec<LeftOut> {
    rows::left_out(case)
        .into_iter()
        .take(CLIENTS_MAX)
        .map(|(entry, word)| LeftOut {
            label: visible(&entry.label),
            class: if entry.state == ClientState::Broken { "bad" } else { "neutral" },
            word,
            detail: visible(&entry.detail),
            stderr: stderr(entry),
        })
        .collect()
}

fn stderr(entry: &ClientEntry) -> String {
    let lines: Vec<&str> = entry.stderr.lines().collect();
    let last: Vec<String> =
        lines[lines.len().saturating_sub(STDERR_LINES)..].iter().map(|text| visible(text)).collect();
    last.join("\n")
}

/// What was seen of a client before and while it was measured.
#[derive(Serialize)]
pub(super) struct Audit {
    label: String,
    /// Figures, in the order of the table's header.
    cells: Vec<String>,
    fields: String,
    findings: Vec<String>,
}

pub(super) fn audits(case: &ClientsRecord) -> Vec<Audit> {
    let seen = case.entries.iter().filter(|entry| entry.wire.is_some() || !rows::findings(entry).is_empty());
    seen.take(CLIENTS_MAX)
        .map(|entry| {
            let wire = entry.wire.as_ref();
            Audit {
                label: visible(&entry.label),
                cells: cells(entry, wire),
                fields: visible(&wire.map(|wire| wire.fields.join(", ")).unwrap_or_default()),
                findings: rows::findings(entry).into_iter().take(20).map(visible).collect(),
            }
        })
        .collect()
}

fn cells(entry: &ClientEntry, wire: Option<&WireAudit>) -> Vec<String> {
    let of =
        |text: fn(&WireAudit) -> String| wire.map_or_else(|| "–".to_owned(), |wire| visible(&text(wire)));
    let yes = |value: Option<bool>| match value {
        Some(true) => "yes".to_owned(),
        Some(false) => "no".to_owned(),
        None => "–".to_owned(),
    };
    let time = |ns: Option<u64>| ns.map_or_else(|| "–".to_owned(), units::format_ns);
    let figures = entry.figures.as_ref();
    let mean = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.1}"));
    vec![
        of(|wire| format!("{} of {}", wire.arrived, wire.requests)),
        of(|wire| wire.connections.to_string()),
        of(|wire| format!("{:.0}", wire.request_bytes)),
        of(|wire| wire.versions.join(", ")),
        of(|wire| match &wire.tls {
            None => "–".to_owned(),
            Some(tls) => format!(
                "{}, ALPN {}, {} of {} resumed",
                tls.versions.join(", "),
                tls.alpn.join(", "),
                tls.resumed,
                tls.handshakes
            ),
        }),
        yes(wire.and_then(|wire| wire.decodes)),
        yes(wire.and_then(|wire| wire.follows_redirects)),
        mean(figures.and_then(|figures| figures.allocations_per_request)),
        mean(figures.and_then(|figures| figures.chunks_per_request)),
        time(entry.first_request_ns),
        time(entry.import_ns),
    ]
}

/// Which library stood behind a label.
#[derive(Serialize)]
pub(super) struct Library {
    label: String,
    version: String,
    runtime: String,
    libs: String,
}

/// Every client once, from the first case that has it.
pub(super) fn clients(record: &ClientsRecord) -> Vec<Library> {
    let mut known: BTreeMap<&str, Library> = BTreeMap::new();
    for entry in record.entries.iter().chain(record.cases.iter().flat_map(|case| &case.entries)) {
        if entry.runtime.is_empty() || known.len() >= CLIENTS_MAX {
            continue;
        }
        let libs: Vec<String> =
            entry.libs.iter().map(|(name, version)| format!("{name} {version}")).collect();
        known.entry(&entry.label).or_insert_with(|| Library {
            label: visible(&entry.label),
            version: visible(&format!("{} {}", entry.name, entry.version)),
            runtime: visible(&entry.runtime),
            libs: visible(&libs.join(", ")),
        });
    }
    known.into_values().collect()
}

/// What a sweep over an API came to, by method and client.
#[derive(Serialize)]
pub(super) struct Method {
    method: String,
    label: String,
    cells: Vec<String>,
}

pub(super) fn methods(record: &ClientsRecord) -> Vec<Method> {
    let nothing = || "–".to_owned();
    let shown = record.methods.iter().take(ROWS_MAX);
    shown
        .map(|method| Method {
            method: visible(&method.method),
            label: visible(&method.label),
            cells: vec![
                format!("{} of {}", method.ranked, method.cases),
                method.cpu_s_per_1000.map_or_else(nothing, rows::cpu),
                method.cpu_ratio.map_or_else(nothing, rows::times),
                method.throughput_per_s.map_or_else(nothing, units::format_rate),
                units::format_count(method.errors),
            ],
        })
        .collect()
}

/// Operations that were not played, with the reason.
pub(super) fn left_out_operations(record: &ClientsRecord) -> Vec<(String, String)> {
    let shown = record.left_out.iter().take(ROWS_MAX);
    shown.map(|left| (visible(&left.operation), visible(&left.reason))).collect()
}

/// A titled list of names and values.
#[derive(Serialize)]
pub(super) struct Section {
    title: &'static str,
    rows: Vec<(String, String)>,
}

pub(super) fn facts(record: &ClientsRecord) -> Vec<Section> {
    let environment = &record.environment;
    let listed = |entries: &BTreeMap<String, String>| -> Vec<(String, String)> {
        entries.iter().take(60).map(|(key, value)| (visible(key), visible(value))).collect()
    };
    let mut machine = vec![("fingerprint".to_owned(), visible(&environment.fingerprint))];
    machine.extend(listed(&environment.identity));
    let played = vec![
        ("blocks".to_owned(), record.blocks.to_string()),
        ("segment".to_owned(), units::format_ns(record.segment_ns)),
        ("seed of the order".to_owned(), record.seed.to_string()),
        ("profile".to_owned(), visible(&record.case.profile)),
        (
            "CPU counted by".to_owned(),
            match record.counted_by {
                CountedBy::Host => "the host, all processes of a client".to_owned(),
                CountedBy::Worker => "the client, its own process".to_owned(),
            },
        ),
        ("time limit".to_owned(), units::format_ns(record.case.timeout_ms.saturating_mul(1_000_000))),
    ];
    let mut sections = vec![
        Section { title: "Contest", rows: played },
        Section { title: "Machine", rows: machine },
        Section { title: "Its settings", rows: listed(&environment.config) },
        Section { title: "Its state at the start", rows: listed(&environment.volatile) },
    ];
    sections.retain(|section| !section.rows.is_empty());
    sections
}
