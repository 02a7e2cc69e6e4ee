//! What `--explain` adds to the summary: the method, every row with all that is known of it, the schedule of rounds.
//!
//! Called by `dyno compare --explain`.

use dyno_model::{
    ComparisonKind, ComparisonRecord, ComparisonRow, ContestRecord, Evidence, RoundRecord, Side, Stage, units,
};

use super::WIDTH_MAX;
use crate::comparison::words;
use crate::escape::{clip, line};
use crate::text::Style;
use crate::text::layout::{Page, Tone};

/// Rows and discarded quads that are explained one by one.
const ROWS_MAX: usize = 200;

/// The explanation, with a line end after each line.
#[must_use]
pub fn explanation(record: &ComparisonRecord, style: Style) -> String {
    let mut page = Page::up_to(style, WIDTH_MAX);
    for (index, paragraph) in method(record).into_iter().enumerate() {
        page.wrapped(if index == 0 { "method" } else { "" }, paragraph);
    }
    if let Some(contest) = &record.contest {
        push_schedule(&mut page, contest);
    }
    for row in words::sorted(record).into_iter().take(ROWS_MAX) {
        page.blank();
        push_row(&mut page, record, row);
    }
    page.rest(record.rows.len(), ROWS_MAX, "rows");
    page.finish()
}

/// How the verdicts came about, one sentence or two for each step that was taken.
pub(crate) fn method(record: &ComparisonRecord) -> Vec<&'static str> {
    let mut paragraphs = Vec::new();
    let has_builds = record.contest.as_ref().is_some_and(|contest| contest.builds > 1);
    if record.kind == ComparisonKind::Played {
        paragraphs.push(
            "Both builds were loaded in turns, in quads of four rounds, ABBA or BAAB by lot. A round gives one \
             number per row, so that the count of requests never poses as a count of repetitions.",
        );
        paragraphs.push(
            "Each quad gives one difference between the builds in which steady drift cancels. An exact test over all \
             orders that could have been drawn asks whether the differences are above the bias that this harness may \
             have on equal builds; what the places in a quad add cancels out of it. The interval beside a change is that \
             of the sign test over quads, which assumes no distribution; the one below it is what the test of orders does \
             not refute.",
        );
        paragraphs.push(
            "The first quads look at every row. Only suspicious rows are measured again, with fresh quads, and only \
             these decide; Holm's correction bounds the false alarms of all rows together.",
        );
        if has_builds {
            paragraphs.push(
                "Each revision was built several times, and quads take the builds in turns. A regression has to show in \
                 every build: where the functions of one binary happen to lie costs time as well, and is no matter of \
                 the code.",
            );
        }
    } else {
        paragraphs.push(match record.gate.evidence {
            Evidence::E3 => {
                "Sessions on both sides were compared as wholes: each gives one number per row, and all ways to \
                 label them were tried (permutation test)."
            }
            Evidence::E2 => {
                "The new run was compared with what its predecessors on this machine predict: a prediction \
                 interval whose variance borrows strength from rows of the same kind."
            }
            Evidence::E1 => {
                "Each run was resampled in blocks of seconds. To that error comes what two sessions on this \
                 machine differ by when nothing changed, as its profile says."
            }
            Evidence::X => {
                "The arms were not made under the same conditions. Their figures stand beside each other, and no test \
                 can tell which of the differences the builds made."
            }
            _ => {
                "One run stands against one run, and how much two sessions differ when nothing changed is not \
                 known here: only rules of the user can fail."
            }
        });
    }
    paragraphs.push(
        "A row is `REGRESSED` when a change for the worse is no chance and above the tolerance, a `pass` when \
         a change of the size of the tolerance is refuted, and `inconclusive` when neither can be said.",
    );
    paragraphs
}

/// The order of a stage's quads, such as `ABBA BAAB`; a discarded one stands in brackets.
pub(crate) fn order(contest: &ContestRecord, stage: Stage) -> Vec<(String, bool)> {
    let mut quads: Vec<(u32, String, bool)> = Vec::new();
    for round in contest.rounds.iter().filter(|round| round.stage == stage) {
        let letter = if round.side == Side::A { 'A' } else { 'B' };
        match quads.last_mut() {
            Some((quad, letters, is_discarded)) if *quad == round.quad => {
                letters.push(letter);
                *is_discarded |= round.discarded.is_some();
            }
            _ => quads.push((round.quad, letter.to_string(), round.discarded.is_some())),
        }
    }
    quads.into_iter().map(|(_, letters, is_discarded)| (letters, is_discarded)).collect()
}

/// The first round of each discarded quad.
pub(crate) fn discarded(contest: &ContestRecord) -> Vec<&RoundRecord> {
    let mut seen: Vec<(Stage, u32)> = Vec::new();
    let mut firsts = Vec::new();
    for round in contest.rounds.iter().filter(|round| round.discarded.is_some()) {
        if !seen.contains(&(round.stage, round.quad)) {
            seen.push((round.stage, round.quad));
            firsts.push(round);
        }
    }
    firsts
}

/// The name of a stage for people.
pub(crate) fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Screen => "screen",
        Stage::Confirm => "confirm",
    }
}

fn push_schedule(page: &mut Page, contest: &ContestRecord) {
    let warmups: Vec<String> = contest.warmup_ns.iter().map(|ns| units::format_ns(*ns)).collect();
    let mut text = format!(
        "seed {}, rounds of {} with pauses of {} to {}, warm-up {}, programs {}",
        contest.seed,
        units::format_ns(contest.round_ns),
        units::format_ns(contest.gap_ns.0),
        units::format_ns(contest.gap_ns.1),
        if warmups.is_empty() { "none".to_owned() } else { warmups.join(" and ") },
        words::starts(contest),
    );
    if contest.builds > 1 {
        text.push_str(&format!(", {}", words::builds(contest)));
    }
    if let Some(budget) = contest.budget_ns {
        text.push_str(&format!(", budget {}", units::format_ns(budget)));
    }
    page.wrapped("schedule", &text);
    for (each, count) in [(Stage::Screen, contest.quads.0), (Stage::Confirm, contest.quads.1)] {
        let quads = order(contest, each);
        if quads.is_empty() {
            continue;
        }
        let shown: Vec<String> = quads
            .into_iter()
            .take(ROWS_MAX)
            .map(|(letters, is_discarded)| if is_discarded { format!("[{letters}]") } else { letters })
            .collect();
        page.wrapped(stage(each), &format!("{count} quads count: {}", shown.join(" ")));
    }
    for round in discarded(contest).into_iter().take(ROWS_MAX) {
        let why = line(round.discarded.as_deref().unwrap_or_default());
        let text = format!("quad {} of the {}: {why}", round.quad + 1, stage(round.stage));
        page.labelled(Tone::Doubtful, "discarded", &clip(&text, 300));
    }
}

fn push_row(page: &mut Page, record: &ComparisonRecord, row: &ComparisonRow) {
    let letter = line(words::candidate(record, row.candidate));
    let tone = super::row_tone(row.verdict);
    let name = format!("{} {}", line(words::operation(row)), line(&row.metric));
    let title = page.toned(tone, words::row(row.verdict));
    page.line(&format!("  {title}  {}", clip(&name, 100)));
    page.wrapped("A", &side(row, row.a.as_ref()));
    page.wrapped(&letter, &side(row, row.b.as_ref()));
    page.wrapped(
        "change",
        &format!(
            "{}, 95 % interval {}",
            words::change(row.change.as_ref()),
            words::interval(row.change.as_ref())
        ),
    );
    if let Some((low, high)) = row.test_interval {
        let is_difference = row.change.is_some_and(|change| change.is_difference);
        let ends = dyno_model::Change { point: low, low: Some(low), high: Some(high), is_difference };
        let text = format!(
            "95 % interval {} of what the test of orders does not refute",
            words::interval(Some(&ends))
        );
        page.wrapped("", &text);
    }
    page.wrapped("judged", &judged(row));
    if let Some(rule) = &row.rule {
        let fires = row
            .rule_false_alarms
            .map(|share| format!(" fires on {} of unchanged runs here", words::percent(share)))
            .unwrap_or_default();
        page.wrapped("rule", &clip(&format!("{}{fires}", line(rule)), 200));
    }
    if !row.detail.is_empty() {
        page.wrapped("because", &clip(&line(&row.detail), 400));
    }
}

fn side(row: &ComparisonRow, estimate: Option<&dyno_model::Estimate>) -> String {
    match estimate {
        Some(known) => {
            let samples = units::format_count(known.samples);
            format!("{}, {samples} samples or rounds", words::estimate(row.unit, Some(known)))
        }
        None => "nothing was measured".to_owned(),
    }
}

/// Everything that the verdict stands on, in one line.
fn judged(row: &ComparisonRow) -> String {
    let mut parts = vec![format!("evidence {:?}", row.evidence)];
    parts.push(match (row.is_gated, row.tolerance) {
        (true, Some(tolerance)) => format!("tolerance {}", words::worse(row, tolerance)),
        (true, None) => "no tolerance".to_owned(),
        (false, _) => "shown only".to_owned(),
    });
    parts.extend(row.p.map(words::probability));
    parts.extend(row.p_adjusted.map(|p| format!("corrected for all rows {}", words::probability(p))));
    parts.extend(row.replicates.map(|count| format!("{count} repetitions")));
    parts.extend(
        row.detectable.map(|size| format!("would find {} in 9 of 10 cases", words::worse(row, size))),
    );
    parts.join(", ")
}
