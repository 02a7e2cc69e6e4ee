use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Call, Description, DescriptionError};

const HTTPBIN: &str = include_str!("../../fixtures/httpbin.yaml");

/// An OpenAPI 3 description with these paths.
fn described(paths: &Value) -> Description {
    let text = json!({ "openapi": "3.0.3", "info": {}, "paths": paths,
        "servers": [{ "url": "https://{host}.example.com/v1/", "variables": { "host": { "default": "a" } } }],
        "components": { "schemas": {
            "Node": { "type": "object", "required": ["name"], "properties": {
                "name": { "type": "string", "example": "root" }, "next": { "$ref": "#/components/schemas/Node" } } },
            "Endless": { "type": "object", "required": ["next"], "properties": {
                "next": { "$ref": "#/components/schemas/Endless" } } } } } });
    Description::read(&text.to_string()).unwrap()
}

fn only(paths: &Value) -> Result<Call, String> {
    let mut calls = described(paths).calls(1, false);
    assert_eq!(calls.len(), 1, "{calls:?}");
    calls.remove(0).1.map_err(|unmade| unmade.to_string())
}

#[test]
fn the_whole_of_httpbin_becomes_calls() {
    let description = Description::read(HTTPBIN).unwrap();
    assert_eq!(description.base_path(), "");
    let calls = description.calls(7, false);
    assert_eq!(calls.len(), HTTPBIN.matches("summary:").count());
    let lines: Vec<String> = calls
        .into_iter()
        .map(|(name, call)| {
            let call = call.unwrap_or_else(|unmade| panic!("{name}: {unmade}"));
            assert_eq!(call.name, name);
            assert!(!call.target.contains(['{', '}', ' ']), "{call:?}");
            let body = String::from_utf8(call.body).unwrap();
            format!("{name} -> {} {} {:?} {body}", call.target, call.expected.join(","), call.headers)
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn equal_seeds_give_equal_calls_and_others_give_others() {
    let description = Description::read(HTTPBIN).unwrap();
    assert_eq!(description.calls(3, false), description.calls(3, false));
    assert_ne!(description.calls(3, false), description.calls(4, false));
}

#[test]
fn json_and_yaml_mean_the_same() {
    let options = serde_saphyr::options! { strict_booleans: true };
    let yaml: Value = serde_saphyr::from_str_with_options(HTTPBIN, options).unwrap();
    let from_json = Description::read(&yaml.to_string()).unwrap();
    assert_eq!(from_json.calls(3, false), Description::read(HTTPBIN).unwrap().calls(3, false));
}

#[test]
fn status_codes_of_yaml_may_be_numbers() {
    let text = "swagger: 2.0\npaths:\n  /a:\n    get:\n      responses:\n        204: {description: none}\n";
    let calls = Description::read(text).unwrap().calls(1, false);
    assert_eq!(calls[0].1.as_ref().unwrap().expected, ["204"]);
}

#[test]
fn parameters_stand_where_they_belong() {
    let call = only(&json!({ "/users/{id}/files/{path}": {
        "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "integer" } }],
        "get": { "parameters": [
            { "name": "id", "in": "path", "required": true, "example": 7 },
            { "name": "path", "in": "path", "required": true, "example": "a b/ü" },
            { "name": "tags", "in": "query", "required": true, "schema": { "type": "array", "example": ["x", "y&z"] } },
            { "name": "flat", "in": "query", "required": true, "explode": false, "example": [1, 2] },
            { "name": "deep", "in": "query", "style": "deepObject", "example": { "k": "v" } },
            { "name": "unused", "in": "query", "schema": { "type": "string" } },
            { "name": "named", "in": "query", "examples": { "one": { "value": "first" } } },
            { "name": "X-Trace", "in": "header", "required": true, "example": "t" },
            { "name": "Accept", "in": "header", "required": true, "example": "text/html" },
            { "name": "sid", "in": "cookie", "required": true, "example": "s;1" },
        ] } } }))
    .unwrap();
    assert_eq!(
        call.target,
        "/users/7/files/a%20b%2F%C3%BC?tags=x&tags=y%26z&flat=1%2C2&deep%5Bk%5D=v&named=first"
    );
    let headers = [("X-Trace", "t"), ("Cookie", "sid=s%3B1")];
    assert_eq!(call.headers, headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(call.expected, ["2XX"]);
}

#[test]
fn bodies_are_made_of_their_media_type() {
    let schema = json!({ "type": "object", "required": ["a"], "properties": {
        "a": { "type": "string", "example": "x y" }, "id": { "type": "string", "readOnly": true },
        "b": { "allOf": [{ "type": "integer", "minimum": 5, "maximum": 5 }] } } });
    let body = |media: &str, more: Value| {
        let mut content = json!({ "schema": schema });
        content.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        let call = only(&json!({ "/": { "post": { "requestBody": { "content": { media: content } } } } }));
        call.map(|call| (call.headers[0].1.clone(), String::from_utf8(call.body).unwrap()))
    };
    let json_body = (r"application/json".to_owned(), r#"{"a":"x y","b":5}"#.to_owned());
    assert_eq!(body("application/json", json!({})), Ok(json_body));
    let form = ("application/x-www-form-urlencoded".to_owned(), "a=x+y&b=5".to_owned());
    assert_eq!(body("application/x-www-form-urlencoded", json!({})), Ok(form));
    let (kind, parts) = body("multipart/form-data", json!({})).unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert_eq!(parts.matches(&format!("--{boundary}\r\n")).count(), 2, "{parts}");
    assert!(parts.ends_with(&format!("--{boundary}--\r\n")), "{parts}");
    let xml = body("application/xml", json!({ "example": "<a/>" }));
    assert_eq!(xml, Ok(("application/xml".to_owned(), "<a/>".to_owned())));
    let unmade = body("application/xml", json!({})).unwrap_err();
    assert!(unmade.contains("a body of `application/xml` cannot be made up"), "{unmade}");
}

#[test]
fn what_cannot_be_made_says_where_and_why() {
    let cases = [
        (json!({ "/{a}": { "get": {} } }), "`/paths/~1{a}/get`: no parameter describes `{a}` of the path"),
        (
            json!({ "/": { "get": { "parameters": [{ "$ref": "other.yaml#/a" }] } } }),
            "`/paths/~1/get/parameters/0`: refers to `other.yaml#/a`, which is not in this document",
        ),
        (
            json!({ "/": { "get": { "parameters": [{ "$ref": "#/nowhere" }] } } }),
            "`/paths/~1/get/parameters/0`: refers to `#/nowhere`, which is not there",
        ),
        (
            json!({ "/": { "get": { "parameters": [
                { "name": "q", "in": "query", "required": true, "schema": { "type": "string", "pattern": "^a+$" } }] } } }),
            "`/paths/~1/get/parameters/0/schema`: a text for the pattern `^a+$` cannot be made up; give an example",
        ),
        (
            json!({ "/": { "post": { "requestBody": { "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/Endless" } } } } } } }),
            "`/components/schemas/Endless`: is nested deeper than 16, perhaps without an end",
        ),
        (
            json!({ "/": { "get": { "security": [{ "key": [] }], "responses": { "200": {} } } } }),
            "`/paths/~1/get`: needs credentials, and does not say what it answers without; give them in a header field",
        ),
    ];
    for (paths, expected) in cases {
        assert_eq!(only(&paths), Err(expected.to_owned()));
    }
}

#[test]
fn recursive_schemas_end() {
    let schema = json!({ "$ref": "#/components/schemas/Node" });
    let content = json!({ "application/json": { "schema": schema } });
    let call = only(&json!({ "/": { "post": { "requestBody": { "content": content } } } })).unwrap();
    assert!(call.body.starts_with(br#"{"name":"root","next":{"name":"root""#), "{:?}", call.body);
}

#[test]
fn credentials_change_what_is_expected() {
    let description = described(&json!({ "/": { "get": {
        "security": [{ "key": [] }], "responses": { "200": {}, "401": {}, "default": {} } } } }));
    let expected = |has_credentials| description.calls(1, has_credentials)[0].1.clone().unwrap().expected;
    assert_eq!((expected(false), expected(true)), (vec!["401".to_owned()], vec!["200".to_owned()]));
    assert_eq!(description.base_path(), "/v1");
}

#[test]
fn what_is_no_description_says_why() {
    let cases = [
        ("{", "not readable as JSON: EOF while parsing an object at line 1 column 1"),
        ("{}", "no version is named; `swagger: \"2.0\"` or `openapi: 3.x` must stand at the top"),
        ("swagger: '1.2'", "`swagger` is `1.2`; `swagger: \"2.0\"` or `openapi: 3.x` must stand at the top"),
        (
            "openapi: 2.0.0",
            "`openapi` is `2.0.0`; `swagger: \"2.0\"` or `openapi: 3.x` must stand at the top",
        ),
        ("openapi: 3.1.0", "`/paths` is missing"),
        ("openapi: 3.1.0\npaths: []", "`/paths` is not an object"),
        ("openapi: 3.1.0\npaths: {}", "`/paths` has no operation"),
        ("openapi: 3.1.0\npaths: {/a: 1}", "`/paths/~1a` is not an object"),
        ("openapi: 3.1.0\npaths: {/a: {get: 1}}", "`/paths/~1a/get` is not an object"),
        ("- a", "`/` is not an object"),
    ];
    for (text, expected) in cases {
        let error = Description::read(text).map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), expected, "{text}");
    }
    let broken = Description::read("openapi: 3.1.0\npaths: {a: [}").unwrap_err();
    let DescriptionError::Syntax { format: "YAML", problem } = &broken else { panic!("{broken}") };
    assert!(problem.contains('2'), "the line is told: {problem}");
}

/// Any JSON, often made of the words of descriptions.
fn any_json() -> impl Strategy<Value = Value> {
    let words = [
        "type",
        "object",
        "array",
        "string",
        "integer",
        "number",
        "format",
        "uuid",
        "in",
        "path",
        "query",
        "header",
        "body",
        "formData",
        "name",
        "required",
        "schema",
        "$ref",
        "#/paths",
        "#/x",
        "properties",
        "items",
        "allOf",
        "oneOf",
        "enum",
        "minimum",
        "maximum",
        "minItems",
        "minLength",
        "multipleOf",
        "exclusiveMinimum",
        "example",
        "examples",
        "content",
        "application/json",
        "requestBody",
        "responses",
        "200",
        "security",
        "n",
        "consumes",
    ];
    let word = prop::sample::select(words.to_vec());
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 6, move |inner| {
        let key = prop_oneof![4 => word.clone().prop_map(str::to_owned), 1 => ".{0,4}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_that_is_read_panics(text in any::<String>()) {
        let _ = Description::read(&text);
    }

    #[test]
    fn no_operation_panics(
        operation in any_json(), parameters in prop::collection::vec(any_json(), 0..4), is_old in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let mut operation = operation;
        if !operation.is_object() {
            operation = json!({ "requestBody": { "content": { "application/json": { "schema": operation } } } });
        }
        operation["parameters"] = Value::Array(parameters);
        let version = if is_old { json!({ "swagger": "2.0" }) } else { json!({ "openapi": "3.1.0" }) };
        let mut whole = json!({ "paths": { "/a/{n}": { "post": operation } }, "x": { "$ref": "#/x" } });
        whole.as_object_mut().unwrap().extend(version.as_object().unwrap().clone());
        let description = Description::read(&whole.to_string()).unwrap();
        for (name, call) in description.calls(seed, false) {
            prop_assert_eq!(name, "POST /a/{n}");
            if let Ok(call) = call {
                prop_assert!(call.target.starts_with("/a/"));
                let is_clean = |text: &String| !text.chars().any(char::is_control);
                prop_assert!(call.headers.iter().all(|(name, value)| is_clean(name) && is_clean(value)), "{:?}", call.headers);
                prop_assert!(!call.expected.is_empty());
            }
        }
    }

    #[test]
    fn numbers_stay_within_their_bounds(low in -1000_i64..1000, width in 0_i64..1000, step in 1_i64..9) {
        let schema = json!({ "type": "integer", "minimum": low, "maximum": low + width, "multipleOf": step });
        let parameter = json!({ "name": "n", "in": "query", "required": true, "schema": schema });
        if let Ok(call) = only(&json!({ "/": { "get": { "parameters": [parameter] } } })) {
            let value: i64 = call.target.strip_prefix("/?n=").unwrap().parse().unwrap();
            prop_assert!((low..=low + width).contains(&value) && value % step == 0, "{}", value);
        } else {
            prop_assert!((low..=low + width).all(|value| value % step != 0));
        }
    }
}
