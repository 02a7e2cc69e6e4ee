//! Intervals gathered into as many points as a chart can show.
//!
//! Histograms are merged before their quantiles are read, so a point's p99 is the p99 of its whole time.
//! Called by the time series.

use dyno_model::{Histogram, IntervalRecord};

/// Most points of a series.
pub(super) const POINTS_MAX: usize = 600;
/// An interval shorter than this is the rest at the border of a phase: alone, its rates would be noise.
const SHORT_NS: u64 = 250_000_000;

/// Some neighbouring intervals.
#[derive(Debug, Clone, Default)]
pub(super) struct Bucket {
    /// The middle of its time, in seconds since the start of the run.
    pub(super) at_s: f64,
    pub(super) asked_per_s: Option<f64>,
    pub(super) ended_per_s: f64,
    pub(super) rejected_per_s: f64,
    pub(super) failed_per_s: f64,
    /// Response times in nanoseconds; `None` without successes.
    pub(super) p50_ns: Option<f64>,
    pub(super) p99_ns: Option<f64>,
    pub(super) max_ns: Option<f64>,
    /// The largest p99 of its intervals: only quantiles of lateness are kept per interval.
    pub(super) lateness_p99_ns: f64,
    pub(super) in_flight: f64,
    pub(super) generator_cores: Option<f64>,
    pub(super) target_cores: Option<f64>,
}

/// At most [`POINTS_MAX`] points over all intervals.
pub(super) fn gather(intervals: &[IntervalRecord]) -> Vec<Bucket> {
    let per_bucket = intervals.len().div_ceil(POINTS_MAX).max(1);
    let mut groups: Vec<Vec<&IntervalRecord>> = Vec::new();
    for interval in intervals.iter().filter(|interval| interval.length_ns > 0) {
        let fits = |group: &Vec<&IntervalRecord>| {
            let same_phase = group[0].measured == interval.measured;
            same_phase && (group.len() < per_bucket || interval.length_ns < SHORT_NS)
        };
        match groups.last_mut() {
            Some(group) if fits(group) => group.push(interval),
            _ => groups.push(vec![interval]),
        }
    }
    groups.iter().map(|group| bucket(group)).collect()
}

fn bucket(group: &[&IntervalRecord]) -> Bucket {
    // Summed as floats: a foreign record may hold counts whose sum does not fit into 64 bits.
    let length_s = group.iter().map(|interval| interval.length_ns as f64).sum::<f64>() / 1e9;
    let rate = |count: fn(&IntervalRecord) -> u64| {
        group.iter().map(|interval| count(interval) as f64).sum::<f64>() / length_s
    };
    let end_ns = group.last().map_or(0, |interval| interval.at_ns);
    let start_ns = group.first().map_or(0, |interval| interval.at_ns.saturating_sub(interval.length_ns));
    let mut histogram = Histogram::new();
    for interval in group {
        histogram.merge(&interval.histogram);
    }
    let quantile = |q: f64| (!histogram.is_empty()).then(|| histogram.quantile(q) as f64);
    let asked: Option<f64> = group.iter().map(|interval| interval.asked.map(|count| count as f64)).sum();
    Bucket {
        at_s: (start_ns as f64 + end_ns as f64) / 2e9,
        asked_per_s: asked.map(|count| count / length_s),
        ended_per_s: rate(|interval| interval.requests),
        rejected_per_s: rate(|interval| interval.rejected),
        failed_per_s: rate(|interval| interval.failed),
        p50_ns: quantile(0.5),
        p99_ns: quantile(0.99),
        max_ns: quantile(1.0),
        lateness_p99_ns: group.iter().map(|i| i.lateness_p99_ns).max().unwrap_or(0) as f64,
        in_flight: group.iter().map(|i| i.in_flight).max().unwrap_or(0) as f64,
        generator_cores: mean(group.iter().filter_map(|i| i.generator.map(|used| used.cpu_cores))),
        target_cores: mean(group.iter().filter_map(|i| i.target.map(|used| used.cpu_cores))),
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}
