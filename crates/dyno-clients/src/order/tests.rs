use std::collections::HashSet;

use proptest::prelude::*;

use super::order_of_block;

proptest! {
    #[test]
    fn everybody_plays_once_in_each_block_and_has_each_position_once_in_a_group(seed: u64, count in 1usize..12) {
        let group: Vec<Vec<usize>> = (0..count).map(|block| order_of_block(seed, count, block)).collect();
        for order in &group {
            prop_assert_eq!(order.iter().collect::<HashSet<_>>().len(), count);
        }
        for position in 0..count {
            let there: HashSet<usize> = group.iter().map(|order| order[position]).collect();
            prop_assert_eq!(there.len(), count, "position {}", position);
        }
    }

    #[test]
    fn nobody_keeps_the_same_neighbour(seed: u64, count in 2usize..12) {
        let blocks = if count % 2 == 0 { count } else { 2 * count };
        let pairs: Vec<(usize, usize)> = (0..blocks)
            .flat_map(|block| {
                let order = order_of_block(seed, count, block);
                order.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>()
            })
            .collect();
        let most = pairs.iter().map(|pair| pairs.iter().filter(|other| *other == pair).count()).max();
        prop_assert!(most <= Some(if count % 2 == 0 { 1 } else { 4 }), "{:?}", most);
    }
}

#[test]
fn seeds_differ_and_repeat() {
    let orders = |seed| (0..8).map(|block| order_of_block(seed, 4, block)).collect::<Vec<_>>();
    assert_eq!(orders(1), orders(1));
    assert_ne!(orders(1), orders(2));
}
