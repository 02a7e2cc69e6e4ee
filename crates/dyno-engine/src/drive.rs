//! The loop between *when* and *what* for drivers with sessions: the one place where a load model meets them.
//!
//! Knows no protocol. A driver whose speed is the point plays a loop of its own over the same
//! [`Worker`]; everybody else calls [`drive`].

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use dyno_model::{FailureKind, LoadModel, OperationId, OutcomeStatus, Sample};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::{Arrival, ArrivalSource, Clock, Control, Recorder, Worker};

/// What arrivals do. Pure in (seed, n), so that a run can be repeated, shared and replayed.
pub trait Scenario {
    /// What a session needs to know of one arrival.
    type Operation;

    /// The operation of arrival `n`. Called before its time, outside of the timed region.
    fn operation(&self, n: u64) -> (OperationId, Self::Operation);
}

/// One virtual user, or one slot of an open loop: keeps its connection and its state between operations.
pub trait Session {
    /// What it executes.
    type Operation;

    /// Executes one operation. A failure is data in the outcome.
    fn execute(&mut self, operation: Self::Operation, probe: &Probe) -> impl Future<Output = Outcome>;
}

/// What came of one operation.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Success, rejection or failure.
    pub status: OutcomeStatus,
    /// When its first byte was written, when the session had something to do before, such as connecting.
    pub start_ns: Option<u64>,
    /// When the first byte of the answer was there.
    pub first_byte_ns: Option<u64>,
    /// When the answer was complete, when the session did something after it, such as checking it.
    pub end_ns: Option<u64>,
    /// Bytes written.
    pub bytes_sent: u64,
    /// Bytes read.
    pub bytes_received: u64,
    /// What happened, when it was not a success.
    pub message: Option<String>,
}

impl Outcome {
    /// A success without details.
    #[must_use]
    pub fn ok(code: u16) -> Self {
        Self::of(OutcomeStatus::Ok(code))
    }

    /// A failure with its message.
    #[must_use]
    pub fn failed(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), ..Self::of(OutcomeStatus::Failed(kind)) }
    }

    /// An outcome without details.
    #[must_use]
    pub fn of(status: OutcomeStatus) -> Self {
        Self {
            status,
            start_ns: None,
            first_byte_ns: None,
            end_ns: None,
            bytes_sent: 0,
            bytes_received: 0,
            message: None,
        }
    }
}

/// What a session may use while it executes: the time, and a place for the steps of a journey.
#[derive(Clone)]
pub struct Probe {
    clock: Rc<dyn Clock>,
    recorder: Rc<RefCell<Recorder>>,
    n: u64,
}

impl Probe {
    /// Nanoseconds since the start of the run.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        self.clock.now_ns()
    }

    /// Waits, as in a pause between the steps of a journey.
    pub async fn pause(&self, duration: Duration) {
        self.clock.sleep_until_ns(self.now_ns() + duration.as_nanos() as u64).await;
    }

    /// The arrival that is being played.
    #[must_use]
    pub fn arrival(&self) -> u64 {
        self.n
    }

    /// Counts a connection that the session made.
    pub fn connected(&self, connect_ns: u64, tls_ns: Option<u64>) {
        self.recorder.borrow_mut().connected(connect_ns, tls_ns);
    }

    /// Records one step of a journey, which began at `start_ns`; the journey itself is recorded by the engine.
    pub fn record_step(
        &self,
        operation: OperationId,
        intended_start_ns: u64,
        start_ns: u64,
        outcome: &Outcome,
    ) {
        let started = Started { operation, n: self.n, intended_start_ns, ready_ns: start_ns, start_ns };
        record(&mut self.recorder.borrow_mut(), &started, outcome, self.now_ns());
    }
}

/// An operation that is in flight.
#[derive(Debug, Clone, Copy)]
struct Started {
    operation: OperationId,
    n: u64,
    intended_start_ns: u64,
    ready_ns: u64,
    start_ns: u64,
}

fn record(recorder: &mut Recorder, started: &Started, outcome: &Outcome, now_ns: u64) {
    let end_ns = outcome.end_ns.unwrap_or(now_ns);
    let actual_start_ns = outcome.start_ns.unwrap_or(started.start_ns);
    let sample = Sample {
        operation: started.operation,
        n: started.n,
        intended_start_ns: started.intended_start_ns,
        // A session that had to connect first was not ready before.
        ready_ns: outcome.start_ns.map_or(started.ready_ns, |start| start.max(started.ready_ns)),
        actual_start_ns,
        first_byte_ns: outcome.first_byte_ns.unwrap_or(end_ns),
        end_ns,
        status: outcome.status,
        bytes_sent: outcome.bytes_sent,
        bytes_received: outcome.bytes_received,
    };
    recorder.record(&sample);
    if let Some(message) = &outcome.message {
        recorder.specimen(&sample, || message.clone());
    }
}

/// What all sessions of a worker share.
struct Shared<'a, P> {
    scenario: &'a P,
    clock: Rc<dyn Clock>,
    control: Arc<Control>,
    arrivals: RefCell<ArrivalSource>,
    recorder: Rc<RefCell<Recorder>>,
    in_flight: RefCell<BTreeMap<u64, Started>>,
    is_open: bool,
    all_played: Cell<bool>,
}

/// Plays a worker's part with sessions made by `new_session`, which is given the index of the slot in the run.
///
/// Not cancel-safe: dropping it loses the worker's last interval.
pub async fn drive<P, S>(
    worker: Worker,
    clock: Rc<dyn Clock>,
    scenario: &P,
    mut new_session: impl FnMut(u32) -> S,
) where
    P: Scenario,
    S: Session<Operation = P::Operation>,
{
    let slot_starts: Vec<u64> = (0..worker.slots).map(|slot| worker.slot_start_ns(slot)).collect();
    let shared = Shared {
        scenario,
        clock: Rc::clone(&clock),
        control: Arc::clone(&worker.control),
        arrivals: RefCell::new(worker.arrivals),
        recorder: Rc::new(RefCell::new(worker.recorder)),
        in_flight: RefCell::default(),
        is_open: worker.load.is_open(),
        all_played: Cell::new(false),
    };
    let first_slot = worker.first_slot;
    {
        let play = pin!(async {
            match worker.load {
                LoadModel::Open { .. } => {
                    shared.open_loop(worker.slots, |slot| new_session(first_slot + slot)).await;
                }
                LoadModel::Closed { think_time, .. } => {
                    let sessions = slot_starts
                        .iter()
                        .enumerate()
                        .map(|(slot, &start_ns)| (start_ns, new_session(first_slot + slot as u32)));
                    shared.closed_loop(think_time, sessions.collect()).await;
                }
            }
            shared.all_played.set(true);
        });
        let housekeeping = pin!(shared.housekeeping(worker.drain_ns));
        futures_util::future::select(play, housekeeping).await;
    }
    shared.abandon_rest();
    let now_ns = clock.now_ns();
    let recorder = Rc::into_inner(shared.recorder).expect("invariant: all sessions are gone").into_inner();
    recorder.finish(now_ns);
}

impl<P: Scenario> Shared<'_, P> {
    /// Users that wait for their answers.
    async fn closed_loop<S>(&self, think_time: Duration, sessions: Vec<(u64, S)>)
    where
        S: Session<Operation = P::Operation>,
    {
        let mut users: FuturesUnordered<_> = sessions
            .into_iter()
            .map(|(start_ns, session)| self.user(start_ns, think_time, session))
            .collect();
        while users.next().await.is_some() {}
    }

    async fn user<S>(&self, first_start_ns: u64, think_time: Duration, mut session: S)
    where
        S: Session<Operation = P::Operation>,
    {
        self.clock.sleep_until_ns(first_start_ns).await;
        loop {
            let now_ns = self.clock.now_ns();
            if self.control.is_over(now_ns) {
                return;
            }
            let Some(arrival) = self.arrivals.borrow_mut().claim(now_ns) else { return };
            let operation = self.scenario.operation(arrival.n);
            let failed = !self.execute(arrival, operation, now_ns, &mut session).await;
            let pause = if failed { think_time.max(BACK_OFF) } else { think_time };
            if !pause.is_zero() {
                self.clock.sleep_until_ns(self.clock.now_ns() + pause.as_nanos() as u64).await;
            }
        }
    }

    /// Arrivals that wait for nobody, as long as a slot is free.
    async fn open_loop<S>(&self, slots: u32, mut new_session: impl FnMut(u32) -> S)
    where
        S: Session<Operation = P::Operation>,
    {
        // Last in, first out: a session with a warm connection is used before a new one is made.
        let mut idle: Vec<S> = Vec::new();
        let mut made = 0;
        // Since when a slot has been free without a break: what starts late after that is the generator's own fault.
        let mut free_since_ns = 0;
        let mut running = FuturesUnordered::new();
        loop {
            if idle.is_empty() && made == slots {
                match running.next().await {
                    Some(session) => idle.push(session),
                    None => return,
                }
                free_since_ns = self.clock.now_ns();
                continue;
            }
            let claimed_ns = self.clock.now_ns();
            if self.control.is_over(claimed_ns) {
                break;
            }
            let Some(arrival) = self.arrivals.borrow_mut().claim(claimed_ns) else { break };
            let operation = self.scenario.operation(arrival.n);
            let start_ns = arrival.intended_start_ns.unwrap_or(claimed_ns);
            self.wait_until(start_ns, &mut running, &mut idle).await;
            if self.control.is_over(self.clock.now_ns()) {
                break;
            }
            let mut session = idle.pop().unwrap_or_else(|| {
                made += 1;
                new_session(made - 1)
            });
            running.push(async move {
                self.execute(arrival, operation, free_since_ns, &mut session).await;
                session
            });
        }
        while running.next().await.is_some() {}
    }

    /// Waits for a time while operations in flight go on.
    async fn wait_until<S, F: Future<Output = S>>(
        &self,
        at_ns: u64,
        running: &mut FuturesUnordered<F>,
        idle: &mut Vec<S>,
    ) {
        let mut sleep = self.clock.sleep_until_ns(at_ns);
        poll_fn(|context: &mut Context<'_>| {
            while let Poll::Ready(Some(session)) = running.poll_next_unpin(context) {
                idle.push(session);
            }
            sleep.as_mut().poll(context)
        })
        .await;
    }

    /// Executes and records one arrival; tells whether it got an answer.
    async fn execute<S>(
        &self,
        arrival: Arrival,
        (operation, work): (OperationId, P::Operation),
        free_since_ns: u64,
        session: &mut S,
    ) -> bool
    where
        S: Session<Operation = P::Operation>,
    {
        let probe =
            Probe { clock: Rc::clone(&self.clock), recorder: Rc::clone(&self.recorder), n: arrival.n };
        let start_ns = self.clock.now_ns();
        let intended_start_ns =
            if self.is_open { arrival.intended_start_ns.unwrap_or(start_ns) } else { start_ns };
        let ready_ns = if self.is_open { free_since_ns.max(intended_start_ns) } else { start_ns };
        let started = Started { operation, n: arrival.n, intended_start_ns, ready_ns, start_ns };
        self.in_flight.borrow_mut().insert(arrival.n, started);
        self.recorder.borrow_mut().started(start_ns);
        let mut outcome = session.execute(work, &probe).await;
        let now_ns = self.clock.now_ns();
        self.in_flight.borrow_mut().remove(&arrival.n);
        let mut recorder = self.recorder.borrow_mut();
        recorder.ended();
        let mut started = started;
        if let (false, Some(start_ns)) = (self.is_open, outcome.start_ns.take()) {
            // In a closed loop connecting is no part of the operation: it is intended to start once connected.
            started = Started { intended_start_ns: start_ns, ready_ns: start_ns, start_ns, ..started };
        }
        record(&mut recorder, &started, &outcome, now_ns);
        !matches!(outcome.status, OutcomeStatus::Failed(_))
    }

    /// Cuts intervals at their time; completes when the time for requests in flight is over.
    async fn housekeeping(&self, drain_ns: u64) {
        loop {
            let now_ns = self.clock.now_ns();
            self.recorder.borrow_mut().poll(now_ns);
            let deadline_ns = self.control.play_end_ns().saturating_add(drain_ns);
            if self.all_played.get() || self.control.is_aborted() || now_ns >= deadline_ns {
                return;
            }
            let boundary_ns = self.recorder.borrow().next_boundary_ns();
            self.clock.sleep_until_ns(boundary_ns.min(now_ns + HOUSEKEEPING_NS).min(deadline_ns)).await;
        }
    }

    /// Records what is still in flight as a class of its own.
    fn abandon_rest(&self) {
        let now_ns = self.clock.now_ns();
        let mut recorder = self.recorder.borrow_mut();
        for started in std::mem::take(&mut *self.in_flight.borrow_mut()).values() {
            recorder.ended();
            let outcome = Outcome::failed(FailureKind::Abandoned, "no answer when the run ended");
            record(&mut recorder, started, &outcome, now_ns);
        }
    }
}

/// A user whose operation failed waits this long, so that a dead target is not hammered.
const BACK_OFF: Duration = Duration::from_millis(10);
/// How soon an abort is noticed.
const HOUSEKEEPING_NS: u64 = 50_000_000;
