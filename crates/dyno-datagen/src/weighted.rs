//! A choice among a few weighted alternatives, such as the scenarios of a plan.

/// Alternatives with weights; an index is picked in proportion to its weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeightedChoice {
    /// Running sums of the weights; ascending.
    sums: Vec<u64>,
}

impl WeightedChoice {
    /// One alternative per weight. A weight of 0 is never picked, unless all are 0: then it is index 0.
    #[must_use]
    pub fn new(weights: &[u32]) -> Self {
        let running = |sum: &mut u64, weight: &u32| {
            *sum += u64::from(*weight);
            Some(*sum)
        };
        Self { sums: weights.iter().scan(0, running).collect() }
    }

    /// The index that 64 uniform bits choose; 0 when there is no alternative.
    #[inline]
    #[must_use]
    pub fn pick(&self, hash: u64) -> usize {
        let total = self.sums.last().copied().unwrap_or(0);
        if total == 0 {
            return 0;
        }
        let point = ((u128::from(hash) * u128::from(total)) >> 64) as u64;
        self.sums.partition_point(|sum| *sum <= point)
    }
}
