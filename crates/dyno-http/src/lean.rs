//! The lean session: one event loop per core, requests prebuilt as bytes, answers scanned for status and end only.
//!
//! For plans without anything to render, check or extract; the general session plays the rest. One read
//! and one write per request, no allocation per request. Linux only, by epoll. Called by `HttpDriver::work`.

mod connection;
mod dial;
mod event_loop;
mod failure;
mod kept;
mod player;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use dyno_datagen::WeightedChoice;
use dyno_engine::Worker;
use dyno_model::OperationId;

use crate::endpoint::Endpoint;
use crate::order::RequestOrder;

pub(crate) use kept::Kept;

/// Everything that the lean session needs to know of a plan.
#[derive(Debug)]
pub(crate) struct LeanPlan {
    /// Where connections go, in turn.
    pub endpoints: Vec<Endpoint>,
    /// For endpoints with TLS.
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// What is sent. Never empty.
    pub requests: Vec<LeanRequest>,
    /// Which request an arrival sends, by seed and number.
    pub choice: WeightedChoice,
    /// The seed of the choice.
    pub seed: u64,
    /// Whether the choice or somebody else decides.
    pub order: RequestOrder,
    /// Requests in flight on one connection.
    pub pipeline: u32,
    /// Whether a connection serves more than one request.
    pub keep_alive: bool,
    /// A request without a complete answer after this time is a timeout.
    pub timeout: Duration,
    /// A connection that is not ready after this time is a failure.
    pub connect_timeout: Duration,
    /// Local addresses to connect from, in turn.
    pub source_addresses: Vec<std::net::IpAddr>,
    /// Where connections wait for the next run; `None` closes them.
    pub kept: Option<Kept>,
    /// Whether an operation of a closed loop begins with the connection that is made for it.
    pub counts_connecting: bool,
}

/// A request as it goes over the wire.
#[derive(Debug)]
pub(crate) struct LeanRequest {
    /// The operation its samples belong to.
    pub operation: OperationId,
    /// Its bytes, for each endpoint.
    pub bytes: Vec<Box<[u8]>>,
    /// Whether it is `HEAD`, whose answer has no body.
    pub is_head: bool,
    /// Status codes that count as success, as inclusive ranges.
    pub accepted: Vec<(u16, u16)>,
    /// Whether the plan checks the status, so that another one is a wrong answer and not a rejection.
    pub is_checked: bool,
}

impl LeanPlan {
    /// The request of arrival `n`; the same for the same seed.
    #[inline]
    fn request_of(&self, n: u64) -> u32 {
        let weighted = || self.choice.pick(dyno_datagen::mix(self.seed ^ dyno_datagen::mix(n)));
        self.order.scenario_of(n, self.requests.len(), weighted) as u32
    }
}

/// Plays a worker's part to its end; blocks the thread.
///
/// # Errors
/// When the event loop itself cannot be set up.
pub(crate) fn work(worker: Worker, plan: &LeanPlan) -> std::io::Result<()> {
    event_loop::EventLoop::new(worker, plan)?.play()
}

#[cfg(test)]
mod tests;
