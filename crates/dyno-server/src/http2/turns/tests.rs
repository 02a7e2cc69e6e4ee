use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::{Rank, Turn, Turns};
use crate::request::Priority;

fn rank(field: &str) -> Rank {
    Rank::of((!field.is_empty()).then(|| Priority::parse(field.as_bytes())))
}

fn is_first(turn: &Turn) -> bool {
    pin!(turn.come()).poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(())
}

/// Lets each stream send so many pieces and returns the order in which they went.
#[track_caller]
fn check_order(streams: &[(u32, &str, usize)], expected: &[u32]) {
    let turns = Rc::new(Turns::default());
    let mut open: Vec<_> = streams
        .iter()
        .map(|&(id, field, pieces)| (Turns::enter(&turns, id, rank(field)), field, pieces))
        .collect();
    let mut order = Vec::new();
    while !open.is_empty() {
        let firsts: Vec<_> = (0..open.len()).filter(|&at| is_first(&open[at].0)).collect();
        let [at] = firsts[..] else { panic!("{} streams are first at once", firsts.len()) };
        let (turn, field, pieces) = &mut open[at];
        order.push(turn.stream_id);
        *pieces -= 1;
        turn.pass(rank(field));
        if *pieces == 0 {
            open.remove(at);
        }
    }
    assert_eq!(order, expected);
}

#[test]
fn the_urgent_go_first_and_equals_share_only_if_they_say_so() {
    check_order(&[(1, "u=5", 2), (3, "u=1", 2), (5, "u=3", 1)], &[3, 3, 5, 1, 1]);
    check_order(&[(3, "u=3", 2), (1, "u=3", 2)], &[1, 1, 3, 3]);
    check_order(&[(1, "u=3, i", 3), (3, "u=3, i", 2)], &[1, 3, 1, 3, 1]);
    check_order(&[(1, "u=3, i", 2), (3, "u=3", 2)], &[3, 3, 1, 1]);
    check_order(&[(1, "", 2), (3, "", 2), (5, "u=0", 1)], &[5, 1, 3, 1, 3]);
}

#[test]
fn a_new_stream_knows_whether_it_must_wait() {
    let turns = Rc::new(Turns::default());
    let urgent = Turns::enter(&turns, 1, rank("u=2"));
    assert!(turns.is_crowded_for(rank("u=3")));
    assert!(!turns.is_crowded_for(rank("u=2")));
    drop(urgent);
    assert!(!turns.is_crowded_for(rank("u=7")));
}
