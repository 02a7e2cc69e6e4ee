//! Comma-separated values: one row per candidate, operation and metric.
//!
//! Values are in the unit of their column `unit`; changes, tolerances and probabilities are shares of 1.
//! Called for `.csv` files.

use dyno_model::{ComparisonRecord, ComparisonRow, Estimate};

use super::words;
use crate::csv::write;

const HEADER: [&str; 27] = [
    "comparison",
    "name",
    "at",
    "gate",
    "baseline",
    "candidate",
    "operation",
    "metric",
    "unit",
    "a",
    "a_low",
    "a_high",
    "b",
    "b_low",
    "b_high",
    "change",
    "change_low",
    "change_high",
    "is_difference",
    "tolerance",
    "verdict",
    "is_gated",
    "evidence",
    "p",
    "p_adjusted",
    "detectable",
    "detail",
];

/// The table with its header. Absent figures are empty fields.
#[must_use]
pub fn rows(record: &ComparisonRecord) -> String {
    let header = HEADER.map(str::to_owned);
    write(&header, record.rows.iter().map(|row| fields(record, row)))
}

fn fields(record: &ComparisonRecord, row: &ComparisonRow) -> Vec<String> {
    let label = |index: usize| record.arms.get(index).map(|arm| arm.label.clone()).unwrap_or_default();
    let mut fields = vec![
        record.id.clone(),
        record.name.clone(),
        record.at.clone(),
        words::gate(record.gate.state).to_lowercase(),
        label(0),
        label(row.candidate),
        words::operation(row).to_owned(),
        row.metric.clone(),
        words::word(&row.unit),
    ];
    for side in [&row.a, &row.b] {
        fields.extend(ends(side.as_ref()));
    }
    let change = row.change;
    fields.push(change.map(|change| change.point.to_string()).unwrap_or_default());
    fields.push(text(change.and_then(|change| change.low)));
    fields.push(text(change.and_then(|change| change.high)));
    fields.push(words::is_difference(row).to_string());
    fields.push(text(row.tolerance));
    fields.push(words::word(&row.verdict));
    fields.push(row.is_gated.to_string());
    fields.push(format!("{:?}", row.evidence));
    fields.extend([row.p, row.p_adjusted, row.detectable].map(text));
    fields.push(row.detail.clone());
    fields
}

fn ends(estimate: Option<&Estimate>) -> [String; 3] {
    estimate.map_or_else(Default::default, |known| [Some(known.value), known.low, known.high].map(text))
}

fn text(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
