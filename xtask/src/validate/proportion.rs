//! Bounds of a proportion that was counted (Clopper and Pearson, Biometrika 1934): exact, and never too narrow.

/// A search by halving is this often repeated: its result is known to a millionth of a millionth.
const HALVINGS: u32 = 40;

/// The upper bound that the true share stays below with this confidence, when `hits` of `count` were seen.
pub fn upper(hits: u64, count: u64, confidence: f64) -> f64 {
    if hits >= count {
        return 1.0;
    }
    // The share at which so few hits are as unlikely as the confidence allows.
    search(|share| at_most(hits, count, share) > 1.0 - confidence)
}

/// The lower bound, in the same way.
pub fn lower(hits: u64, count: u64, confidence: f64) -> f64 {
    if hits == 0 {
        return 0.0;
    }
    search(|share| 1.0 - at_most(hits - 1, count, share) < 1.0 - confidence)
}

/// The two-sided 95 % interval.
pub fn interval(hits: u64, count: u64) -> (f64, f64) {
    (lower(hits, count, 0.975), upper(hits, count, 0.975))
}

/// The largest share for which `holds`, which is true below some share and false above.
fn search(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if holds(middle) { low = middle } else { high = middle }
    }
    high
}

/// The probability of at most `hits` of `count` when each hits with probability `share`, `0 < share < 1`.
fn at_most(hits: u64, count: u64, share: f64) -> f64 {
    // Sums of logarithms, because the single terms may be too small for a number.
    let (log_hit, log_miss) = (share.ln(), (-share).ln_1p());
    let mut log_choose = 0.0;
    let mut sum = 0.0;
    for k in 0..=hits.min(count) {
        if k > 0 {
            log_choose += ((count - k + 1) as f64).ln() - (k as f64).ln();
        }
        sum += (log_choose + k as f64 * log_hit + (count - k) as f64 * log_miss).exp();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests;
