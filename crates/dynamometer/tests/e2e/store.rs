//! `dyno runs`, and stores that cannot be used.

use crate::schema::violations;
use crate::support::{CALM, CALM_PATH, Dyno, Target};

#[test]
fn runs_are_listed_tagged_moved_and_removed() {
    let (dyno, target) = (Dyno::new(), Target::start());
    let flags = [&CALM[..], &["--name", "checkout"]].concat();
    assert!(dyno.http(&target, &flags, CALM_PATH).is_played());
    assert!(dyno.http(&target, &flags, CALM_PATH).is_played());
    let list = dyno.run(&["runs", "list", "--json"]);
    let runs: serde_json::Value = serde_json::from_str(&list.stdout).unwrap();
    assert_eq!(runs.as_array().unwrap().len(), 2);
    assert!(dyno.run(&["runs", "list"]).stdout.contains("checkout"));

    dyno.make_valid("checkout@-1");
    assert_eq!(dyno.run(&["runs", "tag", "checkout@-1", "first"]).code, 0);
    assert_eq!(dyno.run(&["runs", "export", "first", "-o", "run.json"]).code, 0);
    assert_eq!(dyno.run(&["runs", "prune", "--keep", "0"]).code, 0);
    let left = dyno.run(&["runs", "list", "--json"]);
    let left: serde_json::Value = serde_json::from_str(&left.stdout).unwrap();
    assert_eq!(left[0]["tags"][0], "first", "tagged runs are not pruned");
    assert_eq!(dyno.run(&["runs", "rm", "first"]).code, 0);
    assert_eq!(dyno.run(&["runs", "import", "run.json"]).code, 0);
    assert_eq!(dyno.latest()["tags"][0], "first");
}

#[test]
fn a_broken_store_is_a_warning() {
    let (dyno, target) = (Dyno::new(), Target::start());
    std::fs::create_dir_all(dyno.path("store")).unwrap();
    std::fs::write(dyno.store(), b"this is no database, and never was one, whatever its name says").unwrap();
    let done = dyno.http(&target, &CALM, CALM_PATH);
    assert!(done.is_played(), "{}", done.stderr);
    assert!(done.stderr.contains("the run will not be stored"), "{}", done.stderr);
    assert!(done.stdout.contains("50 ok"), "{}", done.stdout);
}

#[test]
fn nothing_is_stored_when_asked_so() {
    let (dyno, target) = (Dyno::new(), Target::start());
    assert!(dyno.http(&target, &[&CALM[..], &["--no-store"]].concat(), CALM_PATH).is_played());
    assert!(!dyno.store().exists());
}

#[test]
fn a_run_full_of_errors_can_never_be_a_baseline() {
    let (dyno, target) = (Dyno::new(), Target::start());
    dyno.http(&target, &[&CALM[..], &["--name", "broken"]].concat(), "/status/503");
    let refused = dyno.run(&["runs", "tag", "broken", "main"]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("can never become a baseline"), "{}", refused.stderr);
    assert!(dyno.http(&target, &[&CALM[..], &["--name", "sound"]].concat(), CALM_PATH).is_played());
    dyno.make_valid("sound");
    assert_eq!(dyno.run(&["runs", "tag", "sound", "main"]).code, 0);
    assert_eq!(dyno.run(&["runs", "untag", "main", "main"]).code, 0);
    assert_eq!(dyno.run(&["runs", "untag", "sound", "main"]).code, 2, "it has no such tag any more");
}

#[test]
fn a_run_is_compared_with_its_baseline() {
    let (dyno, target) = (Dyno::new(), Target::start());
    let flags = [&CALM[..], &["--name", "checkout"]].concat();
    let missing = dyno.http(&target, &[&flags[..], &["--baseline", "main"]].concat(), CALM_PATH);
    assert_eq!(missing.code, 2, "{}", missing.stderr);
    assert_eq!(missing.stdout, "", "nothing is played for a baseline that is not there");
    assert!(dyno.http(&target, &flags, CALM_PATH).is_played());
    dyno.make_valid("checkout");
    assert_eq!(dyno.run(&["runs", "tag", "checkout", "main"]).code, 0);
    // The name means the stored run and not the one that is played.
    let same = dyno.http(&target, &[&flags[..], &["--baseline", "checkout"]].concat(), CALM_PATH);
    assert!(same.is_played(), "{}", same.stderr);
    assert!(same.stdout.contains("compared  checkout  stored results"), "{}", same.stdout);
    let shown = dyno.run(&["runs", "show", "latest-comparison", "--json"]);
    let record: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(
        (&record["arms"][0]["label"], &record["arms"][1]["label"]),
        (&"checkout".into(), &"this run".into())
    );
    assert_ne!(record["arms"][0]["run_id"], record["arms"][1]["run_id"]);

    let schema: serde_json::Value =
        serde_json::from_str(&dyno.run(&["schema", "comparison"]).stdout).unwrap();
    assert_eq!(violations(&schema, &record), Vec::<String>::new());
    let files = ["-o", "c.html", "-o", "c.md", "-o", "c.xml", "-o", "c.csv", "-o", "c.json"];
    let written = dyno.run(&[&["report", "latest-comparison"][..], &files].concat());
    assert_eq!(written.code, 0, "{}", written.stderr);
    for name in files.iter().filter(|name| name.starts_with("c.")) {
        assert!(std::fs::metadata(dyno.path(name)).unwrap().len() > 200, "{name}");
    }
    let refused = dyno.run(&["report", "latest-comparison", "-o", "c.hgrm"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("a comparison has no output of kind"), "{}", refused.stderr);

    // Another question cannot be compared; stdout stays the record of the run.
    let other = [&flags[..], &["--baseline", "main", "--fail-on", "p50:+50%", "--json"]].concat();
    let other = dyno.http(&target, &other, "/delay/100ms");
    let run: serde_json::Value = serde_json::from_str(&other.stdout).unwrap();
    assert_eq!(run["schema"], "dyno-run/1");
    assert!(other.stderr.contains("INCOMPARABLE"), "{}", other.stderr);
    assert!([3, 4].contains(&other.code), "a disturbed run is 3: {}", other.stderr);
    assert_eq!(dyno.run(&["runs", "list", "--comparisons", "--json"]).stdout.matches("\"id\"").count(), 2);
}
