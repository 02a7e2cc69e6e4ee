//! `--dry-run`: what would be played, with the origin of every value. Sends nothing.

use dyno_plan::Resolved;
use serde_json::{Value, json};

use crate::commands::{pretty, table};
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;

/// Prints the resolved plan.
///
/// # Errors
/// When it cannot be written.
pub fn show(resolved: &Resolved, as_json: bool) -> Result<Exit, CommandError> {
    if as_json {
        let provenance: Vec<Value> = resolved
            .provenance
            .iter()
            .map(|(key, value, origin)| json!({ "key": key, "value": value, "origin": origin.to_string() }))
            .collect();
        console::data(&pretty(&json!({ "plan": resolved.redacted, "provenance": provenance })))?;
        return Ok(Exit::Passed);
    }
    let rows = resolved
        .provenance
        .iter()
        .map(|(key, value, origin)| [key.clone(), value.clone(), format!("({origin})")])
        .collect::<Vec<_>>();
    let mut text = table::plain(&rows);
    text.push_str("\nThe whole plan:\n\n");
    write_yaml(&mut text, &resolved.redacted, 0);
    console::data(text.as_bytes())?;
    Ok(Exit::Passed)
}

/// Writes a value in the block form of YAML; scalars as JSON, which YAML reads too.
fn write_yaml(text: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(map) => {
            for (key, item) in map {
                text.push_str(&format!("{indent}{}:", plain_key(key)));
                write_nested(text, item, depth);
            }
        }
        Value::Array(items) => {
            for item in items {
                text.push_str(&format!("{indent}-"));
                write_nested(text, item, depth);
            }
        }
        scalar => text.push_str(&format!("{indent}{scalar}\n")),
    }
}

fn write_nested(text: &mut String, item: &Value, depth: usize) {
    let is_block = match item {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if is_block {
        text.push('\n');
        write_yaml(text, item, depth + 1);
    } else {
        text.push_str(&format!(" {item}\n"));
    }
}

fn plain_key(key: &str) -> String {
    let is_plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    if is_plain { key.to_owned() } else { Value::from(key).to_string() }
}

#[cfg(test)]
mod tests;
