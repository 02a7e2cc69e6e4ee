//! Benchmarks on their way: waiting, playing, done, stopped, and left behind by a process that is gone.

use super::*;

#[test]
fn a_benchmark_waits_is_played_and_has_its_result_in_milliseconds() {
    let stage = Stage::new();
    let configuration = stage.configure(&json!({ "concurrency": 2 }));
    let (first, second) = (stage.run(&configuration), stage.run(&configuration));
    stage.played.recv().unwrap();
    let playing = stage.benchmark(&first);
    assert_eq!(playing["progress"], json!({ "state": "playing", "requests": 3, "failed": 1 }));
    assert_eq!((&playing["status"], &playing["end_time"]), (&json!("RUNNING"), &Value::Null));
    assert_eq!(playing["avg_response_time"], Value::Null);
    assert_eq!(stage.benchmark(&second)["progress"], json!({ "state": "waiting", "before": 1 }));
    stage.end.send(Ok(figures())).unwrap();
    let done = stage.done(&first);
    assert_eq!(
        (&done["status"], &done["error"], &done["progress"]),
        (&json!("COMPLETED"), &Value::Null, &Value::Null)
    );
    for (name, expected) in [
        ("duration", json!(1500.0)),
        ("avg_response_time", json!(20.5)),
        ("min_response_time", json!(1.0)),
        ("max_response_time", json!(90.0)),
        ("p95_response_time", json!(80.0)),
        ("p99_response_time", json!(88.0)),
        ("error_rate", json!(25.0)),
        ("cpu_usage_avg", json!(12.5)),
        ("memory_usage_avg", json!(30.0)),
        ("memory_usage_unit", json!("MB")),
        ("network_io", json!({ "bytes_sent": 7, "bytes_received": 900 })),
        ("errors", json!({ "timeout": 1 })),
        ("configuration_id", json!(configuration)),
        ("concurrency_level", json!(2)),
    ] {
        assert_eq!(done[name], expected, "{name}");
    }
    stage.end.send(Err("the client crashed".to_owned())).unwrap();
    let failed = stage.done(&second);
    assert_eq!((&failed["status"], &failed["error"]), (&json!("FAILED"), &json!("the client crashed")));
    assert_eq!(failed["requests_count"], Value::Null);
}

#[test]
fn fields_are_other_for_one_time_and_checked_anew() {
    let stage = Stage::new();
    let id = stage.configure(&json!({}));
    let run = |overrides: Value| {
        stage.post("/api/benchmarks/run", &json!({ "configuration_id": id, "override_params": overrides }))
    };
    assert_eq!(run(json!({ "concurrency": 3, "total_requests": 9 })).status(), 202);
    let played = stage.played.recv().unwrap();
    assert_eq!((played.concurrency, played.total_requests), (3, Some(9)));
    assert_eq!(stage.get(&format!("/api/configurations/{id}")).json::<Value>()["concurrency"], 10);
    for wrong in
        [json!({ "concurrency": 0 }), json!({ "speed": 1 }), json!({ "status": "ACTIVE" }), json!([])]
    {
        assert_eq!(run(wrong.clone()).status(), 422, "{wrong}");
    }
    let ask = |body: Value| stage.post("/api/benchmarks/run", &body).status();
    assert_eq!(ask(json!({})), 422);
    assert_eq!(ask(json!({ "configuration_id": 5 })), 422);
    assert_eq!(ask(json!({ "configuration_id": id, "speed": 1 })), 422);
    assert_eq!(ask(json!({ "configuration_id": "nobody" })), 404);
}

#[test]
fn what_the_player_refuses_is_no_benchmark() {
    let stage = Stage::new();
    let id = stage.configure(&json!({}));
    stage.puppet.refuses.store(true, SeqCst);
    let refused = stage.post("/api/benchmarks/run", &json!({ "configuration_id": id }));
    assert_eq!(
        (refused.status(), refused.json::<Value>()["message"].clone()),
        (409, json!("`httpx` is not set up"))
    );
    assert_eq!(stage.get("/api/results?status=ALL").json::<Value>()["total_count"], 0);
}

#[test]
fn only_so_many_wait() {
    let stage = Stage::new();
    let id = stage.configure(&json!({}));
    stage.run(&id);
    stage.played.recv().unwrap();
    (0..crate::queue::WAITING_MOST).for_each(|_| drop(stage.run(&id)));
    let refused = stage.post("/api/benchmarks/run", &json!({ "configuration_id": id }));
    assert_eq!(refused.status(), 429);
    assert!(refused.text().contains("64 benchmarks are waiting already"), "{}", refused.text());
}

#[test]
fn stopping_fails_what_is_played_and_what_waits() {
    let mut stage = Stage::new();
    let id = stage.configure(&json!({}));
    let (playing, waiting) = (stage.run(&id), stage.run(&id));
    stage.played.recv().unwrap();
    drop(stage.dashboard.take());
    let mut store = stage.store();
    for (id, has_figures) in [(playing, true), (waiting, false)] {
        let result = store.benchmark(&id).unwrap().unwrap();
        assert_eq!((result.status, result.figures.is_some()), (BenchmarkStatus::Failed, has_figures));
        assert_eq!(result.error.as_deref(), Some("the monitor was stopped"));
    }
    let refused = stage.post("/api/benchmarks/run", &json!({ "configuration_id": id }));
    assert_eq!(refused.status(), 503);
}

#[test]
fn a_benchmark_is_cancelled_while_it_is_played_and_while_it_waits() {
    let stage = Stage::new();
    let id = stage.configure(&json!({}));
    let (playing, waiting, next) = (stage.run(&id), stage.run(&id), stage.run(&id));
    stage.played.recv().unwrap();
    let cancel = |id: &str| stage.post(&format!("/api/benchmarks/{id}/cancel"), &json!({}));
    let out = cancel(&waiting);
    assert_eq!((out.status(), out.json::<Value>()["status"].clone()), (202, json!("FAILED")));
    assert_eq!(stage.benchmark(&next)["progress"], json!({ "state": "waiting", "before": 1 }));
    assert_eq!(cancel(&playing).status(), 202);
    for (id, has_figures) in [(&playing, true), (&waiting, false)] {
        let done = stage.done(id);
        assert_eq!((&done["status"], &done["error"]), (&json!("FAILED"), &json!("it was cancelled")));
        assert_eq!(done["requests_count"].is_number(), has_figures, "{done}");
    }
    stage.played.recv().unwrap();
    stage.end.send(Ok(figures())).unwrap();
    assert_eq!(stage.done(&next)["status"], "COMPLETED", "others are played");
    let refused = cancel(&next);
    assert_eq!(refused.status(), 409);
    assert!(refused.text().contains("is COMPLETED already"), "{}", refused.text());
    assert_eq!(cancel("nobody").status(), 404);
}

#[test]
fn secrets_are_played_and_neither_answered_nor_stored() {
    let secret = "t0ps3cret-value";
    let stage = Stage::new();
    let id = stage.configure(&json!({
        "headers": { "Authorization": format!("Bearer {secret}") }, "target_url": format!("http://u:{secret}@127.0.0.1/"),
    }));
    let benchmark = stage.run(&id);
    let played = stage.played.recv().unwrap();
    assert_eq!(played.headers["Authorization"], format!("Bearer {secret}"));
    stage.end.send(Err(format!("401 for Bearer {secret}"))).unwrap();
    let done = stage.done(&benchmark);
    assert_eq!(done["error"], "401 for [redacted]");
    let seen = [done.to_string(), stage.get(&format!("/api/configurations/{id}")).text().to_owned()];
    assert!(seen.iter().all(|text| !text.contains(secret) && text.contains("[redacted]")), "{seen:?}");
    for file in std::fs::read_dir(stage.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()));
    }
    let stage = stage.again();
    let refused = stage.post("/api/benchmarks/run", &json!({ "configuration_id": id }));
    assert_eq!(refused.status(), 409);
    assert!(refused.text().contains("send them again in `override_params`"), "{}", refused.text());
    let anew = json!({ "configuration_id": id, "override_params": {
        "headers": { "Authorization": "Bearer other" }, "target_url": "http://127.0.0.1/" } });
    assert_eq!(stage.post("/api/benchmarks/run", &anew).status(), 202);
}
