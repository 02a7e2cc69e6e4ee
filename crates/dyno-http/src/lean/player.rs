//! What all connections of a worker share: the plan, the arrivals, and the record of what came back.
//!
//! Owns no socket; the event loop says when.

use std::sync::Arc;

use dyno_engine::{Arrival, ArrivalSource, Control, MonotonicClock, Recorder};
use dyno_model::{FailureKind, OutcomeStatus, Sample};

use super::LeanPlan;
use super::connection::{Answer, Connection, InFlight, State};
use super::failure::Failure;
use super::stream::Stream;

/// An arrival of an open loop on its way.
#[derive(Clone, Copy)]
pub(super) struct Upcoming {
    pub arrival: Arrival,
    pub intended_start_ns: u64,
    /// When it could have started: a connection was idle then.
    pub ready_ns: u64,
}

/// What all connections of a worker share.
pub(super) struct Player<'p> {
    pub plan: &'p LeanPlan,
    pub control: Arc<Control>,
    pub clock: MonotonicClock,
    pub arrivals: ArrivalSource,
    pub recorder: Recorder,
    pub is_open: bool,
    /// No arrivals are left, or their time is over.
    pub is_over: bool,
    pub in_flight: usize,
    pub think_ns: u64,
    pub dialled: usize,
    pub drain_ns: u64,
}

impl Player<'_> {
    pub(super) fn with_tls(&self, stream: Stream, endpoint: u16) -> Result<Stream, Failure> {
        let endpoint = &self.plan.endpoints[endpoint as usize];
        let config = self.plan.tls.clone().expect("invariant: a TLS endpoint comes with its configuration");
        let name = endpoint.server_name.clone().expect("invariant: a TLS endpoint has a server name");
        stream.with_tls(config, name).map_err(|error| Failure::new(FailureKind::Tls, error.to_string()))
    }

    /// When the operation began for which a connection was made since `since_ns`: now, unless a closed loop counts both
    /// as one.
    pub(super) fn call_began_ns(&self, since_ns: u64) -> u64 {
        if self.plan.counts_connecting && !self.is_open { since_ns } else { self.clock.now_ns() }
    }

    /// Closed loop: fills the connection with requests, up to the pipeline's depth.
    #[inline]
    pub(super) fn send_next(&mut self, connection: &mut Connection, now_ns: u64) -> Result<(), Failure> {
        while connection.in_flight.len() < self.plan.pipeline as usize && !connection.is_last_use {
            if self.is_over || self.control.is_over(now_ns) {
                self.is_over = true;
                return Ok(());
            }
            let Some(arrival) = self.arrivals.claim(now_ns) else {
                self.is_over = true;
                return Ok(());
            };
            let upcoming = Upcoming { arrival, intended_start_ns: now_ns, ready_ns: now_ns };
            self.send(connection, upcoming, now_ns)?;
        }
        Ok(())
    }

    #[inline]
    pub(super) fn send(
        &mut self,
        connection: &mut Connection,
        upcoming: Upcoming,
        start_ns: u64,
    ) -> Result<(), Failure> {
        let State::Open(stream) = &mut connection.state else {
            return Err(Failure::new(FailureKind::Other, "the connection is not open"));
        };
        let request = self.plan.request_of(upcoming.arrival.n);
        let wanted = &self.plan.requests[request as usize];
        let bytes = &wanted.bytes[connection.endpoint as usize];
        if connection.in_flight.is_empty() {
            connection.deadline_ns = start_ns + self.plan.timeout.as_nanos() as u64;
        }
        connection.in_flight.push_back(InFlight {
            n: upcoming.arrival.n,
            request,
            is_head: wanted.is_head,
            bytes_sent: bytes.len() as u32,
            intended_start_ns: upcoming.intended_start_ns,
            ready_ns: upcoming.ready_ns,
            actual_start_ns: start_ns,
        });
        connection.is_last_use |= !self.plan.keep_alive;
        self.in_flight += 1;
        self.recorder.started(start_ns);
        stream.send(bytes).map_err(|error| Failure::transport(&error))
    }

    pub(super) fn claim_upcoming(&mut self, now_ns: u64) -> Option<Upcoming> {
        let Some(arrival) = self.arrivals.claim(now_ns) else {
            self.is_over = true;
            return None;
        };
        let intended_start_ns = arrival.intended_start_ns.unwrap_or(now_ns);
        Some(Upcoming { arrival, intended_start_ns, ready_ns: intended_start_ns })
    }

    /// The arrival that a failed connection was for: the next one, in a closed loop.
    pub(super) fn claim_for_failure(&mut self, now_ns: u64) -> Option<Upcoming> {
        if self.is_open || self.is_over || self.control.is_over(now_ns) {
            return None;
        }
        self.claim_upcoming(now_ns)
    }

    pub(super) fn record(&mut self, answer: &Answer, now_ns: u64) {
        let wanted = &self.plan.requests[answer.request.request as usize];
        let is_accepted = wanted.accepted.iter().any(|&(low, high)| (low..=high).contains(&answer.status));
        let status = match (is_accepted, wanted.is_checked) {
            (true, _) => OutcomeStatus::Ok(answer.status),
            (false, false) => OutcomeStatus::Rejected(answer.status),
            (false, true) => OutcomeStatus::Failed(FailureKind::WrongAnswer),
        };
        let sample = Sample {
            first_byte_ns: answer.first_byte_ns,
            bytes_received: answer.bytes_received,
            ..self.sample_of(&answer.request, status, now_ns)
        };
        self.in_flight -= 1;
        self.recorder.ended();
        self.recorder.record(&sample);
        if !is_accepted {
            self.recorder.specimen(&sample, || format!("the status was {}", answer.status));
        }
    }

    pub(super) fn record_failure(&mut self, request: &InFlight, failure: &Failure, now_ns: u64) {
        let sample = self.sample_of(request, OutcomeStatus::Failed(failure.kind), now_ns);
        self.in_flight -= 1;
        self.recorder.ended();
        self.recorder.record(&sample);
        self.recorder.specimen(&sample, || failure.message.clone());
    }

    pub(super) fn fail_unsent(&mut self, upcoming: Upcoming, failure: &Failure, now_ns: u64) {
        let request = InFlight {
            n: upcoming.arrival.n,
            request: self.plan.request_of(upcoming.arrival.n),
            is_head: false,
            bytes_sent: 0,
            intended_start_ns: upcoming.intended_start_ns,
            ready_ns: now_ns,
            actual_start_ns: now_ns,
        };
        self.in_flight += 1;
        self.recorder.started(now_ns);
        self.record_failure(&request, failure, now_ns);
    }

    #[inline]
    fn sample_of(&self, request: &InFlight, status: OutcomeStatus, end_ns: u64) -> Sample {
        Sample {
            operation: self.plan.requests[request.request as usize].operation,
            n: request.n,
            intended_start_ns: request.intended_start_ns,
            ready_ns: request.ready_ns,
            actual_start_ns: request.actual_start_ns,
            first_byte_ns: end_ns,
            end_ns,
            status,
            bytes_sent: u64::from(request.bytes_sent),
            bytes_received: 0,
        }
    }
}
