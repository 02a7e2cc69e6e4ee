//! Snapshots of every output of the four standard records, and what hostile text cannot do to them.

use std::path::Path;

use crate::{Format, csv, github, render, sample, text};

pub(crate) mod hostile;

fn text_of(format: Format, record: &dyno_model::RunRecord) -> String {
    String::from_utf8(render(format, record)).unwrap()
}

/// Long encodings say nothing to a reader of a snapshot.
fn without_histograms(text: &str) -> String {
    let is_encoded = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let mut short = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| is_encoded(c)) {
        let end = rest[start..].find(|c: char| !is_encoded(c)).map_or(rest.len(), |length| start + length);
        short.push_str(&rest[..start]);
        short.push_str(if end - start > 60 { "[encoded]" } else { &rest[start..end] });
        rest = &rest[end..];
    }
    short + rest
}

fn first_lines(text: &str, count: usize) -> String {
    text.lines().take(count).collect::<Vec<_>>().join("\n")
}

#[test]
fn outputs_are_stable() {
    for (name, record) in sample::standard() {
        let style = text::Style { colour: false, width: 100 };
        insta::assert_snapshot!(format!("{name}_text"), text::summary(&record, style));
        insta::assert_snapshot!(format!("{name}_github"), github::annotations(&record));
        for format in [Format::Markdown, Format::Csv, Format::Junit, Format::OpenMetrics] {
            let output = text_of(format, &record).replace('\r', "");
            insta::assert_snapshot!(format!("{name}{}", format.extension().replace('.', "_")), output);
        }
        for format in [Format::Json, Format::CsvIntervals, Format::Hgrm, Format::Hlog] {
            let output = first_lines(&without_histograms(&text_of(format, &record)), 40);
            insta::assert_snapshot!(format!("{name}{}", format.extension().replace('.', "_")), output);
        }
    }
}

#[test]
fn paths_name_their_format() {
    let check = |path: &str, expected: Format| {
        assert_eq!(Format::from_path(Path::new(path)), Ok(expected), "{path}");
    };
    check("report.html", Format::Html);
    check("out/Report.HTML", Format::Html);
    check("a.csv", Format::Csv);
    check("a.intervals.csv", Format::CsvIntervals);
    check("junit.xml", Format::Junit);
    check("metrics.prom", Format::OpenMetrics);
    for format in Format::ALL {
        check(&format!("run{}", format.extension()), format);
    }
}

#[test]
fn unknown_paths_list_what_exists() {
    let error = Format::from_path(Path::new("out/report.pdf")).unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"cannot tell the kind of output from `out/report.pdf`: `.pdf` is not a known extension; the known extensions are .intervals.csv (CSV, one row per second), .json (JSON), .html (HTML), .htm (HTML), .md (Markdown), .csv (CSV, one row per operation), .xml (JUnit), .hgrm (HdrHistogram percentiles), .hlog (HdrHistogram log), .prom (OpenMetrics), .om (OpenMetrics), .txt (OpenMetrics)");
    assert!(Format::from_path(Path::new("report")).unwrap_err().to_string().contains("it has no extension"));
}

#[test]
fn json_is_the_record() {
    let record = sample::passing();
    let read: dyno_model::RunRecord = serde_json::from_str(&text_of(Format::Json, &record)).unwrap();
    assert_eq!((read.verdict, read.totals.ok), (record.verdict, record.totals.ok));
    assert_eq!(read.times.response_time_ns.p99, record.times.response_time_ns.p99);
    assert_eq!(read.intervals.len(), record.intervals.len());
}

#[test]
fn log_lines_hold_readable_histograms() {
    use base64::Engine as _;
    let record = sample::suspect();
    let log = text_of(Format::Hlog, &record);
    let lines: Vec<_> = log.lines().filter(|line| !line.starts_with(['#', '"'])).collect();
    assert_eq!(lines.len(), record.intervals.len());
    for (line, interval) in lines.iter().zip(&record.intervals) {
        assert_eq!(line.starts_with("Tag=warmup,"), !interval.measured);
        let encoded = line.rsplit(',').next().unwrap();
        let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).unwrap();
        let counts: hdrhistogram::Histogram<u64> =
            hdrhistogram::serialization::Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap();
        assert_eq!(counts.len(), interval.histogram.count());
        assert_eq!(counts.value_at_quantile(0.99).min(counts.max()), interval.histogram.quantile(0.99));
    }
}

#[test]
fn percentile_text_ends_at_all_values() {
    let record = sample::passing();
    let count = record.times.response_time_ns.count;
    let text = text_of(Format::Hgrm, &record);
    let last = text.lines().rfind(|line| !line.starts_with('#')).unwrap();
    let words: Vec<_> = last.split_whitespace().collect();
    assert_eq!(words[1..], ["1.000000000000", &count.to_string()]);
    assert_eq!(crate::hgrm::operation(&record, "buy").map(|text| text.is_empty()), Some(false));
    assert_eq!(crate::hgrm::operation(&record, "unknown"), None);
}

#[test]
fn annotations_are_bounded() {
    let mut record = sample::failing();
    let check = record.verdict.checks.iter().find(|check| !check.ok).unwrap().clone();
    record.verdict.checks = vec![check; 25];
    let annotations = github::annotations(&record);
    let errors: Vec<_> = annotations.lines().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(errors.len(), 10);
    assert_eq!(errors[9], "::error title=Not all are shown::16 more are in the report");
    assert_eq!(annotations.lines().filter(|line| line.starts_with("::notice ")).count(), 1);
}

#[test]
fn markdown_stays_below_the_limit_of_job_summaries() {
    let mut record = sample::failing();
    let specimen = record.specimens[0].clone();
    record.specimens = (0..5_000)
        .map(|_| dyno_model::Specimen { message: "*|`<".repeat(20_000), ..specimen.clone() })
        .collect();
    let operation = record.operations["buy"].clone();
    for i in 0..3_000 {
        record.operations.insert(format!("{i}{}", "<|`".repeat(400)), operation.clone());
    }
    assert!(text_of(Format::Markdown, &record).len() <= 900_000);
}

#[test]
fn rows_of_csv_are_as_long_as_the_header() {
    for text in [csv::summary(&sample::failing()), csv::intervals(&sample::failing())] {
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let columns = reader.headers().unwrap().len();
        assert!(reader.records().all(|row| row.unwrap().len() == columns));
    }
}
