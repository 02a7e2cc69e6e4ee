//! Lean or general: which way a plan is played, and why.
//!
//! Pure; the reasons are shown to people. Called by `HttpDriver::new`.

use dyno_datagen::WeightedChoice;
use dyno_engine::DriverError;
use dyno_model::{Check, HttpPlan, HttpStep, RunPlan};
use url::Url;

use crate::endpoint::Endpoint;
use crate::lean::{LeanPlan, LeanRequest};
use crate::order::RequestOrder;
use crate::render::{Renderer, prebuild};

/// Status codes that are a success when the plan checks none.
pub(crate) const ACCEPTED: [(u16, u16); 1] = [(200, 399)];

/// Why the lean way cannot play a plan; `None` when it can.
pub(crate) fn why_not_lean(plan: &RunPlan, http: &HttpPlan, endpoints: &[Endpoint]) -> Option<String> {
    let connection = &http.connection;
    if cfg!(not(target_os = "linux")) {
        return Some("this is not Linux".to_owned());
    }
    if connection.proxy.is_some() {
        return Some("requests go through a proxy".to_owned());
    }
    if http.cookies {
        return Some("users keep cookies".to_owned());
    }
    if http.redirects_max > 0 {
        return Some("redirects are followed".to_owned());
    }
    if http.compressed {
        return Some("answers are decoded".to_owned());
    }
    let renderer = Renderer { http, seed: plan.seed };
    http.scenarios.iter().find_map(|scenario| match scenario.steps.as_slice() {
        [step] if scenario.journey.is_none() => {
            let reason = why_not_lean_step(renderer, step, endpoints)?;
            Some(format!("step `{}` {reason}", plan.operations.name(step.operation)))
        }
        _ => Some(format!("scenario `{}` has several steps", scenario.name)),
    })
}

fn why_not_lean_step(
    renderer: Renderer<'_>,
    step: &HttpStep,
    endpoints: &[Endpoint],
) -> Option<&'static str> {
    let checked = |check: &Check| match check {
        Check::Status(_) => None,
        Check::Header { .. } => Some("checks a header"),
        Check::BodyContains(_) | Check::BodyMatches(_) | Check::Json { .. } => Some("checks the body"),
        Check::Size { .. } => Some("checks the size of the body"),
        Check::TimeAtMost(_) => Some("checks its time"),
    };
    if let Some(reason) = step.checks.iter().find_map(checked) {
        return Some(reason);
    }
    if step.checks.len() > 1 {
        return Some("has several checks");
    }
    if !step.extracts.is_empty() {
        return Some("takes values from the answer");
    }
    if !step.pause_before.is_zero() {
        return Some("begins with a pause");
    }
    if !renderer.is_constant_step(step) {
        return Some("is different for each arrival");
    }
    let url = step.url.as_literal().unwrap_or_default();
    let elsewhere = url.contains("://")
        && !(endpoints.len() == 1 && Url::parse(url).is_ok_and(|url| endpoints[0].is_origin_of(&url)));
    elsewhere.then_some("goes to a host of its own")
}

/// The plan of the lean way.
///
/// # Errors
/// When a request would break the protocol.
pub(crate) fn lean_plan(
    plan: &RunPlan,
    http: &HttpPlan,
    endpoints: &[Endpoint],
    tls: Option<std::sync::Arc<rustls::ClientConfig>>,
) -> Result<LeanPlan, DriverError> {
    let renderer = Renderer { http, seed: plan.seed };
    let mut requests = Vec::new();
    for (scenario_index, scenario) in http.scenarios.iter().enumerate() {
        let step = &scenario.steps[0];
        let mut bytes = Vec::new();
        for endpoint in endpoints {
            let request = prebuild(renderer, scenario_index, 0, endpoint).map_err(|error| DriverError {
                attempt: format!("build the request of `{}`", plan.operations.name(step.operation)),
                reason: error.to_string(),
                hint: None,
            })?;
            bytes.push(request.into_boxed_slice());
        }
        let checked = step.checks.iter().find_map(|check| match check {
            Check::Status(ranges) => Some(ranges.clone()),
            _ => None,
        });
        requests.push(LeanRequest {
            operation: step.operation,
            bytes,
            is_head: step.method == "HEAD",
            is_checked: checked.is_some(),
            accepted: checked.unwrap_or_else(|| ACCEPTED.to_vec()),
        });
    }
    let connection = &http.connection;
    Ok(LeanPlan {
        endpoints: endpoints.to_vec(),
        tls,
        requests,
        choice: weights_of(http),
        seed: plan.seed,
        order: RequestOrder::default(),
        pipeline: connection.pipeline.max(1),
        keep_alive: connection.keep_alive,
        timeout: plan.limits.timeout,
        connect_timeout: connection.connect_timeout,
        source_addresses: connection.source_addresses.clone(),
        kept: None,
        counts_connecting: false,
    })
}

/// The choice among the scenarios of a plan.
pub(crate) fn weights_of(http: &HttpPlan) -> WeightedChoice {
    WeightedChoice::new(&http.scenarios.iter().map(|scenario| scenario.weight).collect::<Vec<_>>())
}
