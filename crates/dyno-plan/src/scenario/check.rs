//! `check` of a step: what must hold of the answer.

use std::time::Duration;

use dyno_model::{Check, Template, units, units::UnitError};

use super::json;
use crate::problem::Problem;
use crate::read::Context;
use crate::template::{self, Escape, Scope};
use crate::tree::{Node, Scalar, Value};

/// The value that asks for presence only.
const PRESENT: &str = "present";

pub(super) fn read(context: &mut Context<'_>, node: &Node, scope: Scope<'_>) -> Vec<Check> {
    let Some(mut keys) = context.keys(node, "scenarios[].steps[].check") else { return Vec::new() };
    let mut checks = Vec::new();
    if let Some(node) = keys.take("status") {
        let ranges: Option<Vec<_>> =
            context.one_or_many(node).iter().map(|item| read_status(context, item)).collect();
        checks.extend(ranges.map(Check::Status));
    }
    if let Some(node) = keys.take("header") {
        checks.extend(read_headers(context, node, scope));
    }
    if let Some(node) = keys.take("body_contains") {
        for item in context.one_or_many(node) {
            let text = template::read(context, item, "`body_contains`", scope, Escape::None);
            checks.extend(text.map(Check::BodyContains));
        }
    }
    if let Some(node) = keys.take("body_matches") {
        for item in context.one_or_many(node) {
            checks.extend(read_regex(context, item));
        }
    }
    if let Some(node) = keys.take("json") {
        checks.extend(read_json(context, node, scope));
    }
    if let Some(node) = keys.take("size") {
        let range = context.quantity(node, "`size`", parse_size_range);
        checks.extend(range.map(|(min, max)| Check::Size { min, max }));
    }
    if let Some(node) = keys.take("time") {
        checks.extend(context.quantity(node, "`time`", parse_time).map(Check::TimeAtMost));
    }
    keys.finish(context);
    checks
}

fn read_status(context: &mut Context<'_>, node: &Node) -> Option<(u16, u16)> {
    context.quantity(node, "`status`", |text| {
        let code = |text: &str| text.trim().parse::<u16>().ok().filter(|code| (100..=599).contains(code));
        let range = match (text.split_once(".."), text.strip_suffix("xx")) {
            (Some((from, to)), _) => code(from).zip(code(to)).filter(|(from, to)| from <= to),
            (None, Some(class)) => {
                let class = class.parse::<u16>().ok().filter(|class| (1..=5).contains(class));
                class.map(|class| (class * 100, class * 100 + 99))
            }
            (None, None) => code(text).map(|code| (code, code)),
        };
        range.ok_or_else(|| UnitError {
            problem: format!("`{text}` is not a status"),
            hint: "write `200`, `[200, 201]`, `\"2xx\"` or `\"200..299\"`".to_owned(),
        })
    })
}

fn read_headers(context: &mut Context<'_>, node: &Node, scope: Scope<'_>) -> Vec<Check> {
    let Value::Map(entries) = &node.value else {
        let problem = Problem::at(&node.span, format!("`header` must be a map, this is {}", node.kind()));
        context.report(problem.hint("write `header: { content-type: \"text/html\", etag: present }`"));
        return Vec::new();
    };
    let mut checks = Vec::new();
    for entry in entries {
        let value = if is_present(&entry.value) {
            None
        } else {
            template::read(context, &entry.value, "the value of a header", scope, Escape::None)
        };
        checks.push(Check::Header { name: entry.key.to_ascii_lowercase(), value });
    }
    checks
}

fn is_present(node: &Node) -> bool {
    node.is_nothing() || matches!(&node.value, Value::Scalar(Scalar { text, .. }) if text == PRESENT)
}

fn read_json(context: &mut Context<'_>, node: &Node, scope: Scope<'_>) -> Vec<Check> {
    let Value::Map(entries) = &node.value else {
        let problem = Problem::at(&node.span, format!("`json` must be a map, this is {}", node.kind()));
        context.report(problem.hint("write `json: { \"$.state\": \"open\" }`"));
        return Vec::new();
    };
    let mut checks = Vec::new();
    for entry in entries {
        if let Err((message, hint)) = json_path(&entry.key) {
            context.report(Problem::at(&entry.key_span, message).hint(hint));
        }
        let mut equals = None;
        // `null` is a value that an answer can have, so only the word asks for presence here.
        if entry.value.is_nothing() || !is_present(&entry.value) {
            let mut template = Template::default();
            equals = json::write_value(context, &entry.value, scope, &mut template).map(|()| template);
        }
        checks.push(Check::Json { path: entry.key.clone(), equals });
    }
    checks
}

fn read_regex(context: &mut Context<'_>, node: &Node) -> Option<Check> {
    let pattern = context.text(node, "`body_matches`")?;
    match regex(&pattern) {
        Ok(()) => Some(Check::BodyMatches(pattern)),
        Err((message, hint)) => {
            context.report(Problem::at(&node.span, message).hint(hint));
            None
        }
    }
}

/// What is wrong with a regular expression, if anything.
pub(super) fn regex(pattern: &str) -> Result<(), (String, String)> {
    regex::Regex::new(pattern).map(|_| ()).map_err(|error| {
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
        let hint = "in double quotes write `\\\\d` for `\\d`, or use single quotes".to_owned();
        (format!("`{pattern}` is not a regular expression: {reason}"), hint)
    })
}

/// What is wrong with a JSON path, if anything.
pub(super) fn json_path(path: &str) -> Result<(), (String, String)> {
    serde_json_path::JsonPath::parse(path).map(|_| ()).map_err(|_| {
        let hint = "a path starts with `$`, such as `$.items[0].id`".to_owned();
        (format!("`{path}` is not a JSON path (RFC 9535)"), hint)
    })
}

/// `1KiB..2KiB`, or one exact size.
fn parse_size_range(text: &str) -> Result<(u64, u64), UnitError> {
    let Some((min, max)) = text.split_once("..") else {
        let size = units::parse_size(text)?;
        return Ok((size, size));
    };
    let (min, max) = (units::parse_size(min)?, units::parse_size(max)?);
    if min > max {
        let hint = "write the smaller size first".to_owned();
        return Err(UnitError { problem: format!("`{text}` holds no size"), hint });
    }
    Ok((min, max))
}

/// `< 200ms`; `<=` and the bare time mean the same.
fn parse_time(text: &str) -> Result<Duration, UnitError> {
    let limit = text.trim().trim_start_matches('<').trim_start_matches('=').trim();
    units::parse_duration(limit)
}
