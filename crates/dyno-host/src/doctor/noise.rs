//! Short measurements of the machine itself: stolen time, the clock, and how evenly the same work runs.

use std::time::{Duration, Instant};

use super::CheckState::{Bad, Good, Warning};
use super::MachineCheck;
use crate::anchor::arithmetic;
use crate::files::Files;
use crate::meter::MachineCounters;

/// How long the same work is repeated.
const NOISE_TIME: Duration = Duration::from_millis(200);
/// About this long is one piece of work: long against the clock, short against a time slice.
const PIECE: Duration = Duration::from_millis(1);
/// A quiet core repeats the same work within half a percent.
const NOISE_WARNING: f64 = 0.02;
/// Above this, differences of a few percent drown.
const NOISE_BAD: f64 = 0.10;
/// Reading the clock twice per request must not be felt at a million requests per second.
const CLOCK_COST_MOST: Duration = Duration::from_nanos(100);
/// Times are given from one microsecond on.
const CLOCK_STEP_MOST: Duration = Duration::from_micros(1);
/// Steal that already moves a p99.
const STEAL_WARNING: f64 = 0.01;
/// Steal at which the machine is not ours.
const STEAL_BAD: f64 = 0.05;

pub(super) fn checks(files: &Files) -> Vec<MachineCheck> {
    let before = MachineCounters::read(files, "/proc/self");
    // Steal is counted while the core is wanted, so it is read around the busy loop and not around a pause.
    let pieces = repeat_work();
    let during = MachineCounters::read(files, "/proc/self").since(before);
    let (cost, step) = clock();
    vec![steal(files, during.steal_share()), evenness(&pieces), clock_cost(cost), clock_step(step)]
}

fn steal(files: &Files, share: f64) -> MachineCheck {
    if !files.exists("/proc/stat") {
        return MachineCheck::unknown("steal");
    }
    let state = grade(share, STEAL_WARNING, STEAL_BAD);
    let advice =
        "the hypervisor gives the cores to others: use a dedicated machine, or repeat and compare in rounds";
    MachineCheck::of("steal", state, format!("{:.1} % of the last 200 ms", share * 100.0), advice)
}

fn evenness(pieces: &[f64]) -> MachineCheck {
    let variation = coefficient_of_variation(pieces);
    let mut sorted = pieces.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (median, worst) = (sorted.get(sorted.len() / 2).copied(), sorted.last().copied());
    let (Some(median), Some(worst)) = (median, worst) else { return MachineCheck::unknown("noise") };
    let state = grade(variation, NOISE_WARNING, NOISE_BAD);
    let seen = format!(
        "the same work varies by {:.1} %, at worst {:.1} times the median",
        variation * 100.0,
        worst / median
    );
    MachineCheck::of("noise", state, seen, "stop other work, or pin the run to quiet cores (`taskset`)")
}

fn clock_cost(cost: Duration) -> MachineCheck {
    let state = if cost <= CLOCK_COST_MOST { Good } else { Warning };
    MachineCheck::of(
        "clock_cost",
        state,
        format!("{} ns per reading", cost.as_nanos()),
        "see `clocksource` and `load`",
    )
}

fn clock_step(step: Duration) -> MachineCheck {
    let state = if step <= CLOCK_STEP_MOST { Good } else { Bad };
    MachineCheck::of("clock_step", state, format!("{} ns", step.as_nanos()), "see `clocksource`")
}

fn grade(value: f64, warning: f64, bad: f64) -> super::CheckState {
    match value {
        value if value < warning => Good,
        value if value < bad => Warning,
        _ => Bad,
    }
}

/// Times of equal pieces of work, in seconds.
fn repeat_work() -> Vec<f64> {
    let rounds = rounds_per_piece();
    let start = Instant::now();
    let mut pieces = Vec::with_capacity(512);
    while start.elapsed() < NOISE_TIME {
        let piece = Instant::now();
        std::hint::black_box(arithmetic(rounds));
        pieces.push(piece.elapsed().as_secs_f64());
    }
    pieces
}

/// How many rounds of work fill one piece, found by doubling.
fn rounds_per_piece() -> u64 {
    let mut rounds = 1_000;
    loop {
        let start = Instant::now();
        std::hint::black_box(arithmetic(rounds));
        if start.elapsed() >= PIECE || rounds > u64::MAX / 4 {
            return rounds;
        }
        rounds *= 2;
    }
}

/// Cost of reading the clock in the quietest of several batches, and the smallest step it was seen to make.
fn clock() -> (Duration, Duration) {
    const BATCHES: u32 = 20;
    const READINGS: u32 = 5_000;
    let (mut cost, mut step) = (Duration::MAX, Duration::MAX);
    for _ in 0..BATCHES {
        let start = Instant::now();
        let mut last = start;
        for _ in 0..READINGS {
            let now = Instant::now();
            if now > last {
                step = step.min(now - last);
            }
            last = now;
        }
        cost = cost.min(start.elapsed() / READINGS);
    }
    (cost, step)
}

/// Standard deviation over mean.
fn coefficient_of_variation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    if mean > 0.0 { variance.sqrt() / mean } else { 0.0 }
}
