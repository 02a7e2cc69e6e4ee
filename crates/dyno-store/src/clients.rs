//! Contests of HTTP client libraries in the store: kept whole as JSON, beside the few columns that lists need.
//!
//! Named like runs: by name, `NAME@-1`, tag or id. Called by `dyno clients`, `dyno runs`, `dyno report` and `dyno compare`.

use dyno_model::ClientsRecord;
use rusqlite::{Row as SqlRow, Transaction, params};
use serde::Serialize;
use serde_json::Value;

use crate::comparison::at_ms;
use crate::row::{saturated, word};
use crate::{Store, StoreError};

/// Which contests of clients to list; the default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientsFilter {
    /// Only contests of this name.
    pub name: Option<String>,
    /// Only contests with this tag.
    pub tag: Option<String>,
    /// Only this many, the newest.
    pub limit: Option<u32>,
}

/// A contest of clients in one line of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClientsSummary {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it began, RFC 3339 in UTC.
    pub at: String,
    /// `valid` when it is a ranking, else `suspect` or `invalid`.
    pub validity: String,
    /// The target in words.
    pub target: String,
    /// Requests of all clients.
    pub requests: u64,
    /// Its tags.
    pub tags: Vec<String>,
    /// Labels of the clients that were measured.
    pub clients: Vec<String>,
}

impl Store {
    /// Keeps a contest of clients, over an earlier version of it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn keep_clients(&mut self, record: &ClientsRecord) -> Result<(), StoreError> {
        let json = serde_json::to_value(record).expect("invariant: a record is made of JSON types");
        self.write("store a contest of clients", |transaction| insert(transaction, record, &json))
    }

    /// Contests of clients, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn list_clients(&self, filter: &ClientsFilter) -> Result<Vec<ClientsSummary>, StoreError> {
        let query = "SELECT id, name, at, validity, target, requests, tags, clients FROM clients
             WHERE (?1 IS NULL OR name = ?1)
               AND (?2 IS NULL OR EXISTS (SELECT 1 FROM json_each(clients.tags) WHERE value = ?2))
             ORDER BY at_ms DESC, id DESC LIMIT ?3";
        let limit = filter.limit.map_or(-1, i64::from);
        let rows = || {
            let mut statement = self.connection.prepare_cached(query)?;
            let rows = statement.query_map(params![filter.name, filter.tag, limit], summary)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        rows().map_err(self.sql("list contests of clients"))
    }

    /// The whole record of a contest of clients by its id.
    ///
    /// # Errors
    /// When there is no such contest, or the store cannot be read.
    pub fn load_clients(&self, id: &str) -> Result<ClientsRecord, StoreError> {
        let json = self.load_clients_json(id)?;
        serde_json::from_value(json).map_err(|e| self.broken_clients(id, &e))
    }

    /// The record as JSON, with fields that this version does not know.
    pub(crate) fn load_clients_json(&self, id: &str) -> Result<Value, StoreError> {
        self.kept_json("clients", id)?.map_err(|e| self.broken_clients(id, &e))
    }

    pub(crate) fn has_clients(&self, id: &str) -> Result<bool, StoreError> {
        self.is_kept("clients", id)
    }

    /// Writes other tags into a contest.
    pub(crate) fn write_clients_tags(&mut self, id: &str, tags: &[Value]) -> Result<(), StoreError> {
        let mut json = self.load_clients_json(id)?;
        let column = Value::Array(tags.to_vec());
        json["tags"] = column.clone();
        self.write("change the tags of a contest of clients", |transaction| {
            let update = "UPDATE clients SET tags = ?2, record = ?3 WHERE id = ?1";
            transaction.execute(update, params![id, column.to_string(), json.to_string()]).map(|_| ())
        })
    }

    fn broken_clients(&self, id: &str, error: &serde_json::Error) -> StoreError {
        StoreError::Damaged { path: self.path.clone(), reason: format!("contest of clients {id}: {error}") }
    }
}

/// Reads a contest from JSON that came from outside.
pub(crate) fn clients_of(json: &Value) -> Result<ClientsRecord, StoreError> {
    let record: ClientsRecord =
        serde_json::from_value(json.clone()).map_err(|e| StoreError::NotARecord { reason: e.to_string() })?;
    if at_ms(&record.at).is_none() {
        let reason = format!("`at` is `{}`, which is not a time such as 2026-01-02T03:04:05Z", record.at);
        return Err(StoreError::NotARecord { reason });
    }
    Ok(record)
}

/// Writes the row, over an older version of it.
pub(crate) fn insert(
    transaction: &Transaction<'_>,
    record: &ClientsRecord,
    json: &Value,
) -> rusqlite::Result<()> {
    let played = record.entries.iter().chain(record.cases.iter().flat_map(|case| &case.entries));
    let figures: Vec<_> =
        played.filter_map(|entry| Some((entry.label.as_str(), entry.figures.as_ref()?))).collect();
    let requests: u64 = figures.iter().map(|(_, figures)| figures.requests).sum();
    let mut measured: Vec<&str> = Vec::new();
    for (label, _) in figures {
        if !measured.contains(&label) {
            measured.push(label);
        }
    }
    let texts = |list: &[&str]| serde_json::to_string(list).expect("invariant: texts are JSON");
    let tags: Vec<&str> = record.tags.iter().map(String::as_str).collect();
    let write = "INSERT OR REPLACE INTO clients
         (id, name, at, at_ms, validity, target, requests, tags, clients, record)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    transaction.execute(
        write,
        params![
            record.id,
            record.name,
            record.at,
            at_ms(&record.at).unwrap_or(0),
            word(&record.validity.state),
            record.target,
            saturated(requests),
            texts(&tags),
            texts(&measured),
            json.to_string(),
        ],
    )?;
    Ok(())
}

fn summary(row: &SqlRow<'_>) -> rusqlite::Result<ClientsSummary> {
    let list = |at: usize| -> rusqlite::Result<Vec<String>> {
        let text: String = row.get(at)?;
        Ok(serde_json::from_str(&text).unwrap_or_default())
    };
    let requests: i64 = row.get(5)?;
    Ok(ClientsSummary {
        id: row.get(0)?,
        name: row.get(1)?,
        at: row.get(2)?,
        validity: row.get(3)?,
        target: row.get(4)?,
        requests: u64::try_from(requests).unwrap_or(0),
        tags: list(6)?,
        clients: list(7)?,
    })
}

#[cfg(test)]
mod tests;
