//! That the kernels do the work they are named for, and always the same.

use std::collections::HashSet;

use super::{LINES, arithmetic, cycle, measure, walk};

#[test]
fn the_walk_visits_every_line_once_before_it_returns() {
    let cycle = cycle();
    let mut seen = HashSet::new();
    let mut at = 0;
    while seen.insert(at) {
        at = cycle[at as usize];
    }
    assert_eq!((seen.len(), at), (LINES, 0));
    assert_eq!(walk(cycle, LINES as u64), 0);
    assert_ne!(walk(cycle, LINES as u64 / 2), 0);
}

#[test]
fn the_same_steps_give_the_same_number() {
    assert_eq!(arithmetic(0), 1);
    assert_eq!(
        arithmetic(2),
        6_364_136_223_846_793_005_u64.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1)
    );
}

#[test]
fn both_kernels_take_time() {
    let anchor = measure();
    assert!(anchor.arithmetic_ns > 0 && anchor.memory_ns > 0, "{anchor:?}");
}
