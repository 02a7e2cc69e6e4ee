//! The lower tail of the binomial distribution, exact for small counts and by Camp and Paulson for large ones.

/// Up to this many expected successes or failures the tail is summed term by term.
const SUMMED_MOST: f64 = 20_000.0;

/// The largest `rank` with P(X ≤ rank − 1) ≤ `tail` for X binomial with `count` trials of probability `p`; 0 when
/// there is none.
pub(super) fn largest_with_tail_below(count: u64, p: f64, tail: f64) -> u64 {
    let (expected, spread) = (count as f64 * p, (count as f64 * p * (1.0 - p)).sqrt());
    // Twelve standard deviations leave out less than any tail that is asked for.
    let first = (expected - 12.0 * spread - 40.0).max(0.0) as u64;
    if spread * 12.0 > SUMMED_MOST {
        return by_approximation(count, p, tail, first);
    }
    let mut below = 0.0;
    for successes in first..=count {
        below += density(count, p, successes);
        if below > tail {
            return successes;
        }
    }
    count + 1
}

/// Bisection on the approximated distribution function.
fn by_approximation(count: u64, p: f64, tail: f64, first: u64) -> u64 {
    let (mut low, mut high) = (first, count);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if middle == 0 || camp_paulson(count, p, middle - 1) <= tail {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

/// P(X ≤ successes) after Camp (1951), good to 1e-5 and better for large spreads.
fn camp_paulson(count: u64, p: f64, successes: u64) -> f64 {
    let (n, k) = (count as f64, successes as f64);
    let a = 1.0 / (9.0 * (n - k).max(1.0));
    let b = 1.0 / (9.0 * (k + 1.0));
    let r = ((k + 1.0) * (1.0 - p) / (p * (n - k).max(1.0))).cbrt();
    let (c, mean, deviation) = ((1.0 - b) * r, 1.0 - a, (b * r * r + a).sqrt());
    normal((c - mean) / deviation)
}

/// P(X = successes), through logarithms of factorials.
fn density(count: u64, p: f64, successes: u64) -> f64 {
    let (n, k) = (count as f64, successes as f64);
    let choose = ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
    (choose + k * p.ln() + (n - k) * (-p).ln_1p()).exp()
}

/// The logarithm of `n!`: exact products for small numbers, Stirling's series for the others.
fn ln_factorial(n: f64) -> f64 {
    if n < 16.0 {
        return (2..=n as u64).map(|factor| (factor as f64).ln()).sum();
    }
    let inverse = 1.0 / n;
    let series = inverse / 12.0 - inverse.powi(3) / 360.0 + inverse.powi(5) / 1260.0;
    (n + 0.5) * n.ln() - n + 0.5 * std::f64::consts::TAU.ln() + series
}

/// The standard normal distribution function, to 1e-7 (Abramowitz and Stegun 26.2.17).
fn normal(z: f64) -> f64 {
    if z < 0.0 {
        return 1.0 - normal(-z);
    }
    const COEFFICIENTS: [f64; 5] =
        [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let polynomial = COEFFICIENTS.iter().rev().fold(0.0, |sum, coefficient| (sum + coefficient) * t);
    1.0 - (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt() * polynomial
}
