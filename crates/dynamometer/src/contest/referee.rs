//! Plays what the gate asks for, quad by quad, until it is content, the time is over, or the machine is not fit.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use dyno_engine::contest::{
    self, Anchors, Arena as _, Cell, DISCARDED_SHARE_MOST, IdleWatch, Pacing, QuadPlan, side_index, warm_up,
};
use dyno_model::{CellKey, RoundRecord, RunPlan, Side, Stage, Warmup};
use dyno_stats::paired::QuadOrder;
use dyno_verdict::gate::{Gate, Judged, Next, Quad};

use crate::contest::arena::Live;
use crate::contest::arm::{Arm, Starter};
use crate::contest::orders::{Orders, sides};
use crate::contest::planning::{alpha, announce, confirming_quad, plan_rounds, policy};
use crate::contest::plans::Plans;
use crate::contest::settle::{self, Settled};
use crate::contest::{Audience, Contest, End, Restart, Standing, letter, outlook};
use crate::error::CommandError;
use crate::play::signals::Interrupts;

/// Quads that the confirmation needs at least; planned for beside the screen.
pub const CONFIRM_QUADS: u32 = 12;
/// Fewer discarded quads than this may be chance.
const DISCARDED_LEAST: u32 = 3;
/// Nobody looks at a side that was started again: it is only to be warm.
const GLANCE: Duration = Duration::from_millis(10);

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
        policy(contest, plans, &pacing, confirming_quad(&live, &settled, &pacing), started),
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
        orders: Orders::new(contest.pace.seed),
        anchors: Anchors::default(),
        idle: IdleWatch::default(),
        rounds: Vec::new(),
        played: [0, 0],
        kept: [0, 0],
        confirms_freshly: false,
        again: settled.again,
        restarts: [settled.restarts_each, settled.restarts_to_confirm],
        budget: plans.budget,
        alpha: alpha(contest, plans),
        spent: Duration::ZERO,
    };
    let end = referee.run(audience)?;
    let Referee { gate, rounds, played, kept, .. } = referee;
    Ok(Refereed {
        end,
        rounds,
        judged: gate.judge_in_full(),
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
    /// Whether both sides are started anew for each quad, by stage.
    restarts: [bool; 2],
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
            // Builds take turns over the quads that count, so that each gets as many.
            let build = self.kept[stage_index(stage)] % self.contest.builds();
            if !self.make_ready(stage, build, sides(order), audience)? {
                return Ok(End::Interrupted);
            }
            let number = &mut self.played[stage_index(stage)];
            let seed = self.contest.pace.seed;
            let quad = QuadPlan { stage, number: *number, order: sides(order), build, seed };
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
                self.gate.add(quad_of(&quad, order, &rounds));
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
        build: u32,
        order: [Side; 4],
        audience: &mut dyn Audience,
    ) -> Result<bool, CommandError> {
        let is_first = self.played == [0, 0];
        let begins_confirming = stage == Stage::Confirm && !self.confirms_freshly;
        let is_possible = match self.contest.pace.restart {
            Restart::Never => false,
            Restart::Auto if self.contest.builds() > 1 => true,
            Restart::Auto => self.contest.arms.iter().all(super::ArmSpec::restarts_easily),
            Restart::Each => self.contest.arms.iter().any(super::ArmSpec::is_ours),
        };
        let is_due = !is_first && (self.restarts[stage_index(stage)] || begins_confirming);
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
                let arm = Arm::start(&self.contest.arms[index], build, letter(side), &self.starter)?;
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
            alpha: self.alpha,
        });
        if stage == Stage::Screen && discarded.is_none() && quads as usize == outlook::QUADS_LEAST {
            let keys: Vec<CellKey> = self.cells.iter().map(|cell| cell.key.clone()).collect();
            let planned = if self.contest.pace.confirms { CONFIRM_QUADS } else { quads + more };
            let sigma = |key: &CellKey| outlook::sigma(&self.rounds, key);
            outlook::words(&keys, planned, self.alpha, sigma).iter().for_each(|line| audience.note(line));
        }
    }
}

fn stage_index(stage: Stage) -> usize {
    match stage {
        Stage::Screen => 0,
        Stage::Confirm => 1,
    }
}

/// A quad as the gate takes it.
fn quad_of(plan: &QuadPlan, order: QuadOrder, rounds: &[RoundRecord]) -> Quad {
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
    Quad {
        stage: plan.stage,
        order,
        build: plan.build,
        a: of(Side::A),
        b: of(Side::B),
        attempts: [attempts(Side::A), attempts(Side::B)],
    }
}

/// Starts both sides, in this order.
fn start_both(
    contest: &Contest<'_>,
    starter: &Starter<'_>,
    order: [Side; 2],
) -> Result<[Arm; 2], CommandError> {
    let mut arms = Vec::new();
    for side in order {
        arms.push(Arm::start(&contest.arms[side_index(side)], 0, letter(side), starter)?);
    }
    Ok(<[Arm; 2]>::try_from(arms).expect("invariant: two sides were started"))
}
