//! Rounds on this machine: drivers, meters, signals, and sides that may die meanwhile.

use std::time::{Duration, Instant};

use dyno_engine::contest::{Arena, side_index};
use dyno_engine::{Hooks, Meters, Played};
use dyno_host::{GeneratorRound, RoundMeter};
use dyno_model::{RoundMachine, RunPlan, Side, Workload};

use crate::contest::arm::{Arm, split};
use crate::error::CommandError;
use crate::play::signals::Interrupts;
use crate::registry;

/// How long a pause may go on after a signal.
const LOOK: Duration = Duration::from_millis(20);

/// Both sides while they run.
pub struct Live<'a> {
    arms: [Arm; 2],
    interrupts: &'a Interrupts,
    started: Instant,
    meter: Option<RoundMeter>,
    threads: u32,
}

impl<'a> Live<'a> {
    /// Takes over two sides that run; time counts from `started`.
    pub fn new(arms: [Arm; 2], interrupts: &'a Interrupts, started: Instant) -> Self {
        Self { arms, interrupts, started, meter: None, threads: 1 }
    }

    /// The sides.
    pub fn arms(&self) -> &[Arm; 2] {
        &self.arms
    }

    /// Puts a side that was started anew in the place of the old one.
    pub fn replace(&mut self, side: Side, arm: Arm) {
        self.arms[side_index(side)] = arm;
    }

    /// Ends the sides that we started, so that nobody is disturbed by their ends later.
    pub fn end_ours(&mut self) {
        self.arms.iter_mut().for_each(Arm::end);
    }

    /// That a side can be measured: one real exchange.
    ///
    /// # Errors
    /// When it cannot, with what to do.
    pub fn check_target(&self, side: Side, plan: &RunPlan) -> Result<(), CommandError> {
        let driver = registry::driver(&self.aimed(side, plan))?;
        registry::check(&*driver).map(|_| ())
    }

    /// The plan against where the side listens now: each start may have given it another port.
    fn aimed(&self, side: Side, plan: &RunPlan) -> RunPlan {
        let mut plan = plan.clone();
        let Some(origin) = &self.arms[side_index(side)].origin else { return plan };
        let Workload::Http(http) = &mut plan.workload;
        for url in &mut http.base_urls {
            *url = format!("{origin}{}", split(url).1);
        }
        plan
    }
}

impl Arena for Live<'_> {
    type Error = CommandError;

    fn play(&mut self, side: Side, plan: &RunPlan) -> Result<Played, CommandError> {
        let plan = self.aimed(side, plan);
        let driver = registry::driver(&plan)?;
        self.threads = plan.threads;
        let (arms, interrupts) = (&mut self.arms, self.interrupts);
        let mut died = None;
        let hooks = Hooks {
            observers: Vec::new(),
            meters: Meters { sample: Box::new(|| (None, None)) },
            supervise: Box::new(|control, now_ns| {
                if interrupts.count() > 0 && !control.is_stopped() {
                    control.stop(now_ns);
                }
                if interrupts.count() > 1 && !control.is_aborted() {
                    control.abort(now_ns);
                }
                if died.is_none() {
                    died = arms.iter_mut().find_map(|arm| arm.check().err());
                }
                if died.is_some() && !control.is_aborted() {
                    control.abort(now_ns);
                }
            }),
        };
        let played = dyno_engine::run(&plan, &*driver, hooks)?;
        // A program that ends takes its last requests with it before anybody looks.
        let died = died.or_else(|| self.arms.iter_mut().find_map(|arm| arm.check().err()));
        if let Some(error) = died.filter(|_| interrupts.count() == 0) {
            return Err(error);
        }
        match played.worker_errors.first() {
            Some(error) => Err(CommandError::internal("a round could not be played").because(error.clone())),
            None => Ok(played),
        }
    }

    fn begin(&mut self, side: Side) {
        let measured = side_index(side);
        self.meter = Some(RoundMeter::begin(&self.arms[measured].pids(), &self.arms[1 - measured].pids()));
    }

    fn end(&mut self, _side: Side, played: &Played) -> RoundMachine {
        let generator =
            GeneratorRound { threads: self.threads, lateness_p99_ns: played.load.generator_lateness_p99_ns };
        self.meter.take().map(|meter| meter.end(generator)).unwrap_or_default()
    }

    fn pause(&mut self, length: Duration) {
        let end = Instant::now() + length;
        while let Some(left) = end.checked_duration_since(Instant::now()).filter(|_| !self.is_stopped()) {
            std::thread::sleep(left.min(LOOK));
        }
    }

    fn is_stopped(&self) -> bool {
        self.interrupts.count() > 0
    }

    fn now_ns(&self) -> u64 {
        self.started.elapsed().as_nanos() as u64
    }
}
