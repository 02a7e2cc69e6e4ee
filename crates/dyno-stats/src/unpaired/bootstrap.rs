//! How far a figure of one run could have come out otherwise, by drawing its seconds anew in blocks.
//!
//! The stationary bootstrap (Politis and Romano, Journal of the American Statistical Association 1994): blocks of
//! random length keep together what belongs together. It sees one session only; what differs between sessions has to
//! be known from elsewhere.

use dyno_model::Histogram;

use super::block::block_length;
use super::moments;
use crate::random::SplitMix64;

/// Seconds that a run needs so that drawing them anew tells something.
pub const INTERVALS_LEAST: usize = 60;
/// More pieces than this tell nothing more; neighbours are merged.
const PIECES_MOST: usize = 240;
/// Times that the run is drawn anew.
const REPLICATES: usize = 1_000;

/// A run cut in pieces of equal length, ready to be drawn anew.
#[derive(Debug, Clone)]
pub struct Bootstrap {
    /// Per piece: position in `values` and count.
    pieces: Vec<Vec<(usize, u64)>>,
    /// The values of all buckets, ascending, in nanoseconds.
    values: Vec<u64>,
    /// How often each piece is drawn, one row per replicate.
    draws: Vec<Vec<u32>>,
    block: f64,
}

impl Bootstrap {
    /// Takes the histograms of equal pieces of time, in order; some may be empty. `None` with fewer than 60, or when
    /// more than half of them are empty.
    #[must_use]
    pub fn new(histograms: &[Histogram], seed: u64) -> Option<Self> {
        let empty = histograms.iter().filter(|piece| piece.is_empty()).count();
        if histograms.len() < INTERVALS_LEAST || 2 * empty > histograms.len() {
            return None;
        }
        let merged = merge_neighbours(histograms);
        let filled = merged.iter().filter(|piece| !piece.is_empty());
        let medians: Vec<f64> = filled.map(|piece| (piece.quantile(0.5).max(1) as f64).ln()).collect();
        let block = block_length(&medians);
        let mut values: Vec<u64> =
            merged.iter().flat_map(Histogram::buckets).map(|(value, _)| value).collect();
        values.sort_unstable();
        values.dedup();
        let place = |value: u64| values.binary_search(&value).unwrap_or_default();
        let sparse =
            |piece: &Histogram| piece.buckets().into_iter().map(|(value, n)| (place(value), n)).collect();
        let pieces: Vec<Vec<(usize, u64)>> = merged.iter().map(sparse).collect();
        let mut random = SplitMix64::new(seed);
        let draws = (0..REPLICATES).map(|_| draw(pieces.len(), block, &mut random)).collect();
        Some(Self { pieces, values, draws, block })
    }

    /// How many blocks the run holds: what its error stands on.
    #[must_use]
    pub fn blocks(&self) -> f64 {
        self.pieces.len() as f64 / self.block
    }

    /// Standard errors of the logarithms of these quantiles (0 to 1) of the whole run.
    #[must_use]
    pub fn quantile_errors(&self, quantiles: &[f64]) -> Vec<f64> {
        let mut logs: Vec<Vec<f64>> = vec![Vec::with_capacity(REPLICATES); quantiles.len()];
        let mut counts = vec![0_u64; self.values.len()];
        for weights in &self.draws {
            counts.fill(0);
            for (piece, weight) in self.pieces.iter().zip(weights).filter(|(_, weight)| **weight > 0) {
                piece.iter().for_each(|(place, count)| counts[*place] += count * u64::from(*weight));
            }
            for (found, q) in logs.iter_mut().zip(quantiles) {
                found.push((self.quantile(&counts, *q).max(1) as f64).ln());
            }
        }
        logs.iter().map(|found| spread(found)).collect()
    }

    /// Standard error of the logarithm of the mean response time.
    #[must_use]
    pub fn mean_error(&self) -> f64 {
        let sums: Vec<(f64, f64)> = self.pieces.iter().map(|piece| self.sum_and_count(piece)).collect();
        self.error_of(|weights| {
            let (sum, count) = weighted(&sums, weights);
            sum / count
        })
    }

    /// Standard error of the logarithm of the number of successes.
    #[must_use]
    pub fn count_error(&self) -> f64 {
        let counts: Vec<(f64, f64)> = self.pieces.iter().map(|piece| self.sum_and_count(piece)).collect();
        self.error_of(|weights| weighted(&counts, weights).1)
    }

    fn error_of(&self, figure: impl Fn(&[u32]) -> f64) -> f64 {
        let logs: Vec<f64> = self.draws.iter().map(|weights| figure(weights).ln()).collect();
        spread(&logs)
    }

    fn sum_and_count(&self, piece: &[(usize, u64)]) -> (f64, f64) {
        let sum = piece.iter().map(|(place, count)| self.values[*place] as f64 * *count as f64).sum();
        (sum, piece.iter().map(|(_, count)| *count as f64).sum())
    }

    fn quantile(&self, counts: &[u64], q: f64) -> u64 {
        let total: u64 = counts.iter().sum();
        let rank = ((total as f64 * q).ceil() as u64).max(1);
        let mut seen = 0;
        let found = counts.iter().position(|count| {
            seen += count;
            seen >= rank
        });
        found.map_or(0, |place| self.values[place])
    }
}

fn spread(logs: &[f64]) -> f64 {
    moments(logs).map_or(0.0, |(_, variance)| variance.sqrt())
}

fn weighted(pieces: &[(f64, f64)], weights: &[u32]) -> (f64, f64) {
    pieces.iter().zip(weights).fold((0.0, 0.0), |(sum, count), (piece, weight)| {
        (sum + piece.0 * f64::from(*weight), count + piece.1 * f64::from(*weight))
    })
}

/// At most 240 pieces, each of as many neighbours. A rest that would be shorter is left out.
fn merge_neighbours(histograms: &[Histogram]) -> Vec<Histogram> {
    let each = histograms.len().div_ceil(PIECES_MOST);
    histograms
        .chunks_exact(each)
        .map(|neighbours| {
            let mut merged = Histogram::new();
            neighbours.iter().for_each(|one| merged.merge(one));
            merged
        })
        .collect()
}

/// How often each of `n` pieces is drawn: blocks start anywhere, go on past the end at the start, and end with a
/// chance of one in `block` after each piece.
fn draw(n: usize, block: f64, random: &mut SplitMix64) -> Vec<u32> {
    let mut weights = vec![0_u32; n];
    let mut at = 0;
    for drawn in 0..n {
        let begins = drawn == 0 || random.unit() < 1.0 / block;
        at = if begins { random.below(n as u64) as usize } else { (at + 1) % n };
        weights[at] += 1;
    }
    weights
}
