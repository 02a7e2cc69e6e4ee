//! Comma-separated values: one row per operation, or one per interval.
//!
//! Every column name carries its unit. Called for `.csv` and `.intervals.csv` files.

use dyno_model::{Headline, RunRecord};

use crate::words;

/// One row for the whole run (named `all`) and one per operation. Times in nanoseconds, empty without values.
#[must_use]
pub fn summary(record: &RunRecord) -> String {
    let mut header: Vec<String> = [
        "run",
        "name",
        "started_at",
        "verdict",
        "validity",
        "operation",
        "requests",
        "ok",
        "rejected",
        "failed",
        "elapsed_ns",
        "throughput_per_s",
        "bytes_sent",
        "bytes_received",
    ]
    .map(str::to_owned)
    .to_vec();
    for time in ["response_time", "service_time", "lateness", "first_byte", "failure_time"] {
        header.extend(QUANTILES.map(|quantile| format!("{time}_{quantile}_ns")));
    }
    let whole = (words::ALL, &record.totals, &record.times);
    let operations = record.operations.iter().map(|(name, o)| (name.as_str(), &o.totals, &o.times));
    let rows = std::iter::once(whole).chain(operations).map(|(operation, totals, times)| {
        let mut row = vec![
            record.id.clone(),
            record.name.clone(),
            record.started_at.clone(),
            words::verdict(record.verdict.state).to_lowercase(),
            words::validity(record.validity.state).to_owned(),
            operation.to_owned(),
        ];
        row.extend(
            [totals.requests, totals.ok, totals.rejected, totals.failed].map(|count| count.to_string()),
        );
        row.push(totals.elapsed_ns.to_string());
        row.push(format!("{:.3}", totals.throughput_per_s));
        row.extend([totals.bytes_sent, totals.bytes_received].map(|count| count.to_string()));
        for headline in [
            &times.response_time_ns,
            &times.service_time_ns,
            &times.lateness_ns,
            &times.first_byte_ns,
            &times.failure_time_ns,
        ] {
            row.extend(quantiles(headline));
        }
        row
    });
    write(&header, rows)
}

const QUANTILES: [&str; 9] = ["min", "mean", "p50", "p90", "p95", "p99", "p99_9", "p99_99", "max"];

fn quantiles(times: &Headline) -> [String; 9] {
    let values = [
        times.min,
        times.mean,
        times.p50,
        times.p90,
        times.p95,
        times.p99,
        times.p99_9,
        times.p99_99,
        times.max,
    ];
    values.map(|value| if times.count == 0 { String::new() } else { value.to_string() })
}

/// One row per interval, warm-up included. Absent figures are empty fields.
#[must_use]
pub fn intervals(record: &RunRecord) -> String {
    let header = [
        "at_ns",
        "length_ns",
        "measured",
        "asked",
        "requests",
        "ok",
        "rejected",
        "failed",
        "in_flight",
        "bytes_sent",
        "bytes_received",
        "response_time_p50_ns",
        "response_time_p99_ns",
        "response_time_max_ns",
        "lateness_p99_ns",
        "generator_cpu_cores",
        "generator_rss_bytes",
        "target_cpu_cores",
        "target_rss_bytes",
    ]
    .map(str::to_owned);
    let rows = record.intervals.iter().map(|i| {
        let time =
            |q: f64| if i.histogram.is_empty() { String::new() } else { i.histogram.quantile(q).to_string() };
        let mut row = vec![
            i.at_ns.to_string(),
            i.length_ns.to_string(),
            i.measured.to_string(),
            i.asked.map(|count| count.to_string()).unwrap_or_default(),
        ];
        row.extend([i.requests, i.ok, i.rejected, i.failed, i.in_flight].map(|count| count.to_string()));
        row.extend([i.bytes_sent, i.bytes_received].map(|count| count.to_string()));
        row.extend([time(0.5), time(0.99), time(1.0), i.lateness_p99_ns.to_string()]);
        for used in [&i.generator, &i.target] {
            row.push(used.map(|sample| format!("{:.4}", sample.cpu_cores)).unwrap_or_default());
            row.push(used.map(|sample| sample.rss_bytes.to_string()).unwrap_or_default());
        }
        row
    });
    write(&header, rows)
}

pub(crate) fn write(header: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    const IN_MEMORY: &str = "invariant: writing rows of equal length to memory does not fail";
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(header).expect(IN_MEMORY);
    for row in rows {
        writer.write_record(row.iter().map(|field| defused(field))).expect(IN_MEMORY);
    }
    let bytes = writer.into_inner().expect(IN_MEMORY);
    String::from_utf8(bytes).expect("invariant: fields of UTF-8 make UTF-8")
}

/// A field that a spreadsheet does not run as a formula: an apostrophe stands before `=`, `+`, `@` and the like.
fn defused(field: &str) -> String {
    let is_number = field.parse::<f64>().is_ok();
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number {
        format!("'{field}")
    } else {
        field.to_owned()
    }
}
