//! The history as text and JSON.

use dyno_model::HistoryRecord;

use super::{render, summary};
use crate::text::Style;
use crate::{Format, FormatError, sample_comparison};

#[test]
fn the_text_is_stable() {
    let record = sample_comparison::history();
    insta::assert_snapshot!("history_text", summary(&record, Style { colour: false, width: 110 }, 15));
    let narrow = summary(&record, Style { colour: false, width: 72 }, 2);
    assert!(narrow.contains("p50") && !narrow.contains("rate"), "columns that do not fit are left out");
}

#[test]
fn json_is_the_record() {
    let record = sample_comparison::history();
    let read: HistoryRecord = serde_json::from_slice(&render(Format::Json, &record).unwrap()).unwrap();
    assert_eq!((read.sessions, read.left_out), (record.sessions, record.left_out));
    assert_eq!(read.series[1].changes.len(), 2);
}

#[test]
fn other_kinds_are_refused() {
    let error = render(Format::Markdown, &sample_comparison::history()).unwrap_err();
    assert_eq!(error, FormatError::NoHistory { format: "Markdown" });
    assert_eq!(error.to_string(), "a history has no output of kind Markdown; write .html or .json");
}

#[test]
fn a_history_without_changes_says_so() {
    let mut record = sample_comparison::history();
    record.series.remove(1);
    assert!(summary(&record, Style::default(), 5).contains("Nothing changed for good."));
    (record.sessions, record.series, record.fingerprint) = (Vec::new(), Vec::new(), String::new());
    insta::assert_snapshot!(summary(&record, Style::default(), 5), @"
    checkout  0 sessions
      left out  2: another machine
      No session says anything about the target.
    ");
}
