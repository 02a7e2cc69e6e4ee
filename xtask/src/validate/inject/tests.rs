use std::collections::BTreeMap;

use super::super::gate::Change;
use super::report::{chart, section};
use super::{Case, Gate, Step, kinds, next, size};

const BUILD: &str = "x";

fn case(kind: &str, size: f64) -> Case {
    Case { kind: kinds::named(kind).unwrap(), size }
}

fn played(case: Case, step: Step, code: i32, regressed: &[&str]) -> Gate {
    let change = Change { point: 0.048, interval: Some((0.041, 0.055)) };
    Gate {
        kind: case.key(step, BUILD),
        seed: 0,
        code,
        seconds: 1.0,
        quads: (8, 0),
        discarded: 0,
        regressed: regressed.iter().map(|&name| name.to_owned()).collect(),
        changes: BTreeMap::from([(case.kind.metric.to_owned(), change)]),
        p: BTreeMap::new(),
        rounds: vec![],
    }
}

#[test]
fn settings_take_turns_and_the_truth_comes_before_the_second_gate() {
    let cases = [case("cpu", 5.0), case("lock", 5.0), case("cpu", 0.0)];
    let mut gates = Vec::new();
    let mut order = Vec::new();
    for _ in 0..9 {
        let (case, step) = next(&cases, &gates, BUILD).unwrap();
        order.push((case.kind.name, case.size, step));
        gates.push(played(case, step, 0, &[]));
    }
    let round = [("cpu", 5.0, Step::Gate), ("lock", 5.0, Step::Gate), ("cpu", 0.0, Step::Gate)];
    assert_eq!(order[..3], round);
    let truth = |name| (name, 5.0, Step::Truth);
    assert_eq!(order[3..8], [truth("cpu"), round[0], truth("lock"), round[1], round[2]]);
    assert_eq!(order[8], round[0]);
    assert!(next(&[], &gates, BUILD).is_none());
}

#[test]
fn a_truth_that_failed_is_tried_again_later() {
    let cases = [case("cpu", 5.0)];
    let gate = || played(cases[0], Step::Gate, 0, &[]);
    let mut gates = vec![gate(), played(cases[0], Step::Truth, 5, &[])];
    assert_eq!(next(&cases, &gates, BUILD).unwrap().1, Step::Gate);
    gates.extend((0..3).map(|_| gate()));
    assert_eq!(next(&cases, &gates, BUILD).unwrap().1, Step::Truth);
    gates.push(played(cases[0], Step::Truth, 0, &[]));
    assert_eq!(next(&cases, &gates, BUILD).unwrap().1, Step::Gate);
}

#[test]
fn the_table_counts_what_was_meant_and_names_the_rest() {
    let cases = [case("cpu", 5.0), case("cpu", 10.0), case("slow-start", 0.0)];
    let mut gates = vec![played(cases[0], Step::Truth, 0, &[])];
    gates.extend((0..8).map(|_| played(cases[0], Step::Gate, 1, &["p50", "mean"])));
    gates.extend(
        [(1, "rss"), (3, "p50"), (5, "")].map(|(code, name)| played(cases[0], Step::Gate, code, &[name])),
    );
    gates.push(played(cases[2], Step::Gate, 0, &[]));
    gates.push(Gate { kind: case("cpu", 5.0).key(Step::Gate, "other"), ..gates[1].clone() });
    let text = section(&cases, &gates, BUILD);
    let row = "| 5 % | `p50:+1%` | +4.8 % [+4.1, +5.5] | 8 of 10 | 44 % to 97 % | 1 | 1 |";
    assert!(text.contains(row), "{text}");
    assert!(text.contains("| 0 % | `p99:+1%` | none | 0 of 1 | 0 % to 98 % | 0 | 0 |"), "{text}");
    assert!(!text.contains("| 10 % |"), "what was not played is not shown: {text}");
    let chart = chart(&cases, &gates, BUILD);
    let names: Vec<&str> = chart.series.iter().map(|series| series.name.as_str()).collect();
    assert_eq!(names, ["cpu: p50"], "a slow start has no true change");
    assert_eq!(chart.series[0].points, [(0.048, 0.8)]);
    assert!(chart.svg().contains("<circle"));
}

#[test]
fn the_truth_is_measured_longer_and_judges_nothing() {
    let flags = |step| case("lock", 5.0).flags(step, 16).join(" ");
    let load = "--path /plaintext -c 4";
    assert_eq!(flags(Step::Gate), format!("{load} --round 200ms -w 50ms --fail-on rate:-1%"));
    assert_eq!(flags(Step::Truth), format!("{load} --round 500ms -w 50ms --no-confirm --quads 16"));
    let sides = case("lock", 5.0).sides();
    assert_eq!(sides, ["embedded lock=100000ns", "embedded lock=105000ns"]);
    assert_eq!(case("tail", 0.0).sides(), ["embedded tail=4%:1000us", "embedded tail=4%:1000us"]);
    assert_eq!(case("errors", 0.0).sides(), ["embedded", "embedded"]);
}

#[test]
fn sizes_are_percentages() {
    assert_eq!(size("0.5"), Ok(0.5));
    for wrong in ["", "x", "-1", "101", "NaN"] {
        assert!(size(wrong).is_err(), "{wrong}");
    }
}
