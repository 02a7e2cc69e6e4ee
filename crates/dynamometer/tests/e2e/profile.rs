//! Profiles as people write them: files in both places, variables on top, mistakes with exit code 2.

use serde_json::{Value, json};

use crate::schema::violations;
use crate::support::{Dyno, Finished};

/// A repository with limits for the plan `checkout`, and a machine with a local profile.
fn dyno() -> Dyno {
    let dyno = Dyno::new();
    let team = json!({
        "schema": "dyno-profile/1",
        "id": "team",
        "plans": {
            "*": { "metrics": { "p99": { "tolerance": { "rel": 0.2 } } } },
            "checkout": { "metrics": { "p99": { "limit": { "op": "<=", "value": 20_000_000 }, "gate": "both" } } },
        },
    });
    let local = json!({ "schema": "dyno-profile/1", "id": "mine", "plans": { "*": { "metrics": { "p99": { "tolerance": { "abs": 1_000_000 } } } } } });
    for (file, value) in [("dyno-profiles/team.json", team), ("profiles/mine.json", local)] {
        let file = dyno.path(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, value.to_string()).unwrap();
    }
    dyno
}

fn explain(dyno: &Dyno, flags: &[&str], variables: &[(&str, &str)]) -> Finished {
    let arguments = [&["profile", "explain", "checkout", "p99"], flags].concat();
    let output = dyno.command(&arguments).envs(variables.iter().copied()).output().unwrap();
    Finished {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// What counts of a property.
fn value(done: &Finished, property: &str) -> String {
    let explained: Value = serde_json::from_str(&done.stdout).unwrap_or_else(|_| panic!("{done:?}"));
    let properties = explained["cells"][0]["properties"].as_array().unwrap();
    properties.iter().find(|one| one["property"] == property).unwrap()["value"].as_str().unwrap().to_owned()
}

#[test]
fn files_and_variables_lie_over_each_other() {
    let dyno = dyno();
    let done = explain(&dyno, &["--json"], &[]);
    assert_eq!(
        (value(&done, "tolerance"), value(&done, "limit")),
        ("20 % or 1.00 ms".to_owned(), "≤ 20.0 ms".to_owned())
    );
    let variables = [("DYNO_PERF_OVERRIDE", "p99<=25ms~15%"), ("DYNO_PERF_TOLERANCE_SCALE", "2")];
    let done = explain(&dyno, &["--json"], &variables);
    assert_eq!(
        (value(&done, "tolerance"), value(&done, "limit")),
        ("30 % or 2.00 ms".to_owned(), "≤ 25.0 ms".to_owned())
    );
    let shown: Value = serde_json::from_str(&done.stdout).unwrap();
    assert!(
        shown["overrides"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["loosens"] == true || one["source"] == "DYNO_PERF_OVERRIDE#1")
    );
    let frozen = explain(&dyno, &["--json", "--frozen"], &variables);
    assert_eq!(
        (value(&frozen, "tolerance"), value(&frozen, "limit")),
        ("20 % or 50.0 µs".to_owned(), "≤ 20.0 ms".to_owned())
    );
}

#[test]
fn a_profile_is_chosen_by_file_or_by_name() {
    let dyno = dyno();
    std::fs::write(dyno.path("other.json"), r#"{"schema":"dyno-profile/1","id":"other"}"#).unwrap();
    let tolerance =
        |flags: &[&str], variables: &[(&str, &str)]| value(&explain(&dyno, flags, variables), "tolerance");
    assert_eq!(tolerance(&["--json", "--profile", "other.json"], &[]), "20 % or 50.0 µs");
    assert_eq!(tolerance(&["--json"], &[("DYNO_PERF_PROFILE", "other.json")]), "20 % or 50.0 µs");
    assert_eq!(tolerance(&["--json"], &[("DYNO_PERF_PROFILE", "mine")]), "20 % or 1.00 ms");
    let unknown = explain(&dyno, &[], &[("DYNO_PERF_PROFILE", "yours")]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(unknown.stderr.contains("`yours`") && unknown.stderr.contains("mine, team"), "{unknown:?}");
}

#[test]
fn mistakes_end_with_2_and_say_all() {
    let dyno = dyno();
    for (variables, said) in [
        (vec![("DYNO_PERF_OVERRIDE", "chekout@p99=off")], "did you mean `checkout`?"),
        (vec![("DYNO_PERF_SET__CHECKOUT__COLOUR", "=off")], "unknown metric"),
        (vec![("DYNO_PERF_TOLERANCE_SCALE", "no")], "`no` is no factor"),
    ] {
        let done = explain(&dyno, &[], &variables);
        assert_eq!(done.code, 2, "{done:?}");
        assert!(done.stderr.contains(said), "{done:?}");
    }
    let lenient = [("DYNO_PERF_OVERRIDE", "chekout@p99=off"), ("DYNO_PERF_OVERRIDE_LENIENT", "1")];
    let done = explain(&dyno, &[], &lenient);
    assert!(done.code == 0 && done.stderr.contains("warning"), "{done:?}");
    let denied = explain(&dyno, &["--deny-overrides"], &[("DYNO_PERF_OVERRIDE", "p99=off")]);
    assert_eq!(denied.code, 2, "{denied:?}");
    let elsewhere =
        r#"{"schema":"dyno-profile/1","match":{"fingerprint":["fp1:0123456789abcdef"]},"plans":{}}"#;
    std::fs::write(dyno.path("elsewhere.json"), elsewhere).unwrap();
    let other = explain(&dyno, &["--profile", "elsewhere.json"], &[]);
    assert!(other.code == 2 && other.stderr.contains("`elsewhere.json` is for other machines"), "{other:?}");
    std::fs::write(dyno.path("bad.json"), r#"{"schema":"dyno-profile/1","plan":1,"policy":{"budget":"x"}}"#)
        .unwrap();
    let bad = explain(&dyno, &["--profile", "bad.json"], &[]);
    assert!(
        bad.code == 2 && bad.stderr.contains("/plan ") && bad.stderr.contains("/policy/budget"),
        "{bad:?}"
    );
}

#[test]
fn the_schema_fits_what_is_read() {
    let dyno = dyno();
    let schema: Value = serde_json::from_str(&dyno.run(&["schema", "profile"]).stdout).unwrap();
    for file in ["dyno-profiles/team.json", "profiles/mine.json"] {
        let value: Value = serde_json::from_str(&std::fs::read_to_string(dyno.path(file)).unwrap()).unwrap();
        assert_eq!(violations(&schema, &value), Vec::<String>::new(), "{file}");
    }
    let deleting =
        json!({ "schema": "dyno-profile/1", "plans": { "*": { "!replace": { "metrics": null } } } });
    assert_eq!(violations(&schema, &deleting), Vec::<String>::new());
    let wrong = json!({ "schema": "dyno-profile/1", "plan": {} });
    assert_eq!(violations(&schema, &wrong).len(), 1);
}

#[test]
fn the_doctor_says_whether_this_machine_can_gate() {
    let dyno = dyno();
    let elsewhere = json!({
        "schema": "dyno-profile/1", "id": "elsewhere", "match": { "fingerprint": ["fp1:0"] },
        "calibration": { "at": "2026-01-01T00:00:00Z", "certificate": { "gates": 20, "false_alarms": 0, "upper95": 0.14 } },
    });
    std::fs::write(dyno.path("profiles/elsewhere.json"), elsewhere.to_string()).unwrap();
    let done = dyno.run(&["doctor", "--json"]);
    let said: Value = serde_json::from_str(&done.stdout).unwrap_or_else(|_| panic!("{done:?}"));
    let checks = said["gate"].as_array().unwrap();
    let names: Vec<&str> = checks.iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["cores_for_both", "stolen_time", "throttling", "fixed_work", "power", "certificate"]);
    assert_eq!(checks[5]["seen"], "of other hardware");
    let shown = dyno.run(&["doctor"]).stdout;
    assert!(shown.contains("Can this machine gate?") && shown.contains("certificate"), "{shown}");
}
