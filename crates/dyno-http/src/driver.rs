//! The front door: a driver for one plan, which plays it the lean or the general way.
//!
//! Resolves names and reads certificates once, in [`HttpDriver::new`]. Called by the registry of the binary.

use std::sync::Arc;

use dyno_engine::{Driver, DriverError, LocalFuture, TargetInfo, Worker};
use dyno_model::{HttpPlan, RunPlan, Workload};

use crate::endpoint::{self, Endpoint};
use crate::general::{self, GeneralPlan};
use crate::lean::{self, LeanPlan};
use crate::order::RequestOrder;
use crate::{choice, tls};

/// Plays an HTTP plan.
#[derive(Debug)]
pub struct HttpDriver {
    general: Arc<GeneralPlan>,
    /// There when the lean way plays.
    lean: Option<LeanPlan>,
    order: RequestOrder,
    why: String,
}

impl HttpDriver {
    /// Gets ready for a plan: resolves names, reads certificates, chooses the way it is played. Blocks meanwhile.
    ///
    /// # Errors
    /// When a name does not resolve, a file of TLS cannot be used, or a request could never be sent.
    pub fn new(plan: &RunPlan) -> Result<Self, DriverError> {
        let Workload::Http(http) = &plan.workload;
        let endpoints = endpoint::resolve(http)?;
        let tls = tls_of(http, &endpoints)?;
        let (lean, why) = match choice::why_not_lean(plan, http, &endpoints) {
            None => {
                let lean = choice::lean_plan(plan, http, &endpoints, tls.clone())?;
                let why = "lean because all requests are constant and only their status is looked at";
                (Some(lean), why.to_owned())
            }
            Some(reason) => {
                refuse_pipeline(http, &reason)?;
                (None, format!("general because {reason}"))
            }
        };
        let general = Arc::new(GeneralPlan::new(plan, http, endpoints, tls)?);
        Ok(Self { general, lean, order: RequestOrder::default(), why })
    }

    /// Which way the plan is played, and why, such as ``general because step `buy` checks the body``.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }

    /// Sets which scenario an arrival plays, for the runs to come.
    pub fn set_order(&mut self, order: RequestOrder) {
        if let Some(lean) = &mut self.lean {
            lean.order = order.clone();
        }
        self.order = order;
    }

    /// Plays as a client library is called: connections stay open between runs, and an operation of a closed loop begins
    /// with the connection that is made for it. Only the lean way can; false when the plan is played the general way.
    #[must_use]
    pub fn behave_as_library(&mut self) -> bool {
        let Some(lean) = &mut self.lean else { return false };
        lean.kept = lean.keep_alive.then(lean::Kept::default);
        lean.counts_connecting = true;
        true
    }

    /// How long it took to resolve the names of all base URLs, in nanoseconds.
    #[must_use]
    pub fn resolve_ns(&self) -> u64 {
        self.general.endpoints.iter().map(|endpoint| endpoint.resolve_time.as_nanos() as u64).sum()
    }
}

#[cfg(test)]
impl HttpDriver {
    /// The general way for plans that the lean one could play, so that both are tested alike.
    pub(crate) fn general_only(self) -> Self {
        Self { lean: None, ..self }
    }
}

impl Driver for HttpDriver {
    fn check(&self) -> LocalFuture<'_, Result<TargetInfo, DriverError>> {
        Box::pin(general::check(&self.general))
    }

    fn work(&self, worker: Worker) -> LocalFuture<'_, Result<(), DriverError>> {
        Box::pin(async move {
            let Some(plan) = &self.lean else {
                general::work(worker, &self.general, self.order.clone()).await;
                return Ok(());
            };
            lean::work(worker, plan).map_err(|error| DriverError {
                attempt: "start a load thread".to_owned(),
                reason: error.to_string(),
                hint: None,
            })
        })
    }

    fn name(&self) -> String {
        let way = if self.lean.is_some() { "lean" } else { "general" };
        let has_tls = self.general.endpoints.iter().any(|endpoint| endpoint.tls);
        format!("{way} {}/1.1", if has_tls { "HTTPS" } else { "HTTP" })
    }
}

/// TLS for the plan. Needed for `https` endpoints, wanted where a URL that is not known yet may lead to one.
pub(crate) fn tls_of(
    http: &HttpPlan,
    endpoints: &[Endpoint],
) -> Result<Option<Arc<rustls::ClientConfig>>, DriverError> {
    let steps = || http.scenarios.iter().flat_map(|scenario| &scenario.steps);
    let has_https = steps().any(|step| step.url.as_literal().is_some_and(|url| url.starts_with("https://")));
    if has_https || endpoints.iter().any(|endpoint| endpoint.tls) {
        return tls::client_config(&http.connection.tls).map(Some);
    }
    let may_lead_elsewhere = http.redirects_max > 0 || steps().any(|step| step.url.as_literal().is_none());
    // Without a certificate store, plain HTTP still works; a step that does need TLS fails with its own words.
    Ok(may_lead_elsewhere.then(|| tls::client_config(&http.connection.tls).ok()).flatten())
}

fn refuse_pipeline(http: &HttpPlan, reason: &str) -> Result<(), DriverError> {
    match http.connection.pipeline {
        0 | 1 => Ok(()),
        pipeline => Err(DriverError {
            attempt: format!("send {pipeline} requests at once on one connection"),
            reason: format!(
                "pipelining needs constant requests of which only the status is looked at, but {reason}"
            ),
            hint: Some("leave out `--pipeline`".to_owned()),
        }),
    }
}
