//! One run: the engine plays it on a thread of its own, and what came of it is told in columns.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use dyno_engine::{
    Driver, DriverError, Hooks, LocalFuture, LogCounts, LogOrder, Meters, Played, RunOptions, SampleLog,
    TargetInfo, Worker, run_with,
};
use dyno_http::RequestOrder;
use dyno_model::{Arrivals, FailureKind, LoadModel, RunPlan, ScheduleSpec};
use dyno_workers::{Done, Flush, Progress, RunOrder, SampleColumns, ToHost, Window};

use crate::settings::Ready;
use crate::usage::{self, Usage};
use crate::wire::Wire;

/// Samples of a run that are kept, 28 bytes each: a run of minutes at any rate that one thread reaches.
const SAMPLES_MOST: u64 = 1 << 25;

/// How often the host hears how a run goes; the protocol asks for 250 ms at most.
const PROGRESS: Duration = Duration::from_millis(200);

/// Longest drain, for hosts that leave it open; each request has its own time limit anyway.
const DRAIN_MOST: Duration = Duration::from_secs(3_600);

/// What is known of a run from outside while it plays.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) run_id: u64,
    is_stopped: AtomicBool,
    is_aborted: AtomicBool,
    is_told: AtomicBool,
    counts: Arc<LogCounts>,
    before: OnceLock<Usage>,
    after: OnceLock<Usage>,
}

impl Watched {
    pub(crate) fn new(run_id: u64) -> Self {
        Self {
            run_id,
            is_stopped: AtomicBool::new(false),
            is_aborted: AtomicBool::new(false),
            is_told: AtomicBool::new(false),
            counts: Arc::default(),
            before: OnceLock::new(),
            after: OnceLock::new(),
        }
    }

    /// Ends the run; what is in flight may end.
    pub(crate) fn stop(&self) {
        self.is_stopped.store(true, Relaxed);
    }

    /// Ends the run at once.
    pub(crate) fn abort(&self) {
        self.is_aborted.store(true, Relaxed);
    }

    /// Whether the host was told its end.
    pub(crate) fn is_told(&self) -> bool {
        self.is_told.load(Relaxed)
    }

    /// What was used since the start, until now or until the end.
    fn used(&self) -> Usage {
        let before = self.before.get().copied().unwrap_or_else(Usage::read);
        before.until(&self.after.get().copied().unwrap_or_else(Usage::read))
    }

    /// The answer to a mark.
    pub(crate) fn window(&self, id: u64) -> Window {
        let used = self.used();
        Window {
            id,
            now: usage::now_ns(),
            done: self.counts.ended(),
            utime: Some(used.utime_ns),
            stime: Some(used.stime_ns),
            maxrss: Some(usage::largest_resident_bytes()),
        }
    }
}

/// Plays a run and tells the host its samples and its end.
pub(crate) fn play(
    ready: &mut Ready,
    order: &RunOrder,
    schedule: Vec<(u64, u32)>,
    watched: &Watched,
    wire: &Wire,
) {
    let plan = match plan_of(ready, order, schedule) {
        Ok(plan) => plan,
        Err(reason) => return fail(&reason, watched, wire),
    };
    let most = order.count.unwrap_or(u64::MAX).min(SAMPLES_MOST);
    let log =
        LogOrder { most: if order.record { most as usize } else { 0 }, counts: Arc::clone(&watched.counts) };
    let options = RunOptions { starts: Some(usage::instant_of(order.start_at)), log: Some(log) };
    let driver = Timed { driver: &ready.driver, watched };
    let played = run_with(&plan, &driver, hooks(watched, wire), &options);
    let _ = watched.after.set(Usage::read());
    match played {
        Ok(played) => tell(&played, order, watched, wire),
        Err(error) => fail(&format!("{error}: {}", source_of(&error)), watched, wire),
    }
}

fn fail(reason: &str, watched: &Watched, wire: &Wire) {
    watched.is_told.store(true, Relaxed);
    wire.error("run", reason);
}

fn source_of(error: &dyn std::error::Error) -> String {
    error.source().map(ToString::to_string).unwrap_or_default()
}

/// The plan of this run.
fn plan_of(ready: &mut Ready, order: &RunOrder, schedule: Vec<(u64, u32)>) -> Result<RunPlan, String> {
    if order.flush == Flush::Live {
        return Err("flush: dyno tells samples at the end of a run only; order `end`".to_owned());
    }
    if order.count.is_none() && order.until_ns.is_none() {
        return Err("run has neither `count` nor `until_ns`; give one of them".to_owned());
    }
    let mut plan = ready.plan.clone();
    plan.limits.arrivals = order.count;
    plan.limits.drain = Duration::from_millis(order.drain_ms).min(DRAIN_MOST);
    plan.phases.measure = order.until_ns.map(Duration::from_nanos);
    if schedule.is_empty() {
        ready.driver.set_order(RequestOrder::InTurn);
        plan.load =
            LoadModel::Closed { users: ready.lanes, think_time: ready.delay, ramp_up: Duration::ZERO };
        return Ok(plan);
    }
    if !ready.delay.is_zero() {
        return Err(
            "delay_ns: a pause of a lane and a schedule cannot both say when a request starts".to_owned()
        );
    }
    let (times, requests): (Vec<u64>, Vec<u32>) = schedule.into_iter().unzip();
    ready.driver.set_order(RequestOrder::Listed(requests.into()));
    let schedule = ScheduleSpec { segments: Vec::new(), arrivals: Arrivals::Times(times), hold_last: false };
    plan.load = LoadModel::Open { schedule, max_in_flight: ready.lanes };
    Ok(plan)
}

/// Says how the run goes, and ends it when the host wants that.
fn hooks<'a>(watched: &'a Watched, wire: &'a Wire) -> Hooks<'a> {
    let mut said = Instant::now();
    Hooks {
        observers: Vec::new(),
        meters: Meters { sample: Box::new(|| (None, None)) },
        supervise: Box::new(move |control, now_ns| {
            if watched.is_aborted.load(Relaxed) {
                control.abort(now_ns);
            } else if watched.is_stopped.load(Relaxed) && !control.is_stopped() {
                control.stop(now_ns);
            }
            if said.elapsed() >= PROGRESS {
                said = Instant::now();
                wire.send(&ToHost::Progress(progress(control.claimed(), &watched.counts)));
            }
        }),
    }
}

fn progress(claimed: u64, counts: &LogCounts) -> Progress {
    let done = counts.ended();
    let sent = claimed.max(done);
    Progress { sent, done, err: counts.failed(), inflight: sent - done, lag_max: counts.take_latest_ns() }
}

fn tell(played: &Played, order: &RunOrder, watched: &Watched, wire: &Wire) {
    if let Some(error) = played.worker_errors.first() {
        return fail(error, watched, wire);
    }
    let lost: u64 = played.samples.iter().map(SampleLog::lost).sum();
    if order.record && lost > 0 {
        let reason =
            format!("{lost} samples found no room, {SAMPLES_MOST} are kept at most; order a shorter run");
        return fail(&reason, watched, wire);
    }
    watched.is_told.store(true, Relaxed);
    let mut count = 0;
    for part in played.samples.iter().flat_map(SampleLog::parts) {
        let mut columns = SampleColumns::default();
        for row in part {
            columns.push(row.n(), row.start_ns(), row.duration_ns(), row.code(), row.failure());
        }
        count += columns.len() as u64;
        wire.send(&ToHost::Samples(columns.fields()));
    }
    wire.send(&ToHost::Done(done(played, order, count, watched)));
}

fn done(played: &Played, order: &RunOrder, count: u64, watched: &Watched) -> Done {
    let used = watched.used();
    let counts = &watched.counts;
    let failed = FailureKind::ALL.iter().filter(|kind| **kind != FailureKind::Abandoned);
    let errors = failed
        .map(|kind| (kind.name().to_owned(), played.all.failed_by_kind[kind.index()]))
        .filter(|(_, count)| *count > 0)
        .collect();
    Done {
        run_id: order.run_id,
        wall: played.samples.iter().map(SampleLog::last_end_ns).max().unwrap_or(0),
        sent: counts.ended() + counts.abandoned(),
        count,
        utime: Some(used.utime_ns),
        stime: Some(used.stime_ns),
        maxrss: Some(usage::largest_resident_bytes()),
        minflt: Some(used.minor_faults),
        nvcsw: Some(used.voluntary),
        nivcsw: Some(used.involuntary),
        alloc: None,
        errors,
        lanes_busy: (played.load.model == "open").then(|| counts.waited()),
    }
}

/// Reads what the process has used when the load thread begins to play, since getting ready is no part of the run.
struct Timed<'a> {
    driver: &'a dyno_http::HttpDriver,
    watched: &'a Watched,
}

impl Driver for Timed<'_> {
    fn check(&self) -> LocalFuture<'_, Result<TargetInfo, DriverError>> {
        self.driver.check()
    }

    fn work(&self, worker: Worker) -> LocalFuture<'_, Result<(), DriverError>> {
        self.watched.before.get_or_init(Usage::read);
        self.driver.work(worker)
    }

    fn name(&self) -> String {
        self.driver.name()
    }
}
