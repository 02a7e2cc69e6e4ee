//! Equal builds: how often a gate says otherwise.

use dyno_model::{CellKey, RowVerdict, Stage};
use dyno_stats::paired::clopper_pearson;
use dyno_verdict::gate::{Gate, GatePolicy};

use crate::play::{gates_with, seed, shipped, strict};
use crate::world::{SETTINGS, World, twenty_cells};

/// Gates of a setting.
const GATES: u64 = 2_000;

/// False failures that are accepted among them: then the share is below 1 % with 95 % confidence.
const FALSE_MOST: u64 = 10;

/// With nothing but the test to hold it back a gate may err in 1 % of cases, which 34 of 2000 would contradict
/// (three standard deviations).
const STRICT_MOST: u64 = 33;

fn check(index: usize) {
    let setting = SETTINGS[index];
    let keys = twenty_cells();
    let found = gates_with(setting, GATES, shipped, &keys, &[RowVerdict::Regressed]);
    let (_, high) = clopper_pearson(found, GATES, 0.95);
    assert!(found <= FALSE_MOST, "{}: {found} of {GATES} gates failed (up to {high:.4})", setting.name);
    let verdicts = [RowVerdict::Regressed, RowVerdict::RegressedSmall];
    let claims = gates_with(setting, GATES, strict, &keys, &verdicts);
    assert!(claims <= STRICT_MOST, "{}: {claims} of {GATES} gates saw a change", setting.name);
    check_uniform(index);
}

/// Probabilities of unchanged cells are uniform: at no level is their share more above the diagonal than chance allows.
fn check_uniform(index: usize) {
    let setting = SETTINGS[index];
    let key = [CellKey::whole("p50")];
    let mut p: Vec<f64> = (0..GATES)
        .map(|gate| {
            let mut world = World::new(setting, seed(gate, setting.name) ^ 1, &key, 0.0);
            let policy = GatePolicy { screen_quads: 12, ..GatePolicy::default() };
            let mut gate = Gate::new(policy, vec![strict(&key[0])]);
            world.quads(Stage::Screen, 12).into_iter().for_each(|quad| gate.add(quad));
            // Without a verdict, because of missing values, there is no claim.
            gate.progress()[0].p.unwrap_or(1.0)
        })
        .collect();
    p.sort_by(f64::total_cmp);
    let above = p.iter().zip(1..).map(|(p, rank)| f64::from(rank) / GATES as f64 - p).fold(0.0, f64::max);
    // One-sided Kolmogorov-Smirnov at one in a thousand.
    let most = (1_000f64.ln() / (2.0 * GATES as f64)).sqrt();
    assert!(above <= most, "{}: {above} above the diagonal, {most} allowed", setting.name);
}

macro_rules! settings {
    ($($name:ident $index:literal)*) => {
        $(#[test]
        fn $name() {
            check($index);
        })*
    };
}

settings! {
    independent_noise 0
    drift_with_correlation_one_half 1
    drift_with_correlation_four_fifths 2
    drift_that_hardly_forgets 3
    penalty_of_later_slots 4
    curvature_within_quads 5
    processes_that_differ 6
    heavy_tails 7
    spikes 8
    a_neighbour_that_comes_and_goes 9
    volatile_noise_shared_by_all_cells 10
    everything_at_once 11
    values_that_are_missing 12
}
