//! Plays a plan with a driver: one thread per worker, the collector on this one.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel, sync_channel};
use std::time::{Duration, Instant};

use dyno_model::{LoadModel, LoadRecord, ResourceSample, RunPlan, RunState, Warmup};

use crate::collector::{AskedCounter, Collector, SECOND_NS};
use crate::{
    ArrivalSource, Control, Cursor, Driver, LogCounts, MonotonicClock, Observer, Played, Recorder, SampleLog,
    Schedule, Worker,
};

/// How often a warm-up that ends by itself is looked at.
const WARMUP_TICK_NS: u64 = 200_000_000;

/// Reads the resources of generator and target since the last reading.
pub struct Meters<'a> {
    /// Gives (generator, target).
    pub sample: Box<dyn FnMut() -> (Option<ResourceSample>, Option<ResourceSample>) + 'a>,
}

/// Looks at a run several times a second and may stop it: (control, nanoseconds since the start).
pub type Supervisor<'a> = Box<dyn FnMut(&Control, u64) + 'a>;

/// What accompanies a run.
pub struct Hooks<'a> {
    /// Who listens.
    pub observers: Vec<Box<dyn Observer + 'a>>,
    /// Who measures resources.
    pub meters: Meters<'a>,
    /// Called several times a second with control and the time; a signal handler or a threshold may stop the run here.
    pub supervise: Supervisor<'a>,
}

/// What only some runs want.
#[derive(Debug, Default)]
pub struct RunOptions {
    /// When the run starts; without one, at once. Threads are made before and wait, so that making them is no part of it.
    pub starts: Option<Instant>,
    /// Keeps samples one by one, in [`Played::samples`].
    pub log: Option<LogOrder>,
}

/// An order for logs of samples.
#[derive(Debug, Clone)]
pub struct LogOrder {
    /// How many samples the threads keep together, at 28 bytes each; those beyond are counted.
    pub most: usize,
    /// Where the threads count meanwhile.
    pub counts: Arc<LogCounts>,
}

/// Why a run could not be played.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The operating system refused a thread or a runtime.
    #[error("cannot start load thread {index}")]
    Thread {
        /// Which one.
        index: u32,
        /// Why.
        source: std::io::Error,
    },
}

/// Plays the plan to its end, or to the stop that `hooks.supervise` calls for.
///
/// # Errors
/// When load threads cannot be started. Failing operations and workers are part of the result.
pub fn run(plan: &RunPlan, driver: &dyn Driver, hooks: Hooks<'_>) -> Result<Played, RunError> {
    run_with(plan, driver, hooks, &RunOptions::default())
}

/// As [`run()`], from a given moment on and with samples one by one where they are asked for.
///
/// # Errors
/// As [`run()`].
pub fn run_with(
    plan: &RunPlan,
    driver: &dyn Driver,
    mut hooks: Hooks<'_>,
    options: &RunOptions,
) -> Result<Played, RunError> {
    let control = Arc::new(Control::new(plan));
    let schedule = match &plan.load {
        LoadModel::Open { schedule, .. } => Some(Arc::new(Schedule::new(schedule, plan.seed))),
        LoadModel::Closed { .. } => None,
    };
    let cursor = schedule.as_ref().map(Schedule::cursor);
    let tick_ns = tick_of(needs_fine_ticks(plan));
    let (to_collector, from_workers) = channel();
    let (recycle, mut recycled): (Vec<_>, Vec<_>) =
        (0..plan.threads).map(|_| sync_channel(2)).map(|(tx, rx)| (tx, Some(rx))).unzip();
    let mut collector = Collector::new(
        Arc::clone(&control),
        &plan.operations,
        plan.phases.warmup,
        tick_ns,
        cursor.clone(),
        recycle,
    );
    let clock = options.starts.map_or_else(MonotonicClock::start_now, MonotonicClock::starting_at);
    let worker_errors = std::thread::scope(|scope| {
        let mut threads = Vec::new();
        for index in 0..plan.threads {
            let recorder = Recorder::new(
                index,
                &plan.operations,
                plan.load.is_open(),
                tick_ns,
                Arc::clone(&control),
                to_collector.clone(),
                recycled[index as usize].take().expect("invariant: one channel per worker"),
            );
            let recorder = match &options.log {
                Some(order) => recorder.logging(order.log_of(plan.threads)),
                None => recorder,
            };
            let worker = worker_of(plan, index, &control, cursor.clone(), recorder, clock);
            let thread = std::thread::Builder::new()
                .name(format!("load-{index}"))
                .spawn_scoped(scope, move || play(driver, worker))
                .map_err(|source| {
                    control.abort(clock.now_ns());
                    RunError::Thread { index, source }
                })?;
            threads.push(thread);
        }
        drop(to_collector);
        while !collector.is_complete() {
            (hooks.supervise)(&control, clock.now_ns());
            match from_workers.recv_timeout(Duration::from_millis(50)) {
                Ok(part) => collector.take(part, &mut hooks.meters, &mut hooks.observers),
                Err(RecvTimeoutError::Timeout) => note_lost_workers(&threads, &mut collector),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        collector.finish(&mut hooks.meters, &mut hooks.observers);
        Ok(threads.into_iter().filter_map(|thread| worker_error(thread.join())).collect())
    })?;
    Ok(played(plan, &control, collector, cursor, clock.now_ns(), worker_errors))
}

impl LogOrder {
    /// The log of one of so many threads.
    pub(crate) fn log_of(&self, threads: u32) -> SampleLog {
        SampleLog::new(self.most.div_ceil(threads.max(1) as usize), Arc::clone(&self.counts))
    }
}

/// Whether something must be decided more often than once a second.
pub(crate) fn needs_fine_ticks(plan: &RunPlan) -> bool {
    match plan.phases.warmup {
        Warmup::Automatic { .. } => true,
        Warmup::Time(_) => plan.limits.arrivals.is_some(),
        Warmup::None | Warmup::Count(_) => false,
    }
}

pub(crate) fn tick_of(fine: bool) -> u64 {
    if fine { WARMUP_TICK_NS } else { SECOND_NS }
}

type WorkerResult = Result<(), String>;

/// A worker that died without its last interval must not keep the others' results waiting.
fn note_lost_workers(
    threads: &[std::thread::ScopedJoinHandle<'_, WorkerResult>],
    collector: &mut Collector<'_>,
) {
    for (index, thread) in threads.iter().enumerate() {
        if thread.is_finished() {
            collector.lost(index as u32);
        }
    }
}

fn worker_error(result: std::thread::Result<WorkerResult>) -> Option<String> {
    match result {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error),
        Err(_) => Some("a load thread panicked; its last interval is missing".to_owned()),
    }
}

pub(crate) fn worker_of(
    plan: &RunPlan,
    index: u32,
    control: &Arc<Control>,
    cursor: Option<Cursor>,
    recorder: Recorder,
    clock: MonotonicClock,
) -> Worker {
    let slots = plan.load.max_in_flight();
    let border = |i: u32| u64::from(slots) * u64::from(i) / u64::from(plan.threads);
    let (first, end) = (border(index), border(index + 1));
    Worker {
        index,
        of: plan.threads,
        slots: (end - first) as u32,
        first_slot: first as u32,
        load: plan.load.clone(),
        arrivals: ArrivalSource::new(Arc::clone(control), cursor),
        recorder,
        clock,
        control: Arc::clone(control),
        drain_ns: plan.limits.drain.as_nanos() as u64,
    }
}

fn play(driver: &dyn Driver, worker: Worker) -> WorkerResult {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start a runtime: {error}"))?;
    worker.clock.wait_for_start(|| worker.control.is_stopped());
    runtime.block_on(driver.work(worker)).map_err(|error| error.to_string())
}

pub(crate) fn played(
    plan: &RunPlan,
    control: &Arc<Control>,
    collector: Collector<'_>,
    cursor: Option<Cursor>,
    run_ns: u64,
    worker_errors: Vec<String>,
) -> Played {
    let measure_start_ns = control.measure_start_ns().min(run_ns);
    // A schedule may have nothing more to start some time before the end; the window is as long as planned all
    // the same. Only a count, or a stop, ends it earlier.
    let planned_end_ns = control.measure_end_ns();
    let ends_early = planned_end_ns == u64::MAX || plan.limits.arrivals.is_some();
    let measure_end_ns = if ends_early { planned_end_ns.min(run_ns) } else { planned_end_ns };
    let elapsed_ns = measure_end_ns.saturating_sub(measure_start_ns);
    let requests = collector.all.requests();
    let per_second = |count: u64| if elapsed_ns == 0 { 0.0 } else { count as f64 * 1e9 / elapsed_ns as f64 };
    let arrivals = started_arrivals(plan, &collector.by_operation);
    let asked = cursor.map(|cursor| asked_between(cursor, control, measure_start_ns, measure_end_ns, plan));
    let response_ns = collector.all.response_time.mean() * collector.all.response_time.count() as f64;
    let load = LoadRecord {
        model: if plan.load.is_open() { "open" } else { "closed" }.to_owned(),
        asked_rate_per_s: asked.map(per_second),
        achieved_rate_per_s: per_second(arrivals),
        not_started: asked.map_or(0, |asked| asked.saturating_sub(arrivals)),
        in_flight_at_end: collector.in_flight_at_end,
        in_flight_max: collector.in_flight_max,
        in_flight_limit: plan.load.max_in_flight(),
        busy_share: if response_ns > 0.0 { (collector.busy_ns as f64 / response_ns).min(1.0) } else { 0.0 },
        generator_lateness_p99_ns: collector.all.generator_lateness.quantile(0.99),
        gap_cv: collector.process.gap_cv(),
        dispersion_10ms: collector.process.dispersion(),
        measure_start_ns,
        warmup_requests: collector.warmup_requests,
    };
    debug_assert!(requests >= collector.all.ok);
    Played {
        load,
        by_operation: collector.by_operation,
        all: collector.all,
        connect: collector.connect,
        tls: collector.tls,
        specimens: collector.specimens,
        elapsed_ns,
        run_ns,
        state: if control.is_stopped() { RunState::Interrupted } else { RunState::Finished },
        worker_errors,
        samples: collector.samples,
    }
}

/// Arrivals played in the measured time: journeys count once, whatever their steps.
fn started_arrivals(plan: &RunPlan, by_operation: &[dyno_model::Tally]) -> u64 {
    plan.first_operations().iter().map(|id| by_operation[id.index()].requests()).sum()
}

fn asked_between(cursor: Cursor, control: &Arc<Control>, from_ns: u64, to_ns: u64, plan: &RunPlan) -> u64 {
    let mut counter = AskedCounter::new(cursor, Arc::clone(control));
    counter.until(from_ns);
    let asked = counter.until(to_ns);
    plan.limits.arrivals.map_or(asked, |limit| asked.min(limit))
}
