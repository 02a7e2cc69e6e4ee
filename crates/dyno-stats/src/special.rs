//! Distribution functions that tests and intervals stand on: beta, Student's t, normal.
//!
//! The incomplete beta function is the only one that is computed; the others are ways to ask it. Its continued
//! fraction is that of Lentz (Press et al., "Numerical Recipes", 3rd edition, section 6.4), good to 1e-12 or better.

/// The logarithm of the gamma function for `x > 0`, by Lanczos' approximation with nine terms, to 1e-13.
#[must_use]
pub fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        // Reflection, so that the series is only asked where it is good.
        return (std::f64::consts::PI / (std::f64::consts::PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let t = x + 7.5;
    let sum = TERMS[1..].iter().zip(1..).fold(TERMS[0], |sum, (term, i)| sum + term / (x + f64::from(i)));
    0.5 * std::f64::consts::TAU.ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// The regularised incomplete beta function `I_x(a, b)`, for positive `a` and `b`; `x` outside 0 to 1 counts as its end.
///
/// It is the distribution function of Beta(a, b), and `I_p(k, n − k + 1)` is P(X ≥ k) for X binomial.
#[must_use]
pub fn beta_cdf(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    // The fraction converges fast on this side of the mean only.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, 1.0 - x) / b
    }
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    const STEPS_MOST: u32 = 20_000;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let (mut c, mut d) = (1.0, 1.0 / away(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for step in 1..STEPS_MOST {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut factor = 1.0;
        for term in [even, odd] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            factor = c * d;
            fraction *= factor;
        }
        if (factor - 1.0).abs() < 1e-14 {
            break;
        }
    }
    fraction
}

/// The `x` with `I_x(a, b) = p`.
#[must_use]
pub fn beta_quantile(a: f64, b: f64, p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return p.clamp(0.0, 1.0);
    }
    let ln_beta = ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
    let density = |x: f64| ((a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p() - ln_beta).exp();
    solve(0.0, 1.0, p, |x| beta_cdf(a, b, x), density)
}

/// P(T ≤ t) for Student's t with `df` degrees of freedom.
#[must_use]
pub fn t_cdf(t: f64, df: f64) -> f64 {
    let tail = 0.5 * beta_cdf(df / 2.0, 0.5, df / (df + t * t));
    if t > 0.0 { 1.0 - tail } else { tail }
}

/// The `t` with P(T ≤ t) = p for Student's t; infinite at 0 and 1.
#[must_use]
pub fn t_quantile(p: f64, df: f64) -> f64 {
    if p < 0.5 {
        return -t_quantile(1.0 - p, df);
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let mut high = 2.0;
    while t_cdf(high, df) < p {
        high *= 2.0;
    }
    let ln_scale = ln_gamma(df / 2.0 + 0.5) - ln_gamma(df / 2.0) - 0.5 * (df * std::f64::consts::PI).ln();
    let density = |t: f64| (ln_scale - (df + 1.0) / 2.0 * (t * t / df).ln_1p()).exp();
    solve(0.0, high, p, |t| t_cdf(t, df), density)
}

/// P(Z ≤ z) for the standard normal distribution, to 1e-12 (by the incomplete gamma function's continued fraction
/// beyond 3 and Marsaglia's series before; Marsaglia, "Evaluating the normal distribution", 2004).
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    if z.is_nan() {
        return f64::NAN;
    }
    let density = normal_density(z);
    if z.abs() > 3.0 {
        let fraction = (1..=60).rev().fold(z.abs(), |below, k| z.abs() + f64::from(k) / below);
        let tail = density / fraction;
        return if z > 0.0 { 1.0 - tail } else { tail };
    }
    let (mut term, mut sum, mut k) = (z, z, 1.0);
    while term.abs() > 1e-17 {
        k += 2.0;
        term *= z * z / k;
        sum += term;
    }
    0.5 + density * sum
}

fn normal_density(z: f64) -> f64 {
    (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt()
}

/// The `z` with P(Z ≤ z) = p for the standard normal distribution; infinite at 0 and 1.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return if p <= 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    solve(-40.0, 40.0, p, normal_cdf, normal_density)
}

/// Where a distribution function reaches `p`: Newton's steps, and halvings where they would leave what is enclosed.
fn solve(mut low: f64, mut high: f64, p: f64, cdf: impl Fn(f64) -> f64, density: impl Fn(f64) -> f64) -> f64 {
    let mut x = low + (high - low) / 2.0;
    for _ in 0..200 {
        let error = cdf(x) - p;
        if error < 0.0 {
            low = x;
        } else {
            high = x;
        }
        let step = x - error / density(x);
        let next = if step > low && step < high { step } else { low + (high - low) / 2.0 };
        if (next - x).abs() <= 1e-15 * x.abs() || next <= low || next >= high {
            return next;
        }
        x = next;
    }
    x
}

#[cfg(test)]
mod tests;
