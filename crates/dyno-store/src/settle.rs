//! Runs whose process was killed: found by readers, and rebuilt from the seconds that were stored until then.

use dyno_model::{
    Headline, Histogram, IntervalRecord, Reason, RunRecord, RunState, ValidityState, VerdictState,
};
use rusqlite::params;

use crate::process::ProcessMark;
use crate::row::{Row, running};
use crate::{Store, StoreError};

impl Store {
    /// Turns every run whose process is gone into an interrupted one.
    pub(crate) fn settle(&mut self) -> Result<(), StoreError> {
        for (id, mark, heartbeat_ms) in self.running()? {
            if mark.is_alive(heartbeat_ms) {
                continue;
            }
            match self.interrupt(&id) {
                // One record that cannot be read must not hide all others; loading it says what is wrong.
                Err(StoreError::Damaged { .. }) => {}
                outcome => outcome?,
            }
        }
        Ok(())
    }

    fn running(&self) -> Result<Vec<(String, ProcessMark, i64)>, StoreError> {
        let rows = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT id, pid, process_start, machine, heartbeat_ms FROM run WHERE state = ?1 AND pid IS NOT NULL",
            )?;
            let rows = statement.query_map([running()], |row| {
                let mark = ProcessMark { pid: row.get(1)?, start: row.get(2)?, machine: row.get(3)? };
                Ok((row.get(0)?, mark, row.get(4)?))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        rows().map_err(self.sql("look for killed runs"))
    }

    fn interrupt(&mut self, id: &str) -> Result<(), StoreError> {
        let rebuilt = rebuild(self.load_as_stored(id)?);
        let row = Row::of(&rebuilt);
        self.write("store an interrupted run", |transaction| {
            // Another reader may have been faster.
            let query = "SELECT count(*) FROM run WHERE id = ?1 AND state = ?2";
            let still: i64 = transaction.query_row(query, params![id, running()], |row| row.get(0))?;
            if still > 0 { row.write(transaction, &rebuilt, None) } else { Ok(()) }
        })
    }
}

/// The record of a killed run: counts and response times from its measured seconds; the rest is not known.
pub(crate) fn rebuild(mut record: RunRecord) -> RunRecord {
    let mut response_time = Histogram::new();
    let measured: Vec<&IntervalRecord> =
        record.intervals.iter().filter(|interval| interval.measured).collect();
    for interval in &measured {
        response_time.merge(&interval.histogram);
    }
    let sum =
        |count: fn(&IntervalRecord) -> u64| measured.iter().map(|interval| count(interval)).sum::<u64>();
    let totals = &mut record.totals;
    totals.requests = sum(|interval| interval.requests);
    totals.ok = sum(|interval| interval.ok);
    totals.rejected = sum(|interval| interval.rejected);
    totals.failed = sum(|interval| interval.failed);
    totals.bytes_sent = sum(|interval| interval.bytes_sent);
    totals.bytes_received = sum(|interval| interval.bytes_received);
    totals.elapsed_ns = sum(|interval| interval.length_ns);
    let per_s = |count: u64| count as f64 / (totals.elapsed_ns.max(1) as f64 / 1e9);
    let asked: Option<u64> = measured.iter().map(|interval| interval.asked).sum();
    record.load.asked_rate_per_s = asked.filter(|_| totals.elapsed_ns > 0).map(per_s);
    record.load.achieved_rate_per_s = per_s(totals.requests);
    totals.throughput_per_s = per_s(totals.ok);
    record.load.in_flight_max = measured.iter().map(|interval| interval.in_flight).max().unwrap_or(0);
    record.load.in_flight_at_end = measured.last().map_or(0, |interval| interval.in_flight);
    if let Some(first) = measured.first() {
        record.load.measure_start_ns = first.at_ns.saturating_sub(first.length_ns);
    }
    let peak = record.intervals.iter().filter_map(|interval| Some(interval.generator?.rss_bytes)).max();
    record.generator.rss_peak_bytes = peak.unwrap_or(record.generator.rss_peak_bytes);
    let warmup = record.intervals.iter().filter(|interval| !interval.measured);
    record.load.warmup_requests = warmup.map(|interval| interval.requests).sum();
    record.times.response_time_ns = Headline::from(&response_time);
    record.state = RunState::Interrupted;
    record.verdict.state = VerdictState::Inconclusive;
    record.validity.state = record.validity.state.max(ValidityState::Suspect);
    record.validity.reasons.push(Reason {
        code: "interrupted".to_owned(),
        state: ValidityState::Suspect,
        detail: format!(
            "the process was killed; this record was rebuilt from {} measured seconds and holds counts and \
             response times only: service time, lateness, first byte, connections, operations, status codes and \
             kinds of failures are missing",
            record.intervals.iter().filter(|interval| interval.measured).count()
        ),
    });
    record
}
