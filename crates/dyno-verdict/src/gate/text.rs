//! The words of verdicts: what was found, with which figures, and what would help.

use dyno_model::{Certificate, ComparisonRow, Direction, Evidence, RowVerdict, Stage};

use super::decide::{Decision, Why};
use super::missing::Missing;
use crate::kind::MetricKind;

/// Why a row has its verdict.
pub(super) fn detail(decision: &Decision, row: &ComparisonRow) -> String {
    let tolerance = row.tolerance.map_or_else(|| "any change".to_owned(), |worse| worse_words(row, worse));
    let p = row.p.map_or_else(String::new, |p| format!("p={}", probability(p)));
    let corrected = row.p_adjusted.map_or_else(
        || p.clone(),
        |p| format!("p={} (Holm, {})", probability(p), count(decision.confirmed as u64, "cell")),
    );
    let promise = promise(row);
    let quads = quads(decision, row);
    match &decision.why {
        Why::Confirmed if row.verdict == RowVerdict::Regressed => {
            format!("{corrected}, {quads}{}; tolerance {tolerance}{}", in_every_build(row), doubt(row))
        }
        Why::Confirmed => {
            format!("worse, not by chance: {corrected}, {quads}; less than the tolerance of {tolerance}")
        }
        Why::RuledOut(error) => {
            format!("{tolerance} is ruled out: p={}, {quads}{promise}", probability(*error))
        }
        Why::Better(p, family) => format!(
            "better, not by chance: p={} (Benjamini-Hochberg, {}), {quads}{promise}",
            probability(*p),
            count(*family as u64, "cell")
        ),
        Why::Undecided(error) => format!(
            "{quads} neither show nor rule out {tolerance}: {corrected} of a change, p={} of ruling it out{promise}{}",
            probability(*error),
            more(decision)
        ),
        Why::NotConfirmed => format!(
            "suspicious in the screen ({p}, {quads}) and not measured again; give the comparison more time with --budget"
        ),
        Why::TooFewQuads(least) => format!(
            "{corrected}: {quads} cannot show a regression of {}, at least {least} can; give the comparison more time with --budget",
            count(decision.confirmed as u64, "cell")
        ),
        Why::NotInEveryBuild => format!(
            "worse on the whole ({corrected}, {quads}), but not in every build ({}): where the functions of a binary happen to \
             lie explains that as well; more builds (--rebuild) tell",
            by_build(row)
        ),
        Why::Exact => exact(row, &tolerance),
        Why::Missing(reason) | Why::Errors(reason) => reason.clone(),
        Why::NotGated => match (&decision.sampled, p.is_empty()) {
            (Err(reason), _) => reason.clone(),
            (Ok(_), true) => quads,
            (Ok(_), false) => format!("{p}, {quads}; shown, not judged"),
        },
    }
}

/// `, in each of 3 builds (+4.1 %, +3.8 %, +5.0 %)`; nothing with one.
fn in_every_build(row: &ComparisonRow) -> String {
    match row.builds.len() {
        0 => String::new(),
        builds => format!(", in each of {builds} builds ({})", by_build(row)),
    }
}

/// The change in each build.
fn by_build(row: &ComparisonRow) -> String {
    let is_difference = row.change.is_some_and(|change| change.is_difference);
    row.builds.iter().map(|change| signed(*change, is_difference)).collect::<Vec<_>>().join(", ")
}

fn promise(row: &ComparisonRow) -> String {
    row.detectable.map_or_else(String::new, |worse| {
        format!("; would have caught {} in 9 of 10 cases", worse_words(row, worse))
    })
}

/// When the interval of the median does not agree with the test, both are said.
fn doubt(row: &ComparisonRow) -> &'static str {
    let reaches_zero = row.change.is_some_and(|change| match row.direction {
        Direction::Lower => change.low.is_some_and(|low| low < 0.0),
        Direction::Higher => change.high.is_some_and(|high| high > 0.0),
    });
    if !reaches_zero {
        return "";
    }
    "; the interval of the median reaches zero: few quads decide, or places in a quad differ; --explain has the interval \
     of the test"
}

fn more(decision: &Decision) -> &'static str {
    match decision.stage {
        Stage::Confirm => "; longer rounds (--round) scatter less",
        Stage::Screen => "",
    }
}

fn exact(row: &ComparisonRow, tolerance: &str) -> String {
    let rounds = row.a.map_or(0, |a| a.samples);
    let agree = format!("exact: all {rounds} rounds of each arm agree");
    match row.verdict {
        RowVerdict::Regressed if row.tolerance == Some(0.0) => agree,
        RowVerdict::Regressed | RowVerdict::RegressedSmall => format!("{agree}; tolerance {tolerance}"),
        _ => agree,
    }
}

/// The line of a row among the reasons of the gate.
pub(crate) fn reason(row: &ComparisonRow) -> String {
    let name = row
        .operation
        .as_ref()
        .map_or_else(|| row.metric.clone(), |operation| format!("{operation} {}", row.metric));
    let change = row.change.map_or_else(String::new, |change| {
        let words = |value: f64| signed(value, change.is_difference);
        match change.low.zip(change.high) {
            Some((low, high)) => {
                format!(" {} [{}, {}]", words(change.point), words(low), words(high))
            }
            None => format!(" {}", words(change.point)),
        }
    });
    format!("{name}{change}: {}", row.detail)
}

/// How many quads a row stands on: `12 quads`, `10 of 12 quads (A lacks a value in 2 of 12 quads)`.
fn quads(decision: &Decision, row: &ComparisonRow) -> String {
    let whole = row.replicates.unwrap_or(0);
    match decision.sampled.as_ref().map(|sampled| sampled.missing) {
        Ok(missing) if !missing.is_none() => {
            format!("{whole} of {} ({})", count(missing.of as u64, "quad"), lacking(&missing))
        }
        _ => count(whole, "quad"),
    }
}

/// Which arm lacks values in how many quads.
fn lacking(missing: &Missing) -> String {
    let sides = [("A", missing.only_a + missing.both), ("B", missing.of_candidate())];
    let lacks = sides.into_iter().filter(|(_, lacking)| *lacking > 0);
    let words = lacks.map(|(arm, lacking)| format!("{arm} lacks a value in {lacking}"));
    words.collect::<Vec<_>>().join(", ")
}

/// Why nothing is said about a cell: how many quads lack a value in which arm, and what would help.
pub(super) fn missing(missing: &Missing, kind: &MetricKind) -> String {
    let of = count(missing.of as u64, "quad");
    let lacking = lacking(missing);
    let why = if missing.is_one_sided() {
        "one arm loses more than chance explains, and what is left of it are its fast rounds; its rate and its errors say more"
    } else {
        "what is left is too little"
    };
    let help = if missing.unusable > 0 {
        let unusable = if kind.is_difference {
            "that is no number"
        } else {
            "that is zero or no number, so there is no ratio"
        };
        format!("{} have a value {unusable}", count(missing.unusable as u64, "quad"))
    } else {
        let samples = kind.samples_least();
        format!("a round needs {samples} samples; ask for longer rounds (--round) or a lower quantile")
    };
    format!("{lacking} of {of}: {why}; {help}")
}

pub(crate) fn errors(shares: [f64; 2], most: f64) -> String {
    format!(
        "A answered {:.2} % of its requests with errors, B {:.2} %; above {:.2} % and unlike each other, the times of \
         the other requests say nothing",
        shares[0] * 100.0,
        shares[1] * 100.0,
        most * 100.0
    )
}

pub(crate) fn weak_evidence(evidence: Evidence, least: Evidence) -> String {
    let help = if evidence == Evidence::E3 { "; `dyno calibrate` makes a noise certificate" } else { "" };
    format!("the evidence is {evidence:?} and {least:?} was asked for{help}")
}

pub(super) fn broken_certificate(certificate: &Certificate, alpha: f64) -> String {
    format!(
        "{} of {} A/A gates on this machine called equal builds different, which is more than {} % by more than chance; \
         find what disturbs it with `dyno doctor`, then `dyno calibrate --overwrite`",
        certificate.false_alarms,
        certificate.gates,
        figure(alpha * 100.0)
    )
}

/// A change for the worse with the sign that its value has.
pub(crate) fn worse_words(row: &ComparisonRow, worse: f64) -> String {
    let is_difference = row.change.is_some_and(|change| change.is_difference);
    match row.direction {
        Direction::Lower => signed(worse, is_difference),
        Direction::Higher => signed(-worse, is_difference),
    }
}

/// `+6.4 %`, `-0.12 pp`.
pub(crate) fn signed(change: f64, is_difference: bool) -> String {
    let sign = if change < 0.0 { '-' } else { '+' };
    let unit = if is_difference { "pp" } else { "%" };
    format!("{sign}{} {unit}", figure(change.abs() * 100.0))
}

/// Three digits or fewer that say something.
pub(crate) fn figure(value: f64) -> String {
    match value {
        _ if value >= 99.95 => format!("{value:.0}"),
        _ if value >= 0.95 => format!("{value:.1}"),
        _ if value == 0.0 => "0".to_owned(),
        _ => format!("{value:.2}"),
    }
}

pub(crate) fn probability(p: f64) -> String {
    match p {
        _ if p < 0.0001 => "<0.0001".to_owned(),
        _ if p < 0.00995 => format!("{p:.4}"),
        _ => format!("{p:.2}"),
    }
}

pub(crate) fn count(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
