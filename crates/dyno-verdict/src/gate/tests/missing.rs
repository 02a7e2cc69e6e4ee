//! Rounds that lack a value: what can still be said, what cannot, and in which words.

use super::*;

use RowVerdict::{Inconclusive, Pass, Regressed};

/// Plays a whole gate over one metric with this factor; `spoil` gets each quad with its number among all.
fn played(metric: &str, factor: f64, spoil: impl Fn(usize, &mut Quad)) -> Judged {
    let mut player = Player::new(4, 0.01, &[(metric, factor)]);
    let mut gate = gate_of(GatePolicy::default(), &[metric]);
    for number in 0.. {
        let stage = match gate.next() {
            Next::Screen { .. } => Stage::Screen,
            Next::Confirm { .. } => Stage::Confirm,
            Next::Done => break,
        };
        let mut quad = player.quad(stage);
        spoil(number, &mut quad);
        gate.add(quad);
    }
    gate.judge()
}

/// Takes the values out of one round of the arms that are named, in the quads of which this is true.
fn without(arms: &str, is_spoilt: impl Fn(usize) -> bool) -> impl Fn(usize, &mut Quad) {
    let (a, b) = (arms.contains('A'), arms.contains('B'));
    move |number, quad| {
        if a && is_spoilt(number) {
            quad.a[1].clear();
        }
        if b && is_spoilt(number) {
            quad.b[0].clear();
        }
    }
}

fn check(judged: &Judged, verdict: RowVerdict, words: &[&str]) {
    let row = &judged.rows[0];
    assert_eq!(row.verdict, verdict, "{}", row.detail);
    for word in words {
        assert!(row.detail.contains(word), "`{word}` is not in: {}", row.detail);
    }
    if verdict == Inconclusive && row.change.is_none() {
        assert_eq!((judged.gate.state, row.p), (GateState::Inconclusive, None));
    }
}

#[test]
fn one_lost_round_costs_one_quad() {
    let first = |number: usize| number == 3;
    check(&played("p99", 1.0, without("B", first)), Pass, &["7 of 8 quads (B lacks a value in 1)"]);
    check(&played("p99", 1.0, without("A", first)), Pass, &["7 of 8 quads (A lacks a value in 1)"]);
    check(&played("p99", 1.3, without("B", first)), Regressed, &["14 quads"]);
}

#[test]
fn a_regression_is_found_in_what_is_left() {
    // Every fourth quad lacks a value in one arm, by turns; the second pass is played longer for it.
    let by_turns = |number: usize, quad: &mut Quad| match number % 8 {
        0 => quad.a[0].clear(),
        4 => quad.b[1].clear(),
        _ => {}
    };
    let judged = played("p50", 1.1, by_turns);
    check(&judged, Regressed, &["12 of 16 quads (A lacks a value in 2, B lacks a value in 2)"]);
    assert_eq!((judged.gate.state, judged.rows[0].replicates), (GateState::Fail, Some(12)));
    let confirming = judged.rows[0].a.unwrap().samples;
    assert_eq!(confirming, 24, "rounds of quads that are not whole are not shown");
}

#[test]
fn what_the_candidate_did_not_measure_counts_against_a_pass() {
    // Two of eight are too many to rule anything out; of the second pass more are lost, evenly.
    let lost = |number: usize| matches!(number, 1 | 5) || (number >= 8 && number.is_multiple_of(3));
    let judged = played("p50", 1.0, without("AB", lost));
    check(&judged, Inconclusive, &["neither show nor rule out", "B lacks a value in 5"]);
    assert!(judged.rows[0].change.is_some(), "what is known is shown");
}

#[test]
fn too_much_lost_or_on_one_side_says_nothing() {
    let half = without("AB", |number| number % 2 == 0);
    check(
        &played("p99", 1.0, half),
        Inconclusive,
        &[
            "A lacks a value in 12, B lacks a value in 12 of 24 quads",
            "what is left is too little",
            "a round needs 2000 samples",
        ],
    );
    // The screen is whole; in the second pass a candidate that has become slow loses five of twelve, and the baseline none.
    let slow = without("B", |number| number > 8 && number % 2 == 1 && number < 18);
    let judged = played("p99", 1.3, slow);
    check(
        &judged,
        Inconclusive,
        &["B lacks a value in 5 of 12 quads", "more than chance", "its rate and its errors"],
    );
}

#[test]
fn values_of_no_use_are_lost_ones() {
    let not_a_number = |_: usize, quad: &mut Quad| quad.a[0].values_mut().for_each(|value| *value = f64::NAN);
    let zero = |number: usize, quad: &mut Quad| {
        if number.is_multiple_of(2) {
            quad.b[0].values_mut().for_each(|value| *value = 0.0);
        }
    };
    check(
        &played("p99", 1.0, not_a_number),
        Inconclusive,
        &["8 quads have a value that is zero or no number"],
    );
    check(&played("p99", 1.0, zero), Inconclusive, &["12 quads have a value that is zero or no number"]);
    check(&played("errors", 0.0, not_a_number), Inconclusive, &["8 quads have a value that is no number"]);
    check(&gate_of(GatePolicy::default(), &["p50"]).judge(), Inconclusive, &["no quad was played"]);
}

#[test]
fn a_count_is_exact_only_when_all_of_it_is_known() {
    let judged = played("bytes_per_request", 1.01, without("A", |number| number % 3 == 2));
    assert!(!judged.rows[0].detail.contains("exact"), "{}", judged.rows[0].detail);
}
