//! Which scenario an arrival plays: by weight, as plans say, or in an order that somebody else decides.
//!
//! Pure in the number of the arrival. Set by callers of `HttpDriver` that play what a protocol of theirs orders.

use std::sync::Arc;

/// Which scenario of a plan an arrival plays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum RequestOrder {
    /// By weight and seed.
    #[default]
    Weighted,
    /// One after the other, in the order of the plan, and again from the first.
    InTurn,
    /// The one at the arrival's place in this list; past its end, in turn. An index beyond the last scenario counts from
    /// the first again.
    Listed(Arc<[u32]>),
}

impl RequestOrder {
    /// The scenario of arrival `n` among `count`, at least one; `weighted` is asked only where weights decide.
    #[inline]
    pub(crate) fn scenario_of(&self, n: u64, count: usize, weighted: impl FnOnce() -> usize) -> usize {
        match self {
            _ if count == 1 => 0,
            Self::Weighted => weighted(),
            Self::InTurn => in_turn(n, count),
            Self::Listed(list) => {
                let listed = usize::try_from(n).ok().and_then(|place| list.get(place));
                listed.map_or_else(|| in_turn(n, count), |index| *index as usize % count)
            }
        }
    }
}

fn in_turn(n: u64, count: usize) -> usize {
    (n % count as u64) as usize
}

#[cfg(test)]
mod tests;
