//! Who plays when: in every block everybody once, in an order that is random and balanced.
//!
//! A fixed order inside a block keeps a bias of position, and a cyclic one lets everybody follow the same neighbour.
//! Rows of a Williams square do neither (E. J. Williams, "Experimental designs balanced for the estimation of residual
//! effects of treatments", 1949): in a group of `count` blocks everybody has every position once, and with an even
//! `count` follows everybody else once; with an odd one that takes two groups.

use dyno_datagen::Random;

/// Keeps this use of the seed apart from others.
const STREAM: u64 = 0x636c_6965_6e74;

/// The order of `block` (from zero) among `count` clients, as their indices.
#[must_use]
pub fn order_of_block(seed: u64, count: usize, block: usize) -> Vec<usize> {
    if count == 0 {
        return Vec::new();
    }
    let group = block / count;
    let names = shuffled(seed, 2 * group as u64, count);
    let rows = shuffled(seed, 2 * group as u64 + 1, count);
    let row = rows[block % count];
    let mut order: Vec<usize> =
        first_row(count).into_iter().map(|step| names[(step + row) % count]).collect();
    if count % 2 == 1 && group % 2 == 1 {
        order.reverse();
    }
    order
}

/// 0, 1, n−1, 2, n−2, …: neighbours differ by every amount once.
fn first_row(count: usize) -> Vec<usize> {
    (0..count)
        .map(|place| if place % 2 == 1 { place.div_ceil(2) } else { (count - place / 2) % count })
        .collect()
}

/// A random permutation by Fisher and Yates.
fn shuffled(seed: u64, part: u64, count: usize) -> Vec<usize> {
    let mut random = Random::for_arrival(seed, STREAM, part);
    let mut items: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        let other = random.below(last as u64 + 1) as usize;
        items.swap(last, other);
    }
    items
}

#[cfg(test)]
mod tests;
