use std::collections::BTreeMap;

use super::super::gate::Change;
use super::{Gate, chart, said, section};

fn gate(kind: &str, code: i32) -> Gate {
    Gate {
        kind: kind.to_owned(),
        seed: 0,
        code,
        seconds: 14.0,
        quads: (8, 0),
        discarded: 0,
        regressed: vec![],
        changes: BTreeMap::new(),
        p: BTreeMap::new(),
        rounds: vec![],
    }
}

#[test]
fn the_table_counts_gates_of_this_build_that_decided() {
    let mut gates = vec![gate("idle x", 0); 299];
    gates.extend([gate("idle x", 5), gate("idle other", 1), gate("noisy x", 1), gate("noisy x", 3)]);
    let text = section(&gates, &["x"]);
    assert!(text.contains("| idle | 299 | 0 | 1.00 % | 299 | 1 | 14 | 0 of 0 |"), "{text}");
    assert!(text.contains("| noisy | 2 | 1 | 97.47 % | 1 | 0 | 14 | 0 of 0 |"), "{text}");
    assert!(!text.contains("| quota") && !text.contains("builds.\n"), "{text}");
    let both = section(&gates, &["other", "x"]);
    assert!(both.contains("| idle | 300 | 1 | "), "{both}");
    assert!(both.contains("Gates of 2 builds."), "{both}");
}

#[test]
fn what_is_said_counts_until_now() {
    let mut gates = vec![gate("idle x", 0); 298];
    gates.extend([gate("idle x", 5), gate("idle x", 3)]);
    let words = "gate 300: Passed after 14.0 s; 0 of 299 are false alarms, at most 1.0 %; 1 not fit";
    assert_eq!(said(&gates), words);
    gates.push(Gate { regressed: vec!["p50".to_owned()], ..gate("idle x", 1) });
    assert!(said(&gates).starts_with("gate 301: Failed after 14.0 s p50; 1 of 300 are false alarms"));
}

#[test]
fn intervals_that_miss_nothing_are_counted() {
    let with = |code, ends: [Option<(f64, f64)>; 3]| {
        let changes = ["mean", "p50", "rss"].map(str::to_owned).into_iter().zip(ends);
        let changes = changes.map(|(metric, interval)| (metric, Change { point: 0.0, interval })).collect();
        Gate { changes, ..gate("idle x", code) }
    };
    let holds = Some((-0.1, 0.2));
    let gates = [
        with(0, [holds, Some((0.01, 0.2)), Some((0.0, 0.0))]),
        with(1, [Some((-0.3, -0.1)), holds, None]),
        with(5, [Some((0.1, 0.2)); 3]),
    ];
    let text = section(&gates, &["x"]);
    assert!(text.contains(" 2 of 4 |"), "{text}");
}

#[test]
fn changes_are_drawn_in_order_and_by_environment() {
    let changed = |kind: &str, point| Gate {
        changes: BTreeMap::from([("p50".to_owned(), Change { point, interval: None })]),
        ..gate(kind, 0)
    };
    let gates =
        [changed("idle x", 0.012), changed("idle x", -0.03), changed("idle y", 0.4), gate("noisy x", 5)];
    let chart = chart(&gates, &["x"]);
    let points: Vec<_> =
        chart.series.iter().map(|series| (series.name.as_str(), series.points.clone())).collect();
    assert_eq!(points, [("idle", vec![(0.25, -0.03), (0.75, 0.012)])]);
    assert_eq!((chart.y.min, chart.y.max), (-0.05, 0.05));
}
