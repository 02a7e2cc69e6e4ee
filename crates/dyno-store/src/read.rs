//! Reading runs: short rows for lists, whole records for reports.

use dyno_model::RunRecord;
use rusqlite::{Row as SqlRow, params};
use serde::Serialize;
use serde_json::Value;

use crate::row::Row;
use crate::{Store, StoreError};

/// Which runs to list; the default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Only runs of this plan.
    pub name: Option<String>,
    /// Only runs with this tag.
    pub tag: Option<String>,
    /// Only this many, the newest.
    pub limit: Option<u32>,
}

/// A run in one line of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSummary {
    /// Its id.
    pub id: String,
    /// The plan's name.
    pub name: String,
    /// When it started, RFC 3339 in UTC.
    pub started_at: String,
    /// `running`, `finished`, `interrupted` or `aborted`.
    pub state: String,
    /// `pass`, `fail`, `inconclusive`, `incomparable` or `none`.
    pub verdict: String,
    /// `valid`, `suspect` or `invalid`.
    pub validity: String,
    /// The target in words.
    pub target: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Requests in the measured time.
    pub requests: u64,
    /// Successes per second.
    pub throughput_per_s: f64,
    /// 99th percentile of the response time, in nanoseconds.
    pub p99_ns: u64,
}

impl Store {
    /// Runs, newest first. Runs whose process is gone are turned into interrupted ones before.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn list(&mut self, filter: &RunFilter) -> Result<Vec<RunSummary>, StoreError> {
        self.settle()?;
        let query = "SELECT id, name, started_at, state, verdict, validity, target, tags, requests, throughput_per_s, p99_ns
             FROM run
             WHERE (?1 IS NULL OR name = ?1)
               AND (?2 IS NULL OR EXISTS (SELECT 1 FROM json_each(run.tags) WHERE value = ?2))
             ORDER BY started_at_ms DESC, id DESC LIMIT ?3";
        let limit = filter.limit.map_or(-1, i64::from);
        let rows = || {
            let mut statement = self.connection.prepare_cached(query)?;
            let rows = statement.query_map(params![filter.name, filter.tag, limit], summary)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        rows().map_err(self.sql("list runs"))
    }

    /// The whole record of a run by its id. A run that is still played gives what was stored until now.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be read.
    pub fn load(&mut self, id: &str) -> Result<RunRecord, StoreError> {
        self.settle()?;
        self.load_as_stored(id)
    }

    pub(crate) fn load_as_stored(&self, id: &str) -> Result<RunRecord, StoreError> {
        let json = self.load_json(id)?;
        serde_json::from_value(json).map_err(|e| self.broken(id, &e))
    }

    /// The record as JSON, with fields that this version does not know.
    pub(crate) fn load_json(&self, id: &str) -> Result<Value, StoreError> {
        if !self.exists(id)? {
            return Err(self.unknown(id)?);
        }
        let (record, intervals) = Row::read(&self.connection, id).map_err(self.sql("read a run"))?;
        let parse = |text: &String| serde_json::from_str(text).map_err(|e| self.broken(id, &e));
        let intervals = intervals.iter().map(parse).collect::<Result<_, _>>()?;
        Ok(Row { json: parse(&record)?, intervals }.into_json())
    }

    pub(crate) fn exists(&self, id: &str) -> Result<bool, StoreError> {
        let count = "SELECT count(*) FROM run WHERE id = ?1";
        let count: i64 =
            self.connection.query_row(count, [id], |row| row.get(0)).map_err(self.sql("look for a run"))?;
        Ok(count > 0)
    }

    fn broken(&self, id: &str, error: &serde_json::Error) -> StoreError {
        StoreError::Damaged { path: self.path.clone(), reason: format!("run {id}: {error}") }
    }
}

fn summary(row: &SqlRow<'_>) -> rusqlite::Result<RunSummary> {
    let tags: String = row.get(7)?;
    let count = |at: usize| row.get::<_, i64>(at).map(|count| u64::try_from(count).unwrap_or(0));
    Ok(RunSummary {
        id: row.get(0)?,
        name: row.get(1)?,
        started_at: row.get(2)?,
        state: row.get(3)?,
        verdict: row.get(4)?,
        validity: row.get(5)?,
        target: row.get(6)?,
        tags: serde_json::from_str(&tags).unwrap_or_default(),
        requests: count(8)?,
        throughput_per_s: row.get(9)?,
        p99_ns: count(10)?,
    })
}
