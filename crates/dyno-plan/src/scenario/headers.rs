//! Header fields: names that HTTP allows, values with holes, and which values are secret.

use dyno_model::{Part, Template};

use crate::problem::{Problem, Span};
use crate::read::Context;
use crate::secrets;
use crate::template::{self, Escape, Scope};
use crate::tree::{Node, Value};

/// Fields that the protocol needs to write itself.
const FRAMING: [&str; 2] = ["content-length", "transfer-encoding"];

/// A field with its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HeaderDraft {
    pub name: String,
    pub value: Template,
    pub span: Option<Span>,
}

/// Reads a map of fields; a list as a value gives the field several times.
pub(crate) fn read(
    context: &mut Context<'_>,
    node: &Node,
    place: &str,
    scope: Scope<'_>,
) -> Vec<HeaderDraft> {
    let Value::Map(entries) = &node.value else {
        let problem = Problem::at(&node.span, format!("`{place}` must be a map, this is {}", node.kind()));
        context.report(problem.hint("write `headers: { Accept: \"text/html\" }`"));
        return Vec::new();
    };
    let mut fields = Vec::new();
    for entry in entries {
        if let Err((message, hint)) = check_field_name(&entry.key) {
            context.report(Problem::at(&entry.key_span, message).hint(hint));
            continue;
        }
        for node in context.one_or_many(&entry.value) {
            let what = format!("the header `{}`", entry.key);
            let Some(value) = template::read(context, node, &what, scope, Escape::None) else { continue };
            keep_secret(context, &entry.key, &value);
            if let Err((message, hint)) = check_value(&entry.key, &value) {
                context.report(Problem::at(&node.span, message).hint(hint));
            }
            fields.push(HeaderDraft { name: entry.key.clone(), value, span: Some(node.span.clone()) });
        }
    }
    fields
}

/// Reads `Name: value` as flags give it.
pub(crate) fn read_flag(context: &mut Context<'_>, text: &str, scope: Scope<'_>) -> Option<HeaderDraft> {
    let Some((name, value)) = text.split_once(':') else {
        let problem = Problem::anywhere(format!("--header: `{text}` has no colon"));
        context.report(problem.hint("write `-H 'Name: value'`"));
        return None;
    };
    let (name, value) = (name.trim(), value.trim());
    let value = template::read_flag(context, "--header", value, scope);
    keep_secret(context, name, &value);
    if let Err((message, hint)) = check_field_name(name).and_then(|()| check_value(name, &value)) {
        context.report(Problem::anywhere(format!("--header: {message}")).hint(hint));
        return None;
    }
    Some(HeaderDraft { name: name.to_owned(), value, span: None })
}

/// Names and values alone, as a step holds them.
pub(crate) fn plain(fields: Vec<HeaderDraft>) -> Vec<(String, Template)> {
    fields.into_iter().map(|field| (field.name, field.value)).collect()
}

fn keep_secret(context: &mut Context<'_>, name: &str, value: &Template) {
    if !secrets::is_secret_header(name) {
        return;
    }
    for part in &value.parts {
        if let Part::Literal(text) = part {
            context.keep_secret(secrets::without_scheme(text));
        }
    }
}

fn check_field_name(name: &str) -> Result<(), (String, String)> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(is_token) {
        let hint = "a name is letters, digits and `-`".to_owned();
        return Err((format!("`{name}` is not the name of a header"), hint));
    }
    if FRAMING.contains(&name.to_ascii_lowercase().as_str()) {
        let hint = "leave it out: it follows from the body".to_owned();
        return Err((format!("the header `{name}` is set by the tool"), hint));
    }
    Ok(())
}

fn check_value(name: &str, value: &Template) -> Result<(), (String, String)> {
    let is_bad = |c: char| c.is_control() && c != '\t';
    let bad = value.parts.iter().any(|part| matches!(part, Part::Literal(text) if text.contains(is_bad)));
    if bad {
        let message = format!("the header `{name}` holds a line break or another control character");
        return Err((message, "write the value in one line".to_owned()));
    }
    Ok(())
}
