//! Snapshots of every output of the standard comparisons, and what each has to hold.

use dyno_model::ComparisonRecord;

use super::{annotations, explanation, render, summary};
use crate::text::Style;
use crate::{Format, FormatError, sample_comparison};

mod hostile;

fn text_of(format: Format, record: &ComparisonRecord) -> String {
    String::from_utf8(render(format, record).unwrap()).unwrap()
}

#[test]
fn outputs_are_stable() {
    for (name, record) in sample_comparison::standard() {
        for width in [100, 72] {
            let text = summary(&record, Style { colour: false, width });
            insta::assert_snapshot!(format!("{name}_text_{width}"), text);
        }
        let style = Style { colour: false, width: 100 };
        insta::assert_snapshot!(format!("{name}_explanation"), explanation(&record, style));
        insta::assert_snapshot!(format!("{name}_github"), annotations(&record));
        for format in [Format::Markdown, Format::Csv, Format::Junit] {
            let output = text_of(format, &record).replace('\r', "");
            insta::assert_snapshot!(format!("{name}{}", format.extension().replace('.', "_")), output);
        }
    }
}

#[test]
fn json_is_the_record() {
    for (_, record) in sample_comparison::standard() {
        let read: ComparisonRecord = serde_json::from_str(&text_of(Format::Json, &record)).unwrap();
        assert_eq!(read.rows.len(), record.rows.len());
        assert_eq!((&read.gate, &read.arms), (&record.gate, &record.arms));
        assert_eq!(read.overrides, record.overrides);
        let rounds = |record: &ComparisonRecord| record.contest.as_ref().map(|contest| contest.rounds.len());
        assert_eq!(rounds(&read), rounds(&record));
    }
}

#[test]
fn outputs_of_one_run_are_refused() {
    let error = render(Format::Hgrm, &sample_comparison::passing()).unwrap_err();
    assert_eq!(error, FormatError::RunsOnly { format: "HdrHistogram percentiles" });
}

#[test]
fn colour_repeats_the_words() {
    for (_, record) in sample_comparison::standard() {
        let plain = summary(&record, Style { colour: false, width: 100 });
        let coloured = summary(&record, Style { colour: true, width: 100 });
        assert_ne!(plain, coloured);
        assert_eq!(without_escapes(&coloured), plain);
    }
}

/// The text without its escape sequences.
fn without_escapes(text: &str) -> String {
    let mut pieces = text.split('\u{1b}');
    let mut free = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        free.push_str(piece.split_once('m').map_or("", |(_, rest)| rest));
    }
    free
}

#[test]
fn several_candidates_are_told_apart() {
    let mut record = sample_comparison::failing();
    let third =
        dyno_model::Arm { letter: "C".to_owned(), label: "next".to_owned(), ..record.arms[1].clone() };
    record.arms.push(third);
    let more: Vec<_> =
        record.rows.iter().map(|row| dyno_model::ComparisonRow { candidate: 2, ..row.clone() }).collect();
    record.rows.extend(more);
    let text = summary(&record, Style { colour: false, width: 110 });
    insta::assert_snapshot!("compare_three_arms_text", text);
    let markdown = text_of(Format::Markdown, &record);
    assert!(markdown.contains("| B | **REGRESSED** | `browse`") && markdown.contains("| C | **REGRESSED**"));
    assert!(text_of(Format::Junit, &record).contains("testcase name=\"C browse p99\""));
    let html = text_of(Format::Html, &record);
    assert!(html.contains("<b>C</b> browse") && html.contains("C browse p99"));
}

#[test]
fn many_rows_are_counted() {
    let mut record = sample_comparison::failing();
    let row = record.rows[0].clone();
    record.rows.extend((0..100).map(|_| row.clone()));
    assert!(summary(&record, Style::default()).contains("and 68 more rows"));
}
