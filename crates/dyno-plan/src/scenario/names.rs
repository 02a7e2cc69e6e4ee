//! How operations are called, and which names steps extract.

use super::StepDraft;
use crate::problem::Span;
use crate::template::{self, ExtractName};
use crate::tree::{Node, Value};

/// `GET /path`, without the query: the name of a scenario that has none.
pub(super) fn default_name(step: Option<&StepDraft>) -> String {
    step.map_or_else(|| "scenario".to_owned(), request_name)
}

fn request_name(step: &StepDraft) -> String {
    let url = template::write(&step.step.url);
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => &url,
    };
    let end = path.find('?').filter(|at| !path[..*at].contains("{{")).unwrap_or(path.len());
    let path = if end == 0 { "/" } else { &path[..end] };
    format!("{} {path}", step.step.method)
}

/// The name of a step's operation, and where it comes from.
///
/// The step's own name, else the scenario's when it has one step, else `scenario/METHOD path`.
pub(super) fn operation(scenario: &str, single: bool, step: &StepDraft) -> (String, Option<Span>) {
    match &step.name {
        Some((name, span)) => (name.clone(), Some(span.clone())),
        None if single => (scenario.to_owned(), step.span.clone()),
        None => (format!("{scenario}/{}", request_name(step)), step.span.clone()),
    }
}

/// The names that all steps of all scenarios extract. Mistakes are left to the reader of the steps.
pub(crate) fn extracts_of(scenarios: &Node) -> Vec<ExtractName> {
    let mut extracts = Vec::new();
    for (scenario, node) in items(scenarios).iter().enumerate() {
        let steps = value(node, "steps").map(items).unwrap_or_default();
        for (step, node) in steps.iter().enumerate() {
            let Some(Value::Map(entries)) = value(node, "extract").map(|node| &node.value) else { continue };
            let names = entries.iter().map(|entry| entry.key.clone());
            extracts.extend(names.map(|name| ExtractName { name, scenario, step }));
        }
    }
    extracts
}

fn items(node: &Node) -> &[Node] {
    if let Value::List(items) = &node.value { items } else { &[] }
}

fn value<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let Value::Map(entries) = &node.value else { return None };
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
}
