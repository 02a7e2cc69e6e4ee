//! Comparisons are kept whole, listed, found, moved and pruned beside the runs.

use std::collections::BTreeMap;
use std::time::Duration;

use dyno_model::*;
use rusqlite::Connection;

use crate::tests::{empty, record};
use crate::{ComparisonFilter, Found, Prune, RunFilter, Store, StoreError};

fn comparison(id: &str, name: &str, at: &str, baseline: &str) -> ComparisonRecord {
    let arm = |letter: &str, run_id: Option<&str>| Arm {
        letter: letter.to_owned(),
        label: format!("arm {letter}"),
        run_id: run_id.map(str::to_owned),
        tool: "dyno 0.1.0".to_owned(),
        started_at: String::new(),
        build: None,
    };
    let mut histogram = Histogram::new();
    (1..100).for_each(|n| histogram.record(n * 1_234_567));
    let distribution =
        Distribution { arm: 0, histogram: Some(histogram), shift: Vec::new(), series: Vec::new() };
    ComparisonRecord {
        schema: COMPARISON_SCHEMA.to_owned(),
        id: id.to_owned(),
        name: name.to_owned(),
        at: at.to_owned(),
        version: "0.1.0".to_owned(),
        kind: ComparisonKind::Stored,
        arms: vec![arm("A", Some(baseline)), arm("B", None)],
        gate: GateRecord {
            state: GateState::Inconclusive,
            reasons: Vec::new(),
            alpha: Some(0.1 + 0.2),
            evidence: Evidence::E1,
            min_evidence: None,
            on_inconclusive: OnInconclusive::Warn,
            rules: Vec::new(),
            cells: 3,
            confirmed_cells: 0,
            certificate: None,
        },
        rows: Vec::new(),
        mismatches: Vec::new(),
        distributions: BTreeMap::from([("all".to_owned(), vec![distribution])]),
        overrides: Vec::new(),
        contest: None,
        environment: Environment::default(),
        validity: Validity { state: ValidityState::Valid, reasons: Vec::new() },
        reproduce: String::new(),
    }
}

/// A histogram keeps its exact sum only while it records.
fn reread(record: &ComparisonRecord) -> ComparisonRecord {
    serde_json::from_str(&serde_json::to_string(record).unwrap()).unwrap()
}

/// Two runs, the first tagged, and three comparisons against them.
fn filled() -> (tempfile::TempDir, Store) {
    let (keep, mut store) = empty();
    store.put(&record("01AAAA1", "checkout", "2026-01-01T00:00:00Z")).unwrap();
    store.put(&record("01AAAA2", "checkout", "2026-01-02T00:00:00Z")).unwrap();
    store.tag("01AAAA1", "main").unwrap();
    for (id, name, at, baseline) in [
        ("01AAAC1", "checkout", "2026-01-03T00:00:00Z", "01AAAA1"),
        ("01AAAC2", "checkout", "2026-01-04T00:00:00Z", "01AAAA2"),
        ("01CCCC3", "browse", "2026-01-05T00:00:00Z", "01AAAA2"),
    ] {
        store.keep_comparison(&comparison(id, name, at, baseline)).unwrap();
    }
    (keep, store)
}

fn listed(store: &Store, filter: &ComparisonFilter) -> String {
    let list = store.list_comparisons(filter).unwrap();
    list.iter().map(|comparison| comparison.id.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_comparison_comes_back_as_it_was_kept() {
    let (_keep, mut store) = filled();
    let kept = comparison("01AAAC1", "checkout", "2026-01-03T00:00:00Z", "01AAAA1");
    assert_eq!(store.load_comparison("01AAAC1").unwrap(), reread(&kept));
    let mut changed = kept;
    changed.gate.state = GateState::Fail;
    store.keep_comparison(&changed).unwrap();
    assert_eq!(store.load_comparison("01AAAC1").unwrap().gate.state, GateState::Fail);
    assert!(matches!(store.load_comparison("01NONE"), Err(StoreError::UnknownRun { .. })));
}

#[test]
fn lists_are_by_time_and_runs_are_a_list_of_their_own() {
    let (_keep, mut store) = filled();
    assert_eq!(listed(&store, &ComparisonFilter::default()), "01CCCC3 01AAAC2 01AAAC1");
    let named = ComparisonFilter { name: Some("checkout".to_owned()), limit: Some(1) };
    assert_eq!(listed(&store, &named), "01AAAC2");
    let first = store.list_comparisons(&named).unwrap().remove(0);
    assert_eq!(
        (first.kind.as_str(), first.state.as_str(), first.evidence.as_str()),
        ("stored", "inconclusive", "E1")
    );
    assert_eq!(first.arms[0].run_id.as_deref(), Some("01AAAA2"));
    assert_eq!(store.list(&RunFilter::default()).unwrap().len(), 2);
}

#[test]
fn texts_name_runs_and_comparisons() {
    let (_keep, mut store) = filled();
    let mut check = |text: &str, expected: Result<Found, &str>| {
        let found = store.find_any(text).map_err(|error| error.to_string());
        assert_eq!(found, expected.map_err(str::to_owned), "{text}");
    };
    let run = |id: &str| Ok(Found::Run(id.to_owned()));
    let comparison = |id: &str| Ok(Found::Comparison(id.to_owned()));
    check("latest", run("01AAAA2"));
    check("main", run("01AAAA1"));
    check("checkout@-1", run("01AAAA1"));
    check("01AAAA1", run("01AAAA1"));
    check("latest-comparison", comparison("01CCCC3"));
    check("01aaac1", comparison("01AAAC1"));
    check("01ccc", comparison("01CCCC3"));
    check("01AAAC", Err("`01AAAC` is the start of 2 ids; write more of it, such as `01AAAC2`"));
    check("browse", Err("there is no run `browse`; see `dyno runs list`"));
}

#[test]
fn a_start_that_runs_and_comparisons_share_is_ambiguous() {
    let (_keep, mut store) = empty();
    store.put(&record("01AAAA1", "checkout", "2026-01-01T00:00:00Z")).unwrap();
    store.keep_comparison(&comparison("01AAAB1", "checkout", "2026-01-03T00:00:00Z", "01AAAA1")).unwrap();
    assert!(matches!(store.find_any("01AAA"), Err(StoreError::Ambiguous { count: 2, .. })));
    assert_eq!(store.find_any("01AAAA").unwrap(), Found::Run("01AAAA1".to_owned()));
}

#[test]
fn a_store_without_comparisons_says_so() {
    let (_keep, mut store) = empty();
    insta::assert_snapshot!(store.find_any("latest-comparison").unwrap_err(), @"there is no run `latest-comparison`; the store has no comparisons yet");
}

#[test]
fn export_and_import_lose_nothing() {
    let (_keep, mut store) = filled();
    let text = store.export("01AAAC1").unwrap();
    let ids = ["01AAAA1", "01AAAC1", "01CCCC3"].map(str::to_owned);
    let bundle = store.export_bundle(&ids).unwrap();
    for exported in [&text, &bundle] {
        let (_other_keep, mut other) = empty();
        let imported = other.import(exported).unwrap();
        assert_eq!(other.export("01AAAC1").unwrap(), text);
        assert_eq!(other.import(exported).unwrap().skipped, imported.added);
    }
    let changed = text.replace("\"cells\": 3", "\"cells\": 4");
    assert!(matches!(store.import(&changed), Err(StoreError::Conflict { .. })));
}

#[test]
fn texts_that_are_no_comparisons_are_refused() {
    let (_keep, mut store) = filled();
    let text = store.export("01AAAC1").unwrap();
    let mut said = |text: &str| store.import(text).unwrap_err().to_string();
    insta::assert_snapshot!(said(&text.replace("dyno-comparison/1", "dyno-comparison/2")), @"the record has schema `dyno-comparison/2`, this version reads `dyno-comparison/1`; it was written by a newer dyno: use that one");
    insta::assert_snapshot!(said(&text.replace("2026-01-03T00:00:00Z", "yesterday")), @"cannot read the record: `at` is `yesterday`, which is not a time such as 2026-01-02T03:04:05Z");
    insta::assert_snapshot!(said(&text.replace("01AAAC1", "../x")), @"cannot read the record: `id` is `../x`, which is not an id");
    insta::assert_snapshot!(said(&text.replace("\"E1\"", "\"E9\"")), @"cannot read the record: unknown variant `E9`, expected one of `X`, `E0`, `E1`, `E2`, `E3`, `E4`");
}

#[test]
fn pruning_spares_what_was_compared_with_a_tagged_run() {
    let check = |rules: Prune, removed: &str| {
        let (_keep, mut store) = filled();
        assert_eq!(store.prune(&rules).unwrap().join(" "), removed, "{rules:?}");
    };
    check(Prune { keep_per_name: Some(0), older_than: None }, "01AAAA2 01CCCC3 01AAAC2");
    check(Prune { keep_per_name: Some(1), older_than: None }, "");
    check(Prune { keep_per_name: None, older_than: Some(Duration::from_secs(100 * 365 * 86_400)) }, "");
}

#[test]
fn removal_takes_runs_and_comparisons() {
    let (_keep, mut store) = filled();
    assert!(store.remove(&["01AAAC1".to_owned(), "01NONE".to_owned()]).is_err());
    assert_eq!(listed(&store, &ComparisonFilter::default()), "01CCCC3 01AAAC2 01AAAC1");
    store.remove(&["01AAAC1".to_owned(), "01AAAA2".to_owned()]).unwrap();
    assert_eq!(listed(&store, &ComparisonFilter::default()), "01CCCC3 01AAAC2");
    assert_eq!(store.list(&RunFilter::default()).unwrap().len(), 1);
}

#[test]
fn a_tag_can_be_taken_away() {
    let (_keep, mut store) = filled();
    assert!(store.untag("01AAAA1", "main").unwrap());
    assert!(!store.untag("01AAAA1", "main").unwrap());
    assert!(store.load("01AAAA1").unwrap().tags.is_empty());
    assert_eq!(store.load("01AAAA1").unwrap().intervals.len(), 3);
    assert!(matches!(store.find("main"), Err(StoreError::UnknownRun { .. })));
}

/// The schema of the first version, as it was written then, with a run in it.
#[test]
fn a_store_of_the_first_version_is_brought_up_to_date() {
    let (_keep, store) = filled();
    let path = store.path().to_owned();
    drop(store);
    let connection = Connection::open(&path).unwrap();
    let back = "DROP TABLE comparison; DROP TABLE clients; DROP TABLE benchmark_configuration;
         DROP TABLE benchmark_result; DELETE FROM refinery_schema_history WHERE version > 1;";
    connection.execute_batch(back).unwrap();
    drop(connection);
    let mut store = Store::open(Some(&path)).unwrap();
    assert_eq!(store.list(&RunFilter::default()).unwrap().len(), 2);
    store.keep_comparison(&comparison("01AAAC1", "checkout", "2026-01-03T00:00:00Z", "01AAAA1")).unwrap();
    assert_eq!(listed(&store, &ComparisonFilter::default()), "01AAAC1");
}
