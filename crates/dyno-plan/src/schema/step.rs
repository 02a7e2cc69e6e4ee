//! Scenarios and steps in the schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Integer, OneOrMany, Scalar};

/// Steps that are played in order by one user.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// Its name; that of its operation when it has one step.
    name: Option<String>,
    /// Its share of the arrivals, relative to the others; 1 unless given.
    weight: Option<Integer>,
    /// What is sent.
    steps: Vec<Step>,
}

/// One request: a method with its URL, what is sent, what must hold and what is taken from the answer.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// GET this path below the base URL, or a whole URL.
    get: Option<String>,
    /// POST to this path or URL.
    post: Option<String>,
    /// PUT to this path or URL.
    put: Option<String>,
    /// PATCH this path or URL.
    patch: Option<String>,
    /// DELETE this path or URL.
    delete: Option<String>,
    /// HEAD of this path or URL.
    head: Option<String>,
    /// OPTIONS of this path or URL.
    options: Option<String>,
    /// Any other method, together with `url`.
    method: Option<String>,
    /// The path or URL that belongs to `method`.
    url: Option<String>,
    /// The name of the operation; the scenario's for a single step unless given.
    name: Option<String>,
    /// Header fields.
    headers: Option<BTreeMap<String, OneOrMany<Scalar>>>,
    /// JSON to send, as YAML or as a text that is JSON. A quoted text stays a JSON string.
    json: Option<serde_json::Value>,
    /// Form fields to send.
    form: Option<BTreeMap<String, OneOrMany<Scalar>>>,
    /// Text to send.
    body: Option<String>,
    /// A file to send.
    file: Option<String>,
    /// What must hold of the answer.
    check: Option<Check>,
    /// Names and where their values are taken from: `json:$.id`, `header:location`, `regex:…`, `cookie:name`.
    extract: Option<BTreeMap<String, String>>,
    /// Credentials.
    auth: Option<Auth>,
    /// A pause before the step.
    pause: Option<String>,
}

/// What must hold of an answer; all of it.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Check {
    /// `200`, `[200, 201]`, `2xx` or `200..299`.
    status: Option<OneOrMany<Scalar>>,
    /// Header fields and their values, or `present`.
    header: Option<BTreeMap<String, Option<Scalar>>>,
    /// Text that the body contains.
    body_contains: Option<OneOrMany<String>>,
    /// Regular expression that the body matches.
    body_matches: Option<OneOrMany<String>>,
    /// JSON paths (RFC 9535) and the values they give, or `present`.
    json: Option<BTreeMap<String, serde_json::Value>>,
    /// The size of the body, `1KiB..2KiB` or exact.
    size: Option<String>,
    /// The longest service time, such as `< 200ms`.
    time: Option<String>,
}

/// Credentials: one of `basic` and `bearer`.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Auth {
    /// `user:password`.
    basic: Option<String>,
    /// A token, also one that an earlier step extracted.
    bearer: Option<String>,
}
