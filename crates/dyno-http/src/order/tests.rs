use super::*;

#[track_caller]
fn check(order: &RequestOrder, count: usize, expected: &[usize]) {
    let played: Vec<usize> = (0..expected.len() as u64).map(|n| order.scenario_of(n, count, || 9)).collect();
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
