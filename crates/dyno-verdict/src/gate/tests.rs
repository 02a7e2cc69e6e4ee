//! Gates over quads whose effects are written down: what is played next, what is said, and in which words.

use std::collections::BTreeMap;

use dyno_model::{CellKey, GateState, RowVerdict, Stage};
use dyno_stats::paired::QuadOrder;
use dyno_stats::random::SplitMix64;

use super::{Gate, GatePolicy, Judged, Next, Quad};
use crate::cell::CellRule;

mod builds;
mod missing;
mod stages;
mod verdicts;
mod words;

/// A gate with these metrics of the whole run, by the table of kinds.
fn gate_of(policy: GatePolicy, metrics: &[&str]) -> Gate {
    let rule = |metric: &&str| CellRule::of(&metric.parse::<CellKey>().unwrap()).unwrap();
    Gate::new(policy, metrics.iter().map(rule).collect())
}

/// The baseline's value of a metric, far above the floors.
fn usual(metric: &str) -> f64 {
    match metric.rsplit('/').next().unwrap() {
        "rate" => 4_000.0,
        "errors" => 0.0,
        "rss" => 300e6,
        "bytes_per_request" => 512.0,
        _ => 10e6,
    }
}

/// Plays quads in which the candidate's values are the baseline's times a factor, with scatter of this size.
struct Player {
    random: SplitMix64,
    sigma: f64,
    metrics: Vec<String>,
    /// Orders still to be played in the stage.
    orders: Vec<QuadOrder>,
    /// What the candidate's values are multiplied by; for errors, what is added.
    factors: BTreeMap<String, f64>,
}

impl Player {
    fn new(seed: u64, sigma: f64, cells: &[(&str, f64)]) -> Self {
        Self {
            random: SplitMix64::new(seed),
            sigma,
            metrics: cells.iter().map(|(metric, _)| (*metric).to_owned()).collect(),
            orders: Vec::new(),
            factors: cells.iter().map(|(metric, factor)| ((*metric).to_owned(), *factor)).collect(),
        }
    }

    fn quad(&mut self, stage: Stage) -> Quad {
        let mut round = |is_candidate: bool| -> BTreeMap<String, f64> {
            let mut values = BTreeMap::new();
            for metric in &self.metrics {
                let noise = (self.sigma * self.random.normal()).exp();
                let factor = if is_candidate { self.factors[metric] } else { 1.0 };
                let value = match metric.as_str() {
                    "errors" if is_candidate => factor,
                    "bytes_per_request" => usual(metric) * factor,
                    _ => usual(metric) * factor * noise,
                };
                values.insert(metric.clone(), value);
            }
            values
        };
        let (a, b) = ([round(false), round(false)], [round(true), round(true)]);
        if self.orders.is_empty() {
            self.orders = vec![QuadOrder::Abba, QuadOrder::Baab];
        }
        let order = self.orders.pop().unwrap();
        let errors = (self.factors.get("errors").unwrap_or(&0.0) * 10_000.0) as u64;
        Quad { stage, order, build: 0, a, b, attempts: [(10_000, 0), (10_000, errors)] }
    }

    /// Plays what the gate asks for, to the end.
    fn play(&mut self, mut gate: Gate) -> Judged {
        loop {
            match gate.next() {
                Next::Screen { .. } => gate.add(self.quad(Stage::Screen)),
                Next::Confirm { .. } => gate.add(self.quad(Stage::Confirm)),
                Next::Done => return gate.judge(),
            }
        }
    }
}

/// Plays a whole gate over cells that are given with the candidate's factor.
fn judged(sigma: f64, cells: &[(&str, f64)]) -> Judged {
    let metrics: Vec<&str> = cells.iter().map(|(metric, _)| *metric).collect();
    Player::new(7, sigma, cells).play(gate_of(GatePolicy::default(), &metrics))
}

fn check(sigma: f64, cells: &[(&str, f64)], expected: &[RowVerdict], state: GateState) -> Judged {
    let judged = judged(sigma, cells);
    let verdicts: Vec<RowVerdict> = judged.rows.iter().map(|row| row.verdict).collect();
    assert_eq!(
        verdicts,
        expected,
        "{cells:?}: {:#?}",
        judged.rows.iter().map(|row| &row.detail).collect::<Vec<_>>()
    );
    assert_eq!(judged.gate.state, state, "{:?}", judged.gate.reasons);
    judged
}
