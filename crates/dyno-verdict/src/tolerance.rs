//! How much of a change for the worse is tolerated: a share of the reference, an absolute amount, or both.

/// How the relative and the absolute part make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// The larger one.
    #[default]
    #[serde(rename = "max")]
    Larger,
    /// The smaller one.
    #[serde(rename = "min")]
    Smaller,
    /// Both together.
    Sum,
}

/// A tolerance: what may change for the worse before it matters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// As a share of the reference, 0.05 for 5 %.
    pub relative: f64,
    /// In the unit of the metric.
    pub absolute: f64,
    /// How they make one.
    pub combine: Combine,
}

impl Tolerance {
    /// A share of the reference alone.
    #[must_use]
    pub fn relative(share: f64) -> Self {
        Self { relative: share, absolute: 0.0, combine: Combine::Larger }
    }

    /// An amount in the unit of the metric alone.
    #[must_use]
    pub fn absolute(amount: f64) -> Self {
        Self { relative: 0.0, absolute: amount, combine: Combine::Larger }
    }

    /// What is tolerated against this reference, in the unit of the metric. Never negative.
    #[must_use]
    pub fn slack(&self, reference: f64) -> f64 {
        let relative = self.relative * reference.abs();
        let slack = match self.combine {
            Combine::Larger => relative.max(self.absolute),
            Combine::Smaller => relative.min(self.absolute),
            Combine::Sum => relative + self.absolute,
        };
        slack.max(0.0)
    }

    /// The same as a share of the reference; `None` when the reference is zero or not a number.
    #[must_use]
    pub fn share(&self, reference: f64) -> Option<f64> {
        let share = self.slack(reference) / reference.abs();
        share.is_finite().then_some(share)
    }
}

#[cfg(test)]
mod tests;
