//! The few numbers made of several measurements: a middle and two ends.
//!
//! No model and no statistics beyond that. Called by the comparisons for their tables.

/// The middle and the ends of some values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The middle value, or the mean of the two.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// The spread of `values`; `None` when there are none.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (&min, &max) = (values.first()?, values.last()?);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 {
            values[middle]
        } else {
            f64::midpoint(values[middle - 1], values[middle])
        };
        Some(Self { median, min, max })
    }

    /// The middle with both ends, as in `1.20 (1.10–1.35)`; a dash when nothing was measured.
    pub fn with_ends(spread: Option<Self>, decimals: usize) -> String {
        spread.map_or_else(
            || "–".to_owned(),
            |it| format!("{:.decimals$} ({:.decimals$}–{:.decimals$})", it.median, it.min, it.max),
        )
    }

    /// The middle alone; a dash when nothing was measured.
    pub fn middle(spread: Option<Self>, decimals: usize) -> String {
        spread.map_or_else(|| "–".to_owned(), |it| format!("{:.decimals$}", it.median))
    }
}

/// A count as a number to divide with. Counts here are far below the 2^53 where this would round.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub fn count(value: u64) -> f64 {
    value as f64
}
