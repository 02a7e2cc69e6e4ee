//! The numbers of a round: one value per cell, and none where there are too few samples for it.

use std::collections::BTreeMap;

use dyno_model::{CellKey, Histogram, OperationTable, RoundMachine, RunPlan, Tally};

use crate::Played;

/// A number that is taken from every round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Which number of which operation.
    pub key: CellKey,
    /// With fewer samples in a round it has no value there.
    pub samples_least: u64,
}

/// Times that are compared, of the whole run and of each operation.
const TIMES: [&str; 5] = ["p50", "p90", "p95", "p99", "mean"];

/// The cells of a plan: times and errors of the whole run and of each operation, its rate where answers decide about
/// it, and what the target uses.
///
/// With a single operation the whole run says everything. The rate of an open loop is what was asked for.
#[must_use]
pub fn cell_keys(operations: &OperationTable, is_open: bool) -> Vec<CellKey> {
    let mut keys: Vec<CellKey> = TIMES.into_iter().map(CellKey::whole).collect();
    if !is_open {
        keys.push(CellKey::whole("rate"));
    }
    keys.extend(["errors", "cpu_per_request", "rss"].map(CellKey::whole));
    if operations.len() > 1 {
        for (_, name, _) in operations.iter() {
            keys.extend(TIMES.into_iter().chain(["errors"]).map(|metric| CellKey::of(name, metric)));
        }
    }
    keys
}

/// The values of a round.
pub(super) fn values(
    plan: &RunPlan,
    played: &Played,
    machine: &RoundMachine,
    cells: &[Cell],
) -> BTreeMap<String, f64> {
    let value = |cell: &Cell| {
        let value = value_of(&plan.operations, played, machine, cell)?;
        Some((cell.key.to_string(), value))
    };
    cells.iter().filter_map(value).collect()
}

/// The value of one cell: times in nanoseconds, rates per second, shares from 0 to 1, memory in bytes.
///
/// `None` when the operation or the metric is not known, or when there are too few samples.
#[must_use]
pub fn value_of(
    operations: &OperationTable,
    played: &Played,
    machine: &RoundMachine,
    cell: &Cell,
) -> Option<f64> {
    let tally = match &cell.key.operation {
        None => &played.all,
        Some(name) => {
            let (id, _, _) = operations.iter().find(|(_, known, _)| known == name)?;
            &played.by_operation[id.index()]
        }
    };
    let (value, samples) = match cell.key.metric.as_str() {
        "rate" => (rate(tally, played.elapsed_ns)?, tally.ok),
        "errors" => (share(tally.requests() - tally.ok, tally.requests())?, tally.requests()),
        "cpu_per_request" => (cpu_per_request(played, machine)?, played.all.ok),
        "rss" => (machine.arm_rss_bytes? as f64, u64::MAX),
        metric => time(tally, metric)?,
    };
    (samples >= cell.samples_least.max(1) && value.is_finite()).then_some(value)
}

/// A statistic of a time, and how many samples it stands on.
fn time(tally: &Tally, metric: &str) -> Option<(f64, u64)> {
    let (histogram, statistic): (&Histogram, &str) = match metric.split_once('.') {
        Some(("response", statistic)) => (&tally.response_time, statistic),
        Some(("service", statistic)) => (&tally.service_time, statistic),
        Some(("first_byte", statistic)) => (&tally.first_byte, statistic),
        _ => (&tally.response_time, metric),
    };
    let value = match statistic {
        "mean" => histogram.mean(),
        "max" => histogram.max() as f64,
        _ => {
            let percent: f64 = statistic.strip_prefix('p')?.parse().ok()?;
            (0.0..=100.0).contains(&percent).then(|| histogram.interpolated(percent / 100.0))?
        }
    };
    Some((value, histogram.count()))
}

/// Successes that ended in the measured time, per second of it.
fn rate(tally: &Tally, elapsed_ns: u64) -> Option<f64> {
    let in_time = tally.ok.saturating_sub(tally.drained) + tally.carried;
    (elapsed_ns > 0).then(|| in_time as f64 * 1e9 / elapsed_ns as f64)
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// CPU time of the side over the whole round, per request of it, warm-up included in both; in nanoseconds.
fn cpu_per_request(played: &Played, machine: &RoundMachine) -> Option<f64> {
    let requests = played.all.requests() + played.load.warmup_requests;
    let cpu_ns = machine.arm_cpu_cores? * played.run_ns as f64;
    (requests > 0 && cpu_ns > 0.0).then(|| cpu_ns / requests as f64)
}
