//! What kind of number a metric is: its unit, which way is better, and how much of a change matters by default.
//!
//! Comparisons, profiles and the gate read this one table, so that `p99` means the same everywhere.

use dyno_model::{Direction, Unit};

use crate::tolerance::Tolerance;

/// A metric that can be compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricKind {
    /// Of its values.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// The change for the worse that matters, unless a profile or the user says otherwise.
    pub tolerance: Tolerance,
    /// Whether it can fail a gate by default; the others are shown.
    pub is_gated: bool,
    /// Whether changes are plain differences (shares) and not shares of the baseline.
    pub is_difference: bool,
    /// The bias that a harness may have on identical code when no certificate tells, as a log ratio.
    pub default_bias: f64,
    /// How much two sessions differ when nothing changed and no profile tells, as a standard deviation of the logarithm.
    pub default_sigma_session: f64,
    /// The quantile, for metrics that are one: 0.99 for `p99`.
    pub quantile: Option<f64>,
}

/// Tail samples that a quantile needs in each round before it can be gated.
pub const TAIL_SAMPLES_LEAST: u64 = 20;

/// Attempts in a round before its error rate can be gated.
pub const ATTEMPTS_LEAST: u64 = 1_000;

const MICROSECOND: f64 = 1e3;

impl MetricKind {
    /// The kind of a metric by its name, `None` when it is not known.
    ///
    /// Names are those of thresholds (`p99`, `mean`, `service.p50`, `rate`, `errors`), and of comparisons alone:
    /// `cpu_per_request` (nanoseconds of the target's CPU), `rss` (its peak memory), `bytes_per_request`.
    #[must_use]
    pub fn of(metric: &str) -> Option<Self> {
        match metric {
            "rate" => Some(Self::new(Unit::PerS, Direction::Higher, 0.05, 1.0, 0.03)),
            "errors" => Some(Self {
                tolerance: Tolerance::absolute(0.001),
                is_difference: true,
                ..Self::new(Unit::Share, Direction::Lower, 0.0, 0.001, 0.0)
            }),
            "cpu_per_request" => Some(Self::new(Unit::Ns, Direction::Lower, 0.05, 0.5 * MICROSECOND, 0.03)),
            "rss" => Some(Self::new(Unit::Bytes, Direction::Lower, 0.05, 4.0 * 1024.0 * 1024.0, 0.03)),
            "bytes_per_request" => Some(Self::new(Unit::Bytes, Direction::Lower, 0.001, 0.0, 0.0)),
            "requests" => {
                Some(Self { is_gated: false, ..Self::new(Unit::Count, Direction::Higher, 0.05, 0.0, 0.03) })
            }
            _ => Self::of_time(metric),
        }
    }

    fn of_time(metric: &str) -> Option<Self> {
        let (time, statistic) =
            metric.split_once('.').filter(|(time, _)| !time.starts_with('p')).unwrap_or(("", metric));
        if !["", "response", "service", "first_byte", "connect", "lateness"].contains(&time) {
            return None;
        }
        let quantile = quantile(statistic);
        let (relative, absolute_us, sigma) = match (statistic, quantile) {
            ("mean", _) => (0.05, 20.0, 0.04),
            ("min" | "max", _) => (0.15, 200.0, 0.15),
            (_, Some(q)) if q <= 0.9 => (0.05, 50.0, 0.04),
            (_, Some(q)) if q <= 0.95 => (0.07, 50.0, 0.06),
            (_, Some(q)) if q <= 0.99 => (0.10, 50.0, 0.10),
            (_, Some(_)) => (0.15, 200.0, 0.15),
            _ => return None,
        };
        let is_gated = (time.is_empty() || time == "response") && quantile.is_none_or(|q| q <= 0.99);
        Some(Self {
            is_gated: is_gated && !matches!(statistic, "min" | "max"),
            quantile,
            ..Self::new(Unit::Ns, Direction::Lower, relative, absolute_us * MICROSECOND, sigma)
        })
    }

    fn new(unit: Unit, direction: Direction, relative: f64, absolute: f64, sigma: f64) -> Self {
        Self {
            unit,
            direction,
            tolerance: Tolerance { relative, absolute, combine: crate::tolerance::Combine::Larger },
            is_gated: true,
            is_difference: false,
            default_bias: 0.005,
            default_sigma_session: sigma,
            quantile: None,
        }
    }

    /// Samples that one round needs so that this metric can be gated in it.
    #[must_use]
    pub fn samples_least(&self) -> u64 {
        match (self.unit, self.quantile) {
            (Unit::Share, _) => ATTEMPTS_LEAST,
            // 20 / (1 − 0.9) is 200 and a little more in floating point.
            (_, Some(q)) => (TAIL_SAMPLES_LEAST as f64 / (1.0 - q) - 1e-6).ceil() as u64,
            _ => TAIL_SAMPLES_LEAST,
        }
    }
}

/// The share of `p99.9`, which is 0.999.
fn quantile(word: &str) -> Option<f64> {
    let percent: f64 = word.strip_prefix('p')?.parse().ok()?;
    (percent > 0.0 && percent < 100.0).then(|| (percent * 1e6).round() / 1e8)
}

#[cfg(test)]
mod tests;
