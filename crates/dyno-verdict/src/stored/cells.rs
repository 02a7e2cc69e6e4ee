//! Which numbers are compared, and what was found of each.

use std::collections::BTreeSet;

use dyno_model::{
    CellKey, Direction, ErrorCount, Estimate, Evidence, Measured, Mismatch, MismatchEffect, Unit,
    ValidityState,
};

use super::evidence::{Found, Gatherer};
use super::mismatch::is_unlike;
use super::one::One;
use super::{ComparePolicy, ERROR_SHARE_MOST};
use crate::cell::CellRule;
use crate::tolerance::Tolerance;

/// What is shown of the whole without being asked for.
const SHOWN: [&str; 11] = [
    "rate",
    "errors",
    "mean",
    "p50",
    "p90",
    "p95",
    "p99",
    "p99.9",
    "cpu_per_request",
    "rss",
    "bytes_per_request",
];
/// What is shown of each operation.
const SHOWN_OF_OPERATIONS: [&str; 8] =
    ["cpu_per_request", "rate", "errors", "mean", "p50", "p95", "p99", "rss"];
/// Repetitions whose median has a 95 % interval.
const RUNS_LEAST: u64 = 6;
/// What not every result has; that one side lacks it is no doubt about the other numbers.
const OPTIONAL: [&str; 3] = ["cpu_per_request", "rss", "bytes_per_request"];

/// One number in the baseline and one candidate.
pub(super) struct Cell {
    /// Index of the candidate's arm.
    pub(super) candidate: usize,
    pub(super) rule: CellRule,
    pub(super) a: Option<Estimate>,
    pub(super) b: Option<Estimate>,
    /// What is known of the change, or why nothing is.
    pub(super) found: Result<Found, Obstacle>,
}

/// Why nothing can be said of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// The arms cannot be compared.
    Incomparable(String),
    /// One of the runs does not say what it seems to say.
    Invalid(String),
    /// A side has no value, or too few samples.
    Missing(String),
}

/// All cells of a candidate.
pub(super) fn cells(
    baseline: &Measured,
    candidate: &Measured,
    index: usize,
    mismatches: &[Mismatch],
    policy: &ComparePolicy<'_>,
) -> Vec<Cell> {
    let mine: Vec<&Mismatch> = mismatches.iter().filter(|one| one.candidate == index).collect();
    let has = |effect: MismatchEffect| mine.iter().any(|one| one.effect == effect);
    let (a, b) =
        (One::new(baseline, policy.seed), One::new(candidate, policy.seed.wrapping_add(index as u64)));
    let gatherer = Gatherer::new(&a, &b, index, has(MismatchEffect::Weaker), policy);
    let obstacle = obstacle(baseline, candidate, &mine, policy);
    let make = |key: CellKey| {
        let rule = rule_of(&key, policy)?;
        let (in_a, in_b) = (a.estimate(&key, &rule.kind), b.estimate(&key, &rule.kind));
        let is_asked = policy.rules.iter().any(|asked| asked.concerns(&key));
        if in_a.is_none() && in_b.is_none() && !is_asked {
            return None;
        }
        let found = match (&obstacle, hidden_by_errors(&a, &b, &rule)) {
            (Some(obstacle), _) => Err(obstacle.clone()),
            (None, Some(why)) => Err(Obstacle::Incomparable(why)),
            (None, None) => {
                values(in_a, in_b, &rule, samples_least(&a, &b, &rule, &gatherer)).and_then(|(x, y)| {
                    gatherer.found(&rule, x, y).ok_or_else(|| Obstacle::Missing(no_ratio(&x, &y)))
                })
            }
        };
        let mut cell = Cell { candidate: index, rule, a: in_a, b: in_b, found };
        cell.settle_gate(policy);
        Some(cell)
    };
    keys(baseline, candidate, policy).into_iter().filter_map(make).collect()
}

impl Cell {
    /// Takes the gate from what nobody asked for and what cannot be judged anyway.
    fn settle_gate(&mut self, policy: &ComparePolicy<'_>) {
        let is_ruled = self.rule.rule.is_some();
        let is_named = policy.rules.iter().any(|rule| rule.concerns(&self.rule.key));
        if policy.allow_incomparable && matches!(self.found, Err(Obstacle::Incomparable(_))) {
            self.rule.is_gated = false;
        }
        let is_optional = OPTIONAL.contains(&self.rule.key.metric.as_str());
        let is_missing = matches!(self.found, Err(Obstacle::Missing(_)));
        let is_thin = is_missing && self.a.is_some() && self.b.is_some();
        if !is_named && is_missing && (is_optional || is_thin) {
            self.rule.is_gated = false;
        }
        // Without any knowledge of the noise only the user's own limits may fail.
        let is_unknown = self.found.as_ref().is_ok_and(|found| found.evidence == Evidence::E0);
        if !is_ruled && is_unknown {
            self.rule.is_gated = false;
        }
    }
}

fn rule_of(key: &CellKey, policy: &ComparePolicy<'_>) -> Option<CellRule> {
    let mut rule = (policy.cell_rule)(key)?;
    let takes_threshold =
        rule.is_gated && rule.rule.is_none() && matches!(rule.kind.unit, Unit::Ns | Unit::PerS);
    if let Some(share) = policy.threshold.filter(|_| takes_threshold) {
        rule.tolerance = Tolerance::relative(share);
        let sign = if rule.kind.direction == Direction::Lower { '+' } else { '-' };
        rule.rule = Some(format!("{key}:{sign}{}%", super::text::plain(share * 100.0)));
    }
    Some(rule)
}

/// Cells of the whole, of common operations, and those that rules name; each once.
fn keys(a: &Measured, b: &Measured, policy: &ComparePolicy<'_>) -> Vec<CellKey> {
    let common: Vec<&String> = a.operations.keys().filter(|name| b.operations.contains_key(*name)).collect();
    // The only operation of both is the whole, said twice.
    let is_whole = common.len() == 1 && a.operations.len() == 1 && b.operations.len() == 1;
    let mut keys: Vec<CellKey> = SHOWN.iter().map(|metric| CellKey::whole(*metric)).collect();
    for operation in common.iter().filter(|_| !is_whole) {
        keys.extend(SHOWN_OF_OPERATIONS.iter().map(|metric| CellKey::of(operation.as_str(), *metric)));
    }
    for rule in &policy.rules {
        match rule.operation.as_deref() {
            None => keys.push(CellKey::whole(rule.metric.as_str())),
            Some("*") => {
                let metric = rule.metric.as_str();
                keys.extend(common.iter().map(|name| CellKey::of(name.as_str(), metric)));
            }
            Some(name) => keys.push(CellKey::of(name, rule.metric.as_str())),
        }
    }
    let mut seen = BTreeSet::new();
    keys.retain(|key| seen.insert(key.clone()));
    keys
}

/// What stands against all cells of a candidate.
fn obstacle(
    baseline: &Measured,
    candidate: &Measured,
    mismatches: &[&Mismatch],
    policy: &ComparePolicy<'_>,
) -> Option<Obstacle> {
    let hard: Vec<&&Mismatch> =
        mismatches.iter().filter(|one| one.effect == MismatchEffect::Incomparable).collect();
    if let Some(first) = hard.first() {
        let more = match hard.len() {
            1 => String::new(),
            count => format!(", and {} more", count - 1),
        };
        let remedy = if policy.allow_incomparable { String::new() } else { format!("; {}", first.advice) };
        let (what, a, b) = (&first.what, &first.a, &first.b);
        return Some(Obstacle::Incomparable(format!("{what} is {a} in A and {b} in B{more}{remedy}")));
    }
    let invalid = |one: &Measured| one.validity.state == ValidityState::Invalid;
    let (who, whose) = match (invalid(baseline), invalid(candidate)) {
        (true, true) => ("both runs are", "their"),
        (true, false) => ("the baseline is", "its"),
        (false, true) => ("the candidate is", "its"),
        (false, false) => return None,
    };
    let why = format!("{who} invalid: {whose} numbers say little about the target; measure again");
    Some(Obstacle::Invalid(why))
}

/// Both values, when they are enough to be judged. `least` is how many samples each needs.
fn values(
    a: Option<Estimate>,
    b: Option<Estimate>,
    rule: &CellRule,
    least: u64,
) -> Result<(Estimate, Estimate), Obstacle> {
    let missing = |who: &str| Err(Obstacle::Missing(format!("{who} has no value of `{}`", rule.key)));
    let (Some(a), Some(b)) = (a, b) else {
        return missing(match (a.is_some(), b.is_some()) {
            (false, false) => "neither side",
            (false, true) => "the baseline",
            _ => "the candidate",
        });
    };
    let fewest = a.samples.min(b.samples);
    if fewest < least {
        let (has, needs) = (dyno_model::units::format_count(fewest), dyno_model::units::format_count(least));
        return Err(Obstacle::Missing(format!(
            "{has} samples, and {needs} are needed to judge it; measure longer"
        )));
    }
    Ok((a, b))
}

/// How many samples a cell needs to be judged. Quantiles and shares stand on requests; other numbers may come as one,
/// with an interval of their own.
fn samples_least(a: &One<'_>, b: &One<'_>, rule: &CellRule, gatherer: &Gatherer<'_>) -> u64 {
    let kind = &rule.kind;
    let mean = CellKey { metric: "mean".to_owned(), ..rule.key.clone() };
    let is_repeated = |one: &One<'_>| one.measured.replicates.contains_key(&mean);
    match kind.quantile {
        // Runs that were repeated one by one are no requests: their median is known from a few.
        Some(q) if q <= 0.5 && is_repeated(a) && is_repeated(b) => RUNS_LEAST,
        Some(_) => kind.samples_least(),
        // Few attempts are enough for shares that are far apart.
        None if kind.is_difference && !gatherer.are_shares_apart(rule) => kind.samples_least(),
        None => 0,
    }
}

fn no_ratio(a: &Estimate, b: &Estimate) -> String {
    let who = if a.value <= 0.0 { "the baseline" } else { "the candidate" };
    let value = if a.value <= 0.0 { a.value } else { b.value };
    format!("{who} is {value}, and there is no share of it")
}

/// Why times say nothing: other requests failed.
fn hidden_by_errors(a: &One<'_>, b: &One<'_>, rule: &CellRule) -> Option<String> {
    if rule.kind.unit != Unit::Ns {
        return None;
    }
    let limit = |one: &One<'_>| one.measured.errors_limit.unwrap_or(ERROR_SHARE_MOST);
    let most = limit(a).min(limit(b));
    let of = |operation: Option<&str>| a.errors(operation).zip(b.errors(operation));
    let (in_a, in_b) = of(rule.key.operation.as_deref()).or_else(|| of(None))?;
    let share = |count: ErrorCount| count.share().unwrap_or_default();
    is_unlike(in_a, in_b, most).then(|| crate::gate::text::errors([share(in_a), share(in_b)], most))
}
