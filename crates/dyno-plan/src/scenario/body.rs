//! The content of a request: `json`, `form`, `body` or `file`.

use dyno_model::{Body, HttpStep, Template};

use super::json;
use crate::files;
use crate::problem::Problem;
use crate::read::{Context, Keys};
use crate::template::{self, Escape, Scope};
use crate::tree::{Node, Value};

pub(super) fn read(context: &mut Context<'_>, keys: &mut Keys<'_>, scope: Scope<'_>, step: &mut HttpStep) {
    let mut given: Vec<(&str, &Node)> = Vec::new();
    for key in ["json", "form", "body", "file"] {
        given.extend(keys.take(key).map(|node| (key, node)));
    }
    if let [(first, first_node), (second, second_node), ..] = given.as_slice() {
        let message = format!("the step has both `{first}` and `{second}`");
        let problem = Problem::at(&second_node.span, message).related(&first_node.span, "first here");
        context.report(problem.hint("a request has one content"));
    }
    let Some((key, node)) = given.first() else { return };
    let content = match *key {
        "json" => json::read(context, node, scope).map(Body::Text),
        "form" => read_form(context, node, scope).map(Body::Form),
        "body" => template::read(context, node, "`body`", scope, Escape::None).map(Body::Text),
        _ => read_file(context, node).map(Body::Bytes),
    };
    let content_type = match *key {
        "json" => Some("application/json"),
        "form" => Some("application/x-www-form-urlencoded"),
        _ => None,
    };
    let is_given = step.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if let Some(content_type) = content_type.filter(|_| !is_given) {
        step.headers.push(("Content-Type".to_owned(), Template::literal(content_type)));
    }
    step.body = content.unwrap_or(Body::Empty);
}

fn read_form(context: &mut Context<'_>, node: &Node, scope: Scope<'_>) -> Option<Vec<(String, Template)>> {
    let Value::Map(entries) = &node.value else {
        let problem = Problem::at(&node.span, format!("`form` must be a map, this is {}", node.kind()));
        context.report(problem.hint("write `form: { name: value }`"));
        return None;
    };
    let mut pairs = Vec::new();
    for entry in entries {
        for item in context.one_or_many(&entry.value) {
            let value = if item.is_nothing() {
                Template::default()
            } else {
                template::read(context, item, "a form value", scope, Escape::None)?
            };
            pairs.push((entry.key.clone(), value));
        }
    }
    Some(pairs)
}

fn read_file(context: &mut Context<'_>, node: &Node) -> Option<Vec<u8>> {
    let path = context.text(node, "`file`")?;
    match files::read_bytes(&context.path(&path)) {
        Ok(bytes) => Some(bytes),
        Err((message, hint)) => {
            context.report(Problem::at(&node.span, message).hint(hint));
            None
        }
    }
}
