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
    assert_eq!(truth["gaps_ns"]["count"], 4);
    assert_eq!(truth["cut"], 0);
    assert_eq!(client::get(&target, "/__truth/none").status, 404);
    assert!(client::get(&target, "/__clock").json()["now_ns"].as_u64().unwrap() > 0);
}

#[test]
fn the_ledger_knows_every_byte_of_both_sides() {
    let target = start();
    let paths = ["/plaintext", "/bytes/300000", "/delay/1ms", "/drip?numbytes=5&duration=2ms&delay=0"];
    let (mut sent, mut received) = (0, 0);
    for path in paths {
        let request = client::request("GET", path, &[("x-dyno-run", "bytes")], "");
        sent += request.len();
        received += client::exchange(&target, &request).len();
    }
    let truth = client::get(&target, "/__truth/bytes").json();
    assert_eq!(truth["bytes_received"], sent);
    assert_eq!(truth["bytes_sent"], received);
    assert_eq!(truth["status_codes"], serde_json::json!({ "200": 4 }));
    // The dripping body takes its time, and the ledger sees its end and not its head.
    assert!(truth["service_time_ns"]["max"].as_u64().unwrap() >= 2_000_000);
}

#[test]
fn cut_answers_are_told_apart() {
    let target = start();
    for path in ["/fault/empty?run=cut", "/fault/truncate?run=cut", "/plaintext?run=cut"] {
        client::exchange(&target, &client::request("GET", path, &[], ""));
    }
    let truth = client::get(&target, "/__truth/cut").json();
    assert_eq!((&truth["requests"], &truth["cut"]), (&3.into(), &2.into()));
}

#[test]
fn threads_and_settings_are_told() {
    let target = start();
    client::get(&target, "/plaintext");
    let stats = client::get(&target, "/__stats").json();
    assert_eq!(stats["threads"][0]["requests"], 2);
    assert!(stats["threads"][0]["cpu_user_s"].is_number(), "{stats}");
    let config = client::get(&target, "/__config").json();
    assert_eq!(config["profile"], "bench");
    assert!(config["limits"].as_array().unwrap().len() > 20, "{config}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(client::ask(&target, "POST", "/__drain", &[], "").status, 202);
    runtime.block_on(target.drain_asked());
}
