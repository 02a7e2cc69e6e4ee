//! Puts the workers' intervals together, tells observers once a second, and decides when a warm-up is over.
//!
//! Runs on the thread that called `run`, beside the workers, and keeps no more than the running totals.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use dyno_model::{Histogram, IntervalRecord, OperationKind, OperationTable, Tally, Warmup};

use crate::recorder::{RawSpecimen, Unmeasured, WorkerInterval};
use crate::run::Meters;
use crate::summary::SendProcess;
use crate::{Control, Cursor, SampleLog};

/// The length of the intervals that observers see.
pub(crate) const SECOND_NS: u64 = 1_000_000_000;

/// What happens during a run.
#[derive(Debug)]
pub enum RunEvent<'a> {
    /// A second, or the rest of one before a phase begins or ends, is over.
    Interval {
        /// That second.
        interval: &'a IntervalRecord,
        /// Everything measured until then.
        totals: IntervalTotals<'a>,
    },
    /// The warm-up is over: the measurement begins at this time since the start of the run.
    MeasureBegins {
        /// Nanoseconds since the start of the run.
        at_ns: u64,
    },
}

/// The running totals of the measured time.
#[derive(Debug, Clone, Copy)]
pub struct IntervalTotals<'a> {
    /// All requests together.
    pub all: &'a Tally,
    /// Per operation, by `OperationId`.
    pub by_operation: &'a [Tally],
    /// Measured time so far.
    pub elapsed_ns: u64,
}

/// Listens to a run: progress, store, dashboard. A broken one never ends the run.
pub trait Observer {
    /// Takes notice of something that happened. Must not block for long: the next second comes.
    fn on_event(&mut self, event: &RunEvent<'_>);
}

/// Everything that the workers reported, merged.
pub(crate) struct Collector<'a> {
    control: Arc<Control>,
    operations: &'a OperationTable,
    /// How far each worker has reported; `u64::MAX` when it has finished.
    progress_ns: Vec<u64>,
    waiting: BTreeMap<u64, Box<WorkerInterval>>,
    recycle: Vec<SyncSender<Box<WorkerInterval>>>,
    tick_ns: u64,
    second: Second,
    asked: Option<AskedCounter>,
    warmup: AutomaticWarmup,
    announced: bool,
    /// Totals of the measured time, by operation.
    pub by_operation: Vec<Tally>,
    /// Totals of all requests.
    pub all: Tally,
    pub connect: Histogram,
    pub tls: Histogram,
    pub specimens: Vec<RawSpecimen>,
    pub warmup_requests: u64,
    pub busy_ns: u64,
    pub in_flight_max: u64,
    pub in_flight_at_end: u64,
    pub process: SendProcess,
    /// The logs of the workers that kept one.
    pub samples: Vec<SampleLog>,
}

/// The second that is being put together.
#[derive(Default)]
struct Second {
    from_ns: u64,
    tally: Tally,
    unmeasured: Unmeasured,
}

/// Counts the arrivals that the schedule wants, interval by interval.
pub(crate) struct AskedCounter {
    cursor: Cursor,
    control: Arc<Control>,
    counted: u64,
}

impl AskedCounter {
    pub(crate) fn new(cursor: Cursor, control: Arc<Control>) -> Self {
        Self { cursor, control, counted: 0 }
    }

    /// Arrivals that start before `to_ns` and were not counted yet.
    pub(crate) fn until(&mut self, to_ns: u64) -> u64 {
        let before = self.counted;
        self.counted = self.cursor.count_before(to_ns, before, |index| self.control.number_of(index));
        self.counted - before
    }
}

/// The means and rates that tell whether a warm-up is over.
struct AutomaticWarmup {
    rule: Warmup,
    means_ns: Vec<f64>,
    rates_per_s: Vec<f64>,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(
        control: Arc<Control>,
        operations: &'a OperationTable,
        warmup: Warmup,
        tick_ns: u64,
        cursor: Option<Cursor>,
        recycle: Vec<SyncSender<Box<WorkerInterval>>>,
    ) -> Self {
        Self {
            operations,
            progress_ns: vec![0; recycle.len()],
            waiting: BTreeMap::new(),
            recycle,
            tick_ns,
            second: Second::default(),
            asked: cursor.map(|cursor| AskedCounter::new(cursor, Arc::clone(&control))),
            warmup: AutomaticWarmup { rule: warmup, means_ns: Vec::new(), rates_per_s: Vec::new() },
            announced: false,
            by_operation: vec![Tally::default(); operations.len()],
            all: Tally::default(),
            connect: Histogram::new(),
            tls: Histogram::new(),
            specimens: Vec::new(),
            warmup_requests: 0,
            busy_ns: 0,
            in_flight_max: 0,
            in_flight_at_end: 0,
            process: SendProcess::default(),
            samples: Vec::new(),
            control,
        }
    }

    /// Whether every worker has handed in its last interval.
    pub(crate) fn is_complete(&self) -> bool {
        self.progress_ns.iter().all(|&at| at == u64::MAX)
    }

    /// Tells that a worker will report no more, because it ended without its last interval.
    pub(crate) fn lost(&mut self, worker: u32) {
        self.progress_ns[worker as usize] = u64::MAX;
    }

    /// Takes one worker's interval and emits every interval that is complete by it.
    pub(crate) fn take(
        &mut self,
        mut part: Box<WorkerInterval>,
        meters: &mut Meters<'_>,
        observers: &mut [Box<dyn Observer + '_>],
    ) {
        self.samples.extend(part.samples.take().map(|log| *log));
        let worker = part.worker as usize;
        let key = self.control.next_boundary_ns(part.from_ns, self.tick_ns).max(part.to_ns);
        self.progress_ns[worker] = if part.is_last { u64::MAX } else { part.to_ns };
        match self.waiting.get_mut(&key) {
            None => {
                self.waiting.insert(key, part);
            }
            Some(whole) => {
                whole.merge(&part);
                self.recycle(worker, part);
            }
        }
        let complete_ns = self.progress_ns.iter().copied().min().unwrap_or(u64::MAX);
        while let Some(entry) = self.waiting.first_entry() {
            if *entry.key() > complete_ns {
                break;
            }
            let whole = entry.remove();
            self.absorb(whole, meters, observers);
        }
    }

    /// Emits what is left after the last worker has finished.
    pub(crate) fn finish(&mut self, meters: &mut Meters<'_>, observers: &mut [Box<dyn Observer + '_>]) {
        while let Some((_, whole)) = self.waiting.pop_first() {
            self.absorb(whole, meters, observers);
        }
        if self.second.tally.requests() + self.second.unmeasured.ok + self.second.unmeasured.failed > 0 {
            let (to_ns, in_flight) = (self.second.from_ns + 1, 0);
            self.emit(to_ns, in_flight, meters, observers);
        }
    }

    fn recycle(&self, worker: usize, mut part: Box<WorkerInterval>) {
        part.clear();
        // A full or closed channel means that the worker has enough; then the memory is freed.
        let _ = self.recycle[worker].try_send(part);
    }

    fn absorb(
        &mut self,
        mut whole: Box<WorkerInterval>,
        meters: &mut Meters<'_>,
        observers: &mut [Box<dyn Observer + '_>],
    ) {
        for ((id, _, kind), tally) in self.operations.iter().zip(&whole.tallies) {
            self.by_operation[id.index()].merge(tally);
            if kind == OperationKind::Request {
                self.all.merge(tally);
                self.second.tally.merge(tally);
            }
        }
        self.second.unmeasured.add(whole.unmeasured);
        self.connect.merge(&whole.connect);
        self.tls.merge(&whole.tls);
        self.specimens.append(&mut whole.specimens);
        self.busy_ns += whole.busy_ns;
        self.warmup_requests += whole.unmeasured.ok + whole.unmeasured.failed;
        self.in_flight_max = self.in_flight_max.max(whole.in_flight);
        if self.control.phase_at(whole.from_ns) == crate::Phase::Measure {
            self.process.add(&mut whole);
        }
        if whole.to_ns <= self.control.measure_end_ns() {
            self.in_flight_at_end = whole.in_flight;
        }
        let (from_ns, to_ns, in_flight) = (whole.from_ns, whole.to_ns, whole.in_flight);
        self.steer_warmup(from_ns, to_ns, whole.unmeasured);
        self.recycle(whole.worker as usize, whole);
        let border = to_ns == self.control.measure_start_ns() || to_ns == self.control.measure_end_ns();
        if to_ns % SECOND_NS == 0 || border || self.is_complete() {
            self.emit(to_ns, in_flight, meters, observers);
        }
        self.announce(observers);
    }

    /// Ends a warm-up that has no end of its own yet, when its rule says so.
    fn steer_warmup(&mut self, from_ns: u64, to_ns: u64, seen: Unmeasured) {
        if self.control.measuring_decided() {
            return;
        }
        // Two ticks ahead, so that every worker learns of it before it comes.
        let soon_ns = to_ns + 2 * self.tick_ns;
        match self.warmup.rule {
            Warmup::Time(time) if u128::from(to_ns) >= time.as_nanos() => self.control.begin_measuring(to_ns),
            Warmup::Automatic { at_most } => {
                let length_s = (to_ns - from_ns) as f64 / 1e9;
                self.warmup.means_ns.push(seen.response_ns as f64 / seen.ok.max(1) as f64);
                self.warmup.rates_per_s.push(seen.ok as f64 / length_s);
                let steady = dyno_stats::warmup::is_steady(&self.warmup.means_ns, &self.warmup.rates_per_s);
                if steady || u128::from(soon_ns) >= at_most.as_nanos() {
                    self.control.begin_measuring(soon_ns);
                }
            }
            _ => {}
        }
    }

    fn announce(&mut self, observers: &mut [Box<dyn Observer + '_>]) {
        if !self.announced && self.control.measuring_decided() {
            self.announced = true;
            let event = RunEvent::MeasureBegins { at_ns: self.control.measure_start_ns() };
            observers.iter_mut().for_each(|observer| observer.on_event(&event));
        }
    }

    fn emit(
        &mut self,
        to_ns: u64,
        in_flight: u64,
        meters: &mut Meters<'_>,
        observers: &mut [Box<dyn Observer + '_>],
    ) {
        let second = &self.second;
        let (tally, unmeasured) = (&second.tally, second.unmeasured);
        let (generator, target) = (meters.sample)();
        let interval = IntervalRecord {
            at_ns: to_ns,
            length_ns: to_ns.saturating_sub(second.from_ns),
            measured: second.from_ns < self.control.measure_end_ns()
                && to_ns > self.control.measure_start_ns(),
            requests: tally.requests() + unmeasured.ok + unmeasured.failed,
            ok: tally.ok + unmeasured.ok,
            rejected: tally.rejected,
            failed: tally.failed() + unmeasured.failed,
            in_flight,
            asked: self.asked.as_mut().map(|asked| asked.until(to_ns.min(self.control.play_end_ns()))),
            bytes_sent: tally.bytes_sent,
            bytes_received: tally.bytes_received,
            lateness_p99_ns: tally.lateness.quantile(0.99),
            histogram: tally.response_time.packed(),
            generator,
            target,
        };
        let measured_until_ns = to_ns.min(self.control.measure_end_ns());
        let elapsed_ns = measured_until_ns.saturating_sub(self.control.measure_start_ns());
        let totals = IntervalTotals { all: &self.all, by_operation: &self.by_operation, elapsed_ns };
        let event = RunEvent::Interval { interval: &interval, totals };
        observers.iter_mut().for_each(|observer| observer.on_event(&event));
        // Its histograms keep their memory: fresh pages every second would be paid beside the load.
        self.second.tally.clear();
        self.second.unmeasured = Unmeasured::default();
        self.second.from_ns = to_ns;
    }
}

impl Unmeasured {
    fn add(&mut self, other: Unmeasured) {
        self.ok += other.ok;
        self.failed += other.failed;
        self.response_ns += other.response_ns;
    }
}

impl WorkerInterval {
    fn merge(&mut self, other: &WorkerInterval) {
        self.to_ns = self.to_ns.max(other.to_ns);
        for (mine, theirs) in self.tallies.iter_mut().zip(&other.tallies) {
            mine.merge(theirs);
        }
        self.unmeasured.add(other.unmeasured);
        self.in_flight += other.in_flight;
        self.connect.merge(&other.connect);
        self.tls.merge(&other.tls);
        self.specimens.extend(other.specimens.iter().cloned());
        self.busy_ns += other.busy_ns;
        for (mine, theirs) in self.start_bins.iter_mut().zip(&other.start_bins) {
            *mine += theirs;
        }
        SendProcess::join_starts(&mut self.starts_ns, &other.starts_ns);
    }
}
