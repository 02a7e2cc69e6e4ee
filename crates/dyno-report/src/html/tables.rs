//! The tables of the page as rows of text, with the raw value where a column can be sorted.
//!
//! Called by the page.

use dyno_model::{Headline, OperationKind, RunRecord, Specimen, Times, Totals, ValidityState, units};
use serde::Serialize;

use super::facts::{validity_class, visible};
use crate::words;

/// Most operations in the table: more make a page that nobody reads and that is too large.
const OPERATIONS_MAX: usize = 200;
const ROWS_MAX: usize = 100;

/// A threshold with its result.
#[derive(Serialize)]
pub(super) struct Check {
    ok: bool,
    threshold: String,
    detail: String,
    samples: String,
}

/// Violated thresholds first.
pub(super) fn checks(record: &RunRecord) -> Vec<Check> {
    let mut checks: Vec<_> = record.verdict.checks.iter().collect();
    checks.sort_by_key(|check| check.ok);
    checks
        .into_iter()
        .take(ROWS_MAX)
        .map(|check| Check {
            ok: check.ok,
            threshold: visible(&check.threshold),
            detail: visible(&check.detail),
            samples: units::format_count(check.samples),
        })
        .collect()
}

/// Something that was noticed about the measurement.
#[derive(Serialize)]
pub(super) struct Reason {
    state: &'static str,
    class: &'static str,
    code: String,
    detail: String,
}

/// The gravest first.
pub(super) fn reasons(record: &RunRecord) -> Vec<Reason> {
    let mut reasons: Vec<_> = record.validity.reasons.iter().collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.state));
    reasons
        .into_iter()
        .take(ROWS_MAX)
        .map(|reason| Reason {
            state: if reason.state == ValidityState::Valid { "note" } else { words::validity(reason.state) },
            class: if reason.state == ValidityState::Valid {
                "neutral"
            } else {
                validity_class(reason.state)
            },
            code: visible(&reason.code),
            detail: visible(&reason.detail),
        })
        .collect()
}

/// A figure and the number that sorts it.
#[derive(Serialize)]
pub(super) struct Cell {
    text: String,
    sort: f64,
}

fn count(value: u64) -> Cell {
    Cell { text: units::format_count(value), sort: value as f64 }
}

fn time(headline: &Headline, value_ns: u64) -> Cell {
    let sort = if headline.count == 0 { -1.0 } else { value_ns as f64 };
    Cell { text: words::time(headline, value_ns), sort }
}

/// One operation with its counts and times, in the order of the columns.
#[derive(Serialize)]
pub(super) struct Operation {
    name: String,
    is_whole: bool,
    is_journey: bool,
    cells: Vec<Cell>,
}

pub(super) fn operations(record: &RunRecord) -> Vec<Operation> {
    words::rows(record)
        .into_iter()
        .enumerate()
        .take(OPERATIONS_MAX)
        .map(|(index, (name, totals, times))| Operation {
            name: visible(name),
            is_whole: index == 0 && record.operations.len() != 1,
            is_journey: record.operations.get(name).is_some_and(|o| o.kind == OperationKind::Journey),
            cells: cells(totals, times),
        })
        .collect()
}

pub(super) fn operations_left_out(record: &RunRecord) -> usize {
    words::rows(record).len().saturating_sub(OPERATIONS_MAX)
}

fn cells(totals: &Totals, times: &Times) -> Vec<Cell> {
    let (response, service, lateness) = (&times.response_time_ns, &times.service_time_ns, &times.lateness_ns);
    vec![
        count(totals.requests),
        count(totals.ok),
        count(totals.rejected),
        count(totals.failed),
        time(response, response.p50),
        time(response, response.p90),
        time(response, response.p99),
        time(response, response.p99_9),
        time(response, response.max),
        time(service, service.p50),
        time(service, service.p99),
        time(lateness, lateness.p99),
    ]
}

/// A row of one name and its figures.
#[derive(Serialize)]
pub(super) struct Row {
    name: String,
    cells: Vec<String>,
}

/// The times that a response time does not show: first byte, connecting, TLS, until a failure.
pub(super) fn parts(record: &RunRecord) -> Vec<Row> {
    let mut parts = vec![("first byte", &record.times.first_byte_ns)];
    parts.extend(record.connect_ns.as_ref().map(|times| ("connect, with DNS and TLS", times)));
    parts.extend(record.tls_ns.as_ref().map(|times| ("TLS handshake", times)));
    parts.push(("until a failure or rejection", &record.times.failure_time_ns));
    let filled = parts.into_iter().filter(|(_, times)| times.count > 0);
    filled
        .map(|(name, times)| {
            let quantiles = [times.p50, times.p90, times.p99, times.max].map(units::format_ns);
            let mut cells = vec![units::format_count(times.count)];
            cells.extend(quantiles);
            Row { name: name.to_owned(), cells }
        })
        .collect()
}

/// Status codes and kinds of failure with their share.
pub(super) fn outcomes(record: &RunRecord) -> Vec<Row> {
    let totals = &record.totals;
    let codes = totals.status_codes.iter().map(|(code, n)| (format!("status {}", visible(code)), *n));
    let kinds = totals.errors_by_kind.iter().map(|(kind, n)| (format!("failed: {}", visible(kind)), *n));
    codes
        .chain(kinds)
        .take(ROWS_MAX)
        .map(|(name, n)| Row { name, cells: vec![units::format_count(n), words::share(n, totals.requests)] })
        .collect()
}

/// A single operation worth showing.
#[derive(Serialize)]
pub(super) struct SpecimenRow {
    kind: String,
    operation: String,
    n: Cell,
    at: Cell,
    response_time: Cell,
    message: String,
}

pub(super) fn specimens(specimens: &[Specimen]) -> Vec<SpecimenRow> {
    let ns = |value: u64| Cell { text: units::format_ns(value), sort: value as f64 };
    specimens
        .iter()
        .take(ROWS_MAX)
        .map(|specimen| SpecimenRow {
            kind: visible(&specimen.kind),
            operation: visible(&specimen.operation),
            n: count(specimen.n),
            at: ns(specimen.at_ns),
            response_time: ns(specimen.response_time_ns),
            message: visible(&specimen.message),
        })
        .collect()
}
