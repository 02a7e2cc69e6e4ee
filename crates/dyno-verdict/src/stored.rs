//! Comparison of results that are there already: stored runs, and files of other tools.
//!
//! Weaker than builds that are played in turns, and says so: every row has a grade of evidence. First it is asked
//! whether the results can be compared at all, then each number is held against what is known of the noise: nothing
//! (E0), the noise of a calibrated machine (E1), stored sessions of the same plan (E2), or several sessions on each
//! side (E3). Not here: finding and reading results, the gate of played rounds (`gate`). Called by `dyno compare`.

mod cells;
mod decide;
mod evidence;
mod mismatch;
mod one;
mod picture;
mod record;
mod row;
mod scale;
mod text;

use dyno_model::{
    CellKey, Certificate, ComparisonRecord, Evidence, Measured, Noise, OnInconclusive, OverrideRecord,
};

use crate::cell::CellRule;
use crate::rules::Rule;

/// Errors beyond this share make times incomparable, unless a result's own objectives allow other ones.
pub const ERROR_SHARE_MOST: f64 = 0.01;

/// What a comparison is called and when it was made: what cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ComparisonHead {
    /// A ULID.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// When it was made, RFC 3339 in UTC.
    pub at: String,
    /// Version of `dyno`.
    pub version: String,
    /// A command that makes it again, secrets left out.
    pub reproduce: String,
}

/// What a comparison is held to, and what else is known.
pub struct ComparePolicy<'a> {
    /// Name, id and time.
    pub head: ComparisonHead,
    /// The chance that a comparison of equal builds fails, 0 to 1; without a noise model nothing can be promised.
    pub alpha: f64,
    /// Weaker evidence makes the gate inconclusive.
    pub min_evidence: Option<Evidence>,
    /// What is done when the evidence is not enough; kept in the record for the exit code.
    pub on_inconclusive: OnInconclusive,
    /// Show figures of arms that cannot be compared; they judge nothing.
    pub allow_incomparable: bool,
    /// What each cell is held to; `None` leaves the cell out.
    pub cell_rule: &'a dyn Fn(&CellKey) -> Option<CellRule>,
    /// How much a cell scatters on this machine, when it was calibrated.
    pub noise: &'a dyn Fn(&CellKey) -> Option<Noise>,
    /// The user's own rules; they are in `cell_rule` already, and name cells that have to be shown.
    pub rules: Vec<Rule>,
    /// A share of change that fails for every gated time and rate without a rule of its own.
    pub threshold: Option<f64>,
    /// Stored sessions like the baseline, up to and with it, oldest first: what a new session is held against.
    pub history: Vec<Measured>,
    /// Other sessions of each arm, by its index; an arm without is one session.
    pub sessions: Vec<Vec<Measured>>,
    /// What A/A gates of this machine showed.
    pub certificate: Option<Certificate>,
    /// Why the noise of the machine is no longer believed, in words: its certificate has expired, or settings have changed.
    pub stale_noise: Option<String>,
    /// What environment variables changed.
    pub overrides: Vec<OverrideRecord>,
    /// Of permutations and bootstraps.
    pub seed: u64,
}

/// Compares every candidate with the baseline.
#[must_use]
pub fn compare(baseline: &Measured, candidates: &[Measured], policy: &ComparePolicy<'_>) -> ComparisonRecord {
    let mismatches: Vec<_> = candidates
        .iter()
        .enumerate()
        .flat_map(|(index, candidate)| mismatch::mismatches(baseline, candidate, index + 1))
        .collect();
    let mut cells = Vec::new();
    for (index, candidate) in candidates.iter().enumerate() {
        cells.extend(cells::cells(baseline, candidate, index + 1, &mismatches, policy));
    }
    let decisions = decide::decisions(&cells, policy);
    let rows =
        cells.iter().zip(&decisions).map(|(cell, decision)| row::row(cell, decision, policy)).collect();
    record::record(baseline, candidates, policy, mismatches, rows)
}

#[cfg(test)]
mod tests;
