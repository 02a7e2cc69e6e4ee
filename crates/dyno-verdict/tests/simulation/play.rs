//! Whole gates on the made-up machine.

use dyno_model::{CellKey, RowVerdict, Stage};
use dyno_verdict::gate::{Gate, GatePolicy, Judged, Next};
use dyno_verdict::{CellRule, Tolerance};

use crate::world::{Setting, World};

/// The rule of a cell as it ships.
pub fn shipped(key: &CellKey) -> CellRule {
    CellRule::of(key).expect("invariant: the metric is known")
}

/// The hardest rule that is still a rule: no bias is allowed for, and any change matters.
pub fn strict(key: &CellKey) -> CellRule {
    CellRule { bias: 0.0, tolerance: Tolerance::relative(0.0), ..shipped(key) }
}

/// Plays one gate to its end.
pub fn play(world: &mut World, policy: GatePolicy, rules: Vec<CellRule>) -> Judged {
    let mut gate = Gate::new(policy, rules);
    loop {
        let (stage, quads) = match gate.next() {
            Next::Screen { quads } => (Stage::Screen, quads),
            Next::Confirm { quads, .. } => (Stage::Confirm, quads),
            Next::Done => return gate.judge(),
        };
        world.quads(stage, quads).into_iter().for_each(|quad| gate.add(quad));
    }
}

/// How many of these gates have a row with one of these verdicts, on builds that are equal.
pub fn gates_with(
    setting: Setting,
    gates: u64,
    rule: fn(&CellKey) -> CellRule,
    keys: &[CellKey],
    verdicts: &[RowVerdict],
) -> u64 {
    (0..gates)
        .filter(|gate| {
            let mut world = World::new(setting, seed(*gate, setting.name), keys, 0.0);
            let policy = GatePolicy { seed: *gate, ..GatePolicy::default() };
            let judged = play(&mut world, policy, keys.iter().map(rule).collect());
            judged.rows.iter().any(|row| verdicts.contains(&row.verdict))
        })
        .count() as u64
}

/// A seed of its own for each gate of each setting.
pub fn seed(gate: u64, name: &str) -> u64 {
    // FNV-1a, so that settings do not share their noise.
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
        ^ gate.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
