//! YAML as a tree of texts with their places. Knows nothing of plans.
//!
//! Built from parser events, so that a wrong plan can be read to its end. Aliases are copied and
//! counted, so that a small file cannot become a huge tree.

use std::collections::HashMap;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as Marks};

use crate::problem::{Problem, Span, floor_boundary};

/// More than any plan needs: each is a scalar, a list or a map, aliases counted as often as they are used.
const NODES_MAX: usize = 200_000;
const DEPTH_MAX: usize = 64;
const TEXT_MAX_BYTES: usize = 16 * 1024 * 1024;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub span: Span,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A text, a number, a truth value or nothing; which one is the reader's question.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scalar {
    pub text: String,
    /// Written without quotes, so it may mean a number, a truth value or nothing.
    pub plain: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub key: String,
    pub key_span: Span,
    pub value: Node,
}

impl Node {
    /// Whether it is `null`, `~` or left out.
    pub fn is_nothing(&self) -> bool {
        matches!(&self.value, Value::Scalar(Scalar { text, plain: true })
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// What it is, in words for messages.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Scalar(_) if self.is_nothing() => "nothing",
            Value::Scalar(scalar) if !scalar.plain => "a text",
            Value::Scalar(scalar) => match scalar.text.as_str() {
                "true" | "false" => "a truth value",
                text if text.parse::<f64>().is_ok() => "a number",
                _ => "a text",
            },
        }
    }
}

/// Reads one document. The problems may come with a tree that lacks what they are about.
pub(crate) fn parse(text: &str) -> (Option<Node>, Vec<Problem>) {
    if text.len() > TEXT_MAX_BYTES {
        let message = format!("the plan has {} bytes, more than the {TEXT_MAX_BYTES} allowed", text.len());
        let hint = "put rows into a CSV file and name it in `feeders`";
        return (None, vec![Problem::anywhere(message).hint(hint)]);
    }
    let mut builder = Builder {
        text,
        events: Parser::new_from_str(text),
        anchors: HashMap::new(),
        nodes: 0,
        problems: Vec::new(),
    };
    let root = match builder.document() {
        Ok(root) => root,
        Err(problem) => {
            builder.problems.push(*problem);
            None
        }
    };
    (root, builder.problems)
}

struct Builder<'t, I: Iterator> {
    text: &'t str,
    events: I,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    problems: Vec<Problem>,
}

/// The end of reading: the text is not YAML from there on, or the tree is too large.
type Fatal = Box<Problem>;

impl<'t, I: Iterator<Item = Result<(Event<'t>, Marks), ScanError>>> Builder<'t, I> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Fatal> {
        loop {
            let Some(event) = self.events.next() else {
                return Ok((Event::StreamEnd, self.text.len()..self.text.len()));
            };
            match event {
                Ok((Event::Comment(..) | Event::Anchor(..), _)) => {}
                Ok((event, marks)) => return Ok((event, self.span(&marks))),
                Err(error) => return Err(Box::new(self.not_yaml(&error))),
            }
        }
    }

    fn span(&self, marks: &Marks) -> Span {
        let start = marks.start.byte_offset().unwrap_or(0).min(self.text.len());
        let end = marks.end.byte_offset().unwrap_or(start).clamp(start, self.text.len());
        start..end
    }

    fn not_yaml(&self, error: &ScanError) -> Problem {
        let at = floor_boundary(self.text, error.marker().byte_offset().unwrap_or(0));
        let width = self.text[at..].chars().next().map_or(0, char::len_utf8);
        let problem = Problem::at(&(at..at + width), format!("the text is not YAML: {}", error.info()));
        if self.text[at..].starts_with('\t') || error.info().contains("tab") {
            return problem.hint("indent with spaces");
        }
        problem.hint("quote texts that contain `: `, `#`, `{` or `[`, and indent with spaces")
    }

    fn document(&mut self) -> Result<Option<Node>, Fatal> {
        let mut root = None;
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(root),
                (Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd, _) => {}
                (event, span) if root.is_none() => root = self.node(event, span, 0)?,
                (_, span) => {
                    let problem = Problem::at(&span, "the file holds a second document");
                    return Err(Box::new(problem.hint("a plan is one document: remove the `---`")));
                }
            }
        }
    }

    /// `None` when a problem was reported instead.
    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Option<Node>, Fatal> {
        self.count(1, &span)?;
        if depth > DEPTH_MAX {
            return Err(Box::new(Problem::at(&span, format!("nested more than {DEPTH_MAX} levels deep"))));
        }
        let (anchor, node) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = tag.is_some_and(|tag| tag.core_suffix() == Some("str"));
                let plain = style == ScalarStyle::Plain && !is_text;
                (anchor, Node { span, value: Value::Scalar(Scalar { text: text.into_owned(), plain }) })
            }
            Event::SequenceStart(_, anchor, _) => (anchor, self.list(span, depth)?),
            Event::MappingStart(_, anchor, _) => (anchor, self.map(span, depth)?),
            Event::Alias(id) => return self.alias(id, span),
            _ => return Ok(None),
        };
        if anchor > 0 {
            let size = size_of_tree(&node);
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok(Some(node))
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<Option<Node>, Fatal> {
        let Some((mut node, size)) = self.anchors.get(&id).cloned() else {
            self.problems.push(Problem::at(&span, "this alias has no finished anchor before it"));
            return Ok(None);
        };
        self.count(size, &span)?;
        node.span = span;
        Ok(Some(node))
    }

    fn count(&mut self, nodes: usize, span: &Span) -> Result<(), Fatal> {
        self.nodes += nodes;
        if self.nodes <= NODES_MAX {
            return Ok(());
        }
        let problem = Problem::at(span, format!("the plan has more than {NODES_MAX} values"));
        Err(Box::new(problem.hint("put rows into a CSV file, and use fewer aliases")))
    }

    fn list(&mut self, start: Span, depth: usize) -> Result<Node, Fatal> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd | Event::StreamEnd, end) => {
                    let span = self.closed(&start, &end, items.last().map(|item: &Node| item.span.end));
                    return Ok(Node { span, value: Value::List(items) });
                }
                (event, span) => items.extend(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, start: Span, depth: usize) -> Result<Node, Fatal> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd | Event::StreamEnd) {
                let span = self.closed(&start, &span, entries.last().map(|entry| entry.value.span.end));
                return Ok(Node { span, value: Value::Map(entries) });
            }
            let key = self.node(event, span, depth + 1)?;
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            let (Some(key), Some(value)) = (key, value) else { continue };
            let Value::Scalar(Scalar { text, .. }) = key.value else {
                let problem = Problem::at(&key.span, format!("a key must be a text, this is {}", key.kind()));
                self.problems.push(problem.hint("quote a text with braces: `\"{{ … }}\"`, `\"${…}\"`"));
                continue;
            };
            if let Some(first) = entries.iter().find(|entry| entry.key == text) {
                let problem = Problem::at(&key.span, format!("`{text}` is given twice"));
                self.problems.push(problem.related(&first.key_span, "first here").hint("remove one of them"));
                continue;
            }
            entries.push(Entry { key: text, key_span: key.span, value });
        }
    }

    /// A block collection ends where its last value does, a flow collection behind its bracket.
    fn closed(&self, start: &Span, end: &Span, last: Option<usize>) -> Span {
        if end.is_empty() { start.start..last.unwrap_or(start.end) } else { start.start..end.end }
    }
}

fn size_of_tree(node: &Node) -> usize {
    match &node.value {
        Value::Scalar(_) => 1,
        Value::List(items) => 1 + items.iter().map(size_of_tree).sum::<usize>(),
        Value::Map(entries) => 1 + entries.iter().map(|entry| 1 + size_of_tree(&entry.value)).sum::<usize>(),
    }
}
