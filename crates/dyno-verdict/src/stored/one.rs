//! One result by itself: its values with their intervals, and how far each could have come out otherwise.

use dyno_model::{CellKey, ErrorCount, Estimate, Histogram, Measured};
use dyno_stats::paired::clopper_pearson;
use dyno_stats::quantile_interval;
use dyno_stats::special::normal_quantile;
use dyno_stats::unpaired::{Bootstrap, autocorrelation_time, effective_samples};

use crate::kind::MetricKind;

/// Of intervals that are shown.
pub(super) const CONFIDENCE: f64 = 0.95;
/// Half the width of a 95 % interval in standard errors.
const REACH: f64 = 1.959_964;
/// Seconds from which neighbours can be compared.
const INTERVALS_LEAST: usize = 10;
/// Pieces of time shorter than this share of the usual one lie at the border of a phase and are left out.
const LENGTH_LEAST: f64 = 0.9;
/// How widely response times spread when only their quantiles are known: a logarithm's standard deviation.
const SPREAD_WHEN_UNKNOWN: f64 = 1.0;

/// The squared standard error of a value on the scale of effects, with its degrees of freedom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ErrorOfOne {
    pub(super) square: f64,
    pub(super) df: f64,
}

/// One result, with what is computed of it once.
pub(super) struct One<'a> {
    pub(super) measured: &'a Measured,
    seconds: Vec<&'a Histogram>,
    /// How many neighbouring seconds say as much as one.
    resemblance: f64,
    bootstrap: Option<Bootstrap>,
}

impl<'a> One<'a> {
    pub(super) fn new(measured: &'a Measured, seed: u64) -> Self {
        let longest = measured.intervals.iter().map(|interval| interval.length_ns).max().unwrap_or(0) as f64;
        let is_whole = |length_ns: u64| length_ns as f64 >= LENGTH_LEAST * longest;
        let whole = measured.intervals.iter().filter(|interval| is_whole(interval.length_ns));
        let seconds: Vec<&Histogram> = whole.map(|interval| &interval.histogram).collect();
        let filled = seconds.iter().filter(|second| !second.is_empty());
        let medians: Vec<f64> = filled.map(|second| (second.quantile(0.5).max(1) as f64).ln()).collect();
        let resemblance = if medians.len() >= INTERVALS_LEAST { autocorrelation_time(&medians) } else { 1.0 };
        let owned: Vec<Histogram> = seconds.iter().map(|second| (*second).clone()).collect();
        Self { measured, seconds, resemblance, bootstrap: Bootstrap::new(&owned, seed) }
    }

    /// The distribution of response times of an operation, or of the whole.
    pub(super) fn histogram(&self, operation: Option<&str>) -> Option<&'a Histogram> {
        let found = match operation {
            None => self.measured.histogram.as_ref(),
            Some(name) => self.measured.operations.get(name).and_then(|one| one.histogram.as_ref()),
        };
        found.filter(|histogram| !histogram.is_empty())
    }

    pub(super) fn errors(&self, operation: Option<&str>) -> Option<ErrorCount> {
        let found = match operation {
            None => self.measured.errors,
            Some(name) => self.measured.operations.get(name).and_then(|one| one.errors),
        };
        found.filter(|count| count.attempts > 0)
    }

    /// The value of a cell with its 95 % interval, when that is known. Quantiles that were not asked for when it was
    /// measured are read from the distribution.
    pub(super) fn estimate(&self, key: &CellKey, kind: &MetricKind) -> Option<Estimate> {
        let operation = key.operation.as_deref();
        let distribution = self.histogram(operation).filter(|_| is_response_time(&key.metric));
        let mut estimate = match (self.measured.cells.get(key), kind.quantile, distribution) {
            (Some(found), _, _) => *found,
            (None, Some(q), Some(histogram)) => Estimate {
                value: histogram.quantile(q) as f64,
                low: None,
                high: None,
                samples: histogram.count(),
            },
            _ => return None,
        };
        if estimate.low.is_some() {
            return Some(estimate);
        }
        if let (Some(q), Some(histogram)) = (kind.quantile, distribution) {
            let interval = quantile_interval(histogram, q, CONFIDENCE);
            estimate.low = interval.map(|(low, _)| low as f64);
            estimate.high = interval.map(|(_, high)| high as f64);
        } else if let (true, Some(count)) = (kind.is_difference, self.errors(operation)) {
            let (low, high) = clopper_pearson(count.errors, count.attempts, CONFIDENCE);
            (estimate.low, estimate.high) = (Some(low), Some(high));
        }
        Some(estimate)
    }

    /// How far the value could have come out otherwise within this session. What differs between sessions is not in
    /// it. Not for shares of errors, which are counted together.
    pub(super) fn error(&self, key: &CellKey, kind: &MetricKind, estimate: &Estimate) -> ErrorOfOne {
        if let Some(values) = self.measured.replicates.get(key).filter(|values| values.len() > 1) {
            return of_replicates(values);
        }
        let whole = key.operation.is_none();
        if let Some(bootstrap) = self.bootstrap.as_ref().filter(|_| whole) {
            let found = match (key.metric.as_str(), kind.quantile) {
                ("rate", _) => Some(bootstrap.count_error()),
                ("mean", _) => Some(bootstrap.mean_error()),
                (metric, Some(q)) if is_response_time(metric) => {
                    bootstrap.quantile_errors(&[q]).first().copied()
                }
                _ => None,
            };
            if let Some(error) = found {
                return ErrorOfOne { square: error.powi(2), df: (bootstrap.blocks() - 1.0).max(1.0) };
            }
        }
        let square = self.by_counting(key, kind, estimate).max(0.0) * self.resemblance;
        let df = if self.seconds.len() >= INTERVALS_LEAST {
            (self.seconds.len() as f64 / self.resemblance - 1.0).max(1.0)
        } else {
            f64::INFINITY
        };
        ErrorOfOne { square, df }
    }

    /// The squared error of independent requests.
    fn by_counting(&self, key: &CellKey, kind: &MetricKind, estimate: &Estimate) -> f64 {
        if let (Some(low), Some(high)) = (estimate.low, estimate.high)
            && low > 0.0
        {
            return ((high / low).ln() / (2.0 * REACH)).powi(2);
        }
        let n = estimate.samples.max(1) as f64;
        match (key.metric.as_str(), kind.quantile) {
            ("rate", _) => self.error_of_rate().unwrap_or(1.0 / n),
            ("mean", _) => match self.histogram(key.operation.as_deref()) {
                Some(histogram) => (histogram.stdev() / histogram.mean().max(1.0)).powi(2) / n,
                None => SPREAD_WHEN_UNKNOWN.powi(2) / n,
            },
            // The asymptotic error of a quantile of log-normal times.
            (_, Some(q)) => {
                let z = normal_quantile(q);
                let density = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt();
                q * (1.0 - q) / n * (SPREAD_WHEN_UNKNOWN / density).powi(2)
            }
            _ => 0.0,
        }
    }

    fn error_of_rate(&self) -> Option<f64> {
        let counts: Vec<f64> = self.seconds.iter().map(|second| second.count() as f64).collect();
        if counts.len() < INTERVALS_LEAST {
            return None;
        }
        let mean = counts.iter().sum::<f64>() / counts.len() as f64;
        let variance =
            counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / (counts.len() - 1) as f64;
        // The resemblance of medians is applied by the caller; here that of the counts decides.
        let own = variance / mean.powi(2) / effective_samples(&counts);
        (mean > 0.0).then(|| own / self.resemblance)
    }

    /// Attempts and errors of each second, for how much errors come in bursts; the whole when there are no seconds.
    pub(super) fn error_groups(&self, operation: Option<&str>) -> Option<Vec<(u64, u64)>> {
        let whole = self.errors(operation)?;
        let seconds = self.measured.intervals.iter().map(|one| (one.errors.attempts, one.errors.errors));
        let seconds: Vec<(u64, u64)> = seconds.collect();
        let is_of_all = operation.is_none() && seconds.len() >= INTERVALS_LEAST;
        Some(if is_of_all { seconds } else { vec![(whole.attempts, whole.errors)] })
    }
}

/// Whether a metric is a statistic of the response time, which is what distributions hold.
pub(super) fn is_response_time(metric: &str) -> bool {
    metric.strip_prefix("response.").unwrap_or(metric).starts_with('p')
}

fn of_replicates(values: &[f64]) -> ErrorOfOne {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    ErrorOfOne { square: variance / mean.powi(2) / n, df: n - 1.0 }
}
