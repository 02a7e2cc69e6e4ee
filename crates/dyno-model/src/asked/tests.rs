use serde_json::{Value, json};

use super::{is_same_scenario, scenario_of};

fn plan() -> Value {
    json!({
        "name": "checkout",
        "target": { "http": ["http://127.0.0.1:1"] },
        "load": { "closed": { "users": 4, "think_time": "0s" } },
        "phases": { "measure": "1s" },
        "http": { "version": "http1.1", "keep_alive": true, "connect_timeout": "10s" },
        "scenarios": [{ "name": "GET /plaintext", "steps": [{ "method": "GET", "url": "/plaintext" }] }],
        "seed": 42,
        "threads": 2,
    })
}

fn with(pointer: &str, value: Value) -> Value {
    let mut plan = plan();
    *plan.pointer_mut(pointer).unwrap() = value;
    plan
}

#[test]
fn what_decides_about_the_figures_makes_another_scenario() {
    let own = scenario_of(&plan());
    for (pointer, value, is_same) in [
        ("/name", json!("other"), true),
        ("/target/http/0", json!("http://127.0.0.1:2"), true),
        ("/phases/measure", json!("2s"), true),
        ("/seed", json!(7), true),
        ("/threads", json!(1), true),
        ("/http/connect_timeout", json!("1s"), true),
        ("/http/version", json!("http2"), false),
        ("/load/closed/users", json!(64), false),
        ("/scenarios/0/steps/0/url", json!("/json"), false),
        ("/scenarios", json!([]), false),
    ] {
        let other = scenario_of(&with(pointer, value));
        assert_eq!(is_same_scenario(&own, &other), is_same, "{pointer}: {own} and {other}");
    }
}

#[test]
fn people_can_read_what_it_is() {
    let own = scenario_of(&plan());
    assert!(own.starts_with("sc1:") && own.ends_with(" GET /plaintext, closed loop, 4 users"), "{own}");
    let many = json!({ "scenarios": [{ "name": "a" }, {}, { "name": "c" }, { "name": "d" }], "load": { "open": {} } });
    assert!(scenario_of(&many).ends_with(" a, unnamed, c, 1 more, open loop"), "{}", scenario_of(&many));
    assert!(scenario_of(&Value::Null).starts_with("sc1:"));
}

#[test]
fn neither_the_order_of_keys_nor_the_words_matter() {
    let text = r#"{"load":{"closed":{"think_time":"0s","users":4}},"http":{"keep_alive":true,"version":"http1.1"},
        "scenarios":[{"steps":[{"url":"/plaintext","method":"GET"}],"name":"GET /plaintext"}]}"#;
    let own = scenario_of(&plan());
    assert_eq!(scenario_of(&serde_json::from_str(text).unwrap()), own);
    assert!(is_same_scenario(&own, own.split(' ').next().unwrap()));
    assert!(!is_same_scenario(&own, ""));
}
