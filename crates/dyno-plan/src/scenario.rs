//! The `scenarios` section: what an arrival sends, step by step, and how its operations are called.

mod auth;
mod body;
mod check;
pub(crate) mod headers;
mod json;
mod names;
mod step;

use dyno_model::{HttpStep, OperationId, OperationKind, OperationTable, Scenario, Template};

use crate::problem::{Problem, Span};
use crate::read::Context;
use crate::template::{Names, Scope};
use crate::tree::{Node, Value};

pub(crate) use names::extracts_of;

/// A scenario before the defaults of the plan are added.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ScenarioDraft {
    pub name: String,
    pub weight: u32,
    pub steps: Vec<StepDraft>,
    pub span: Option<Span>,
}

/// A step before the defaults of the plan are added.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StepDraft {
    /// The name given by the user.
    pub name: Option<(String, Span)>,
    /// What is sent; its operation is set by [`compile`].
    pub step: HttpStep,
    /// Whether the URL is a whole one.
    pub absolute: bool,
    pub span: Option<Span>,
}

pub(crate) fn read_all(context: &mut Context<'_>, node: &Node, names: &Names) -> Vec<ScenarioDraft> {
    let nodes = context.list(node, "scenarios");
    let mut scenarios = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        scenarios.extend(read_one(context, node, names, index));
    }
    if nodes.is_empty() && matches!(node.value, Value::List(_)) {
        context.report(Problem::at(&node.span, "`scenarios` is empty").hint("add one, or leave the key out"));
    }
    if !scenarios.is_empty() && scenarios.iter().all(|scenario| scenario.weight == 0) {
        context.report(Problem::at(&node.span, "every scenario has weight 0").hint("give one a weight"));
    }
    scenarios
}

fn read_one(context: &mut Context<'_>, node: &Node, names: &Names, index: usize) -> Option<ScenarioDraft> {
    let mut keys = context.keys(node, "scenarios[]")?;
    let name = keys.take("name").and_then(|node| context.text(node, "`name`").map(|name| (name, node)));
    let weight = match keys.take("weight") {
        Some(node) => context.integer_u32(node, "`weight`", 0, u32::MAX),
        None => Some(1),
    };
    let steps_node = keys.take("steps");
    keys.finish(context);
    let Some(steps_node) = steps_node else {
        let hint = "add `steps: [ { get: \"/\" } ]`";
        context.report(Problem::at(&node.span, "the scenario has no `steps`").hint(hint));
        return None;
    };
    let mut steps = Vec::new();
    let nodes = context.list(steps_node, "steps");
    for (step, node) in nodes.iter().enumerate() {
        let scope = Scope { names, scenario: index, step, after_answer: false };
        steps.extend(step::read(context, node, scope));
    }
    if nodes.is_empty() && matches!(steps_node.value, Value::List(_)) {
        context.report(Problem::at(&steps_node.span, "`steps` is empty").hint("add `{ get: \"/\" }`"));
    }
    let (name, span) = match name {
        Some((name, node)) => (name, node.span.clone()),
        None => (names::default_name(steps.first()), node.span.clone()),
    };
    if steps.len() < nodes.len() || steps.is_empty() {
        return None;
    }
    Some(ScenarioDraft { name, weight: weight?, steps, span: Some(span) })
}

/// Gives every step its operation and adds the journeys. Duplicate names are reported.
pub(crate) fn compile(
    context: &mut Context<'_>,
    drafts: Vec<ScenarioDraft>,
) -> (Vec<Scenario>, OperationTable) {
    let mut operations = OperationTable::default();
    let mut taken: Vec<(String, Option<Span>)> = Vec::new();
    let mut scenarios = Vec::new();
    let mut scenario_names: Vec<(String, Option<Span>)> = Vec::new();
    for draft in drafts {
        let is_new =
            !report_duplicate(context, &scenario_names, &draft.name, draft.span.as_ref(), "scenario");
        scenario_names.push((draft.name.clone(), draft.span.clone()));
        let single = draft.steps.len() == 1;
        let mut steps = Vec::new();
        for mut step in draft.steps {
            let (name, span) = names::operation(&draft.name, single, &step);
            if is_new {
                report_duplicate(context, &taken, &name, span.as_ref(), "operation");
            }
            step.step.operation = operations.add(&name, OperationKind::Request);
            taken.push((name, span));
            steps.push(step.step);
        }
        let journey = (!single).then(|| {
            if is_new {
                report_duplicate(context, &taken, &draft.name, draft.span.as_ref(), "operation");
            }
            taken.push((draft.name.clone(), draft.span.clone()));
            operations.add(&draft.name, OperationKind::Journey)
        });
        scenarios.push(Scenario { name: draft.name, weight: draft.weight, steps, journey });
    }
    (scenarios, operations)
}

/// Whether the name was taken.
fn report_duplicate(
    context: &mut Context<'_>,
    taken: &[(String, Option<Span>)],
    name: &str,
    span: Option<&Span>,
    what: &str,
) -> bool {
    let Some((_, first)) = taken.iter().find(|(known, _)| known == name) else { return false };
    let mut problem = Problem::at_or_anywhere(span, format!("two {what}s are called `{name}`"));
    if let Some(first) = first.as_ref().filter(|first| span != Some(*first)) {
        problem = problem.related(first, "first here");
    }
    context.report(problem.hint("give each its own `name`"));
    true
}

/// A step that gets a URL and checks nothing; for plans and commands without scenarios.
pub(crate) fn plain_step(method: &str, url: Template) -> HttpStep {
    HttpStep {
        operation: OperationId(0),
        method: method.to_owned(),
        url,
        headers: Vec::new(),
        body: dyno_model::Body::Empty,
        credentials: None,
        checks: Vec::new(),
        extracts: Vec::new(),
        pause_before: std::time::Duration::ZERO,
    }
}
