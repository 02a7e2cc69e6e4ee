//! Puts a plan, the environment and flags together into one `RunPlan`.
//!
//! The front door of the crate: reads, merges, checks what sections cannot check alone, and gives back
//! either everything a run needs or every mistake.

mod connection;
mod load;
mod phases;
mod target;

use std::path::{Path, PathBuf};

use dyno_model::{HttpPlan, Redactor, RunPlan, Scenario, Share, TargetKind, Threshold, Workload};

use crate::draft::{self, Draft};
use crate::layers::{Layers, Show};
use crate::problem::Problem;
use crate::read::{Context, Setting};
use crate::scenario::headers;
use crate::template::{self, Scope};
use crate::{Overrides, PlanErrors, PlanSource, describe, scenario, secrets, suggest, tree};

pub(crate) use load::DEFAULT_USERS;

/// The seed when none is given: fixed, so that runs are comparable.
const DEFAULT_SEED: u64 = 42;

/// What a plan may ask of the process around it.
pub struct Surroundings<'a> {
    /// Environment variables by name.
    pub lookup: &'a dyn Fn(&str) -> Option<String>,
    /// How many load threads make sense here: the usable cores.
    pub available_threads: u32,
}

/// A plan that is ready to run.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The plan. Its base URLs are empty when the target is embedded: who starts it fills them in.
    pub plan: RunPlan,
    /// Hides the secrets of the plan in everything that is shown.
    pub redactor: Redactor,
    /// Files to write, by extension.
    pub outputs: Vec<PathBuf>,
    /// Whether the tool's own target is to be started.
    pub embedded: bool,
    /// Every setting: key, redacted value, where it came from.
    pub provenance: Vec<(String, String, Origin)>,
    /// The plan in the form of a plan file, redacted; contents of files are summed up.
    pub redacted: serde_json::Value,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag, by its long name without dashes.
    Flag(&'static str),
    /// A variable of the environment.
    Environment(String),
    /// A line of the plan, from 1.
    File {
        /// The line.
        line: usize,
    },
    /// Nobody said anything.
    Default,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "flag --{name}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::File { line } => write!(f, "line {line}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// Resolves a plan file with what the environment and flags say on top.
///
/// # Errors
/// All mistakes of the plan and of the values on top, in the order of the text.
pub fn resolve(
    source: &PlanSource,
    environment: &Overrides,
    flags: &Overrides,
    surroundings: &Surroundings<'_>,
) -> Result<Resolved, PlanErrors> {
    let mut context = Context::new(source, surroundings);
    let (root, problems) = tree::parse(&source.text);
    context.problems = problems;
    let Some(root) = root else {
        if context.problems.is_empty() {
            let problem = Problem::at(&(0..0), "the plan is empty");
            context.report(problem.hint("`dyno init quick` writes one to start from"));
        }
        secrets::find_in_text(&mut context, &source.text);
        return Err(PlanErrors::new(source, context.problems, &context.secrets, &context.redactor));
    };
    secrets::find(&mut context, &root);
    let Some(draft) = draft::read(&mut context, &root) else {
        return Err(PlanErrors::new(source, context.problems, &context.secrets, &context.redactor));
    };
    finish(context, draft, environment, flags, || stem(&source.name))
}

/// The name of a plan file without folder and extension.
fn stem(name: &str) -> String {
    Path::new(name).file_stem().map_or_else(|| name.to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// Merges a draft with the layers above it.
pub(crate) fn finish(
    mut context: Context<'_>,
    mut draft: Draft,
    environment: &Overrides,
    flags: &Overrides,
    default_name: impl FnOnce() -> String,
) -> Result<Resolved, PlanErrors> {
    let mut layers = Layers { flags, environment, provenance: Vec::new() };
    refuse_zero(&mut context, &layers);
    let name = layers.pick("name", "name", |o| o.name.clone(), draft.name.take(), default_name).value;
    let target = target::resolve(&mut context, &mut layers, &mut draft);
    let load = load::resolve(&mut context, &mut layers, draft.load.take());
    let (phases, limits) = phases::resolve(&mut context, &mut layers, &draft, load.schedule_length);
    let connection = connection::resolve(&mut context, &mut layers, &mut draft.http, limits.timeout);
    let seed = layers.pick("seed", "seed", |o| o.seed, draft.seed.take(), || DEFAULT_SEED).value;
    let default_threads = context.available_threads().min(load.model.max_in_flight());
    let threads = layers.pick("threads", "threads", |o| o.threads, draft.threads.take(), || default_threads);
    let outputs = |o: &Overrides| (!o.outputs.is_empty()).then(|| o.outputs.clone());
    let outputs = layers.pick("output", "output", outputs, draft.outputs.take(), Vec::new).value;

    let scenarios = std::mem::take(&mut draft.scenarios);
    let (mut scenarios, operations) = scenario::compile(&mut context, scenarios);
    add_defaults(&mut context, &mut scenarios, &draft, &layers, &target);
    let thresholds = thresholds(&mut context, &mut layers, std::mem::take(&mut draft.thresholds));
    if !scenarios.is_empty() && !draft.lacks_scenarios {
        let names: Vec<&str> = operations.iter().map(|(_, name, _)| name).collect();
        thresholds.iter().for_each(|threshold| check_operation(&mut context, threshold, &names));
    }
    if !context.problems.is_empty() {
        return Err(PlanErrors::new(context.source, context.problems, &context.secrets, &context.redactor));
    }
    let http = HttpPlan {
        base_urls: target.base_urls,
        connection: connection.connection,
        scenarios,
        feeders: draft.feeders,
        variables: draft.names.variables,
        cookies: connection.cookies,
        redirects_max: connection.redirects_max,
        compressed: connection.compressed,
    };
    let plan = RunPlan {
        name,
        target_kind: if target.embedded { TargetKind::Builtin } else { TargetKind::External },
        load: load.model,
        phases,
        limits,
        seed,
        share: Share::WHOLE,
        threads: threads.value,
        operations,
        workload: Workload::Http(Box::new(http)),
        thresholds: thresholds.into_iter().map(|setting| setting.value).collect(),
    };
    let mut redacted = describe::describe(&plan);
    context.redactor.redact_json(&mut redacted);
    let redactor = context.redactor;
    let show = |(key, value, origin): (String, String, Origin)| (key, redactor.redact(&value), origin);
    let provenance = layers.provenance.into_iter().map(show).collect();
    Ok(Resolved { plan, outputs, embedded: target.embedded, provenance, redacted, redactor })
}

/// Flags are typed but not bounded.
fn refuse_zero(context: &mut Context<'_>, layers: &Layers<'_>) {
    for overrides in [layers.environment, layers.flags] {
        let counts = [
            ("users", overrides.users.map(u64::from)),
            ("max-in-flight", overrides.max_in_flight.map(u64::from)),
            ("pipeline", overrides.pipeline.map(u64::from)),
            ("threads", overrides.threads.map(u64::from)),
            ("requests", overrides.requests),
        ];
        for (flag, _) in counts.into_iter().filter(|(_, count)| *count == Some(0)) {
            context.report(Problem::anywhere(format!("`--{flag}` must be at least 1")));
        }
    }
}

/// Adds the header fields and credentials that belong to every request.
fn add_defaults(
    context: &mut Context<'_>,
    scenarios: &mut [Scenario],
    draft: &Draft,
    layers: &Layers<'_>,
    target: &target::Resolution,
) {
    let scope = Scope { names: &draft.names, scenario: usize::MAX, step: 0, after_answer: false };
    let texts: Vec<&String> = layers.environment.headers.iter().chain(&layers.flags.headers).collect();
    let on_top: Vec<_> =
        texts.into_iter().filter_map(|text| headers::read_flag(context, text, scope)).collect();
    let basic = connection::basic_of_flags(context, layers);
    for step in scenarios.iter_mut().flat_map(|scenario| &mut scenario.steps) {
        let own: Vec<String> = step.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        let missing =
            draft.http.headers.iter().filter(|field| !own.contains(&field.name.to_ascii_lowercase()));
        step.headers.extend(missing.map(|field| (field.name.clone(), field.value.clone())));
        step.headers.retain(|(name, _)| !on_top.iter().any(|field| field.name.eq_ignore_ascii_case(name)));
        step.headers.extend(on_top.iter().map(|field| (field.name.clone(), field.value.clone())));
        let authorised = step.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        if basic.is_some() {
            step.credentials.clone_from(&basic);
        } else if step.credentials.is_none() && !authorised {
            step.credentials = target.credentials_of(&template::write(&step.url)).cloned();
        }
    }
}

/// The thresholds of the file and those on top of it.
fn thresholds(
    context: &mut Context<'_>,
    layers: &mut Layers<'_>,
    mut thresholds: Vec<Setting<Threshold>>,
) -> Vec<Setting<Threshold>> {
    for text in layers.environment.thresholds.iter().chain(&layers.flags.thresholds) {
        match draft::parse_threshold(text) {
            Ok(value) => {
                thresholds.push(Setting { value, origin: Origin::Flag("threshold"), span: None });
            }
            Err((message, hint)) => {
                context.report(Problem::anywhere(format!("--threshold: {message}")).hint(hint));
            }
        }
    }
    for threshold in &thresholds {
        layers.note("thresholds", threshold);
    }
    thresholds
}

impl Show for Threshold {
    fn show(&self) -> String {
        self.text.clone()
    }
}

fn check_operation(context: &mut Context<'_>, threshold: &Setting<Threshold>, names: &[&str]) {
    let Some(operation) = threshold.value.operation.as_deref() else { return };
    if names.contains(&operation) {
        return;
    }
    let message =
        format!("`{}` names the operation `{operation}`, which the plan does not have", threshold.value.text);
    let hint = match suggest::nearest(operation, names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("operations are: {}", names.join(", ")),
    };
    context.report(Problem::at_or_anywhere(threshold.span.as_ref(), message).hint(hint));
}
