//! One row of the table, written as a sentence: path, methods, function, line, then parameters and an example.

use crate::call::Answer;

/// What a route offers, for people and for the OpenAPI document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteDoc {
    /// The path, with `{…}` for its parameters; `{*…}` takes the rest.
    pub path: &'static str,
    /// The methods as `Allow` shows them; `*` is any.
    pub methods: &'static str,
    /// What it does, in one line.
    pub line: &'static str,
    /// What may stand in its query.
    pub parameters: &'static [Parameter],
}

/// A parameter of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What its value is: `integer`, `number`, `string`, `boolean`, `duration` or `size`.
    pub kind: &'static str,
    /// What holds without it; empty when nothing does.
    pub default: &'static str,
}

/// A route with its function.
pub(crate) struct Route {
    pub(crate) doc: RouteDoc,
    pub(crate) answer: Answer,
    pub(crate) example: Example,
}

/// A request whose answer is known. It is for a target that was just started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Example {
    /// Path and query.
    pub(crate) target: &'static str,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: &'static str,
    pub(crate) known: Known,
}

/// What is known of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Known {
    /// Status, content type (empty for none) and body.
    Answer(u16, &'static str, Body),
    /// Nothing that HTTP could read; what happens instead, in words.
    Broken(&'static str),
}

/// What is known of a body, content coding undone.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Body {
    /// Exactly this.
    Is(&'static str),
    /// This is a part of it.
    Has(&'static str),
    /// This many bytes.
    Size(usize),
}

/// A row of the table.
pub(super) const fn route(
    path: &'static str,
    methods: &'static str,
    answer: Answer,
    line: &'static str,
) -> Route {
    Route {
        doc: RouteDoc { path, methods, line, parameters: &[] },
        answer,
        example: Example { target: path, headers: &[], body: "", known: Known::Broken("") },
    }
}

/// A parameter of a query with its default.
pub(super) const fn query(name: &'static str, kind: &'static str, default: &'static str) -> Parameter {
    Parameter { name, kind, default }
}

impl Route {
    pub(super) const fn query(mut self, parameters: &'static [Parameter]) -> Self {
        self.doc.parameters = parameters;
        self
    }

    /// The example's path and query, when they are not the path of the route.
    pub(super) const fn at(mut self, target: &'static str) -> Self {
        self.example.target = target;
        self
    }

    /// Fields of the example's request.
    pub(super) const fn with(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.example.headers = headers;
        self
    }

    /// The body of the example's request.
    pub(super) const fn sends(mut self, body: &'static str) -> Self {
        self.example.body = body;
        self
    }

    /// The example's answer.
    pub(super) const fn gives(mut self, status: u16, content_type: &'static str, body: Body) -> Self {
        self.example.known = Known::Answer(status, content_type, body);
        self
    }

    /// The example has no answer that HTTP could read.
    pub(super) const fn breaks(mut self, how: &'static str) -> Self {
        self.example.known = Known::Broken(how);
        self
    }
}
