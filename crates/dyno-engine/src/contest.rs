//! Plays two sides in turns: rounds in quads, so that drift and position cancel out of their difference.
//!
//! A *round* is one short run of one side, a *quad* is four of them in the order ABBA or BAAB. The order comes from
//! the caller, because it is the only randomness that the test of a comparison stands on. Here is nothing of gates,
//! processes or protocols: an [`Arena`] plays a run and watches the machine, this makes [`RoundRecord`]s of it and
//! says, blind to the values, which quads count. Called by the binary for `dyno compare --run`.

mod cells;
mod discard;
mod idle;
mod pacing;
mod warmup;

use std::time::Duration;

use dyno_datagen::{Random, mix};
use dyno_model::{
    Arrivals, LoadModel, Phases, RoundMachine, RoundRecord, RunPlan, RunState, ScheduleSpec, Side, Stage,
    Warmup,
};

use crate::{ArrivalSchedule as _, Played, Schedule};

pub use cells::{Cell, cell_keys, value_of};
pub use discard::{Anchors, DISCARDED_SHARE_MOST, reason_to_discard};
pub use idle::IdleWatch;
pub use pacing::{Pacing, Wishes, has_samples, quads_affordable};
pub use warmup::{LOOK, Warm, warm_up};

/// Where rounds are played: on this machine, or in virtual time.
pub trait Arena {
    /// Why a round could not be played.
    type Error;

    /// Plays one run of one side to its end.
    ///
    /// # Errors
    /// When it cannot be played at all; failing operations are data.
    fn play(&mut self, side: Side, plan: &RunPlan) -> Result<Played, Self::Error>;

    /// A round of this side begins: take readings.
    fn begin(&mut self, side: Side);

    /// The round has ended with this: what the machine did meanwhile.
    fn end(&mut self, side: Side, played: &Played) -> RoundMachine;

    /// Lets time pass. May return early when the contest is to be stopped.
    fn pause(&mut self, length: Duration);

    /// Whether the contest is to be stopped.
    fn is_stopped(&self) -> bool;

    /// Nanoseconds since the start of the contest.
    fn now_ns(&self) -> u64;
}

/// The length of a round and of what is played before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// What is measured.
    pub length: Duration,
    /// What is dropped at its start: connections are made and caches filled.
    pub warmup: Duration,
    /// The pause before it is drawn between these.
    pub gap: (Duration, Duration),
}

/// Four rounds to play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuadPlan {
    /// Its stage.
    pub stage: Stage,
    /// Zero-based number within the stage, discarded ones included.
    pub number: u32,
    /// Who plays when: ABBA or BAAB.
    pub order: [Side; 4],
    /// Zero-based number of the builds that are up.
    pub build: u32,
    /// The seed of pauses and of what is asked.
    pub seed: u64,
}

/// The stream of random numbers of pauses.
const GAP_STREAM: u64 = 0x6761_7073_7061_7573;

/// Plays four rounds; fewer when the arena was stopped, and then the last ones are missing.
///
/// Both sides are asked the same in their first rounds, and the same in their second ones.
///
/// # Errors
/// The arena's.
pub fn play_quad<A: Arena>(
    arena: &mut A,
    plans: [&RunPlan; 2],
    quad: &QuadPlan,
    round: &Round,
    cells: &[Cell],
) -> Result<Vec<RoundRecord>, A::Error> {
    let mut random =
        Random::for_arrival(quad.seed, GAP_STREAM, stage_word(quad.stage) | u64::from(quad.number));
    let mut rounds = Vec::with_capacity(4);
    let mut played_by_side = [0u64; 2];
    for (position, side) in quad.order.into_iter().enumerate() {
        arena.pause(gap(&mut random, round.gap));
        if arena.is_stopped() {
            break;
        }
        let nth = &mut played_by_side[side_index(side)];
        let seed = seed_of(quad, *nth);
        *nth += 1;
        let plan = round_plan(plans[side_index(side)], round, seed);
        let at_ns = arena.now_ns();
        arena.begin(side);
        let played = arena.play(side, &plan)?;
        let machine = arena.end(side, &played);
        if played.state == RunState::Interrupted || arena.is_stopped() {
            break;
        }
        rounds.push(RoundRecord {
            stage: quad.stage,
            quad: quad.number,
            position: position as u8,
            side,
            build: quad.build,
            at_ns,
            length_ns: played.elapsed_ns,
            values: cells::values(&plan, &played, &machine, cells),
            attempts: played.all.requests(),
            errors: played.all.rejected + played.all.failed(),
            histogram: played.all.response_time.packed(),
            machine,
            discarded: None,
        });
    }
    Ok(rounds)
}

/// 0 for the baseline, 1 for the candidate.
#[must_use]
pub fn side_index(side: Side) -> usize {
    match side {
        Side::A => 0,
        Side::B => 1,
    }
}

fn stage_word(stage: Stage) -> u64 {
    match stage {
        Stage::Screen => 0,
        Stage::Confirm => 1 << 32,
    }
}

/// The seed of what is asked in the `nth` round of each side.
fn seed_of(quad: &QuadPlan, nth: u64) -> u64 {
    mix(quad.seed ^ mix(stage_word(quad.stage) | (u64::from(quad.number) << 1) | nth))
}

fn gap(random: &mut Random, (shortest, longest): (Duration, Duration)) -> Duration {
    shortest + longest.saturating_sub(shortest).mul_f64(random.uniform_f64())
}

/// The plan of a round: the same load, steady, for its short time.
#[must_use]
pub fn round_plan(plan: &RunPlan, round: &Round, seed: u64) -> RunPlan {
    let phases = Phases {
        warmup: if round.warmup.is_zero() { Warmup::None } else { Warmup::Time(round.warmup) },
        measure: Some(round.length),
        cooldown: Duration::ZERO,
    };
    let mut plan = RunPlan { load: steady(plan), phases, seed, thresholds: Vec::new(), ..plan.clone() };
    plan.limits.arrivals = None;
    plan
}

/// The load without its course: users that are all there at once, or the mean rate of the measured time.
///
/// Rounds can be compared only if each asks as much as any other.
fn steady(plan: &RunPlan) -> LoadModel {
    match &plan.load {
        LoadModel::Closed { users, think_time, .. } => {
            LoadModel::Closed { users: *users, think_time: *think_time, ramp_up: Duration::ZERO }
        }
        LoadModel::Open { schedule, max_in_flight } => {
            let arrivals = match &schedule.arrivals {
                Arrivals::Poisson => Arrivals::Poisson,
                Arrivals::Even | Arrivals::Times(_) => Arrivals::Even,
            };
            let rate_per_s = mean_rate(plan, schedule);
            let schedule = ScheduleSpec::constant(rate_per_s, arrivals);
            LoadModel::Open { schedule, max_in_flight: *max_in_flight }
        }
    }
}

/// The mean rate over the measured time of a plan, in arrivals per second.
fn mean_rate(plan: &RunPlan, spec: &ScheduleSpec) -> f64 {
    let schedule = Schedule::new(spec, plan.seed);
    let from = match plan.phases.warmup {
        Warmup::Time(time) => time,
        Warmup::Count(count) => schedule.start_of(count).unwrap_or_default(),
        Warmup::None | Warmup::Automatic { .. } => Duration::ZERO,
    };
    let lasts = spec.duration().saturating_sub(from);
    let measured = plan.phases.measure.filter(|time| spec.hold_last || *time <= lasts).unwrap_or(lasts);
    // A held rate without an end has the rate of any second of it.
    let length = if measured.is_zero() { Duration::from_secs(1) } else { measured };
    (schedule.expected_before(from + length) - schedule.expected_before(from)) / length.as_secs_f64()
}

#[cfg(test)]
mod tests;
