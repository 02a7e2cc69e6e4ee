//! The OpenAPI 3.1 description, drawn from the table of endpoints.

use serde_json::{Map, Value, json};

use crate::configuration::{NAME_MOST, REQUESTS_MOST, RETRIES_MOST, URL_MOST};
use crate::endpoints::{COMPARED_MOST, ENDPOINTS, Endpoint, Kind, Parameter};
use crate::shared::Shared;

mod schemas;

/// The whole document.
pub(crate) fn document(shared: &Shared) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in ENDPOINTS.iter().filter(|endpoint| !endpoint.operation.is_empty()) {
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        path[endpoint.method.to_ascii_lowercase()] = operation(endpoint);
    }
    let bounds = schemas::Bounds {
        settings: &shared.settings,
        clients: &shared.clients,
        name_most: NAME_MOST,
        url_most: URL_MOST,
        requests_most: REQUESTS_MOST,
        retries_most: RETRIES_MOST,
        compared_most: COMPARED_MOST,
    };
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "dyno monitor",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Benchmarks of HTTP client libraries, and what the store holds. Times of results are milliseconds, \
                            those of configurations seconds. What cannot be read is answered with 400, what breaks a rule \
                            with 422 and all mistakes at once.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas::all(&bounds),
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
        "security": [{}, { "token": [] }],
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let in_path = endpoint.path.contains("{id}").then(|| {
        json!({
            "name": "id", "in": "path", "required": true,
            "schema": { "type": "string", "minLength": 1 },
        })
    });
    let parameters: Vec<Value> = in_path.into_iter().chain(endpoint.query.iter().map(in_query)).collect();
    let (status, schema) = endpoint.gives;
    let mut responses = Map::new();
    responses.insert(status.to_string(), answer("as it was asked", schema));
    if endpoint.query.iter().any(|parameter| parameter.name == "format") {
        let table = json!({ "schema": { "type": "string" } });
        responses[&status.to_string()]["content"]["text/csv"] = table;
    }
    for problem in endpoint.problems.iter().chain(&[401, 403, 503]) {
        responses.insert(problem.to_string(), answer(meaning(*problem), "Problem"));
    }
    if let Some(too_long) = responses.get_mut("413") {
        // Refused by the server before it is read, so in words.
        too_long["content"] = json!({ "text/plain": { "schema": { "type": "string" } } });
    }
    let mut operation = json!({
        "operationId": endpoint.operation,
        "summary": endpoint.summary,
        "parameters": parameters,
        "responses": responses,
    });
    if !endpoint.takes.is_empty() {
        operation["requestBody"] = json!({ "required": true, "content": content(endpoint.takes) });
    }
    operation
}

fn in_query(parameter: &Parameter) -> Value {
    let schema = match &parameter.kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Whole { least, most, .. } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
    };
    let mut described =
        json!({ "name": parameter.name, "in": "query", "description": parameter.meaning, "schema": schema });
    if let Some(default) = parameter.kind.default() {
        described["schema"]["default"] = default;
    }
    described
}

fn answer(description: &str, schema: &str) -> Value {
    json!({ "description": description, "content": content(schema) })
}

fn content(schema: &str) -> Value {
    json!({ "application/json": { "schema": { "$ref": format!("#/components/schemas/{schema}") } } })
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => "the body is not JSON",
        401 => "a token is needed",
        403 => "asked under a foreign name, or by a page of another origin",
        404 => "there is no such thing",
        409 => "it is not in a state for it",
        413 => "the body is too long",
        415 => "the body is not declared as JSON",
        422 => "a rule is broken; all mistakes are listed",
        429 => "too many benchmarks wait",
        _ => "the store cannot be used, or the monitor is stopping",
    }
}
