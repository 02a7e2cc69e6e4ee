//! Results of http-client-benchmarker, from its SQLite file: table `benchmark_results`, columns by their names.
//!
//! The Python package writes the same table. Times there are seconds. The file is opened for reading only and never changed.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use dyno_model::{BenchmarkFigures, BenchmarkResult, BenchmarkStatus, BenchmarkTimes, MemoryUnit};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row};
use serde_json::Value;

use crate::StoreError;

/// What every SQLite file begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";

const TABLE: &str = "benchmark_results";

/// Without these a row says nothing.
const NEEDED: [&str; 6] = ["id", "client_library", "url", "start_time", "duration", "requests_count"];

/// The longest text of a foreign file that a message repeats.
const CLIP: usize = 60;

/// What was found in a foreign database.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ForeignResults {
    /// Rows that could be read.
    pub results: Vec<BenchmarkResult>,
    /// Rows that could not.
    pub problems: Vec<RowProblem>,
}

/// A row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// Its id, or its place when it has none.
    pub id: String,
    /// Which column is wrong, and how.
    pub problem: String,
}

/// Whether a file begins as SQLite files do. One that cannot be read does not.
#[must_use]
pub fn is_sqlite(path: &Path) -> bool {
    let mut start = [0; MAGIC.len()];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == MAGIC
}

/// Reads all results of a database of http-client-benchmarker, without changing it. Secrets are taken out.
///
/// # Errors
/// When the file is no SQLite database, is cut off, or has no table of results with the columns that are needed.
pub fn read_foreign_results(path: &Path) -> Result<ForeignResults, StoreError> {
    let refuse = |reason: String| StoreError::NotResults { path: path.to_owned(), reason };
    let failed = |error: rusqlite::Error| {
        refuse(match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                format!("the file is cut off or damaged ({error})")
            }
            _ => error.to_string(),
        })
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    let columns = columns(&connection).map_err(failed)?;
    if columns.is_empty() {
        return Err(refuse(format!("it has no table `{TABLE}`")));
    }
    let missing: Vec<&str> =
        NEEDED.into_iter().filter(|name| !columns.iter().any(|has| has == name)).collect();
    if !missing.is_empty() {
        return Err(refuse(format!("its table `{TABLE}` has no column {}", missing.join(", "))));
    }
    let mut found = ForeignResults::default();
    let mut statement =
        connection.prepare(&format!("SELECT * FROM {TABLE} ORDER BY rowid")).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    let mut number = 0;
    while let Some(row) = rows.next().map_err(failed)? {
        number += 1;
        let foreign = ForeignRow { row, columns: &columns };
        match foreign.result() {
            Ok(result) => found.results.push(result),
            Err(problem) => {
                let id = foreign.text("id").ok().flatten().unwrap_or_else(|| format!("row {number}"));
                found.problems.push(RowProblem { id: clip(&id), problem });
            }
        }
    }
    Ok(found)
}

fn columns(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let names = statement.query_map([TABLE], |row| row.get(0))?;
    names.collect()
}

/// One row, asked by the names of its columns.
struct ForeignRow<'a> {
    row: &'a Row<'a>,
    columns: &'a [String],
}

impl ForeignRow<'_> {
    fn result(&self) -> Result<BenchmarkResult, String> {
        let needed = |name: &'static str| self.text(name)?.ok_or_else(|| format!("`{name}` is empty"));
        let or_empty = |name: &'static str| Ok::<_, String>(self.text(name)?.unwrap_or_default());
        let id = needed("id")?;
        let figures = self.figures()?;
        let has_answers = figures.requests_count > figures.error_count;
        let (start_time, end_time) = (needed("start_time")?, self.text("end_time")?);
        let mut result = BenchmarkResult {
            id,
            configuration_id: None,
            name: or_empty("name")?,
            client_library: needed("client_library")?,
            client_type: or_empty("client_type")?,
            http_method: or_empty("http_method")?,
            url: needed("url")?,
            status: if has_answers { BenchmarkStatus::Completed } else { BenchmarkStatus::Failed },
            error: (!has_answers)
                .then(|| format!("none of {} requests had an answer", figures.requests_count)),
            start_time: time("start_time", &start_time)?,
            end_time: end_time.map(|text| time("end_time", &text)).transpose()?,
            concurrency_level: u32::try_from(self.count("concurrency_level")?.unwrap_or(1))
                .map_err(|_| "`concurrency_level` is too large".to_owned())?,
            figures: Some(figures),
            config_snapshot: self.json("config_snapshot")?,
        };
        result.redact();
        Ok(result)
    }

    fn figures(&self) -> Result<BenchmarkFigures, String> {
        let network = self.json("network_io")?;
        let bytes = |names: [&str; 2]| names.iter().find_map(|name| network.get(name)?.as_u64()).unwrap_or(0);
        let requests_count = self.count("requests_count")?.ok_or("`requests_count` is empty")?;
        let error_count = self.count("error_count")?.unwrap_or(0);
        if error_count > requests_count {
            return Err(format!(
                "`error_count` is {error_count}, more than `requests_count`, which is {requests_count}"
            ));
        }
        let ns = |name: &'static str| {
            Ok::<_, String>(self.number(name)?.map(|seconds| (seconds * 1e9).round() as u64))
        };
        let times = BenchmarkTimes {
            avg_ns: ns("avg_response_time")?.unwrap_or(0),
            min_ns: ns("min_response_time")?.unwrap_or(0),
            max_ns: ns("max_response_time")?.unwrap_or(0),
            p95_ns: ns("p95_response_time")?.unwrap_or(0),
            p99_ns: ns("p99_response_time")?.unwrap_or(0),
        };
        // The Python package writes `bytes_received` and MB; the old framework `bytes_recv`, and percent for MB.
        let is_in_mb = network.get("bytes_received").is_some();
        Ok(BenchmarkFigures {
            duration_ns: ns("duration")?.ok_or("`duration` is empty")?,
            requests_count,
            requests_per_second: self.number("requests_per_second")?.unwrap_or(0.0),
            response_time: (requests_count > error_count).then_some(times),
            cpu_usage_percent: self.number("cpu_usage_avg")?,
            memory_usage: self.number("memory_usage_avg")?,
            memory_unit: if is_in_mb { MemoryUnit::Megabytes } else { MemoryUnit::Unknown },
            bytes_sent: bytes(["bytes_sent", "bytes_sent"]),
            bytes_received: bytes(["bytes_received", "bytes_recv"]),
            error_count,
            errors: BTreeMap::new(),
            status_codes: BTreeMap::new(),
            chunk_count: None,
        })
    }

    /// The value of a column; `None` when the table has no such column.
    fn value(&self, name: &str) -> Result<Option<ValueRef<'_>>, String> {
        if !self.columns.iter().any(|column| column == name) {
            return Ok(None);
        }
        self.row.get_ref(name).map(Some).map_err(|error| format!("`{name}` cannot be read: {error}"))
    }

    fn text(&self, name: &'static str) -> Result<Option<String>, String> {
        match self.value(name)? {
            None | Some(ValueRef::Null) => Ok(None),
            Some(ValueRef::Text(bytes)) => {
                let text = std::str::from_utf8(bytes).map_err(|_| format!("`{name}` is not UTF-8"))?;
                Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
            }
            Some(ValueRef::Integer(number)) => Ok(Some(number.to_string())),
            Some(ValueRef::Real(number)) => Ok(Some(number.to_string())),
            Some(ValueRef::Blob(_)) => Err(format!("`{name}` holds bytes, a text is expected")),
        }
    }

    /// A finite number that is not negative.
    fn number(&self, name: &'static str) -> Result<Option<f64>, String> {
        let number = match self.value(name)? {
            None | Some(ValueRef::Null) => return Ok(None),
            Some(ValueRef::Integer(number)) => number as f64,
            Some(ValueRef::Real(number)) => number,
            Some(ValueRef::Text(bytes)) => {
                let text = String::from_utf8_lossy(bytes);
                text.trim()
                    .parse()
                    .map_err(|_| format!("`{name}` is `{}`, a number is expected", clip(&text)))?
            }
            Some(ValueRef::Blob(_)) => return Err(format!("`{name}` holds bytes, a number is expected")),
        };
        if !number.is_finite() || number < 0.0 {
            return Err(format!("`{name}` is {number}, a number that is not negative is expected"));
        }
        Ok(Some(number))
    }

    fn count(&self, name: &'static str) -> Result<Option<u64>, String> {
        let Some(number) = self.number(name)? else { return Ok(None) };
        if number.fract() != 0.0 || number > 9e15 {
            return Err(format!("`{name}` is {number}, a whole number is expected"));
        }
        Ok(Some(number as u64))
    }

    fn json(&self, name: &'static str) -> Result<Value, String> {
        let Some(text) = self.text(name)? else { return Ok(Value::Null) };
        serde_json::from_str(&text).map_err(|error| format!("`{name}` is not JSON: {error}"))
    }
}

/// A time as RFC 3339 in UTC. One without a zone, as the old framework writes it, is taken for UTC.
fn time(name: &str, text: &str) -> Result<String, String> {
    let with_zone: Result<jiff::Timestamp, _> = text.parse();
    let timestamp = with_zone.or_else(|_| {
        let civil: jiff::civil::DateTime = text.parse()?;
        Ok::<_, jiff::Error>(civil.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp())
    });
    let timestamp = timestamp.map_err(|_| {
        format!("`{name}` is `{}`, a time such as 2026-01-02T03:04:05Z is expected", clip(text))
    })?;
    Ok(timestamp.to_string())
}

fn clip(text: &str) -> String {
    text.chars().take(CLIP).collect()
}
