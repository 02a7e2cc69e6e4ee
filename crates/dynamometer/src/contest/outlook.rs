//! What a contest can find: from the scatter of its first quads, or of calibration, before it is decided.

use dyno_model::{CellKey, Direction, RoundRecord, Side};
use dyno_stats::paired::{detectable, difference, log_ratio};
use dyno_verdict::MetricKind;

/// How often a change of the named size is found.
const POWER: f64 = 0.9;
/// Quads whose scatter says something.
pub const QUADS_LEAST: usize = 4;
/// Cells that are named; the others are in the report.
const CELLS_NAMED: [&str; 4] = ["rate", "p50", "p99", "errors"];

/// The smallest change for the worse of each named cell that so many quads find in nine of ten cases, in words.
///
/// `sigma_of` gives the standard deviation of a quad: of logarithms, for errors of shares. `None` when none is known.
pub fn words(
    cells: &[CellKey],
    quads: u32,
    alpha: f64,
    sigma_of: impl Fn(&CellKey) -> Option<f64>,
) -> Option<String> {
    let named = |metric: &&str| {
        let key = cells.iter().find(|key| key.operation.is_none() && key.metric == **metric)?;
        let size = detectable(sigma_of(key)?, quads as usize, alpha, POWER);
        size.is_finite().then(|| format!("{metric} {}", change(key, size)))
    };
    let found: Vec<String> = CELLS_NAMED.iter().filter_map(named).collect();
    (!found.is_empty())
        .then(|| format!("{quads} quads find in nine of ten cases a change of: {}", found.join(", ")))
}

/// The scatter of a cell over the quads that count, as a standard deviation; `None` with too few of them.
pub fn sigma(rounds: &[RoundRecord], key: &CellKey) -> Option<f64> {
    let name = key.to_string();
    let is_difference = MetricKind::of(&key.metric)?.is_difference;
    let changes: Vec<f64> = rounds
        .chunks(4)
        .filter(|quad| quad.iter().all(|round| round.discarded.is_none()))
        .filter_map(|quad| {
            let of = |side| {
                let mut values = quad.iter().filter(|round| round.side == side);
                Some([*values.next()?.values.get(&name)?, *values.next()?.values.get(&name)?])
            };
            let (a, b) = (of(Side::A)?, of(Side::B)?);
            if is_difference { difference(a, b) } else { log_ratio(a, b) }
        })
        .collect();
    if changes.len() < QUADS_LEAST {
        return None;
    }
    let mean = changes.iter().sum::<f64>() / changes.len() as f64;
    let squares: f64 = changes.iter().map(|change| (change - mean).powi(2)).sum();
    Some((squares / (changes.len() - 1) as f64).sqrt())
}

fn change(key: &CellKey, size: f64) -> String {
    match MetricKind::of(&key.metric) {
        Some(kind) if kind.is_difference => format!("+{:.2} pp", size * 100.0),
        // What is better when higher cannot fall by more than all of it.
        Some(kind) if kind.direction == Direction::Higher => {
            format!("-{:.1} %", -(-size).exp_m1() * 100.0)
        }
        _ => format!("+{:.1} %", size.exp_m1() * 100.0),
    }
}

#[cfg(test)]
mod tests;
