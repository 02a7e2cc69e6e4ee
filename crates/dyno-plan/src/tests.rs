//! Plans as users write them, through the front door.

mod mistakes;
mod plans;
mod precedence;
mod properties;
mod schema;
mod secrets;

use dyno_model::{HttpPlan, Workload};

use crate::{Overrides, PlanErrors, PlanSource, Resolved, Surroundings, resolve};

fn lookup(name: &str) -> Option<String> {
    match name {
        "HOST" => Some("example.test".to_owned()),
        "TOKEN" | "DYNO_SECRET_HIDDEN" => Some("s3cr3t-value".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn surroundings() -> Surroundings<'static> {
    Surroundings { lookup: &lookup, available_threads: 2 }
}

fn resolve_with(text: &str, environment: &Overrides, flags: &Overrides) -> Result<Resolved, PlanErrors> {
    resolve(&PlanSource::from_text("plan.yaml", text), environment, flags, &surroundings())
}

fn resolve_text(text: &str) -> Result<Resolved, PlanErrors> {
    resolve_with(text, &Overrides::default(), &Overrides::default())
}

fn resolved(text: &str) -> Resolved {
    resolve_text(text).unwrap_or_else(|errors| panic!("{}", errors.render(false)))
}

fn http(resolved: &Resolved) -> &HttpPlan {
    let Workload::Http(http) = &resolved.plan.workload;
    http
}
