//! Comparisons in the store: kept whole as JSON, beside the few columns that lists need.
//!
//! A comparison outlives the runs that it compared. Called by `dyno compare`, `dyno runs` and `dyno report`.

use dyno_model::{COMPARISON_SCHEMA, ComparisonRecord};
use rusqlite::{OptionalExtension, Row as SqlRow, Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::row::word;
use crate::{Store, StoreError};

/// Which comparisons to list; the default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComparisonFilter {
    /// Only comparisons of this plan.
    pub name: Option<String>,
    /// Only this many, the newest.
    pub limit: Option<u32>,
}

/// A comparison in one line of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComparisonSummary {
    /// Its id.
    pub id: String,
    /// What was compared, usually the plan's name.
    pub name: String,
    /// When it was made, RFC 3339 in UTC.
    pub at: String,
    /// `stored` or `played`.
    pub kind: String,
    /// What the gate says: `pass`, `fail`, `inconclusive` or `incomparable`.
    pub state: String,
    /// The weakest evidence of a judged row: `X`, `E0` to `E4`.
    pub evidence: String,
    /// What was compared, the baseline first.
    pub arms: Vec<ArmSummary>,
}

/// One side of a comparison in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArmSummary {
    /// `A`, `B` and so on.
    pub letter: String,
    /// What people call it.
    pub label: String,
    /// The id of its stored run.
    #[serde(default)]
    pub run_id: Option<String>,
}

impl Store {
    /// Keeps a comparison, over an earlier version of it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn keep_comparison(&mut self, record: &ComparisonRecord) -> Result<(), StoreError> {
        let json = serde_json::to_value(record).expect("invariant: a record is made of JSON types");
        self.write("store a comparison", |transaction| insert(transaction, record, &json))
    }

    /// Comparisons, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn list_comparisons(&self, filter: &ComparisonFilter) -> Result<Vec<ComparisonSummary>, StoreError> {
        let query = "SELECT id, name, at, kind, state, evidence, arms FROM comparison
             WHERE (?1 IS NULL OR name = ?1) ORDER BY at_ms DESC, id DESC LIMIT ?2";
        let limit = filter.limit.map_or(-1, i64::from);
        let rows = || {
            let mut statement = self.connection.prepare_cached(query)?;
            let rows = statement.query_map(params![filter.name, limit], summary)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        rows().map_err(self.sql("list comparisons"))
    }

    /// The whole record of a comparison by its id.
    ///
    /// # Errors
    /// When there is no such comparison, or the store cannot be read.
    pub fn load_comparison(&self, id: &str) -> Result<ComparisonRecord, StoreError> {
        let json = self.load_comparison_json(id)?;
        serde_json::from_value(json).map_err(|e| self.broken_comparison(id, &e))
    }

    /// The record as JSON, with fields that this version does not know.
    pub(crate) fn load_comparison_json(&self, id: &str) -> Result<Value, StoreError> {
        self.kept_json("comparison", id)?.map_err(|e| self.broken_comparison(id, &e))
    }

    pub(crate) fn has_comparison(&self, id: &str) -> Result<bool, StoreError> {
        self.is_kept("comparison", id)
    }

    /// The record of a table that keeps records whole; the inner error is that of its JSON.
    pub(crate) fn kept_json(
        &self,
        table: &'static str,
        id: &str,
    ) -> Result<serde_json::Result<Value>, StoreError> {
        let query = format!("SELECT record FROM {table} WHERE id = ?1");
        let found: Option<String> = self
            .connection
            .query_row(&query, [id], |row| row.get(0))
            .optional()
            .map_err(self.sql("read a record"))?;
        let Some(text) = found else { return Err(self.unknown(id)?) };
        Ok(serde_json::from_str(&text))
    }

    /// Whether such a table has a record of this id.
    pub(crate) fn is_kept(&self, table: &'static str, id: &str) -> Result<bool, StoreError> {
        let query = format!("SELECT count(*) FROM {table} WHERE id = ?1");
        let count: Result<i64, _> = self.connection.query_row(&query, [id], |row| row.get(0));
        Ok(count.map_err(self.sql("look for a record"))? > 0)
    }

    fn broken_comparison(&self, id: &str, error: &serde_json::Error) -> StoreError {
        StoreError::Damaged { path: self.path.clone(), reason: format!("comparison {id}: {error}") }
    }
}

/// Reads a comparison from JSON that came from outside.
pub(crate) fn comparison_of(json: &Value) -> Result<ComparisonRecord, StoreError> {
    let record: ComparisonRecord =
        serde_json::from_value(json.clone()).map_err(|e| StoreError::NotARecord { reason: e.to_string() })?;
    if record.schema != COMPARISON_SCHEMA {
        return Err(StoreError::WrongSchema {
            found: record.schema,
            known: COMPARISON_SCHEMA,
            hint: "compare the runs again with `dyno compare`",
        });
    }
    if at_ms(&record.at).is_none() {
        let reason = format!("`at` is `{}`, which is not a time such as 2026-01-02T03:04:05Z", record.at);
        return Err(StoreError::NotARecord { reason });
    }
    Ok(record)
}

/// Milliseconds since 1970.
pub(crate) fn at_ms(at: &str) -> Option<i64> {
    at.parse().ok().map(jiff::Timestamp::as_millisecond)
}

/// Writes the row, over an older version of it.
pub(crate) fn insert(
    transaction: &Transaction<'_>,
    record: &ComparisonRecord,
    json: &Value,
) -> rusqlite::Result<()> {
    let arms: Vec<ArmSummary> = record
        .arms
        .iter()
        .map(|arm| ArmSummary {
            letter: arm.letter.clone(),
            label: arm.label.clone(),
            run_id: arm.run_id.clone(),
        })
        .collect();
    let write = "INSERT OR REPLACE INTO comparison (id, name, at, at_ms, kind, state, evidence, arms, record)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    transaction.execute(
        write,
        params![
            record.id,
            record.name,
            record.at,
            at_ms(&record.at).unwrap_or(0),
            word(&record.kind),
            word(&record.gate.state),
            word(&record.gate.evidence),
            serde_json::to_string(&arms).expect("invariant: texts are JSON"),
            json.to_string(),
        ],
    )?;
    Ok(())
}

fn summary(row: &SqlRow<'_>) -> rusqlite::Result<ComparisonSummary> {
    let arms: String = row.get(6)?;
    Ok(ComparisonSummary {
        id: row.get(0)?,
        name: row.get(1)?,
        at: row.get(2)?,
        kind: row.get(3)?,
        state: row.get(4)?,
        evidence: row.get(5)?,
        arms: serde_json::from_str(&arms).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests;
