use serde_json::json;

use super::*;

fn offers() -> Vec<ClientOffer> {
    let offer = |name: &str, modes: &[&str]| ClientOffer {
        name: name.to_owned(),
        modes: modes.iter().map(|mode| (*mode).to_owned()).collect(),
    };
    vec![offer("requests", &["sync"]), offer("httpx", &["sync", "async"]), offer("aiohttp", &["async"])]
}

fn read_of(given: &Value) -> Result<BenchmarkConfiguration, Vec<Mistake>> {
    let settings = BenchmarkSettings::default();
    let rules = Rules { settings: &settings, clients: &offers() };
    read(given.as_object().unwrap(), &rules, "id", "2026-01-01T00:00:00Z")
}

fn least() -> Value {
    json!({ "name": "n", "target_url": "http://h/", "http_method": "GET", "client_library": "httpx" })
}

#[test]
fn what_is_not_said_has_the_default_of_the_contract() {
    let read = read_of(&least()).unwrap();
    let json = serde_json::to_value(&read).unwrap();
    let expected = json!({
        "id": "id", "name": "n", "target_url": "http://h/", "http_method": "GET", "headers": {}, "body": "",
        "concurrency": 10, "duration_seconds": 30.0, "total_requests": null, "client_library": "httpx",
        "is_async": false, "timeout": 30.0, "verify_ssl": true, "retry_attempts": 3, "delay_between_requests": 0.0,
        "status": "ACTIVE", "created_at": "2026-01-01T00:00:00Z",
    });
    assert_eq!(json, expected);
}

#[test]
fn a_library_with_one_interface_is_used_by_it() {
    let mut given = least();
    given["client_library"] = "aiohttp".into();
    assert!(read_of(&given).unwrap().is_async);
    given["is_async"] = false.into();
    let mistakes = read_of(&given).unwrap_err();
    assert_eq!(mistakes[0].problem, "must be true: `aiohttp` has no sync interface, it is async only");
    given["client_library"] = "requests".into();
    given["is_async"] = true.into();
    assert_eq!(read_of(&given).unwrap_err()[0].field, "is_async");
}

#[test]
fn each_bound_of_the_contract_holds_on_both_sides() {
    for (field, good, bad) in [
        ("concurrency", json!([1, 10_000, 10.0]), json!([0, 10_001, 1.5, -1, "1", null, true])),
        ("duration_seconds", json!([0.001, 3600]), json!([0, -1, 3600.5, "x", null])),
        ("total_requests", json!([1, null]), json!([0, -1, 1.5, "1", 10_000_001])),
        ("timeout", json!([0.1, 86_400]), json!([0, -0.1, 86_401, null])),
        ("retry_attempts", json!([0, 1000]), json!([-1, 1001, 0.5])),
        ("delay_between_requests", json!([0, 1.5]), json!([-0.1, "0"])),
        ("http_method", json!(["STREAM", "HEAD", "OPTIONS"]), json!(["get", "TRACE", "", 1])),
        ("client_library", json!(["requests"]), json!(["curl", "", 7])),
        (
            "name",
            json!(["x", "é".repeat(200)]),
            json!(["", "x".repeat(201), 5, "a\nb", "a\u{1b}[31m", "\u{9b}31m"]),
        ),
        (
            "target_url",
            json!(["https://h:1/p?q", "http://u:p@h/"]),
            json!([
                "",
                "h",
                "ftp://h/",
                "http://",
                "http://h /",
                format!("http://h/{}", "x".repeat(2000)),
                1
            ]),
        ),
        (
            "headers",
            json!([{}, { "X-A": "b c" }]),
            json!([[], "x", { "": "x" }, { "a b": "x" }, { "a": 1 }, { "a": "x\r\ny" }]),
        ),
        ("body", json!(["", "x"]), json!([1, null, {}])),
        ("is_async", json!([true, false]), json!(["true", 1, null])),
        ("verify_ssl", json!([true, false]), json!(["no"])),
        ("status", json!(["DRAFT", "ACTIVE", "ARCHIVED"]), json!(["draft", "RUNNING", 1])),
        ("id", json!([]), json!(["x"])),
        ("speed", json!([]), json!([1])),
    ] {
        let with = |value: &Value| {
            let mut given = least();
            given[field] = value.clone();
            read_of(&given)
        };
        for value in good.as_array().unwrap() {
            assert!(with(value).is_ok(), "{field} {value}: {:?}", with(value));
        }
        for value in bad.as_array().unwrap() {
            let mistakes = with(value).expect_err(&format!("{field} {value}"));
            assert!(
                mistakes.iter().all(|mistake| mistake.field == field && !mistake.problem.is_empty()),
                "{mistakes:?}"
            );
        }
    }
}

#[test]
fn all_mistakes_come_at_once_and_show_no_secret() {
    let given = json!({ "concurrency": 0, "headers": { "Authorization": "Bearer t0ps3cret\n" }, "target_url": "x://u:t0ps3cret@h" });
    let mistakes = read_of(&given).unwrap_err();
    let fields: Vec<&str> = mistakes.iter().map(|mistake| mistake.field.as_str()).collect();
    assert_eq!(fields, ["name", "target_url", "http_method", "headers", "concurrency", "client_library"]);
    assert!(!serde_json::to_string(&mistakes).unwrap().contains("t0ps3cret"));
}

#[test]
fn a_status_is_read_alone() {
    let status = |given: Value| read_status(given.as_object().unwrap());
    assert_eq!(status(json!({ "status": "ARCHIVED" })), Ok(ConfigurationStatus::Archived));
    for wrong in [json!({}), json!({ "status": null }), json!({ "status": "ACTIVE", "name": "x" })] {
        assert!(status(wrong.clone()).is_err(), "{wrong}");
    }
}
