//! A worker's own record of what it played: counted locally, handed to the collector a few times a second.
//!
//! No lock, channel or allocation per sample. Each worker has one; sessions of a worker share it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use dyno_model::{
    FailureKind, Histogram, OperationId, OperationKind, OperationTable, OutcomeStatus, Sample, Tally,
};

use crate::{Control, SampleLog};

/// Starts counted per second in bins of this length, for the dispersion of the process really sent.
const BIN_NS: u64 = 10_000_000;
/// How many starts of an interval are kept one by one, for the gaps between them.
const STARTS_KEPT: usize = 1_024;

/// What one worker saw between two boundaries.
#[derive(Debug, Default)]
pub struct WorkerInterval {
    /// Which worker.
    pub worker: u32,
    /// Where it begins, since the start of the run.
    pub from_ns: u64,
    /// Where it ends.
    pub to_ns: u64,
    /// Measured operations, by [`OperationId`].
    pub tallies: Vec<Tally>,
    /// Requests of the warm-up or cool-down that completed in it.
    pub unmeasured: Unmeasured,
    /// Operations in flight at its end.
    pub in_flight: u64,
    /// Connections opened: the time of each, name resolution, TCP and TLS together.
    pub connect: Histogram,
    /// The TLS handshake of each connection.
    pub tls: Histogram,
    /// Offsets from `from_ns` of the first starts, in nanoseconds.
    pub starts_ns: Vec<u32>,
    /// Starts in bins of 10 ms from `from_ns`.
    pub start_bins: Vec<u32>,
    /// First specimens of each kind of failure that the worker met.
    pub specimens: Vec<RawSpecimen>,
    /// Nanoseconds that arrivals waited for a free slot.
    pub busy_ns: u64,
    /// The samples of the whole run, in the last interval of a worker that keeps them.
    pub samples: Option<Box<SampleLog>>,
    /// Whether this is the worker's last one.
    pub is_last: bool,
}

/// Requests that are played and not measured.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Unmeasured {
    /// Successes.
    pub ok: u64,
    /// Rejections and failures.
    pub failed: u64,
    /// Sum of the response times of the successes.
    pub response_ns: u64,
}

/// A failure as a worker met it; the text is not redacted yet.
#[derive(Debug, Clone)]
pub struct RawSpecimen {
    /// The operation.
    pub operation: OperationId,
    /// The arrival.
    pub n: u64,
    /// Its intended start.
    pub at_ns: u64,
    /// A failure kind or a rejecting status code.
    pub status: OutcomeStatus,
    /// End − intended start.
    pub response_time_ns: u64,
    /// What happened.
    pub message: String,
}

/// Counts the samples of one worker.
#[derive(Debug)]
pub struct Recorder {
    control: Arc<Control>,
    current: Box<WorkerInterval>,
    tick_ns: u64,
    is_open: bool,
    in_flight: u64,
    /// Kinds and status codes whose specimen was taken.
    seen: Vec<(OperationId, SpecimenKey)>,
    to_collector: Sender<Box<WorkerInterval>>,
    recycled: Receiver<Box<WorkerInterval>>,
    /// Samples one by one, where somebody wants them.
    log: Option<Box<SampleLog>>,
    /// By [`OperationId`]; journeys are played of requests, which are counted already.
    is_request: Box<[bool]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SpecimenKey {
    Kind(FailureKind),
    Code(u16),
}

impl Recorder {
    /// A recorder for one worker.
    #[must_use]
    pub fn new(
        worker: u32,
        operations: &OperationTable,
        is_open: bool,
        tick_ns: u64,
        control: Arc<Control>,
        to_collector: Sender<Box<WorkerInterval>>,
        recycled: Receiver<Box<WorkerInterval>>,
    ) -> Self {
        let current = Box::new(WorkerInterval { worker, ..empty_interval(operations.len()) });
        let is_request = operations.iter().map(|(_, _, kind)| kind == OperationKind::Request).collect();
        let (in_flight, seen, log) = (0, Vec::new(), None);
        let mut recorder = Self {
            control,
            current,
            tick_ns,
            is_open,
            in_flight,
            seen,
            to_collector,
            recycled,
            log,
            is_request,
        };
        recorder.current.begin(0, recorder.control.next_boundary_ns(0, tick_ns), is_open);
        recorder
    }

    /// Keeps every sample of a request in `log` as well, until [`Self::finish`] hands it over.
    #[must_use]
    pub fn logging(self, log: SampleLog) -> Self {
        Self { log: Some(Box::new(log)), ..self }
    }

    /// Counts a sample, in the interval in which it ended.
    #[inline]
    pub fn record(&mut self, sample: &Sample) {
        if sample.end_ns >= self.current.to_ns {
            self.cut(sample.end_ns);
        }
        if let Some(log) = &mut self.log
            && self.is_request[sample.operation.index()]
        {
            log.push(sample);
        }
        if !self.control.is_measured(sample.n, sample.intended_start_ns) {
            return self.record_unmeasured(sample);
        }
        let tally = &mut self.current.tallies[sample.operation.index()];
        if self.is_open {
            tally.record(sample);
            self.current.busy_ns += sample.ready_ns.saturating_sub(sample.intended_start_ns);
        } else {
            tally.record_closed(sample);
        }
        if sample.end_ns > self.control.measure_end_ns() && sample.status.is_ok() {
            tally.drained += 1;
        }
    }

    /// Counts the start of an operation, when it really starts.
    #[inline]
    pub fn started(&mut self, at_ns: u64) {
        self.in_flight += 1;
        if !self.is_open {
            return;
        }
        if at_ns >= self.current.to_ns {
            self.cut(at_ns);
        }
        let offset_ns = at_ns.saturating_sub(self.current.from_ns);
        if let Some(bin) = self.current.start_bins.get_mut((offset_ns / BIN_NS) as usize) {
            *bin += 1;
        }
        if self.current.starts_ns.len() < STARTS_KEPT {
            self.current.starts_ns.push(offset_ns as u32);
        }
    }

    /// Tells that a started operation is over.
    #[inline]
    pub fn ended(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Counts a connection: its whole time, and the handshake's when there was TLS.
    pub fn connected(&mut self, connect_ns: u64, tls_ns: Option<u64>) {
        self.current.connect.record(connect_ns);
        if let Some(tls_ns) = tls_ns {
            self.current.tls.record(tls_ns);
        }
    }

    /// Keeps the first specimen of each kind of failure or rejection. `message` is only made when it is kept.
    #[cold]
    pub fn specimen(&mut self, sample: &Sample, message: impl FnOnce() -> String) {
        let key = match sample.status {
            OutcomeStatus::Ok(_) => return,
            OutcomeStatus::Rejected(code) => SpecimenKey::Code(code),
            OutcomeStatus::Failed(kind) => SpecimenKey::Kind(kind),
        };
        if self.seen.contains(&(sample.operation, key)) {
            return;
        }
        self.seen.push((sample.operation, key));
        self.current.specimens.push(RawSpecimen {
            operation: sample.operation,
            n: sample.n,
            at_ns: sample.intended_start_ns,
            status: sample.status,
            response_time_ns: sample.response_time_ns(),
            message: message(),
        });
    }

    /// Hands over the interval when its end has come. Call it at least at every [`Self::next_boundary_ns`].
    #[inline]
    pub fn poll(&mut self, now_ns: u64) {
        if now_ns >= self.current.to_ns {
            self.cut(now_ns);
        }
    }

    /// When the current interval ends.
    #[inline]
    #[must_use]
    pub fn next_boundary_ns(&self) -> u64 {
        self.current.to_ns
    }

    /// Hands over what is left, as the worker's last interval.
    pub fn finish(mut self, now_ns: u64) {
        self.poll(now_ns);
        self.current.to_ns = now_ns.max(self.current.from_ns);
        self.current.is_last = true;
        self.current.samples = self.log.take();
        let empty = Box::new(WorkerInterval::default());
        self.send(empty);
    }

    fn record_unmeasured(&mut self, sample: &Sample) {
        let is_ok = sample.status.is_ok();
        if is_ok && self.control.phase_at(sample.end_ns) == crate::Phase::Measure {
            self.current.tallies[sample.operation.index()].carried += 1;
        }
        if !self.is_request[sample.operation.index()] {
            return;
        }
        let unmeasured = &mut self.current.unmeasured;
        if is_ok {
            unmeasured.ok += 1;
            unmeasured.response_ns += sample.response_time_ns();
        } else {
            unmeasured.failed += 1;
        }
    }

    /// Hands over the current interval, and empty ones for boundaries that passed in silence.
    #[cold]
    fn cut(&mut self, now_ns: u64) {
        while now_ns >= self.current.to_ns {
            let from_ns = self.current.to_ns;
            let mut next =
                self.recycled.try_recv().unwrap_or_else(|_| Box::new(empty_interval(self.is_request.len())));
            next.worker = self.current.worker;
            next.begin(from_ns, self.control.next_boundary_ns(from_ns, self.tick_ns), self.is_open);
            self.send(next);
        }
    }

    fn send(&mut self, next: Box<WorkerInterval>) {
        let mut full = std::mem::replace(&mut self.current, next);
        full.in_flight = self.in_flight;
        if !self.is_open {
            full.tallies.iter_mut().for_each(Tally::complete_closed);
        }
        // A collector that is gone means that the run is being torn down; nobody is left to tell.
        let _ = self.to_collector.send(full);
    }
}

fn empty_interval(operations: usize) -> WorkerInterval {
    WorkerInterval { tallies: vec![Tally::default(); operations], ..WorkerInterval::default() }
}

impl WorkerInterval {
    fn begin(&mut self, from_ns: u64, to_ns: u64, is_open: bool) {
        (self.from_ns, self.to_ns) = (from_ns, to_ns);
        let bins = if is_open { (to_ns - from_ns).div_ceil(BIN_NS) as usize } else { 0 };
        self.start_bins.resize(bins, 0);
    }

    /// Forgets everything and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.tallies.iter_mut().for_each(Tally::clear);
        self.unmeasured = Unmeasured::default();
        self.connect.clear();
        self.tls.clear();
        self.starts_ns.clear();
        self.start_bins.clear();
        self.specimens.clear();
        (self.in_flight, self.busy_ns) = (0, 0);
    }
}
