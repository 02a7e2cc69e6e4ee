//! The general session: one virtual user with connections, cookies and values, for everything a plan can ask.
//!
//! Plays through the engine's `drive`; only constant requests are played by the lean session instead. Called by
//! `HttpDriver`, and its parts by `debug`.

mod answer;
mod check;
mod coding;
pub(crate) mod connection;
mod cookies;
pub(crate) mod exchange;
mod extract;
pub(crate) mod failure;
pub(crate) mod hop;
mod proxy;
mod redirect;
mod session;
mod shared;
mod step;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use dyno_engine::{DriverError, TargetInfo, Worker, drive};
use dyno_model::{HttpPlan, RunPlan};

use crate::endpoint::Endpoint;
use crate::order::RequestOrder;
use crate::scenario::HttpScenario;

pub(crate) use shared::Shared;
pub(crate) use step::StepPlan;

/// Everything that the general session needs to know of a plan.
#[derive(Debug)]
pub(crate) struct GeneralPlan {
    /// What is asked.
    pub http: HttpPlan,
    /// The seed of everything random.
    pub seed: u64,
    /// A request without a complete answer after this time is a timeout.
    pub timeout: Duration,
    /// Where connections go, in turn by user.
    pub endpoints: Vec<Endpoint>,
    /// For endpoints with TLS.
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// What is known of each step of each scenario before the run.
    pub steps: Vec<Vec<StepPlan>>,
}

impl GeneralPlan {
    /// Compiles checks and builds what is constant.
    ///
    /// # Errors
    /// When a check cannot be compiled or a constant request could never be sent.
    pub(crate) fn new(
        plan: &RunPlan,
        http: &HttpPlan,
        endpoints: Vec<Endpoint>,
        tls: Option<Arc<rustls::ClientConfig>>,
    ) -> Result<Self, DriverError> {
        let steps = step::compile(plan, http, &endpoints)?;
        let http = http.clone();
        Ok(Self { http, seed: plan.seed, timeout: plan.limits.timeout, endpoints, tls, steps })
    }
}

/// Plays a worker's part to its end.
pub(crate) async fn work(worker: Worker, plan: &Arc<GeneralPlan>, order: RequestOrder) {
    let shared = Rc::new(Shared::new(Arc::clone(plan), worker.first_slot as usize));
    let scenario = HttpScenario::new(Rc::clone(&shared), order);
    let clock = worker.clock.for_runtime();
    drive(worker, clock, &scenario, |user| session::HttpSession::new(Rc::clone(&shared), user)).await;
}

/// Connects once to the first endpoint and sends nothing.
pub(crate) async fn check(plan: &Arc<GeneralPlan>) -> Result<TargetInfo, DriverError> {
    let shared = Shared::new(Arc::clone(plan), 0);
    let endpoint = &shared.endpoints[0];
    let opened =
        connection::open(&shared, endpoint).await.map_err(|failure| failure.into_driver_error(endpoint))?;
    let description = match opened.transport.tls_version() {
        Some(version) => format!("{} (HTTP/1.1, {version})", endpoint.origin()),
        None => format!("{} (HTTP/1.1)", endpoint.origin()),
    };
    Ok(TargetInfo { description })
}
