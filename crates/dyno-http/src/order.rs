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
mod tests {
    use super::*;

    #[track_caller]
    fn check(order: &RequestOrder, count: usize, expected: &[usize]) {
        let played: Vec<usize> =
            (0..expected.len() as u64).map(|n| order.scenario_of(n, count, || 9)).collect();
        assert_eq!(played, expected);
    }

    #[test]
    fn scenarios_come_in_the_order_that_was_set() {
        check(&RequestOrder::Weighted, 3, &[9, 9]);
        check(&RequestOrder::InTurn, 3, &[0, 1, 2, 0, 1]);
        check(&RequestOrder::Listed([2, 2, 0].into()), 3, &[2, 2, 0, 0, 1]);
        check(&RequestOrder::Listed([7].into()), 3, &[1]);
    }

    #[test]
    fn a_single_scenario_needs_no_order() {
        for order in [RequestOrder::Weighted, RequestOrder::InTurn, RequestOrder::Listed([5].into())] {
            check(&order, 1, &[0, 0]);
        }
    }
}
