//! One step: a request, what must hold of its answer, and what is taken from it.

use dyno_model::{Extract, HttpStep};

use super::{StepDraft, auth, body, check, headers, plain_step};
use crate::address;
use crate::problem::Problem;
use crate::read::{Context, Keys};
use crate::template::{self, Escape, Scope, check_name};
use crate::tree::{Node, Value};

/// The short keys of methods.
const METHODS: [(&str, &str); 7] = [
    ("get", "GET"),
    ("post", "POST"),
    ("put", "PUT"),
    ("patch", "PATCH"),
    ("delete", "DELETE"),
    ("head", "HEAD"),
    ("options", "OPTIONS"),
];

pub(super) fn read(context: &mut Context<'_>, node: &Node, scope: Scope<'_>) -> Option<StepDraft> {
    let mut keys = context.keys(node, "scenarios[].steps[]")?;
    let request = read_request(context, &mut keys);
    let name =
        keys.take("name").and_then(|node| context.text(node, "`name`").map(|name| (name, node.span.clone())));
    let url = request.and_then(|(_, url)| read_url(context, url, scope));
    let mut step = plain_step("", dyno_model::Template::default());
    if let Some(node) = keys.take("headers") {
        step.headers = headers::plain(headers::read(context, node, "headers", scope));
    }
    body::read(context, &mut keys, scope, &mut step);
    if let Some(node) = keys.take("auth") {
        auth::read(context, node, scope, &mut step);
    }
    if let Some(node) = keys.take("check") {
        step.checks = check::read(context, node, Scope { after_answer: true, ..scope });
    }
    if let Some(node) = keys.take("extract") {
        step.extracts = read_extracts(context, node);
    }
    if let Some(node) = keys.take("pause") {
        step.pause_before = context.duration(node, "`pause`").unwrap_or_default();
    }
    keys.finish(context);
    let (url, absolute) = url?;
    let (method, url_node) = request?;
    let step = HttpStep { method: method.to_owned(), url, ..step };
    Some(StepDraft { name, step, absolute, span: Some(url_node.span.clone()) })
}

/// The method and the node of the URL.
fn read_request<'n>(context: &mut Context<'_>, keys: &mut Keys<'n>) -> Option<(&'n str, &'n Node)> {
    let mut given: Vec<(&'n str, &'n Node)> = Vec::new();
    for (key, method) in METHODS {
        given.extend(keys.take(key).map(|node| (method, node)));
    }
    let method = keys.take("method");
    let url = keys.take("url");
    let long = match (method, url) {
        (Some(method), Some(url)) => context.raw(method, "`method`").map(|name| (name, method, url)),
        (None, None) => None,
        _ => {
            let problem = Problem::at(&keys.span, "`method` and `url` go together");
            context.report(problem.hint("write `{ method: PROPFIND, url: \"/\" }` or `{ get: \"/\" }`"));
            return None;
        }
    };
    if let Some((name, node, url)) = long {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if !name.chars().all(is_token) {
            context.report(Problem::at(&node.span, format!("`{name}` is not an HTTP method")));
            return None;
        }
        given.push((name, url));
    }
    match given.as_slice() {
        [request] => Some(*request),
        [] => {
            let problem = Problem::at(&keys.span, "the step sends nothing");
            context.report(problem.hint("start it with `get: \"/path\"` or another method"));
            None
        }
        [_, second, ..] => {
            let problem = Problem::at(&second.1.span, "the step sends two requests");
            context.report(problem.related(&given[0].1.span, "the first one").hint("make two steps"));
            None
        }
    }
}

fn read_url(
    context: &mut Context<'_>,
    node: &Node,
    scope: Scope<'_>,
) -> Option<(dyno_model::Template, bool)> {
    let raw = context.raw(node, "the URL")?;
    if let Some(user) = address::user_in(raw).filter(|_| address::is_absolute(raw)) {
        context.keep_secret(user);
    }
    let url = template::read(context, node, "the URL", scope, Escape::None)?;
    let text = template::write(&url);
    let absolute = address::is_absolute(&text);
    let result = match absolute {
        true => address::split(&text).and_then(|address| match address.user {
            None => Ok(()),
            Some(_) => {
                let hint = "give them as `auth: { basic: \"user:password\" }`".to_owned();
                Err(("the URL of a step holds user and password".to_owned(), hint))
            }
        }),
        false => address::check_path(&text),
    };
    match result {
        Ok(()) => Some((url, absolute)),
        Err((message, hint)) => {
            context.report(Problem::at(&node.span, message).hint(hint));
            None
        }
    }
}

fn read_extracts(context: &mut Context<'_>, node: &Node) -> Vec<(String, Extract)> {
    let Value::Map(entries) = &node.value else {
        let problem = Problem::at(&node.span, format!("`extract` must be a map, this is {}", node.kind()));
        context.report(problem.hint("write `extract: { id: \"json:$.id\" }`"));
        return Vec::new();
    };
    let mut extracts = Vec::new();
    for entry in entries {
        check_name(context, &entry.key, &entry.key_span, "an extract");
        let Some(text) = context.text(&entry.value, "an extract") else { continue };
        match parse_extract(&text) {
            Ok(extract) => extracts.push((entry.key.clone(), extract)),
            Err((message, hint)) => context.report(Problem::at(&entry.value.span, message).hint(hint)),
        }
    }
    extracts
}

fn parse_extract(text: &str) -> Result<Extract, (String, String)> {
    let (source, rest) = text.split_once(':').unwrap_or((text, ""));
    let rest = rest.trim();
    match (source, rest) {
        (_, "") => {}
        ("json", path) => return check::json_path(path).map(|()| Extract::Json(path.to_owned())),
        ("regex", pattern) => return check::regex(pattern).map(|()| Extract::Regex(pattern.to_owned())),
        ("header", name) => return Ok(Extract::Header(name.to_ascii_lowercase())),
        ("cookie", name) => return Ok(Extract::Cookie(name.to_owned())),
        _ => {}
    }
    let hint = "write `json:$.id`, `header:location`, `regex:id=(\\d+)` or `cookie:session`".to_owned();
    Err((format!("`{text}` does not say where the value comes from"), hint))
}
