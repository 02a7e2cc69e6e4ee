//! What is played next.

use super::*;

#[test]
fn quiet_cells_cost_one_screen() {
    let mut player = Player::new(1, 0.01, &[("p50", 1.0), ("rate", 1.0)]);
    let mut gate = gate_of(GatePolicy::default(), &["p50", "rate"]);
    for missing in (1..=8).rev() {
        assert_eq!(gate.next(), Next::Screen { quads: missing });
        gate.add(player.quad(Stage::Screen));
    }
    assert_eq!(gate.next(), Next::Done);
    let judged = gate.judge();
    assert_eq!((judged.gate.state, judged.gate.confirmed_cells, judged.gate.cells), (GateState::Pass, 0, 2));
}

#[test]
fn suspicious_cells_are_confirmed_on_fresh_quads() {
    let mut player = Player::new(1, 0.01, &[("p50", 1.08), ("p90", 1.0), ("rate", 1.0)]);
    let mut gate = gate_of(GatePolicy::default(), &["p50", "p90", "rate"]);
    for _ in 0..8 {
        gate.add(player.quad(Stage::Screen));
    }
    assert_eq!(gate.next(), Next::Confirm { cells: vec![CellKey::whole("p50")], quads: 12 });
    gate.add(player.quad(Stage::Confirm));
    assert_eq!(gate.next(), Next::Confirm { cells: vec![CellKey::whole("p50")], quads: 11 });
    let progress = gate.progress();
    assert_eq!((progress[0].is_suspicious, progress[0].quads), (true, 1));
    assert_eq!((progress[1].is_suspicious, progress[1].quads), (false, 8));
    assert!(progress[1].low.unwrap() < progress[1].point.unwrap() && progress[0].low.is_none());
}

#[test]
fn more_cells_need_more_quads() {
    let names: Vec<String> = (0..40).map(|i| format!("op{i}/p50")).collect();
    let cells: Vec<(&str, f64)> = names.iter().map(|name| (name.as_str(), 1.2)).collect();
    for (count, most, quads) in [(1, None, 12), (20, None, 17), (40, None, 18), (40, Some(9), 9)] {
        let metrics: Vec<&str> = names[..count].iter().map(String::as_str).collect();
        let policy = GatePolicy { confirm_quads_most: most, ..GatePolicy::default() };
        let mut player = Player::new(1, 0.01, &cells[..count]);
        let mut gate = gate_of(policy, &metrics);
        for _ in 0..8 {
            gate.add(player.quad(Stage::Screen));
        }
        let Next::Confirm { cells, quads: found } = gate.next() else { panic!("nothing to confirm") };
        assert_eq!((cells.len(), found), (count, quads));
    }
}

#[test]
fn cells_that_are_shown_only_never_cost_a_quad() {
    let judged =
        check(0.01, &[("max", 3.0), ("p50", 1.0)], &[RowVerdict::Info, RowVerdict::Pass], GateState::Pass);
    assert_eq!((judged.gate.cells, judged.rows[0].replicates), (1, Some(8)));
}

#[test]
fn the_confirmation_decides_alone() {
    // The screen saw a regression by chance; fresh quads do not.
    let mut unlucky = Player::new(1, 0.01, &[("p50", 1.2)]);
    let mut honest = Player::new(2, 0.01, &[("p50", 1.0)]);
    let mut gate = gate_of(GatePolicy::default(), &["p50"]);
    for _ in 0..8 {
        gate.add(unlucky.quad(Stage::Screen));
    }
    for _ in 0..12 {
        gate.add(honest.quad(Stage::Confirm));
    }
    let judged = gate.judge();
    assert_eq!((judged.gate.state, judged.rows[0].replicates), (GateState::Pass, Some(12)));
    assert!(judged.rows[0].change.unwrap().high.unwrap() < 0.02);
}

#[test]
fn the_same_quads_give_the_same_verdict() {
    let cells = [("p50", 1.03), ("p99", 1.1), ("rate", 0.97), ("errors", 0.001)];
    assert_eq!(judged(0.03, &cells), judged(0.03, &cells));
}
