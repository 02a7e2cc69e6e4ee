//! One client by itself: a worker plays once, and its samples become figures. Compares nothing.
//!
//! Called by the results API of `dyno monitor`, whose words the figures have.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use dyno_model::{BenchmarkFigures, BenchmarkTimes, MemoryUnit};
use dyno_workers::{
    Answer, Progress, RunLimits, RunOutcome, Session, SessionError, Setup, Spawn, Stop, Watch,
};

/// How much longer than the timeout of its requests a client may take to end.
const DRAIN: Duration = Duration::from_secs(2);

/// The first status that is no success.
const REJECTED_FROM: u16 = 400;

/// Why a client did not play.
#[derive(Debug, thiserror::Error)]
pub enum SingleError {
    /// It crashed, hung or broke the protocol.
    #[error("{error}{}", after_colon(tail))]
    Broken {
        /// What happened.
        error: SessionError,
        /// The end of its stderr.
        tail: String,
    },
    /// Its library cannot do what was asked.
    #[error("the client cannot do what is asked: {0}")]
    Skipped(String),
    /// It could not get ready.
    #[error("the client failed at `{place}`: {problem}{}", after_colon(tail))]
    Failed {
        /// What it was doing.
        place: String,
        /// What went wrong.
        problem: String,
        /// The end of its stderr.
        tail: String,
    },
}

fn after_colon(tail: &str) -> String {
    if tail.trim().is_empty() { String::new() } else { format!("; it said: {}", tail.trim()) }
}

/// Starts a worker, plays once and says good-bye. `watch` is told several times a second the worker's process number and what
/// it said last. Once `stop` is true, requests in flight may end, and what was measured until then is kept.
///
/// # Errors
/// When the worker cannot be started, cannot do what is asked, crashes, hangs or breaks the protocol.
pub fn play_alone(
    spawn: &Spawn,
    setup: &Setup,
    limits: RunLimits,
    stop: &Arc<AtomicBool>,
    watch: &mut dyn FnMut(u32, Progress),
) -> Result<RunOutcome, SingleError> {
    let stop = Stop::when(Arc::clone(stop), Duration::from_millis(setup.timeout_ms) + DRAIN);
    let mut session =
        Session::start_until(spawn, stop).map_err(|(error, tail)| SingleError::Broken { error, tail })?;
    if !session.hello().modes.contains(&setup.mode) {
        let has = session.hello().modes.join(" and ");
        return Err(SingleError::Skipped(format!("it has no {} interface, it is {has} only", setup.mode)));
    }
    let answer = session.setup(setup).map_err(|error| SingleError::Broken { error, tail: session.tail() })?;
    match answer {
        Answer::Ready => {}
        Answer::Skipped(reason) => return Err(SingleError::Skipped(reason)),
        Answer::Failed { place, problem } => {
            return Err(SingleError::Failed { place, problem, tail: session.tail() });
        }
    }
    let pid = session.pid();
    let outcome = session
        .run(limits, &[], true, &mut |progress| {
            watch(pid, progress);
            Watch::Continue
        })
        .map_err(|error| SingleError::Broken { error, tail: session.tail() })?;
    session.finish();
    Ok(outcome)
}

/// The figures of a run. Memory is not among them: whoever watched the process knows it.
///
/// An answer with a status below 400 is a success. Others, and failures, are errors: neither times nor throughput.
/// `status_codes` counts the answers of each status.
#[must_use]
pub fn figures_of(outcome: &RunOutcome) -> BenchmarkFigures {
    let samples = &outcome.samples;
    let mut succeeded: Vec<u64> = Vec::with_capacity(samples.len());
    let (mut errors, mut status_codes) = (BTreeMap::new(), BTreeMap::new());
    for index in 0..samples.len() {
        match samples.failure(index) {
            Some(kind) => *errors.entry(kind.name().to_owned()).or_insert(0) += 1,
            None => {
                let code = samples.code[index];
                *status_codes.entry(code.to_string()).or_insert(0) += 1;
                if code < REJECTED_FROM {
                    succeeded.push(samples.duration_ns[index]);
                } else {
                    *errors.entry(format!("status {code}")).or_insert(0) += 1;
                }
            }
        }
    }
    succeeded.sort_unstable();
    let sum = |column: &Option<Vec<u32>>| column.iter().flatten().map(|value| u64::from(*value)).sum();
    let wall_ns = outcome.done.wall;
    let per_wall = |value: f64| if wall_ns == 0 { 0.0 } else { value / wall_ns as f64 };
    let cpu_ns = outcome.done.utime.zip(outcome.done.stime).map(|(user, kernel)| user + kernel);
    BenchmarkFigures {
        duration_ns: wall_ns,
        requests_count: samples.len() as u64,
        requests_per_second: per_wall(succeeded.len() as f64 * 1e9),
        response_time: times_of(&succeeded),
        cpu_usage_percent: cpu_ns.map(|ns| per_wall(ns as f64 * 100.0)),
        memory_usage: None,
        memory_unit: MemoryUnit::Megabytes,
        bytes_sent: sum(&samples.sent),
        bytes_received: sum(&samples.received),
        error_count: (samples.len() - succeeded.len()) as u64,
        errors,
        status_codes,
        chunk_count: samples.chunks.is_some().then(|| sum(&samples.chunks)),
    }
}

/// The figures of sorted times; `None` without any.
fn times_of(sorted: &[u64]) -> Option<BenchmarkTimes> {
    let (min_ns, max_ns) = (*sorted.first()?, *sorted.last()?);
    let sum: u128 = sorted.iter().map(|ns| u128::from(*ns)).sum();
    let avg_ns = u64::try_from(sum / sorted.len() as u128).unwrap_or(u64::MAX);
    Some(BenchmarkTimes { avg_ns, min_ns, max_ns, p95_ns: at(sorted, 0.95), p99_ns: at(sorted, 0.99) })
}

/// Linear interpolation between the samples on both sides of `share · (n − 1)`.
fn at(sorted: &[u64], share: f64) -> u64 {
    let position = share * (sorted.len() - 1) as f64;
    let below = position as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let (low, high) = (sorted[below] as f64, sorted[above] as f64);
    (low + (high - low) * (position - below as f64)).round() as u64
}

#[cfg(test)]
mod tests;
