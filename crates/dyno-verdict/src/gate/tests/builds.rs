//! Several builds of each revision: what one of them shows and the others do not is no regression.

use super::*;

/// Plays a gate to its end over builds that are slower by these factors, in turns.
fn judged_over(factors: &[f64], sigma: f64) -> Judged {
    let policy = GatePolicy { builds: factors.len() as u32, ..GatePolicy::default() };
    let mut gate = gate_of(policy, &["p50"]);
    let mut player = Player::new(3, sigma, &[("p50", 1.0)]);
    let mut played = 0;
    loop {
        let stage = match gate.next() {
            Next::Screen { .. } => Stage::Screen,
            Next::Confirm { .. } => Stage::Confirm,
            Next::Done => return gate.judge(),
        };
        let build = played % factors.len();
        played += 1;
        player.factors.insert("p50".to_owned(), factors[build]);
        gate.add(Quad { build: build as u32, ..player.quad(stage) });
    }
}

#[track_caller]
fn check(factors: &[f64], verdict: RowVerdict, state: GateState, words: &str) {
    let judged = judged_over(factors, 0.005);
    let row = &judged.rows[0];
    assert_eq!((row.verdict, judged.gate.state), (verdict, state), "{}", row.detail);
    assert!(row.detail.contains(words), "{}", row.detail);
}

#[test]
fn a_regression_shows_in_every_build() {
    use RowVerdict::{Inconclusive, Pass, Regressed};
    check(&[1.2, 1.2, 1.2], Regressed, GateState::Fail, "in each of 3 builds (+");
    // One unlucky binary of three, so much that the whole is no chance.
    check(&[1.3, 1.2, 0.98], Inconclusive, GateState::Inconclusive, "not in every build (+");
    check(&[1.0, 1.0, 1.0], Pass, GateState::Pass, "is ruled out");
    check(&[1.2], Regressed, GateState::Fail, "quads; tolerance");
}

#[test]
fn changes_of_builds_are_kept_in_their_order() {
    let row = &judged_over(&[1.3, 1.2], 0.002).rows[0];
    assert!((row.builds[0] - 0.3).abs() < 0.01 && (row.builds[1] - 0.2).abs() < 0.01, "{:?}", row.builds);
    assert_eq!(judged_over(&[1.3], 0.002).rows[0].builds, Vec::<f64>::new(), "one build is the row itself");
}

#[test]
fn each_build_gets_quads_of_its_own() {
    let quads = |builds: usize| judged_over(&vec![1.2; builds], 0.002).rows[0].replicates.unwrap();
    assert_eq!((quads(1), quads(3), quads(8)), (12, 12, 32));
}
