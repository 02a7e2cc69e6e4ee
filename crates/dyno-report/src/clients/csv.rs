//! Comma-separated values: one row per case and client, times in nanoseconds, CPU in seconds per 1,000 requests.
//!
//! Called for `.csv` files.

use dyno_model::{ClientEntry, ClientsRecord, Estimate};

use crate::comparison::words::word;
use crate::csv::write;

const HEADER: [&str; 39] = [
    "contest",
    "name",
    "at",
    "validity",
    "case",
    "method",
    "url",
    "lanes",
    "client",
    "library",
    "mode",
    "version",
    "language",
    "runtime",
    "state",
    "detail",
    "cpu_s_per_1000",
    "cpu_s_per_1000_low",
    "cpu_s_per_1000_high",
    "above_floor",
    "cpu_ratio",
    "cpu_ratio_low",
    "cpu_ratio_high",
    "p_adjusted",
    "verdict",
    "throughput_per_s",
    "throughput_per_s_low",
    "throughput_per_s_high",
    "service_p50_ns",
    "service_p99_ns",
    "response_p50_ns",
    "response_p99_ns",
    "rss_peak_bytes",
    "switches_per_1000",
    "allocations_per_request",
    "chunks_per_request",
    "requests",
    "errors",
    "findings",
];

/// The table with its header. Absent figures are empty fields.
pub(super) fn rows(record: &ClientsRecord) -> String {
    let header = HEADER.map(str::to_owned);
    let by_case = record.by_case();
    let name = |index: usize| record.cases.get(index).map(|case| case.name.clone()).unwrap_or_default();
    let rows = by_case
        .iter()
        .enumerate()
        .flat_map(|(index, case)| case.entries.iter().map(move |entry| (index, case, entry)));
    write(&header, rows.map(|(index, case, entry)| fields(case, name(index), entry)))
}

fn fields(case: &ClientsRecord, name: String, entry: &ClientEntry) -> Vec<String> {
    let figures = entry.figures.as_ref();
    let verdict = entry.verdict.as_ref();
    let count = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
    let mut fields = vec![
        case.id.clone(),
        case.name.clone(),
        case.at.clone(),
        word(&case.validity.state),
        name,
        case.case.method.clone(),
        case.case.url.clone(),
        case.case.lanes.to_string(),
        entry.label.clone(),
        entry.name.clone(),
        entry.mode.clone(),
        entry.version.clone(),
        entry.lang.clone(),
        entry.runtime.clone(),
        word(&entry.state),
        entry.detail.clone(),
    ];
    fields.extend(ends(figures.map(|figures| &figures.cpu_s_per_1000)));
    fields.push(text(figures.and_then(|figures| figures.cpu_s_per_1000_above_floor)));
    fields.extend(ends(verdict.map(|verdict| &verdict.cpu_ratio)));
    fields.push(text(verdict.map(|verdict| verdict.p_adjusted)));
    fields.push(verdict.map(|verdict| word(&verdict.word)).unwrap_or_default());
    fields.extend(ends(figures.map(|figures| &figures.throughput_per_s)));
    let times = figures.map(|figures| {
        let (service, response) = (&figures.service_time_ns, &figures.response_time_ns);
        [service.p50, service.p99, response.p50, response.p99]
    });
    fields.extend(times.map_or_else(Default::default, |times| times.map(|ns| ns.to_string())));
    fields.push(count(figures.and_then(|figures| figures.rss_peak_bytes)));
    fields.push(text(figures.and_then(|figures| figures.switches_per_1000)));
    fields.push(text(figures.and_then(|figures| figures.allocations_per_request)));
    fields.push(text(figures.and_then(|figures| figures.chunks_per_request)));
    fields.push(count(figures.map(|figures| figures.requests)));
    fields.push(count(figures.map(|figures| figures.errors)));
    fields.push(super::rows::findings(entry).join("; "));
    fields
}

fn ends(estimate: Option<&Estimate>) -> [String; 3] {
    estimate.map_or_else(Default::default, |known| [Some(known.value), known.low, known.high].map(text))
}

fn text(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
