//! How both sides answered, for pictures: their distributions, where these differ, and their course over the rounds.

use dyno_engine::contest::side_index;
use dyno_model::{Distribution, Histogram, RoundRecord, SeriesPoint, ShiftPoint, Side};
use dyno_stats::distribution::{SHIFT_QUANTILES, harrell_davis};
use dyno_stats::paired::{log_ratio, median_interval};

/// The bands of all quantiles together hold with this confidence.
const CONFIDENCE: f64 = 0.95;

/// What both sides answered in the rounds that count, quad by quad.
pub fn distributions(rounds: &[&RoundRecord]) -> Vec<Distribution> {
    let [a, b] = [Side::A, Side::B].map(|side| merged(rounds, side));
    let shift = shift(rounds, &a, &b);
    let of = |side, histogram: Histogram, shift| Distribution {
        arm: side_index(side),
        histogram: Some(histogram.pack()),
        shift,
        series: series(rounds, side),
    };
    vec![of(Side::A, a, Vec::new()), of(Side::B, b, shift)]
}

fn merged(rounds: &[&RoundRecord], side: Side) -> Histogram {
    let mut whole = Histogram::new();
    rounds.iter().filter(|round| round.side == side).for_each(|round| whole.merge(&round.histogram));
    whole
}

fn series(rounds: &[&RoundRecord], side: Side) -> Vec<SeriesPoint> {
    let point = |round: &&&RoundRecord| SeriesPoint {
        at_ns: round.at_ns + round.length_ns,
        rate: round.attempts.saturating_sub(round.errors) as f64 * 1e9 / round.length_ns.max(1) as f64,
        p50_ns: round.histogram.interpolated(0.5),
        p99_ns: round.histogram.interpolated(0.99),
    };
    rounds.iter().filter(|round| round.side == side).map(|round| point(&round)).collect()
}

/// Where the sides differ. The band is that of quads, not of requests: it holds whatever a machine does to neighbours
/// in time, and there is none before enough quads were played.
fn shift(rounds: &[&RoundRecord], a: &Histogram, b: &Histogram) -> Vec<ShiftPoint> {
    let each = 1.0 - (1.0 - CONFIDENCE) / SHIFT_QUANTILES.len() as f64;
    let point = |q: f64| {
        let (a_ns, b_ns) = (harrell_davis(a, q)?, harrell_davis(b, q)?);
        let changes: Vec<f64> = rounds.chunks(4).filter_map(|quad| change(quad, q)).collect();
        let band = median_interval(&changes, each);
        let (low, high) = (band.map(|(low, _)| low.exp_m1()), band.map(|(_, high)| high.exp_m1()));
        Some(ShiftPoint { q, a_ns, b_ns, low, high })
    };
    SHIFT_QUANTILES.into_iter().filter_map(point).collect()
}

/// The logarithm of how much a quantile differs within a quad.
fn change(quad: &[&RoundRecord], q: f64) -> Option<f64> {
    let of = |side| {
        let mut values = quad.iter().filter(|round| round.side == side);
        Some([values.next()?.histogram.interpolated(q), values.next()?.histogram.interpolated(q)])
    };
    log_ratio(of(Side::A)?, of(Side::B)?)
}

#[cfg(test)]
mod tests;
