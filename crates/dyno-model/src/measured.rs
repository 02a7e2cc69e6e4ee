//! What a comparison needs of one result, whichever tool made it.
//!
//! Made from a [`RunRecord`](crate::RunRecord) or [`ClientsRecord`](crate::ClientsRecord) here and from the files of other tools by `dyno-import`; compared by
//! `dyno-verdict`. Never stored: the comparison record keeps what is shown. Intervals of quantiles are computed by
//! whoever compares.

mod from_clients;
mod from_run;

pub use from_clients::CLIENTS_TOOL;

use std::collections::BTreeMap;

use crate::{CellKey, Environment, Estimate, Histogram, Validity};

/// One result: its numbers, and what has to be alike for them to be compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// What people call it: a run's name, a file.
    pub label: String,
    /// The id of the stored run.
    pub run_id: Option<String>,
    /// Which tool measured, such as `dyno` or `wrk`.
    pub tool: String,
    /// The tool's version, when it says.
    pub tool_version: Option<String>,
    /// When its measurement started, RFC 3339 in UTC; empty when unknown.
    pub started_at: String,
    /// A hash of the program that was measured, or its commit, when known.
    pub build: Option<String>,
    /// The name of the plan; results of one name are sessions of one thing.
    pub plan_name: String,
    /// What was asked, by name; two results with different parts were asked different things.
    pub plan: BTreeMap<String, PlanPart>,
    /// The same as one text, to be told from others; `None` when the tool does not say enough.
    pub scenario: Option<String>,
    /// The machine; `None` when the tool does not say.
    pub environment: Option<Environment>,
    /// Whether it was the target that was measured.
    pub validity: Validity,
    /// Attempts and failures, when the tool tells them apart.
    pub errors: Option<ErrorCount>,
    /// The largest share of errors that the result's own objectives allow, 0 to 1.
    pub errors_limit: Option<f64>,
    /// Every number that is known.
    pub cells: BTreeMap<CellKey, Estimate>,
    /// Response times of successes, when the distribution is known.
    pub histogram: Option<Histogram>,
    /// Its operations; empty when the tool knows the whole only.
    pub operations: BTreeMap<String, MeasuredOperation>,
    /// The measured time in pieces, in order; empty when the tool does not tell.
    pub intervals: Vec<MeasuredInterval>,
    /// Repetitions of a cell that the tool kept one by one, such as the runs of a command.
    pub replicates: BTreeMap<CellKey, Vec<f64>>,
}

/// How many were tried, and how many of them were rejected or failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorCount {
    /// Everything that was tried.
    pub attempts: u64,
    /// Rejections and failures.
    pub errors: u64,
}

impl ErrorCount {
    /// Errors as a share of attempts, 0 to 1; `None` without attempts.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        (self.attempts > 0).then(|| self.errors as f64 / self.attempts as f64)
    }
}

/// One operation of a result.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MeasuredOperation {
    /// Attempts and failures, when the tool tells them apart.
    pub errors: Option<ErrorCount>,
    /// Response times of successes, when the distribution is known.
    pub histogram: Option<Histogram>,
}

/// A piece of the measured time.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredInterval {
    /// Its end since the start of the measurement, in nanoseconds.
    pub at_ns: u64,
    /// How long it lasted, in nanoseconds.
    pub length_ns: u64,
    /// What ended in it, and how.
    pub errors: ErrorCount,
    /// Response times of successes.
    pub histogram: Histogram,
}

/// One thing that was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanPart {
    /// What it belongs to.
    pub group: PlanGroup,
    /// The value in words.
    pub value: String,
}

/// What a part of a plan belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlanGroup {
    /// What is sent and in which mix.
    Plan,
    /// When and how many at once.
    LoadModel,
    /// How it is carried.
    Protocol,
    /// What changes the figures a little: comparable, with less certainty.
    Setting,
    /// Worth knowing, no more.
    Note,
}

impl PlanGroup {
    /// The stable word of mismatches.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::LoadModel => "load_model",
            Self::Protocol => "protocol",
            Self::Setting | Self::Note => "setting",
        }
    }
}

impl Measured {
    /// A result of which nothing is known but who made it: what importers fill in.
    #[must_use]
    pub fn of_tool(tool: &str, label: &str) -> Self {
        Self {
            label: label.to_owned(),
            run_id: None,
            tool: tool.to_owned(),
            tool_version: None,
            started_at: String::new(),
            build: None,
            plan_name: String::new(),
            plan: BTreeMap::new(),
            scenario: None,
            environment: None,
            validity: Validity { state: crate::ValidityState::Valid, reasons: Vec::new() },
            errors: None,
            errors_limit: None,
            cells: BTreeMap::new(),
            histogram: None,
            operations: BTreeMap::new(),
            intervals: Vec::new(),
            replicates: BTreeMap::new(),
        }
    }

    /// Notes a part of what was asked.
    pub fn ask(&mut self, group: PlanGroup, what: &str, value: impl Into<String>) {
        self.plan.insert(what.to_owned(), PlanPart { group, value: value.into() });
    }

    /// Notes a number that stands on this many samples. A number that is not finite is left out: it is not known.
    pub fn cell(&mut self, key: CellKey, value: f64, samples: u64) {
        if value.is_finite() {
            self.cells.insert(key, Estimate { value, low: None, high: None, samples });
        }
    }

    /// The parts of the plan that both know and that differ: name, this one's, the other's.
    #[must_use]
    pub fn plan_differences<'a>(&'a self, other: &'a Self) -> Vec<(&'a str, &'a PlanPart, &'a PlanPart)> {
        let both = self
            .plan
            .iter()
            .filter_map(|(name, mine)| other.plan.get(name).map(|theirs| (name, mine, theirs)));
        both.filter(|(_, mine, theirs)| mine.value != theirs.value)
            .map(|(name, mine, theirs)| (name.as_str(), mine, theirs))
            .collect()
    }

    /// Whether both are sessions of one thing: the same tool, plan and machine, asked the same.
    #[must_use]
    pub fn is_session_like(&self, other: &Self) -> bool {
        let fingerprint = |one: &Self| one.environment.as_ref().map(|found| found.fingerprint.clone());
        let differs_in_what_counts =
            self.plan_differences(other).iter().any(|(_, part, _)| part.group < PlanGroup::Setting);
        self.tool == other.tool
            && self.plan_name == other.plan_name
            && fingerprint(self).is_some()
            && fingerprint(self) == fingerprint(other)
            && !differs_in_what_counts
    }
}

#[cfg(test)]
mod tests;
