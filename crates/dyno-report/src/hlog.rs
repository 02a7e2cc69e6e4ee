//! The HdrHistogram interval log, version 1.3: response times per second for ordinary plotters.
//!
//! Values are nanoseconds, so readers need their default factor of 1,000,000 to show milliseconds.
//! Warm-up intervals carry the tag `warmup`. Called for `.hlog` files.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dyno_model::{Histogram, IntervalRecord, RunRecord};
use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};

use crate::escape;
use crate::hgrm::counts_of;

const IN_MEMORY: &str = "invariant: writing to memory does not fail";

/// One line per interval, time stamps in seconds since `BaseTime`, the start of the run.
#[must_use]
pub fn report(record: &RunRecord) -> String {
    let mut text = String::from("#[Histogram log format version 1.3]\n");
    writeln!(text, "#[Run {} of {}]", escape::line(&record.id), escape::line(&record.name)).expect(IN_MEMORY);
    let start_s = epoch_s(&record.started_at);
    for name in ["BaseTime", "StartTime"] {
        let at = escape::line(&record.started_at);
        writeln!(text, "#[{name}: {start_s:.3} (seconds since epoch), {at}]").expect(IN_MEMORY);
    }
    text.push_str(
        "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
    );
    for interval in &record.intervals {
        push_line(&mut text, interval);
    }
    text
}

/// Seconds since 1970; 0 for a start that is no time stamp, which leaves relative times.
fn epoch_s(started_at: &str) -> f64 {
    started_at.parse::<jiff::Timestamp>().map_or(0.0, |at| at.as_millisecond() as f64 / 1e3)
}

fn push_line(text: &mut String, interval: &IntervalRecord) {
    let start_s = interval.at_ns.saturating_sub(interval.length_ns) as f64 / 1e9;
    let length_s = interval.length_ns as f64 / 1e9;
    let max_ms = interval.histogram.max() as f64 / 1e6;
    let tag = if interval.measured { "" } else { "Tag=warmup," };
    let counts = compressed(&interval.histogram);
    writeln!(text, "{tag}{start_s:.3},{length_s:.3},{max_ms:.3},{counts}").expect(IN_MEMORY);
}

fn compressed(histogram: &Histogram) -> String {
    let mut bytes = Vec::new();
    V2DeflateSerializer::new().serialize(&counts_of(histogram), &mut bytes).expect(IN_MEMORY);
    STANDARD.encode(bytes)
}
