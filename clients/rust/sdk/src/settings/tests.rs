use serde_json::json;

use super::Setup;

fn read(mut fields: serde_json::Value) -> Result<Setup, String> {
    if fields.get("requests").is_none() {
        fields["requests"] = json!([{"url": "http://127.0.0.1/"}]);
    }
    Setup::read(fields.as_object().expect("an object"))
}

#[test]
fn matched_fills_what_was_left_out() {
    let setup = read(json!({"profile": "matched", "lanes": 8})).expect("it is right");
    assert_eq!((setup.pool, setup.retries, setup.redirects), (Some(8), Some(0), Some(0)));
    assert_eq!(
        (setup.http.as_deref(), setup.verify, setup.keep_alive),
        (Some("1.1"), Some(true), Some(true))
    );
    let names: Vec<&str> = setup.requests[0].headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["user-agent", "accept", "accept-encoding"]);
}

#[test]
fn defaults_leaves_the_library_alone() {
    let setup = read(json!({"profile": "defaults"})).expect("it is right");
    assert_eq!((setup.pool, setup.retries, setup.redirects, setup.decode), (None, None, None, None));
    assert!(setup.requests[0].headers.is_empty());
}

#[test]
fn told_headers_stay() {
    let requests = json!([{"url": "http://h/", "method": "stream", "headers": [["User-Agent", "mine"]]}]);
    let setup = read(json!({ "requests": requests })).expect("it is right");
    let request = &setup.requests[0];
    assert_eq!((request.method.as_str(), request.is_stream), ("GET", true));
    assert_eq!(request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("user-agent")).count(), 1);
}

#[test]
fn wrong_fields_are_named() {
    for (fields, expected) in [
        (json!({"lanes": 0}), "lanes is 0; it must be a whole number from 1 to 10000"),
        (json!({"lanes": 10_001}), "lanes is 10001; it must be a whole number from 1 to 10000"),
        (json!({"retries": -1}), "retries is -1; it must be a whole number from 0 to 1000"),
        (json!({"profile": "fast"}), "profile is `fast`; write `defaults` or `matched`"),
        (json!({"requests": []}), "requests is empty; name at least one"),
        (json!({"requests": [{"url": "/x"}]}), "requests.url is no absolute URL"),
        (
            json!({"requests": [{"url": "http://h/", "headers": [["x"]]}]}),
            "requests.headers holds what is no [name, value]",
        ),
    ] {
        assert_eq!(read(fields).err().as_deref(), Some(expected));
    }
}
