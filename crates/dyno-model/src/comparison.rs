//! The comparison record `dyno-comparison/1`: two or more runs or builds, row by row, and what the gate says.
//!
//! Made by `dyno-verdict` from stored runs or from played rounds; every report of a comparison is made from it
//! alone. Fields are added, never changed. Changes are relative (0.05 is 5 %) and positive when the candidate's
//! *value* is larger; whether that is better says [`Direction`].

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ContestRecord, Environment, Histogram, Reason, Validity};

/// The schema of comparisons written by this version.
pub const COMPARISON_SCHEMA: &str = "dyno-comparison/1";

/// A comparison, from its arms to its gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComparisonRecord {
    /// Always [`COMPARISON_SCHEMA`].
    pub schema: String,
    /// A ULID.
    pub id: String,
    /// What was compared in words, usually the plan's name.
    pub name: String,
    /// When it was made, RFC 3339 in UTC.
    pub at: String,
    /// Version of `dyno` that compared.
    pub version: String,
    /// Where the numbers come from.
    pub kind: ComparisonKind,
    /// What was compared; the first is the baseline.
    pub arms: Vec<Arm>,
    /// What the gate says.
    pub gate: GateRecord,
    /// One entry per candidate, operation and metric.
    pub rows: Vec<ComparisonRow>,
    /// Why arms cannot, or can only with care, be compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mismatches: Vec<Mismatch>,
    /// Response times of each operation, for pictures; the whole run is `all`.
    #[serde(default)]
    pub distributions: BTreeMap<String, Vec<Distribution>>,
    /// What was changed by the environment variables of overrides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<OverrideRecord>,
    /// The rounds, when the builds were played here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contest: Option<ContestRecord>,
    /// The machine that compared; for stored runs that of the baseline.
    pub environment: Environment,
    /// Whether it was the builds that were measured.
    pub validity: Validity,
    /// A command that makes the same comparison again, secrets left out.
    #[serde(default)]
    pub reproduce: String,
}

/// Where the numbers of a comparison come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonKind {
    /// Stored results.
    Stored,
    /// Builds that were started and loaded here, in turns.
    Played,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Arm {
    /// `A`, `B`, `C` and so on.
    pub letter: String,
    /// What people call it: a run's name, a command, a file.
    pub label: String,
    /// The id of the stored run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// Which tool measured, such as `dyno 0.1.0` or `wrk`.
    pub tool: String,
    /// When its measurement started, RFC 3339 in UTC; empty when unknown.
    #[serde(default)]
    pub started_at: String,
    /// A hash of the program, or its commit, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
}

/// How good the evidence of a row is. Greater is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Evidence {
    /// The arms cannot be compared.
    X,
    /// One run against one run and no knowledge of the noise.
    E0,
    /// One run against one run, with the noise between sessions known from a profile.
    E1,
    /// One run against many stored ones.
    E2,
    /// Interleaved rounds, or several sessions on each side.
    E3,
    /// Interleaved rounds on a machine with a valid noise certificate.
    E4,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Lower is better, as for times and errors.
    Lower,
    /// Higher is better, as for throughput.
    Higher,
}

/// The unit of a metric's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Nanoseconds.
    Ns,
    /// Operations per second.
    PerS,
    /// A share, 0 to 1.
    Share,
    /// Bytes.
    Bytes,
    /// A plain number.
    Count,
}

/// A value with what is known of its error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// In the unit of the row.
    pub value: f64,
    /// Lower end of its 95 % interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end of its 95 % interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// How many samples or rounds it stands on.
    pub samples: u64,
}

/// Candidate minus baseline as a share of the baseline; for shares such as errors the plain difference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The best guess.
    pub point: f64,
    /// Lower end of its 95 % interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end of its 95 % interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Whether it is a plain difference (errors) and not a share of the baseline.
    #[serde(default)]
    pub is_difference: bool,
}

/// What is said of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowVerdict {
    /// A change for the worse that matters is refuted.
    Pass,
    /// It got worse by more than the tolerance, and not by chance.
    Regressed,
    /// It got worse, not by chance, by less than the tolerance. Never fails.
    RegressedSmall,
    /// It got better, not by chance.
    Improved,
    /// The evidence is not enough to say.
    Inconclusive,
    /// The arms cannot be compared here.
    Incomparable,
    /// Shown only, never judged.
    Info,
}

/// One operation's metric in the baseline and in one candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComparisonRow {
    /// Index into the arms of the candidate.
    pub candidate: usize,
    /// The operation; `None` is the whole run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// As in thresholds: `p99`, `service.p50`, `rate`, `errors`, `cpu_per_request`, `rss`.
    pub metric: String,
    /// Of the values.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// The baseline's value; `None` when it has none.
    pub a: Option<Estimate>,
    /// The candidate's value.
    pub b: Option<Estimate>,
    /// From baseline to candidate.
    pub change: Option<Change>,
    /// The change for the worse that matters, as in [`Change`] but without a sign; `None` where nothing is judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
    /// How good the evidence is.
    pub evidence: Evidence,
    /// What is said.
    pub verdict: RowVerdict,
    /// Whether the row can fail the gate.
    pub is_gated: bool,
    /// One-sided probability of such evidence without a regression, before any correction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// The same, corrected for the number of rows that were tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_adjusted: Option<f64>,
    /// The 95 % interval of the test of played rounds, as in [`Change`]: the changes that it does not refute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_interval: Option<(f64, f64)>,
    /// The change in each build of the revisions, as the point of [`Change`], in the order of builds; empty with one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub builds: Vec<f64>,
    /// Quads, sessions or blocks that the test stands on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicates: Option<u64>,
    /// The smallest change for the worse that would have been found in nine of ten cases, as in [`Change`] but
    /// without a sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detectable: Option<f64>,
    /// The user's own rule that was applied, as written, such as `p99:+10%`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// How often that rule, as a plain threshold on one run or round a side, fires here when nothing changed, 0 to 1;
    /// only with a known noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_false_alarms: Option<f64>,
    /// Why the verdict is what it is, in words.
    pub detail: String,
}

/// What the whole comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateState {
    /// No gated row regressed, and the evidence is enough.
    Pass,
    /// A gated row regressed, or a rule of the user is violated.
    Fail,
    /// The evidence is not enough.
    Inconclusive,
    /// The arms cannot be compared.
    Incomparable,
}

/// What is done when the evidence is not enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnInconclusive {
    /// It passes.
    Pass,
    /// It passes with a warning.
    #[default]
    Warn,
    /// It ends with the exit code of an inconclusive result.
    Fail,
}

/// The gate: its rules and what came of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GateRecord {
    /// What it says.
    pub state: GateState,
    /// Why, in words, one per row or doubt that decided.
    #[serde(default)]
    pub reasons: Vec<Reason>,
    /// The bound of false alarms of the whole gate, 0 to 1; `None` without a noise model.
    pub alpha: Option<f64>,
    /// The weakest evidence of a gated row.
    pub evidence: Evidence,
    /// The evidence that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_evidence: Option<Evidence>,
    /// What is done when the evidence is not enough.
    pub on_inconclusive: OnInconclusive,
    /// The user's rules, as written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Rows that could fail the gate.
    pub cells: u64,
    /// Of these, rows that were measured again because the screen found them suspicious.
    pub confirmed_cells: u64,
    /// False alarms that this machine's A/A gates showed, when it has a certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<crate::Certificate>,
}

/// How much a mismatch matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MismatchEffect {
    /// The arms cannot be compared.
    Incomparable,
    /// The evidence is one grade less.
    Weaker,
    /// Worth knowing.
    Note,
}

/// A way in which a candidate is not like the baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Mismatch {
    /// Index into the arms of the candidate.
    pub candidate: usize,
    /// A stable word: `machine`, `setting`, `plan`, `load_model`, `protocol`, `tool`, `operations`, `errors`, `validity`.
    pub code: String,
    /// What differs, such as `cpu_model`.
    pub what: String,
    /// The baseline's.
    pub a: String,
    /// The candidate's.
    pub b: String,
    /// How much it matters.
    pub effect: MismatchEffect,
    /// What to do.
    #[serde(default)]
    pub advice: String,
}

/// The response times of one arm's operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Distribution {
    /// Index into the arms.
    pub arm: usize,
    /// Response times of successes, in nanoseconds; `None` when only quantiles are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub histogram: Option<Histogram>,
    /// Where it differs from the baseline; empty for the baseline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shift: Vec<ShiftPoint>,
    /// Its course: value per second or round.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<SeriesPoint>,
}

/// The difference of a quantile between candidate and baseline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShiftPoint {
    /// The quantile, 0 to 1.
    pub q: f64,
    /// The baseline's, in nanoseconds.
    pub a_ns: f64,
    /// The candidate's, in nanoseconds.
    pub b_ns: f64,
    /// Lower end of the band around the relative difference, when rounds give one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end of the band.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

/// One second or round of an arm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeriesPoint {
    /// Its end since the start of the arm's measurement, in nanoseconds.
    pub at_ns: u64,
    /// Successes per second.
    pub rate: f64,
    /// Median of the response time, in nanoseconds.
    pub p50_ns: f64,
    /// 99th percentile, in nanoseconds.
    pub p99_ns: f64,
}

/// A value of a profile that an environment variable changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OverrideRecord {
    /// The variable and the number of the entry, such as `DYNO_PERF_OVERRIDE#2`.
    pub source: String,
    /// The entry as written.
    pub text: String,
    /// Which values it matched, such as `checkout p99 tolerance`.
    pub target: String,
    /// Before, in words.
    pub from: String,
    /// After, in words.
    pub to: String,
    /// Whether the gate became more lenient.
    pub loosens: bool,
}
