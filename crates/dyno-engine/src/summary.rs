//! What a run came to: the parts of a run record that follow from the samples alone.

use std::collections::BTreeMap;

use dyno_model::{
    Headline, LoadRecord, OperationRecord, OperationTable, OutcomeStatus, RunState, Specimen, Tally, Times,
    Totals,
};

use crate::recorder::{RawSpecimen, WorkerInterval};

/// How many specimens of failures a record keeps.
const SPECIMENS_KEPT: usize = 40;

/// Everything that a run left behind, before it is judged.
#[derive(Debug)]
pub struct Played {
    /// Asked and achieved.
    pub load: LoadRecord,
    /// Totals of the measured time, per operation.
    pub by_operation: Vec<Tally>,
    /// Totals of all requests in the measured time.
    pub all: Tally,
    /// Connections opened in the whole run.
    pub connect: dyno_model::Histogram,
    /// TLS handshakes in the whole run.
    pub tls: dyno_model::Histogram,
    /// First specimens of each kind of failure.
    pub specimens: Vec<RawSpecimen>,
    /// Length of the measured time.
    pub elapsed_ns: u64,
    /// Length of the whole run.
    pub run_ns: u64,
    /// How it ended.
    pub state: RunState,
    /// Workers that could not play their part, in words.
    pub worker_errors: Vec<String>,
    /// Samples one by one, a log per worker; empty unless they were asked for.
    pub samples: Vec<crate::SampleLog>,
}

/// The parts of a run record that follow from the samples.
#[derive(Debug)]
pub struct Summary {
    /// Counts of all requests.
    pub totals: Totals,
    /// Times of all requests.
    pub times: Times,
    /// Connection times, when there were connections.
    pub connect_ns: Option<Headline>,
    /// Handshake times, when there was TLS.
    pub tls_ns: Option<Headline>,
    /// Per operation, by name.
    pub operations: BTreeMap<String, OperationRecord>,
    /// First specimens of each kind of failure; messages as they came, not redacted.
    pub specimens: Vec<Specimen>,
    /// The slowest successes.
    pub slowest: Vec<Specimen>,
}

impl Played {
    /// Summarises the run under the names of its operations.
    #[must_use]
    pub fn summary(&self, operations: &OperationTable) -> Summary {
        let connections = self.connect.count();
        let headline = |h: &dyno_model::Histogram| (!h.is_empty()).then(|| Headline::from(h));
        Summary {
            totals: Totals { connections, ..totals_of(&self.all, self.elapsed_ns) },
            times: Times::from(&self.all),
            connect_ns: headline(&self.connect),
            tls_ns: headline(&self.tls),
            operations: operations
                .iter()
                .map(|(id, name, kind)| {
                    let tally = &self.by_operation[id.index()];
                    let record = OperationRecord {
                        kind,
                        totals: totals_of(tally, self.elapsed_ns),
                        times: Times::from(tally),
                    };
                    (name.to_owned(), record)
                })
                .collect(),
            specimens: self.specimens.iter().take(SPECIMENS_KEPT).map(|s| s.named(operations)).collect(),
            slowest: self.slowest(operations),
        }
    }

    fn slowest(&self, operations: &OperationTable) -> Vec<Specimen> {
        let mut slowest: Vec<Specimen> = operations
            .iter()
            .flat_map(|(id, name, _)| {
                self.by_operation[id.index()].slowest.iter().map(move |slow| Specimen {
                    operation: name.to_owned(),
                    n: slow.n,
                    at_ns: slow.at_ns,
                    kind: "slow".to_owned(),
                    response_time_ns: slow.response_time_ns,
                    message: String::new(),
                })
            })
            .collect();
        slowest.sort_by_key(|specimen| std::cmp::Reverse(specimen.response_time_ns));
        slowest.truncate(10);
        slowest
    }
}

fn totals_of(tally: &Tally, elapsed_ns: u64) -> Totals {
    let in_time = tally.ok.saturating_sub(tally.drained) + tally.carried;
    let throughput_per_s = if elapsed_ns == 0 { 0.0 } else { in_time as f64 * 1e9 / elapsed_ns as f64 };
    let errors_by_kind = dyno_model::FailureKind::ALL
        .iter()
        .filter(|kind| tally.failed_by_kind[kind.index()] > 0)
        .map(|kind| (kind.name().to_owned(), tally.failed_by_kind[kind.index()]))
        .collect();
    Totals {
        requests: tally.requests(),
        ok: tally.ok,
        rejected: tally.rejected,
        failed: tally.failed(),
        bytes_sent: tally.bytes_sent,
        bytes_received: tally.bytes_received,
        elapsed_ns,
        throughput_per_s,
        connections: 0,
        errors_by_kind,
        status_codes: tally.status_codes.iter().map(|&(code, count)| (code.to_string(), count)).collect(),
    }
}

impl RawSpecimen {
    fn named(&self, operations: &OperationTable) -> Specimen {
        let kind = match self.status {
            OutcomeStatus::Failed(kind) => kind.name().to_owned(),
            OutcomeStatus::Rejected(_) | OutcomeStatus::Ok(_) => "rejected".to_owned(),
        };
        Specimen {
            operation: operations.name(self.operation).to_owned(),
            n: self.n,
            at_ns: self.at_ns,
            kind,
            response_time_ns: self.response_time_ns,
            message: self.message.clone(),
        }
    }
}

/// The process of starts as it was really sent: evidence that even is even and Poisson is Poisson.
#[derive(Debug, Default)]
pub(crate) struct SendProcess {
    /// Running count, mean and sum of squares of the gaps (Welford), within each interval's sampled stretch.
    gaps: Moments,
    bins: Moments,
}

#[derive(Debug, Default, Clone, Copy)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let delta = value - self.mean;
        self.mean += delta / self.count;
        self.squares += delta * (value - self.mean);
    }

    fn variance(self) -> f64 {
        self.squares / self.count
    }
}

/// Fewer gaps or bins than this say nothing.
const ENOUGH: f64 = 100.0;

impl SendProcess {
    /// Adds the starts of a whole interval.
    pub(crate) fn add(&mut self, whole: &mut WorkerInterval) {
        whole.starts_ns.sort_unstable();
        for pair in whole.starts_ns.windows(2) {
            self.gaps.add(f64::from(pair[1] - pair[0]));
        }
        // The last bin may be cut short by the border of a phase.
        let full = whole.start_bins.len().saturating_sub(1);
        for &count in &whole.start_bins[..full] {
            self.bins.add(f64::from(count));
        }
    }

    /// Joins the sampled starts of two workers: only the stretch that both sampled completely.
    pub(crate) fn join_starts(mine: &mut Vec<u32>, theirs: &[u32]) {
        let complete_until = |starts: &[u32]| match starts.last() {
            Some(&last) if starts.len() >= 1_024 => last,
            _ => u32::MAX,
        };
        let until = complete_until(mine).min(complete_until(theirs));
        mine.extend_from_slice(theirs);
        mine.retain(|&start| start <= until);
    }

    /// Coefficient of variation of the gaps: 0 for even spacing, 1 for a Poisson process.
    pub(crate) fn gap_cv(&self) -> Option<f64> {
        (self.gaps.count >= ENOUGH && self.gaps.mean > 0.0)
            .then(|| self.gaps.variance().sqrt() / self.gaps.mean)
    }

    /// Variance over mean of the starts in 10 ms bins: 0 for even spacing, 1 for a Poisson process.
    pub(crate) fn dispersion(&self) -> Option<f64> {
        (self.bins.count >= ENOUGH && self.bins.mean > 0.0).then(|| self.bins.variance() / self.bins.mean)
    }
}
