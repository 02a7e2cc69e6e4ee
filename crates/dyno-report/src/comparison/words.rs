//! The words and figures that the outputs of a comparison share.
//!
//! Nothing is computed here but the writing of numbers: signs, units and digits. Called by all outputs of comparisons.

use dyno_model::{
    Change, ComparisonKind, ComparisonRecord, ComparisonRow, ContestRecord, Direction, Estimate, Evidence,
    GateState, MismatchEffect, OverrideRecord, RowVerdict, Unit, units,
};

/// What stands where nothing is known.
pub(crate) const NOTHING: &str = "–";

/// The gate for people.
pub(crate) fn gate(state: GateState) -> &'static str {
    match state {
        GateState::Pass => "PASS",
        GateState::Fail => "FAIL",
        GateState::Inconclusive => "INCONCLUSIVE",
        GateState::Incomparable => "INCOMPARABLE",
    }
}

/// The gate as a sentence.
pub(crate) fn gate_meaning(record: &ComparisonRecord) -> String {
    let judged = record.rows.iter().filter(|row| row.is_gated).count();
    let regressed = record.rows.iter().filter(|row| row.is_gated && row.verdict == RowVerdict::Regressed);
    match (record.gate.state, regressed.count()) {
        (GateState::Pass, _) if judged == 0 => "No row is judged.".to_owned(),
        (GateState::Pass, _) if judged == 1 => {
            "The one judged row did not get worse by more than its tolerance.".to_owned()
        }
        (GateState::Pass, _) => {
            format!("None of the {} got worse by more than its tolerance.", plural(judged, "judged row"))
        }
        (GateState::Fail, 0) => "A rule of the gate is violated.".to_owned(),
        (GateState::Fail, count) => format!("{count} of {} regressed.", plural(judged, "judged row")),
        (GateState::Inconclusive, _) => "The evidence is not enough for a verdict.".to_owned(),
        (GateState::Incomparable, _) => "The arms cannot be compared.".to_owned(),
    }
}

/// `1 quad`, `12 quads`.
pub(crate) fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A row's verdict for people; capitals where the gate fails.
pub(crate) fn row(verdict: RowVerdict) -> &'static str {
    match verdict {
        RowVerdict::Pass => "pass",
        RowVerdict::Regressed => "REGRESSED",
        RowVerdict::RegressedSmall => "small loss",
        RowVerdict::Improved => "improved",
        RowVerdict::Inconclusive => "inconclusive",
        RowVerdict::Incomparable => "incomparable",
        RowVerdict::Info => "info",
    }
}

/// The operation of a row; the whole run has a name too.
pub(crate) fn operation(row: &ComparisonRow) -> &str {
    row.operation.as_deref().unwrap_or(crate::words::ALL)
}

/// Rows with what needs eyes first: regressions, what could not be judged, the others in the order of the record.
pub(crate) fn sorted(record: &ComparisonRecord) -> Vec<&ComparisonRow> {
    let mut rows: Vec<&ComparisonRow> = record.rows.iter().collect();
    rows.sort_by_key(|row| match row.verdict {
        RowVerdict::Regressed => 0,
        RowVerdict::Inconclusive | RowVerdict::Incomparable => 1,
        _ => 2,
    });
    rows
}

/// The letter of a row's candidate.
pub(crate) fn candidate(record: &ComparisonRecord, index: usize) -> &str {
    record.arms.get(index).map_or("?", |arm| arm.letter.as_str())
}

/// What a grade of evidence means.
pub(crate) fn evidence(grade: Evidence) -> &'static str {
    match grade {
        Evidence::X => "the arms cannot be compared",
        Evidence::E0 => "one run against one run, the noise is not known",
        Evidence::E1 => "one run against one run, with the noise known from a profile",
        Evidence::E2 => "one run against many stored ones",
        Evidence::E3 => "interleaved rounds, or several sessions on each side",
        Evidence::E4 => "interleaved rounds on a machine with a noise certificate",
    }
}

/// Where the numbers come from.
pub(crate) fn kind(kind: ComparisonKind) -> &'static str {
    match kind {
        ComparisonKind::Stored => "stored results",
        ComparisonKind::Played => "played here in turns",
    }
}

/// How much a mismatch matters, as a label.
pub(crate) fn effect(effect: MismatchEffect) -> &'static str {
    match effect {
        MismatchEffect::Incomparable => "mismatch",
        MismatchEffect::Weaker => "weaker",
        MismatchEffect::Note => "note",
    }
}

/// An override in a sentence.
pub(crate) fn overridden(entry: &OverrideRecord) -> String {
    let looser = if entry.loosens { " (looser)" } else { "" };
    format!("{} OVERRIDDEN from {} to {} by {}{looser}", entry.target, entry.from, entry.to, entry.source)
}

/// The name of a value as it stands in records.
pub(crate) fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// The unit that makes both values readable: its size in units of the record, and its name.
fn scale(unit: Unit, magnitude: f64) -> (f64, &'static str) {
    let pick = |steps: &[(f64, &'static str)]| {
        steps.iter().copied().find(|(size, _)| magnitude >= *size).unwrap_or(steps[steps.len() - 1])
    };
    match unit {
        Unit::Ns => pick(&[(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")]),
        Unit::Bytes => pick(&[(1_073_741_824.0, "GiB"), (1_048_576.0, "MiB"), (1_024.0, "KiB"), (1.0, "B")]),
        Unit::PerS => (1.0, "/s"),
        Unit::Share => (0.01, "%"),
        Unit::Count => (1.0, ""),
    }
}

/// Digits behind the point, so that the larger value shows about four.
fn decimals(value: f64) -> usize {
    match value.abs() {
        v if v >= 1_000.0 || v == 0.0 => 0,
        v if v >= 100.0 => 1,
        v if v >= 1.0 => 2,
        v if v >= 0.1 => 3,
        _ => 4,
    }
}

fn number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    if (1_000.0..1e15).contains(&value) {
        return units::format_count(value.round() as u64);
    }
    format!("{value:.decimals$}")
}

/// Two values in one unit, and the unit: `("12.41", "13.20", "ms")`.
pub(crate) fn pair(row: &ComparisonRow) -> (String, String, &'static str) {
    let values = [&row.a, &row.b].map(|side| side.map(|estimate| estimate.value));
    let magnitude =
        values.iter().flatten().filter(|value| value.is_finite()).fold(0.0_f64, |m, v| m.max(v.abs()));
    let (size, name) = scale(row.unit, magnitude);
    let name = if values.iter().all(Option::is_none) { "" } else { name };
    let digits = decimals(magnitude / size);
    let [a, b] =
        values.map(|value| value.map_or_else(|| NOTHING.to_owned(), |value| number(value / size, digits)));
    (a, b, name)
}

/// One value with its unit.
pub(crate) fn value(unit: Unit, value: f64) -> String {
    let (size, name) = scale(unit, value.abs());
    let blank = if matches!(unit, Unit::PerS | Unit::Count) { "" } else { " " };
    format!("{}{blank}{name}", number(value / size, decimals(value / size)))
}

/// A value with its 95 % interval: `12.41 ms [12.20 ms, 12.60 ms]`.
pub(crate) fn estimate(unit: Unit, estimate: Option<&Estimate>) -> String {
    let Some(estimate) = estimate else { return NOTHING.to_owned() };
    let point = value(unit, estimate.value);
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{point} [{}, {}]", value(unit, low), value(unit, high)),
        _ => point,
    }
}

/// The same in one unit: `12.41 [12.20, 12.60] ms`.
pub(crate) fn compact(unit: Unit, estimate: Option<&Estimate>) -> String {
    let Some(estimate) = estimate else { return NOTHING.to_owned() };
    let (size, name) = scale(unit, estimate.value.abs());
    let digits = decimals(estimate.value / size);
    let shown = |value: f64| number(value / size, digits);
    let text = match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{} [{}, {}]", shown(estimate.value), shown(low), shown(high)),
        _ => shown(estimate.value),
    };
    format!("{text} {name}").trim_end().to_owned()
}

/// A relative change or a difference in points, without its unit: `+6.4`, `-0.35`.
fn signed(change: f64) -> String {
    let percent = change * 100.0;
    if !percent.is_finite() {
        return NOTHING.to_owned();
    }
    let digits = match percent.abs() {
        v if v >= 99.5 => 0,
        v if v >= 0.095 || v == 0.0 => 1,
        v if v >= 0.009_5 => 2,
        _ => 3,
    };
    let text = format!("{percent:+.digits$}");
    // A zero has no sign, whatever the rounding left of it.
    if text[1..].chars().all(|c| matches!(c, '0' | '.')) { text[1..].to_owned() } else { text }
}

/// The unit of changes: per cent, or percentage points where they are differences.
fn change_unit(is_difference: bool) -> &'static str {
    if is_difference { "pp" } else { "%" }
}

/// The change with its unit: `+6.4 %`.
pub(crate) fn change(change: Option<&Change>) -> String {
    change.map_or_else(|| NOTHING.to_owned(), |change| amount(change.point, change.is_difference))
}

/// An amount of change with its unit: `+1.9 %`, `+0.10 pp`.
pub(crate) fn amount(change: f64, is_difference: bool) -> String {
    format!("{} {}", signed(change), change_unit(is_difference))
}

/// The 95 % interval of the change, without its unit: `[+4.1, +8.9]`.
pub(crate) fn interval(change: Option<&Change>) -> String {
    match change.map(|change| (change.low, change.high)) {
        Some((Some(low), Some(high))) => format!("[{}, {}]", signed(low), signed(high)),
        _ => NOTHING.to_owned(),
    }
}

/// A change for the worse of a size, as the sign of the row's direction: `+5.0 %` for times, `-5.0 %` for rates.
pub(crate) fn worse(row: &ComparisonRow, size: f64) -> String {
    let sign = if row.direction == Direction::Higher { -1.0 } else { 1.0 };
    amount(sign * size.abs(), is_difference(row))
}

/// Whether the row's changes are differences.
pub(crate) fn is_difference(row: &ComparisonRow) -> bool {
    row.change.map_or(row.unit == Unit::Share, |change| change.is_difference)
}

/// A probability: `p=0.0002`.
pub(crate) fn probability(p: f64) -> String {
    match p {
        p if p < 0.000_1 => "p<0.0001".to_owned(),
        p if p < 0.01 => format!("p={p:.4}"),
        p if p < 0.1 => format!("p={p:.3}"),
        p => format!("p={p:.2}"),
    }
}

/// The shortest evidence for a row's verdict: a probability, or the smallest change that would be found.
pub(crate) fn note(row: &ComparisonRow) -> String {
    let found = row.detectable.map(|size| worse(row, size));
    let p = row.p_adjusted.or(row.p).map(probability);
    match row.verdict {
        RowVerdict::Regressed => p.unwrap_or_default(),
        RowVerdict::Info | RowVerdict::Incomparable => String::new(),
        _ => found.unwrap_or_default(),
    }
}

/// When the programs of a contest were started.
pub(crate) fn starts(contest: &ContestRecord) -> &'static str {
    match (contest.restarted_each_quad, contest.restarted_to_confirm) {
        (true, _) => "started anew for each quad",
        (false, true) => "started anew for each quad that confirms",
        (false, false) => "kept between quads",
    }
}

/// How often revisions were built, and how often luck alone is against the candidate in all builds.
pub(crate) fn builds(contest: &ContestRecord) -> String {
    format!(
        "each revision built {} times (layout alone is against the candidate in all of them once in {})",
        contest.builds,
        1_u64 << contest.builds.min(32)
    )
}

/// The bound of false alarms, and what the machine showed.
pub(crate) fn bound(record: &ComparisonRecord) -> String {
    let mut text = match record.gate.alpha {
        Some(alpha) => format!("false-alarm bound {}", percent(alpha)),
        None => "no bound of false alarms: the noise is not known".to_owned(),
    };
    if let Some(seen) = &record.gate.certificate {
        text.push_str(&format!(
            "; measured on this machine: {} of {} A/A gates (at most {})",
            units::format_count(seen.false_alarms),
            units::format_count(seen.gates),
            percent(seen.upper95),
        ));
    }
    text
}

/// The same as a sentence.
pub(crate) fn bound_sentence(record: &ComparisonRecord) -> String {
    let bound = bound(record);
    let (first, rest) = bound.split_at(1);
    format!("{}{rest}.", first.to_uppercase())
}

/// A share of 0 to 1 without needless digits: `1 %`, `1.3 %`, `0.05 %`.
pub(crate) fn percent(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests;
