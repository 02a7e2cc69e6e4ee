use super::super::gate::Change;
use super::{Gate, found, section, slowed, truth};

fn gate(kind: String, code: i32, p50: Option<Change>) -> Gate {
    Gate { kind, seed: 0, code, seconds: 1.0, quads: (8, 0), discarded: 0, regressed: vec![], p50 }
}

#[test]
fn the_table_has_truth_and_share() {
    let p50 = Change { point: 0.048, interval: Some((0.041, 0.055)) };
    let mut gates = vec![gate(truth(5.0, "x"), 0, Some(p50))];
    gates.extend((0..8).map(|_| gate(found(5.0, "x"), 1, None)));
    gates.extend([0, 3, 5].map(|code| gate(found(5.0, "x"), code, None)));
    let text = section(&gates, "x");
    assert!(text.contains("| 5 % | +4.8 % [+4.1, +5.5] | 8 of 10 | 44 % to 97 % | 1 |"), "{text}");
    assert!(!text.contains("| 10 %"), "what was not played is not shown: {text}");
}

#[test]
fn sizes_become_cpu_time() {
    assert_eq!((slowed(0.0).as_str(), slowed(2.0).as_str()), ("embedded", "embedded busy=20us"));
}
