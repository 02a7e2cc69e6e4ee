//! How unlike two distributions are, and whether one has two humps.

use dyno_model::Histogram;

/// Bins per factor of e, for finding humps: each is about 13 % wide.
const BINS_PER_E: f64 = 8.0;
/// A hump holds at least this share of the samples.
const HUMP_LEAST: f64 = 0.05;
/// Between two humps the density falls below this share of the lower one.
const VALLEY_MOST: f64 = 0.5;
/// With fewer samples humps are chance.
const SAMPLES_LEAST: u64 = 500;

/// The distance of Kolmogorov and Smirnov: the largest difference of the shares at or below a value, 0 to 1.
///
/// A description, not a test: requests are not independent. `None` when one is empty.
#[must_use]
pub fn ks_distance(a: &Histogram, b: &Histogram) -> Option<f64> {
    let (in_a, in_b) = (a.buckets(), b.buckets());
    let (n_a, n_b) = (a.count() as f64, b.count() as f64);
    if n_a == 0.0 || n_b == 0.0 {
        return None;
    }
    let (mut at_a, mut at_b, mut seen_a, mut seen_b, mut most) = (0, 0, 0.0, 0.0, 0.0_f64);
    while at_a < in_a.len() || at_b < in_b.len() {
        let value_at =
            |buckets: &[(u64, u64)], at: usize| buckets.get(at).map_or(u64::MAX, |(value, _)| *value);
        let value = value_at(&in_a, at_a).min(value_at(&in_b, at_b));
        while at_a < in_a.len() && in_a[at_a].0 <= value {
            seen_a += in_a[at_a].1 as f64;
            at_a += 1;
        }
        while at_b < in_b.len() && in_b[at_b].0 <= value {
            seen_b += in_b[at_b].1 as f64;
            at_b += 1;
        }
        most = most.max((seen_a / n_a - seen_b / n_b).abs());
    }
    Some(most)
}

/// The humps of a distribution on a logarithmic scale: their peaks, ascending, in the unit of the values.
///
/// Two humps are two ways through the target, such as a cache hit and a miss. A hump holds 5 % of the samples and is
/// parted from the next by a valley of half its height. Empty with fewer than 500 samples.
#[must_use]
pub fn modes(histogram: &Histogram) -> Vec<f64> {
    if histogram.count() < SAMPLES_LEAST {
        return Vec::new();
    }
    let (first, density) = density(histogram);
    let mut humps: Vec<Hump> = Vec::new();
    let mut current = Hump::at(0, density[0]);
    let mut valley = density[0];
    for (bin, height) in density.iter().copied().enumerate() {
        valley = valley.min(height);
        let lower = current.height.min(height);
        if valley < VALLEY_MOST * lower && height > valley {
            // Beyond the valley: what was before is one hump, if it is large enough to count.
            humps.push(current);
            (current, valley) = (Hump::at(bin, height), height);
            continue;
        }
        current.mass += height;
        if height > current.height {
            (current.peak, current.height, valley) = (bin, height, height);
        }
    }
    humps.push(current);
    let total: f64 = density.iter().sum();
    let large = humps.iter().filter(|hump| hump.mass >= HUMP_LEAST * total);
    large.map(|hump| ((first + hump.peak as f64 + 0.5) / BINS_PER_E).exp()).collect()
}

struct Hump {
    peak: usize,
    height: f64,
    mass: f64,
}

impl Hump {
    fn at(bin: usize, height: f64) -> Self {
        Self { peak: bin, height, mass: height }
    }
}

/// Counts per bin of the logarithm, smoothed over three bins, with the number of the first bin.
fn density(histogram: &Histogram) -> (f64, Vec<f64>) {
    let bin = |value: u64| ((value.max(1) as f64).ln() * BINS_PER_E).floor();
    let first = bin(histogram.min()) - 1.0;
    let bins = (bin(histogram.max()) - first) as usize + 3;
    let mut counts = vec![0.0; bins];
    for (value, count) in histogram.buckets() {
        counts[(bin(value) - first) as usize] += count as f64;
    }
    let smooth = |at: usize| {
        let around = &counts[at.saturating_sub(1)..(at + 2).min(bins)];
        around.iter().sum::<f64>() / around.len() as f64
    };
    (first, (0..bins).map(smooth).collect())
}
