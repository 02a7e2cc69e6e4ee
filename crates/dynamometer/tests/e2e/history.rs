//! `dyno history` over runs that were really played.

use crate::schema::violations;
use crate::support::{CALM, CALM_PATH, Dyno, Target};

#[test]
fn sessions_of_one_plan_make_a_history() {
    let (dyno, target) = (Dyno::new(), Target::start());
    let flags = [&CALM[..], &["--name", "checkout"]].concat();
    for _ in 0..3 {
        assert!(dyno.http(&target, &flags, CALM_PATH).is_played());
        dyno.make_valid("checkout");
    }
    assert!(dyno.http(&target, &[&CALM[..], &["--name", "other"]].concat(), CALM_PATH).is_played());
    let shown = dyno.run(&["history", "checkout"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(shown.stdout.starts_with("checkout  3 sessions on fp1:"), "{}", shown.stdout);
    assert!(shown.stdout.contains("Nothing changed for good."), "{}", shown.stdout);

    let json = dyno.run(&["history", "checkout", "--json", "--metric", "mean"]);
    let record: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        (&record["schema"], &record["series"][0]["metric"]),
        (&"dyno-history/1".into(), &"mean".into())
    );
    assert_eq!(record["series"][0]["values"].as_array().unwrap().len(), 3);

    let schema: serde_json::Value = serde_json::from_str(&dyno.run(&["schema", "history"]).stdout).unwrap();
    assert_eq!(violations(&schema, &record), Vec::<String>::new());

    assert_eq!(dyno.run(&["history", "-o", "trend.html"]).code, 0);
    let page = std::fs::read_to_string(dyno.path("trend.html")).unwrap();
    assert!(page.contains("<title>History: other</title>"), "the newest run names the plan");
}

#[test]
fn a_history_may_begin_at_a_date_a_time_or_a_run() {
    let dyno = Dyno::new();
    let target = Target::start();
    assert!(dyno.http(&target, &[&CALM[..], &["--name", "checkout"]].concat(), CALM_PATH).is_played());
    let mut record = dyno.latest();
    let month = ["2026-03-01T10:00:00Z", "2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z"];
    for (number, at) in month.into_iter().enumerate() {
        record["id"] = format!("01J8ZQ000000000000000000{number:02}").into();
        record["started_at"] = at.into();
        record["tags"] = if number == 1 { serde_json::json!(["upgrade"]) } else { serde_json::json!([]) };
        record["validity"] = serde_json::json!({ "state": "valid", "reasons": [] });
        std::fs::write(dyno.path("old.json"), record.to_string()).unwrap();
        let imported = dyno.run(&["runs", "import", "old.json"]);
        assert_eq!(imported.code, 0, "{imported:?}");
    }
    let sessions = |since: &str| {
        let done = dyno.run(&["history", "checkout", "--json", "--since", since]);
        assert_eq!(done.code, 0, "{since}: {done:?}");
        let record: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
        record["sessions"].as_array().unwrap().len() + record["left_out"].as_array().map_or(0, Vec::len)
    };
    // The run that was played here is the newest; it is a few seconds old.
    let found = ["2026-01-01", "2026-03-02", "2026-03-02T10:00:01Z", "upgrade", "1h"].map(sessions);
    assert_eq!(found, [4, 3, 2, 3, 1]);
    let late = dyno.run(&["history", "checkout", "--since", "2199-01-01"]);
    assert!(
        late.code == 2 && late.stderr.contains("no run of `checkout` is as young as 2199-01-01"),
        "{late:?}"
    );
    let wrong = dyno.run(&["history", "checkout", "--since", "yesterday"]);
    assert!(
        wrong.code == 2 && wrong.stderr.contains("is no date, no time before now, and no run"),
        "{wrong:?}"
    );
}

#[test]
fn wrong_questions_are_mistakes_of_the_command_line() {
    let (dyno, target) = (Dyno::new(), Target::start());
    assert!(dyno.http(&target, &[&CALM[..], &["--name", "checkout"]].concat(), CALM_PATH).is_played());
    let check = |arguments: &[&str], said: &str| {
        let done = dyno.run(arguments);
        assert_eq!(done.code, 2, "{}", done.stderr);
        assert!(done.stderr.contains(said), "{}", done.stderr);
    };
    check(&["history", "chekout"], "did you mean `checkout`?");
    check(&["history", "latest"], "`latest` is not the name of a plan");
    check(&["history", "checkout", "--metric", "p99.9.9"], "there is no metric `p99.9.9`");
    check(&["history", "checkout", "-o", "trend.md"], "cannot write a history as Markdown");
}
