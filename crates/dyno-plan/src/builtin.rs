//! Plans that come with the tool: the tour that `dyno run` plays, and the files that `dyno init` writes.

use crate::PlanSource;

/// The names that [`template`] knows, in the order they are shown.
pub const TEMPLATE_NAMES: [&str; 6] = ["quick", "crud-like", "ramp", "spike", "soak", "ci"];

/// The plan of `dyno run` without a file: two operations against the embedded target for some 14 s.
#[must_use]
pub fn builtin_tour() -> PlanSource {
    PlanSource::from_text("built-in tour", include_str!("../templates/tour.yaml"))
}

/// The text of a template, a commented plan file ready to be edited. `None` for an unknown name.
#[must_use]
pub fn template(name: &str) -> Option<&'static str> {
    match name {
        "quick" => Some(include_str!("../templates/quick.yaml")),
        "crud-like" => Some(include_str!("../templates/crud-like.yaml")),
        "ramp" => Some(include_str!("../templates/ramp.yaml")),
        "spike" => Some(include_str!("../templates/spike.yaml")),
        "soak" => Some(include_str!("../templates/soak.yaml")),
        "ci" => Some(include_str!("../templates/ci.yaml")),
        _ => None,
    }
}
