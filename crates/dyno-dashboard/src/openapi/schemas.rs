//! What goes in and out, as JSON Schema.

use dyno_model::{BENCHMARK_METHODS, BenchmarkSettings};
use serde_json::{Value, json};

use crate::player::ClientOffer;

/// What the schemas are made with.
pub(super) struct Bounds<'a> {
    pub(super) settings: &'a BenchmarkSettings,
    pub(super) clients: &'a [ClientOffer],
    pub(super) name_most: usize,
    pub(super) url_most: usize,
    pub(super) requests_most: u64,
    pub(super) retries_most: u64,
    pub(super) compared_most: usize,
}

/// All schemas by name.
pub(super) fn all(bounds: &Bounds<'_>) -> Value {
    json!({
        "NewConfiguration": new_configuration(bounds),
        "Configuration": configuration(bounds),
        "ConfigurationChange": {
            "type": "object", "required": ["status"], "additionalProperties": false,
            "properties": { "status": status_of_configuration() },
        },
        "RunRequest": run_request(bounds),
        "Accepted": accepted(),
        "Benchmark": benchmark(),
        "Results": {
            "type": "object", "required": ["results", "total_count"],
            "properties": {
                "results": { "type": "array", "items": closed(row()) },
                "total_count": { "type": "integer", "minimum": 0 },
            },
        },
        "CompareRequest": {
            "type": "object", "required": ["result_ids"], "additionalProperties": false,
            "properties": {
                "result_ids": {
                    "type": "array", "minItems": 1, "maxItems": bounds.compared_most, "items": { "type": "string" },
                },
            },
        },
        "Comparison": comparison(),
        "Runs": list_of("runs"),
        "Comparisons": list_of("comparisons"),
        "Contests": list_of("contests"),
        "OpenApi": { "type": "object", "required": ["openapi", "info", "paths"] },
        "Problem": {
            "type": "object", "required": ["code", "message", "mistakes"], "additionalProperties": false,
            "properties": {
                "code": { "type": "string" },
                "message": { "type": "string" },
                "mistakes": { "type": "array", "items": closed(json!({
                    "field": { "type": "string" },
                    "value": {},
                    "problem": { "type": "string" },
                })) },
            },
        },
    })
}

/// An object that has these properties, all of them and no others.
fn closed(properties: Value) -> Value {
    let names: Vec<&String> = properties.as_object().map(|map| map.keys().collect()).unwrap_or_default();
    let mut schema = json!({ "type": "object", "required": names, "additionalProperties": false });
    schema["properties"] = properties;
    schema
}

fn list_of(name: &str) -> Value {
    json!({ "type": "object", "required": [name], "properties": { name: { "type": "array", "items": { "type": "object" } } } })
}

fn status_of_configuration() -> Value {
    json!({ "type": "string", "enum": ["DRAFT", "ACTIVE", "ARCHIVED"] })
}

fn status_of_benchmark() -> Value {
    json!({ "type": "string", "enum": ["RUNNING", "COMPLETED", "FAILED"] })
}

fn or_null(kind: &str) -> Value {
    json!({ "type": [kind, "null"] })
}

/// Fields that requests have, with their bounds and defaults.
fn fields(bounds: &Bounds<'_>) -> Value {
    let settings = bounds.settings;
    let names: Vec<&str> = bounds.clients.iter().map(|client| client.name.as_str()).collect();
    json!({
        "name": {
            "type": "string", "minLength": 1, "maxLength": bounds.name_most,
            "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]+$",
        },
        "target_url": {
            "type": "string", "format": "uri", "pattern": "^https?://[^\\s/?#]", "maxLength": bounds.url_most,
            "examples": ["http://127.0.0.1:8080/json"],
        },
        "http_method": { "type": "string", "enum": BENCHMARK_METHODS },
        "headers": {
            "type": "object", "default": {},
            "propertyNames": { "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" },
            "additionalProperties": { "type": "string", "pattern": "^[\\t -~]*$" },
        },
        "body": { "type": "string", "default": "" },
        "concurrency": {
            "type": "integer", "minimum": 1, "maximum": settings.max_concurrency, "default": settings.default_concurrency,
        },
        "duration_seconds": {
            "type": "number", "exclusiveMinimum": 0, "maximum": settings.max_duration_seconds,
            "default": settings.default_duration_seconds,
        },
        "total_requests": {
            "type": ["integer", "null"], "minimum": 1, "maximum": bounds.requests_most, "default": null,
            "description": "Ends the benchmark in place of `duration_seconds`.",
        },
        "client_library": { "type": "string", "enum": names },
        "is_async": {
            "type": "boolean",
            "description": "Must fit the library. Without it: true where the library has nothing else.",
        },
        "timeout": {
            "type": "number", "exclusiveMinimum": 0, "maximum": 86_400, "default": settings.default_timeout_s,
            "description": "Seconds.",
        },
        "verify_ssl": { "type": "boolean", "default": true },
        "retry_attempts": {
            "type": "integer", "minimum": 0, "maximum": bounds.retries_most, "default": settings.default_retry_attempts,
        },
        "delay_between_requests": {
            "type": "number", "minimum": 0, "maximum": 86_400, "default": 0, "description": "Seconds.",
        },
    })
}

fn new_configuration(bounds: &Bounds<'_>) -> Value {
    let mut properties = fields(bounds);
    properties["status"] = status_of_configuration();
    properties["status"]["default"] = "ACTIVE".into();
    json!({
        "type": "object", "additionalProperties": false,
        "required": ["name", "target_url", "http_method", "client_library"],
        "properties": properties,
    })
}

fn configuration(bounds: &Bounds<'_>) -> Value {
    let names: Vec<String> =
        fields(bounds).as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default();
    let mut properties = json!({ "id": { "type": "string" } });
    for name in names {
        properties[&name] = match name.as_str() {
            "headers" => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
            "concurrency" | "retry_attempts" => json!({ "type": "integer" }),
            "total_requests" => or_null("integer"),
            "duration_seconds" | "timeout" | "delay_between_requests" => json!({ "type": "number" }),
            "is_async" | "verify_ssl" => json!({ "type": "boolean" }),
            _ => json!({ "type": "string" }),
        };
    }
    properties["status"] = status_of_configuration();
    properties["created_at"] = json!({ "type": "string", "format": "date-time" });
    closed(properties)
}

fn run_request(bounds: &Bounds<'_>) -> Value {
    json!({
        "type": "object", "required": ["configuration_id"], "additionalProperties": false,
        "properties": {
            "configuration_id": { "type": "string" },
            "override_params": {
                "type": "object", "additionalProperties": false, "properties": fields(bounds),
                "description": "Fields that are other this time.",
            },
        },
    })
}

fn accepted() -> Value {
    let summary = json!({
        "requests_count": { "type": "integer" },
        "requests_per_second": { "type": "number" },
        "avg_response_time": or_null("number"),
        "error_rate": { "type": "number" },
    });
    let mut summary = closed(summary);
    summary["type"] = json!(["object", "null"]);
    closed(json!({
        "id": { "type": "string" },
        "configuration_id": or_null("string"),
        "status": status_of_benchmark(),
        "start_time": { "type": "string", "format": "date-time" },
        "end_time": or_null("string"),
        "result_summary": summary,
    }))
}

fn row() -> Value {
    json!({
        "id": { "type": "string" },
        "name": { "type": "string" },
        "client_library": { "type": "string" },
        "http_method": { "type": "string" },
        "url": { "type": "string" },
        "status": status_of_benchmark(),
        "start_time": { "type": "string", "format": "date-time" },
        "duration": or_null("number"),
        "requests_per_second": or_null("number"),
        "avg_response_time": or_null("number"),
        "error_rate": or_null("number"),
    })
}

fn benchmark() -> Value {
    let mut network =
        closed(json!({ "bytes_sent": { "type": "integer" }, "bytes_received": { "type": "integer" } }));
    network["type"] = json!(["object", "null"]);
    let counts = json!({ "type": ["object", "null"], "additionalProperties": { "type": "integer" } });
    let mut properties = json!({
        "id": { "type": "string" },
        "configuration_id": or_null("string"),
        "name": { "type": "string" },
        "status": status_of_benchmark(),
        "error": or_null("string"),
        "client_library": { "type": "string" },
        "client_type": { "type": "string" },
        "http_method": { "type": "string" },
        "url": { "type": "string" },
        "start_time": { "type": "string", "format": "date-time" },
        "end_time": or_null("string"),
        "concurrency_level": { "type": "integer" },
        "progress": { "type": ["object", "null"] },
        "config_snapshot": { "type": ["object", "null"] },
        "memory_usage_unit": { "type": ["string", "null"], "enum": ["MB", "unknown", null] },
        "network_io": network,
        "errors": counts,
        "status_codes": counts,
        "streamed": or_null("boolean"),
    });
    for name in ["requests_count", "error_count", "chunk_count"] {
        properties[name] = or_null("integer");
    }
    for name in [
        "duration",
        "avg_response_time",
        "min_response_time",
        "max_response_time",
        "p95_response_time",
        "p99_response_time",
    ] {
        properties[name] = json!({ "type": ["number", "null"], "description": "Milliseconds." });
    }
    for name in ["cpu_usage_avg", "error_rate"] {
        properties[name] = json!({ "type": ["number", "null"], "description": "Percent." });
    }
    for name in ["requests_per_second", "memory_usage_avg"] {
        properties[name] = or_null("number");
    }
    closed(properties)
}

fn comparison() -> Value {
    let item = closed(json!({
        "id": { "type": "string" },
        "name": { "type": "string" },
        "client_library": { "type": "string" },
        "requests_per_second": or_null("number"),
        "avg_response_time": or_null("number"),
        "error_rate": or_null("number"),
        "cpu_usage_avg": or_null("number"),
        "memory_usage_avg": or_null("number"),
    }));
    let summary = closed(json!({
        "fastest_avg_response_time": or_null("string"),
        "highest_throughput": or_null("string"),
        "lowest_error_rate": or_null("string"),
    }));
    closed(json!({ "comparison": { "type": "array", "items": item }, "summary": summary }))
}
