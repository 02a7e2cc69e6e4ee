//! Files that a run writes, and what happens when they cannot be written.

use crate::support::{CALM, CALM_PATH, Dyno, Target, eventually};

#[test]
fn extensions_say_what_is_written() {
    let (dyno, target) = (Dyno::new(), Target::start());
    let files =
        ["a.html", "a.json", "a.md", "a.csv", "a.intervals.csv", "a.xml", "a.hgrm", "a.hlog", "a.prom"];
    let flags: Vec<&str> = files.iter().flat_map(|file| ["-o", file]).chain(CALM).collect();
    assert!(dyno.http(&target, &flags, CALM_PATH).is_played());
    for file in files {
        assert!(std::fs::metadata(dyno.path(file)).unwrap().len() > 0, "{file} is empty");
    }
    // The same again from the store.
    for file in files {
        let first = std::fs::read(dyno.path(file)).unwrap();
        assert_eq!(dyno.run(&["report", "latest", "-o", &format!("again-{file}")]).code, 0);
        assert!(first == std::fs::read(dyno.path(&format!("again-{file}"))).unwrap(), "{file} differs");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_70_and_keeps_the_run() {
    let (dyno, target) = (Dyno::new(), Target::start());
    std::os::unix::fs::symlink("/dev/full", dyno.path("full.html")).unwrap();
    let done = eventually(70, || dyno.http(&target, &[&CALM[..], &["-o", "full.html"]].concat(), CALM_PATH));
    assert!(done.stderr.contains("cannot write the HTML report `full.html`"), "{}", done.stderr);
    assert!(done.stderr.contains("No space left"), "{}", done.stderr);
    assert_eq!(dyno.latest()["state"], "finished");
}

#[test]
fn templates_are_written_once_and_can_be_played() {
    let dyno = Dyno::new();
    assert_eq!(dyno.run(&["init", "quick"]).code, 0);
    assert!(dyno.path("dyno-plan.schema.json").exists());
    let again = dyno.run(&["init", "quick"]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
    assert_eq!(dyno.run(&["init", "quick", "--force"]).code, 0);
    let dry = dyno.run(&["run", "quick.yaml", "--dry-run"]);
    assert_eq!(dry.code, 0, "{}", dry.stderr);
    assert!(dry.stdout.contains("(line "), "origins are named: {}", dry.stdout);
}

#[test]
fn manual_pages_and_completions_are_made() {
    let dyno = Dyno::new();
    assert_eq!(dyno.run(&["man", "--dir", "man"]).code, 0);
    assert!(dyno.path("man/dyno-http.1").exists());
    for shell in ["bash", "zsh", "fish"] {
        let done = dyno.run(&["completions", shell]);
        assert!(done.code == 0 && done.stdout.contains("dyno"), "{shell}");
    }
}
