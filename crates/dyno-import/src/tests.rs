//! Every format against results of the tool itself (`fixtures/README.md`), and against what is no result.

use dyno_model::{CellKey, Measured};
use proptest::prelude::*;

use super::{Format, ImportError, import};

const FIXTURES: [(&str, &str); 17] = [
    ("wrk.txt", include_str!("../fixtures/wrk.txt")),
    ("wrk_latency.txt", include_str!("../fixtures/wrk_latency.txt")),
    ("wrk_latency_errors.txt", include_str!("../fixtures/wrk_latency_errors.txt")),
    ("hey.txt", include_str!("../fixtures/hey.txt")),
    ("hey_errors.txt", include_str!("../fixtures/hey_errors.txt")),
    ("hey_refused.txt", include_str!("../fixtures/hey_refused.txt")),
    ("hey.csv", include_str!("../fixtures/hey.csv")),
    ("oha.json", include_str!("../fixtures/oha.json")),
    ("oha_errors.json", include_str!("../fixtures/oha_errors.json")),
    ("oha_refused.json", include_str!("../fixtures/oha_refused.json")),
    ("hyperfine.json", include_str!("../fixtures/hyperfine.json")),
    ("criterion_estimates.json", include_str!("../fixtures/criterion_estimates.json")),
    ("criterion_sample.json", include_str!("../fixtures/criterion_sample.json")),
    ("vegeta_report.json", include_str!("../fixtures/vegeta_report.json")),
    ("vegeta_results.jsonl", include_str!("../fixtures/vegeta_results.jsonl")),
    ("k6_export.json", include_str!("../fixtures/k6_export.json")),
    ("k6_handle_summary.json", include_str!("../fixtures/k6_handle_summary.json")),
];
const NESTED: &str = include_str!("../fixtures/docdb_nested.json");
const FLAT: &str = include_str!("../fixtures/docdb_flat.json");

fn text_of(name: &str) -> &'static str {
    FIXTURES.iter().find(|(found, _)| *found == name).map(|(_, text)| *text).unwrap()
}

fn read(text: &str) -> Measured {
    let mut all = import("a", text.as_bytes()).unwrap();
    assert_eq!(all.len(), 1);
    all.pop().unwrap()
}

/// Checks cells of a fixture to a thousandth, and its attempts and errors.
#[track_caller]
fn check(text: &str, tool: &str, errors: Option<(u64, u64)>, cells: &[(&str, f64)]) {
    let measured = read(text);
    assert_eq!(measured.tool, tool);
    assert_eq!(measured.errors.map(|count| (count.attempts, count.errors)), errors);
    for (key, expected) in cells {
        let key: CellKey = key.parse().unwrap();
        let found =
            measured.cells.get(&key).unwrap_or_else(|| panic!("no {key} in {:?}", measured.cells.keys()));
        let is_close = (found.value - expected).abs() <= 1e-3 * expected.abs();
        assert!(is_close, "{key} is {} and not {expected}", found.value);
    }
}

#[test]
fn wrk_tells_rate_quantiles_and_bad_answers() {
    check(text_of("wrk.txt"), "wrk", Some((13_432, 0)), &[]);
    let cells =
        [("mean", 1.5e6), ("max", 13.77e6), ("p50", 574e3), ("p99", 9.69e6), ("rate", 18_339.0 / 2.1)];
    check(text_of("wrk_latency.txt"), "wrk", Some((18_339, 0)), &cells);
    check(
        text_of("wrk_latency_errors.txt"),
        "wrk",
        Some((29_216, 29_216)),
        &[("errors", 1.0), ("rate", 0.0)],
    );
    let timeouts = text_of("wrk_latency.txt")
        .replace("Requests/sec", "Socket errors: connect 1, read 2, write 0, timeout 7\nRequests/sec");
    check(&timeouts, "wrk", Some((18_349, 10)), &[]);
    let plan = read(text_of("wrk_latency.txt")).plan;
    assert_eq!((plan["connections"].value.as_str(), plan["path"].value.as_str()), ("8", "/"));
}

#[test]
fn hey_tells_the_same_in_both_forms() {
    let cells = [("mean", 0.6e6), ("p99", 5.1e6), ("max", 5.9e6), ("rate", 2000.0 / 0.3115), ("errors", 0.0)];
    check(text_of("hey.txt"), "hey", Some((2000, 0)), &cells);
    check(text_of("hey_errors.txt"), "hey", Some((200, 200)), &[("rate", 0.0)]);
    check(text_of("hey_refused.txt"), "hey", Some((8, 8)), &[("errors", 1.0)]);
    assert!(!read(text_of("hey_refused.txt")).cells.contains_key(&CellKey::whole("mean")), "NaN is no time");
    check(text_of("hey.csv"), "hey", Some((40, 0)), &[("errors", 0.0)]);
    let csv = read(text_of("hey.csv"));
    assert_eq!(csv.histogram.unwrap().count(), 40);
}

#[test]
fn oha_tells_failures_apart_from_answers() {
    let cells = [
        ("p50", 318_473.0),
        ("p99.9", 6_849_404.0),
        ("mean", 349_231.0),
        ("first_byte.p99", 1_595_139.0),
        ("rate", 11_258.44),
    ];
    check(text_of("oha.json"), "oha", Some((2000, 0)), &cells);
    check(text_of("oha_errors.json"), "oha", Some((40, 40)), &[("rate", 0.0), ("p50", 125_486.0)]);
    check(text_of("oha_refused.json"), "oha", Some((8, 8)), &[("errors", 1.0)]);
    assert!(!read(text_of("oha_refused.json")).cells.contains_key(&CellKey::whole("p50")), "null is no time");
}

#[test]
fn k6_counts_failures_as_passes_of_failed() {
    let cells = [
        ("errors", 0.05),
        ("rate", 19.0),
        ("mean", 144.5e6),
        ("p50", 110.25e6),
        ("p95", 211e6),
        ("p99.9", 700.5e6),
    ];
    check(text_of("k6_export.json"), "k6", Some((200, 10)), &cells);
    let cells = [("rate", 20.0), ("p50", 120.25e6), ("p99", 415.95e6), ("errors", 0.0)];
    check(text_of("k6_handle_summary.json"), "k6", Some((200, 0)), &cells);
    assert_eq!(read(text_of("k6_handle_summary.json")).plan["users at most"].value, "20");
}

#[test]
fn vegeta_tells_a_report_and_every_result() {
    let cells =
        [("rate", 8.875), ("errors", 0.1), ("p50", 2_854_306.0), ("p99", 3.53e6), ("min", 1_949_582.0)];
    check(text_of("vegeta_report.json"), "vegeta", Some((90, 9)), &cells);
    check(text_of("vegeta_results.jsonl"), "vegeta", Some((4, 2)), &[("errors", 0.5)]);
    let results = read(text_of("vegeta_results.jsonl"));
    assert_eq!(results.histogram.as_ref().unwrap().count(), 2, "failures have no response time");
    assert_eq!(results.started_at, "2026-01-27T01:34:31.6Z");
    let cut = text_of("vegeta_results.jsonl").rsplit_once("\"latency\"").unwrap().0;
    let error = import("a", cut.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "it is a result of vegeta, but line 4: it is cut off");
}

#[test]
fn criterion_keeps_every_batch() {
    let sample = read(text_of("criterion_sample.json"));
    let batches = &sample.replicates[&CellKey::whole("mean")];
    assert_eq!(batches.len(), 20);
    assert!((batches[0] - 2_359_444.0 / 4_358_180.0).abs() < 1e-9);
    let estimates = read(text_of("criterion_estimates.json"));
    let mean = estimates.cells[&CellKey::whole("mean")];
    assert!(
        (mean.value - 0.544_936).abs() < 1e-5
            && mean.low.unwrap() < mean.value
            && mean.high.unwrap() > mean.value
    );
    let ratio = sample.cells[&CellKey::whole("mean")].value / mean.value;
    assert!((ratio - 1.0).abs() < 0.02, "both files are of one run: {ratio}");
}

#[test]
fn hyperfine_makes_commands_operations() {
    check(
        text_of("hyperfine.json"),
        "hyperfine",
        None,
        &[("sleep 0.01/mean", 13_702_630.0), ("true/errors", 0.0)],
    );
    let measured = read(text_of("hyperfine.json"));
    assert_eq!(measured.operations.len(), 2);
    assert_eq!(measured.replicates[&CellKey::of("true", "mean")].len(), 12);
    let one = r#"{"results":[{"command":"x","mean":1.5,"times":[1,2],"exit_codes":[0,1]}]}"#;
    check(one, "hyperfine", Some((2, 1)), &[("mean", 1.5e9), ("errors", 0.5)]);
    check(
        r#"{"results":[{"command":"x","mean":1.5,"median":2}]}"#,
        "hyperfine",
        Some((0, 0)),
        &[("p50", 2e9)],
    );
}

#[test]
fn both_shapes_of_the_document_database_report_say_the_same() {
    let cells = [
        ("rate", 99.0),
        ("errors", 0.01),
        ("p50", 3e6),
        ("p99", 40e6),
        ("create/p95", 20e6),
        ("create/rate", 29.0),
    ];
    check(NESTED, "docdb", Some((1000, 10)), &cells);
    check(FLAT, "docdb", Some((1000, 10)), &cells);
    let (nested, flat) = (read(NESTED), read(FLAT));
    assert_eq!(nested.plan_differences(&flat), []);
    assert_eq!(nested.plan_name, "mixed");
    let other = read(&FLAT.replace("\"workers\": 10", "\"workers\": 20"));
    assert_eq!(nested.plan_differences(&other).len(), 1);
}

#[test]
fn every_tool_names_itself_and_a_command() {
    for (name, text) in FIXTURES.into_iter().chain([("docdb", NESTED)]) {
        let (format, _) = crate::format::detect(text).unwrap();
        assert!(name.starts_with(&format!("{format:?}").to_lowercase()), "{name} is {format:?}");
        assert!(!format.command().is_empty() && !format.to_string().is_empty());
    }
}

#[test]
fn what_is_no_result_is_said_with_what_to_do() {
    let check = |bytes: &[u8], message: &str| {
        let error = import("a", bytes).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(!error.hint().is_empty());
    };
    check(b"", "it is empty");
    check(b" \n\n", "it is empty");
    check(b"ab\xff", "it is not text: byte 2 is no UTF-8");
    check(b"hello there", "it is not a result of any known tool (a text that starts with `hello there`)");
    check(b"{}", "it is not a result of any known tool (an empty JSON object)");
    check(b"[1,2]", "it is not a result of any known tool (a JSON list of 2 items)");
    check(br#"{"a":1,"b":2}"#, "it is not a result of any known tool (a JSON object with `a`, `b`)");
    check(br#"{"schema":"dyno-run/1","#, "its JSON is cut off at line 1, column 23");
    check(br#"{"a":}"#, "its JSON is broken at line 1, column 6");
    let none = |word: &str, column: u32| {
        format!("its JSON has `{word}` at line 2, column {column}, which is no number that can be compared")
    };
    check(b"{\n\"a\": NaN}", &none("NaN", 6));
    check(b"{\n\"a\": nan}", &none("nan", 7));
    check(b"{\n\"a\": -Infinity}", &none("Infinity", 7));
    check(br#"{"schema":"dyno-run/2"}"#, "its schema is `dyno-run/2`, and this version reads `dyno-run/1`");
    check(
        br#"{"schema":"dyno-runs/7"}"#,
        "its schema is `dyno-runs/7`, and this version reads `dyno-runs/1`",
    );
    check(br#"{"schema":"dyno-comparison/1"}"#, "it is a comparison (`dyno-comparison/1`), not a result");
    check(br#"{"schema":"dyno-profile/1"}"#, "it is a file of another kind (`dyno-profile/1`), not a result");
    check(br#"{"schema":"dyno-runs/1","runs":[]}"#, "it is a result of dyno, but the bundle holds no runs");
    let error = import("a", br#"{"schema":"dyno-run/1"}"#).unwrap_err();
    assert!(matches!(error, ImportError::Broken { format: Format::DynoRun, .. }), "{error}");
    check(
        br#"{"latencyPercentiles":{},"summary":{"total":"x"},"statusCodeDistribution":{},"errorDistribution":{}}"#,
        "it is a result of oha, but `summary.total` is a text and not a number",
    );
    check(
        b"Running 2s test @ http://h/\n  1 threads and 4 connections\n  Thread Stats   Avg",
        "it is a result of wrk, but it has no line such as `123 requests in 10.00s`; was it stopped before its end?",
    );
    check(
        br#"{"iters":[1],"times":[1,2]}"#,
        "it is a result of criterion, but `iters` has 1 entries and `times` 2",
    );
    check(
        br#"{"summary":{"total_operations":1,"total_errors":2}}"#,
        "it is a result of the document database benchmark, but it has 2 errors in 1 operations",
    );
}

proptest! {
    #[test]
    fn foreign_bytes_are_never_worse_than_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = import("a", &bytes);
    }

    #[test]
    fn results_that_are_cut_off_or_damaged_give_finite_numbers_or_an_error(
        which in 0..FIXTURES.len() + 2, cut in 0.0..1.0_f64, at in 0.0..1.0_f64, with in "[-0-9a-zN.{}\"\\[\\], \n]{0,12}",
    ) {
        let text = match which { 17 => NESTED, 18 => FLAT, which => FIXTURES[which].1 };
        let place = |share: f64| text.floor_char_boundary((text.len() as f64 * share) as usize);
        let cut_off = &text[..place(cut)];
        let damaged = format!("{}{with}{}", &text[..place(at)], &text[text.floor_char_boundary(place(at) + with.len())..]);
        for bytes in [cut_off.as_bytes(), damaged.as_bytes()] {
            for measured in import("a", bytes).into_iter().flatten() {
                for (key, cell) in &measured.cells {
                    prop_assert!(cell.value.is_finite(), "{key} {cell:?}");
                }
                if let Some(count) = measured.errors {
                    prop_assert!(count.errors <= count.attempts);
                }
            }
        }
    }
}
