//! The collecting reader: asks the tree for typed values and notes every mistake on the way.
//!
//! Knows how values are written, not which keys a plan has; the sections know that. A method that
//! returns `None` has reported why, unless the value was left out.

use std::path::PathBuf;
use std::time::Duration;

use dyno_model::{Redactor, units};

use crate::interpolate::interpolate;
use crate::problem::{Problem, Span, floor_boundary, position};
use crate::resolve::Surroundings;
use crate::suggest;
use crate::tree::{Entry, Node, Scalar, Value};
use crate::{Origin, PlanSource};

/// Shorter values would cover innocent text everywhere; the redactor leaves them alone too.
const SHORTEST_SECRET: usize = 3;

/// What a section needs to read its part: the source, the surroundings and the list of problems.
pub(crate) struct Context<'a> {
    pub source: &'a PlanSource,
    surroundings: &'a Surroundings<'a>,
    pub problems: Vec<Problem>,
    pub redactor: Redactor,
    /// Values covered when source lines are shown.
    pub secrets: Vec<String>,
}

/// A value with its origin, and its place when it comes from the file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Setting<T> {
    pub value: T,
    pub origin: Origin,
    pub span: Option<Span>,
}

/// A map that is being read; [`Keys::finish`] reports the keys that nobody asked for.
pub(crate) struct Keys<'n> {
    /// Where it stands, such as `load.open`.
    place: &'static str,
    pub span: Span,
    entries: &'n [Entry],
    known: Vec<&'static str>,
}

impl<'a> Context<'a> {
    pub fn new(source: &'a PlanSource, surroundings: &'a Surroundings<'a>) -> Self {
        let redactor = Redactor::default();
        Self { source, surroundings, problems: Vec::new(), redactor, secrets: Vec::new() }
    }

    pub fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub fn lookup(&self, name: &str) -> Option<String> {
        (self.surroundings.lookup)(name)
    }

    pub fn available_threads(&self) -> u32 {
        self.surroundings.available_threads.max(1)
    }

    /// A path of the plan, from the plan's folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.source.folder.join(path)
    }

    /// From now on the value is shown nowhere.
    pub fn keep_secret(&mut self, value: &str) {
        if value.len() < SHORTEST_SECRET {
            return;
        }
        self.redactor.add(value);
        self.secrets.push(value.to_owned());
        self.secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// Where a range of a scalar's text stands in the source; the whole scalar when that cannot be told.
    pub fn place(&self, node: &Node, range: Span) -> Span {
        let Value::Scalar(Scalar { text, .. }) = &node.value else { return node.span.clone() };
        let source = &self.source.text;
        let start = floor_boundary(source, node.span.start);
        let written = &source[start..floor_boundary(source, node.span.end).max(start)];
        // Without escapes the text stands in the source as it is; with them, a unique part may still do.
        if let Some(found) = written.find(text.as_str()) {
            return start + found + range.start..start + found + range.end;
        }
        let part = text.get(range).unwrap_or_default();
        match written.find(part) {
            Some(found) if !part.is_empty() && written.matches(part).count() == 1 => {
                start + found..start + found + part.len()
            }
            _ => node.span.clone(),
        }
    }

    pub fn setting<T>(&self, node: &Node, value: T) -> Setting<T> {
        let (line, _) = position(&self.source.text, node.span.start);
        Setting { value, origin: Origin::File { line }, span: Some(node.span.clone()) }
    }

    pub fn keys<'n>(&mut self, node: &'n Node, place: &'static str) -> Option<Keys<'n>> {
        match &node.value {
            Value::Map(entries) => Some(Keys { place, span: node.span.clone(), entries, known: Vec::new() }),
            _ if node.is_nothing() => {
                Some(Keys { place, span: node.span.clone(), entries: &[], known: Vec::new() })
            }
            _ => {
                let what = if place.is_empty() { "a plan".to_owned() } else { format!("`{place}`") };
                let message = format!("{what} must be a map, this is {}", node.kind());
                self.report(Problem::at(&node.span, message));
                None
            }
        }
    }

    pub fn list<'n>(&mut self, node: &'n Node, place: &str) -> &'n [Node] {
        if let Value::List(items) = &node.value {
            return items;
        }
        let problem = Problem::at(&node.span, format!("`{place}` must be a list, this is {}", node.kind()));
        self.report(problem.hint("put each item on its own line after `- `, or all in `[ ]`"));
        &[]
    }

    /// A list, or a single item in its place.
    pub fn one_or_many<'n>(&mut self, node: &'n Node) -> &'n [Node] {
        match &node.value {
            Value::List(items) => items,
            _ => std::slice::from_ref(node),
        }
    }

    /// A scalar's text as written, before interpolation.
    pub fn raw<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        match &node.value {
            Value::Scalar(scalar) if !node.is_nothing() => Some(&scalar.text),
            _ => {
                self.report(Problem::at(
                    &node.span,
                    format!("{what} must be a text, this is {}", node.kind()),
                ));
                None
            }
        }
    }

    /// A scalar's text after interpolation.
    pub fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        let raw = self.raw(node, what)?;
        let before = self.problems.len();
        let text = interpolate(self, node, raw, 0);
        (self.problems.len() == before).then_some(text)
    }

    pub fn truth(&mut self, node: &Node, what: &str) -> Option<bool> {
        let text = self.text(node, what)?;
        match text.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                let problem =
                    Problem::at(&node.span, format!("{what} must be `true` or `false`, not `{text}`"));
                self.report(problem);
                None
            }
        }
    }

    /// An integer between `min` and `max`.
    pub fn integer(&mut self, node: &Node, what: &str, min: u64, max: u64) -> Option<u64> {
        let text = self.text(node, what)?;
        match text.replace('_', "").parse::<u64>() {
            Ok(value) if (min..=max).contains(&value) => Some(value),
            _ => {
                let range =
                    if max == u64::MAX { format!("from {min}") } else { format!("from {min} to {max}") };
                let message = format!("{what} must be a whole number {range}, not `{text}`");
                self.report(Problem::at(&node.span, message));
                None
            }
        }
    }

    pub fn integer_u32(&mut self, node: &Node, what: &str, min: u32, max: u32) -> Option<u32> {
        let value = self.integer(node, what, u64::from(min), u64::from(max))?;
        Some(u32::try_from(value).expect("invariant: the range was checked"))
    }

    pub fn duration(&mut self, node: &Node, what: &str) -> Option<Duration> {
        self.quantity(node, what, units::parse_duration)
    }

    /// A duration above zero.
    pub fn duration_above_zero(&mut self, node: &Node, what: &str) -> Option<Duration> {
        let value = self.duration(node, what)?;
        if value.is_zero() {
            self.report(Problem::at(&node.span, format!("{what} must be longer than 0 s")));
            return None;
        }
        Some(value)
    }

    pub fn rate(&mut self, node: &Node, what: &str) -> Option<f64> {
        self.quantity(node, what, units::parse_rate)
    }

    /// Anything that `units` or a function like its own reads from a text.
    pub fn quantity<T>(
        &mut self,
        node: &Node,
        what: &str,
        parse: impl Fn(&str) -> Result<T, units::UnitError>,
    ) -> Option<T> {
        let text = self.text(node, what)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.report(Problem::at(&node.span, format!("{what}: {}", error.problem)).hint(error.hint));
                None
            }
        }
    }
}

impl<'n> Keys<'n> {
    /// The value of a key, `None` when it is left out or nothing. Makes the key known.
    pub fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        self.entries.iter().find(|entry| entry.key == key).map(|e| &e.value).filter(|n| !n.is_nothing())
    }

    /// As [`Keys::take`], for a key that may be there without a value.
    pub fn take_even_nothing(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        self.entries.iter().find(|entry| entry.key == key).map(|e| &e.value)
    }

    /// The entry of a key, for its own place.
    pub fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// Reports keys that nobody asked for, with the known one that is nearest.
    pub fn finish(self, context: &mut Context<'_>) {
        for entry in self.entries.iter().filter(|entry| !self.known.contains(&entry.key.as_str())) {
            let inside = if self.place.is_empty() { String::new() } else { format!(" in `{}`", self.place) };
            let problem = Problem::at(&entry.key_span, format!("unknown key `{}`{inside}", entry.key));
            let hint = match suggest::nearest(&entry.key, &self.known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => match suggest::home_of(&entry.key, self.place) {
                    Some((key, home)) => format!("`{key}` belongs in `{home}`"),
                    None => format!("known keys: {}", self.known.join(", ")),
                },
            };
            context.report(problem.hint(hint));
        }
    }
}
