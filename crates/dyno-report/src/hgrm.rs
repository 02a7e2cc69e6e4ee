//! HdrHistogram percentile distributions, as HdrHistogram's own tools print them, in milliseconds.
//!
//! Only response times: what other tools plot under this name. Called for `.hgrm` files.

use std::fmt::Write as _;

use dyno_model::{Histogram, ONE_HOUR_NS, RunRecord};

/// Steps per halving of the distance to 100 %, the default of HdrHistogram's tools.
const TICKS_PER_HALF_DISTANCE: u32 = 5;
const NS_PER_MS: f64 = 1e6;

/// The response times of all requests.
#[must_use]
pub fn report(record: &RunRecord) -> String {
    distribution(&record.times.response_time_ns.histogram)
}

/// The response times of one operation; `None` when the record has no operation of that name.
#[must_use]
pub fn operation(record: &RunRecord, name: &str) -> Option<String> {
    record.operations.get(name).map(|o| distribution(&o.times.response_time_ns.histogram))
}

/// One distribution with its footer. Six decimals keep nanoseconds, which loopback times need.
fn distribution(histogram: &Histogram) -> String {
    let counts = counts_of(histogram);
    let mut text =
        format!("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    let mut total = 0_u64;
    for step in counts.iter_quantiles(TICKS_PER_HALF_DISTANCE) {
        total = total.saturating_add(step.count_since_last_iteration());
        let (value_ms, share) = (step.value_iterated_to() as f64 / NS_PER_MS, step.quantile_iterated_to());
        write!(text, "{value_ms:12.6} {share:2.12} {total:10}").expect(IN_MEMORY);
        if share < 1.0 {
            write!(text, " {:14.2}", 1.0 / (1.0 - share)).expect(IN_MEMORY);
        }
        text.push('\n');
    }
    let (mean, deviation) = (histogram.mean() / NS_PER_MS, histogram.stdev() / NS_PER_MS);
    let (max, count) = (histogram.max() as f64 / NS_PER_MS, histogram.count());
    writeln!(text, "#[Mean    = {mean:12.6}, StdDeviation   = {deviation:12.6}]").expect(IN_MEMORY);
    writeln!(text, "#[Max     = {max:12.6}, Total count    = {count:12}]").expect(IN_MEMORY);
    writeln!(text, "#[Buckets = {:12}, SubBuckets     = {SUB_BUCKETS:12}]", counts.buckets())
        .expect(IN_MEMORY);
    text
}

const IN_MEMORY: &str = "invariant: writing to memory does not fail";
/// Two significant digits need 256 sub-buckets, of which each power of two uses the upper half.
const SUB_BUCKETS: u32 = 256;

/// The same counts in the type whose iterators and encodings other tools know.
pub(crate) fn counts_of(histogram: &Histogram) -> hdrhistogram::Histogram<u64> {
    let mut counts = hdrhistogram::Histogram::new_with_bounds(1, ONE_HOUR_NS, 2)
        .expect("invariant: fixed bounds are valid");
    for (value_ns, count) in histogram.buckets() {
        counts.saturating_record_n(value_ns, count);
    }
    counts
}
