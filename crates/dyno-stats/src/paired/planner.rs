//! From the scatter of identical code to what minutes of measuring buy.
//!
//! Scatter has three levels: rounds of one process, processes of one session, sessions. Which of them is large decides
//! what to repeat (Kalibera and Jones, "Rigorous benchmarking in reasonable time", ISMM 2013).

use super::power::detectable;

/// Standard deviations of logarithms at three levels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Components {
    /// Between rounds of one process.
    pub round: f64,
    /// Between processes of one session.
    pub process: f64,
    /// Between sessions.
    pub session: f64,
}

/// What a quad costs, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuadCost {
    /// One round.
    pub round_s: f64,
    /// The pause before each round.
    pub gap_s: f64,
    /// Starting and warming up both arms, once per quad; 0 when they stay up.
    pub restart_s: f64,
}

/// What a budget buys.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Buy {
    /// The budget, in seconds.
    pub seconds: f64,
    /// Quads that confirm, after the screen is paid.
    pub quads: usize,
    /// The smallest effect that is found in nine of ten cases, as a log ratio, bias included; infinite when the
    /// budget is too small for any finding.
    pub detectable: f64,
}

/// The components of variance of A/A rounds, by nested analysis of variance (Searle, Casella and McCulloch, "Variance
/// Components", section 3.6, for unequal counts).
///
/// `sessions` holds sessions, of processes, of rounds, as logarithms of the metric. A level that shows less scatter
/// than the one below explains is zero, and so is one that is not repeated. `None` when no process has two rounds.
#[must_use]
pub fn components(sessions: &[Vec<Vec<f64>>]) -> Option<Components> {
    let processes: Vec<&Vec<f64>> = sessions.iter().flatten().filter(|rounds| !rounds.is_empty()).collect();
    let count: f64 = processes.iter().map(|rounds| rounds.len() as f64).sum();
    let within_df = count - processes.len() as f64;
    if within_df < 1.0 {
        return None;
    }
    let within: f64 = processes.iter().map(|rounds| squares(rounds)).sum();
    let round = within / within_df;

    let mut between = Between::default();
    let all = mean(processes.iter().flat_map(|rounds| rounds.iter().copied()));
    for session in sessions.iter().filter(|session| session.iter().any(|rounds| !rounds.is_empty())) {
        between.add(session, all);
    }
    let process = between.process(round, count);
    let session = between.session(round, process, count);
    Some(Components { round: round.sqrt(), process: process.sqrt(), session: session.sqrt() })
}

/// Sums over sessions for the two upper levels.
#[derive(Debug, Default)]
struct Between {
    sessions: f64,
    processes: f64,
    /// Of process means around their session's.
    process_squares: f64,
    /// Of session means around the overall one.
    session_squares: f64,
    /// Σ n_ij² / n_i over processes.
    inner: f64,
    /// Σ n_ij² over processes.
    processes_squared: f64,
    /// Σ n_i² over sessions.
    sessions_squared: f64,
}

impl Between {
    fn add(&mut self, session: &[Vec<f64>], all: f64) {
        let rounds: f64 = session.iter().map(|rounds| rounds.len() as f64).sum();
        let middle = mean(session.iter().flatten().copied());
        let squared: f64 = session.iter().map(|rounds| (rounds.len() as f64).powi(2)).sum();
        for process in session.iter().filter(|rounds| !rounds.is_empty()) {
            self.processes += 1.0;
            self.process_squares += process.len() as f64 * (mean(process.iter().copied()) - middle).powi(2);
        }
        self.sessions += 1.0;
        self.session_squares += rounds * (middle - all).powi(2);
        self.inner += squared / rounds;
        self.processes_squared += squared;
        self.sessions_squared += rounds * rounds;
    }

    /// The variance between processes, by its expected sum of squares.
    fn process(&self, round: f64, count: f64) -> f64 {
        let df = self.processes - self.sessions;
        if df < 1.0 {
            return 0.0;
        }
        ((self.process_squares - df * round) / (count - self.inner)).max(0.0)
    }

    fn session(&self, round: f64, process: f64, count: f64) -> f64 {
        let df = self.sessions - 1.0;
        if df < 1.0 {
            return 0.0;
        }
        let of_processes = self.inner - self.processes_squared / count;
        let rest = self.session_squares - df * round - of_processes * process;
        (rest / (count - self.sessions_squared / count)).max(0.0)
    }
}

impl Components {
    /// The standard deviation of a quad's log ratio, with fresh processes in each quad.
    ///
    /// `rho1` is the correlation of neighbouring rounds, which is taken to fade as its powers; the order `ABBA` cancels
    /// part of what is correlated. Without correlation and processes it is that of one round, since a quad averages
    /// two of each.
    #[must_use]
    pub fn quad_sigma(&self, rho1: f64) -> f64 {
        let shared = (2.0 - rho1 - 2.0 * rho1.powi(2) + rho1.powi(3)) / 2.0;
        (self.round.powi(2) * shared.max(0.0) + 2.0 * self.process.powi(2)).sqrt()
    }
}

impl QuadCost {
    /// Seconds of one quad.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        4.0 * (self.round_s + self.gap_s) + self.restart_s
    }
}

/// How many rounds to take from a process before starting a new one: `⌈√(cost ratio · variance ratio)⌉`, at least 1.
///
/// `None` when processes do not differ, so that starting anew buys nothing.
#[must_use]
pub fn rounds_per_process(components: &Components, cost: &QuadCost) -> Option<u64> {
    let round_s = cost.round_s + cost.gap_s;
    if components.process <= 0.0 || round_s <= 0.0 {
        return None;
    }
    // A restart of a quad starts two processes.
    let cost_ratio = cost.restart_s / 2.0 / round_s;
    let variance_ratio = (components.round / components.process).powi(2);
    Some((cost_ratio * variance_ratio).sqrt().ceil().max(1.0) as u64)
}

/// What each budget buys: confirming quads after a screen of `screen` quads, and what they find at level `alpha`.
///
/// `sigma` is that of one quad ([`Components::quad_sigma`]), `bias` the tested null, both as log ratios.
#[must_use]
pub fn buy(sigma: f64, bias: f64, cost: &QuadCost, screen: usize, alpha: f64, budgets_s: &[f64]) -> Vec<Buy> {
    budgets_s
        .iter()
        .map(|seconds| {
            let quads = ((seconds / cost.seconds()).floor().max(0.0) as usize).saturating_sub(screen);
            Buy { seconds: *seconds, quads, detectable: bias + detectable(sigma, quads, alpha, 0.9) }
        })
        .collect()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

fn squares(values: &[f64]) -> f64 {
    let middle = mean(values.iter().copied());
    values.iter().map(|value| (value - middle).powi(2)).sum()
}
