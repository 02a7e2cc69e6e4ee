//! Rules by which others call a build slower, on the same rounds.
//!
//! Each gets what it asks for: all requests, all rounds, or one round of each arm. Called by a test and by the curves.

use std::collections::BTreeMap;

use dyno_model::CellKey;
use dyno_stats::paired::{QuadOrder, log_ratio, median, order_test, schedule, sign_flip};
use dyno_stats::random::SplitMix64;
use dyno_stats::special::normal_cdf;

use crate::play::seed;
use crate::world::{Setting, World};

/// Quads of one comparison.
const QUADS: usize = 12;

/// Requests of one round, and how much the logarithm of their times scatters.
const REQUESTS: usize = 1_000;
const REQUEST_SIGMA: f64 = 0.5;

/// One comparison, as every rule gets it.
pub struct Trial {
    /// The logarithm of each round: per quad, per arm, two.
    pub quads: Vec<[[f64; 2]; 2]>,
    /// The order of each quad.
    pub orders: Vec<QuadOrder>,
    /// The times of all requests, per arm, as logarithms.
    pub requests: [Vec<f64>; 2],
    pub seed: u64,
}

impl Trial {
    pub fn of(setting: Setting, seed: u64, quads: usize, effect: f64) -> Self {
        let mut world = World::new(setting, seed, &[CellKey::whole("p50")], effect);
        let level = |order: &QuadOrder| world.levels(*order).map(|arm| arm.map(|round| round[0]));
        let orders = schedule(seed, quads);
        let quads: Vec<[[f64; 2]; 2]> = orders.iter().map(level).collect();
        let mut random = SplitMix64::new(!seed);
        let requests = [0, 1].map(|side| {
            quads
                .iter()
                .flat_map(|quad: &[[f64; 2]; 2]| quad[side])
                .flat_map(|level| std::iter::repeat_n(level, REQUESTS))
                .map(|level| level + REQUEST_SIGMA * random.normal())
                .collect()
        });
        Self { quads, orders, requests, seed }
    }

    fn rounds(&self, side: usize) -> Vec<f64> {
        self.quads.iter().flat_map(|quad| quad[side]).map(f64::exp).collect()
    }

    fn effects(&self) -> Vec<f64> {
        let ratio = |[a, b]: &[[f64; 2]; 2]| log_ratio(a.map(f64::exp), b.map(f64::exp));
        self.quads.iter().filter_map(ratio).collect()
    }
}

/// A rule that says whether the candidate is slower.
pub type Rule = fn(&Trial) -> bool;

/// All rules by name; ours is the last.
pub const RULES: [(&str, Rule); 9] = [
    ("Welch's t on all requests", welch),
    ("Mann-Whitney on all requests", mann_whitney),
    ("+5 % on one round a side", |trial| single(trial) > 0.05),
    ("+10 % on one round a side", |trial| single(trial) > 0.10),
    ("bootstrapped t (as criterion)", bootstrapped),
    ("z of pairs (as tango)", z_of_pairs),
    ("Wilcoxon on quads", wilcoxon),
    ("sign flip on quads", |trial| sign_flip(&trial.effects(), 0.0, trial.seed) <= LEVEL),
    ("orders of quads (ours)", |trial| order_test(&trial.effects(), &trial.orders, 0.0, trial.seed) <= LEVEL),
];

/// Per rule the share of trials in which it calls an equal build slower.
pub fn false_alarms(setting: Setting, trials: u64) -> Vec<(&'static str, u64)> {
    let mut alarms: Vec<(&str, u64)> = RULES.iter().map(|(name, _)| (*name, 0)).collect();
    for trial in 0..trials {
        let trial = Trial::of(setting, seed(trial, setting.name) ^ 5, QUADS, 0.0);
        for ((_, rule), (_, count)) in RULES.iter().zip(&mut alarms) {
            *count += u64::from(rule(&trial));
        }
    }
    alarms
}

/// One-sided, where a rule has a level.
const LEVEL: f64 = 0.01;

fn mean_and_variance(x: &[f64]) -> (f64, f64) {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    (mean, x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (x.len() as f64 - 1.0))
}

fn t_of(a: &[f64], b: &[f64]) -> f64 {
    let ((mean_a, variance_a), (mean_b, variance_b)) = (mean_and_variance(a), mean_and_variance(b));
    (mean_b - mean_a) / (variance_a / a.len() as f64 + variance_b / b.len() as f64).sqrt()
}

/// With thousands of requests Student's t is normal.
fn welch(trial: &Trial) -> bool {
    let times = trial.requests.each_ref().map(|arm| arm.iter().map(|log| log.exp()).collect::<Vec<_>>());
    1.0 - normal_cdf(t_of(&times[0], &times[1])) <= LEVEL
}

fn mann_whitney(trial: &Trial) -> bool {
    // Times are put into bins of a thousandth, and equal ones share their mean rank.
    let bin = |log: f64| (log * 1e3) as i64;
    let [a, b] = &trial.requests;
    let mut bins: BTreeMap<i64, [f64; 2]> = BTreeMap::new();
    for (side, arm) in [a, b].into_iter().enumerate() {
        arm.iter().for_each(|log| bins.entry(bin(*log)).or_default()[side] += 1.0);
    }
    let mut below = 0.0;
    let mut ranks = 0.0;
    for [of_a, of_b] in bins.into_values() {
        ranks += of_b * (below + (of_a + of_b + 1.0) / 2.0);
        below += of_a + of_b;
    }
    let (n, m) = (a.len() as f64, b.len() as f64);
    let u = ranks - m * (m + 1.0) / 2.0;
    let z = (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt();
    1.0 - normal_cdf(z) <= LEVEL
}

fn single(trial: &Trial) -> f64 {
    let [a, b] = trial.quads[0];
    (b[0] - a[0]).exp_m1()
}

/// As criterion.rs decides: p < 0.05 by a mixed bootstrap of t, and the interval of the relative change beyond 1 %.
fn bootstrapped(trial: &Trial) -> bool {
    const RESAMPLES: usize = 1_000;
    let (a, b) = (trial.rounds(0), trial.rounds(1));
    let mixed = [a.clone(), b.clone()].concat();
    let mut random = SplitMix64::new(trial.seed);
    let mut draw = |from: &[f64], count: usize| -> Vec<f64> {
        (0..count).map(|_| from[random.below(from.len() as u64) as usize]).collect()
    };
    let seen = t_of(&a, &b);
    let beyond = (0..RESAMPLES)
        .filter(|_| {
            let (one, other) = (draw(&mixed, a.len()), draw(&mixed, b.len()));
            t_of(&one, &other) >= seen
        })
        .count();
    let p = 2.0 * (beyond.min(RESAMPLES - beyond)) as f64 / RESAMPLES as f64;
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let mut changes: Vec<f64> =
        (0..RESAMPLES).map(|_| mean(&draw(&b, b.len())) / mean(&draw(&a, a.len())) - 1.0).collect();
    changes.sort_by(f64::total_cmp);
    p < 0.05 && changes[RESAMPLES * 25 / 1_000] > 0.01
}

/// As tango decides: neighbouring rounds as pairs, outliers beyond the quartiles left out, z at 2.6 and half a per cent.
fn z_of_pairs(trial: &Trial) -> bool {
    let (a, b) = (trial.rounds(0), trial.rounds(1));
    let mut differences: Vec<f64> = a.iter().zip(&b).map(|(a, b)| b - a).collect();
    differences.sort_by(f64::total_cmp);
    let quartile = |share: f64| differences[(share * (differences.len() - 1) as f64) as usize];
    let (low, high) = (quartile(0.25), quartile(0.75));
    let reach = 1.5 * (high - low);
    let kept: Vec<f64> =
        differences.iter().copied().filter(|d| (low - reach..=high + reach).contains(d)).collect();
    let (mean, variance) = mean_and_variance(&kept);
    let z = mean / (variance / kept.len() as f64).sqrt();
    let base = a.iter().sum::<f64>() / a.len() as f64;
    z >= 2.6 && mean / base >= 0.005
}

/// Signed ranks, with their exact distribution: the sign flip of the ranks.
fn wilcoxon(trial: &Trial) -> bool {
    let effects = trial.effects();
    let mut order: Vec<usize> = (0..effects.len()).collect();
    order.sort_by(|i, j| effects[*i].abs().total_cmp(&effects[*j].abs()));
    let mut ranks = vec![0.0; effects.len()];
    for (rank, index) in order.into_iter().enumerate() {
        ranks[index] = (rank + 1) as f64 * effects[index].signum();
    }
    // The ranks reach less than three robust standard deviations, so nothing is pulled in.
    debug_assert!(median(&ranks).is_some());
    sign_flip(&ranks, 0.0, trial.seed) <= LEVEL
}
