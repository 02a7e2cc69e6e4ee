//! What happened to one operation in one stretch of time: counts and histograms.

use crate::{FailureKind, Histogram, OutcomeStatus, Sample};

/// How many of the slowest samples a tally remembers.
const SLOWEST_KEPT: usize = 8;

/// Counts and histograms of one operation. Merging is exact, associative and commutative.
///
/// Latency histograms hold successes only; rejected and failed operations have `failure_time`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// Successes.
    pub ok: u64,
    /// Answers that refused.
    pub rejected: u64,
    /// Failures by [`FailureKind::index`].
    pub failed_by_kind: [u64; FailureKind::ALL.len()],
    /// Bytes written.
    pub bytes_sent: u64,
    /// Bytes read.
    pub bytes_received: u64,
    /// Successes that ended after the measurement did: in the latency, not in the throughput.
    pub drained: u64,
    /// Successes of the warm-up that ended in the measured time: in the throughput, not in the latency.
    ///
    /// They stand for the drained ones, so that the throughput of a steady run is not too low.
    pub carried: u64,
    /// Status codes and how often each came, successes and rejections, unordered.
    pub status_codes: Vec<(u16, u64)>,
    /// End − intended start of successes.
    pub response_time: Histogram,
    /// End − actual start of successes.
    pub service_time: Histogram,
    /// Actual − intended start of everything that started.
    pub lateness: Histogram,
    /// The generator's own part of the lateness.
    pub generator_lateness: Histogram,
    /// First byte − actual start of successes.
    pub first_byte: Histogram,
    /// End − intended start of rejected and failed operations.
    pub failure_time: Histogram,
    /// The slowest successes, slowest first.
    pub slowest: Vec<SlowSample>,
}

/// One of the slowest samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlowSample {
    /// End − intended start, in nanoseconds.
    pub response_time_ns: u64,
    /// Intended start since the start of the run, in nanoseconds.
    pub at_ns: u64,
    /// The arrival.
    pub n: u64,
}

impl Tally {
    /// Counts a sample. Allocates only for the first samples of a status code.
    #[inline]
    pub fn record(&mut self, sample: &Sample) {
        if sample.status.is_ok() {
            self.response_time.record(sample.response_time_ns());
        }
        self.lateness.record(sample.lateness_ns());
        self.generator_lateness.record(sample.generator_lateness_ns());
        self.record_service(sample);
    }

    /// Counts a sample of a closed loop, where every operation starts when it is intended to.
    ///
    /// Cheaper than [`Self::record`]; the histograms that follow from the service time are filled in
    /// by [`Self::complete_closed`], which must be called before the tally is read or merged.
    #[inline]
    pub fn record_closed(&mut self, sample: &Sample) {
        self.record_service(sample);
    }

    /// Derives response time and lateness of a tally filled by [`Self::record_closed`].
    pub fn complete_closed(&mut self) {
        self.response_time.clone_from(&self.service_time);
        self.lateness.clear();
        self.lateness.record_many(0, self.requests());
        self.generator_lateness.clone_from(&self.lateness);
    }

    #[inline]
    fn record_service(&mut self, sample: &Sample) {
        self.bytes_sent += sample.bytes_sent;
        self.bytes_received += sample.bytes_received;
        match sample.status {
            OutcomeStatus::Ok(code) => {
                self.ok += 1;
                self.count_status(code);
                self.service_time.record(sample.service_time_ns());
                self.first_byte.record(sample.first_byte_ns.saturating_sub(sample.actual_start_ns));
                self.remember_slow(sample.response_time_ns(), sample);
            }
            OutcomeStatus::Rejected(code) => {
                self.rejected += 1;
                self.count_status(code);
                self.failure_time.record(sample.response_time_ns());
            }
            OutcomeStatus::Failed(kind) => {
                self.failed_by_kind[kind.index()] += 1;
                self.failure_time.record(sample.response_time_ns());
            }
        }
    }

    /// Everything that was played: successes, rejections and failures.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.ok + self.rejected + self.failed()
    }

    /// Failures of all kinds.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failed_by_kind.iter().sum()
    }

    /// Adds everything that `other` counted.
    pub fn merge(&mut self, other: &Tally) {
        self.ok += other.ok;
        self.rejected += other.rejected;
        for (mine, theirs) in self.failed_by_kind.iter_mut().zip(other.failed_by_kind) {
            *mine += theirs;
        }
        self.bytes_sent += other.bytes_sent;
        self.bytes_received += other.bytes_received;
        self.drained += other.drained;
        self.carried += other.carried;
        for &(code, count) in &other.status_codes {
            self.add_status(code, count);
        }
        self.response_time.merge(&other.response_time);
        self.service_time.merge(&other.service_time);
        self.lateness.merge(&other.lateness);
        self.generator_lateness.merge(&other.generator_lateness);
        self.first_byte.merge(&other.first_byte);
        self.failure_time.merge(&other.failure_time);
        self.slowest.extend_from_slice(&other.slowest);
        self.slowest.sort_unstable_by(|a, b| b.cmp(a));
        self.slowest.truncate(SLOWEST_KEPT);
    }

    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.response_time.clear();
        self.service_time.clear();
        self.lateness.clear();
        self.generator_lateness.clear();
        self.first_byte.clear();
        self.failure_time.clear();
        self.status_codes.clear();
        self.slowest.clear();
        self.failed_by_kind = [0; FailureKind::ALL.len()];
        (self.ok, self.rejected, self.drained, self.carried) = (0, 0, 0, 0);
        (self.bytes_sent, self.bytes_received) = (0, 0);
    }

    #[inline]
    fn count_status(&mut self, code: u16) {
        match self.status_codes.first_mut() {
            Some(first) if first.0 == code => first.1 += 1,
            _ => self.add_status(code, 1),
        }
    }

    fn add_status(&mut self, code: u16, count: u64) {
        match self.status_codes.iter_mut().find(|(known, _)| *known == code) {
            Some(entry) => entry.1 += count,
            None => self.status_codes.push((code, count)),
        }
    }

    #[inline]
    fn remember_slow(&mut self, response_time_ns: u64, sample: &Sample) {
        let full = self.slowest.len() == SLOWEST_KEPT;
        if full && self.slowest[SLOWEST_KEPT - 1].response_time_ns >= response_time_ns {
            return;
        }
        self.insert_slow(SlowSample { response_time_ns, at_ns: sample.intended_start_ns, n: sample.n });
    }

    #[cold]
    fn insert_slow(&mut self, slow: SlowSample) {
        let position = self.slowest.partition_point(|known| *known > slow);
        self.slowest.insert(position, slow);
        self.slowest.truncate(SLOWEST_KEPT);
    }
}

#[cfg(test)]
mod tests;
