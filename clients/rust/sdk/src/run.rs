//! One run: which request is next, when it is due, when it is over, and what is told of it.
//!
//! Lanes pull. Nobody dispatches, so nothing can be omitted: when all lanes are busy, lateness grows and is seen.
//! The conductor is a thread of its own, so progress is told while every lane waits for its answer.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::columns::{Columns, Optional, Row, samples};
use crate::failures::Failure;
use crate::lane::Answer;
use crate::settings::Setup;
use crate::usage::{Usage, now_ns};
use crate::wire::Wire;

const PROGRESS: Duration = Duration::from_millis(250);
const LIVE_FLUSH_NS: u64 = 1_000_000_000;
/// Lanes wait in pieces of this length, so that `stop` is noticed.
const NAP_NS: u64 = 50_000_000;
/// More lanes than this wait in longer pieces: ten thousand would keep a core busy, which would be CPU of the library.
const NAPPING_LANES: u64 = 100;
const NEVER: u64 = u64::MAX;

/// Intended starts in ns since `start_at`, and the request of each.
#[derive(Default)]
pub(crate) struct Schedule {
    pub(crate) at: Vec<u64>,
    pub(crate) request: Vec<u32>,
}

/// A request that a lane has taken.
pub(crate) struct Turn {
    pub(crate) seq: u32,
    pub(crate) request: usize,
    /// Its intended start; none in a closed loop.
    pub(crate) due_ns: Option<u64>,
}

/// What one lane has done in one run. Written by its lane, read by the conductor.
#[derive(Default)]
pub(crate) struct LaneTally {
    columns: Mutex<Columns>,
    sent: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    /// Largest lateness since the last progress, ns.
    late_ns: AtomicU64,
    /// Requests that were due before the lane was free.
    busy: AtomicU64,
}

/// A run as it was asked for, and its state. Times are ns of the monotonic clock.
pub(crate) struct Run {
    pub(crate) run_id: u64,
    pub(crate) start_at: u64,
    pub(crate) retries: u32,
    pub(crate) delay_ns: u64,
    until: u64,
    limit: u64,
    drain_ns: u64,
    is_recorded: bool,
    is_live: bool,
    schedule: Option<Schedule>,
    body_bytes: Vec<u32>,
    optional: Optional,
    next: AtomicU64,
    lanes: Vec<LaneTally>,
    is_over: AtomicBool,
    is_aborted: AtomicBool,
    is_told: AtomicBool,
    drain_until: AtomicU64,
    open_lanes: Mutex<usize>,
    changed: Condvar,
    before: Usage,
}

impl Run {
    /// Reads a `run` message.
    pub(crate) fn new(
        setup: &Setup,
        message: &Map<String, Value>,
        schedule: Option<Schedule>,
        has_details: bool,
    ) -> Result<Self, String> {
        let number = |name: &str| match message.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                value.as_u64().map(Some).ok_or_else(|| format!("{name} is {value}, no whole number"))
            }
        };
        let (count, until_ns) = (number("count")?, number("until_ns")?);
        if count.is_none() && until_ns.is_none() {
            return Err("run has neither `count` nor `until_ns`; give one of them".to_owned());
        }
        let start_at = number("start_at")?.unwrap_or_else(now_ns);
        let scheduled = schedule.as_ref().map_or(NEVER, |schedule| schedule.at.len() as u64);
        // More would not fit the column `seq`.
        let limit = count.unwrap_or(NEVER).min(scheduled).min(u64::from(u32::MAX));
        Ok(Self {
            run_id: number("run_id")?.unwrap_or(0),
            start_at,
            retries: setup.retries.unwrap_or(0),
            delay_ns: setup.delay_ns,
            until: until_ns.map_or(NEVER, |ns| start_at.saturating_add(ns)),
            limit,
            drain_ns: number("drain_ms")?.map_or(NEVER, |ms| ms.saturating_mul(1_000_000)),
            is_recorded: message.get("record").and_then(Value::as_bool).unwrap_or(true),
            is_live: message.get("flush").and_then(Value::as_str) == Some("live"),
            schedule,
            body_bytes: setup
                .requests
                .iter()
                .map(|it| u32::try_from(it.body.len()).unwrap_or(u32::MAX))
                .collect(),
            optional: Optional { has_chunks: setup.requests.iter().any(|it| it.is_stream), has_details },
            next: AtomicU64::new(0),
            lanes: (0..setup.lanes).map(|_| LaneTally::default()).collect(),
            is_over: AtomicBool::new(false),
            is_aborted: AtomicBool::new(false),
            is_told: AtomicBool::new(false),
            drain_until: AtomicU64::new(NEVER),
            open_lanes: Mutex::new(setup.lanes),
            changed: Condvar::new(),
            before: Usage::read(),
        })
    }

    /// How long a lane waits at most before it looks whether the run is over.
    pub(crate) fn nap_ns(&self) -> u64 {
        NAP_NS * (self.lanes.len() as u64 / NAPPING_LANES).max(1)
    }

    /// The next request of any lane; `None` when there is none, or `now` is past the end.
    pub(crate) fn take(&self, now: u64) -> Option<Turn> {
        if now >= self.until || self.is_over() {
            return None;
        }
        let seq = self.next.fetch_add(1, Ordering::Relaxed);
        if seq >= self.limit {
            return None;
        }
        let position = seq as usize;
        let due = |schedule: &Schedule| self.start_at.saturating_add(schedule.at[position]);
        let due_ns = self.schedule.as_ref().map(due);
        if due_ns.is_some_and(|due| due >= self.until) {
            return None;
        }
        let request = match &self.schedule {
            Some(schedule) => schedule.request[position] as usize,
            None => position % self.body_bytes.len(),
        };
        Some(Turn { seq: seq as u32, request, due_ns })
    }

    /// Notes that a request starts. `free` is when its lane became free.
    pub(crate) fn begin(&self, lane: usize, turn: &Turn, free: u64) {
        let lane = &self.lanes[lane];
        lane.sent.fetch_add(1, Ordering::Relaxed);
        if turn.due_ns.is_some_and(|due| free > due) {
            lane.busy.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Notes what came of a request that lasted from `begin` to `end`.
    pub(crate) fn finish(
        &self,
        lane: usize,
        turn: &Turn,
        begin: u64,
        end: u64,
        answer: &Result<Answer, Failure>,
    ) {
        let lane = &self.lanes[lane];
        let start_ns = begin.saturating_sub(self.start_at);
        let row = Row {
            sent: self.body_bytes[turn.request],
            ..Row::new(turn.seq, start_ns, end.saturating_sub(begin), answer)
        };
        let mut columns = locked(&lane.columns);
        columns.end_ns = end.saturating_sub(self.start_at);
        if self.is_recorded {
            columns.rows.push(row);
        }
        if let Err(failure) = answer {
            *columns.errors.entry(failure.word.to_string()).or_default() += 1;
            lane.failed.fetch_add(1, Ordering::Relaxed);
        }
        drop(columns);
        lane.done.fetch_add(1, Ordering::Relaxed);
        if let Some(due) = turn.due_ns {
            lane.late_ns.fetch_max(begin.saturating_sub(due), Ordering::Relaxed);
        }
    }

    /// Called by a lane that will start nothing more.
    pub(crate) fn end_lane(&self) {
        let mut open = locked(&self.open_lanes);
        *open = open.saturating_sub(1);
        if *open == 0 {
            self.changed.notify_all();
        }
    }

    /// Whether no lane may start another request.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    /// Whether `done` is said, or about to be: the next run may come.
    pub(crate) fn is_told(&self) -> bool {
        self.is_told.load(Ordering::Acquire) || self.is_aborted.load(Ordering::Acquire)
    }

    /// No further requests; those in flight may go on for the drain.
    pub(crate) fn stop(&self) {
        self.stop_at(now_ns());
    }

    fn stop_at(&self, end: u64) {
        self.drain_until.fetch_min(end.saturating_add(self.drain_ns), Ordering::AcqRel);
        self.is_over.store(true, Ordering::Release);
    }

    /// Ends it at once: what is in flight is not waited for.
    pub(crate) fn abort(&self) {
        self.is_aborted.store(true, Ordering::Release);
        self.stop();
        // Under the lock, or the conductor could look before and wait after.
        let _open = locked(&self.open_lanes);
        self.changed.notify_all();
    }

    /// The answer to `mark`, without its id.
    pub(crate) fn window(&self) -> Map<String, Value> {
        let mut fields = self.before.since();
        fields.insert("now".to_owned(), now_ns().into());
        fields.insert("done".to_owned(), self.sum(|lane| &lane.done).into());
        fields
    }

    /// Tells progress until the lanes are done or the drain is over, then the samples, then `done`.
    ///
    /// `give_up` ends what is still in flight, where that is possible.
    pub(crate) fn conduct(&self, wire: &Wire, give_up: impl FnOnce()) {
        let mut flush_at = self.start_at.saturating_add(LIVE_FLUSH_NS);
        let mut count = 0;
        while !self.wait_for_lanes() {
            self.tell_progress(wire);
            let now = now_ns();
            if now >= self.until && !self.is_over() {
                self.stop_at(self.until);
            }
            if now >= self.drain_until.load(Ordering::Acquire) {
                break;
            }
            if self.is_live && now >= flush_at {
                flush_at = now + LIVE_FLUSH_NS;
                count += self.flush(wire);
            }
        }
        let mut fields = self.before.since();
        self.stop();
        give_up();
        let mut errors: BTreeMap<String, u64> = BTreeMap::new();
        let mut wall_ns = 0;
        for lane in &self.lanes {
            let columns = locked(&lane.columns);
            wall_ns = wall_ns.max(columns.end_ns);
            for (word, failures) in &columns.errors {
                *errors.entry(word.clone()).or_default() += failures;
            }
        }
        self.tell_progress(wire);
        count += self.flush(wire);
        fields.insert("run_id".to_owned(), self.run_id.into());
        fields.insert("wall".to_owned(), wall_ns.into());
        fields.insert("sent".to_owned(), self.sum(|lane| &lane.sent).into());
        fields.insert("count".to_owned(), count.into());
        fields.insert("errors".to_owned(), json!(errors));
        fields.insert("lanes_busy".to_owned(), self.sum(|lane| &lane.busy).into());
        // Before: the host may order the next run before this thread has ended.
        self.is_told.store(true, Ordering::Release);
        wire.send("done", fields);
    }

    /// Waits for one interval of progress; whether all lanes are done, or need not be.
    fn wait_for_lanes(&self) -> bool {
        let goes_on = |open: &mut usize| *open > 0 && !self.is_aborted.load(Ordering::Acquire);
        let open = locked(&self.open_lanes);
        let waited = self.changed.wait_timeout_while(open, PROGRESS, goes_on);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn sum(&self, of: impl Fn(&LaneTally) -> &AtomicU64) -> u64 {
        self.lanes.iter().map(|lane| of(lane).load(Ordering::Relaxed)).sum()
    }

    fn tell_progress(&self, wire: &Wire) {
        let (sent, done) = (self.sum(|lane| &lane.sent), self.sum(|lane| &lane.done));
        let late = self.lanes.iter().map(|lane| lane.late_ns.swap(0, Ordering::Relaxed)).max();
        let fields = [
            ("sent", sent),
            ("done", done),
            ("err", self.sum(|lane| &lane.failed)),
            ("inflight", sent.saturating_sub(done)),
            ("lag_max", late.unwrap_or(0)),
        ];
        wire.send(
            "progress",
            fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect(),
        );
    }

    /// Sends the samples that are there; gives their number.
    fn flush(&self, wire: &Wire) -> u64 {
        let mut rows = Vec::new();
        for lane in &self.lanes {
            rows.append(&mut locked(&lane.columns).rows);
        }
        for fields in samples(&rows, self.optional) {
            wire.send("samples", fields);
        }
        rows.len() as u64
    }
}

/// A lane that panicked leaves what it wrote in order: each sample is written at once.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
