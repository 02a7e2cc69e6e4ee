//! The ready-made files for build servers: their scripts run in a real shell, and what they say to `dyno` is what the
//! command line accepts.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser;
use serde_json::Value;

use super::{Cli, Command as Asked, compare::CompareArgs};

fn read(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/ci").join(path);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_saphyr::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// What a shell makes of a script: the words that it gives to `dyno`, with its exit code and its folder.
struct Played {
    words: Vec<String>,
    code: Option<i32>,
    directory: tempfile::TempDir,
}

impl Played {
    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.directory.path().join(name)).unwrap_or_default()
    }

    /// The words as the command line reads them; a mistake fails the test.
    fn compare(&self) -> CompareArgs {
        let words = std::iter::once("dyno").chain(self.words.iter().map(String::as_str));
        match Cli::try_parse_from(words).unwrap_or_else(|e| panic!("{:?}: {e}", self.words)).command {
            Asked::Compare(args) => *args,
            other => panic!("{other:?}"),
        }
    }
}

/// Runs a script with bash, as build servers do, with a `dyno` that writes down its words and ends with `code`.
fn play(script: &str, variables: &[(&str, &str)], code: i32) -> Played {
    let directory = tempfile::tempdir().unwrap();
    let fake = format!(
        "set -eo pipefail\ndyno() {{ printf '%s\\0' \"$@\" > words; mkdir -p out; echo '## report' > out/comparison.md; return {code}; }}\n"
    );
    let status = Command::new("bash")
        .args(["--noprofile", "--norc", "-c", &format!("{fake}{script}")])
        .current_dir(directory.path())
        .envs(variables.iter().copied())
        .env("GITHUB_OUTPUT", directory.path().join("output"))
        .env("GITHUB_STEP_SUMMARY", directory.path().join("summary"))
        .status()
        .unwrap();
    let words = std::fs::read_to_string(directory.path().join("words")).unwrap();
    let words = words.split_terminator('\0').map(str::to_owned).collect();
    Played { words, code: status.code(), directory }
}

/// The step of the action that compares, with the defaults of all inputs as its variables.
fn action(inputs: &[(&str, &str)], code: i32) -> Played {
    let action = read("github/action.yml");
    let steps = action["runs"]["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["id"] == "compare").unwrap();
    let mut variables: Vec<(String, String)> = Vec::new();
    for (variable, source) in step["env"].as_object().unwrap() {
        let source = source.as_str().unwrap();
        let input = source.strip_prefix("${{ inputs.").and_then(|rest| rest.strip_suffix(" }}"));
        let input = input.unwrap_or_else(|| panic!("{variable} is no input: {source}"));
        let declared = &action["inputs"][input];
        assert!(declared.is_object(), "there is no input `{input}`");
        let given = inputs.iter().find(|(name, _)| *name == input).map(|(_, value)| *value);
        let value = given.or(declared["default"].as_str()).unwrap_or_default();
        variables.push((variable.clone(), value.to_owned()));
    }
    let variables: Vec<(&str, &str)> = variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    play(step["run"].as_str().unwrap(), &variables, code)
}

#[test]
fn the_action_compares_base_and_head() {
    let inputs = [
        ("base", "0123abc"),
        ("build", "cargo build --release"),
        ("start", "./target/release/app --port {port}"),
        ("plan", "load/smoke plan.yaml"),
        ("fail-on", "p99:+10%\nerrors:+0.1pp\n"),
        ("strict", "true"),
        ("output", "out"),
    ];
    let played = action(&inputs, 0);
    let args = played.compare();
    assert_eq!((args.contest.run, args.contest.a_rev.as_deref()), (true, Some("0123abc")));
    assert_eq!(args.contest.b_rev.as_deref(), Some("."));
    assert_eq!(args.contest.build.as_deref(), Some("cargo build --release"));
    assert_eq!(args.contest.start.as_deref(), Some("./target/release/app --port {port}"));
    assert_eq!(args.contest.ready, ["http://127.0.0.1:{port}/"]);
    assert_eq!(args.gate.fail_on, ["p99:+10%", "errors:+0.1pp"]);
    assert!(args.gate.strict);
    assert_eq!(args.runs, ["load/smoke plan.yaml"]);
    let kinds: Vec<PathBuf> =
        ["html", "json", "md", "xml"].map(|e| format!("out/comparison.{e}").into()).into();
    assert_eq!(args.output.outputs, kinds);
    assert_eq!(played.file("summary"), "## report\n");
}

#[test]
fn the_action_hands_the_exit_code_on() {
    for code in [0, 1, 3, 5] {
        let played = action(&[("base", "main"), ("start", "app"), ("output", "out")], code);
        assert_eq!(played.code, Some(code));
        assert_eq!(played.file("output"), format!("exit-code={code}\n"));
        assert!(
            !played.file("summary").is_empty(),
            "the report of a failed comparison is the one that is wanted"
        );
        let args = played.compare();
        assert!(args.gate.fail_on.is_empty() && !args.gate.strict && args.runs.is_empty());
    }
}

#[test]
fn odd_names_are_words_and_never_commands() {
    let odd = "x; touch pwned; $(touch pwned) \" ' `touch pwned`";
    let played = action(&[("base", odd), ("start", odd), ("fail-on", odd), ("output", "out")], 0);
    assert_eq!(played.compare().contest.a_rev.as_deref(), Some(odd));
    assert!(!played.directory.path().join("pwned").exists());
}

#[test]
fn the_workflow_uses_the_action_as_it_is() {
    let (workflow, action) = (read("github/compare.yml"), read("github/action.yml"));
    let steps = workflow["jobs"]["compare"]["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["uses"].as_str().unwrap().contains("deploy/ci/github")).unwrap();
    let given = step["with"].as_object().unwrap();
    for name in given.keys() {
        assert!(action["inputs"][name].is_object(), "the action has no input `{name}`");
    }
    for (name, input) in action["inputs"].as_object().unwrap() {
        assert!(input["required"] != true || given.contains_key(name), "`{name}` is missing");
    }
    assert_eq!(steps[0]["with"]["fetch-depth"], 0, "without it the base is not there");
    assert_eq!(action["runs"]["using"], "composite");
}

#[test]
fn the_job_of_gitlab_compares_as_well() {
    let job = &read("gitlab/compare.gitlab-ci.yml")["performance"];
    let declared = job["variables"].as_object().unwrap();
    let mut variables: Vec<(&str, &str)> =
        declared.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
    variables.push(("CI_MERGE_REQUEST_DIFF_BASE_SHA", "0123abc"));
    let script: Vec<&str> =
        job["script"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let args = play(&script.join("\n"), &variables, 0).compare();
    assert_eq!(args.contest.a_rev.as_deref(), Some("0123abc"));
    assert_eq!(args.gate.fail_on, ["p99:+10%", "errors:+0.1pp"]);
    assert_eq!(args.runs, ["load/smoke.yaml"]);
    assert_eq!(job["artifacts"]["reports"]["junit"], "comparison.xml");
}
