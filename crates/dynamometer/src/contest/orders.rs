//! In which order a quad is played: drawn by seed, balanced over as many quads as the gate asks for at once.
//!
//! The draw is the only randomness that the gate's test stands on. Called by `referee`.

use std::collections::VecDeque;

use dyno_model::{Side, Stage};
use dyno_stats::paired::{QuadOrder, schedule};

/// Orders of quads, balanced over as many as the gate asks for at once.
pub struct Orders {
    seed: u64,
    drawn: u64,
    left: VecDeque<(Stage, QuadOrder)>,
}

impl Orders {
    /// Nothing drawn yet.
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: 0, left: VecDeque::new() }
    }

    /// The order of the next quad, of as many as the stage still wants.
    pub fn next(&mut self, stage: Stage, quads: u32) -> QuadOrder {
        self.left.retain(|(of, _)| *of == stage);
        if self.left.is_empty() {
            // Each stage, and each part that the gate adds to one, has a draw of its own.
            self.drawn += 1;
            let orders = schedule(self.seed.wrapping_add(self.drawn), quads.max(1) as usize);
            self.left.extend(orders.into_iter().map(|order| (stage, order)));
        }
        self.left.pop_front().map_or(QuadOrder::Abba, |(_, order)| order)
    }

    /// The quad with this order does not count: it is played again, so that the whole stays balanced.
    pub fn again(&mut self, stage: Stage, order: QuadOrder) {
        self.left.push_back((stage, order));
    }
}

/// Who plays when.
pub fn sides(order: QuadOrder) -> [Side; 4] {
    match order {
        QuadOrder::Abba => [Side::A, Side::B, Side::B, Side::A],
        QuadOrder::Baab => [Side::B, Side::A, Side::A, Side::B],
    }
}

#[cfg(test)]
mod tests;
