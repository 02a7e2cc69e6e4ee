use super::{Gate, section};

#[test]
fn the_table_counts_gates_of_this_build_that_decided() {
    let gate = |kind: &str, code| Gate {
        kind: kind.to_owned(),
        seed: 0,
        code,
        seconds: 14.0,
        quads: (8, 0),
        discarded: 0,
        regressed: vec![],
        p50: None,
    };
    let mut gates = vec![gate("idle x", 0); 299];
    gates.extend([gate("idle x", 5), gate("idle other", 1), gate("noisy x", 1), gate("noisy x", 3)]);
    let text = section(&gates, "x");
    assert!(text.contains("| idle | 299 | 0 | 1.00 % | 299 | 1 | 14 |"), "{text}");
    assert!(text.contains("| noisy | 2 | 1 | 97.47 % | 1 | 0 | 14 |"), "{text}");
    assert!(!text.contains("| quota"), "{text}");
}
