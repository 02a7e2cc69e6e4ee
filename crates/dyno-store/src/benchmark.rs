//! Benchmarks of client libraries in the store: configurations and results, and results whose process is gone.
//!
//! No secret is written: a configuration is redacted here, whoever stores it. Called by the results API, `dyno runs` and
//! the import of other programs' databases.

mod foreign;

use dyno_model::{BenchmarkConfiguration, BenchmarkResult, BenchmarkStatus};
use rusqlite::{OptionalExtension, Row as SqlRow, Transaction, params};

use crate::process::{ProcessMark, now_ms};
use crate::{Store, StoreError};

pub use foreign::{ForeignResults, RowProblem, is_sqlite, read_foreign_results};

/// What is said of a result whose process is gone.
const GONE: &str = "the process that played it ended before the benchmark did";

/// Which results to list; the default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BenchmarkFilter {
    /// Only results of this name.
    pub name: Option<String>,
    /// Only results of this library.
    pub client_library: Option<String>,
    /// Only results with this method.
    pub http_method: Option<String>,
    /// Only results that are so far.
    pub status: Option<BenchmarkStatus>,
    /// Only this many, the newest.
    pub limit: Option<u32>,
    /// How many of the newest are left out.
    pub offset: u64,
}

/// Results, and how many there are without limit and offset.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BenchmarkPage {
    /// The results, newest first.
    pub results: Vec<BenchmarkResult>,
    /// How many match.
    pub total: u64,
}

impl Store {
    /// Keeps a configuration without its secrets, over an earlier version of it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn keep_configuration(&mut self, configuration: &BenchmarkConfiguration) -> Result<(), StoreError> {
        let record = json(&configuration.redacted());
        self.write("store a configuration", |transaction| {
            let write = "INSERT OR REPLACE INTO benchmark_configuration (id, record) VALUES (?1, ?2)";
            transaction.execute(write, params![configuration.id, record]).map(|_| ())
        })
    }

    /// A configuration, without its secrets; `None` when there is none with this id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn configuration(&self, id: &str) -> Result<Option<BenchmarkConfiguration>, StoreError> {
        let query = "SELECT record FROM benchmark_configuration WHERE id = ?1";
        let found: Option<String> = self
            .connection
            .query_row(query, [id], |row| row.get(0))
            .optional()
            .map_err(self.sql("read a configuration"))?;
        found.map(|text| self.parse(&format!("configuration {id}"), &text)).transpose()
    }

    /// Keeps a result, over an earlier version of it. One that is running belongs to this process from now on.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn keep_benchmark(&mut self, result: &BenchmarkResult) -> Result<(), StoreError> {
        self.write("store a result of a benchmark", |transaction| insert(transaction, result))
    }

    /// Keeps results that are not there yet, all or nothing; gives the ids of those that were there with other content.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn import_benchmarks(
        &mut self,
        results: &[BenchmarkResult],
    ) -> Result<ImportedBenchmarks, StoreError> {
        let mut imported = ImportedBenchmarks::default();
        let mut new = Vec::new();
        for result in results {
            let known = self.load_benchmark(&result.id)?;
            match known {
                None => {
                    imported.added.push(result.id.clone());
                    new.push(result);
                }
                Some(known) if known == *result => imported.skipped.push(result.id.clone()),
                Some(_) => imported.conflicts.push(result.id.clone()),
            }
        }
        self.write("import results of benchmarks", |transaction| {
            new.iter().try_for_each(|result| insert(transaction, result))
        })?;
        Ok(imported)
    }

    /// A result; `None` when there is none with this id. One whose process is gone is turned into a failed one before.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn benchmark(&mut self, id: &str) -> Result<Option<BenchmarkResult>, StoreError> {
        self.settle_benchmarks()?;
        self.load_benchmark(id)
    }

    /// A page of results, newest first. Those whose process is gone are turned into failed ones before.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn benchmarks(&mut self, filter: &BenchmarkFilter) -> Result<BenchmarkPage, StoreError> {
        const MATCHING: &str =
            "FROM benchmark_result WHERE (?1 IS NULL OR name = ?1) AND (?2 IS NULL OR client_library = ?2)
             AND (?3 IS NULL OR http_method = ?3) AND (?4 IS NULL OR status = ?4)";
        self.settle_benchmarks()?;
        let status = filter.status.map(BenchmarkStatus::name);
        let rows = || {
            let count = format!("SELECT count(*) {MATCHING}");
            let matching = params![filter.name, filter.client_library, filter.http_method, status];
            let total: i64 = self.connection.query_row(&count, matching, |row| row.get(0))?;
            let page =
                format!("SELECT id, record {MATCHING} ORDER BY start_ms DESC, id DESC LIMIT ?5 OFFSET ?6");
            let mut statement = self.connection.prepare_cached(&page)?;
            let limit = filter.limit.map_or(-1, i64::from);
            let offset = i64::try_from(filter.offset).unwrap_or(i64::MAX);
            let rows = statement.query_map(
                params![filter.name, filter.client_library, filter.http_method, status, limit, offset],
                id_and_record,
            )?;
            Ok((total, rows.collect::<rusqlite::Result<Vec<_>>>()?))
        };
        let (total, rows) = rows().map_err(self.sql("list results of benchmarks"))?;
        let results = rows
            .iter()
            .map(|(id, text)| self.parse(&format!("result {id}"), text))
            .collect::<Result<_, _>>()?;
        Ok(BenchmarkPage { results, total: u64::try_from(total).unwrap_or(0) })
    }

    /// Says that a running benchmark is alive, for readers on other machines.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn beat_benchmark(&mut self, id: &str) -> Result<(), StoreError> {
        self.write("note that a benchmark is alive", |transaction| {
            let update = "UPDATE benchmark_result SET heartbeat_ms = ?2 WHERE id = ?1 AND pid IS NOT NULL";
            transaction.execute(update, params![id, now_ms()]).map(|_| ())
        })
    }

    /// Turns every running benchmark whose process is gone into a failed one.
    pub(crate) fn settle_benchmarks(&mut self) -> Result<(), StoreError> {
        let query = "SELECT id, record, pid, process_start, machine, heartbeat_ms FROM benchmark_result
             WHERE status = 'RUNNING' AND pid IS NOT NULL";
        let rows = || {
            let mut statement = self.connection.prepare_cached(query)?;
            let rows = statement.query_map([], |row| {
                let mark = ProcessMark { pid: row.get(2)?, start: row.get(3)?, machine: row.get(4)? };
                let (id, record) = id_and_record(row)?;
                Ok((id, record, mark, row.get::<_, i64>(5)?))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        for (id, record, mark, heartbeat_ms) in rows().map_err(self.sql("look for killed benchmarks"))? {
            if mark.is_alive(heartbeat_ms) {
                continue;
            }
            let mut result: BenchmarkResult = self.parse(&format!("result {id}"), &record)?;
            result.status = BenchmarkStatus::Failed;
            result.error = Some(GONE.to_owned());
            result.end_time = jiff::Timestamp::from_millisecond(heartbeat_ms).ok().map(|at| at.to_string());
            self.keep_benchmark(&result)?;
        }
        Ok(())
    }

    pub(crate) fn has_benchmark(&self, id: &str) -> Result<bool, StoreError> {
        let query = "SELECT count(*) FROM benchmark_result WHERE id = ?1";
        let count: Result<i64, _> = self.connection.query_row(query, [id], |row| row.get(0));
        Ok(count.map_err(self.sql("look for a result"))? > 0)
    }

    pub(crate) fn load_benchmark(&self, id: &str) -> Result<Option<BenchmarkResult>, StoreError> {
        let query = "SELECT record FROM benchmark_result WHERE id = ?1";
        let found: Option<String> = self
            .connection
            .query_row(query, [id], |row| row.get(0))
            .optional()
            .map_err(self.sql("read a result of a benchmark"))?;
        found.map(|text| self.parse(&format!("result {id}"), &text)).transpose()
    }

    fn parse<T: serde::de::DeserializeOwned>(&self, what: &str, text: &str) -> Result<T, StoreError> {
        serde_json::from_str(text).map_err(|error| StoreError::Damaged {
            path: self.path.clone(),
            reason: format!("{what}: {error}"),
        })
    }
}

/// What an import of results did, by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportedBenchmarks {
    /// New in the store.
    pub added: Vec<String>,
    /// There already, with the same content.
    pub skipped: Vec<String>,
    /// There already with other content, and left as they are.
    pub conflicts: Vec<String>,
}

/// Results have UUIDs, and those of other programs what these gave them.
pub(crate) fn check_id(id: &str) -> Result<(), StoreError> {
    let is_id = (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if is_id {
        return Ok(());
    }
    Err(StoreError::NotARecord { reason: format!("`id` is `{id}`, which is not an id") })
}

pub(crate) fn insert(transaction: &Transaction<'_>, result: &BenchmarkResult) -> rusqlite::Result<()> {
    let mark = (result.status == BenchmarkStatus::Running).then(ProcessMark::this);
    let write = "INSERT OR REPLACE INTO benchmark_result (id, name, client_library, http_method, status, start_time, start_ms,
         record, pid, process_start, machine, heartbeat_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    let values = params![
        result.id,
        result.name,
        result.client_library,
        result.http_method,
        result.status.name(),
        result.start_time,
        crate::comparison::at_ms(&result.start_time).unwrap_or(0),
        json(result),
        mark.as_ref().map(|mark| mark.pid),
        mark.as_ref().map(|mark| mark.start),
        mark.as_ref().map(|mark| mark.machine.as_str()),
        mark.as_ref().map(|_| now_ms()),
    ];
    transaction.execute(write, values).map(|_| ())
}

fn id_and_record(row: &SqlRow<'_>) -> rusqlite::Result<(String, String)> {
    Ok((row.get(0)?, row.get(1)?))
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("invariant: a record is made of JSON types")
}

#[cfg(test)]
mod tests;
