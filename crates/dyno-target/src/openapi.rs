//! The OpenAPI 3.1 description of the target, drawn from the table of routes.
//!
//! Every operation carries `x-example`: a request to a target that was just started, and what is known of its answer. The
//! tests ask every operation by it. Called by the route `/openapi.json`.

use std::sync::LazyLock;

use dyno_server::{Action, ResponseWriter};
use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::routes::{ANY, Body, Family, Known, METHODS, Parameter, Route};

static DOCUMENT: LazyLock<String> = LazyLock::new(|| format!("{}\n", describe()));

/// `/openapi.json`.
pub(crate) fn document(_: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    response.respond(200, "application/json", DOCUMENT.as_bytes());
    Action::Done
}

fn describe() -> Value {
    let mut paths = Map::new();
    for family in Family::ALL {
        for route in family.routes() {
            let operations: Map<String, Value> = methods_of(route)
                .map(|method| (method.to_ascii_lowercase(), operation(family, route, method)))
                .collect();
            paths.insert(plain_path(route.doc.path), Value::Object(operations));
        }
    }
    let tags: Vec<Value> = Family::ALL
        .iter()
        .map(|family| json!({ "name": tag_of(*family), "description": family.title() }))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "dyno, the reference target",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "An HTTP server whose answers, delays and faults are known beforehand.",
        },
        "tags": tags,
        "paths": paths,
    })
}

fn tag_of(family: Family) -> &'static str {
    family.title().split(':').next().unwrap_or_default()
}

fn methods_of(route: &Route) -> impl Iterator<Item = &'static str> {
    let (listed, all) = match route.doc.methods {
        ANY => ("", METHODS.as_slice()),
        listed => (listed, [].as_slice()),
    };
    listed.split(", ").filter(|method| METHODS.contains(method)).chain(all.iter().copied())
}

/// `{*rest}` as OpenAPI writes it.
fn plain_path(path: &str) -> String {
    path.replace("{*", "{")
}

fn operation(family: Family, route: &Route, method: &str) -> Value {
    let path = plain_path(route.doc.path);
    let id: String =
        path.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    let in_path = path.split('{').skip(1).filter_map(|part| part.split_once('}')).map(
        |(name, _)| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }),
    );
    let in_query =
        route.doc.parameters.iter().map(
            |parameter| json!({ "name": parameter.name, "in": "query", "schema": schema_of(parameter) }),
        );
    let parameters: Vec<Value> = in_path.chain(in_query).collect();
    let mut operation = json!({
        "operationId": format!("{}{id}", method.to_ascii_lowercase()),
        "summary": route.doc.line,
        "tags": [tag_of(family)],
        "parameters": parameters,
        "responses": responses_of(route),
        "x-example": example_of(route),
    });
    if matches!(method, "POST" | "PUT" | "PATCH") {
        operation["requestBody"] = json!({ "content": { "*/*": {} } });
    }
    operation
}

fn schema_of(parameter: &Parameter) -> Value {
    let mut schema = match parameter.kind {
        "duration" => {
            json!({ "type": "string", "description": "seconds as a number, or with a unit: 10ms, 250us" })
        }
        kind => json!({ "type": kind }),
    };
    if !parameter.default.is_empty() {
        schema["default"] = match parameter.kind {
            "integer" | "number" | "boolean" => {
                serde_json::from_str(parameter.default).unwrap_or_else(|_| json!(parameter.default))
            }
            _ => json!(parameter.default),
        };
    }
    schema
}

fn responses_of(route: &Route) -> Value {
    match route.example.known {
        Known::Answer(status, content_type, _) => {
            let mut answer = json!({ "description": route.doc.line });
            if !content_type.is_empty() {
                answer["content"] = json!({ content_type: {} });
            }
            let mut responses = Map::new();
            responses.insert(status.to_string(), answer);
            responses.insert(
                "default".to_owned(),
                json!({ "description": "what the request asks for, or why not" }),
            );
            Value::Object(responses)
        }
        Known::Broken(how) => {
            json!({ "default": { "description": format!("no answer that can be read: {how}") } })
        }
    }
}

fn example_of(route: &Route) -> Value {
    let example = &route.example;
    let headers: Map<String, Value> =
        example.headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let mut value = json!({ "target": example.target, "headers": headers, "body": example.body });
    match example.known {
        Known::Answer(status, content_type, body) => {
            value["status"] = json!(status);
            value["content_type"] = json!(content_type);
            match body {
                Body::Is(whole) => value["body_is"] = json!(whole),
                Body::Has(part) => value["body_has"] = json!(part),
                Body::Size(bytes) => value["body_bytes"] = json!(bytes),
            }
        }
        Known::Broken(how) => value["broken"] = json!(how),
    }
    value
}
