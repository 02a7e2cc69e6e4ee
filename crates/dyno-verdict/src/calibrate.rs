//! From contests of a program against itself to a machine's noise: scatter at three levels, bias, and the certificate.
//!
//! Pure: records in, estimates and the profile file out. Not here: playing the contests (`dyno calibrate` does) and
//! reading profiles (`profile`).

use std::collections::BTreeMap;

use dyno_model::{CellKey, Certificate, ComparisonRecord, GateState, Noise, RoundRecord};
use dyno_stats::paired::{
    Buy, Components, QuadCost, buy, components, difference, log_ratio, median_interval, share_at_most,
};

use crate::kind::MetricKind;

mod file;

pub use file::{Keeping, Measurement, calibration_file};

/// Confidence of the bounds of bias, and of the values.
const CONFIDENCE: f64 = 0.95;
/// Quads that a screen takes before any can confirm.
const SCREEN_QUADS: usize = 8;

/// What a machine showed of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibrated {
    /// Name of the plan.
    pub plan: String,
    /// One per metric that had a value in every session.
    pub cells: Vec<CalibratedCell>,
    /// What the A/A gates showed; `None` without gates.
    pub certificate: Option<Certificate>,
    /// Sessions that were played.
    pub sessions: u64,
    /// Quads that count, of sessions and gates.
    pub quads: u64,
    /// Quads that do not.
    pub discarded_quads: u64,
    /// Largest share of a round that the hypervisor took, 0 to 1.
    pub steal_max: f64,
    /// Largest share of a round in which the control group was held back, 0 to 1.
    pub throttled_max: f64,
    /// Length of a round, in nanoseconds.
    pub round_ns: u64,
    /// What a quad costs.
    pub cost: QuadCost,
    /// Attempts and errors of all rounds.
    pub attempts: (u64, u64),
}

/// What one metric showed.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibratedCell {
    /// Which number of which operation.
    pub key: CellKey,
    /// What the metric is.
    pub kind: MetricKind,
    /// Geometric mean of all rounds; for shares the mean.
    pub value: f64,
    /// The same of each session.
    pub session_values: Vec<f64>,
    /// Its 95 % interval over rounds, without assumptions; `None` with fewer than six.
    pub interval95: Option<(f64, f64)>,
    /// Rounds that it stands on.
    pub rounds: u64,
    /// How much it scatters: of logarithms, for shares of the share itself.
    pub noise: Noise,
    /// Upper 95 % bound of the difference between copies of one program; `None` with fewer than six quads.
    pub bias_upper: Option<f64>,
}

/// Estimates from sessions and gates of one plan, both sides of each being the same program. `None` without any round.
#[must_use]
pub fn calibrated(sessions: &[ComparisonRecord], gates: &[ComparisonRecord]) -> Option<Calibrated> {
    let first = sessions.first()?;
    let played: Vec<&ComparisonRecord> = sessions.iter().chain(gates).collect();
    let counted: Vec<Vec<&RoundRecord>> = sessions.iter().map(counted_rounds).collect();
    let rounds: Vec<&RoundRecord> = played.iter().flat_map(|record| counted_rounds(record)).collect();
    let contest = first.contest.as_ref()?;
    let largest = |of: fn(&RoundRecord) -> f64| rounds.iter().map(|round| of(round)).fold(0.0, f64::max);
    let mut names: Vec<&String> = counted.iter().flatten().flat_map(|round| round.values.keys()).collect();
    names.sort();
    names.dedup();
    let cells: Vec<CalibratedCell> = names
        .into_iter()
        .filter_map(|name| cell(name, &counted, contest.restarted_each_quad, &played))
        .collect();
    if cells.is_empty() {
        return None;
    }
    let of_contests = || played.iter().filter_map(|record| record.contest.as_ref());
    Some(Calibrated {
        plan: first.name.clone(),
        certificate: certificate(gates, &cells),
        cells,
        sessions: sessions.len() as u64,
        quads: of_contests().map(|contest| contest.quads.0 + contest.quads.1).sum(),
        discarded_quads: of_contests().map(|contest| contest.discarded_quads).sum(),
        steal_max: largest(|round| round.machine.steal_share),
        throttled_max: largest(|round| round.machine.throttled_share),
        round_ns: contest.round_ns,
        cost: cost(first)?,
        attempts: rounds.iter().fold((0, 0), |(all, bad), round| (all + round.attempts, bad + round.errors)),
    })
}

fn counted_rounds(record: &ComparisonRecord) -> Vec<&RoundRecord> {
    let rounds = record.contest.iter().flat_map(|contest| &contest.rounds);
    rounds.filter(|round| round.discarded.is_none()).collect()
}

fn cell(
    name: &str,
    sessions: &[Vec<&RoundRecord>],
    restarted_each_quad: bool,
    played: &[&ComparisonRecord],
) -> Option<CalibratedCell> {
    let key: CellKey = name.parse().unwrap_or_else(|never: std::convert::Infallible| match never {});
    let kind = MetricKind::of(&key.metric)?;
    let scaled = |value: f64| if kind.is_difference { value } else { value.ln() };
    let unscaled = |value: f64| if kind.is_difference { value } else { value.exp() };
    let of_round =
        |round: &&RoundRecord| round.values.get(name).map(|value| scaled(*value)).filter(|x| x.is_finite());
    let nested: Vec<Vec<Vec<f64>>> = sessions
        .iter()
        .map(|rounds| {
            // A process is a side, and with fresh programs a side of one quad.
            let mut processes: BTreeMap<_, Vec<f64>> = BTreeMap::new();
            for round in rounds {
                let quad = restarted_each_quad.then_some((round.stage, round.quad));
                processes.entry((round.side, quad)).or_default().extend(of_round(round));
            }
            processes.into_values().filter(|values| !values.is_empty()).collect()
        })
        .collect();
    let Components { round, process, session } = components(&nested)?;
    let series: Vec<Vec<f64>> =
        sessions.iter().map(|rounds| rounds.iter().filter_map(of_round).collect()).collect();
    let all: Vec<f64> = series.concat();
    let session_values: Vec<f64> =
        series.iter().filter(|values| !values.is_empty()).map(|values| unscaled(mean(values))).collect();
    Some(CalibratedCell {
        value: unscaled(mean(&all)),
        session_values,
        interval95: median_interval(&all, CONFIDENCE).map(|(low, high)| (unscaled(low), unscaled(high))),
        rounds: all.len() as u64,
        noise: Noise {
            sigma_round: round,
            sigma_process: Some(process),
            sigma_session: (sessions.len() > 1).then_some(session),
            rho1: correlation(&series),
        },
        bias_upper: bias_upper(name, kind.is_difference, played),
        key,
        kind,
    })
}

/// The larger end of the interval of the difference between both copies, over all quads that count.
fn bias_upper(name: &str, is_difference: bool, played: &[&ComparisonRecord]) -> Option<f64> {
    let mut quads: BTreeMap<_, [Vec<f64>; 2]> = BTreeMap::new();
    for (index, record) in played.iter().enumerate() {
        for round in counted_rounds(record) {
            let sides = quads.entry((index, round.stage, round.quad)).or_default();
            sides[round.side as usize].extend(round.values.get(name));
        }
    }
    let changes: Vec<f64> = quads
        .into_values()
        .filter_map(|[a, b]| {
            let (a, b) = (<[f64; 2]>::try_from(a).ok()?, <[f64; 2]>::try_from(b).ok()?);
            if is_difference { difference(a, b) } else { log_ratio(a, b) }
        })
        .collect();
    median_interval(&changes, CONFIDENCE).map(|(low, high)| low.abs().max(high.abs()))
}

/// Correlation of neighbouring rounds around the mean of their session; `None` where nothing scatters.
fn correlation(sessions: &[Vec<f64>]) -> Option<f64> {
    let (mut together, mut alone) = (0.0, 0.0);
    for values in sessions {
        let middle = mean(values);
        let off: Vec<f64> = values.iter().map(|value| value - middle).collect();
        together += off.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>();
        alone += off.iter().map(|value| value * value).sum::<f64>();
    }
    (alone > 0.0).then(|| (together / alone).clamp(-1.0, 1.0))
}

fn certificate(gates: &[ComparisonRecord], cells: &[CalibratedCell]) -> Option<Certificate> {
    let judged = gates.iter().filter(|record| record.gate.state != GateState::Incomparable).count() as u64;
    let false_alarms = gates.iter().filter(|record| record.gate.state == GateState::Fail).count() as u64;
    let bias_upper = cells.iter().filter_map(|cell| Some((cell.key.to_string(), cell.bias_upper?))).collect();
    (judged > 0).then(|| Certificate {
        gates: judged,
        false_alarms,
        upper95: share_at_most(false_alarms, judged, CONFIDENCE),
        bias_upper,
    })
}

/// What a quad took in a session: its rounds, its pauses, and the rest, which is starting anew.
fn cost(session: &ComparisonRecord) -> Option<QuadCost> {
    let contest = session.contest.as_ref()?;
    let (first, last) = (contest.rounds.first()?, contest.rounds.last()?);
    let quads = (contest.rounds.len() / 4).max(1) as f64;
    let round_s = contest.round_ns as f64 / 1e9;
    let gap_s = (contest.gap_ns.0 + contest.gap_ns.1) as f64 / 2e9;
    let spent_s = (last.at_ns + last.length_ns).saturating_sub(first.at_ns) as f64 / 1e9 / quads;
    Some(QuadCost { round_s, gap_s, restart_s: (spent_s - 4.0 * (round_s + gap_s)).max(0.0) })
}

impl CalibratedCell {
    /// The standard deviation of a quad.
    #[must_use]
    pub fn quad_sigma(&self) -> f64 {
        quad_sigma(&self.noise)
    }

    /// What budgets of so many seconds find, as log ratios or shares.
    #[must_use]
    pub fn buys(&self, cost: &QuadCost, alpha: f64, budgets_s: &[f64]) -> Vec<Buy> {
        let default = if self.kind.is_difference { 0.0 } else { self.kind.default_bias };
        let bias = self.bias_upper.unwrap_or(default);
        buy(self.quad_sigma(), bias, cost, SCREEN_QUADS, alpha, budgets_s)
    }
}

/// The standard deviation of a quad whose sides are started anew.
pub(crate) fn quad_sigma(noise: &Noise) -> f64 {
    let (process, session) = (noise.sigma_process.unwrap_or(0.0), noise.sigma_session.unwrap_or(0.0));
    Components { round: noise.sigma_round, process, session }.quad_sigma(noise.rho1.unwrap_or(0.0))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests;
