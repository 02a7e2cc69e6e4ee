//! What is known of a step before the run: how it is rendered, and its checks and extracts, compiled.
//!
//! Made once per run and shared by all workers.

use dyno_engine::DriverError;
use dyno_model::{Check, HttpPlan, HttpStep, RunPlan};
use dyno_proto::http1::ResponseContext;

use super::check::CompiledCheck;
use super::extract::CompiledExtract;
use crate::choice::ACCEPTED;
use crate::endpoint::Endpoint;
use crate::render::{Renderer, prebuild, split_absolute};
use crate::scenario::{Preparation, extracted_before};

/// One step, ready to be played.
#[derive(Debug)]
pub(crate) struct StepPlan {
    /// When it is rendered.
    pub preparation: Preparation,
    /// Its bytes for each endpoint, when they are constant.
    pub prebuilt: Vec<Box<[u8]>>,
    /// What its method means for the framing of the answer.
    pub context: ResponseContext,
    /// Status codes that count as success.
    pub accepted: Vec<(u16, u16)>,
    /// Whether the plan checks the status, so that another one is a wrong answer and not a rejection.
    pub is_status_checked: bool,
    /// All other checks.
    pub checks: Vec<CompiledCheck>,
    /// Values to take, by name.
    pub extracts: Vec<(String, CompiledExtract)>,
    /// Whether checks or extracts look at the body.
    pub needs_body: bool,
}

/// Compiles all steps of a plan.
pub(super) fn compile(
    plan: &RunPlan,
    http: &HttpPlan,
    endpoints: &[Endpoint],
) -> Result<Vec<Vec<StepPlan>>, DriverError> {
    let renderer = Renderer { http, seed: plan.seed };
    let mut scenarios = Vec::new();
    for (scenario_index, scenario) in http.scenarios.iter().enumerate() {
        let mut steps = Vec::new();
        for (step_index, step) in scenario.steps.iter().enumerate() {
            let compiled =
                compile_step(renderer, endpoints, (scenario_index, step_index)).map_err(|reason| {
                    let name = plan.operations.name(step.operation);
                    DriverError { attempt: format!("get step `{name}` ready"), reason, hint: None }
                })?;
            steps.push(compiled);
        }
        scenarios.push(steps);
    }
    Ok(scenarios)
}

fn compile_step(
    renderer: Renderer<'_>,
    endpoints: &[Endpoint],
    (scenario_index, step_index): (usize, usize),
) -> Result<StepPlan, String> {
    let steps = &renderer.http.scenarios[scenario_index].steps;
    let step = &steps[step_index];
    let preparation = preparation_of(renderer, step, &extracted_before(steps, step_index));
    let mut prebuilt = Vec::new();
    if preparation == Preparation::Constant {
        for endpoint in endpoints {
            let bytes = prebuild(renderer, scenario_index, step_index, endpoint);
            prebuilt.push(bytes.map_err(|error| error.to_string())?.into_boxed_slice());
        }
    }
    let statuses = step.checks.iter().filter_map(|check| match check {
        Check::Status(ranges) => Some(ranges.as_slice()),
        _ => None,
    });
    let statuses: Vec<&[(u16, u16)]> = statuses.collect();
    let mut checks = Vec::new();
    for check in &step.checks {
        checks.extend(CompiledCheck::new(check)?);
    }
    let mut extracts = Vec::new();
    for (name, extract) in &step.extracts {
        extracts.push((name.clone(), CompiledExtract::new(extract)?));
    }
    let needs_body = checks.iter().any(CompiledCheck::needs_body)
        || extracts.iter().any(|(_, extract)| extract.needs_body());
    Ok(StepPlan {
        preparation,
        prebuilt,
        context: if step.method == "HEAD" { ResponseContext::Head } else { ResponseContext::Ordinary },
        is_status_checked: !statuses.is_empty(),
        accepted: if statuses.is_empty() { ACCEPTED.to_vec() } else { statuses.concat() },
        checks,
        extracts,
        needs_body,
    })
}

fn preparation_of(renderer: Renderer<'_>, step: &HttpStep, extracted_before: &[&str]) -> Preparation {
    let http = renderer.http;
    if !renderer.is_known_early(step, extracted_before) {
        return Preparation::Late;
    }
    // Cookies and redirects change the request, so its parts must be at hand.
    let is_fixed = !http.cookies && http.redirects_max == 0 && extracted_before.is_empty();
    let is_below_base = step.url.as_literal().is_some_and(|url| matches!(split_absolute(url), Ok(None)));
    match is_fixed && is_below_base && renderer.is_constant_step(step) {
        true => Preparation::Constant,
        false => Preparation::Early,
    }
}
