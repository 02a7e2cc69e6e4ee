//! Reads texts with `{{ … }}` holes into `dyno_model::Template`.
//!
//! Does not render; a driver does that for each arrival. Names are checked here, so that a driver never
//! meets one that it does not know. Called by the sections that hold templates.

mod expression;

use std::ops::Range;

use dyno_model::{Expression, Part, Template};

use crate::interpolate::interpolate;
use crate::problem::{Problem, Span};
use crate::read::Context;
use crate::tree::Node;

/// What follows `|` in a hole whose value goes into a JSON string.
const JSON_FILTER: &str = "json";

/// The names of a plan that templates can use.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Names {
    /// Fixed variables with their values.
    pub variables: Vec<(String, String)>,
    /// Feeders with their columns.
    pub feeders: Vec<(String, Vec<String>)>,
    pub extracts: Vec<ExtractName>,
}

/// A name that a step takes from its answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExtractName {
    pub name: String,
    /// Index of the scenario.
    pub scenario: usize,
    /// Index of the step within it.
    pub step: usize,
}

/// The step whose templates are read; it decides which extracts are there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'n> {
    pub names: &'n Names,
    pub scenario: usize,
    pub step: usize,
    /// Whether the answer of the step itself is there, as it is for its checks.
    pub after_answer: bool,
}

/// Where the text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escape {
    /// As it is.
    None,
    /// Into a JSON string: fixed texts are escaped here, values that are made later when they are made.
    JsonString,
}

/// A mistake in a template: where in its text, what, and what to do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Flaw {
    pub range: Range<usize>,
    pub message: String,
    pub hint: String,
}

/// Reads a scalar of the plan. Interpolation happens outside of holes and inside them; a value that is
/// put in outside of a hole is never read as one.
pub(crate) fn read(
    context: &mut Context<'_>,
    node: &Node,
    what: &str,
    scope: Scope<'_>,
    escape: Escape,
) -> Option<Template> {
    let raw = context.raw(node, what)?;
    let before = context.problems.len();
    let (template, flaws) =
        parse(raw, scope, escape, &mut |text, offset| interpolate(context, node, text, offset));
    for flaw in flaws {
        let place = context.place(node, flaw.range);
        context.report(Problem::at(&place, flaw.message).hint(flaw.hint));
    }
    (context.problems.len() == before).then_some(template)
}

/// Reads a text from outside the plan file, such as a flag. There is no interpolation.
pub(crate) fn read_flag(context: &mut Context<'_>, flag: &str, text: &str, scope: Scope<'_>) -> Template {
    let (template, flaws) = parse(text, scope, Escape::None, &mut |text, _| text.to_owned());
    for flaw in flaws {
        context.report(Problem::anywhere(format!("{flag}: {}", flaw.message)).hint(flaw.hint));
    }
    template
}

/// Splits a text into literals and holes. `fill` interpolates a stretch that starts at the given byte.
pub(crate) fn parse(
    text: &str,
    scope: Scope<'_>,
    escape: Escape,
    fill: &mut dyn FnMut(&str, usize) -> String,
) -> (Template, Vec<Flaw>) {
    let mut parts = Vec::new();
    let mut flaws = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find("{{") {
        let start = at + found;
        let Some(length) = end_of_hole(&text[start + 2..]) else {
            let hint = "close it with `}}`, or write `{{ '{{' }}` for the characters themselves".to_owned();
            flaws.push(Flaw { range: start..text.len(), message: "`{{` is not closed".to_owned(), hint });
            return (Template { parts }, flaws);
        };
        push_literal(&mut parts, escape, &fill(&text[at..start], at));
        at = start + 2 + length + 2;
        let inside = fill(&text[start + 2..at - 2], start + 2);
        let (inside, escape) = without_filter(inside.trim(), escape);
        match expression::parse(inside, scope) {
            Ok(expression::Value::Fixed(value)) => push_literal(&mut parts, escape, &value),
            Ok(expression::Value::Made(expression)) => parts.push(made(expression, escape)),
            Err((message, hint)) => flaws.push(Flaw { range: start..at, message, hint }),
        }
    }
    push_literal(&mut parts, escape, &fill(&text[at..], at));
    (Template { parts }, flaws)
}

/// Takes `| json` off an expression; with it, the value is escaped whatever the place.
fn without_filter(text: &str, escape: Escape) -> (&str, Escape) {
    match text.rsplit_once('|') {
        Some((expression, filter)) if filter.trim() == JSON_FILTER => (expression.trim(), Escape::JsonString),
        _ => (text, escape),
    }
}

fn made(expression: Expression, escape: Escape) -> Part {
    match escape {
        Escape::JsonString if expression::needs_escape(&expression) => Part::JsonString(expression),
        Escape::None | Escape::JsonString => Part::Expression(expression),
    }
}

/// Where `}}` is, outside of quotes.
fn end_of_hole(text: &str) -> Option<usize> {
    let mut quote = None;
    for (i, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '\'' || c == '"' => quote = Some(c),
            None if text[i..].starts_with("}}") => return Some(i),
            None => {}
        }
    }
    // A quote that stays open may be an apostrophe outside of the hole; its expression reports it.
    quote.and_then(|_| text.find("}}"))
}

fn push_literal(parts: &mut Vec<Part>, escape: Escape, text: &str) {
    let text = escape.apply(text);
    match parts.last_mut() {
        _ if text.is_empty() => {}
        Some(Part::Literal(before)) => before.push_str(&text),
        _ => parts.push(Part::Literal(text)),
    }
}

impl Escape {
    fn apply(self, text: &str) -> String {
        match self {
            Self::None => text.to_owned(),
            Self::JsonString => {
                let quoted = serde_json::Value::from(text).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            }
        }
    }
}

/// The template as a plan would write it.
pub(crate) fn write(template: &Template) -> String {
    let mut text = String::new();
    for part in &template.parts {
        match part {
            Part::Literal(literal) => {
                text.push_str(&literal.replace("{{", "{{ '{{' }}").replace("${", "$${"));
            }
            Part::Expression(expression) => {
                text.push_str(&format!("{{{{ {} }}}}", expression::write(expression)));
            }
            Part::JsonString(expression) => {
                text.push_str(&format!("{{{{ {} | {JSON_FILTER} }}}}", expression::write(expression)));
            }
        }
    }
    text
}

/// The text with `0` in place of every hole: what a parser can look at before there are values.
pub(crate) fn sample(template: &Template) -> String {
    let text_of = |part: &Part| match part {
        Part::Literal(text) => text.clone(),
        Part::Expression(_) | Part::JsonString(_) => "0".to_owned(),
    };
    template.parts.iter().map(text_of).collect()
}

/// Appends a template to another one.
pub(crate) fn append(template: &mut Template, more: &Template) {
    for part in &more.parts {
        match part {
            Part::Literal(text) => push_literal(&mut template.parts, Escape::None, text),
            expression => template.parts.push(expression.clone()),
        }
    }
}

/// Appends fixed text to a template.
pub(crate) fn append_text(template: &mut Template, text: &str) {
    push_literal(&mut template.parts, Escape::None, text);
}

/// Reports a name that templates could not use.
pub(crate) fn check_name(context: &mut Context<'_>, name: &str, span: &Span, what: &str) {
    let mut chars = name.chars();
    let starts_well = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    if !starts_well || !chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
        let problem = Problem::at(span, format!("`{name}` cannot be the name of {what}"));
        context.report(problem.hint("a name is letters, digits, `_` and `-`, and starts with a letter"));
    } else if name == "row" || expression::RESERVED.contains(&name) {
        let problem = Problem::at(span, format!("`{name}` cannot be the name of {what}"));
        context.report(problem.hint("templates already give it a meaning: choose another name"));
    }
}
