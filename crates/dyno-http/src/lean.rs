//! The lean session: one event loop per core, requests prebuilt as bytes, answers scanned for status and end only.
//!
//! For plans without anything to render, check or extract; the general session plays the rest. One read
//! and one write per request, no allocation per request. Linux only, by epoll. Called by `HttpDriver::work`.

mod connection;
mod dial;
mod event_loop;
mod failure;
mod player;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use dyno_datagen::WeightedChoice;
use dyno_engine::Worker;
use dyno_model::OperationId;

use crate::endpoint::Endpoint;

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
        if self.requests.len() == 1 {
            return 0;
        }
        self.choice.pick(dyno_datagen::mix(self.seed ^ dyno_datagen::mix(n))) as u32
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
