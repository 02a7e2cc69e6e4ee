//! Plays what the gate asks for, quad by quad, until it is content, the time is over, or the machine is not fit.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

use dyno_engine::contest::{
    self, Anchors, Arena as _, Cell, DISCARDED_SHARE_MOST, IdleWatch, Pacing, QuadPlan, Wishes, has_samples,
    quads_affordable, side_index, warm_up,
};
use dyno_model::{CellKey, RoundRecord, RunPlan, Side, Stage, Unit, Warmup, units};
use dyno_stats::paired::{QuadOrder, schedule};
use dyno_verdict::gate::{Gate, GatePolicy, Judged, Next, Quad};
use dyno_verdict::{CellRule, Tolerance};

use crate::contest::arena::Live;
use crate::contest::arm::{Arm, Starter};
use crate::contest::outlook;
use crate::contest::plans::Plans;
use crate::contest::settle::{self, Settled};
use crate::contest::{Audience, Contest, End, Restart, Standing, letter};
use crate::error::CommandError;
use crate::play::signals::Interrupts;

/// Quads that the confirmation needs at least; planned for beside the screen.
pub const CONFIRM_QUADS: u32 = 12;
/// The bound of false alarms of a gate, when nobody says otherwise.
const ALPHA: f64 = 0.01;
/// Fewer discarded quads than this may be chance.
const DISCARDED_LEAST: u32 = 3;
/// Nobody looks at a side that was started again: it is only to be warm.
const GLANCE: Duration = Duration::from_millis(10);
/// What the end of a program takes, in plans.
const ENDING: Duration = Duration::from_millis(50);

/// What was played.
pub struct Refereed {
    /// How it ended.
    pub end: End,
    /// Every round, discarded ones included.
    pub rounds: Vec<RoundRecord>,
    /// What the gate says.
    pub judged: Judged,
    /// How rounds were played.
    pub pacing: Pacing,
    /// How both sides were when they were warm.
    pub settled: Settled,
    /// Quads that do not count.
    pub discarded: u32,
    /// Quads that count, in the screen and in the confirmation.
    pub kept: (u32, u32),
    /// What people should know about the way it was played.
    pub notes: Vec<(&'static str, String)>,
}

/// Plays a contest.
///
/// # Errors
/// When a side cannot be started, dies, or cannot be asked.
pub fn play(
    contest: &Contest<'_>,
    plans: &Plans,
    interrupts: &Interrupts,
    audience: &mut dyn Audience,
    logs: &Path,
    started: Instant,
) -> Result<Refereed, CommandError> {
    let starter = Starter {
        logs,
        patience: contest.pace.ready_timeout,
        flags: &contest.flags,
        threads: plans.target_threads,
        interrupts,
    };
    let ours = [&plans.of[0], &plans.of[1]];
    audience.note("starting both sides");
    let arms = start_both(contest, &starter, [Side::A, Side::B])?;
    let mut live = Live::new(arms, interrupts, started);
    for side in [Side::A, Side::B] {
        live.check_target(side, ours[side_index(side)])?;
    }
    let quads = contest.pace.quads + if contest.pace.confirms { CONFIRM_QUADS } else { 0 };
    let settled = settle::settle(contest, plans.budget, ours, &mut live, quads, audience)?;
    let Some(settled) = settled else {
        return Err(CommandError::interrupted("stopped before the first round"));
    };
    let (pacing, rules, notes) = plan_rounds(contest, plans, &live, &settled, quads, started);
    announce(contest, plans, &pacing, &settled, audience);
    let gate = Gate::new(
        policy(contest, plans, &pacing, started),
        rules.iter().map(|(rule, _)| rule.clone()).collect(),
    );
    let cells =
        rules.into_iter().map(|(rule, samples_least)| Cell { key: rule.key, samples_least }).collect();
    let mut referee = Referee {
        contest,
        starter,
        plans: ours,
        live,
        gate,
        cells,
        pacing,
        orders: Orders { seed: contest.pace.seed, drawn: 0, left: VecDeque::new() },
        anchors: Anchors::default(),
        idle: IdleWatch::default(),
        rounds: Vec::new(),
        played: [0, 0],
        kept: [0, 0],
        confirms_freshly: false,
        again: settled.again,
        restarts_each: settled.restarts_each,
        budget: plans.budget,
        alpha: alpha(contest, plans),
        spent: Duration::ZERO,
    };
    let end = referee.run(audience)?;
    let Referee { gate, rounds, played, kept, .. } = referee;
    Ok(Refereed {
        end,
        rounds,
        judged: gate.judge(),
        pacing,
        settled,
        discarded: played.iter().sum::<u32>() - kept.iter().sum::<u32>(),
        kept: (kept[0], kept[1]),
        notes,
    })
}

/// The loop over quads.
struct Referee<'a> {
    contest: &'a Contest<'a>,
    starter: Starter<'a>,
    plans: [&'a RunPlan; 2],
    live: Live<'a>,
    gate: Gate,
    cells: Vec<Cell>,
    pacing: Pacing,
    orders: Orders,
    anchors: Anchors,
    idle: IdleWatch,
    rounds: Vec<RoundRecord>,
    /// Quads by stage, discarded ones included.
    played: [u32; 2],
    /// Quads by stage that count.
    kept: [u32; 2],
    /// Whether the confirmation has got its fresh programs.
    confirms_freshly: bool,
    again: Warmup,
    restarts_each: bool,
    budget: Option<Duration>,
    alpha: f64,
    /// What all quads so far took.
    spent: Duration,
}

impl Referee<'_> {
    fn run(&mut self, audience: &mut dyn Audience) -> Result<End, CommandError> {
        loop {
            let (stage, left) = match self.gate.next() {
                Next::Done => return Ok(End::Played),
                Next::Screen { quads } => (Stage::Screen, quads),
                Next::Confirm { quads, .. } => (Stage::Confirm, quads),
            };
            if stage == Stage::Confirm && self.is_out_of_time() {
                return Ok(End::Played);
            }
            let begun = Instant::now();
            let order = self.orders.next(stage, left);
            if !self.make_ready(stage, sides(order), audience)? {
                return Ok(End::Interrupted);
            }
            let number = &mut self.played[stage_index(stage)];
            let quad = QuadPlan { stage, number: *number, order: sides(order), seed: self.contest.pace.seed };
            *number += 1;
            let mut rounds =
                contest::play_quad(&mut self.live, self.plans, &quad, &self.pacing.round, &self.cells)?;
            if rounds.len() < 4 {
                let cut = "the contest was stopped in this quad";
                rounds.iter_mut().for_each(|round| round.discarded = Some(cut.to_owned()));
                self.rounds.append(&mut rounds);
                return Ok(End::Interrupted);
            }
            let discarded = contest::reason_to_discard(&rounds, &mut self.anchors);
            rounds.iter_mut().for_each(|round| round.discarded.clone_from(&discarded));
            rounds.iter().for_each(|round| self.idle.add(round));
            if discarded.is_none() {
                self.kept[stage_index(stage)] += 1;
                self.gate.add(quad_of(stage, &rounds));
            } else {
                self.orders.again(stage, order);
            }
            self.rounds.append(&mut rounds);
            self.spent += begun.elapsed();
            self.show(stage, discarded.as_deref(), audience);
            if let Some(reason) = self.unfit(discarded.as_deref()) {
                return Ok(End::Unfit(reason));
            }
        }
    }

    /// Starts both sides anew where that is due; `false` when the contest was stopped meanwhile.
    fn make_ready(
        &mut self,
        stage: Stage,
        order: [Side; 4],
        audience: &mut dyn Audience,
    ) -> Result<bool, CommandError> {
        let is_first = self.played == [0, 0];
        let begins_confirming = stage == Stage::Confirm && !self.confirms_freshly;
        let is_possible = match self.contest.pace.restart {
            Restart::Never => false,
            Restart::Auto => self.contest.arms.iter().all(super::ArmSpec::restarts_easily),
            Restart::Each => self.contest.arms.iter().any(super::ArmSpec::is_ours),
        };
        let is_due = !is_first && (self.restarts_each || begins_confirming);
        self.confirms_freshly |= begins_confirming;
        if !is_due || !is_possible {
            return Ok(!self.live.is_stopped());
        }
        if begins_confirming {
            audience.note("measuring the suspicious metrics again, with fresh programs and fresh quads");
        }
        let first_then_other = [order[0], order[1]];
        self.live.end_ours();
        for side in first_then_other {
            let index = side_index(side);
            if self.contest.arms[index].is_ours() {
                let arm = Arm::start(&self.contest.arms[index], letter(side), &self.starter)?;
                self.live.replace(side, arm);
            }
        }
        for side in first_then_other {
            if warm_up(&mut self.live, side, self.plans[side_index(side)], self.again, GLANCE)?.is_none() {
                return Ok(false);
            }
        }
        Ok(!self.live.is_stopped())
    }

    /// How long a quad takes: as planned, then as seen.
    fn quad_time(&self) -> Duration {
        match self.played.iter().sum() {
            0 => self.pacing.quad,
            quads => self.spent / quads,
        }
    }

    fn is_out_of_time(&self) -> bool {
        let passed = Duration::from_nanos(self.live.now_ns());
        self.budget.is_some_and(|budget| passed + self.quad_time() > budget)
    }

    /// Why it makes no sense to go on.
    fn unfit(&self, discarded: Option<&str>) -> Option<String> {
        let (played, kept) = (self.played.iter().sum::<u32>(), self.kept.iter().sum::<u32>());
        let gone = played - kept;
        let planned = self.contest.pace.quads.max(played);
        let is_too_many =
            gone >= DISCARDED_LEAST && f64::from(gone) > DISCARDED_SHARE_MOST * f64::from(planned);
        match discarded {
            Some(last) if is_too_many => {
                Some(format!("{gone} of {played} quads had to be left out; the last one because {last}"))
            }
            _ => self.idle.unfit(),
        }
    }

    fn show(&self, stage: Stage, discarded: Option<&str>, audience: &mut dyn Audience) {
        let quads = self.kept[stage_index(stage)];
        let more = match self.gate.next() {
            Next::Screen { quads } if stage == Stage::Screen => quads,
            Next::Confirm { quads, .. } if stage == Stage::Confirm => quads,
            _ => 0,
        };
        audience.quad(&Standing {
            stage,
            quads,
            planned: quads + more,
            discarded,
            cells: self.gate.progress(),
            left: self.quad_time() * more,
        });
        if stage == Stage::Screen && discarded.is_none() && quads as usize == outlook::QUADS_LEAST {
            let keys: Vec<CellKey> = self.cells.iter().map(|cell| cell.key.clone()).collect();
            let planned = if self.contest.pace.confirms { CONFIRM_QUADS } else { quads + more };
            let sigma = |key: &CellKey| outlook::sigma(&self.rounds, key);
            outlook::words(&keys, planned, self.alpha, sigma).iter().for_each(|line| audience.note(line));
        }
    }
}

/// Orders of quads, balanced over as many as the gate asks for at once.
struct Orders {
    seed: u64,
    drawn: u64,
    left: VecDeque<(Stage, QuadOrder)>,
}

impl Orders {
    fn next(&mut self, stage: Stage, quads: u32) -> QuadOrder {
        self.left.retain(|(of, _)| *of == stage);
        if self.left.is_empty() {
            // Each stage, and each part that the gate adds to one, has a draw of its own.
            self.drawn += 1;
            let orders = schedule(self.seed.wrapping_add(self.drawn), quads.max(1) as usize);
            self.left.extend(orders.into_iter().map(|order| (stage, order)));
        }
        self.left.pop_front().map_or(QuadOrder::Abba, |(_, order)| order)
    }

    /// The quad with this order does not count: it is played again, so that the whole stays balanced.
    fn again(&mut self, stage: Stage, order: QuadOrder) {
        self.left.push_back((stage, order));
    }
}

fn sides(order: QuadOrder) -> [Side; 4] {
    match order {
        QuadOrder::Abba => [Side::A, Side::B, Side::B, Side::A],
        QuadOrder::Baab => [Side::B, Side::A, Side::A, Side::B],
    }
}

fn stage_index(stage: Stage) -> usize {
    match stage {
        Stage::Screen => 0,
        Stage::Confirm => 1,
    }
}

/// A quad as the gate takes it.
fn quad_of(stage: Stage, rounds: &[RoundRecord]) -> Quad {
    let of = |side| {
        let values: Vec<BTreeMap<String, f64>> =
            rounds.iter().filter(|round| round.side == side).map(|round| round.values.clone()).collect();
        <[BTreeMap<String, f64>; 2]>::try_from(values)
            .expect("invariant: each side plays two rounds of a quad")
    };
    let attempts = |side| {
        let of_side = rounds.iter().filter(|round| round.side == side);
        of_side.fold((0, 0), |(attempts, errors), round| (attempts + round.attempts, errors + round.errors))
    };
    Quad { stage, a: of(Side::A), b: of(Side::B), attempts: [attempts(Side::A), attempts(Side::B)] }
}

/// Starts both sides, in this order.
fn start_both(
    contest: &Contest<'_>,
    starter: &Starter<'_>,
    order: [Side; 2],
) -> Result<[Arm; 2], CommandError> {
    let mut arms = Vec::new();
    for side in order {
        arms.push(Arm::start(&contest.arms[side_index(side)], letter(side), starter)?);
    }
    Ok(<[Arm; 2]>::try_from(arms).expect("invariant: two sides were started"))
}

type Rules = Vec<(CellRule, u64)>;

/// How long rounds are, and what each cell is held to in them.
fn plan_rounds(
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
    let starting: Duration = live.arms().iter().filter_map(|arm| arm.start_up).sum();
    let again = 2 * settle::length(settled.again) + starting + 2 * ENDING;
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

fn few_samples(rule: &CellRule, samples: u64, least: u64) -> String {
    format!(
        "`{}` {}: a round has about {} samples and {} are needed; longer rounds (`--round`) or more load help",
        rule.key,
        if rule.rule.is_some() { "cannot be judged" } else { "is shown and not judged" },
        units::format_count(samples),
        units::format_count(least),
    )
}

/// The bound of false alarms of the gate.
fn alpha(contest: &Contest<'_>, plans: &Plans) -> f64 {
    contest.policy.alpha.or(plans.profile.policy().alpha).unwrap_or(ALPHA)
}

fn policy(contest: &Contest<'_>, plans: &Plans, pacing: &Pacing, started: Instant) -> GatePolicy {
    let affordable = plans.budget.map(|budget| {
        let left = budget.saturating_sub(started.elapsed() + pacing.quad * contest.pace.quads);
        quads_affordable(left, pacing.quad)
    });
    let of_profile = plans.profile.policy();
    GatePolicy {
        alpha: alpha(contest, plans),
        screen_quads: contest.pace.quads,
        confirm_quads_most: if contest.pace.confirms { affordable } else { Some(0) },
        certificate: plans.profile.certificate().cloned(),
        min_evidence: contest.policy.min_evidence.or(of_profile.min_evidence),
        on_inconclusive: contest.policy.on_inconclusive.or(of_profile.on_inconclusive).unwrap_or_default(),
        seed: contest.pace.seed,
        ..GatePolicy::default()
    }
}

fn announce(
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

#[cfg(test)]
mod tests;
