//! JSON in a plan, as YAML or as literal text, into one template of compact JSON.
//!
//! A quoted text stays a JSON string, also when it is one hole: `"{{ int(1..9) }}"` gives `"5"`. Who
//! wants a number there writes the JSON as literal text: `json: '{"id": {{ int(1..9) }}}'`.

use dyno_model::Template;

use crate::problem::Problem;
use crate::read::Context;
use crate::template::{self, Escape, Scope};
use crate::tree::{Node, Scalar, Value};

pub(super) fn read(context: &mut Context<'_>, node: &Node, scope: Scope<'_>) -> Option<Template> {
    if let Value::Scalar(Scalar { plain: false, .. }) = &node.value {
        return read_literal(context, node, scope);
    }
    let mut template = Template::default();
    write_value(context, node, scope, &mut template)?;
    Some(template)
}

/// Text that is JSON already, with holes anywhere.
fn read_literal(context: &mut Context<'_>, node: &Node, scope: Scope<'_>) -> Option<Template> {
    let template = template::read(context, node, "`json`", scope, Escape::None)?;
    // A hole may stand for a value or for a part of a string; a digit fits both.
    let sample = template::sample(&template);
    if let Err(error) = serde_json::from_str::<serde_json::Value>(&sample) {
        let message = format!("`json` is not JSON: {error}");
        let hint = "write JSON, or YAML without quotes around it; use `body` for any other text";
        context.report(Problem::at(&node.span, message).hint(hint));
        return None;
    }
    Some(template)
}

/// Appends a YAML value as compact JSON.
pub(super) fn write_value(
    context: &mut Context<'_>,
    node: &Node,
    scope: Scope<'_>,
    out: &mut Template,
) -> Option<()> {
    match &node.value {
        Value::Scalar(scalar) => return write_scalar(context, node, scalar, scope, out),
        Value::List(items) => {
            template::append_text(out, "[");
            for (i, item) in items.iter().enumerate() {
                template::append_text(out, if i > 0 { "," } else { "" });
                write_value(context, item, scope, out)?;
            }
            template::append_text(out, "]");
        }
        Value::Map(entries) => {
            template::append_text(out, "{");
            for (i, entry) in entries.iter().enumerate() {
                let key = serde_json::Value::from(entry.key.as_str());
                template::append_text(out, &format!("{}{key}:", if i > 0 { "," } else { "" }));
                write_value(context, &entry.value, scope, out)?;
            }
            template::append_text(out, "}");
        }
    }
    Some(())
}

fn write_scalar(
    context: &mut Context<'_>,
    node: &Node,
    scalar: &Scalar,
    scope: Scope<'_>,
    out: &mut Template,
) -> Option<()> {
    if node.is_nothing() {
        template::append_text(out, "null");
        return Some(());
    }
    if scalar.plain {
        let text = context.text(node, "a JSON value")?;
        let is_value = serde_json::from_str::<serde_json::Value>(&text)
            .is_ok_and(|value| value.is_number() || value.is_boolean() || value.is_null());
        if is_value {
            template::append_text(out, &text);
            return Some(());
        }
    }
    let text = template::read(context, node, "a JSON text", scope, Escape::JsonString)?;
    template::append_text(out, "\"");
    template::append(out, &text);
    template::append_text(out, "\"");
    Some(())
}
