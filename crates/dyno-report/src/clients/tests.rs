use std::path::Path;

use dyno_model::ClientsRecord;

use super::sample::record;
use super::{format_of, render, summary};
use crate::Format;
use crate::text::Style;

#[test]
fn the_table_for_a_terminal() {
    insta::assert_snapshot!(summary(&record(), Style { colour: false, width: 120 }));
}

#[test]
fn a_narrow_terminal_has_the_verdict_and_is_told_what_is_missing() {
    for (width, missing) in [
        (120, ""),
        (100, "memory do not fit into 100 columns"),
        (80, "p50, p99, memory do not fit into 80 columns"),
        (60, "ok rate, p50, p99, memory do not fit into 70 columns"),
    ] {
        let text = summary(&record(), Style { colour: false, width });
        assert!(text.lines().all(|line| line.chars().count() <= width.max(70)), "{width}:\n{text}");
        assert!(text.contains("against reference") && text.contains("slower"), "{width}:\n{text}");
        let told = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(told.contains("do not fit"), !missing.is_empty(), "{width}:\n{text}");
        assert!(told.contains(missing), "{width}:\n{text}");
    }
}

#[test]
fn the_table_for_a_pull_request() {
    let text = String::from_utf8(render(Format::Markdown, &record())).expect("text");
    insta::assert_snapshot!(text);
}

#[test]
fn json_reads_what_it_wrote() {
    let json = render(Format::Json, &record());
    let back: ClientsRecord = serde_json::from_slice(&json).expect("its own JSON");
    assert_eq!(back.entries.len(), 6);
    assert_eq!(back.control, record().control);
}

#[test]
fn files_that_a_contest_cannot_be_are_refused() {
    assert_eq!(format_of(Path::new("x.md")).expect("known"), Format::Markdown);
    let error = format_of(Path::new("x.hgrm")).expect_err("a contest has no one distribution");
    assert!(error.to_string().contains("write .json, .html, .md or .csv"), "{error}");
}

#[test]
fn the_table_for_a_spreadsheet() {
    insta::assert_snapshot!(String::from_utf8(render(Format::Csv, &record())).expect("text"));
}
