//! Contests of clients are kept whole, listed, named, tagged, moved and pruned beside the runs.

use std::time::Duration;

use dyno_model::{CLIENTS_SCHEMA, ClientsRecord, Environment};
use serde_json::{Value, json};

use crate::tests::{empty, record};
use crate::{ClientsFilter, Found, Prune, RunFilter, Store, StoreError};

fn contest_json(id: &str, name: &str, at: &str) -> Value {
    json!({
        "schema": CLIENTS_SCHEMA, "id": id, "name": name, "at": at, "version": "0.1.0",
        "target": "the embedded target",
        "case": { "profile": "matched", "method": "GET", "url": "http://127.0.0.1:1/", "body_bytes": 0,
                  "lanes": 1, "timeout_ms": 30_000 },
        "seed": 42, "blocks": 12, "segment_ns": 500_000_000, "reference": "httpx sync",
        "entries": [{ "label": "httpx sync", "name": "httpx", "mode": "sync", "state": "broken",
                      "detail": "hung \u{fc}", "stderr": "a\nb" }],
        "environment": Environment::default(), "validity": { "state": "suspect", "reasons": [] }
    })
}

fn contest(id: &str, name: &str, at: &str) -> ClientsRecord {
    serde_json::from_value(contest_json(id, name, at)).unwrap()
}

/// Two runs and three contests; a name of runs is a name of contests as well.
fn filled() -> (tempfile::TempDir, Store) {
    let (keep, mut store) = empty();
    store.put(&record("01AAAA1", "checkout", "2026-01-01T00:00:00Z")).unwrap();
    store.put(&record("01AAAA2", "checkout", "2026-01-02T00:00:00Z")).unwrap();
    for (id, name, at) in [
        ("01AAAK1", "clients", "2026-01-03T00:00:00Z"),
        ("01AAAK2", "clients", "2026-01-04T00:00:00Z"),
        ("01KKKK3", "checkout", "2026-01-05T00:00:00Z"),
    ] {
        store.keep_clients(&contest(id, name, at)).unwrap();
    }
    (keep, store)
}

fn listed(store: &Store, filter: &ClientsFilter) -> String {
    let list = store.list_clients(filter).unwrap();
    list.iter().map(|contest| contest.id.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_contest_comes_back_as_it_was_kept() {
    let (_keep, mut store) = filled();
    let kept = contest("01AAAK1", "clients", "2026-01-03T00:00:00Z");
    assert_eq!(store.load_clients("01AAAK1").unwrap(), kept);
    store.keep_clients(&ClientsRecord { blocks: 13, ..kept }).unwrap();
    assert_eq!(store.load_clients("01AAAK1").unwrap().blocks, 13);
    assert!(matches!(store.load_clients("01NONE"), Err(StoreError::UnknownRun { .. })));
}

#[test]
fn lists_are_by_time_name_and_tag() {
    let (_keep, mut store) = filled();
    assert_eq!(listed(&store, &ClientsFilter::default()), "01KKKK3 01AAAK2 01AAAK1");
    let named = ClientsFilter { name: Some("clients".to_owned()), limit: Some(1), tag: None };
    assert_eq!(listed(&store, &named), "01AAAK2");
    store.tag("01AAAK1", "before").unwrap();
    let tagged = ClientsFilter { tag: Some("before".to_owned()), ..ClientsFilter::default() };
    assert_eq!(listed(&store, &tagged), "01AAAK1");
    assert_eq!(store.load_clients("01AAAK1").unwrap().tags, ["before"]);
    assert!(store.untag("01AAAK1", "before").unwrap());
    assert!(!store.untag("01AAAK1", "before").unwrap());
    assert_eq!(listed(&store, &tagged), "");
    assert_eq!(store.list(&RunFilter::default()).unwrap().len(), 2);
}

#[test]
fn texts_name_runs_before_contests() {
    let (_keep, mut store) = filled();
    store.tag("01AAAK1", "before").unwrap();
    let mut check = |text: &str, expected: Result<Found, &str>| {
        let found = store.find_any(text).map_err(|error| error.to_string());
        assert_eq!(found, expected.map_err(str::to_owned), "{text}");
    };
    let run = |id: &str| Ok(Found::Run(id.to_owned()));
    let clients = |id: &str| Ok(Found::Clients(id.to_owned()));
    check("latest", run("01AAAA2"));
    check("latest-clients", clients("01KKKK3"));
    check("checkout", run("01AAAA2"));
    check("clients", clients("01AAAK2"));
    check("clients@-1", clients("01AAAK1"));
    check(
        "clients@-2",
        Err("there is no run `clients@-2`; `clients` has 2 contests, the oldest is `clients@-1`"),
    );
    check("before", clients("01AAAK1"));
    check("01aaak2", clients("01AAAK2"));
    check("01KKK", clients("01KKKK3"));
    check("01AAAK", Err("`01AAAK` is the start of 2 ids; write more of it, such as `01AAAK2`"));
    check("01AAAA1", run("01AAAA1"));
}

#[test]
fn a_store_without_contests_says_so() {
    let (_keep, mut store) = empty();
    insta::assert_snapshot!(store.find_any("latest-clients").unwrap_err(), @"there is no run `latest-clients`; the store has no contests of clients yet");
}

#[test]
fn export_and_import_lose_nothing() {
    let (_keep, mut store) = filled();
    let mut unknown = contest_json("01KKKK4", "clients", "2026-01-06T00:00:00Z");
    unknown["of_a_later_version"] = json!([1, 2]);
    store.import(&unknown.to_string()).unwrap();
    let text = store.export("01KKKK4").unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), unknown);
    let ids = ["01AAAA1", "01KKKK4", "01AAAK1"].map(str::to_owned);
    let bundle = store.export_bundle(&ids).unwrap();
    for exported in [&text, &bundle] {
        let (_other_keep, mut other) = empty();
        let imported = other.import(exported).unwrap();
        assert_eq!(other.export("01KKKK4").unwrap(), text);
        assert_eq!(other.import(exported).unwrap().skipped, imported.added);
    }
    let changed = text.replace("\"blocks\": 12", "\"blocks\": 4");
    assert!(matches!(store.import(&changed), Err(StoreError::Conflict { .. })));
}

#[test]
fn texts_that_are_no_contests_are_refused() {
    let (_keep, mut store) = filled();
    let text = store.export("01AAAK1").unwrap();
    let mut said = |text: &str| store.import(text).unwrap_err().to_string();
    insta::assert_snapshot!(said(&text.replace("dyno-clients/1", "dyno-clients/2")), @"the record has schema `dyno-clients/2`, this version reads `dyno-clients/1`; it was written by a newer dyno: use that one");
    insta::assert_snapshot!(said(&text.replace("2026-01-03T00:00:00Z", "yesterday")), @"cannot read the record: `at` is `yesterday`, which is not a time such as 2026-01-02T03:04:05Z");
    insta::assert_snapshot!(said(&text.replace("01AAAK1", "../x")), @"cannot read the record: `id` is `../x`, which is not an id");
}

#[test]
fn pruning_and_removal_know_contests() {
    let (_keep, mut store) = filled();
    store.tag("01AAAK1", "before").unwrap();
    let century = Some(Duration::from_secs(100 * 365 * 86_400));
    assert!(store.prune(&Prune { keep_per_name: Some(0), older_than: century }).unwrap().is_empty());
    let removed = store.prune(&Prune { keep_per_name: Some(0), older_than: None }).unwrap().join(" ");
    assert_eq!(removed, "01AAAA2 01AAAA1 01KKKK3 01AAAK2");
    store.remove(&["01AAAK1".to_owned()]).unwrap();
    assert_eq!(listed(&store, &ClientsFilter::default()), "");
    assert!(matches!(store.remove(&["01AAAK1".to_owned()]), Err(StoreError::UnknownRun { .. })));
}
