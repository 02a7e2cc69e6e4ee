//! Objectives: a metric, a comparison and a limit, such as `browse.p95 < 10ms`.

use serde::{Deserialize, Serialize};

/// One objective of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// As the user wrote it; the name of the check in every report.
    pub text: String,
    /// The operation it looks at, or `None` for the whole run.
    pub operation: Option<String>,
    /// What is compared.
    pub metric: Metric,
    /// How.
    pub comparator: Comparator,
    /// With what.
    pub limit: Limit,
    /// Whether the run is aborted as soon as it is violated for good.
    pub abort: bool,
}

/// A number that a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// A statistic of the response time, in nanoseconds; the default of a bare `p99`.
    ResponseTime(Statistic),
    /// A statistic of the service time, in nanoseconds.
    ServiceTime(Statistic),
    /// A statistic of the lateness, in nanoseconds.
    Lateness(Statistic),
    /// A statistic of the time to the first byte, in nanoseconds.
    FirstByte(Statistic),
    /// A statistic of the connection time, in nanoseconds.
    Connect(Statistic),
    /// Rejected and failed operations as a share of all, 0 to 1; a count when the limit is a count.
    Errors,
    /// Successes per second.
    Rate,
    /// All operations, as a count.
    Requests,
}

/// A statistic of a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// Smallest value.
    Min,
    /// Arithmetic mean.
    Mean,
    /// Largest value.
    Max,
    /// The quantile of this share, 0 to 1; `p99.9` is 0.999.
    Quantile(f64),
}

/// How a metric is compared with its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparator {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
}

impl Comparator {
    /// Whether `value` satisfies `value <comparator> limit`.
    #[must_use]
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
            Self::Above => value > limit,
            Self::AtLeast => value >= limit,
            Self::Equal => value == limit,
        }
    }

    /// The sign people write.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Equal => "==",
        }
    }
}

/// The right-hand side of an objective.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// A time in nanoseconds.
    TimeNs(f64),
    /// A share from 0 to 1, written in percent.
    Share(f64),
    /// A rate per second.
    RatePerS(f64),
    /// A share of the asked rate, 0 to 1, written `99% of asked`.
    ShareOfAsked(f64),
    /// A plain count.
    Count(f64),
}
