//! The words and tables of the page: arms, reasons, overrides, evidence, differences, facts, schedule.
//!
//! Called by the page.

use std::collections::BTreeMap;

use dyno_model::{ComparisonRecord, GateState, MismatchEffect, RowVerdict, Stage, ValidityState, units};
use serde::Serialize;

use crate::comparison::text::explanation::{discarded, order, stage};
use crate::comparison::words;
use crate::html::facts::{validity_class, visible};

/// Most rows of a table or list.
const ROWS_MAX: usize = 100;

/// One side of the comparison.
#[derive(Serialize)]
pub(super) struct Arm {
    letter: String,
    colour: &'static str,
    label: String,
    details: Vec<String>,
}

pub(super) fn arms(record: &ComparisonRecord) -> Vec<Arm> {
    let colours = super::distributions::COLOURS;
    record
        .arms
        .iter()
        .take(ROWS_MAX)
        .enumerate()
        .map(|(index, arm)| {
            let mut details: Vec<String> = arm.build.as_deref().map(visible).into_iter().collect();
            details.extend(arm.run_id.as_deref().map(|id| format!("run {}", visible(id))));
            details.push(visible(&arm.tool));
            details.push(visible(&arm.started_at));
            details.retain(|detail| !detail.is_empty());
            Arm {
                letter: visible(&arm.letter),
                colour: colours[index % colours.len()],
                label: visible(&arm.label),
                details,
            }
        })
        .collect()
}

/// Something that decided or that was noticed.
#[derive(Serialize)]
pub(super) struct Reason {
    class: &'static str,
    word: &'static str,
    code: String,
    detail: String,
}

/// Why the gate says what it says, then doubts, the gravest first.
pub(super) fn reasons(record: &ComparisonRecord) -> Vec<Reason> {
    let (class, word) = match record.gate.state {
        GateState::Pass => ("neutral", "note"),
        GateState::Fail => ("bad", "because"),
        GateState::Inconclusive | GateState::Incomparable => ("doubtful", "because"),
    };
    let gate = record.gate.reasons.iter().map(|reason| Reason {
        class,
        word,
        code: visible(&reason.code),
        detail: visible(&reason.detail),
    });
    let mut doubts: Vec<_> = record.validity.reasons.iter().collect();
    doubts.sort_by_key(|reason| std::cmp::Reverse(reason.state));
    let doubts = doubts.into_iter().map(|reason| Reason {
        class: if reason.state == ValidityState::Valid { "neutral" } else { validity_class(reason.state) },
        word: if reason.state == ValidityState::Valid {
            "note"
        } else {
            crate::words::validity(reason.state)
        },
        code: visible(&reason.code),
        detail: visible(&reason.detail),
    });
    gate.chain(doubts).take(ROWS_MAX).collect()
}

/// An override with whether it loosens the gate.
#[derive(Serialize)]
pub(super) struct Override {
    loosens: bool,
    text: String,
    entry: String,
}

pub(super) fn overrides(record: &ComparisonRecord) -> Vec<Override> {
    let shown = record.overrides.iter().take(ROWS_MAX);
    shown
        .map(|entry| Override {
            loosens: entry.loosens,
            text: visible(&words::overridden(entry)),
            entry: visible(&entry.text),
        })
        .collect()
}

/// What the verdict of a row stands on.
#[derive(Serialize)]
pub(super) struct EvidenceRow {
    name: String,
    class: &'static str,
    verdict: &'static str,
    a: String,
    b: String,
    tolerance: String,
    p: String,
    p_adjusted: String,
    replicates: String,
    rule: String,
    detail: String,
}

pub(super) fn evidence(record: &ComparisonRecord) -> Vec<EvidenceRow> {
    let nothing = || words::NOTHING.to_owned();
    let probability = |p: Option<f64>| {
        p.map_or_else(nothing, |p| {
            words::probability(p).trim_start_matches("p=").trim_start_matches('p').to_owned()
        })
    };
    let is_many = record.arms.len() > 2;
    words::sorted(record)
        .into_iter()
        .take(super::forest::ROWS_MAX)
        .map(|row| {
            let letter =
                if is_many { format!("{} ", words::candidate(record, row.candidate)) } else { String::new() };
            let fires = |share: f64| format!(" (fires on {} of unchanged runs)", words::percent(share));
            let rule = row
                .rule
                .as_ref()
                .map(|rule| format!("{rule}{}", row.rule_false_alarms.map(fires).unwrap_or_default()));
            EvidenceRow {
                name: visible(&format!("{letter}{} {}", words::operation(row), row.metric)),
                class: if row.verdict == RowVerdict::Regressed { "bad" } else { "neutral" },
                verdict: words::row(row.verdict),
                a: words::compact(row.unit, row.a.as_ref()),
                b: words::compact(row.unit, row.b.as_ref()),
                tolerance: row.tolerance.map_or_else(nothing, |size| words::worse(row, size)),
                p: probability(row.p),
                p_adjusted: probability(row.p_adjusted),
                replicates: row.replicates.map_or_else(nothing, units::format_count),
                rule: visible(&rule.unwrap_or_default()),
                detail: visible(&row.detail),
            }
        })
        .collect()
}

/// A way in which the arms differ.
#[derive(Serialize)]
pub(super) struct MismatchRow {
    class: &'static str,
    effect: &'static str,
    letter: String,
    what: String,
    a: String,
    b: String,
    advice: String,
}

pub(super) fn mismatches(record: &ComparisonRecord) -> Vec<MismatchRow> {
    let shown = record.mismatches.iter().take(ROWS_MAX);
    shown
        .map(|mismatch| MismatchRow {
            class: match mismatch.effect {
                MismatchEffect::Incomparable => "bad",
                MismatchEffect::Weaker => "doubtful",
                MismatchEffect::Note => "neutral",
            },
            effect: match mismatch.effect {
                MismatchEffect::Incomparable => "cannot be compared",
                other => words::effect(other),
            },
            letter: visible(words::candidate(record, mismatch.candidate)),
            what: visible(&mismatch.what),
            a: visible(&mismatch.a),
            b: visible(&mismatch.b),
            advice: visible(&mismatch.advice),
        })
        .collect()
}

/// A titled list of names and values.
#[derive(Serialize)]
pub(super) struct Section {
    title: &'static str,
    rows: Vec<(String, String)>,
}

pub(super) fn facts(record: &ComparisonRecord) -> Vec<Section> {
    let environment = &record.environment;
    let listed = |entries: &BTreeMap<String, String>| -> Vec<(String, String)> {
        entries.iter().take(60).map(|(key, value)| (visible(key), visible(value))).collect()
    };
    let mut machine = vec![("fingerprint".to_owned(), visible(&environment.fingerprint))];
    machine.extend(listed(&environment.identity));
    let gate = &record.gate;
    let mut judged = vec![
        ("rows judged".to_owned(), gate.cells.to_string()),
        ("rows measured again".to_owned(), gate.confirmed_cells.to_string()),
        ("without enough evidence".to_owned(), words::word(&gate.on_inconclusive)),
    ];
    judged.extend(gate.min_evidence.map(|least| ("evidence asked for".to_owned(), format!("{least:?}"))));
    judged.extend(gate.rules.iter().take(20).map(|rule| ("rule".to_owned(), visible(rule))));
    let mut sections = vec![
        Section { title: "Machine", rows: machine },
        Section { title: "Its settings", rows: listed(&environment.config) },
        Section { title: "Its state at the start", rows: listed(&environment.volatile) },
        Section { title: "Gate", rows: judged },
    ];
    sections.retain(|section| !section.rows.is_empty());
    sections
}

/// The schedule of a contest in words.
#[derive(Serialize)]
pub(super) struct Schedule {
    facts: Vec<(&'static str, String)>,
    stages: Vec<(&'static str, Vec<(String, bool)>)>,
    discarded: Vec<String>,
}

pub(super) fn schedule(record: &ComparisonRecord) -> Option<Schedule> {
    let contest = record.contest.as_ref()?;
    let warmups: Vec<String> = contest.warmup_ns.iter().map(|ns| units::format_ns(*ns)).collect();
    let (gap_low, gap_high) = contest.gap_ns;
    let mut facts = vec![
        ("seed of the order", contest.seed.to_string()),
        ("round", units::format_ns(contest.round_ns)),
        ("pause", format!("{} to {}", units::format_ns(gap_low), units::format_ns(gap_high))),
        ("warm-up of each arm", if warmups.is_empty() { "none".to_owned() } else { warmups.join(", ") }),
        ("programs", words::starts(contest).to_owned()),
        ("quads that count", format!("{} to screen, {} to confirm", contest.quads.0, contest.quads.1)),
        ("quads discarded", contest.discarded_quads.to_string()),
    ];
    if contest.builds > 1 {
        facts.push(("builds", words::builds(contest)));
    }
    facts.extend(contest.budget_ns.map(|ns| ("budget", units::format_ns(ns))));
    let stages = [Stage::Screen, Stage::Confirm]
        .into_iter()
        .map(|each| (stage(each), order(contest, each).into_iter().take(400).collect::<Vec<_>>()))
        .filter(|(_, quads)| !quads.is_empty())
        .collect();
    let discarded = discarded(contest)
        .into_iter()
        .take(ROWS_MAX)
        .map(|round| {
            let why = visible(round.discarded.as_deref().unwrap_or_default());
            format!("quad {} of the {}: {why}", round.quad + 1, stage(round.stage))
        })
        .collect();
    Some(Schedule { facts, stages, discarded })
}
