//! From a worker's samples to the figures of a client. Failures never count as speed.

use std::collections::BTreeMap;

use dyno_model::{ClientFigures, ClientSegment, Estimate, Headline, Histogram, units};
use dyno_stats::paired::{median, median_interval};
use dyno_workers::RunOutcome;

use crate::expected::Expected;
use crate::verdict::cpu_per_request;

const CONFIDENCE: f64 = 0.95;

/// How far a worker's own account of CPU may be from the host's, in nanoseconds: the kernel counts children that ended in
/// ticks of 10 ms, for user mode and kernel apart.
const ACCOUNT_SLACK_NS: u64 = 20_000_000;

/// The same as a part of what the host counted, one in so many: what a worker does between its readings and the host's.
const ACCOUNT_SHARE: u64 = 50;

/// What is gathered of a client over its segments.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) segments: Vec<ClientSegment>,
    service: Histogram,
    response: Histogram,
    done: Sums,
    chunks: Option<(u64, u64)>,
    /// Answers with a status that is no success, by status.
    unexpected: BTreeMap<u16, u64>,
    /// Segments that the host could not count.
    uncounted: usize,
}

/// Sums over segments of what workers may or may not tell.
#[derive(Debug, Default)]
struct Sums {
    requests: u64,
    rss_peak: Option<u64>,
    switches: Option<u64>,
    allocations: Option<i64>,
}

impl Gathered {
    /// Takes the outcome of one segment. `arrivals` is empty in a closed loop; `expected` says what is a success.
    pub(crate) fn add(
        &mut self,
        block: u32,
        position: u32,
        outcome: &RunOutcome,
        arrivals: &[(u64, u32)],
        expected: &Expected,
    ) {
        let samples = &outcome.samples;
        let own_cpu_ns = outcome.done.utime.unwrap_or(0) + outcome.done.stime.unwrap_or(0);
        self.uncounted += usize::from(outcome.host.is_none());
        let mut segment = ClientSegment {
            block,
            position,
            ok: 0,
            rejected: 0,
            failed: BTreeMap::new(),
            wall_ns: outcome.done.wall,
            cpu_ns: outcome.host.map_or(own_cpu_ns, |host| host.cpu_ns),
            own_cpu_ns: outcome.host.and(outcome.done.utime.map(|_| own_cpu_ns)),
            lateness_p99_ns: 0,
            doubts: outcome.doubts.clone(),
        };
        let mut lateness = Histogram::new();
        for index in 0..samples.len() {
            let (start, duration) = (samples.start_ns[index], samples.duration_ns[index]);
            let intended = arrivals.get(samples.seq[index] as usize).map_or(start, |(at, _)| *at);
            lateness.record(start.saturating_sub(intended));
            match (samples.code[index], samples.failure(index)) {
                (_, Some(kind)) => *segment.failed.entry(kind.name().to_owned()).or_default() += 1,
                (code, None) if !expected.accepts(code) => {
                    segment.rejected += 1;
                    *self.unexpected.entry(code).or_default() += 1;
                }
                _ => {
                    segment.ok += 1;
                    self.service.record(duration);
                    self.response.record(start.saturating_add(duration).saturating_sub(intended));
                    if let Some(chunks) = &samples.chunks {
                        let (sum, count) = self.chunks.unwrap_or_default();
                        self.chunks = Some((sum + u64::from(chunks[index]), count + 1));
                    }
                }
            }
        }
        segment.lateness_p99_ns = lateness.quantile(0.99);
        self.done.add(outcome, samples.len() as u64);
        self.segments.push(segment);
    }

    /// Whether the host counted every segment; `None` without a segment.
    pub(crate) fn is_counted_by_host(&self) -> Option<bool> {
        (!self.segments.is_empty()).then_some(self.uncounted == 0)
    }

    /// Where its own account of CPU differs from what the host counted.
    pub(crate) fn account(&self) -> Vec<String> {
        let own = |segment: &ClientSegment| Some((segment.own_cpu_ns?, segment.cpu_ns));
        let apart = |(own, host): &(u64, u64)| own.abs_diff(*host);
        let differing: Vec<(u64, u64)> = self
            .segments
            .iter()
            .filter_map(own)
            .filter(|(own, host)| own.abs_diff(*host) > ACCOUNT_SLACK_NS.max(host / ACCOUNT_SHARE))
            .collect();
        let Some((own, host)) = differing.iter().max_by_key(|pair| apart(pair)) else { return Vec::new() };
        vec![format!(
            "its own account of CPU does not hold in {} of {} segments: it says {}, the host counted {}",
            differing.len(),
            self.segments.len(),
            units::format_ns(*own),
            units::format_ns(*host),
        )]
    }

    /// Requests that were rejected or failed.
    pub(crate) fn errors(&self) -> u64 {
        self.segments.iter().map(|segment| segment.rejected + segment.failed.values().sum::<u64>()).sum()
    }

    /// The same in words, by status and by kind: `3 with status 404`, `2 timeout`.
    pub(crate) fn error_kinds(&self) -> Vec<String> {
        let mut failed: BTreeMap<&str, u64> = BTreeMap::new();
        for (kind, count) in self.segments.iter().flat_map(|segment| &segment.failed) {
            *failed.entry(kind).or_default() += count;
        }
        let statuses = self.unexpected.iter().map(|(code, count)| format!("{count} with status {code}"));
        statuses.chain(failed.iter().map(|(kind, count)| format!("{count} {kind}"))).collect()
    }

    /// The median response time, in nanoseconds.
    pub(crate) fn response_p50_ns(&self) -> u64 {
        self.response.quantile(0.5)
    }

    /// The figures; `None` without a success.
    pub(crate) fn figures(&self) -> Option<ClientFigures> {
        let cpu: Vec<f64> =
            self.segments.iter().filter_map(cpu_per_request).map(|ns| ns * 1_000.0 / 1e9).collect();
        let rates: Vec<f64> = self
            .segments
            .iter()
            .filter(|segment| segment.wall_ns > 0 && segment.ok > 0)
            .map(|segment| segment.ok as f64 * 1e9 / segment.wall_ns as f64)
            .collect();
        let per_request = |value: f64| value / self.done.requests.max(1) as f64;
        Some(ClientFigures {
            cpu_s_per_1000: estimate(&cpu)?,
            cpu_s_per_1000_above_floor: None,
            throughput_per_s: estimate(&rates)?,
            service_time_ns: Headline::from(&self.service),
            response_time_ns: Headline::from(&self.response),
            rss_peak_bytes: self.done.rss_peak,
            switches_per_1000: self.done.switches.map(|count| per_request(count as f64) * 1_000.0),
            allocations_per_request: self.done.allocations.map(|count| per_request(count as f64)),
            chunks_per_request: self.chunks.map(|(sum, count)| sum as f64 / count.max(1) as f64),
            requests: self.done.requests,
            errors: self.errors(),
        })
    }
}

impl Sums {
    fn add(&mut self, outcome: &RunOutcome, requests: u64) {
        let (done, host) = (&outcome.done, outcome.host);
        let is_first = self.requests == 0;
        self.requests += requests;
        let rss = host.map(|host| host.rss_peak_bytes).filter(|bytes| *bytes > 0);
        self.rss_peak = self.rss_peak.max(rss.or(done.maxrss));
        let switches = done.nvcsw.zip(done.nivcsw).map(|(voluntary, involuntary)| voluntary + involuntary);
        // Neither knows all: the worker not those of its children, the host not those of threads that ended.
        let switches = switches.max(host.map(|host| host.switches));
        // Unknown in one segment is unknown in all.
        self.switches = if is_first { switches } else { self.switches.zip(switches).map(|(a, b)| a + b) };
        self.allocations =
            if is_first { done.alloc } else { self.allocations.zip(done.alloc).map(|(a, b)| a + b) };
    }
}

fn estimate(values: &[f64]) -> Option<Estimate> {
    let interval = median_interval(values, CONFIDENCE);
    Some(Estimate {
        value: median(values)?,
        low: interval.map(|(low, _)| low),
        high: interval.map(|(_, high)| high),
        samples: values.len() as u64,
    })
}

#[cfg(test)]
mod tests;
