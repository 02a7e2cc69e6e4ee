//! From the rows to the verdict of the whole.

use dyno_model::{ComparisonRow, Evidence, GateRecord, GateState, Reason, RowVerdict, Stage, ValidityState};
use dyno_stats::paired::clopper_pearson;

use super::decide::Decision;
use super::{GatePolicy, text};

pub(super) fn record(policy: &GatePolicy, rows: &[ComparisonRow], decisions: &[Decision]) -> GateRecord {
    let gated = || rows.iter().filter(|row| row.is_gated);
    // What cannot be compared has its own verdict; the grade is that of what was.
    let compared = gated().filter(|row| row.verdict != RowVerdict::Incomparable);
    let evidence = compared.map(|row| row.evidence).min().unwrap_or(Evidence::X);
    let mut reasons: Vec<Reason> = gated().filter_map(reason).collect();
    let mut state = worst(rows);
    if gated().next().is_none() {
        state = GateState::Inconclusive;
        let detail = "no row can fail; gate a metric with a rule such as `p99:+10%`".to_owned();
        reasons.push(Reason { code: "no_rows".to_owned(), state: ValidityState::Suspect, detail });
    }
    if let Some(least) = policy.min_evidence.filter(|least| evidence < *least) {
        if state == GateState::Pass || state == GateState::Fail {
            state = GateState::Inconclusive;
        }
        reasons.push(Reason {
            code: "evidence".to_owned(),
            state: ValidityState::Suspect,
            detail: text::weak_evidence(evidence, least),
        });
    }
    reasons.extend(certificate(policy));
    let confirmed = decisions.iter().filter(|decision| decision.stage == Stage::Confirm).count() as u64;
    GateRecord {
        state,
        reasons,
        alpha: Some(policy.alpha),
        evidence,
        min_evidence: policy.min_evidence,
        on_inconclusive: policy.on_inconclusive,
        rules: rows.iter().filter_map(|row| row.rule.clone()).collect(),
        cells: gated().count() as u64,
        confirmed_cells: confirmed,
        certificate: policy.certificate.clone(),
    }
}

/// A regression fails whatever else is unknown; what cannot be compared or decided is never a pass.
fn worst(rows: &[ComparisonRow]) -> GateState {
    let has = |verdict: RowVerdict| rows.iter().any(|row| row.is_gated && row.verdict == verdict);
    if has(RowVerdict::Regressed) {
        GateState::Fail
    } else if has(RowVerdict::Incomparable) {
        GateState::Incomparable
    } else if has(RowVerdict::Inconclusive) {
        GateState::Inconclusive
    } else {
        GateState::Pass
    }
}

fn reason(row: &ComparisonRow) -> Option<Reason> {
    let (code, state) = match row.verdict {
        RowVerdict::Regressed => ("regressed", ValidityState::Invalid),
        RowVerdict::Incomparable => ("incomparable", ValidityState::Invalid),
        RowVerdict::Inconclusive => ("inconclusive", ValidityState::Suspect),
        RowVerdict::RegressedSmall => ("regressed_small", ValidityState::Valid),
        RowVerdict::Pass | RowVerdict::Improved | RowVerdict::Info => return None,
    };
    Some(Reason { code: code.to_owned(), state, detail: text::reason(row) })
}

/// Whether the certificate supports the claim: its A/A gates did not show more false alarms than `alpha` beyond chance.
pub(super) fn certificate_holds(policy: &GatePolicy) -> bool {
    policy.certificate.as_ref().is_some_and(|certificate| {
        // The lower end of a two-sided 90 % interval is a one-sided bound at 95 %.
        let (low, _) = clopper_pearson(certificate.false_alarms, certificate.gates, 0.9);
        certificate.gates > 0 && low <= policy.alpha
    })
}

fn certificate(policy: &GatePolicy) -> Option<Reason> {
    let certificate = policy.certificate.as_ref().filter(|_| !certificate_holds(policy))?;
    Some(Reason {
        code: "certificate".to_owned(),
        state: ValidityState::Suspect,
        detail: text::broken_certificate(certificate, policy.alpha),
    })
}
