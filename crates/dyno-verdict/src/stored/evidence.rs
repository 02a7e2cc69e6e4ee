//! What is known of a change, by the best evidence there is: sessions, history, a calibrated noise, or nothing.

use dyno_model::{CellKey, Estimate, Evidence, Measured};
use dyno_stats::history::{CHANGE_LEVEL, last_change};
use dyno_stats::paired::{clopper_pearson, excess_errors};
use dyno_stats::unpaired::{
    Difference, Prior, permutation_least, predict, prior, satterthwaite, session_permutation, welch,
};

use super::ComparePolicy;
use super::one::{CONFIDENCE, ErrorOfOne, One};
use super::scale::{level, value_at};
use crate::cell::CellRule;
use crate::kind::MetricKind;

/// Sessions on each side that can be compared as such.
const SESSIONS_LEAST: usize = 5;

/// What was found of a change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    pub(super) a: Estimate,
    pub(super) b: Estimate,
    /// On the scale of effects, positive for the worse; `None` when a value has no logarithm.
    pub(super) difference: Option<Difference>,
    /// One-sided probability of so much worse without a change.
    pub(super) p: Option<f64>,
    /// The same for the better.
    pub(super) p_better: Option<f64>,
    pub(super) evidence: Evidence,
    pub(super) basis: Basis,
}

/// What the evidence stands on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Basis {
    /// Two runs, and defaults for what sessions differ by.
    Nothing,
    /// Two runs, and the calibrated noise between sessions: a standard deviation of the logarithm.
    Noise(f64),
    /// One run against so many stored ones, that differ by this much.
    History { sessions: usize, sigma: f64 },
    /// So many sessions on each side, and the smallest p that these can give.
    Sessions { a: usize, b: usize, least: f64 },
}

/// Gathers the evidence of one candidate's cells.
pub(super) struct Gatherer<'a> {
    a: &'a One<'a>,
    b: &'a One<'a>,
    sessions: [Vec<&'a Measured>; 2],
    is_weaker: bool,
    policy: &'a ComparePolicy<'a>,
    /// Per kind of cell what the history says of its variances.
    priors: Vec<(MetricKind, Option<Prior>)>,
}

impl<'a> Gatherer<'a> {
    pub(super) fn new(
        a: &'a One<'a>,
        b: &'a One<'a>,
        candidate: usize,
        is_weaker: bool,
        policy: &'a ComparePolicy<'a>,
    ) -> Self {
        let others = |arm: usize| policy.sessions.get(arm).into_iter().flatten();
        let sessions = [
            std::iter::once(a.measured).chain(others(0)).collect(),
            std::iter::once(b.measured).chain(others(candidate)).collect(),
        ];
        Self { a, b, sessions, is_weaker, policy, priors: priors(&policy.history) }
    }

    /// The best that is known of a cell; `None` when there is neither a ratio nor a difference.
    pub(super) fn found(&self, rule: &CellRule, a: Estimate, b: Estimate) -> Option<Found> {
        super::scale::change(&rule.kind, &a, &b)?;
        let best = self
            .by_sessions(rule)
            .or_else(|| self.by_history(rule, &b))
            .or_else(|| self.by_noise(rule, &a, &b))
            .unwrap_or_else(|| self.by_nothing(rule, &a, &b));
        Some(if self.is_weaker { weaker(best) } else { best })
    }

    /// Whether more failed than chance explains, however few were tried.
    pub(super) fn are_shares_apart(&self, rule: &CellRule) -> bool {
        let found = rule.kind.is_difference.then(|| self.of_two_shares(rule)).flatten();
        found.and_then(|found| found.p).is_some_and(|p| p <= self.policy.alpha)
    }

    fn by_sessions(&self, rule: &CellRule) -> Option<Found> {
        let [a, b] = [0, 1].map(|side| levels(&self.sessions[side], &rule.key, &rule.kind));
        if a.len() < SESSIONS_LEAST || b.len() < SESSIONS_LEAST {
            return None;
        }
        let difference = welch(&a, &b)?;
        let seed = self.policy.seed;
        let (mut p, mut p_better) =
            (session_permutation(&a, &b, rule.bias, seed), session_permutation(&b, &a, rule.bias, seed));
        if rule.kind.is_difference {
            let [in_a, in_b] = [0, 1].map(|side| error_counts(&self.sessions[side], &rule.key));
            p = p.max(excess_errors(&in_a, &in_b, rule.bias));
            p_better = p_better.max(excess_errors(&in_b, &in_a, rule.bias));
        }
        let estimate = |levels: &[f64]| centre(&rule.kind, levels);
        let least = permutation_least(a.len(), b.len());
        Some(Found {
            a: estimate(&a),
            b: estimate(&b),
            difference: Some(difference),
            p: Some(p),
            p_better: Some(p_better),
            evidence: Evidence::E3,
            basis: Basis::Sessions { a: a.len(), b: b.len(), least },
        })
    }

    fn by_history(&self, rule: &CellRule, b: &Estimate) -> Option<Found> {
        let stored: Vec<&Measured> = self.policy.history.iter().collect();
        let all = levels(&stored, &rule.key, &rule.kind);
        // What was another build is no history of this one.
        let since = last_change(&all, CHANGE_LEVEL, self.policy.seed);
        let kept = &all[since..];
        let prior =
            self.priors.iter().find(|(kind, _)| is_alike(kind, &rule.kind)).and_then(|(_, prior)| *prior);
        let predicted = predict(kept, level(&rule.kind, b.value)?, prior)?;
        let difference = predicted.difference;
        let (mut p, mut p_better) = (difference.p_above(rule.bias), mirrored(&difference).p_above(rule.bias));
        if rule.kind.is_difference {
            let counts = error_counts(&stored, &rule.key);
            let old = counts.get(since..).unwrap_or(&counts);
            let new = self.b.error_groups(rule.key.operation.as_deref())?;
            p = p.max(excess_errors(old, &new, rule.bias));
            p_better = p_better.max(excess_errors(&new, old, rule.bias));
        }
        Some(Found {
            a: centre(&rule.kind, kept),
            b: *b,
            difference: Some(difference),
            p: Some(p),
            p_better: Some(p_better),
            evidence: Evidence::E2,
            basis: Basis::History { sessions: predicted.sessions, sigma: predicted.sigma },
        })
    }

    fn by_noise(&self, rule: &CellRule, a: &Estimate, b: &Estimate) -> Option<Found> {
        let of = |key: &CellKey| (self.policy.noise)(key).and_then(|noise| noise.sigma_session);
        // What never varies, and errors, which are counted, need no noise but a machine that is known.
        let needs_none = rule.kind.is_difference || rule.kind.default_sigma_session == 0.0;
        let sigma = match of(&rule.key) {
            Some(sigma) => sigma,
            None if needs_none => of(&CellKey::whole("p50")).map(|_| 0.0)?,
            None => return None,
        };
        let found = self.of_two_runs(rule, a, b, sigma);
        let found = Found { evidence: Evidence::E1, basis: Basis::Noise(sigma), ..found };
        Some(if self.policy.stale_noise.is_some() { weaker(found) } else { found })
    }

    fn by_nothing(&self, rule: &CellRule, a: &Estimate, b: &Estimate) -> Found {
        let found = self.of_two_runs(rule, a, b, rule.kind.default_sigma_session);
        Found { p: None, p_better: None, ..found }
    }

    /// One run against one: the error of each, and twice the variance between sessions.
    fn of_two_runs(&self, rule: &CellRule, a: &Estimate, b: &Estimate, sigma_session: f64) -> Found {
        let basis = Basis::Nothing;
        let plain =
            Found { a: *a, b: *b, difference: None, p: None, p_better: None, evidence: Evidence::E0, basis };
        if rule.kind.is_difference {
            return self.of_two_shares(rule).unwrap_or(plain);
        }
        let Some((from, to)) = level(&rule.kind, a.value).zip(level(&rule.kind, b.value)) else {
            return plain;
        };
        let errors = [self.a.error(&rule.key, &rule.kind, a), self.b.error(&rule.key, &rule.kind, b)];
        let between = ErrorOfOne { square: 2.0 * sigma_session.powi(2), df: f64::INFINITY };
        let parts = [errors[0], errors[1], between].map(|part| (part.square, part.df));
        let square: f64 = parts.iter().map(|(square, _)| square).sum();
        let difference = Difference { point: to - from, error: square.sqrt(), df: satterthwaite(&parts) };
        Found {
            difference: Some(difference),
            p: Some(difference.p_above(rule.bias)),
            p_better: Some(mirrored(&difference).p_above(rule.bias)),
            ..plain
        }
    }

    /// Shares of errors: their difference, with one error and one success added to each side (Agresti and Caffo, The
    /// American Statistician 2000), and the exact test of the counts.
    fn of_two_shares(&self, rule: &CellRule) -> Option<Found> {
        let operation = rule.key.operation.as_deref();
        let (a, b) = (self.a.errors(operation)?, self.b.errors(operation)?);
        let (groups_a, groups_b) = (self.a.error_groups(operation)?, self.b.error_groups(operation)?);
        let variance = |count: dyno_model::ErrorCount| {
            let n = count.attempts as f64 + 2.0;
            let share = (count.errors as f64 + 1.0) / n;
            share * (1.0 - share) / n
        };
        let point = b.share()? - a.share()?;
        let error = (variance(a) + variance(b)).sqrt();
        let estimate = |count: dyno_model::ErrorCount| {
            let (low, high) = clopper_pearson(count.errors, count.attempts, CONFIDENCE);
            let value = count.share().unwrap_or_default();
            Estimate { value, low: Some(low), high: Some(high), samples: count.attempts }
        };
        Some(Found {
            a: estimate(a),
            b: estimate(b),
            difference: Some(Difference { point, error, df: f64::INFINITY }),
            p: Some(excess_errors(&groups_a, &groups_b, rule.bias)),
            p_better: Some(excess_errors(&groups_b, &groups_a, rule.bias)),
            evidence: Evidence::E0,
            basis: Basis::Nothing,
        })
    }
}

/// One grade less. At the bottom nothing is known of chance any more.
fn weaker(found: Found) -> Found {
    match found.evidence {
        Evidence::E4 => Found { evidence: Evidence::E3, ..found },
        Evidence::E3 => Found { evidence: Evidence::E2, ..found },
        Evidence::E2 => Found { evidence: Evidence::E1, ..found },
        Evidence::E1 | Evidence::E0 | Evidence::X => {
            Found { evidence: Evidence::E0, p: None, p_better: None, ..found }
        }
    }
}

fn mirrored(difference: &Difference) -> Difference {
    Difference { point: -difference.point, ..*difference }
}

/// A cell in every session that has it, on the scale of effects.
fn levels(sessions: &[&Measured], key: &CellKey, kind: &MetricKind) -> Vec<f64> {
    let value = |session: &&Measured| session.cells.get(key).and_then(|cell| level(kind, cell.value));
    sessions.iter().filter_map(value).collect()
}

fn error_counts(sessions: &[&Measured], key: &CellKey) -> Vec<(u64, u64)> {
    let count = |session: &&Measured| match key.operation.as_deref() {
        None => session.errors,
        Some(name) => session.operations.get(name).and_then(|one| one.errors),
    };
    sessions.iter().filter_map(count).map(|count| (count.attempts, count.errors)).collect()
}

/// The mean of sessions with its interval, as a value.
fn centre(kind: &MetricKind, levels: &[f64]) -> Estimate {
    let mean = levels.iter().sum::<f64>() / levels.len().max(1) as f64;
    let squares: f64 = levels.iter().map(|level| (level - mean).powi(2)).sum();
    let df = (levels.len() as f64 - 1.0).max(1.0);
    let error = (squares / df / levels.len().max(1) as f64).sqrt();
    let (low, high) = Difference { point: mean, error, df }.interval(CONFIDENCE);
    let ends = (value_at(kind, low), value_at(kind, high));
    let has_interval = levels.len() > 1;
    Estimate {
        value: value_at(kind, mean),
        low: has_interval.then_some(ends.0.min(ends.1)),
        high: has_interval.then_some(ends.0.max(ends.1)),
        samples: levels.len() as u64,
    }
}

/// Cells of a kind scatter alike: the same unit and the same default between sessions.
fn is_alike(a: &MetricKind, b: &MetricKind) -> bool {
    a.unit == b.unit
        && a.is_difference == b.is_difference
        && a.default_sigma_session == b.default_sigma_session
}

/// What the history says of the variances of each kind of cell.
fn priors(history: &[Measured]) -> Vec<(MetricKind, Option<Prior>)> {
    let Some(newest) = history.last() else { return Vec::new() };
    let sessions: Vec<&Measured> = history.iter().collect();
    let mut families: Vec<(MetricKind, Vec<(f64, f64)>)> = Vec::new();
    for key in newest.cells.keys() {
        let Some(kind) = MetricKind::of(&key.metric) else { continue };
        let levels = levels(&sessions, key, &kind);
        if levels.len() < 2 {
            continue;
        }
        let mean = levels.iter().sum::<f64>() / levels.len() as f64;
        let df = (levels.len() - 1) as f64;
        let variance = levels.iter().map(|level| (level - mean).powi(2)).sum::<f64>() / df;
        match families.iter_mut().find(|(family, _)| is_alike(family, &kind)) {
            Some((_, variances)) => variances.push((variance, df)),
            None => families.push((kind, vec![(variance, df)])),
        }
    }
    families.into_iter().map(|(kind, variances)| (kind, prior(&variances))).collect()
}
