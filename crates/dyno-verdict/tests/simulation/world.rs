//! A machine that is made up: what rounds show when the truth is known.
//!
//! The logarithm of a round's value is a session, a slot of the quad, a drift that remembers, a process, and noise with
//! or without heavy tails and spikes. Not here: gates and tests. Called by the tests of this folder and by the curves.

use std::collections::BTreeMap;

use dyno_model::{CellKey, Stage};
use dyno_stats::paired::{QuadOrder, schedule};
use dyno_stats::random::SplitMix64;
use dyno_verdict::gate::Quad;

/// What disturbs the rounds. Sizes are standard deviations of the logarithm unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    pub name: &'static str,
    /// Of a round by itself.
    pub round: f64,
    /// Whether a round's noise is Student's t with three degrees of freedom, scaled to the same size.
    pub has_heavy_tails: bool,
    /// Of the drift, and its correlation from round to round.
    pub drift: f64,
    pub rho: f64,
    /// What each place in a quad adds.
    pub slots: [f64; 4],
    /// Between processes; both arms are started anew for each quad.
    pub process: f64,
    /// Share of rounds in which a value is 30 to 300 % larger.
    pub spikes: f64,
    /// A neighbour that works ten rounds and rests ten adds this.
    pub neighbour: f64,
    /// How much of the noise all cells have in common, as a share of the variance.
    pub shared: f64,
    /// How much the noise differs between quads, as a standard deviation of its logarithm.
    pub volatility: f64,
    /// Share of values that a round lacks.
    pub missing: f64,
    /// Values that are larger than the session by more than this are lost as well.
    pub lost_above: f64,
    /// The candidate's noise is skewed to the slow side, with this scale.
    pub skew: f64,
}

/// Rounds of two arms on that machine.
pub struct World {
    setting: Setting,
    random: SplitMix64,
    session: Vec<f64>,
    /// The drift of each cell; the last one is common to all.
    drift: Vec<f64>,
    names: Vec<String>,
    /// What the candidate really is, as a log ratio.
    effect: f64,
    round: u64,
}

impl World {
    pub fn new(setting: Setting, seed: u64, keys: &[CellKey], effect: f64) -> Self {
        let mut random = SplitMix64::new(seed);
        let session = keys.iter().map(|_| (10e6f64).ln() + 0.05 * random.normal()).collect();
        let drift = (0..=keys.len()).map(|_| random.normal()).collect();
        let names = keys.iter().map(ToString::to_string).collect();
        Self { setting, random, session, drift, names, effect, round: 0 }
    }

    /// So many quads in a random order of their own.
    pub fn quads(&mut self, stage: Stage, count: u32) -> Vec<Quad> {
        let orders = schedule(self.random.bits(), count as usize);
        orders.into_iter().map(|order| self.quad(stage, order)).collect()
    }

    fn quad(&mut self, stage: Stage, order: QuadOrder) -> Quad {
        let levels = self.levels(order);
        let named = |level: &Vec<f64>| -> BTreeMap<String, f64> {
            self.names.iter().cloned().zip(level.iter().map(|log| log.exp())).collect()
        };
        let [mut a, mut b] = levels.map(|arm| arm.each_ref().map(named));
        let (missing, most) = (self.setting.missing, self.setting.lost_above);
        if missing > 0.0 || most < f64::INFINITY {
            let (random, names, session) = (&mut self.random, &self.names, &self.session);
            let mut is_kept = |name: &String, value: &mut f64| {
                let cell = names.iter().position(|one| one == name).expect("invariant: all names are known");
                random.unit() >= missing && value.ln() - session[cell] <= most
            };
            a.iter_mut().chain(&mut b).for_each(|round| round.retain(&mut is_kept));
        }
        Quad { stage, order, build: 0, a, b, attempts: [(10_000, 0), (10_000, 0)] }
    }

    /// The logarithms of all cells in the two rounds of each arm.
    pub fn levels(&mut self, order: QuadOrder) -> [[Vec<f64>; 2]; 2] {
        let candidate_at = match order {
            QuadOrder::Abba => [false, true, true, false],
            QuadOrder::Baab => [true, false, false, true],
        };
        let cells = self.session.len();
        let mut processes = [(); 2].map(|()| Vec::with_capacity(cells));
        for process in &mut processes {
            process.extend((0..cells).map(|_| self.setting.process * self.random.normal()));
        }
        let scale = (self.setting.volatility * self.random.normal()).exp();
        let mut arms: [Vec<Vec<f64>>; 2] = [vec![], vec![]];
        for (slot, is_candidate) in candidate_at.into_iter().enumerate() {
            let side = usize::from(is_candidate);
            let round = self.one_round(slot, is_candidate, scale);
            arms[side]
                .push(round.iter().zip(&processes[side]).map(|(value, process)| value + process).collect());
        }
        arms.map(|rounds| rounds.try_into().expect("invariant: each arm has two rounds in a quad"))
    }

    fn one_round(&mut self, slot: usize, is_candidate: bool, scale: f64) -> Vec<f64> {
        let setting = self.setting;
        self.round += 1;
        for drift in &mut self.drift {
            *drift = setting.rho * *drift + (1.0 - setting.rho.powi(2)).sqrt() * self.random.normal();
        }
        let common = self.drift[self.session.len()];
        let common_noise = self.noise();
        let neighbour = if self.round / 10 % 2 == 1 { setting.neighbour } else { 0.0 };
        let (own, shared) = ((1.0 - setting.shared).sqrt(), setting.shared.sqrt());
        (0..self.session.len())
            .map(|cell| {
                let drift = setting.drift * (own * self.drift[cell] + shared * common);
                let noise = setting.round * scale * (own * self.noise() + shared * common_noise);
                let spike = if self.random.unit() < setting.spikes {
                    (1.3 + 2.7 * self.random.unit()).ln()
                } else {
                    0.0
                };
                let arm = if is_candidate { self.effect + self.skewed() } else { 0.0 };
                self.session[cell] + setting.slots[slot] + drift + neighbour + noise + spike + arm
            })
            .collect()
    }

    fn noise(&mut self) -> f64 {
        let normal = self.random.normal();
        if !self.setting.has_heavy_tails {
            return normal;
        }
        let chi: f64 = (0..3).map(|_| self.random.normal().powi(2)).sum();
        // Three degrees of freedom have variance three.
        normal / (chi / 3.0).sqrt() / 3.0f64.sqrt()
    }

    /// Exponential, so that the candidate's slow rounds are slower and its fast ones not faster.
    fn skewed(&mut self) -> f64 {
        if self.setting.skew == 0.0 { 0.0 } else { -self.setting.skew * (1.0 - self.random.unit()).ln() }
    }
}

const QUIET: Setting = Setting {
    name: "independent",
    round: 0.02,
    has_heavy_tails: false,
    drift: 0.0,
    rho: 0.0,
    slots: [0.0; 4],
    process: 0.0,
    spikes: 0.0,
    neighbour: 0.0,
    shared: 0.2,
    volatility: 0.0,
    missing: 0.0,
    lost_above: f64::INFINITY,
    skew: 0.0,
};

/// The thirteen kinds of disturbance.
pub const SETTINGS: [Setting; 13] = [
    QUIET,
    Setting { name: "drift 0.5", drift: 0.03, rho: 0.5, ..QUIET },
    Setting { name: "drift 0.8", drift: 0.03, rho: 0.8, ..QUIET },
    Setting { name: "drift 0.95", drift: 0.05, rho: 0.95, ..QUIET },
    Setting { name: "slot penalty", slots: [0.0, 0.02, 0.04, 0.06], ..QUIET },
    Setting { name: "slot curvature", slots: [0.05, 0.0, 0.01, 0.04], ..QUIET },
    Setting { name: "processes", process: 0.03, ..QUIET },
    Setting { name: "heavy tails", has_heavy_tails: true, round: 0.03, ..QUIET },
    Setting { name: "spikes", spikes: 0.02, ..QUIET },
    Setting { name: "neighbour", neighbour: 0.10, ..QUIET },
    Setting { name: "volatile, shared", volatility: 0.7, shared: 0.9, ..QUIET },
    Setting {
        name: "everything",
        has_heavy_tails: true,
        drift: 0.03,
        rho: 0.9,
        slots: [0.03, 0.0, 0.01, 0.02],
        process: 0.02,
        spikes: 0.02,
        neighbour: 0.05,
        shared: 0.4,
        volatility: 0.4,
        ..QUIET
    },
    Setting { name: "missing values", missing: 0.03, ..QUIET },
];

/// Twenty cells: the whole run and operations.
pub fn twenty_cells() -> Vec<CellKey> {
    ["p50", "p90", "p95", "mean"]
        .into_iter()
        .flat_map(|metric| (0..5).map(move |i| CellKey::of(format!("op{i}"), metric)))
        .collect()
}
