//! How a contest is going to be played: lengths of rounds, rules of cells, the policy of the gate, and what people hear
//! of it. Called by `referee` once both sides are warm.

use std::time::{Duration, Instant};

use dyno_engine::contest::{self, Pacing, Wishes, has_samples, quads_affordable};
use dyno_model::{CellKey, Unit, units};
use dyno_verdict::gate::GatePolicy;
use dyno_verdict::{CellRule, Tolerance};

use crate::contest::arena::Live;
use crate::contest::outlook;
use crate::contest::plans::Plans;
use crate::contest::referee::CONFIRM_QUADS;
use crate::contest::settle::{self, Settled};
use crate::contest::{Audience, Contest};

/// The bound of false alarms of a gate, when nobody says otherwise.
const ALPHA: f64 = 0.01;
/// What the end of a program takes, in plans.
const ENDING: Duration = Duration::from_millis(50);

/// Rules of cells, each with the samples that it needs in a round.
pub type Rules = Vec<(CellRule, u64)>;

/// How long rounds are, and what each cell is held to in them.
pub fn plan_rounds(
    contest: &Contest<'_>,
    plans: &Plans,
    live: &Live<'_>,
    settled: &Settled,
    quads: u32,
    started: Instant,
) -> (Pacing, Rules, Vec<(&'static str, String)>) {
    let plan = &plans.of[0];
    let keys = contest::cell_keys(&plan.operations, plan.load.is_open());
    let rule = |key: &CellKey| {
        let mut rule = plans.profile.cell_rule(&plan.name, key)?;
        let takes_threshold =
            rule.is_gated && rule.rule.is_none() && matches!(rule.kind.unit, Unit::Ns | Unit::PerS);
        if let Some(share) = contest.threshold.filter(|_| takes_threshold) {
            rule.tolerance = Tolerance::relative(share);
        }
        Some(rule)
    };
    let rules: Vec<CellRule> = keys.iter().filter_map(rule).collect();
    let again = starting_again(live, settled);
    let slower = |of: fn(&contest::Warm) -> f64| settled.warm.iter().map(of).fold(f64::INFINITY, f64::min);
    let rate_per_s = slower(|warm| warm.rate_per_s);
    let whole = rules.iter().filter(|rule| rule.is_gated && rule.key.operation.is_none());
    let pacing = Pacing::of(&Wishes {
        round: contest.pace.round,
        budget: plans.budget.map(|budget| budget.saturating_sub(started.elapsed())),
        quads,
        quad_extra: if settled.restarts_each { again } else { Duration::ZERO },
        rate_per_s,
        samples_least: whole.map(|rule| rule.kind.samples_least()).max().unwrap_or(1),
        p99: settled.warm.iter().map(|warm| warm.p99).max().unwrap_or_default(),
    });
    // What is judged must not depend on the candidate: one that has become very slow would judge itself less.
    let baseline = &settled.warm[0];
    let rate_of = |key: &CellKey| match &key.operation {
        None => baseline.rate_per_s,
        Some(name) => {
            plan.operations.iter().find(|(_, known, _)| known == name).map_or(0.0, |(id, _, _)| {
                baseline.operation_rates_per_s.get(id.index()).copied().unwrap_or(0.0)
            })
        }
    };
    let mut notes = Vec::new();
    let rules = rules
        .into_iter()
        .map(|mut rule| {
            let least = rule.kind.samples_least();
            let has_enough = has_samples(rate_of(&rule.key), pacing.round.length, least);
            if !has_enough && rule.is_gated {
                let samples = (rate_of(&rule.key) * pacing.round.length.as_secs_f64()) as u64;
                notes.push(("few_samples", few_samples(&rule, samples, least)));
                // The user's own rule stays, and says itself that it lacks samples.
                rule.is_gated = rule.rule.is_some();
            }
            let least = if rule.is_gated { least } else { 1 };
            (rule, least)
        })
        .collect();
    (pacing, rules, notes)
}

/// How long a quad of the confirmation takes: also where programs are started anew for those only.
pub fn confirming_quad(live: &Live<'_>, settled: &Settled, pacing: &Pacing) -> Duration {
    let is_only_then = settled.restarts_to_confirm && !settled.restarts_each;
    pacing.quad + if is_only_then { starting_again(live, settled) } else { Duration::ZERO }
}

/// What it takes to start both sides anew and to warm them up.
fn starting_again(live: &Live<'_>, settled: &Settled) -> Duration {
    let starting: Duration = live.arms().iter().filter_map(|arm| arm.start_up).sum();
    2 * settle::length(settled.again) + starting + 2 * ENDING
}

fn few_samples(rule: &CellRule, samples: u64, least: u64) -> String {
    format!(
        "`{}` {}: a round has about {} samples, and every round needs {}, so half as many again should be expected; longer \
         rounds (`--round`) or more load help",
        rule.key,
        if rule.rule.is_some() { "cannot be judged" } else { "is shown and not judged" },
        units::format_count(samples),
        units::format_count(least),
    )
}

/// The bound of false alarms of the gate.
pub fn alpha(contest: &Contest<'_>, plans: &Plans) -> f64 {
    contest.policy.alpha.or(plans.profile.policy().alpha).unwrap_or(ALPHA)
}

/// How the gate decides, when a quad of the confirmation takes this long.
pub fn policy(
    contest: &Contest<'_>,
    plans: &Plans,
    pacing: &Pacing,
    confirm_quad: Duration,
    started: Instant,
) -> GatePolicy {
    let affordable = plans.budget.map(|budget| {
        let left = budget.saturating_sub(started.elapsed() + pacing.quad * contest.pace.quads);
        quads_affordable(left, confirm_quad)
    });
    let of_profile = plans.profile.policy();
    GatePolicy {
        alpha: alpha(contest, plans),
        screen_quads: contest.pace.quads,
        confirm_quads_most: if contest.pace.confirms { affordable } else { Some(0) },
        builds: contest.builds(),
        certificate: plans.profile.certificate().cloned(),
        min_evidence: contest.policy.min_evidence.or(of_profile.min_evidence),
        on_inconclusive: contest.policy.on_inconclusive.or(of_profile.on_inconclusive).unwrap_or_default(),
        seed: contest.pace.seed,
        ..GatePolicy::default()
    }
}

/// Says what is going to be played.
pub fn announce(
    contest: &Contest<'_>,
    plans: &Plans,
    pacing: &Pacing,
    settled: &Settled,
    audience: &mut dyn Audience,
) {
    let time = |duration: Duration| {
        units::format_duration(Duration::from_secs(duration.as_secs_f64().ceil() as u64))
    };
    let screen = pacing.quad * contest.pace.quads;
    let mut line = format!(
        "{} quads of 4 rounds of {}: about {}",
        contest.pace.quads,
        units::format_duration(pacing.round.length),
        time(screen)
    );
    if contest.pace.confirms {
        line.push_str(&format!(
            ", twice as long or more when something is suspicious ({} a quad)",
            time(pacing.quad)
        ));
    }
    if settled.restarts_each {
        line.push_str("; both sides are started anew for each quad");
    } else if settled.restarts_to_confirm && contest.pace.confirms {
        line.push_str(", with both sides started anew for each quad");
    }
    if contest.builds() > 1 {
        line.push_str(&format!("; {} builds of each take turns", contest.builds()));
    }
    audience.note(&line);
    let plan = &plans.of[0];
    let keys = contest::cell_keys(&plan.operations, plan.load.is_open());
    let quads = if contest.pace.confirms { CONFIRM_QUADS } else { contest.pace.quads };
    let calibrated = |key: &CellKey| plans.profile.noise(&plan.name, key).map(|noise| noise.sigma_round);
    outlook::words(&keys, quads, alpha(contest, plans), calibrated)
        .iter()
        .for_each(|line| audience.note(line));
}
