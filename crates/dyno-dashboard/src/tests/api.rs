//! Each endpoint, each of its answers.

use super::*;
use crate::endpoints::ENDPOINTS;

/// Whether an answer is a problem with this status that has these words.
#[track_caller]
fn check_problem(answer: &TestResponse, status: u16, words: &str) {
    assert_eq!(answer.status(), status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"), "{}", answer.text());
    let problem: Value = answer.json();
    assert_eq!(keys(&problem), ["code", "message", "mistakes"]);
    assert!(problem["message"].as_str().unwrap().contains(words), "{problem}");
}

#[test]
fn a_configuration_is_stored_and_read_back() {
    let stage = Stage::new();
    let made =
        stage.post("/api/configurations", &configuration(&json!({ "concurrency": 7, "timeout": 2.5 })));
    assert_eq!(made.status(), 201);
    let configuration: Value = made.json();
    let path = made.header("location").unwrap();
    assert_eq!(path, format!("/api/configurations/{}", configuration["id"].as_str().unwrap()));
    assert_eq!(stage.get(path).json::<Value>(), configuration);
    assert_eq!((&configuration["concurrency"], &configuration["timeout"]), (&json!(7), &json!(2.5)));
    assert_eq!(configuration["status"], "ACTIVE");
    assert!(configuration["created_at"].as_str().unwrap().ends_with('Z'));
    check_problem(&stage.get("/api/configurations/nobody"), 404, "there is no configuration `nobody`");
}

#[test]
fn wrong_configurations_say_all_that_is_wrong() {
    let stage = Stage::new();
    let wrong =
        stage.post("/api/configurations", &configuration(&json!({ "concurrency": 10_001, "colour": "red" })));
    check_problem(&wrong, 422, "concurrency is 10001; it must be a whole number from 1 to 10000");
    let mistakes = wrong.json::<Value>()["mistakes"].clone();
    let fields: Vec<&Value> = mistakes.as_array().unwrap().iter().map(|mistake| &mistake["field"]).collect();
    assert_eq!(fields, ["colour", "concurrency"]);
    check_problem(&stage.post("/api/configurations", &json!({})), 422, "name is missing");
    check_problem(&stage.post("/api/configurations", &json!([1])), 422, "body is [1]; it must be an object");
    let raw = |content_type: &str, body: &str| {
        stage.server.post("/api/configurations").body(content_type, body).send()
    };
    check_problem(&raw("application/json", "{"), 400, "the body is not JSON");
    check_problem(&raw("text/plain", "{}"), 415, "Content-Type: application/json");
    assert_eq!(raw("application/json", &"x".repeat(2_000_000)).status(), 413);
}

#[test]
fn a_configuration_changes_its_status_alone() {
    let stage = Stage::new();
    let id = stage.configure(&json!({ "status": "DRAFT" }));
    let path = format!("/api/configurations/{id}");
    let run = || stage.post("/api/benchmarks/run", &json!({ "configuration_id": id }));
    check_problem(&run(), 409, "is DRAFT; make it ACTIVE with `PATCH");
    assert_eq!(stage.patch(&path, &json!({ "status": "ACTIVE" })).json::<Value>()["status"], "ACTIVE");
    assert_eq!(run().status(), 202);
    assert_eq!(stage.patch(&path, &json!({ "status": "ARCHIVED" })).status(), 200);
    check_problem(&run(), 409, "is ARCHIVED");
    check_problem(
        &stage.patch(&path, &json!({ "status": "GONE" })),
        422,
        "must be DRAFT, ACTIVE or ARCHIVED",
    );
    check_problem(&stage.patch(&path, &json!({ "name": "x" })), 422, "status is missing");
    check_problem(
        &stage.patch("/api/configurations/x", &json!({ "status": "ACTIVE" })),
        404,
        "no configuration `x`",
    );
}

#[test]
fn results_are_listed_by_library_method_name_and_status() {
    let stage = Stage::new();
    let mut store = stage.store();
    for (id, library, method, name, status) in [
        ("a", "httpx", "GET", "one", BenchmarkStatus::Completed),
        ("b", "requests", "POST", "two", BenchmarkStatus::Completed),
        ("c", "requests", "GET", "two", BenchmarkStatus::Failed),
    ] {
        let kept = BenchmarkResult {
            client_library: library.to_owned(),
            http_method: method.to_owned(),
            name: name.to_owned(),
            status,
            start_time: format!("2026-01-01T00:00:0{}Z", id.as_bytes()[0] - b'a'),
            ..result(id)
        };
        store.keep_benchmark(&kept).unwrap();
    }
    for (query, expected, total) in [
        ("", "ba", 2),
        ("?status=ALL", "cba", 3),
        ("?status=FAILED", "c", 1),
        ("?client_library=requests", "b", 1),
        ("?client_library=requests&status=ALL", "cb", 2),
        ("?http_method=GET", "a", 1),
        ("?name=two", "b", 1),
        ("?limit=1", "b", 2),
        ("?limit=1&offset=1", "a", 2),
        ("?offset=1000000000", "", 2),
        ("?client_library=nobody", "", 0),
    ] {
        let page: Value = stage.get(&format!("/api/results{query}")).json();
        let ids: String =
            page["results"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!((ids.as_str(), &page["total_count"]), (expected, &json!(total)), "{query}");
    }
    let row = stage.get("/api/results?name=one").json::<Value>()["results"][0].clone();
    assert_eq!((&row["duration"], &row["avg_response_time"]), (&json!(1500.0), &json!(20.5)), "milliseconds");
    assert_eq!(row["error_rate"], 25.0, "percent");
    for (query, words) in [
        ("?limit=0", "limit is \"0\"; it must be a whole number from 1 to 1000"),
        ("?limit=1001", "limit"),
        ("?limit=%2B5", "limit"),
        ("?offset=-1", "offset"),
        ("?status=DONE", "must be one of COMPLETED, RUNNING, FAILED, ALL"),
        ("?colour=red", "known are client_library, http_method, name, status, limit, offset, format"),
        ("?limit=1&limit=2", "stands more than once"),
    ] {
        check_problem(&stage.get(&format!("/api/results{query}")), 422, words);
    }
}

#[test]
fn results_are_a_table_when_that_is_asked_for() {
    let stage = Stage::new();
    let kept = BenchmarkResult { name: "one, \"two\"".to_owned(), ..result("a") };
    stage.store().keep_benchmark(&kept).unwrap();
    stage.store().keep_benchmark(&BenchmarkResult { name: "other".to_owned(), ..result("b") }).unwrap();
    let accepting = |accept: &str| stage.server.get("/api/results").header("accept", accept).send();
    let table = stage.get("/api/results?format=csv&name=one%2C+%22two%22");
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(table.header("content-disposition"), Some("attachment; filename=\"results.csv\""));
    let lines: Vec<&str> = table.text().lines().collect();
    assert!(lines[0].starts_with("id,name,client_library,") && lines.len() == 2, "{lines:?}");
    assert!(lines[1].starts_with("a,\"one, \"\"two\"\"\",httpx,sync,GET,"), "{lines:?}");
    for (accept, kind) in [
        ("text/csv", "text/csv"),
        ("text/html, text/csv;q=0.5, application/json;q=0.1", "text/csv"),
        ("application/json, text/csv", "application/json"),
        ("*/*", "application/json"),
    ] {
        assert!(accepting(accept).header("content-type").unwrap().starts_with(kind), "{accept}");
    }
    assert_eq!(stage.get("/api/results?format=json").json::<Value>()["total_count"], 2);
    check_problem(&stage.get("/api/results?format=xml"), 422, "must be one of json, csv");
    let answers = stage.get("/api/openapi.json").json::<Value>()["paths"]["/api/results"]["get"]["responses"]
        ["200"]["content"]
        .clone();
    assert_eq!(keys(&answers), ["application/json", "text/csv"]);
}

#[test]
fn results_are_compared_with_the_best_of_each_figure() {
    let stage = Stage::new();
    let mut store = stage.store();
    let mut fast = result("fast");
    let mut brisk = figures();
    (brisk.requests_per_second, brisk.error_count) = (9.0, 4);
    brisk.response_time = brisk.response_time.map(|times| BenchmarkTimes { avg_ns: 1_000_000, ..times });
    fast.figures = Some(brisk);
    let failed = BenchmarkResult { status: BenchmarkStatus::Failed, ..result("failed") };
    for kept in [&fast, &result("safe"), &failed] {
        store.keep_benchmark(kept).unwrap();
    }
    let compare = |ids: Value| stage.post("/api/results/compare", &json!({ "result_ids": ids }));
    let compared: Value = compare(json!(["safe", "fast"])).json();
    let expected = json!({
        "fastest_avg_response_time": "fast", "highest_throughput": "fast", "lowest_error_rate": "safe",
    });
    assert_eq!(compared["summary"], expected);
    assert_eq!(compared["comparison"][0]["id"], "safe", "in the order that was asked");
    assert_eq!(compared["comparison"][1]["avg_response_time"], 1.0, "milliseconds");
    check_problem(&compare(json!(["safe", "nobody"])), 404, "there is no result `nobody`");
    check_problem(&compare(json!(["failed"])), 409, "result `failed` is FAILED");
    for wrong in [json!([]), json!("safe"), json!([1]), json!(null), json!(vec!["a"; 101])] {
        check_problem(&compare(wrong), 422, "must be a list of 1 to 100 ids of results");
    }
    check_problem(&stage.post("/api/results/compare", &json!({})), 422, "result_ids must be a list");
}

#[test]
fn the_answers_have_exactly_the_fields_of_the_description() {
    let stage = Stage::new();
    stage.store().keep_benchmark(&result("a")).unwrap();
    let document: Value = stage.get("/api/openapi.json").json();
    let schema = |name: &str| document["components"]["schemas"][name].clone();
    let id = stage.configure(&json!({}));
    let accepted: Value = stage.post("/api/benchmarks/run", &json!({ "configuration_id": id })).json();
    let compared: Value = stage.post("/api/results/compare", &json!({ "result_ids": ["a"] })).json();
    for (name, answer) in [
        ("Configuration", stage.get(&format!("/api/configurations/{id}")).json::<Value>()),
        ("Accepted", accepted),
        ("Benchmark", stage.benchmark("a")),
        ("Comparison", compared),
        ("Results", stage.get("/api/results").json()),
    ] {
        assert_eq!(keys(&answer), keys(&schema(name)["properties"]), "{name}");
    }
    let row = &stage.get("/api/results").json::<Value>()["results"][0];
    assert_eq!(keys(row), keys(&schema("Results")["properties"]["results"]["items"]["properties"]));
}

#[test]
fn every_endpoint_of_the_table_is_described_and_answered() {
    let stage = Stage::new();
    let document: Value = stage.get("/api/openapi.json").json();
    assert_eq!(document["openapi"], "3.1.0");
    for endpoint in ENDPOINTS {
        let operation = &document["paths"][endpoint.path][endpoint.method.to_ascii_lowercase()];
        assert_eq!(
            operation["operationId"].as_str().unwrap_or_default(),
            endpoint.operation,
            "{}",
            endpoint.path
        );
        let path = endpoint.path.replace("{id}", "none");
        let request = stage.server.request(endpoint.method, &path);
        let request = if endpoint.takes.is_empty() { request } else { request.json(&json!({})) };
        let status = request.send().status();
        let known = [endpoint.gives.0].into_iter().chain(endpoint.problems.iter().copied()).chain([404]);
        assert!(known.into_iter().any(|it| it == status), "{} {path}: {status}", endpoint.method);
    }
}

#[test]
fn other_paths_and_methods_are_problems_in_json_too() {
    let stage = Stage::new();
    check_problem(&stage.get("/api/nothing"), 404, "see /api/openapi.json");
    check_problem(&stage.server.delete("/api/results").send(), 405, "answers GET");
    check_problem(&stage.get("/runs/01ABC"), 404, "there is no run");
    check_problem(&stage.get("/comparisons/01ABC"), 404, "there is no run");
    check_problem(&stage.get("/contests/01ABC"), 404, "there is no run");
}

#[test]
fn the_page_has_nothing_from_elsewhere_and_nothing_inline() {
    let stage = Stage::new();
    let page = stage.get("/");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{policy}");
    assert!(
        !page.text().contains("<style")
            && !page.text().contains("http://")
            && !page.text().contains("https://")
    );
    assert!(page.text().contains("/monitor.js") && page.text().contains("/monitor.css"));
    for (path, kind) in
        [("/monitor.js", "text/javascript"), ("/table.js", "text/javascript"), ("/monitor.css", "text/css")]
    {
        let answer = stage.get(path);
        assert!(answer.header("content-type").unwrap().starts_with(kind));
        assert!(!answer.text().contains("innerHTML"), "stored texts are foreign");
    }
    assert_eq!(stage.get("/api/runs").json::<Value>(), json!({ "runs": [] }));
    assert_eq!(stage.get("/api/comparisons").json::<Value>(), json!({ "comparisons": [] }));
    assert_eq!(stage.get("/api/contests").json::<Value>(), json!({ "contests": [] }));
}
