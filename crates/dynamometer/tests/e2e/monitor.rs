//! `dyno monitor`: real benchmarks over the API, who may ask, how it ends, and other programs' databases.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::{Dyno, Target, closed_port, finished, skip, until};

/// A `dyno monitor` on a port of its own; ends with its test.
pub(crate) struct Monitor {
    child: Child,
    pub(crate) address: String,
}

impl Monitor {
    pub(crate) fn start(dyno: &Dyno, flags: &[&str]) -> Self {
        let mut command = dyno.command(&[&["monitor", "--json", "--listen", "127.0.0.1:0"], flags].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let announced: Value =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        let address = announced["listen"].as_str().unwrap().trim_start_matches("http://").to_owned();
        Self { child, address }
    }

    /// Status and body of the answer.
    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<&Value>, fields: &str) -> (u16, Value) {
        let body = body.map(Value::to_string).unwrap_or_default();
        let (address, length) = (&self.address, body.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{fields}content-type: application/json\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned())))
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        self.ask("GET", path, None, "").1
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.ask("POST", path, Some(body), "")
    }

    /// Asks for a benchmark with a client that needs no set-up; gives its id.
    pub(crate) fn play(&self, changes: &Value) -> String {
        let mut configuration =
            json!({ "name": "front page", "http_method": "GET", "client_library": "stdlib" });
        configuration.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let (status, made) = self.post("/api/configurations", &configuration);
        assert_eq!(status, 201, "{made}");
        let (status, accepted) = self.post("/api/benchmarks/run", &json!({ "configuration_id": made["id"] }));
        assert_eq!(status, 202, "{accepted}");
        accepted["id"].as_str().unwrap().to_owned()
    }

    fn benchmark(&self, id: &str) -> Value {
        self.get(&format!("/api/benchmarks/{id}"))
    }

    /// The benchmark once it is done.
    pub(crate) fn done(&self, id: &str) -> Value {
        let mut benchmark = Value::Null;
        until("the benchmark is done", || {
            benchmark = self.benchmark(id);
            benchmark["status"] != "RUNNING"
        });
        benchmark
    }

    /// Waits until requests were answered.
    pub(crate) fn wait_for_requests(&self, id: &str) {
        until("requests were answered", || self.benchmark(id)["progress"]["requests"].as_u64() > Some(0));
    }

    /// Sends a signal and gives the exit code, if it has one, and what was said.
    pub(crate) fn signalled(mut self, signal: Signal) -> (Option<i32>, String) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_benchmark_is_played_by_a_real_client() {
    let (dyno, target) = (Dyno::new(), Target::start());
    let monitor = Monitor::start(&dyno, &[]);
    let played = monitor.play(&json!({
        "target_url": target.url("/echo"), "http_method": "POST", "body": "12345", "total_requests": 40, "concurrency": 4,
    }));
    let done = monitor.done(&played);
    assert_eq!((&done["status"], &done["error"]), (&json!("COMPLETED"), &Value::Null), "{done}");
    assert_eq!((&done["requests_count"], &done["error_count"]), (&json!(40), &json!(0)));
    assert_eq!(done["status_codes"], json!({ "200": 40 }));
    assert_eq!(done["network_io"]["bytes_sent"], 200);
    let number = |name: &str| done[name].as_f64().unwrap_or_else(|| panic!("{name}: {done}"));
    assert!(number("requests_per_second") > 0.0 && number("cpu_usage_avg") > 0.0);
    assert!(number("min_response_time") <= number("avg_response_time"));
    assert!(number("avg_response_time") <= number("max_response_time"));
    assert!(number("p95_response_time") <= number("p99_response_time"));
    assert!(number("max_response_time") <= number("duration"), "both are milliseconds");
    // The target counts for itself what the client says it has sent.
    let slow = monitor
        .play(&json!({ "target_url": target.url("/delay/60ms"), "total_requests": 2, "concurrency": 1 }));
    assert!(monitor.done(&slow)["min_response_time"].as_f64().unwrap() >= 60.0, "milliseconds");
    let streamed = monitor.play(&json!({
        "target_url": target.url("/bytes/20000"), "http_method": "STREAM", "total_requests": 2, "concurrency": 1 }));
    let streamed = monitor.done(&streamed);
    assert_eq!((&streamed["streamed"], &streamed["chunk_count"]), (&json!(true), &json!(6)), "{streamed}");
    let refused = monitor.play(&json!({ "target_url": format!("http://127.0.0.1:{}/", closed_port()),
        "total_requests": 3, "concurrency": 1, "retry_attempts": 0 }));
    let refused = monitor.done(&refused);
    assert_eq!(refused["status"], "FAILED");
    assert!(refused["error"].as_str().unwrap().starts_with("none of 3 requests had an answer"), "{refused}");
    let rejected = monitor
        .play(&json!({ "target_url": target.url("/status/503"), "total_requests": 3, "concurrency": 1 }));
    let rejected = monitor.done(&rejected);
    assert_eq!(
        (&rejected["status"], &rejected["error"], &rejected["error_rate"], &rejected["status_codes"]),
        (
            &json!("FAILED"),
            &json!("none of 3 requests succeeded: status 503 3"),
            &json!(100.0),
            &json!({ "503": 3 })
        )
    );
    assert_eq!(monitor.get("/api/results")["total_count"], 3);
    let listed = dyno.run(&["runs", "list", "--results"]);
    assert!(listed.stdout.contains("COMPLETED") && listed.stdout.contains("FAILED"), "{listed:?}");
    let shown = dyno.run(&["runs", "show", &played]);
    assert!(shown.stdout.contains("Client Library") && shown.stdout.contains("95th Percentile"), "{shown:?}");
    let (code, said) = monitor.signalled(Signal::INT);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.ends_with("stopped\n"), "{said}");
}

#[test]
fn a_client_that_is_not_set_up_is_refused_with_what_to_do() {
    let dyno = Dyno::new();
    let monitor = Monitor::start(&dyno, &[]);
    let configuration = json!({ "name": "x", "target_url": "http://127.0.0.1/", "http_method": "GET", "client_library": "httpx" });
    let (_, made) = monitor.post("/api/configurations", &configuration);
    let (status, refused) = monitor.post("/api/benchmarks/run", &json!({ "configuration_id": made["id"] }));
    assert_eq!(status, 409);
    assert!(refused["message"].as_str().unwrap().contains("dyno clients setup httpx"), "{refused}");
}

#[test]
fn an_interrupt_ends_the_benchmark_and_a_killed_one_is_failed_by_the_next_start() {
    let (dyno, target) = (Dyno::new(), Target::start());
    let endless =
        json!({ "target_url": target.url("/plaintext"), "duration_seconds": 3000, "concurrency": 1 });
    let monitor = Monitor::start(&dyno, &[]);
    let id = monitor.play(&endless);
    monitor.wait_for_requests(&id);
    let (code, said) = monitor.signalled(Signal::TERM);
    assert_eq!(code, Some(0), "{said}");
    let monitor = Monitor::start(&dyno, &[]);
    let stopped = monitor.benchmark(&id);
    assert_eq!(
        (&stopped["status"], &stopped["error"]),
        (&json!("FAILED"), &json!("the monitor was stopped"))
    );
    assert!(stopped["requests_count"].as_u64() > Some(0), "what was measured is kept: {stopped}");
    let id = monitor.play(&endless);
    monitor.wait_for_requests(&id);
    assert_eq!(monitor.signalled(Signal::KILL).0, None);
    let monitor = Monitor::start(&dyno, &[]);
    let killed = monitor.benchmark(&id);
    assert_eq!(killed["status"], "FAILED");
    assert!(killed["error"].as_str().unwrap().contains("ended before the benchmark did"), "{killed}");
}

#[test]
fn a_token_guards_and_a_wide_address_needs_one() {
    let dyno = Dyno::new();
    let wide = dyno.run(&["monitor", "--listen", "0.0.0.0:0"]);
    assert_eq!(wide.code, 2, "{wide:?}");
    assert!(
        wide.stderr.contains("there is no token") && wide.stderr.contains("--token-file"),
        "{}",
        wide.stderr
    );
    for (content, expected) in
        [("short", "16 visible ASCII characters at least"), ("with a space inside it", "no spaces")]
    {
        std::fs::write(dyno.path("token"), content).unwrap();
        let refused = dyno.run(&["monitor", "--token-file", "token"]);
        assert!(refused.code == 2 && refused.stderr.contains(expected), "{refused:?}");
    }
    assert_eq!(dyno.run(&["monitor", "--token-file", "nowhere"]).code, 2);
    std::fs::write(dyno.path("token"), "0123456789abcdef\n").unwrap();
    let monitor = Monitor::start(&dyno, &["--token-file", "token"]);
    assert_eq!(monitor.ask("GET", "/api/results", None, "").0, 401);
    assert_eq!(monitor.ask("GET", "/api/results", None, "authorization: Bearer 0123456789abcdef\r\n").0, 200);
    let (_, said) = monitor.signalled(Signal::INT);
    assert!(!said.contains("0123456789abcdef"), "{said}");
}

#[test]
fn requests_are_logged_without_secrets() {
    let dyno = Dyno::new();
    std::fs::write(dyno.path("token"), "0123456789abcdef").unwrap();
    let field = "authorization: Bearer 0123456789abcdef\r\n";
    for level in ["debug", "info"] {
        let flags = ["--token-file", "token", "--log-file", level, "--log-level", level];
        let monitor = Monitor::start(&dyno, &flags);
        assert_eq!(monitor.ask("GET", "/api/results?name=x&key=s3cr3t", None, field).0, 422);
        assert_eq!(monitor.ask("GET", "/api/results/0123456789abcdef", None, "").0, 401);
        assert_eq!(
            monitor.ask("POST", "/api/configurations", Some(&json!({ "body": "s3cr3t" })), field).0,
            422
        );
        assert_eq!(monitor.signalled(Signal::INT).0, Some(0));
    }
    let read = |file: &str| std::fs::read_to_string(dyno.path(file)).unwrap();
    let (debug, info) = (read("debug"), read("info"));
    let reading = "dyno_dashboard::request_log: request method=GET path=/api/results";
    for (level, line) in [
        ("DEBUG", format!("{reading}?name=x&key=[redacted] status=422 duration_us=")),
        ("DEBUG", format!("{reading}/[redacted] status=401 duration_us=")),
        ("INFO ", "request method=POST path=/api/configurations status=422 duration_us=".to_owned()),
    ] {
        let logged = debug.lines().filter(|it| it.contains(level) && it.contains(&line)).count();
        assert_eq!(logged, 1, "{line}\n{debug}");
    }
    assert!(info.contains("request method=POST") && !info.contains("method=GET"), "{info}");
    assert!(!debug.contains("s3cr3t") && !debug.contains("0123456789abcdef"), "{debug}");
}

#[test]
fn results_are_exported_and_read_back() {
    let (dyno, target) = (Dyno::new(), Target::start());
    let monitor = Monitor::start(&dyno, &[]);
    let wanted = json!({ "target_url": target.url("/plaintext"), "total_requests": 5, "concurrency": 1 });
    let ids = [monitor.play(&wanted), monitor.play(&wanted)];
    ids.iter().for_each(|id| drop(monitor.done(id)));
    let exported = dyno.run(&["runs", "export", "--results", "-o", "results.csv"]);
    assert_eq!(exported.code, 0, "{exported:?}");
    let table = std::fs::read_to_string(dyno.path("results.csv")).unwrap();
    let (_, over_http) = monitor.ask("GET", "/api/results?format=csv", None, "");
    assert_eq!(Some(table.as_str()), over_http.as_str(), "one table, whoever asks");
    assert_eq!(table.lines().count(), 3);
    assert!(ids.iter().all(|id| table.contains(id.as_str())), "{table}");
    let one = dyno.run(&["runs", "export", &ids[0]]);
    assert_eq!(serde_json::from_str::<Value>(&one.stdout).unwrap()["schema"], "dyno-result/1");
    let all = dyno.run(&["runs", "export", "--results", "--name", "front page"]);
    std::fs::write(dyno.path("one.json"), &one.stdout).unwrap();
    std::fs::write(dyno.path("all.json"), &all.stdout).unwrap();
    assert_eq!(dyno.run(&["runs", "rm", &ids[0], &ids[1]]).code, 0);
    let read = dyno.run(&["runs", "import", "one.json", "all.json"]);
    assert_eq!(read.code, 0, "{read:?}");
    assert!(read.stderr.contains("one.json: 1 added, 0 there already"), "{read:?}");
    assert!(read.stderr.contains("all.json: 1 added, 1 there already"), "{read:?}");
    let again = dyno.run(&["runs", "export", "--results", "--name", "front page"]);
    assert_eq!(again.stdout, all.stdout, "nothing is lost");
    dyno.http(&target, &["-n", "5", "-c", "1", "-w", "0", "--quiet"], "/plaintext");
    let mixed = dyno.run(&["runs", "export", "latest", &ids[0], "-o", "mixed.csv"]);
    assert!(mixed.code == 2 && mixed.stderr.contains("is no result of a benchmark"), "{mixed:?}");
    assert_eq!(dyno.run(&["runs", "export", "latest", &ids[0], "-o", "mixed.json"]).code, 0);
}

#[test]
fn reports_of_stored_runs_are_drawn_on_demand() {
    let (dyno, target) = (Dyno::new(), Target::start());
    dyno.http(&target, &["-n", "20", "-c", "1", "-w", "0", "--quiet"], "/plaintext");
    let monitor = Monitor::start(&dyno, &[]);
    let run = monitor.get("/api/runs")["runs"][0].clone();
    let (status, page) = monitor.ask("GET", &format!("/runs/{}", run["id"].as_str().unwrap()), None, "");
    let page = page.as_str().unwrap();
    assert!(status == 200 && page.starts_with("<!doctype html>") && page.contains("127.0.0.1"), "{status}");
}

#[test]
fn contests_of_clients_are_listed_and_drawn() {
    let dyno = Dyno::new();
    let wishes = ["clients", "compare", "stdlib", "--no-floor", "--name", "mine"];
    dyno.run(&[wishes.as_slice(), &["--blocks", "2", "--segment", "60ms", "-w", "60ms", "--quiet"]].concat());
    let monitor = Monitor::start(&dyno, &[]);
    let contest = monitor.get("/api/contests?name=mine")["contests"][0].clone();
    assert_eq!(contest["clients"], json!(["stdlib sync", "stdlib sync (again)"]), "{contest}");
    assert_eq!(monitor.get("/api/contests?name=other")["contests"], json!([]));
    let id = contest["id"].as_str().unwrap();
    let (status, page) = monitor.ask("GET", &format!("/contests/{id}"), None, "");
    let page = page.as_str().unwrap();
    assert!(status == 200 && page.starts_with("<!doctype html>") && page.contains("stdlib sync"), "{status}");
}

#[test]
fn variables_of_the_old_framework_are_followed_and_said_once() {
    let dyno = Dyno::new();
    let mut command = dyno.command(&[
        "clients",
        "compare",
        "stdlib",
        "--blocks",
        "2",
        "--segment",
        "60ms",
        "-w",
        "60ms",
        "--json",
    ]);
    command.env("HTTP_BENCHMARK_DEFAULT_CONCURRENCY", "3").env("http_benchmark_results_retention_days", "5");
    let compared = finished(command);
    let record: Value =
        serde_json::from_str(&compared.stdout).unwrap_or_else(|error| panic!("{error}: {compared:?}"));
    assert_eq!(record["case"]["lanes"], 3);
    assert!(record["reproduce"].as_str().unwrap().ends_with("--lanes 3"), "{}", record["reproduce"]);
    assert_eq!(
        compared.stderr.matches("HTTP_BENCHMARK_DEFAULT_CONCURRENCY=3 is followed").count(),
        1,
        "{}",
        compared.stderr
    );
    assert!(compared.stderr.contains("dyno runs prune --older-than"), "{}", compared.stderr);
    let mut command = dyno.command(&["monitor"]);
    command.env("HTTP_BENCHMARK_DEFAULT_TIMEOUT", "soon");
    let refused = finished(command);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("HTTP_BENCHMARK_DEFAULT_TIMEOUT is `soon`; it must be"),
        "{}",
        refused.stderr
    );
}

/// The package of this repository.
fn package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../python")
}

#[test]
fn results_that_python_has_stored_are_read() {
    let dyno = Dyno::new();
    let script = r#"
from datetime import datetime, timedelta, timezone
from dynamometer import BenchmarkResult, ResultStorage
start = datetime(2026, 1, 2, 3, 4, 5, 678901, timezone(timedelta(hours=1)))
ResultStorage("results.db").save_result(BenchmarkResult(
    name="é ' \"", client_library="httpx", client_type="async", http_method="GET", url="http://127.0.0.1/x",
    start_time=start, end_time=start + timedelta(seconds=2.5), duration=2.5, requests_count=100, requests_per_second=38.0,
    avg_response_time=0.0123456, min_response_time=0.001, max_response_time=0.5, p95_response_time=0.02, p99_response_time=0.4,
    cpu_usage_avg=55.5, memory_usage_avg=40.25, network_io={"bytes_sent": 3, "bytes_received": 4}, error_count=5,
    error_rate=5.0, concurrency_level=8, config_snapshot={"timeout": 30}, id="11111111-2222-3333-4444-555555555555"))
"#;
    let python = Command::new("python3")
        .args(["-c", script])
        .env("PYTHONPATH", package())
        .current_dir(dyno.path(""))
        .output();
    match python {
        Ok(output) => assert!(output.status.success(), "{output:?}"),
        Err(error) => return skip("monitor", &format!("no `python3` to write results with: {error}")),
    }
    let imported = dyno.run(&["runs", "import", "results.db"]);
    assert_eq!(
        (imported.code, imported.stdout.as_str()),
        (0, "11111111-2222-3333-4444-555555555555\n"),
        "{imported:?}"
    );
    assert!(imported.stderr.contains("1 added, 0 there already, 0 left out"), "{}", imported.stderr);
    let again = dyno.run(&["runs", "import", "results.db"]);
    assert!(again.stderr.contains("0 added, 1 there already"), "{}", again.stderr);
    let monitor = Monitor::start(&dyno, &[]);
    let read = monitor.benchmark("11111111-2222-3333-4444-555555555555");
    for (name, expected) in [
        ("name", json!("é ' \"")),
        ("status", json!("COMPLETED")),
        ("client_library", json!("httpx")),
        ("client_type", json!("async")),
        ("start_time", json!("2026-01-02T02:04:05.678901Z")),
        ("end_time", json!("2026-01-02T02:04:08.178901Z")),
        ("duration", json!(2500.0)),
        ("requests_count", json!(100)),
        ("requests_per_second", json!(38.0)),
        ("avg_response_time", json!(12.3456)),
        ("min_response_time", json!(1.0)),
        ("max_response_time", json!(500.0)),
        ("p95_response_time", json!(20.0)),
        ("p99_response_time", json!(400.0)),
        ("cpu_usage_avg", json!(55.5)),
        ("memory_usage_avg", json!(40.25)),
        ("memory_usage_unit", json!("MB")),
        ("network_io", json!({ "bytes_sent": 3, "bytes_received": 4 })),
        ("error_count", json!(5)),
        ("error_rate", json!(5.0)),
        ("concurrency_level", json!(8)),
        ("config_snapshot", json!({ "timeout": 30 })),
    ] {
        assert_eq!(read[name], expected, "{name}");
    }
    let refused = dyno.run(&["report", "11111111-2222-3333-4444-555555555555"]);
    assert!(refused.code == 2 && refused.stderr.contains("dyno runs export"), "{refused:?}");
    assert_eq!(dyno.run(&["runs", "prune", "--keep", "0"]).code, 0);
    assert_eq!(monitor.get("/api/results")["total_count"], 0);
    let foreign = dyno.run(&["runs", "import", dyno.store().to_str().unwrap()]);
    assert!(foreign.code == 2 && foreign.stderr.contains("no table `benchmark_results`"), "{foreign:?}");
}

/// Properties that are not asked for, with the reason: whether a library has an interface, and what a URL is, depends on more
/// than one field and cannot be said in the schema, so some of what fits it is rightly refused.
const LEFT_OUT: &str = "positive_data_acceptance";

#[test]
fn schemathesis_finds_nothing_that_the_description_does_not_say() {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("foreign/api-peers");
    let program = environment.join("bin/schemathesis");
    if !environment.join("made-for.txt").is_file() || !program.is_file() {
        return skip("monitor", "the environment `api-peers` is not installed");
    }
    let dyno = Dyno::new();
    let monitor = Monitor::start(&dyno, &[]);
    let url = format!("http://{}/api/openapi.json", monitor.address);
    // No stateful phase: it would play benchmarks against addresses that it makes up.
    let flags = [
        "run",
        &url,
        "--phases",
        "examples,coverage,fuzzing",
        "--max-examples",
        "10",
        "--seed",
        "1",
        "--no-color",
        "--exclude-checks",
        LEFT_OUT,
        "--request-timeout",
        "10",
    ];
    let output =
        Command::new(program).args(flags).current_dir(dyno.path("")).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("passed"), "{said}");
}
