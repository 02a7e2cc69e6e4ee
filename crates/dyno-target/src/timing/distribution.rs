//! Distributions of delays, by mean and standard deviation, as load-testing tools name them.

use std::time::Duration;

use crate::query::Query;
use crate::random::{standard_normal, uniform};

/// A distribution of durations, cut to a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Distribution {
    shape: Shape,
    min_s: f64,
    max_s: f64,
}

/// All parameters in seconds, except the shape of the Pareto distribution and those of the logarithm.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    Fixed { value: f64 },
    Uniform { low: f64, high: f64 },
    Normal { mean: f64, deviation: f64 },
    LogNormal { log_mean: f64, log_deviation: f64 },
    Exponential { mean: f64 },
    Pareto { scale: f64, shape: f64 },
}

impl Distribution {
    pub(crate) fn fixed(value: Duration) -> Self {
        let value = value.as_secs_f64();
        Self { shape: Shape::Fixed { value }, min_s: 0.0, max_s: value }
    }

    pub(crate) fn exponential(mean: Duration, max: Duration) -> Self {
        Self { shape: Shape::Exponential { mean: mean.as_secs_f64() }, min_s: 0.0, max_s: max.as_secs_f64() }
    }

    /// Reads `dist`, `mean`, `sd`, `min` and `max`; nothing may exceed `limit`.
    pub(crate) fn from_query(query: Query<'_>, limit: Duration) -> Result<Self, String> {
        let min = query.duration("min")?.unwrap_or_default().as_secs_f64();
        let max = query.duration("max")?.unwrap_or(limit).min(limit).as_secs_f64();
        if min > max {
            return Err("`min` is above `max`".to_owned());
        }
        let mean = query.duration("mean")?.unwrap_or(Duration::from_millis(10)).as_secs_f64();
        let deviation = match query.duration("sd")? {
            Some(deviation) => deviation.as_secs_f64(),
            None => mean / 4.0,
        };
        let name = query.get("dist").unwrap_or("fixed".into());
        if mean <= 0.0 || (deviation <= 0.0 && matches!(&*name, "lognormal" | "pareto")) {
            return Err("`mean` and `sd` must be above zero".to_owned());
        }
        let has_range = query.get("min").is_some() && query.get("max").is_some();
        let shape = match &*name {
            "fixed" => Shape::Fixed { value: mean },
            "uniform" if has_range => Shape::Uniform { low: min, high: max },
            "uniform" => {
                let half = deviation * 3_f64.sqrt();
                Shape::Uniform { low: mean - half, high: mean + half }
            }
            "normal" => Shape::Normal { mean, deviation },
            "lognormal" => {
                let log_variance = (1.0 + (deviation / mean).powi(2)).ln();
                Shape::LogNormal {
                    log_mean: mean.ln() - log_variance / 2.0,
                    log_deviation: log_variance.sqrt(),
                }
            }
            "exponential" => Shape::Exponential { mean },
            "pareto" => {
                let shape = 1.0 + (1.0 + (mean / deviation).powi(2)).sqrt();
                Shape::Pareto { scale: mean * (shape - 1.0) / shape, shape }
            }
            other => {
                return Err(format!(
                    "`dist={other}` is none of fixed, uniform, normal, lognormal, exponential, pareto"
                ));
            }
        };
        Ok(Self { shape, min_s: min, max_s: max })
    }

    /// The `n`-th draw of `seed`, in nanoseconds.
    pub(crate) fn draw_ns(&self, seed: u64, n: u64) -> u64 {
        let seconds = match self.shape {
            Shape::Fixed { value } => value,
            Shape::Uniform { low, high } => low + (high - low) * uniform(seed, n),
            Shape::Normal { mean, deviation } => mean + deviation * standard_normal(seed, n),
            Shape::LogNormal { log_mean, log_deviation } => {
                (log_mean + log_deviation * standard_normal(seed, n)).exp()
            }
            Shape::Exponential { mean } => -mean * uniform(seed, n).ln(),
            Shape::Pareto { scale, shape } => scale / uniform(seed, n).powf(1.0 / shape),
        };
        (seconds.clamp(self.min_s, self.max_s) * 1e9).round() as u64
    }
}
