//! The words of verdicts on stored results: what was found, with which figures, and what would help.

use dyno_model::{ComparisonRow, Evidence, RowVerdict};

use super::cells::{Cell, Obstacle};
use super::decide::{Decision, Why};
use super::evidence::{Basis, Found};
use super::row::false_alarms;
use crate::gate::text::{count, figure, probability, worse_words};

/// Why a row has its verdict.
pub(super) fn detail(cell: &Cell, decision: &Decision, row: &ComparisonRow) -> String {
    let found = match &cell.found {
        Err(Obstacle::Incomparable(why) | Obstacle::Invalid(why) | Obstacle::Missing(why)) => {
            return why.clone();
        }
        Ok(found) => found,
    };
    let tolerance = row.tolerance.map_or_else(|| "any change".to_owned(), |worse| worse_words(row, worse));
    let basis = basis(found);
    let promise = row.detectable.map_or_else(String::new, |worse| {
        format!("; would have caught {} in 9 of 10 cases", worse_words(row, worse))
    });
    match decision.why {
        Why::Limit { is_broken } => limit(cell, found, row, is_broken),
        Why::Tested if row.verdict == RowVerdict::Regressed => {
            format!("{}, {basis}; tolerance {tolerance}", corrected(decision, row))
        }
        Why::Tested => {
            let tested = corrected(decision, row);
            format!("worse, not by chance: {tested}, {basis}; less than the tolerance of {tolerance}")
        }
        Why::RuledOut(error) => {
            format!("{tolerance} is ruled out: p={}, {basis}{promise}", probability(error))
        }
        Why::Better(p) => {
            let family = count(decision.family as u64, "cell");
            format!(
                "better, not by chance: p={} (Benjamini-Hochberg, {family}), {basis}{promise}",
                probability(p)
            )
        }
        Why::Undecided(error) => {
            let tested = corrected(decision, row);
            let error = probability(error);
            let help = help(found);
            format!(
                "{basis} neither shows nor rules out {tolerance}: {tested}, p={error} of ruling it out{promise}{help}"
            )
        }
        Why::NotGated if found.evidence == Evidence::E0 => basis,
        Why::NotGated | Why::Obstacle => format!("{basis}; shown, not judged"),
    }
}

fn corrected(decision: &Decision, row: &ComparisonRow) -> String {
    match (decision.p_adjusted, row.p) {
        (Some(p), _) => {
            format!("p={} (Holm, {})", probability(p), count(decision.family as u64, "cell"))
        }
        (None, Some(p)) => format!("p={}", probability(p)),
        (None, None) => "no test".to_owned(),
    }
}

/// What the evidence stands on.
fn basis(found: &Found) -> String {
    match found.basis {
        _ if found.evidence == Evidence::E0 => {
            "one run against one, and how much runs differ here by themselves is not known".to_owned()
        }
        Basis::Nothing => "one run against one".to_owned(),
        Basis::Noise(sigma) => format!("one run against one, sessions differ by {} %", figure(sigma * 100.0)),
        Basis::History { sessions, sigma } => {
            format!(
                "one run against {}, which differ by {} %",
                count(sessions as u64, "stored one"),
                figure(sigma * 100.0)
            )
        }
        Basis::Sessions { a, b, .. } => format!("{a} sessions against {b}"),
    }
}

/// What would make the evidence enough.
fn help(found: &Found) -> &'static str {
    match found.basis {
        Basis::Nothing | Basis::Noise(_) => "; play both in turns: `dyno compare --run`",
        Basis::History { .. } => {
            "; measure the candidate more often, or play both in turns: `dyno compare --run`"
        }
        Basis::Sessions { .. } => "; more sessions on both sides would",
    }
}

/// A limit of the user, with how honest it is here.
fn limit(cell: &Cell, found: &Found, row: &ComparisonRow, is_broken: bool) -> String {
    let rule = cell.rule.rule.as_deref().unwrap_or_default();
    let state = if is_broken { "is broken" } else { "holds" };
    let Some((share, honest)) = false_alarms(cell, found) else {
        return format!("the limit `{rule}` {state}; a threshold, no noise model: {}", basis(found));
    };
    let fires = percent(share);
    let better = if share > 0.01 {
        format!("; {} would give 1 %, or play both in turns: `dyno compare --run`", worse_words(row, honest))
    } else {
        String::new()
    };
    let p = row.p.map_or_else(String::new, |p| format!(", p={}", probability(p)));
    format!(
        "the limit `{rule}` {state}{p}; it fires on {fires} of unchanged builds here{better} ({})",
        basis(found)
    )
}

/// `9 %`, `0.2 %`, `less than 0.01 %`.
fn percent(share: f64) -> String {
    if share < 0.0001 { "less than 0.01 %".to_owned() } else { format!("{} %", figure(share * 100.0)) }
}

/// A number as people write it, without zeros at its end.
pub(super) fn plain(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// When no number is in both results, or all are too thin.
pub(super) const NOTHING_COMPARED: &str =
    "there is no number that both results have with enough samples; measure longer, or compare other results";
