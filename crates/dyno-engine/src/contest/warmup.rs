//! The warm-up of a session: each side is loaded until its times no longer drift, before the first round counts.

use std::time::Duration;

use dyno_model::{Phases, RunPlan, RunState, Side, Warmup};

use super::{Arena, round_plan};
use crate::contest::Round;

/// What is measured after a warm-up by default, to learn how fast the side is.
pub const LOOK: Duration = Duration::from_millis(500);

/// How far before its limit an automatic warm-up ends when it is the limit that ends it: three of its slices.
const AT_LIMIT: Duration = Duration::from_millis(600);

/// A side that is warm, and what it does then.
#[derive(Debug, Clone, PartialEq)]
pub struct Warm {
    /// How long it took.
    pub length: Duration,
    /// Whether the times had settled; `false` when the longest time was over before.
    pub is_steady: bool,
    /// Successes per second of the whole run.
    pub rate_per_s: f64,
    /// Successes per second of each operation, by its number.
    pub operation_rates_per_s: Vec<f64>,
    /// Requests per second that were not a success.
    pub errors_per_s: f64,
    /// Median of the response time.
    pub p50: Duration,
    /// 99th percentile of the response time.
    pub p99: Duration,
}

/// Loads one side until it is warm (MSER-5, White, Cobb and Spratt 2000), or for a fixed time, and then looks at it for
/// as long as `look`.
///
/// `None` when the arena was stopped meanwhile.
///
/// # Errors
/// The arena's.
pub fn warm_up<A: Arena>(
    arena: &mut A,
    side: Side,
    plan: &RunPlan,
    rule: Warmup,
    look: Duration,
) -> Result<Option<Warm>, A::Error> {
    let round = Round { length: look, warmup: Duration::ZERO, gap: (Duration::ZERO, Duration::ZERO) };
    let steady = round_plan(plan, &round, plan.seed);
    let plan = RunPlan { phases: Phases { warmup: rule, ..steady.phases }, ..steady };
    let played = arena.play(side, &plan)?;
    if played.state == RunState::Interrupted {
        return Ok(None);
    }
    let length = Duration::from_nanos(played.load.measure_start_ns);
    let is_steady = match rule {
        Warmup::Automatic { at_most } => length + AT_LIMIT < at_most,
        Warmup::None | Warmup::Time(_) | Warmup::Count(_) => true,
    };
    let per_s = |count: u64| count as f64 * 1e9 / played.elapsed_ns.max(1) as f64;
    Ok(Some(Warm {
        length,
        is_steady,
        rate_per_s: per_s(played.all.ok),
        operation_rates_per_s: played.by_operation.iter().map(|tally| per_s(tally.ok)).collect(),
        errors_per_s: per_s(played.all.requests() - played.all.ok),
        p50: Duration::from_nanos(played.all.response_time.quantile(0.5)),
        p99: Duration::from_nanos(played.all.response_time.quantile(0.99)),
    }))
}
