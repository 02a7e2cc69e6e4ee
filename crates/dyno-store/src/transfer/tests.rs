//! Round trips without loss, and what is said of texts that are no records.

use proptest::prelude::*;
use serde_json::json;

use crate::tests::{empty, record};
use crate::{Imported, Store};

fn sample() -> (tempfile::TempDir, Store, String) {
    let (keep, mut store) = empty();
    store.put(&record("01A", "checkout", "2026-01-02T03:04:05Z")).unwrap();
    let text = store.export("01A").unwrap();
    (keep, store, text)
}

/// Exports what a new store has imported.
fn again(text: &str) -> String {
    let (_keep, mut store) = empty();
    let id = store.import(text).unwrap().added.remove(0);
    store.export(&id).unwrap()
}

#[test]
fn export_and_import_lose_nothing() {
    let (_keep, mut store, text) = sample();
    assert_eq!(again(&text), text);
    let record = record("01A", "checkout", "2026-01-02T03:04:05Z");
    assert_eq!(text, serde_json::to_string_pretty(&record).unwrap() + "\n");
    store.tag("01A", "golden").unwrap();
    let tagged = store.export("01A").unwrap();
    assert_eq!(again(&tagged), tagged);
}

#[test]
fn fields_of_a_later_version_stay() {
    let (_keep, _store, text) = sample();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["colour"] = json!({ "b": 1, "a": 2 });
    json["intervals"][0]["weather"] = json!("rain");
    let later = serde_json::to_string_pretty(&json).unwrap() + "\n";
    assert_eq!(again(&later), later);
}

#[test]
fn bundles_hold_several_runs() {
    let (_keep, mut store, _) = sample();
    store.put(&record("01B", "browse", "2026-01-03T00:00:00Z")).unwrap();
    let ids = ["01A".to_owned(), "01B".to_owned()];
    let bundle = store.export_bundle(&ids).unwrap();
    let (_other_keep, mut other) = empty();
    let imported = other.import(&bundle).unwrap();
    assert_eq!(imported, Imported { added: ids.to_vec(), skipped: Vec::new() });
    assert_eq!(other.export_bundle(&ids).unwrap(), bundle);
    assert_eq!(other.import(&bundle).unwrap(), Imported { added: Vec::new(), skipped: ids.to_vec() });
}

#[test]
fn the_same_id_with_other_content_is_refused_and_nothing_is_stored() {
    let (_keep, mut store, text) = sample();
    let mut other: serde_json::Value = serde_json::from_str(&text).unwrap();
    other["target"] = json!("http://elsewhere/");
    let mut new = other.clone();
    new["id"] = json!("01NEW");
    let bundle = json!({ "schema": "dyno-runs/1", "runs": [new, other] }).to_string();
    insta::assert_snapshot!(store.import(&bundle).unwrap_err(), @"run `01A` is stored already with different content; remove it first with `dyno runs rm 01A`");
    assert!(!store.exists("01NEW").unwrap());
    assert_eq!(store.export("01A").unwrap(), text);
}

#[test]
fn what_is_no_record_is_said() {
    let (_keep, mut store, text) = sample();
    let with = |key: &str, value: serde_json::Value| {
        let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
        json[key] = value;
        json.to_string()
    };
    let texts = [
        String::new(),
        text[..300].to_owned(),
        "id,name\n1,2\n".to_owned(),
        "[1, 2]".to_owned(),
        json!({ "schema": "dyno-run/2", "id": "x" }).to_string(),
        json!({ "schema": "dyno-runs/7", "runs": [] }).to_string(),
        json!({ "schema": "k6-summary/1" }).to_string(),
        json!({ "schema": "dyno-runs/1" }).to_string(),
        json!({ "schema": "dyno-runs/1", "runs": [{ "schema": "dyno-run/3" }] }).to_string(),
        json!({ "schema": "dyno-run/1", "id": "01X" }).to_string(),
        with("id", json!("../../etc")),
        with("started_at", json!("yesterday")),
        with("response_time_ns", json!(5)),
    ];
    let said = texts.iter().map(|text| store.import(text).unwrap_err().to_string());
    insta::assert_snapshot!(said.collect::<Vec<_>>().join("\n"), @r##"
    cannot read the record: the text ends too early, at line 1 column 0; the file is cut off
    cannot read the record: the text ends too early, at line 14 column 10; the file is cut off
    cannot read the record: it is not JSON: expected value at line 1 column 1
    cannot read the record: it has no `schema`, so it is no run record
    the record has schema `dyno-run/2`, this version reads `dyno-run/1`; it was written by a newer dyno: use that one
    the record has schema `dyno-runs/7`, this version reads `dyno-runs/1`; it was written by a newer dyno: use that one
    the record has schema `k6-summary/1`, this version reads `dyno-run/1`; export the run again with `dyno runs export`
    cannot read the record: a bundle `dyno-runs/1` has a list `runs`
    the record has schema `dyno-run/3`, this version reads `dyno-run/1`; it was written by a newer dyno: use that one
    cannot read the record: missing field `name`
    cannot read the record: `id` is `../../etc`, which is not an id
    cannot read the record: `started_at` is `yesterday`, which is not a time such as 2026-01-02T03:04:05Z
    cannot read the record: invalid type: integer `5`, expected struct Headline
    "##);
    assert_eq!(store.list(&crate::RunFilter::default()).unwrap().len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_numbers_and_texts_survive(
        name in "\\PC{1,20}", rate in any::<f64>().prop_filter("JSON has no others", |f| f.is_finite()),
        share in 0.0f64..1.0, count in any::<u64>(), times in prop::collection::vec(1u64..4_000_000_000_000, 0..40),
    ) {
        let mut record = record("01A", &name, "2026-01-02T03:04:05.123456789Z");
        (record.totals.throughput_per_s, record.generator.cpu_share, record.totals.bytes_sent) = (rate, share, count);
        let mut histogram = dyno_model::Histogram::new();
        times.iter().for_each(|time| histogram.record(*time));
        record.times.service_time_ns = (&histogram).into();
        let (_keep, mut store) = empty();
        store.put(&record).unwrap();
        let text = store.export("01A").unwrap();
        prop_assert_eq!(&text, &(serde_json::to_string_pretty(&record).unwrap() + "\n"));
        prop_assert_eq!(&again(&text), &text);
        // Reading it into today's types and writing it again changes nothing either.
        let read = store.load("01A").unwrap();
        prop_assert_eq!(serde_json::to_string_pretty(&read).unwrap() + "\n", text);
    }
}
