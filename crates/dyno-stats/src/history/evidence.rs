//! Evidence that may be looked at at any time.

use crate::special::normal_cdf;

/// An e-process against "these values are symmetric around zero, or lie below": whenever it reaches `1 / alpha`, that
/// is refused at level `alpha`, however often one has looked (Ville's inequality).
///
/// For values that are symmetric under the null, in order, `E = 2 √(r / (V + r)) exp(S² / (2 (V + r))) Φ(S / √(V + r))`
/// with S their sum and V the sum of their squares: the mixture of `exp(λ S − λ² V / 2)` over a half-normal λ, each of
/// which is a supermartingale (de la Peña, Annals of Probability 1999; Howard et al., 2021). For a running view and for
/// soaks, where looking early must not cheat; a fixed number of quads needs fewer of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EProcess {
    sum: f64,
    squares: f64,
    scale: f64,
}

impl EProcess {
    /// `scale` is the V at which it is most sensitive: about the number of values at which one hopes to decide, times
    /// their variance. Positive.
    #[must_use]
    pub fn new(scale: f64) -> Self {
        Self { sum: 0.0, squares: 0.0, scale }
    }

    /// Takes the next value, less what is tolerated. What is no number is left out.
    pub fn add(&mut self, value: f64) {
        if value.is_finite() {
            self.sum += value;
            self.squares += value * value;
        }
    }

    /// The evidence so far; 1 before anything has come.
    #[must_use]
    pub fn value(&self) -> f64 {
        let width = self.squares + self.scale;
        2.0 * (self.scale / width).sqrt()
            * (self.sum.powi(2) / (2.0 * width)).exp()
            * normal_cdf(self.sum / width.sqrt())
    }

    /// The level at which the null can be refused now, whenever now is: 1 over the evidence, at most 1.
    #[must_use]
    pub fn p(&self) -> f64 {
        (1.0 / self.value()).min(1.0)
    }
}
