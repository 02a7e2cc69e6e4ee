//! Many tests at once: what a single probability is worth among them.

/// Adjusted probabilities after Holm (1979): with "≤ α" as the rule, the chance that any true null is refused is at
/// most α, however the tests depend on each other. In the order of the input.
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let count = p.len();
    let mut adjusted = vec![1.0; count];
    let mut least = 0.0f64;
    for (rank, index) in ascending(p).into_iter().enumerate() {
        least = least.max((p[index] * (count - rank) as f64).min(1.0));
        adjusted[index] = least;
    }
    adjusted
}

/// Adjusted probabilities after Benjamini and Hochberg (1995): with "≤ α" as the rule, at most a share α of what is
/// found is expected to be false. For independent or positively dependent tests. In the order of the input.
#[must_use]
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let count = p.len();
    let mut adjusted = vec![1.0; count];
    let mut most = 1.0f64;
    for (rank, index) in ascending(p).into_iter().enumerate().rev() {
        most = most.min(p[index] * (count as f64 / (rank + 1) as f64));
        adjusted[index] = most;
    }
    adjusted
}

fn ascending(p: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    order
}
