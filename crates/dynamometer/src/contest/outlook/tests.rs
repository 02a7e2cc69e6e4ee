use std::collections::BTreeMap;

use dyno_model::{CellKey, Histogram, RoundMachine, RoundRecord, Side, Stage};

use super::{sigma, words};

/// Quads in which B's `p50` is A's times e to these, and its errors are larger by a hundredth of these.
fn quads(changes: &[f64]) -> Vec<RoundRecord> {
    let round = |quad: usize, side, change: f64| RoundRecord {
        stage: Stage::Screen,
        quad: quad as u32,
        position: 0,
        side,
        build: 0,
        at_ns: 0,
        length_ns: 1,
        values: BTreeMap::from([
            ("p50".to_owned(), 1e6 * change.exp()),
            ("errors".to_owned(), 0.01 + change / 100.0),
        ]),
        attempts: 1,
        errors: 0,
        histogram: Histogram::new(),
        machine: RoundMachine::default(),
        discarded: None,
    };
    let quad = |(number, &change): (usize, &f64)| {
        [(Side::A, 0.0), (Side::B, change), (Side::B, change), (Side::A, 0.0)]
            .map(|(side, change)| round(number, side, change))
    };
    changes.iter().enumerate().flat_map(quad).collect()
}

#[test]
fn the_scatter_is_that_of_quads() {
    let (p50, errors) = (CellKey::whole("p50"), CellKey::whole("errors"));
    let mut rounds = quads(&[0.01, 0.03, 0.01, 0.03]);
    // Two and two at a distance of 0.02: the sum of squares is 4 · 0.01², over three.
    let expected = (4.0 * 1e-4f64 / 3.0).sqrt();
    assert!((sigma(&rounds, &p50).unwrap() / expected - 1.0).abs() < 1e-9);
    assert!((sigma(&rounds, &errors).unwrap() * 100.0 / expected - 1.0).abs() < 1e-9);
    assert_eq!(sigma(&rounds, &CellKey::whole("p99")), None, "it has no values");
    rounds[5].discarded = Some("steal".to_owned());
    assert_eq!(sigma(&rounds, &p50), None, "three quads are too few");
}

#[test]
fn what_can_be_found_is_said_for_the_cells_that_matter() {
    let cells = ["p50", "p90", "errors"].map(CellKey::whole);
    let sigma = |key: &CellKey| (key.metric != "p90").then_some(0.02);
    // 12 quads, alpha 0.01, power 90 %: 1.19 sigmas.
    let said = words(&cells, 12, 0.01, sigma).unwrap();
    assert_eq!(said, "12 quads find in nine of ten cases a change of: p50 +2.4 %, errors +2.39 pp");
    let rate = words(&[CellKey::whole("rate")], 12, 0.01, |_| Some(2.0)).unwrap();
    assert!(rate.ends_with("a change of: rate -90.8 %"), "a rate loses no more than all of itself: {rate}");
    assert_eq!(words(&cells, 3, 0.01, sigma), None, "three quads find nothing");
    assert_eq!(words(&cells, 12, 0.01, |_| None), None);
}
