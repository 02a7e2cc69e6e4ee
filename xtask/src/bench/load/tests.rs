use std::path::Path;

use super::cases;
use super::tools::{Answer, Request, Tool};

fn check_read(tool: Tool, output: &str, ok: u64, errors: u64) {
    let answer = tool.read(output).unwrap();
    assert_eq!((answer.ok, answer.errors), (ok, errors), "{output}");
}

#[test]
fn wrk_is_read() {
    check_read(Tool::Wrk, "  452563 requests in 3.00s, 57.40MB read\nRequests/sec: 150843.40\n", 452_563, 0);
    let troubled = "  1000 requests in 3.00s, 1MB read\n  Socket errors: connect 1, read 2, write 0, timeout 4\n  \
                    Non-2xx or 3xx responses: 10\n";
    check_read(Tool::Wrk, troubled, 990, 17);
    assert!(Tool::Wrk.read("unable to connect").is_err());
}

#[test]
fn dyno_is_read() {
    let record = r#"{"totals":{"ok":12,"failed":1,"rejected":2},
        "load":{"generator_lateness_p99_ns":45000,"warmup_requests":0}}"#;
    let expected = Answer { ok: 12, errors: 3, lateness_p99_ns: Some(45_000) };
    assert_eq!(Tool::Dyno.read(record), Ok(expected));
    assert!(Tool::Dyno.read("error: no such command").is_err());
}

#[test]
fn oha_is_read_without_what_the_end_cut_off() {
    let record = r#"{"statusCodeDistribution":{"200":70,"503":2},
        "errorDistribution":{"aborted due to deadline":64,"connection refused":3}}"#;
    check_read(Tool::Oha, record, 70, 5);
}

#[test]
fn h2load_is_read() {
    let line = "requests: 91000 total, 91000 started, 91000 done, 90990 succeeded, 10 failed, 10 errored, 0 timeout\n";
    check_read(Tool::H2load, &format!("finished in 1.00s\n{line}status codes: 91000 2xx\n"), 90_990, 10);
}

#[test]
fn hey_is_read() {
    let summary = "Status code distribution:\n  [200]\t81234 responses\n  [500]\t3 responses\n\n\
                   Error distribution:\n  [4]\tGet \"http://127.0.0.1:1\": dial tcp: refused\n";
    check_read(Tool::Hey, summary, 81_234, 7);
}

fn check_command(tool: Tool, rate_per_s: Option<u64>, expected: &str) {
    let url = "http://a/".to_owned();
    let request = Request { url, connections: 64, seconds: 3, rate_per_s };
    assert_eq!(crate::project::shown(&tool.command(Path::new(tool.name()), &request)), expected);
}

#[test]
fn tools_are_asked_for_the_same() {
    check_command(Tool::Wrk, None, "wrk -t1 -c64 -d3s http://a/");
    check_command(
        Tool::Dyno,
        None,
        "dyno http -c 64 -d 3s -w 0s --threads 1 --json --no-store --quiet -k http://a/",
    );
    check_command(Tool::H2load, Some(6400), "h2load --h1 -t1 -c64 -D 3 --rps=100 http://a/");
    check_command(Tool::Hey, Some(6400), "hey -cpus 1 -z 3s -c 64 -q 100 http://a/");
}

fn check_selected(patterns: &[&str], expected: &[&str]) {
    let patterns: Vec<String> = patterns.iter().map(|&it| it.to_owned()).collect();
    let names: Vec<String> = cases::selected(&patterns)
        .iter()
        .flat_map(|play| play.tools.iter().map(|tool| format!("{}/{}", play.case.name, tool.name())))
        .collect();
    assert_eq!(names, expected);
}

#[test]
fn patterns_select_cases_and_tools() {
    check_selected(&["raw-c1/wrk", "nginx-c64/dyno"], &["raw-c1/wrk", "nginx-c64/dyno"]);
    check_selected(&["raw-c10000"], &["raw-c10000/dyno", "raw-c10000/wrk"]);
    check_selected(&["nothing"], &[]);
    assert_eq!(cases::selected(&[]).len(), cases::all_names().len());
}
