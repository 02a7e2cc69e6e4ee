//! The ledger knows what was sent.

use super::{client, start};

#[test]
fn the_ledger_counts_tagged_requests_only() {
    let target = start();
    for _ in 0..3 {
        client::get(&target, "/plaintext?run=r1");
        client::get(&target, "/plaintext");
    }
    client::get(&target, "/delay/20ms?run=r1");
    client::get(&target, "/status/404?run=r1");
    client::get(&target, "/plaintext?run=r2");
    let truth = client::get(&target, "/__truth/r1").json();
    assert_eq!(truth["requests"], 5);
    assert_eq!(truth["answered"], 5);
    assert_eq!(truth["connections"], 5);
    assert_eq!(truth["status_codes"], serde_json::json!({ "200": 4, "404": 1 }));
    assert!(truth["service_time_ns"]["max"].as_u64().unwrap() >= 20_000_000);
    assert!(truth["bytes_received"].as_u64().unwrap() > 5 * 50);
    let counted: u64 =
        truth["arrivals_per_second"].as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(counted, 5);
    assert_eq!(client::get(&target, "/__truth/none").status, 404);
    assert!(client::get(&target, "/__clock").json()["now_ns"].as_u64().unwrap() > 0);
}
