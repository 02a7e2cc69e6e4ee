//! Revisions of a small repository: commits, the working tree, builds that fail and builds that are there.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Recipe, Revisions, SNAPSHOT, git};
use crate::contest::ArmSpec;
use crate::play::signals::Interrupts;

/// A repository with two commits in the folder `repository`, and a place for a store.
fn repository(directory: &TempDir) -> Revisions {
    let root = directory.path().join("repository");
    std::fs::create_dir_all(root.join("service")).unwrap();
    let run = |arguments: &[&str]| git(&root, arguments, &SNAPSHOT).unwrap();
    run(&["init", "--quiet", "--initial-branch", "main"]);
    for (version, tag) in [("one", "first"), ("two", "second")] {
        std::fs::write(root.join("service/version"), version).unwrap();
        run(&["add", "--all"]);
        run(&["commit", "--quiet", "--message", version]);
        run(&["tag", tag]);
    }
    let cache = directory.path().join("builds");
    std::fs::create_dir_all(&cache).unwrap();
    Revisions { root, below: "service".into(), cache }
}

fn side(revisions: &Revisions, revision: &str, build: Option<&str>) -> Result<ArmSpec, String> {
    built(revisions, revision, &Recipe { build, builds: 1, start: "cat version" })
}

fn built(revisions: &Revisions, revision: &str, recipe: &Recipe<'_>) -> Result<ArmSpec, String> {
    let interrupts = Interrupts::listen().unwrap();
    let ready = "http://127.0.0.1:{port}/".to_owned();
    let side = revisions.side(revision, recipe, ready, &interrupts);
    side.map_err(|error| {
        format!("{error}: {}", std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default())
    })
}

fn directory_of(spec: &ArmSpec) -> &Path {
    let ArmSpec::Command { directory: Some(directory), .. } = spec else { panic!("{spec:?}") };
    directory
}

fn version(spec: &ArmSpec) -> String {
    std::fs::read_to_string(directory_of(spec).join("version")).unwrap()
}

#[test]
fn each_revision_has_its_own_directory_of_one_length() {
    let directory = TempDir::new().unwrap();
    let revisions = repository(&directory);
    let (a, b) = (side(&revisions, "first", None).unwrap(), side(&revisions, "main", None).unwrap());
    assert_eq!((version(&a).as_str(), version(&b).as_str()), ("one", "two"));
    assert_eq!(directory_of(&a).as_os_str().len(), directory_of(&b).as_os_str().len());
    assert!(directory_of(&a).ends_with("service"), "the user stands in a folder of the repository");
    assert!(a.label().starts_with("first ("), "{}", a.label());
}

#[test]
fn the_working_tree_is_taken_as_it_is_and_left_alone() {
    let directory = TempDir::new().unwrap();
    let revisions = repository(&directory);
    let clean = side(&revisions, ".", None).unwrap();
    assert_eq!(
        directory_of(&clean),
        directory_of(&side(&revisions, "second", None).unwrap()),
        "nothing was changed"
    );
    std::fs::write(revisions.root.join("service/version"), "three").unwrap();
    std::fs::write(revisions.root.join("service/new"), "not known to git").unwrap();
    let status = || git(&revisions.root, &["status", "--porcelain"], &[]).unwrap();
    let before = status();
    let (changed, again) = (side(&revisions, ".", None).unwrap(), side(&revisions, ".", None).unwrap());
    assert_eq!(version(&changed), "three");
    assert!(directory_of(&changed).join("new").exists());
    assert_eq!(directory_of(&changed), directory_of(&again), "equal trees are one checkout");
    assert_eq!(status(), before);
}

#[test]
fn a_revision_is_built_once_and_again_when_the_command_changes() {
    let directory = TempDir::new().unwrap();
    let revisions = repository(&directory);
    let count = "echo built >> builds";
    let builds =
        |spec: &ArmSpec| std::fs::read_to_string(directory_of(spec).join("builds")).unwrap().lines().count();
    for (command, expected) in [(count, 1), (count, 1), ("echo other >> builds", 2)] {
        let built = side(&revisions, "first", Some(command)).unwrap();
        assert_eq!(builds(&built), expected, "{command}");
    }
}

#[test]
fn a_build_that_fails_says_what_it_said() {
    let directory = TempDir::new().unwrap();
    let revisions = repository(&directory);
    let error = side(&revisions, "first", Some("echo no such library; exit 3")).unwrap_err();
    assert!(error.contains("exit status: 3") && error.contains("no such library"), "{error}");
    assert!(
        side(&revisions, "first", Some("echo no such library; exit 3")).is_err(),
        "it does not count as built"
    );
}

#[test]
fn an_unknown_revision_is_a_mistake_of_the_command_line() {
    let directory = TempDir::new().unwrap();
    let revisions = repository(&directory);
    for wrong in ["nowhere", "--help", "first:service"] {
        let error = side(&revisions, wrong, None).unwrap_err();
        assert!(error.starts_with(&format!("there is no revision `{wrong}`")), "{error}");
    }
}

#[test]
fn old_checkouts_are_forgotten_and_used_ones_are_not() {
    let directory = TempDir::new().unwrap();
    let revisions = repository(&directory);
    let used = side(&revisions, "first", None).unwrap();
    for number in 0..12 {
        std::fs::write(revisions.root.join("service/version"), number.to_string()).unwrap();
        side(&revisions, ".", None).unwrap();
    }
    revisions.forget_old(&[&used]);
    let left =
        std::fs::read_dir(&revisions.cache).unwrap().filter(|e| e.as_ref().unwrap().path().is_dir()).count();
    assert!((10..=11).contains(&left), "{left}");
    assert!(directory_of(&used).exists());
    side(&revisions, ".", None).unwrap();
}

#[test]
fn a_revision_may_be_built_several_times() {
    let directory = TempDir::new().unwrap();
    let revisions = repository(&directory);
    let recipe = Recipe { build: Some("echo {build} >> number"), builds: 3, start: "cat number" };
    let side = built(&revisions, "first", &recipe).unwrap();
    let ArmSpec::Command { directory: Some(first), rebuilt, .. } = &side else { panic!("{side:?}") };
    let directories: Vec<&Path> = std::iter::once(first).chain(rebuilt).map(PathBuf::as_path).collect();
    let numbers = |again: &str| {
        let number = |path: &&Path| std::fs::read_to_string(path.join("number")).unwrap();
        let all: Vec<String> = directories.iter().map(number).collect();
        assert_eq!(all, ["1\n", "2\n", "3\n"], "{again}");
    };
    numbers("each build has its number");
    let lengths: Vec<usize> = directories.iter().map(|path| path.as_os_str().len()).collect();
    assert!(lengths.iter().all(|length| *length == lengths[0]), "{directories:?}");
    assert_eq!(side.builds(), 3);
    built(&revisions, "first", &recipe).unwrap();
    numbers("what was built is not built again");
    revisions.forget_old(&[&side]);
    numbers("what is used is kept");
}
