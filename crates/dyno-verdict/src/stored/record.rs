//! From the rows to the whole record with its gate.

use dyno_model::{
    Arm, COMPARISON_SCHEMA, ComparisonKind, ComparisonRecord, ComparisonRow, Evidence, GateRecord, GateState,
    Measured, Mismatch, MismatchEffect, Reason, RowVerdict, Validity, ValidityState,
};

use super::picture::distributions;
use super::{ComparePolicy, text};
use crate::gate::text::{reason as words, weak_evidence};

pub(super) fn record(
    baseline: &Measured,
    candidates: &[Measured],
    policy: &ComparePolicy<'_>,
    mismatches: Vec<Mismatch>,
    rows: Vec<ComparisonRow>,
) -> ComparisonRecord {
    let arms: Vec<&Measured> = std::iter::once(baseline).chain(candidates).collect();
    let gate = gate(policy, &mismatches, &rows);
    let head = policy.head.clone();
    ComparisonRecord {
        schema: COMPARISON_SCHEMA.to_owned(),
        id: head.id,
        name: head.name,
        at: head.at,
        version: head.version,
        kind: ComparisonKind::Stored,
        arms: arms.iter().enumerate().map(|(index, measured)| arm(index, measured)).collect(),
        gate,
        rows,
        mismatches,
        distributions: distributions(&arms),
        overrides: policy.overrides.clone(),
        contest: None,
        environment: baseline.environment.clone().unwrap_or_default(),
        validity: validity(&arms),
        reproduce: head.reproduce,
    }
}

/// `A`, `B` and so on; behind `Z` comes `A1`.
fn letter(index: usize) -> String {
    let letter = char::from(b'A' + (index % 26) as u8);
    if index < 26 { letter.to_string() } else { format!("{letter}{}", index / 26) }
}

fn arm(index: usize, measured: &Measured) -> Arm {
    let tool = match &measured.tool_version {
        Some(version) => format!("{} {version}", measured.tool),
        None => measured.tool.clone(),
    };
    Arm {
        letter: letter(index),
        label: measured.label.clone(),
        run_id: measured.run_id.clone(),
        tool,
        started_at: measured.started_at.clone(),
        build: measured.build.clone(),
    }
}

/// The worst of all arms, each reason with the arm that it is about.
fn validity(arms: &[&Measured]) -> Validity {
    let state = arms.iter().map(|arm| arm.validity.state).max().unwrap_or(ValidityState::Valid);
    let of_arm = |(index, arm): (usize, &&Measured)| {
        let named = |reason: &Reason| Reason {
            detail: format!("{}: {}", letter(index), reason.detail),
            ..reason.clone()
        };
        arm.validity.reasons.iter().map(named).collect::<Vec<_>>()
    };
    Validity { state, reasons: arms.iter().enumerate().flat_map(of_arm).collect() }
}

fn gate(policy: &ComparePolicy<'_>, mismatches: &[Mismatch], rows: &[ComparisonRow]) -> GateRecord {
    let gated = || rows.iter().filter(|row| row.is_gated);
    // What cannot be compared has its own verdict; the grade is that of what was.
    let compared = gated().filter(|row| row.verdict != RowVerdict::Incomparable);
    let shown = rows.iter().filter(|row| row.evidence != Evidence::X);
    let evidence = compared.map(|row| row.evidence).min().or(shown.map(|row| row.evidence).max());
    let evidence = evidence.unwrap_or(Evidence::X);
    let mut reasons = reasons(rows);
    let mut state = state(mismatches, rows);
    if gated().next().is_none() && state != GateState::Incomparable {
        reasons.push(doubt("no_rows", nothing_gated(rows)));
    }
    if let Some(least) = policy.min_evidence.filter(|least| evidence < *least && evidence != Evidence::X) {
        if matches!(state, GateState::Pass | GateState::Fail) {
            state = GateState::Inconclusive;
        }
        reasons.push(doubt("evidence", weak_evidence(evidence, least)));
    }
    reasons.extend(stale_noise(policy, evidence));
    reasons
        .extend(mismatches.iter().filter(|one| one.effect == MismatchEffect::Incomparable).map(incomparable));
    // A row that cannot be compared because of the arms says nothing that the arms' own reason does not.
    if mismatches.iter().any(|one| one.effect == MismatchEffect::Incomparable) {
        reasons.retain(|one| one.code != "incomparable_row");
    }
    let has_noise =
        gated().all(|row| row.evidence >= Evidence::E1 && row.rule.is_none()) && gated().next().is_some();
    GateRecord {
        state,
        reasons,
        alpha: has_noise.then_some(policy.alpha),
        evidence,
        min_evidence: policy.min_evidence,
        on_inconclusive: policy.on_inconclusive,
        rules: rules(rows),
        cells: gated().count() as u64,
        confirmed_cells: 0,
        certificate: policy.certificate.clone(),
    }
}

/// A regression fails whatever else is unknown; what cannot be compared or decided is never a pass.
fn state(mismatches: &[Mismatch], rows: &[ComparisonRow]) -> GateState {
    let has = |verdict: RowVerdict| rows.iter().any(|row| row.is_gated && row.verdict == verdict);
    let is_incomparable = mismatches.iter().any(|one| one.effect == MismatchEffect::Incomparable);
    if has(RowVerdict::Regressed) {
        GateState::Fail
    } else if is_incomparable || has(RowVerdict::Incomparable) {
        GateState::Incomparable
    } else if has(RowVerdict::Inconclusive) || !rows.iter().any(|row| row.is_gated) {
        GateState::Inconclusive
    } else {
        GateState::Pass
    }
}

/// One reason per row that decided. Rows that nothing can be said of for the same reason share one.
fn reasons(rows: &[ComparisonRow]) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    let mut told: Vec<&str> = Vec::new();
    for row in rows.iter().filter(|row| row.is_gated) {
        let Some((code, state)) = code(row.verdict) else { continue };
        let is_shared = matches!(row.verdict, RowVerdict::Incomparable | RowVerdict::Inconclusive);
        let alike = rows.iter().filter(|other| other.is_gated && other.detail == row.detail);
        let names: Vec<String> = alike.map(name).collect();
        if !is_shared || names.len() == 1 {
            reasons.push(Reason { code: code.to_owned(), state, detail: words(row) });
        } else if !told.contains(&row.detail.as_str()) {
            told.push(&row.detail);
            let detail = format!("{}: {}", names.join(", "), row.detail);
            reasons.push(Reason { code: code.to_owned(), state, detail });
        }
    }
    reasons
}

fn name(row: &ComparisonRow) -> String {
    match &row.operation {
        Some(operation) => format!("{operation} {}", row.metric),
        None => row.metric.clone(),
    }
}

fn code(verdict: RowVerdict) -> Option<(&'static str, ValidityState)> {
    match verdict {
        RowVerdict::Regressed => Some(("regressed", ValidityState::Invalid)),
        RowVerdict::Incomparable => Some(("incomparable_row", ValidityState::Invalid)),
        RowVerdict::Inconclusive => Some(("inconclusive", ValidityState::Suspect)),
        RowVerdict::RegressedSmall => Some(("regressed_small", ValidityState::Valid)),
        RowVerdict::Pass | RowVerdict::Improved | RowVerdict::Info => None,
    }
}

fn incomparable(one: &Mismatch) -> Reason {
    let (arm, what, a, b) = (letter(one.candidate), &one.what, &one.a, &one.b);
    let detail = format!("{what} is {a} in A and {b} in {arm}; {}", one.advice);
    Reason { code: "incomparable".to_owned(), state: ValidityState::Invalid, detail }
}

/// That the noise of the machine would say more if it could still be believed.
fn stale_noise(policy: &ComparePolicy<'_>, evidence: Evidence) -> Option<Reason> {
    let hint = policy.stale_noise.as_ref().filter(|_| evidence == Evidence::E0)?;
    Some(doubt("stale_calibration", hint.clone()))
}

fn doubt(code: &str, detail: String) -> Reason {
    Reason { code: code.to_owned(), state: ValidityState::Suspect, detail }
}

/// Why no row can fail, and what would change that.
fn nothing_gated(rows: &[ComparisonRow]) -> String {
    let is_unknown = rows.iter().any(|row| row.evidence == Evidence::E0 && row.change.is_some());
    if is_unknown {
        return "how much runs differ here by themselves is not known, so no row can fail: set a limit of your own \
                (--fail-on 'p99:+10%'), play the plan more often, or play both in turns (`dyno compare --run`)"
            .to_owned();
    }
    text::NOTHING_COMPARED.to_owned()
}

fn rules(rows: &[ComparisonRow]) -> Vec<String> {
    let mut rules: Vec<String> = Vec::new();
    for rule in rows.iter().filter_map(|row| row.rule.as_ref()) {
        if !rules.contains(rule) {
            rules.push(rule.clone());
        }
    }
    rules
}
