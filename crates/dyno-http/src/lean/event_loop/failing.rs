//! What fails in the event loop: connections that end or cannot be made, answers that do not come.

use std::cmp::Reverse;

use dyno_model::FailureKind;

use super::EventLoop;
use crate::lean::connection::{InFlight, State};
use crate::lean::failure::Failure;

/// A connection that failed is tried again after this time, so that a dead target is not hammered.
const BACK_OFF_NS: u64 = 10_000_000;

impl EventLoop<'_> {
    /// Closes a connection and opens it again when it is needed.
    pub(super) fn reopen(&mut self, index: u32, now_ns: u64, after_ns: u64) {
        let connection = &mut self.connections[index as usize];
        let unanswered: Vec<InFlight> = connection.in_flight.drain(..).collect();
        connection.close();
        for request in unanswered {
            let failure = Failure::new(FailureKind::Closed, "the connection closed after an earlier answer");
            self.player.record_failure(&request, &failure, now_ns);
        }
        if !self.needs_no_more() {
            self.timers.push(Reverse((now_ns + after_ns, index)));
        }
    }

    /// Everything in flight on a connection has failed.
    pub(super) fn on_failed(&mut self, index: u32, failure: &Failure) {
        let now_ns = self.player.clock.now_ns();
        let connection = &mut self.connections[index as usize];
        let unanswered: Vec<InFlight> = connection.in_flight.drain(..).collect();
        for request in &unanswered {
            self.player.record_failure(request, failure, now_ns);
        }
        let back_off_ns = if unanswered.is_empty() { BACK_OFF_NS } else { 0 };
        self.reopen(index, now_ns, back_off_ns);
    }

    /// A connection could not be made: the arrival that needed it has failed.
    pub(super) fn on_dial_failed(&mut self, index: u32, failure: &Failure) {
        let now_ns = self.player.clock.now_ns();
        let failed = match self.upcoming {
            Some(upcoming) if upcoming.intended_start_ns <= now_ns => self.upcoming.take(),
            Some(_) => None,
            None => self.player.claim_for_failure(now_ns),
        };
        if let Some(upcoming) = failed {
            self.player.fail_unsent(upcoming, failure, now_ns);
        }
        self.connections[index as usize].close();
        if !self.needs_no_more() {
            self.timers.push(Reverse((now_ns + BACK_OFF_NS, index)));
        }
    }

    /// Fails what has waited longer than allowed.
    pub(super) fn give_up_overdue(&mut self, now_ns: u64) {
        for index in 0..self.connections.len() as u32 {
            let connection = &self.connections[index as usize];
            if connection.deadline_ns > now_ns {
                continue;
            }
            if matches!(connection.state, State::Opening { .. }) {
                let limit = self.player.plan.connect_timeout;
                let message = format!("no connection within {limit:?}");
                self.on_dial_failed(index, &Failure::new(FailureKind::Timeout, message));
            } else if connection.in_flight.is_empty() {
                self.connections[index as usize].deadline_ns = u64::MAX;
            } else {
                let message = format!("no complete answer within {:?}", self.player.plan.timeout);
                self.on_failed(index, &Failure::new(FailureKind::Timeout, message));
            }
        }
    }

    /// What is still in flight when the time for answers is over is a class of its own.
    pub(super) fn abandon_rest(&mut self) {
        let now_ns = self.player.clock.now_ns();
        let failure = Failure::new(FailureKind::Abandoned, "no answer when the run ended");
        for connection in &mut self.connections {
            while let Some(request) = connection.in_flight.pop_front() {
                self.player.record_failure(&request, &failure, now_ns);
            }
        }
    }
}
