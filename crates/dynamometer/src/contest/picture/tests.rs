use std::collections::BTreeMap;

use dyno_model::{Histogram, RoundMachine, RoundRecord, Side, Stage};

use super::distributions;

/// Quads in which B's times are A's times this, and everything drifts by a tenth per quad.
fn quads(count: u32, factor: f64) -> Vec<RoundRecord> {
    let round = |quad: u32, position: u8, side| {
        let scale = (1.0 + 0.1 * f64::from(quad)) * if side == Side::B { factor } else { 1.0 };
        let mut histogram = Histogram::new();
        (1..=1_000)
            .for_each(|step| histogram.record((1e6 * scale * (1.0 + f64::from(step) / 1_000.0)) as u64));
        RoundRecord {
            stage: Stage::Screen,
            quad,
            position,
            side,
            build: 0,
            at_ns: u64::from(quad) * 4 + u64::from(position),
            length_ns: 1_000_000_000,
            values: BTreeMap::new(),
            attempts: 1_010,
            errors: 10,
            histogram,
            machine: RoundMachine::default(),
            discarded: None,
        }
    };
    let sides = [Side::A, Side::B, Side::B, Side::A];
    (0..count)
        .flat_map(|quad| (0..4).map(move |position| (quad, position)))
        .map(|(quad, position)| round(quad, position, sides[usize::from(position)]))
        .collect()
}

#[test]
fn the_band_knows_quads_and_not_the_drift_between_them() {
    let rounds = quads(12, 1.2);
    let both = distributions(&rounds.iter().collect::<Vec<_>>());
    assert!(both[0].shift.is_empty() && both[0].series.len() == 24);
    assert_eq!(both[1].series[0].rate, 1_000.0);
    for point in &both[1].shift {
        let (low, high) = (point.low.unwrap(), point.high.unwrap());
        assert!(low <= 0.2 + 0.003 && high >= 0.2 - 0.003 && high - low < 0.02, "{point:?}");
        assert!((point.b_ns / point.a_ns - 1.2).abs() < 0.02, "{point:?}");
    }
}

#[test]
fn few_quads_have_no_band_and_none_have_no_shift() {
    let rounds = quads(3, 1.2);
    let both = distributions(&rounds.iter().collect::<Vec<_>>());
    assert!(both[1].shift.len() > 5 && both[1].shift.iter().all(|point| point.low.is_none()));
    assert!(distributions(&[])[1].shift.is_empty());
}
