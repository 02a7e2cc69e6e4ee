//! A record as a row: the JSON without its seconds, and the columns repeated from it.

use dyno_model::{RunRecord, RunState};
use rusqlite::{Connection, Transaction, params};
use serde_json::Value;

use crate::StoreError;
use crate::process::ProcessMark;

/// What the store keeps of a run: the JSON with an empty list of intervals, and the intervals apart.
pub(crate) struct Row {
    pub(crate) json: Value,
    pub(crate) intervals: Vec<Value>,
}

impl Row {
    /// Takes a record apart.
    pub(crate) fn of(record: &RunRecord) -> Self {
        let json = serde_json::to_value(record).expect("invariant: a record is made of JSON types");
        Self::of_json(json)
    }

    /// Takes JSON apart that is known to be a record; fields that this version does not know stay in it.
    pub(crate) fn of_json(mut json: Value) -> Self {
        let intervals = json.get_mut("intervals").map(Value::take);
        json["intervals"] = Value::Array(Vec::new());
        let Some(Value::Array(intervals)) = intervals else { return Self { json, intervals: Vec::new() } };
        Self { json, intervals }
    }

    /// Puts it together again.
    pub(crate) fn into_json(mut self) -> Value {
        self.json["intervals"] = Value::Array(self.intervals);
        self.json
    }

    /// Reads a run.
    pub(crate) fn read(connection: &Connection, id: &str) -> rusqlite::Result<(String, Vec<String>)> {
        let record = connection.query_row("SELECT record FROM run WHERE id = ?1", [id], |row| row.get(0))?;
        let mut statement = connection
            .prepare_cached("SELECT record FROM run_interval WHERE run_id = ?1 ORDER BY position")?;
        let intervals = statement.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok((record, intervals))
    }

    /// Writes a run and its intervals, over an older version of it.
    ///
    /// `owner` is the process that plays it and its last sign of life, while it is played.
    pub(crate) fn write(
        &self,
        transaction: &Transaction<'_>,
        record: &RunRecord,
        owner: Option<(&ProcessMark, i64)>,
    ) -> rusqlite::Result<()> {
        let (mark, heartbeat) = owner.unzip();
        transaction.execute("DELETE FROM run WHERE id = ?1", [&record.id])?;
        transaction.execute(
            "INSERT INTO run (id, name, started_at, started_at_ms, state, verdict, validity, target, tags, requests,
                 throughput_per_s, p99_ns, record, pid, process_start, machine, heartbeat_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
            params![
                record.id,
                record.name,
                record.started_at,
                started_at_ms(record).unwrap_or(0),
                word(&record.state),
                word(&record.verdict.state),
                word(&record.validity.state),
                record.target,
                serde_json::to_string(&record.tags).expect("invariant: texts are JSON"),
                saturated(record.totals.requests),
                record.totals.throughput_per_s,
                saturated(record.times.response_time_ns.p99),
                self.json.to_string(),
                mark.map(|mark| mark.pid),
                mark.map(|mark| mark.start),
                mark.map(|mark| mark.machine.as_str()),
                heartbeat,
            ],
        )?;
        let mut insert = transaction
            .prepare_cached("INSERT INTO run_interval (run_id, position, record) VALUES (?1, ?2, ?3)")?;
        for (position, interval) in self.intervals.iter().enumerate() {
            insert.execute(params![record.id, saturated(position as u64), interval.to_string()])?;
        }
        Ok(())
    }
}

/// The name of a state as it stands in records.
pub(crate) fn word(state: &impl serde::Serialize) -> String {
    match serde_json::to_value(state) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

/// The word of [`RunState::Running`].
pub(crate) fn running() -> String {
    word(&RunState::Running)
}

/// The start of a run in milliseconds since 1970.
pub(crate) fn started_at_ms(record: &RunRecord) -> Result<i64, StoreError> {
    let parsed: Result<jiff::Timestamp, _> = record.started_at.parse();
    parsed.map(jiff::Timestamp::as_millisecond).map_err(|_| StoreError::NotARecord {
        reason: format!(
            "`started_at` is `{}`, which is not a time such as 2026-01-02T03:04:05Z",
            record.started_at
        ),
    })
}

/// SQLite counts with 63 bits.
pub(crate) fn saturated(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
