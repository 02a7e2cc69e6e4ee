//! The files for containers and clusters: what they start is what the binary is, and what was promised of them holds.
//!
//! No engine and no cluster is needed: the files are read, and what they start is started without them. The commands of
//! the image's build are executed by `cargo xtask container`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("cannot read {path}: {error}"))
}

/// The objects of the Kubernetes example, the deployment first.
fn objects() -> Vec<Value> {
    serde_saphyr::from_multiple(&read("deploy/kubernetes.yaml")).unwrap()
}

fn deployment() -> Value {
    objects().remove(0)
}

const CONTAINER: &str = "/spec/template/spec/containers/0";

/// What is at `pointer`, which has to be there.
#[track_caller]
fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    value.pointer(pointer).unwrap_or_else(|| panic!("nothing at {pointer}"))
}

/// The rest of the only line of the container file that starts with this word, in its last stage.
#[track_caller]
fn instruction(word: &str) -> String {
    let text = read("Containerfile");
    let last_stage = text.rsplit("\nFROM ").next().unwrap().to_owned();
    let mut found = last_stage.lines().filter_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
    let rest = found.next().unwrap_or_else(|| panic!("no {word}")).to_owned();
    assert_eq!(found.next(), None, "{word} is there twice");
    rest
}

#[test]
fn deployment_has_the_promised_replicas_and_resources() {
    let deployment = deployment();
    for (pointer, expected) in [
        ("/apiVersion", json!("apps/v1")),
        ("/kind", json!("Deployment")),
        ("/spec/replicas", json!(3)),
        ("/spec/template/spec/containers/0/resources/limits", json!({ "cpu": "500m", "memory": "256Mi" })),
        ("/spec/template/spec/containers/0/resources/requests", json!({ "cpu": "200m", "memory": "128Mi" })),
        ("/spec/template/spec/securityContext/runAsNonRoot", json!(true)),
    ] {
        assert_eq!(at(&deployment, pointer), &expected, "{pointer}");
    }
    assert_eq!(
        at(&deployment, "/spec/selector/matchLabels"),
        at(&deployment, "/spec/template/metadata/labels")
    );
}

#[test]
fn service_leads_from_port_80_to_the_container() {
    let objects = objects();
    assert_eq!(objects.len(), 2);
    let (deployment, service) = (&objects[0], &objects[1]);
    assert_eq!((at(service, "/kind"), at(service, "/spec/type")), (&json!("Service"), &json!("ClusterIP")));
    assert_eq!(at(service, "/spec/ports/0/port"), &json!(80));
    assert_eq!(at(service, "/spec/selector"), at(deployment, "/spec/template/metadata/labels"));
    let port = at(deployment, &format!("{CONTAINER}/ports/0")).clone();
    assert_eq!(at(service, "/spec/ports/0/targetPort"), &port["name"]);
    assert_eq!(port["containerPort"], json!(8080));
}

#[test]
fn image_and_deployment_start_the_same() {
    let command: Value = serde_json::from_str(&instruction("CMD")).unwrap();
    assert_eq!(&command, at(&deployment(), &format!("{CONTAINER}/args")));
    assert_eq!(
        instruction("EXPOSE"),
        at(&deployment(), &format!("{CONTAINER}/ports/0/containerPort")).to_string()
    );
    let entry: Value = serde_json::from_str(&instruction("ENTRYPOINT")).unwrap();
    let copied = instruction("COPY");
    assert_eq!(entry, json!([copied.rsplit(' ').next().unwrap()]), "the entry point is what was copied");
}

#[test]
fn everything_that_the_image_copies_is_there() {
    let text = read("Containerfile");
    let ignored = read(".dockerignore");
    let sources =
        text.lines().filter_map(|line| line.strip_prefix("COPY ")).filter(|line| !line.starts_with("--"));
    let mut count = 0;
    for source in sources.flat_map(|line| line.split(' ').rev().skip(1)) {
        assert!(root().join(source).exists(), "{source} is not there");
        assert!(ignored.lines().any(|line| line == format!("!{source}")), "{source} is ignored");
        count += 1;
    }
    assert!(count >= 4, "only {count} sources");
}

/// A started target that is killed at the latest with its test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

#[test]
fn probes_are_answered_and_the_end_is_in_time() {
    let deployment = deployment();
    let arguments = at(&deployment, &format!("{CONTAINER}/args")).as_array().unwrap().clone();
    let arguments: Vec<&str> = arguments.iter().map(|it| it.as_str().unwrap()).collect();
    // The same, on a free port of loopback.
    let arguments: Vec<String> =
        arguments.iter().map(|it| it.replace("0.0.0.0:8080", "127.0.0.1:0")).collect();
    assert!(arguments.contains(&"127.0.0.1:0".to_owned()), "{arguments:?}");
    let mut child = Command::new(env!("CARGO_BIN_EXE_dyno"))
        .args(&arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map(Started)
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().rsplit("http://").next().unwrap().to_owned();
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
        let path = at(&deployment, &format!("{CONTAINER}/{probe}/httpGet/path")).as_str().unwrap();
        assert_eq!(at(&deployment, &format!("{CONTAINER}/{probe}/httpGet/port")), &json!("http"));
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{probe}: {answer}");
    }
    let process = rustix::process::Pid::from_child(&child.0);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    assert!(child.0.wait().unwrap().success());
    let patience = at(&deployment, "/spec/template/spec/terminationGracePeriodSeconds").as_u64().unwrap();
    assert!(patience > 30, "requests in progress may take 30 s to end");
}

/// A directory with a `dyno` that writes down what it is asked for, makes the files, and ends with code 1.
fn recorder(directory: &Path) -> std::ffi::OsString {
    let program = directory.join("dyno");
    let script = format!(
        "#!/bin/sh\nfor word; do printf '%s\\n' \"$word\"; done > '{}'\n\
         for word; do case \"$word\" in *.md) echo '## FAIL' > \"$word\";; esac; done\nexit 1\n",
        directory.join("asked").display()
    );
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let paths = std::iter::once(directory.to_owned()).chain(std::env::split_paths(&path));
    std::env::join_paths(paths).unwrap()
}

/// What the recorder was asked for, and what the binary says of it: each flag has to be one of its own.
fn asked(directory: &Path) -> Vec<String> {
    let words: Vec<String> =
        std::fs::read_to_string(directory.join("asked")).unwrap().lines().map(str::to_owned).collect();
    let help = Command::new(env!("CARGO_BIN_EXE_dyno")).args(["compare", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for flag in words.iter().filter(|word| word.starts_with("--")) {
        assert!(help.contains(&format!(" {flag}")), "{flag} is no flag of `dyno compare`");
    }
    words
}

#[test]
fn the_action_of_github_asks_as_its_inputs_say_and_keeps_the_code() {
    let directory = tempfile::tempdir().unwrap();
    let action: Value = serde_saphyr::from_str(&read("deploy/ci/github/action.yml")).unwrap();
    let step = at(&action, "/runs/steps/1");
    let script = at(step, "/run").as_str().unwrap();
    let mut command = Command::new("bash");
    // As GitHub runs `shell: bash`.
    command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]).current_dir(&directory);
    command.env("PATH", recorder(directory.path()));
    for name in at(step, "/env").as_object().unwrap().keys() {
        let value = match name.as_str() {
            "FAIL_ON" => "p99:+10%\n\nerrors:+0.1pp\n",
            "BASE" => "main; touch hacked",
            "STRICT" => "true",
            "OUT" => "reports here",
            other => other,
        };
        command.env(name, value);
    }
    let (outputs, summary) = (directory.path().join("outputs"), directory.path().join("summary"));
    let done = command.env("GITHUB_OUTPUT", &outputs).env("GITHUB_STEP_SUMMARY", &summary).output().unwrap();
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    assert_eq!(std::fs::read_to_string(&outputs).unwrap(), "exit-code=1\n");
    assert_eq!(std::fs::read_to_string(&summary).unwrap(), "## FAIL\n");
    let words = asked(directory.path());
    let follows = |flag: &str| -> Vec<&str> {
        words.windows(2).filter(|two| two[0] == flag).map(|two| two[1].as_str()).collect()
    };
    assert_eq!(follows("--a-rev"), ["main; touch hacked"], "a word and never a command");
    assert_eq!(follows("--fail-on"), ["p99:+10%", "errors:+0.1pp"]);
    assert_eq!((follows("--build"), follows("--budget")), (vec!["BUILD"], vec!["BUDGET"]));
    assert_eq!(follows("-o").len(), 4);
    assert!(words.contains(&"--strict".to_owned()) && words.last().unwrap() == "PLAN", "{words:?}");
    assert!(!directory.path().join("hacked").exists());
}

#[test]
fn the_workflow_gives_the_action_inputs_that_it_has() {
    let action: Value = serde_saphyr::from_str(&read("deploy/ci/github/action.yml")).unwrap();
    let workflow: Value = serde_saphyr::from_str(&read("deploy/ci/github/compare.yml")).unwrap();
    let given = at(&workflow, "/jobs/compare/steps/1/with").as_object().unwrap();
    let known = at(&action, "/inputs").as_object().unwrap();
    for name in given.keys() {
        assert!(known.contains_key(name), "the action has no input `{name}`");
    }
    for (name, input) in known.iter().filter(|(_, input)| input["required"] == true) {
        assert!(given.contains_key(name), "the workflow leaves out `{name}`: {input}");
    }
}

#[test]
fn the_job_of_gitlab_asks_what_the_binary_knows() {
    let directory = tempfile::tempdir().unwrap();
    let file: Value = serde_saphyr::from_str(&read("deploy/ci/gitlab/compare.gitlab-ci.yml")).unwrap();
    let lines: Vec<&str> = at(&file, "/performance/script")
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    let mut command = Command::new("sh");
    command.args(["-e", "-c", &lines.join("\n")]).current_dir(&directory);
    command.env("PATH", recorder(directory.path())).env("CI_MERGE_REQUEST_DIFF_BASE_SHA", "abc123");
    for (name, value) in at(&file, "/performance/variables").as_object().unwrap() {
        command.env(name, value.as_str().unwrap());
    }
    let done = command.output().unwrap();
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    let words = asked(directory.path());
    assert!(words.windows(2).any(|two| two == ["--a-rev", "abc123"]), "{words:?}");
    assert!(
        words.windows(2).any(|two| two == ["--start", "./target/release/app --port {port}"]),
        "{words:?}"
    );
    let artifacts = at(&file, "/performance/artifacts/paths").as_array().unwrap();
    let junit = at(&file, "/performance/artifacts/reports/junit").as_str().unwrap();
    for path in artifacts.iter().map(|path| path.as_str().unwrap()).chain([junit]) {
        assert!(words.iter().any(|word| word == path), "`{path}` is kept and never written");
    }
}
