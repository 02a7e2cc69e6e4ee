//! The record of a contest: what the gate says, every round, and how both sides answered.

use std::collections::BTreeMap;

use dyno_model::{
    Arm, COMPARISON_SCHEMA, ComparisonKind, ComparisonRecord, ContestRecord, GateState, Reason, Redactor,
    RoundRecord, Validity, ValidityState,
};

use crate::contest::picture;
use crate::contest::plans::Plans;
use crate::contest::referee::Refereed;
use crate::contest::{ArmSpec, Contest, End};

/// The generator used more of its threads than this in half of the rounds: its own speed is part of every number.
const GENERATOR_BUSY: f64 = 0.8;

/// The name of everything together in `distributions`.
const ALL: &str = "all";

/// Puts the record together; nothing in it is a secret.
pub fn of(contest: &Contest<'_>, plans: &Plans, played: Refereed) -> ComparisonRecord {
    let validity = validity(contest, &played);
    let arms = contest.arms.iter().zip(["A", "B"]).map(|(spec, letter)| arm_of(spec, letter)).collect();
    let mut gate = played.judged.gate;
    gate.rules.clone_from(&contest.rules);
    match &played.end {
        End::Played => {}
        End::Interrupted => {
            let detail = "stopped by the user; judged by the quads that were complete".to_owned();
            settle_for(&mut gate.state, &mut gate.reasons, "interrupted", detail);
        }
        End::Unfit(reason) => settle_for(&mut gate.state, &mut gate.reasons, UNFIT, reason.clone()),
    }
    let counted: Vec<&RoundRecord> = played.rounds.iter().filter(|round| round.discarded.is_none()).collect();
    let mut record = ComparisonRecord {
        schema: COMPARISON_SCHEMA.to_owned(),
        id: dyno_store::new_run_id(std::time::SystemTime::now()),
        name: plans.of[0].name.clone(),
        at: jiff::Timestamp::now().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        kind: ComparisonKind::Played,
        arms,
        gate,
        rows: played.judged.rows,
        mismatches: Vec::new(),
        distributions: BTreeMap::from([(ALL.to_owned(), picture::distributions(&counted))]),
        overrides: plans.profile.overrides().to_vec(),
        contest: Some(ContestRecord {
            seed: contest.pace.seed,
            round_ns: nanos(played.pacing.round.length),
            gap_ns: (nanos(played.pacing.round.gap.0), nanos(played.pacing.round.gap.1)),
            budget_ns: plans.budget.map(nanos),
            warmup_ns: played.settled.warm.iter().map(|warm| nanos(warm.length)).collect(),
            restarted_each_quad: played.settled.restarts_each,
            restarted_to_confirm: played.settled.restarts_to_confirm,
            builds: contest.builds(),
            discarded_quads: u64::from(played.discarded),
            quads: (u64::from(played.kept.0), u64::from(played.kept.1)),
            rounds: played.rounds,
        }),
        environment: dyno_host::fingerprint(),
        validity,
        reproduce: contest.reproduce.clone(),
    };
    plans.profile.hold_to_limits(&plans.of[0].name, &mut record);
    redact(&mut record, &plans.redactor);
    record
}

/// The word of an environment in which nothing can be compared.
const UNFIT: &str = "unfit";

/// What the bound of false alarms does not cover when programs are kept.
const ONE_START: &str = "what was measured again stands on one start of each program: two starts of one program can differ by \
     more than two builds do, and that would look like a change; `--restart each` starts them anew for each quad";

/// A contest that was cut short passes nothing; what is certain stays.
fn settle_for(state: &mut GateState, reasons: &mut Vec<Reason>, code: &str, detail: String) {
    if *state == GateState::Pass || code == UNFIT {
        *state = GateState::Inconclusive;
    }
    reasons.insert(0, Reason { code: code.to_owned(), state: ValidityState::Invalid, detail });
}

fn nanos(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn arm_of(spec: &ArmSpec, letter: &str) -> Arm {
    let build = match spec {
        ArmSpec::Command { build, .. } => build.clone(),
        ArmSpec::Url(_) | ArmSpec::Embedded { .. } => None,
    };
    Arm {
        letter: letter.to_owned(),
        label: spec.label(),
        run_id: None,
        tool: format!("dyno {}", env!("CARGO_PKG_VERSION")),
        started_at: String::new(),
        build,
    }
}

/// Whether it was the sides that were measured.
fn validity(contest: &Contest<'_>, played: &Refereed) -> Validity {
    let mut reasons = Vec::new();
    let mut add = |state, code: &str, detail| reasons.push(Reason { code: code.to_owned(), state, detail });
    if let End::Unfit(reason) = &played.end {
        add(ValidityState::Invalid, UNFIT, reason.clone());
    }
    for (warm, letter) in played.settled.warm.iter().zip(["A", "B"]) {
        if !warm.is_steady {
            let detail = format!(
                "{letter} was not steady after {} of load; give it more with `--warmup` or a larger `--budget`",
                dyno_model::units::format_duration(warm.length)
            );
            add(ValidityState::Suspect, "no_steady_state", detail);
        }
    }
    let mut shares: Vec<f64> = played.rounds.iter().map(|round| round.machine.generator_cpu_share).collect();
    shares.sort_by(f64::total_cmp);
    if let Some(usual) = shares.get(shares.len() / 2).filter(|usual| **usual > GENERATOR_BUSY) {
        let detail = format!(
            "the generator used {:.0} % of its threads: a difference between the sides looks smaller than it is; load \
             with fewer connections, with a rate, or with more `threads`",
            usual * 100.0
        );
        add(ValidityState::Valid, "generator_busy", detail);
    }
    if played.discarded > 0 {
        let detail = format!("{} quads were left out because of the machine's state", played.discarded);
        add(ValidityState::Valid, "discarded_quads", detail);
    }
    let is_ours = contest.arms.iter().any(ArmSpec::is_ours);
    if played.kept.1 > 0 && is_ours && !played.settled.restarts_to_confirm {
        add(ValidityState::Valid, "one_start", ONE_START.to_owned());
    }
    for (code, detail) in &played.notes {
        add(ValidityState::Valid, code, detail.clone());
    }
    let state = reasons.iter().map(|reason| reason.state).max().unwrap_or(ValidityState::Valid);
    Validity { state, reasons }
}

/// Hides every secret in what people wrote. Figures and fixed words hold none.
fn redact(record: &mut ComparisonRecord, redactor: &Redactor) {
    let hide = |text: &mut String| *text = redactor.redact(text);
    hide(&mut record.name);
    hide(&mut record.reproduce);
    record.arms.iter_mut().for_each(|arm| hide(&mut arm.label));
    for row in &mut record.rows {
        row.operation.iter_mut().for_each(hide);
        hide(&mut row.detail);
    }
    let reasons = record.gate.reasons.iter_mut().chain(&mut record.validity.reasons);
    reasons.for_each(|reason| hide(&mut reason.detail));
    for round in record.contest.iter_mut().flat_map(|contest| &mut contest.rounds) {
        let values = std::mem::take(&mut round.values);
        round.values = values.into_iter().map(|(cell, value)| (redactor.redact(&cell), value)).collect();
    }
}
