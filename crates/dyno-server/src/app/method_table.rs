//! Which route answers which method of one path.
//!
//! Knows nothing of paths. Filled and asked by `router`.

use std::fmt;

/// A method that a route answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteMethod {
    /// One method by its name, in its own letter case.
    Named(String),
    /// Every method that no other route of the path answers.
    Any,
    /// A WebSocket handshake, in whatever version of HTTP.
    WebSocket,
}

impl fmt::Display for RouteMethod {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => out.write_str(name),
            Self::Any => out.write_str("any method"),
            Self::WebSocket => out.write_str("WebSocket"),
        }
    }
}

const COMMON: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const GET: usize = 0;
const HEAD: usize = 1;

/// The routes of one path, by index.
#[derive(Debug, Default)]
pub(crate) struct MethodTable {
    common: [Option<usize>; COMMON.len()],
    others: Vec<(String, usize)>,
    any: Option<usize>,
    websocket: Option<usize>,
    /// What an `Allow` field says.
    allow: String,
}

impl MethodTable {
    /// Adds a route; the index of the one that is there already is the error.
    pub(crate) fn insert(&mut self, method: &RouteMethod, route: usize) -> Result<(), usize> {
        let place = match method {
            RouteMethod::Any => &mut self.any,
            RouteMethod::WebSocket => &mut self.websocket,
            RouteMethod::Named(name) => match common_index(name) {
                Some(index) => &mut self.common[index],
                None => {
                    if let Some((_, taken)) = self.others.iter().find(|(other, _)| other == name) {
                        return Err(*taken);
                    }
                    self.others.push((name.clone(), route));
                    self.allow = self.allowed();
                    return Ok(());
                }
            },
        };
        if let Some(taken) = *place {
            return Err(taken);
        }
        *place = Some(route);
        self.allow = self.allowed();
        Ok(())
    }

    /// The route for `method`; a route for GET answers HEAD as well.
    pub(crate) fn find(&self, method: &str) -> Option<usize> {
        let named = match common_index(method) {
            Some(HEAD) => self.common[HEAD].or(self.common[GET]),
            Some(index) => self.common[index],
            None => self.others.iter().find(|(other, _)| other == method).map(|(_, route)| *route),
        };
        named.or(self.any)
    }

    /// The route for WebSocket handshakes.
    pub(crate) fn websocket(&self) -> Option<usize> {
        self.websocket
    }

    /// Any route of the path, for what concerns all of them.
    pub(crate) fn first(&self) -> Option<usize> {
        let mut all = self.common.iter().flatten().chain(self.others.iter().map(|(_, route)| route));
        all.next().copied().or(self.any).or(self.websocket)
    }

    /// The methods in the form of an `Allow` field; empty when only WebSocket handshakes are answered.
    pub(crate) fn allow(&self) -> &str {
        &self.allow
    }

    fn allowed(&self) -> String {
        let answers =
            |index: usize| self.common[index].is_some() || (index == HEAD && self.common[GET].is_some());
        let mut names: Vec<&str> =
            COMMON.iter().enumerate().filter(|(index, _)| answers(*index)).map(|(_, name)| *name).collect();
        names.extend(self.others.iter().map(|(name, _)| name.as_str()));
        if !names.is_empty() && !names.contains(&"OPTIONS") {
            names.push("OPTIONS");
        }
        names.join(", ")
    }
}

fn common_index(method: &str) -> Option<usize> {
    match method {
        "GET" => Some(GET),
        "HEAD" => Some(HEAD),
        "POST" => Some(2),
        "PUT" => Some(3),
        "PATCH" => Some(4),
        "DELETE" => Some(5),
        "OPTIONS" => Some(6),
        _ => None,
    }
}
