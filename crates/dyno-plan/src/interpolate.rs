//! `${VAR}`, `${VAR:-default}`, `${file:PATH}` and `${secret:NAME}` inside any text of a plan.
//!
//! What is put in is taken literally: it is neither interpolated again nor read as a template.
//! `$${` stands for `${` itself. Called by `read` and `template`.

use crate::files;
use crate::problem::Problem;
use crate::read::Context;
use crate::tree::Node;

/// What one `${…}` asks for.
enum Reference<'t> {
    Variable { name: &'t str, default: Option<&'t str> },
    File(&'t str),
    Secret(&'t str),
}

/// The text with all references replaced. Missing ones are reported and left out.
///
/// `offset` is where `text` starts inside the text of `node`, for the places of problems.
pub(crate) fn interpolate(context: &mut Context<'_>, node: &Node, text: &str, offset: usize) -> String {
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = text[at..].find("${") {
        let start = at + found;
        if text[..start].ends_with('$') {
            result.push_str(&text[at..start - 1]);
            result.push_str("${");
            at = start + 2;
            continue;
        }
        result.push_str(&text[at..start]);
        let Some(length) = text[start..].find('}') else {
            let place = context.place(node, offset + start..offset + text.len());
            let hint = "close it with `}`, or write `$${` for the characters themselves";
            context.report(Problem::at(&place, "`${` is not closed").hint(hint));
            return result;
        };
        at = start + length + 1;
        let place = context.place(node, offset + start..offset + at);
        match value_of(context, &text[start + 2..at - 1]) {
            Ok(value) => result.push_str(&value),
            Err((message, hint)) => context.report(Problem::at(&place, message).hint(hint)),
        }
    }
    result.push_str(&text[at..]);
    result
}

fn value_of(context: &mut Context<'_>, inside: &str) -> Result<String, (String, String)> {
    match reference(inside)? {
        Reference::Variable { name, default } => {
            let value = context.lookup(name).filter(|value| !value.is_empty() || default.is_none());
            value.or(default.map(str::to_owned)).ok_or_else(|| {
                let message = format!("the environment variable `{name}` is not set");
                (message, format!("set it, or give a default: `${{{name}:-value}}`"))
            })
        }
        Reference::File(path) => {
            let text = files::read_text(&context.path(path))?;
            Ok(text.trim_end_matches(['\r', '\n']).to_owned())
        }
        Reference::Secret(name) => {
            let value = context.lookup(name).or_else(|| context.lookup(&format!("DYNO_SECRET_{name}")));
            let value = value.ok_or_else(|| {
                let message = format!("the secret `{name}` is not set");
                (message, format!("set the environment variable `{name}` or `DYNO_SECRET_{name}`"))
            })?;
            context.keep_secret(&value);
            Ok(value)
        }
    }
}

fn reference(inside: &str) -> Result<Reference<'_>, (String, String)> {
    if let Some(path) = inside.strip_prefix("file:") {
        return Ok(Reference::File(path.trim()));
    }
    let (name, reference) = if let Some(name) = inside.strip_prefix("secret:") {
        (name, Reference::Secret(name))
    } else if let Some((name, default)) = inside.split_once(":-") {
        (name, Reference::Variable { name, default: Some(default) })
    } else {
        (inside, Reference::Variable { name: inside, default: None })
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(is_name) || name.starts_with(|c: char| c.is_ascii_digit()) {
        let hint = "write `${NAME}`, `${NAME:-default}`, `${file:PATH}` or `${secret:NAME}`";
        return Err((format!("`${{{inside}}}` does not name a variable"), hint.to_owned()));
    }
    Ok(reference)
}
