//! Records in and out as JSON: one run, or several in a bundle.

use dyno_model::{RUN_SCHEMA, RunRecord};
use serde_json::{Value, json};

use crate::row::{Row, started_at_ms};
use crate::{Store, StoreError};

/// The schema of a file with several runs.
pub const BUNDLE_SCHEMA: &str = "dyno-runs/1";

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Ids of the runs that are new in the store.
    pub added: Vec<String>,
    /// Ids of the runs that were there already, with the same content.
    pub skipped: Vec<String>,
}

impl Store {
    /// A run as JSON, without loss: what [`Store::import`] reads back to the same text.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be read.
    pub fn export(&mut self, id: &str) -> Result<String, StoreError> {
        self.settle()?;
        Ok(pretty(&self.load_json(id)?))
    }

    /// Several runs as one JSON text.
    ///
    /// # Errors
    /// When one does not exist, or the store cannot be read.
    pub fn export_bundle(&mut self, ids: &[String]) -> Result<String, StoreError> {
        self.settle()?;
        let runs = ids.iter().map(|id| self.load_json(id)).collect::<Result<Vec<_>, _>>()?;
        Ok(pretty(&json!({ "schema": BUNDLE_SCHEMA, "runs": runs })))
    }

    /// Stores the run or the runs of an exported text, all or none.
    ///
    /// # Errors
    /// When the text is no record or bundle that this version knows, a run is stored already with other content, or
    /// the store cannot be written.
    pub fn import(&mut self, text: &str) -> Result<Imported, StoreError> {
        self.settle()?;
        let mut imported = Imported::default();
        let mut new: Vec<(Row, RunRecord)> = Vec::new();
        for json in runs_of(text)? {
            let record = record_of(&json)?;
            let known = if self.exists(&record.id)? { Some(self.load_json(&record.id)?) } else { None };
            let earlier = new.iter().find(|(_, other)| other.id == record.id);
            match (known, earlier) {
                (Some(known), _) if known == json => imported.skipped.push(record.id),
                (None, Some((_, other))) if *other == record => imported.skipped.push(record.id),
                (None, None) => {
                    imported.added.push(record.id.clone());
                    new.push((Row::of_json(json), record));
                }
                _ => return Err(StoreError::Conflict { id: record.id }),
            }
        }
        self.write("import runs", |transaction| {
            new.iter().try_for_each(|(row, record)| row.write(transaction, record, None))
        })?;
        Ok(imported)
    }
}

fn pretty(json: &Value) -> String {
    let mut text = serde_json::to_string_pretty(json).expect("invariant: a value is JSON");
    text.push('\n');
    text
}

/// The runs of a text: one, or those of a bundle.
fn runs_of(text: &str) -> Result<Vec<Value>, StoreError> {
    let mut json: Value = serde_json::from_str(text).map_err(|e| {
        let reason = if e.is_eof() {
            format!(
                "the text ends too early, at line {} column {}; the file is cut off",
                e.line(),
                e.column()
            )
        } else {
            format!("it is not JSON: {e}")
        };
        StoreError::NotARecord { reason }
    })?;
    let schema = schema_of(&json)?;
    if schema == RUN_SCHEMA {
        return Ok(vec![json]);
    }
    if schema != BUNDLE_SCHEMA {
        return Err(wrong_schema(&schema));
    }
    match json.get_mut("runs").map(Value::take) {
        Some(Value::Array(runs)) => Ok(runs),
        _ => Err(StoreError::NotARecord { reason: format!("a bundle `{BUNDLE_SCHEMA}` has a list `runs`") }),
    }
}

fn record_of(json: &Value) -> Result<RunRecord, StoreError> {
    let schema = schema_of(json)?;
    if schema != RUN_SCHEMA {
        return Err(wrong_schema(&schema));
    }
    let record: RunRecord =
        serde_json::from_value(json.clone()).map_err(|e| StoreError::NotARecord { reason: e.to_string() })?;
    let is_id = (1..=64).contains(&record.id.len()) && record.id.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_id {
        return Err(StoreError::NotARecord {
            reason: format!("`id` is `{}`, which is not an id", record.id),
        });
    }
    started_at_ms(&record)?;
    Ok(record)
}

fn schema_of(json: &Value) -> Result<String, StoreError> {
    let schema = json.get("schema").and_then(Value::as_str).map(str::to_owned);
    schema.ok_or_else(|| StoreError::NotARecord {
        reason: "it has no `schema`, so it is no run record".to_owned(),
    })
}

fn wrong_schema(found: &str) -> StoreError {
    let (family, version) = found.rsplit_once('/').unwrap_or((found, ""));
    let is_newer = |known: &str| {
        let (known_family, known_version) = known.rsplit_once('/').unwrap_or((known, "0"));
        family == known_family && version.parse::<u32>().ok() > known_version.parse().ok()
    };
    let hint = if is_newer(RUN_SCHEMA) || is_newer(BUNDLE_SCHEMA) {
        "it was written by a newer dyno: use that one"
    } else {
        "export the run again with `dyno runs export`"
    };
    let known = if is_newer(BUNDLE_SCHEMA) { BUNDLE_SCHEMA } else { RUN_SCHEMA };
    StoreError::WrongSchema { found: found.to_owned(), known, hint }
}

#[cfg(test)]
mod tests;
