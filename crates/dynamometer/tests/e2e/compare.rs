//! `dyno compare A B`: results of other tools, stored runs, histories, and what cannot be compared.

use serde_json::{Value, json};

use crate::support::{CALM, CALM_PATH, Dyno, Finished, Target};

const WRK: &str = include_str!("../../../dyno-import/fixtures/wrk_latency.txt");
const OHA: &str = include_str!("../../../dyno-import/fixtures/oha.json");
const HEY: &str = include_str!("../../../dyno-import/fixtures/hey.txt");
const HEY_REFUSED: &str = include_str!("../../../dyno-import/fixtures/hey_refused.txt");

/// Compares two files of these contents.
fn compare(a: &str, b: &str, flags: &[&str]) -> Finished {
    let dyno = Dyno::new();
    std::fs::write(dyno.path("a"), a).unwrap();
    std::fs::write(dyno.path("b"), b).unwrap();
    dyno.run(&[&["compare", "a", "b", "--no-store"], flags].concat())
}

#[track_caller]
fn check(a: &str, b: &str, flags: &[&str], code: i32, said: &str) {
    let done = compare(a, b, flags);
    assert_eq!(done.code, code, "{done:?}");
    assert!(done.stdout.contains(said) || done.stderr.contains(said), "no `{said}` in {done:?}");
}

fn slower_wrk() -> String {
    WRK.replace("99%    9.69ms", "99%   19.69ms")
}

#[test]
fn limits_decide_over_results_of_other_tools() {
    check(WRK, &slower_wrk(), &["--fail-on", "p99:+10%"], 1, "p99:+10%");
    check(WRK, &slower_wrk(), &["--fail-on", "p99:+150%"], 0, "p99");
    check(WRK, &slower_wrk(), &["--threshold", "50"], 1, "p99:+50%");
    check(WRK, &slower_wrk(), &["--fail-on", "p50:+10%"], 0, "p50");
    // Two runs and nothing known: no verdict, which is no failure unless asked for.
    check(WRK, &slower_wrk(), &[], 0, "the evidence is not enough");
    check(WRK, &slower_wrk(), &["--strict"], 3, "not known");
    check(
        WRK,
        &slower_wrk(),
        &["--fail-on", "p99:+10%", "--min-evidence", "E3", "--strict"],
        3,
        "E3 was asked for",
    );
}

#[test]
fn every_candidate_is_held_against_the_first() {
    let dyno = Dyno::new();
    for (name, text) in [("a", WRK), ("b", WRK), ("c", slower_wrk().as_str())] {
        std::fs::write(dyno.path(name), text).unwrap();
    }
    let done = dyno.run(&["compare", "a", "b", "c", "--no-store", "--json", "--fail-on", "p99:+10%"]);
    assert_eq!(done.code, 1, "{done:?}");
    let comparison: Value = serde_json::from_str(&done.stdout).unwrap();
    let rows = comparison["rows"].as_array().unwrap().iter();
    let verdicts: Vec<&str> =
        rows.filter(|row| row["metric"] == "p99").map(|row| row["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["pass", "regressed"]);
}

#[test]
fn what_is_no_result_is_refused_with_what_to_do() {
    check("", WRK, &[], 2, "cannot read the result `a`: it is empty");
    check(WRK, "a poem", &[], 2, "cannot read the result `b`: it is not a result of any known tool");
    check(r#"{"schema":"dyno-run/2","id":"x"}"#, WRK, &[], 2, "its schema is `dyno-run/2`");
    check(&OHA[..OHA.len() / 2], OHA, &[], 2, "its JSON is cut off");
    check(&WRK[..WRK.len() / 2], WRK, &[], 2, "was it stopped before its end?");
    check(r#"{"schema":"dyno-comparison/1"}"#, WRK, &[], 2, "it is a comparison");
    check(&OHA.replacen("\"total\": ", "\"total\": NaN", 1), OHA, &[], 2, "has `NaN` at line");
    check(WRK, WRK, &["--fail-on", "p99+10%"], 2, "p99:+10%");
    check(WRK, WRK, &["--fail-on", "browse/p99:+10%"], 2, "no result has an operation `browse`");
    let dyno = Dyno::new();
    let none = dyno.run(&["compare", "gone.json", "gone.json"]);
    assert!(none.code == 2 && none.stderr.contains("there is no file `gone.json`"), "{none:?}");
    for runs in [&[][..], &["a"]] {
        let few = dyno.run(&[&["compare"], runs].concat());
        assert!(few.code == 2 && few.stderr.contains("a baseline and a candidate"), "{few:?}");
    }
    let twice = dyno.run(&["compare", "-", "-"]);
    assert!(twice.code == 2, "{twice:?}");
}

#[test]
fn what_is_not_alike_is_incomparable() {
    check(WRK, OHA, &[], 4, "measure both with one tool");
    check(WRK, OHA, &["--allow-incomparable"], 0, "wrk");
    check(WRK, &WRK.replace("8 connections", "16 connections"), &[], 4, "connections");
    let hyperfine =
        |command: &str| format!(r#"{{"results":[{}]}}"#, ["x", command].map(command_result).join(","));
    let one = |command: &str| {
        format!(r#"{{"results":[{},{}]}}"#, command_result(command), command_result(&format!("{command}2")))
    };
    check(&hyperfine("a"), &hyperfine("b"), &["--fail-on", "x/p50:+5%"], 0, "x");
    check(&one("a"), &one("b"), &[], 4, "compare results of the same operations");
}

/// One command as hyperfine writes it.
fn command_result(command: &str) -> String {
    let times: Vec<String> = (0..50).map(|run| format!("1.0{run}")).collect();
    let codes = vec!["0"; 50].join(",");
    format!(r#"{{"command":"{command}","mean":1.02,"times":[{}],"exit_codes":[{codes}]}}"#, times.join(","))
}

#[test]
fn a_side_without_samples_is_never_a_pass() {
    let empty = r#"{"iters":[],"times":[]}"#;
    let some = r#"{"iters":[1,1,1],"times":[5,6,7]}"#;
    check(some, empty, &["--fail-on", "p50:+10%", "--strict"], 3, "the candidate has no value of `p50`");
    check(empty, empty, &["--strict"], 3, "no number that both results have");
    // hey writes NaN where nothing was answered.
    check(HEY, HEY_REFUSED, &["--fail-on", "errors:+0.1pp"], 1, "errors:+0.1pp");
    check(HEY, HEY_REFUSED, &[], 4, "with errors");
}

/// A played run as JSON.
fn played() -> (Dyno, Value) {
    let (dyno, target) = (Dyno::new(), Target::start());
    let done = dyno.http(&target, &[&CALM[..], &["--name", "shop"]].concat(), CALM_PATH);
    assert!(done.is_played(), "{done:?}");
    let mut record = dyno.latest();
    // A busy machine may have spoiled it, which is not the subject here; the store is to know the mended one only.
    record["validity"] = json!({ "state": "valid", "reasons": [] });
    keep_instead(&dyno, &record);
    (dyno, record)
}

/// Makes the store know a run as it is here.
fn keep_instead(dyno: &Dyno, record: &Value) {
    assert_eq!(dyno.run(&["runs", "rm", record["id"].as_str().unwrap()]).code, 0);
    std::fs::write(dyno.path("mended.json"), record.to_string()).unwrap();
    assert_eq!(dyno.run(&["runs", "import", "mended.json"]).code, 0);
}

#[test]
fn invalid_runs_are_no_pass() {
    let (dyno, mut record) = played();
    let reason =
        json!({ "code": "generator_saturated", "state": "invalid", "detail": "all threads were busy" });
    record["validity"] = json!({ "state": "invalid", "reasons": [reason] });
    keep_instead(&dyno, &record);
    std::fs::write(dyno.path("other.json"), session(&record, 1).to_string()).unwrap();
    for flags in [&[][..], &["--on-inconclusive", "pass"], &["--fail-on", "p50:+900%"]] {
        let done = dyno.run(&[&["compare", "latest", "other.json", "--no-store"], flags].concat());
        assert_eq!(done.code, 3, "{flags:?} {done:?}");
        assert!(done.stdout.contains("invalid") && done.stderr.contains("play"), "{done:?}");
    }
}

/// The same run at another time, with another id.
fn session(record: &Value, number: usize) -> Value {
    let mut other = record.clone();
    let id = record["id"].as_str().unwrap();
    other["id"] = json!(format!("{}{}", &id[..id.len() - 2], 10 + number));
    other["started_at"] = json!(format!("2026-01-01T00:00:{:02}Z", number));
    other
}

#[test]
fn stored_runs_are_found_by_name_and_kept_as_a_comparison() {
    let (dyno, record) = played();
    std::fs::write(dyno.path("old.json"), session(&record, 1).to_string()).unwrap();
    assert_eq!(dyno.run(&["runs", "import", "old.json"]).code, 0);
    let done = dyno.run(&["compare", "shop@-1", "shop", "--json", "-o", "out.md"]);
    assert_eq!(done.code, 0, "{done:?}");
    let comparison: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(comparison["schema"], "dyno-comparison/1");
    assert_eq!((&comparison["name"], &comparison["arms"][0]["label"]), (&json!("shop"), &json!("shop@-1")));
    assert_eq!(comparison["arms"][1]["run_id"], record["id"]);
    assert_eq!(
        comparison["gate"]["state"], "inconclusive",
        "a run is not worse than itself, which two runs do not prove"
    );
    assert!(
        comparison["rows"].as_array().unwrap().iter().all(|row| row["change"]["point"].as_f64() == Some(0.0))
    );
    assert!(dyno.path("out.md").exists());
    let shown = dyno.run(&["runs", "show", "latest-comparison", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&shown.stdout).unwrap()["id"], comparison["id"]);
}

#[test]
fn stored_sessions_and_bundles_make_better_evidence() {
    let (dyno, record) = played();
    let mut sessions: Vec<Value> = (0..12).map(|number| session(&record, number)).collect();
    for (number, session) in sessions.iter_mut().enumerate() {
        let p50 = session["response_time_ns"]["p50"].as_u64().unwrap();
        session["response_time_ns"]["p50"] = json!(p50 + 100_000 * (number as u64 % 4));
    }
    let bundle = |runs: &[Value]| json!({ "schema": "dyno-runs/1", "runs": runs }).to_string();
    std::fs::write(dyno.path("all.json"), bundle(&sessions)).unwrap();
    assert_eq!(dyno.run(&["runs", "import", "all.json"]).code, 0);
    assert_eq!(dyno.run(&["runs", "rm", record["id"].as_str().unwrap()]).code, 0);
    let evidence = |arguments: &[&str]| {
        let done = dyno.run(&[&["compare", "--json", "--no-store"], arguments].concat());
        let comparison: Value = serde_json::from_str(&done.stdout).unwrap_or_else(|_| panic!("{done:?}"));
        let rows = comparison["rows"].as_array().unwrap();
        let p50 = rows.iter().find(|row| row["metric"] == "p50" && row["operation"].is_null()).unwrap();
        (p50["evidence"].as_str().unwrap().to_owned(), p50["replicates"].as_u64())
    };
    assert_eq!(
        evidence(&["shop@-1", "shop"]),
        ("E2".to_owned(), Some(12)),
        "eleven stored sessions and the new one"
    );
    std::fs::write(dyno.path("a.json"), bundle(&sessions[..6])).unwrap();
    std::fs::write(dyno.path("b.json"), bundle(&sessions[6..])).unwrap();
    assert_eq!(evidence(&["a.json", "b.json"]), ("E3".to_owned(), Some(12)));
}

#[test]
fn a_calibrated_machine_knows_its_noise() {
    let (dyno, record) = played();
    let mut slower = session(&record, 1);
    let p50 = record["response_time_ns"]["p50"].as_u64().unwrap();
    slower["response_time_ns"]["p50"] = json!(p50 * 3 / 2);
    let noise = json!({ "noise": { "sigma_round": 0.01, "sigma_session": 0.01 } });
    let profile = json!({
        "schema": "dyno-profile/1", "id": "this", "match": { "fingerprint": [record["environment"]["fingerprint"]] },
        "calibration": { "at": record["started_at"], "valid_days": 30 },
        "plans": { "shop": { "metrics": { "p50": noise } } },
    });
    for (name, value) in [("a.json", &record), ("b.json", &slower), ("profile.json", &profile)] {
        std::fs::write(dyno.path(name), value.to_string()).unwrap();
    }
    let done =
        dyno.run(&["compare", "a.json", "b.json", "--no-store", "--json", "--profile", "profile.json"]);
    assert_eq!(done.code, 1, "{done:?}");
    let comparison: Value = serde_json::from_str(&done.stdout).unwrap();
    let rows = comparison["rows"].as_array().unwrap();
    let p50 = rows.iter().find(|row| row["metric"] == "p50").unwrap();
    assert_eq!((&p50["evidence"], &p50["verdict"]), (&json!("E1"), &json!("regressed")), "{p50}");
    let unknown = dyno.run(&["compare", "a.json", "b.json", "--no-store"]);
    assert_eq!(unknown.code, 0, "without the profile nothing is known: {unknown:?}");
}

#[test]
fn a_profile_of_other_hardware_is_refused_when_it_is_asked_for() {
    let (dyno, record) = played();
    let profile = json!({
        "schema": "dyno-profile/1", "id": "other", "match": { "fingerprint": ["fp1:0123456789abcdef"] },
        "plans": { "*": { "metrics": { "p50": { "noise": { "sigma_round": 0.01, "sigma_session": 0.01 } } } } },
    });
    for (name, value) in [("a.json", &record), ("b.json", &session(&record, 1)), ("other.json", &profile)] {
        std::fs::write(dyno.path(name), value.to_string()).unwrap();
    }
    let done = dyno.run(&["compare", "a.json", "b.json", "--no-store", "--profile", "other.json"]);
    let here = record["environment"]["fingerprint"].as_str().unwrap();
    assert_eq!(done.code, 2, "{done:?}");
    assert!(
        done.stderr.contains("`other.json` is for other machines") && done.stderr.contains(here),
        "{done:?}"
    );
}

#[test]
fn a_run_beside_itself_is_no_comparison() {
    let (dyno, record) = played();
    let id = record["id"].as_str().unwrap();
    let done = dyno.run(&["compare", "latest", id, "--no-store"]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.stderr.contains(&format!("`latest` and `{id}` are the same run, {id}")), "{done:?}");
}

#[test]
fn another_machine_is_another_matter() {
    let (dyno, record) = played();
    let mut other = record.clone();
    other["environment"]["identity"]["cpu_model"] = json!("none of ours");
    std::fs::write(dyno.path("other.json"), other.to_string()).unwrap();
    let done = dyno.run(&["compare", "latest", "other.json", "--no-store"]);
    assert_eq!(done.code, 4, "{done:?}");
    let all = format!("{}{}", done.stdout, done.stderr);
    assert!(all.contains("cpu_model") && all.contains("dyno compare --run"), "{all}");
    let read = dyno.run(&["compare", "latest", "other.json", "--no-store", "--allow-incomparable"]);
    assert_eq!(read.code, 0, "{read:?}");
}

#[test]
fn a_result_may_come_from_the_standard_input() {
    use std::io::Write;
    use std::process::Stdio;
    let dyno = Dyno::new();
    std::fs::write(dyno.path("a"), WRK).unwrap();
    let mut command = dyno.command(&["compare", "a", "-", "--no-store", "--fail-on", "p99:+10%"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(slower_wrk().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.code() == Some(1) && said.contains("standard input"), "{output:?}");
}
