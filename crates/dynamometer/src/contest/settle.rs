//! Warm-up of both sides, and the decision whether they are started anew for each quad.

use std::time::Duration;

use dyno_engine::contest::{LOOK, Warm, warm_up};
use dyno_model::{RunPlan, Side, Warmup};

use crate::contest::arena::Live;
use crate::contest::referee::CONFIRM_QUADS;
use crate::contest::{ArmSpec, Audience, Contest, Pace, Restart, letter};
use crate::error::CommandError;

/// The longest automatic warm-up of a side.
const AUTOMATIC_MOST: Duration = Duration::from_secs(30);
/// A budget is not spent on warming up: each side gets at most this part of it.
const BUDGET_PART: u32 = 6;
/// Load of a side after each new start, unless the user says how long.
const SHORT: Duration = Duration::from_secs(1);
/// Starting anew is quick below this.
const QUICK: Duration = Duration::from_secs(2);
/// A side that is this near to its steady median after a short warm-up needs no longer one.
const NEAR: f64 = 0.1;
/// A budget is not spent on starting: all new starts together get at most this part of it.
const RESTART_PART: u32 = 4;

/// Both sides, warm.
pub struct Settled {
    /// What they did then.
    pub warm: [Warm; 2],
    /// How they are warmed up after each new start.
    pub again: Warmup,
    /// Whether they are started anew for each quad.
    pub restarts_each: bool,
    /// Whether they are started anew for each quad of the confirmation.
    pub restarts_to_confirm: bool,
}

/// The warm-up of a session for these wishes.
fn rule(pace: &Pace, budget: Option<Duration>) -> Warmup {
    pace.warmup.unwrap_or_else(|| {
        let at_most = budget.map_or(AUTOMATIC_MOST, |budget| (budget / BUDGET_PART).min(AUTOMATIC_MOST));
        Warmup::Automatic { at_most }
    })
}

/// The warm-up after a new start.
fn rule_again(pace: &Pace) -> Warmup {
    match pace.warmup {
        Some(rule @ (Warmup::Time(_) | Warmup::Count(_) | Warmup::None)) => rule,
        Some(Warmup::Automatic { .. }) | None => Warmup::Time(SHORT),
    }
}

/// Warms both sides up; `None` when the contest was stopped meanwhile.
///
/// # Errors
/// When a side cannot be played.
pub fn settle(
    contest: &Contest<'_>,
    budget: Option<Duration>,
    plans: [&RunPlan; 2],
    live: &mut Live<'_>,
    quads: u32,
    audience: &mut dyn Audience,
) -> Result<Option<Settled>, CommandError> {
    let pace = &contest.pace;
    let (first, again) = (rule(pace, budget), rule_again(pace));
    let starts: Vec<Option<Duration>> = live.arms().iter().map(|arm| arm.start_up).collect();
    let may_restart = pace.restart == Restart::Auto && contest.arms.iter().all(ArmSpec::restarts_easily);
    let is_quick = starts.iter().all(|start| start.is_some_and(|start| start < QUICK));
    let mut settles_quickly = true;
    let mut warm = Vec::new();
    for (side, plan) in [Side::A, Side::B].into_iter().zip(plans) {
        audience.note(&format!("warming up {}: {}", letter(side), words(first)));
        let cold = if may_restart && first != again { warm_up(live, side, plan, again, LOOK)? } else { None };
        let Some(steady) = warm_up(live, side, plan, first, LOOK)? else { return Ok(None) };
        refuse_silent(side, &steady)?;
        settles_quickly &= cold.is_none_or(|cold| is_near(&cold, &steady));
        warm.push(steady);
    }
    let Ok(warm) = <[Warm; 2]>::try_from(warm) else { return Ok(None) };
    let starting = Starting {
        has_builds: contest.arms.iter().any(|arm| arm.builds() > 1),
        may_restart,
        is_quick,
        settles_quickly,
        length: starts.iter().flatten().map(|start| *start + length(again)).sum(),
    };
    let (restarts_each, restarts_to_confirm) = restarts(pace.restart, &starting, budget, quads);
    Ok(Some(Settled { warm, again, restarts_each, restarts_to_confirm }))
}

/// What is known of starting both sides anew.
#[derive(Debug, Clone, Copy)]
struct Starting {
    /// Whether there are several builds, which take turns.
    has_builds: bool,
    /// Whether it is possible and left to us.
    may_restart: bool,
    /// Whether each start takes no time to speak of.
    is_quick: bool,
    /// Whether a short warm-up makes them as fast as a long one.
    settles_quickly: bool,
    /// What both starts take, with their warm-ups.
    length: Duration,
}

/// Whether both sides are started anew for each quad, and for each of those that confirm.
///
/// What decides is played on programs of its own also where that takes its time: the difference of two starts of one
/// program would look like a change in all of its quads.
fn restarts(when: Restart, starting: &Starting, budget: Option<Duration>, quads: u32) -> (bool, bool) {
    let fits = |quads: u32| budget.is_none_or(|budget| starting.length * quads <= budget / RESTART_PART);
    let is_sensible = starting.may_restart && starting.settles_quickly;
    match when {
        Restart::Each => (true, true),
        _ if starting.has_builds => (true, true),
        Restart::Never => (false, false),
        Restart::Auto => {
            let each = is_sensible && starting.is_quick && starting.length < QUICK * 2 && fits(quads);
            (each, each || (is_sensible && fits(CONFIRM_QUADS)))
        }
    }
}

/// A side without a single success has nothing that could be compared.
fn refuse_silent(side: Side, warm: &Warm) -> Result<(), CommandError> {
    if warm.rate_per_s > 0.0 || warm.errors_per_s == 0.0 {
        return Ok(());
    }
    let message = format!(
        "{} answers no request with success: {:.0} a second were refused or failed",
        letter(side),
        warm.errors_per_s
    );
    Err(CommandError::target(message).hint("`dyno http --debug URL` shows one request and its answer"))
}

/// How long a warm-up takes at most.
pub fn length(rule: Warmup) -> Duration {
    match rule {
        Warmup::Time(time) => time,
        Warmup::Automatic { at_most } => at_most,
        Warmup::None | Warmup::Count(_) => Duration::ZERO,
    }
}

fn is_near(cold: &Warm, steady: &Warm) -> bool {
    let off = cold.p50.as_secs_f64() / steady.p50.as_secs_f64().max(1e-9) - 1.0;
    off.abs() <= NEAR
}

fn words(rule: Warmup) -> String {
    use dyno_model::units::format_duration;
    match rule {
        Warmup::None => "not at all".to_owned(),
        Warmup::Time(time) => format_duration(time),
        Warmup::Count(count) => format!("{count} requests"),
        Warmup::Automatic { at_most } => format!("until it is steady, at most {}", format_duration(at_most)),
    }
}

#[cfg(test)]
mod tests;
