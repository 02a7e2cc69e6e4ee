//! Runs in virtual time: a scripted target and a clock that jumps, so that ten minutes take milliseconds.
//!
//! The same collector, recorder, schedules and loops as in a real run; only clock and sessions differ.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{channel, sync_channel};
use std::task::{Context, Poll, Wake, Waker};

use dyno_model::{IntervalRecord, LoadModel, OperationId, RunPlan};

use crate::collector::Collector;
use crate::run::{Meters, needs_fine_ticks, played, tick_of, worker_of};
use crate::{
    Clock, Control, LocalFuture, LogOrder, MonotonicClock, Observer, Outcome, Played, Probe, Recorder,
    RunEvent, Scenario, Schedule, Session, drive,
};

/// A target that exists in virtual time.
pub trait Script {
    /// When an operation that starts at `start_ns` ends, and what comes of it.
    fn answer(&self, n: u64, start_ns: u64) -> (u64, Outcome);
}

impl<F: Fn(u64, u64) -> (u64, Outcome)> Script for F {
    fn answer(&self, n: u64, start_ns: u64) -> (u64, Outcome) {
        self(n, start_ns)
    }
}

/// Plays a plan against a script in virtual time, on one worker.
#[must_use]
pub fn simulate(plan: &RunPlan, script: &dyn Script) -> (Played, Vec<IntervalRecord>) {
    simulate_with(plan, script, None)
}

/// As [`simulate`], and keeps samples one by one where that is asked for.
#[must_use]
pub fn simulate_with(
    plan: &RunPlan,
    script: &dyn Script,
    log: Option<&LogOrder>,
) -> (Played, Vec<IntervalRecord>) {
    let control = Arc::new(Control::new(plan));
    let cursor = match &plan.load {
        LoadModel::Open { schedule, .. } => Some(Arc::new(Schedule::new(schedule, plan.seed)).cursor()),
        LoadModel::Closed { .. } => None,
    };
    let tick_ns = tick_of(needs_fine_ticks(plan));
    let (to_collector, from_worker) = channel();
    let (recycle, recycled) = sync_channel(2);
    let mut collector = Collector::new(
        Arc::clone(&control),
        &plan.operations,
        plan.phases.warmup,
        tick_ns,
        cursor.clone(),
        vec![recycle],
    );
    let is_open = plan.load.is_open();
    let recorder =
        Recorder::new(0, &plan.operations, is_open, tick_ns, Arc::clone(&control), to_collector, recycled);
    let recorder = match log {
        Some(order) => recorder.logging(order.log_of(1)),
        None => recorder,
    };
    let worker = worker_of(plan, 0, &control, cursor.clone(), recorder, MonotonicClock::start_now());
    let intervals = Rc::new(RefCell::new(Vec::new()));
    let mut observers: Vec<Box<dyn Observer>> = vec![Box::new(Keep(Rc::clone(&intervals)))];
    let mut meters = Meters { sample: Box::new(|| (None, None)) };
    let clock = Rc::new(VirtualClock::default());
    let dyn_clock: Rc<dyn Clock> = Rc::clone(&clock) as Rc<dyn Clock>;
    clock.run(
        drive(worker, Rc::clone(&dyn_clock), &OneOperation, |_| Scripted {
            script,
            clock: Rc::clone(&dyn_clock),
        }),
        || {
            while let Ok(part) = from_worker.try_recv() {
                collector.take(part, &mut meters, &mut observers);
            }
        },
    );
    collector.finish(&mut meters, &mut observers);
    drop(observers);
    let played = played(plan, &control, collector, cursor, clock.now_ns(), Vec::new());
    (played, Rc::into_inner(intervals).expect("invariant: observers are gone").into_inner())
}

struct Keep(Rc<RefCell<Vec<IntervalRecord>>>);

impl Observer for Keep {
    fn on_event(&mut self, event: &RunEvent<'_>) {
        if let RunEvent::Interval { interval, .. } = event {
            self.0.borrow_mut().push((*interval).clone());
        }
    }
}

/// Every arrival does the same.
struct OneOperation;

impl Scenario for OneOperation {
    type Operation = u64;

    fn operation(&self, n: u64) -> (OperationId, u64) {
        (OperationId(0), n)
    }
}

struct Scripted<'a> {
    script: &'a dyn Script,
    clock: Rc<dyn Clock>,
}

impl Session for Scripted<'_> {
    type Operation = u64;

    async fn execute(&mut self, n: u64, probe: &Probe) -> Outcome {
        let (end_ns, outcome) = self.script.answer(n, probe.now_ns());
        self.clock.sleep_until_ns(end_ns).await;
        outcome
    }
}

/// A clock that stands still while anything can be done, and then jumps to the next moment waited for.
#[derive(Default)]
struct VirtualClock {
    now_ns: Cell<u64>,
    sleepers: RefCell<BinaryHeap<Reverse<Sleeper>>>,
    order: Cell<u64>,
}

struct Sleeper {
    at_ns: u64,
    order: u64,
    waker: Waker,
}

impl PartialEq for Sleeper {
    fn eq(&self, other: &Self) -> bool {
        (self.at_ns, self.order) == (other.at_ns, other.order)
    }
}
impl Eq for Sleeper {}
impl PartialOrd for Sleeper {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Sleeper {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at_ns, self.order).cmp(&(other.at_ns, other.order))
    }
}

impl Clock for VirtualClock {
    fn now_ns(&self) -> u64 {
        self.now_ns.get()
    }

    fn sleep_until_ns(&self, at_ns: u64) -> LocalFuture<'_, ()> {
        let mut registered = false;
        Box::pin(poll_fn(move |context: &mut Context<'_>| {
            if self.now_ns.get() >= at_ns {
                return Poll::Ready(());
            }
            // Each task keeps its waker here, so registering once is enough.
            if std::mem::replace(&mut registered, true) {
                return Poll::Pending;
            }
            let order = self.order.replace(self.order.get() + 1);
            self.sleepers.borrow_mut().push(Reverse(Sleeper {
                at_ns,
                order,
                waker: context.waker().clone(),
            }));
            Poll::Pending
        }))
    }
}

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl VirtualClock {
    /// Runs a future to its end in virtual time; `between` is called whenever time is about to jump.
    fn run(&self, future: impl Future<Output = ()>, mut between: impl FnMut()) {
        let mut future = pin!(future);
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(Arc::clone(&flag));
        let mut context = Context::from_waker(&waker);
        loop {
            flag.0.store(false, Ordering::Relaxed);
            let done = future.as_mut().poll(&mut context).is_ready();
            between();
            if done {
                return;
            }
            if !flag.0.load(Ordering::Relaxed) {
                self.jump();
            }
        }
    }

    fn jump(&self) {
        let Reverse(first) = self.sleepers.borrow_mut().pop().expect("invariant: somebody waits for a time");
        self.now_ns.set(self.now_ns.get().max(first.at_ns));
        first.waker.wake();
    }
}

#[cfg(test)]
pub(crate) mod tests;
