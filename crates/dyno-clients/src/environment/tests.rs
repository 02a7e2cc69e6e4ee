use std::os::unix::fs::PermissionsExt;

use super::{EnvironmentError, Environments};
use crate::contender::{Contender, contenders, select};

fn environments() -> (tempfile::TempDir, Environments) {
    let folder = tempfile::tempdir().expect("there is room");
    let environments = Environments::below(folder.path().join("clients"));
    (folder, environments)
}

#[test]
fn a_client_that_is_not_set_up_says_how() {
    let (_folder, environments) = environments();
    let all = contenders();
    let httpx = all.iter().find(|contender| contender.name == "httpx").expect("it ships");
    assert!(!environments.is_set_up(httpx));
    let error = environments.spawn(httpx).expect_err("it is not set up");
    assert_eq!(error.to_string(), "`httpx` is not set up; `dyno clients setup httpx`");
}

#[test]
fn clients_without_requirements_need_no_set_up() {
    let (_folder, environments) = environments();
    let all = contenders();
    let stdlib =
        all.iter().find(|client| client.lang == "python" && client.requires.is_empty()).expect("one ships");
    let spawn = environments.spawn(stdlib).expect("python is here");
    let worker = std::path::Path::new(&spawn.arguments[0]);
    assert!(
        worker.is_file() && worker.parent().is_some_and(|folder| folder.ends_with("workers")),
        "{spawn:?}"
    );
    assert!(spawn.environment.iter().any(|(name, _)| name == "PYTHONPATH"));
}

#[test]
fn a_set_up_that_fails_shows_the_installers_words() {
    let (folder, environments) = environments();
    let file = folder.path().join("mine.py");
    let header = "# /// script\n# dependencies = [\"/nowhere/there-is-no-such-package-0.0.whl\"]\n# ///\n";
    std::fs::write(&file, header).expect("there is room");
    let mine = &select(&file.to_string_lossy(), "sync").expect("it is a worker")[0].contender;
    assert_eq!(mine.requires.len(), 1);
    let mut heard = Vec::new();
    let error =
        environments.set_up(mine, &mut |line| heard.push(line.to_owned())).expect_err("there is none");
    assert!(
        matches!(&error, EnvironmentError::Install { tail, .. } if tail.contains("there-is-no-such-package")),
        "{error}"
    );
    assert!(!environments.is_set_up(mine));
    assert_eq!(heard.len(), 1);
}

#[test]
fn any_executable_may_be_a_worker() {
    let (folder, environments) = environments();
    let file = folder.path().join("mine");
    std::fs::write(&file, "#!/bin/sh\n").expect("there is room");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let mine = &select(&file.to_string_lossy(), "sync").expect("it is executable")[0].contender;
    assert_eq!(environments.spawn(mine).expect("it is there").program, mine.file);
}

#[test]
fn the_engine_is_the_program_that_runs_and_needs_no_set_up() {
    let (folder, environments) = environments();
    let engine = contenders().into_iter().find(Contender::is_engine).expect("the list has it");
    assert!(engine.floor && !engine.needs_set_up() && environments.is_set_up(&engine));
    let spawn = environments.spawn(&engine).expect("this program is there");
    assert_eq!(spawn.program, std::env::current_exe().expect("this program is there"));
    assert_eq!((spawn.arguments, spawn.environment), (vec!["worker".into()], Vec::new()));
    assert!(!folder.path().join("clients").exists(), "nothing is unpacked for it");
}
