use dyno_model::{Side, Stage};
use dyno_stats::paired::QuadOrder;

use super::{Orders, sides};

fn orders(seed: u64) -> Orders {
    Orders::new(seed)
}

#[test]
fn orders_are_balanced_and_follow_the_seed() {
    for seed in 0..50 {
        let draw = |seed| {
            let mut orders = orders(seed);
            (0..8u32).map(|done| orders.next(Stage::Screen, 8 - done)).collect::<Vec<_>>()
        };
        let drawn = draw(seed);
        assert_eq!(drawn.iter().filter(|order| **order == QuadOrder::Abba).count(), 4, "{drawn:?}");
        assert_eq!(drawn, draw(seed));
    }
}

#[test]
fn a_discarded_quad_is_played_again_in_its_order() {
    for seed in 0..20 {
        let mut orders = orders(seed);
        let mut counted = Vec::new();
        for attempt in 0..10 {
            let order = orders.next(Stage::Screen, 8 - counted.len() as u32);
            if attempt % 4 == 1 { orders.again(Stage::Screen, order) } else { counted.push(order) }
        }
        let abba = counted.iter().filter(|order| **order == QuadOrder::Abba).count();
        assert_eq!((counted.len(), abba), (7, abba));
        counted.push(orders.next(Stage::Screen, 1));
        assert_eq!(counted.iter().filter(|order| **order == QuadOrder::Abba).count(), 4, "{counted:?}");
    }
}

#[test]
fn the_confirmation_has_a_draw_of_its_own() {
    let mut orders = orders(3);
    orders.next(Stage::Screen, 8);
    let confirm: Vec<QuadOrder> = (0..12u32).map(|done| orders.next(Stage::Confirm, 12 - done)).collect();
    assert_eq!(confirm.iter().filter(|order| **order == QuadOrder::Abba).count(), 6, "{confirm:?}");
}

#[test]
fn each_side_plays_twice_in_a_quad() {
    for order in [QuadOrder::Abba, QuadOrder::Baab] {
        let sides = sides(order);
        assert_eq!(sides.iter().filter(|side| **side == Side::A).count(), 2);
        assert_eq!((sides[0], sides[1]), (sides[3], sides[2]), "what comes first also comes last");
    }
}
