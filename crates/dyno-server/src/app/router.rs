//! Finding the route of a path.
//!
//! A radix tree over the keys of patterns; a literal goes before a parameter, a parameter before a tail. Knows
//! nothing of what routes do. Filled when an app is assembled, asked once or twice per request.

use std::collections::HashMap;

use crate::app::method_table::{MethodTable, RouteMethod};
use crate::app::pattern::Pattern;

pub(crate) mod probe;

#[cfg(test)]
mod tests;

/// Most parameters in one path.
pub(crate) const PARAMETERS_MAX: usize = 8;

/// What a slash at the end of a path means.
///
/// ```
/// use dyno_server::{App, TrailingSlash, get};
///
/// #[get("/users")]
/// fn users() -> &'static str { "all" }
///
/// let server = dyno_server::TestServer::start(|_| App::new().route(users));
/// assert_eq!(server.get("/users/").send().text(), "all");
///
/// let strict = || App::new().route(users).trailing_slash(TrailingSlash::Redirect);
/// let server = dyno_server::TestServer::start(move |_| strict());
/// let answer = server.get("/users/").send();
/// assert_eq!((answer.status(), answer.header("location")), (308, Some("/users")));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TrailingSlash {
    /// Nothing: `/users` and `/users/` are the same path.
    #[default]
    Lenient,
    /// The path that is not registered is redirected (308) to the one that is.
    Redirect,
    /// `/users` and `/users/` are two paths.
    Exact,
}

/// What stands in a path for the parameters of its pattern, still percent-encoded.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PathValues<'a> {
    values: [&'a str; PARAMETERS_MAX],
    count: usize,
}

impl<'a> PathValues<'a> {
    /// Takes the first [`PARAMETERS_MAX`] of `values`; no pattern has more.
    pub(crate) fn new(values: impl Iterator<Item = &'a str>) -> Self {
        let mut taken = Self::default();
        taken.fill(values);
        taken
    }

    fn fill(&mut self, values: impl Iterator<Item = &'a str>) {
        self.count = 0;
        for (place, value) in self.values.iter_mut().zip(values) {
            *place = value;
            self.count += 1;
        }
    }

    /// From left to right.
    pub(crate) fn as_slice(&self) -> &[&'a str] {
        &self.values[..self.count]
    }
}

/// What is known about a path.
#[derive(Debug)]
pub(crate) enum Found<'r> {
    /// These routes have it.
    Path(&'r MethodTable),
    /// It should be asked with or without its last slash.
    OtherSlash,
    Nothing,
}

/// The routes of an app by path; routes are indices into a list that the caller keeps.
#[derive(Debug, Default)]
pub(crate) struct Router {
    tree: matchit::Router<usize>,
    tables: Vec<MethodTable>,
    tables_by_key: HashMap<String, usize>,
    trailing_slash: TrailingSlash,
}

/// Why a route cannot be added.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Conflict {
    /// With the route of this index: same path, same method.
    Route(usize),
    /// With routes that have other, equally specific parameters in the same place.
    Pattern(String),
    TooManyParameters,
}

impl Router {
    pub(crate) fn new(trailing_slash: TrailingSlash) -> Self {
        Self { trailing_slash, ..Self::default() }
    }

    /// Adds the route with index `route`.
    pub(crate) fn insert(
        &mut self,
        method: &RouteMethod,
        pattern: &Pattern,
        route: usize,
    ) -> Result<(), Conflict> {
        if pattern.names.len() > PARAMETERS_MAX {
            return Err(Conflict::TooManyParameters);
        }
        let key = match self.trailing_slash {
            TrailingSlash::Lenient => without_slash(&pattern.key).unwrap_or(&pattern.key),
            TrailingSlash::Redirect | TrailingSlash::Exact => &pattern.key,
        };
        let table = match self.tables_by_key.get(key) {
            Some(&table) => table,
            None => {
                let table = self.tables.len();
                self.tree.insert(key, table).map_err(|error| match error {
                    matchit::InsertError::Conflict { with } => Conflict::Pattern(with),
                    other => Conflict::Pattern(other.to_string()),
                })?;
                self.tables.push(MethodTable::default());
                self.tables_by_key.insert(key.to_owned(), table);
                table
            }
        };
        self.tables[table].insert(method, route).map_err(Conflict::Route)
    }

    /// A route whose pattern has this key.
    pub(crate) fn route_with_key(&self, key: &str) -> Option<usize> {
        self.tables[*self.tables_by_key.get(key)?].first()
    }

    /// Looks up a path in its normal form; its parameters go to `values`, which is cheaper than returning them.
    pub(crate) fn find<'p>(&self, path: &'p str, values: &mut PathValues<'p>) -> Found<'_> {
        if let Some(table) = self.at(path, values) {
            return Found::Path(table);
        }
        match self.trailing_slash {
            TrailingSlash::Exact => Found::Nothing,
            TrailingSlash::Lenient => {
                let table = without_slash(path).and_then(|path| self.at(path, values));
                table.map_or(Found::Nothing, Found::Path)
            }
            TrailingSlash::Redirect => {
                let is_there = match without_slash(path) {
                    Some(path) => self.tree.at(path).is_ok(),
                    None => self.tree.at(&format!("{path}/")).is_ok(),
                };
                if is_there { Found::OtherSlash } else { Found::Nothing }
            }
        }
    }

    fn at<'p>(&self, path: &'p str, values: &mut PathValues<'p>) -> Option<&MethodTable> {
        let matched = self.tree.at(path).ok()?;
        values.fill(matched.params.iter().map(|(_, value)| value));
        Some(&self.tables[*matched.value])
    }
}

fn without_slash(path: &str) -> Option<&str> {
    path.strip_suffix('/').filter(|path| !path.is_empty())
}
