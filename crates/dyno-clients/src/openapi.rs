//! API descriptions: Swagger 2.0 and OpenAPI 3, JSON or YAML, become requests that can be sent.
//!
//! Every operation becomes a [`Call`] or a reason why there is none; nothing is dropped in silence. What the description
//! leaves open is made up from a seed. Not here: sending anything, and what is measured. Pure: texts in, requests out;
//! references are followed within the document only.

mod body;
mod operation;
mod parameter;
mod pointer;
mod sample;

use serde_json::{Map, Value};

use pointer::Place;

/// The keys of a path that are methods, in the order of calls.
const METHODS: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];

/// Why a description cannot be used at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DescriptionError {
    /// It is neither JSON nor YAML.
    #[error("not readable as {format}: {problem}")]
    Syntax {
        /// `JSON` or `YAML`.
        format: &'static str,
        /// What is wrong, with line and column.
        problem: String,
    },
    /// It is no description of a known version.
    #[error("{found}; `swagger: \"2.0\"` or `openapi: 3.x` must stand at the top")]
    Version {
        /// What stands there.
        found: String,
    },
    /// A part of it is not what it has to be.
    #[error("`{pointer}` {problem}")]
    Shape {
        /// The place, a JSON pointer.
        pointer: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// Why no request can be made of an operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pointer}`: {problem}")]
pub struct Unmade {
    /// The place in the description, a JSON pointer.
    pub pointer: String,
    /// Why, in words.
    pub problem: String,
}

/// A request made from an operation. Its `Debug` hides fields and body, which may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// Method and path as in the description, such as `GET /users/{id}`.
    pub name: String,
    /// The method, in upper case.
    pub method: String,
    /// Path and query, percent-encoded, from a `/` on and without the base path.
    pub target: String,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// The status codes that the description promises, such as `200` or `2XX`; at least one.
    pub expected: Vec<String>,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (fields, body) = (self.headers.len(), self.body.len());
        write!(f, "Call({}: {}, {fields} fields, {body} bytes, {:?})", self.name, self.target, self.expected)
    }
}

/// Which family of keywords a description uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Swagger2,
    OpenApi3,
}

/// An API description that was read.
#[derive(Debug, Clone)]
pub struct Description {
    root: Value,
    version: Version,
    base_path: String,
    /// Method in lower case and path.
    operations: Vec<(&'static str, String)>,
}

impl Description {
    /// Reads a description; text that begins with `{` is JSON, all other YAML.
    ///
    /// # Errors
    /// When it cannot be read, is of an unknown version, or has no usable `paths`.
    pub fn read(text: &str) -> Result<Self, DescriptionError> {
        let root = parse(text)?;
        let shape = |pointer: &str, problem: &str| DescriptionError::Shape {
            pointer: pointer.to_owned(),
            problem: problem.to_owned(),
        };
        let top = root.as_object().ok_or_else(|| shape("/", "is not an object"))?;
        let version = version(top)?;
        let paths = top
            .get("paths")
            .ok_or_else(|| shape("/paths", "is missing"))?
            .as_object()
            .ok_or_else(|| shape("/paths", "is not an object"))?;
        let at_root = Place::root(&root);
        let mut operations = Vec::new();
        for path in paths.keys().filter(|path| path.starts_with('/')) {
            let item = at_root.child("paths").and_then(|paths| paths.child(path)).and_then(Place::resolved);
            let item = item.map_err(DescriptionError::from)?;
            let fields = item.object().map_err(DescriptionError::from)?;
            for method in METHODS.iter().filter(|method| fields.contains_key(**method)) {
                item.child(method)
                    .and_then(|place| place.object().map(|_| ()))
                    .map_err(DescriptionError::from)?;
                operations.push((*method, path.clone()));
            }
        }
        if operations.is_empty() {
            return Err(shape("/paths", "has no operation"));
        }
        let base_path = base_path(top, version);
        Ok(Self { version, base_path, operations, root })
    }

    /// The path below which all operations are, without a `/` at its end; empty for none.
    #[must_use]
    pub fn base_path(&self) -> &str {
        &self.base_path
    }

    /// A request for each operation, or why there is none, with the operation's name, in the order of the document.
    ///
    /// Equal seeds give equal requests. Without credentials, an operation that needs some is expected to be refused as
    /// the description says.
    #[must_use]
    pub fn calls(&self, seed: u64, has_credentials: bool) -> Vec<(String, Result<Call, Unmade>)> {
        let call = |(n, (method, path)): (usize, &(&'static str, String))| {
            let name = format!("{} {path}", method.to_ascii_uppercase());
            let made = operation::call(self, method, path, (seed, n as u64), has_credentials);
            (name, made)
        };
        self.operations.iter().enumerate().map(call).collect()
    }
}

impl From<Unmade> for DescriptionError {
    fn from(unmade: Unmade) -> Self {
        Self::Shape { pointer: unmade.pointer, problem: unmade.problem }
    }
}

fn parse(text: &str) -> Result<Value, DescriptionError> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') {
        let failed = |error: serde_json::Error| DescriptionError::Syntax {
            format: "JSON",
            problem: error.to_string(),
        };
        return serde_json::from_str(text).map_err(failed);
    }
    // In YAML 1.2, which descriptions are written in, `n`, `no` and `on` are texts.
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| DescriptionError::Syntax { format: "YAML", problem: error.to_string() })
}

fn version(top: &Map<String, Value>) -> Result<Version, DescriptionError> {
    // Without quotes YAML has numbers.
    let word = |key: &str| match top.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(_) => Some("something else".to_owned()),
        None => None,
    };
    match (word("swagger"), word("openapi")) {
        (Some(text), _) if text == "2.0" || text == "2" => Ok(Version::Swagger2),
        (None, Some(text)) if text.starts_with("3.") => Ok(Version::OpenApi3),
        (Some(text), _) => Err(DescriptionError::Version { found: format!("`swagger` is `{text}`") }),
        (None, Some(text)) => Err(DescriptionError::Version { found: format!("`openapi` is `{text}`") }),
        (None, None) => Err(DescriptionError::Version { found: "no version is named".to_owned() }),
    }
}

/// The `basePath` of Swagger, or the path of the first server with its variables at their defaults.
fn base_path(top: &Map<String, Value>, version: Version) -> String {
    let path = match version {
        Version::Swagger2 => top.get("basePath").and_then(Value::as_str).unwrap_or_default().to_owned(),
        Version::OpenApi3 => {
            let server = top.get("servers").and_then(|servers| servers.get(0));
            let mut url = server
                .and_then(|server| server.get("url"))
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();
            let variables = server.and_then(|server| server.get("variables")).and_then(Value::as_object);
            for (name, variable) in variables.into_iter().flatten() {
                let default = variable.get("default").and_then(Value::as_str).unwrap_or_default();
                url = url.replace(&format!("{{{name}}}"), default);
            }
            match url.split_once("://") {
                Some((_, rest)) => rest.find('/').map_or_else(String::new, |at| rest[at..].to_owned()),
                None => url,
            }
        }
    };
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
    if path.is_empty() { String::new() } else { format!("/{path}") }
}

#[cfg(test)]
mod tests;
