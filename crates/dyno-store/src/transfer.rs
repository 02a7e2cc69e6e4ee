//! Records in and out as JSON: one run, comparison, contest of clients or result of a benchmark, or several in a bundle.

use dyno_model::{
    BenchmarkResult, CLIENTS_SCHEMA, COMPARISON_SCHEMA, ClientsRecord, ComparisonRecord, RUN_SCHEMA,
    RunRecord,
};
use serde_json::{Value, json};

use crate::row::{Row, started_at_ms};
use crate::{Store, StoreError, benchmark, clients, comparison};

/// The schema of a file with several runs.
pub const BUNDLE_SCHEMA: &str = "dyno-runs/1";

/// The schema of an exported result of a benchmark.
pub const BENCHMARK_SCHEMA: &str = "dyno-result/1";

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Ids of the runs and comparisons that are new in the store.
    pub added: Vec<String>,
    /// Ids of those that were there already, with the same content.
    pub skipped: Vec<String>,
}

/// What a text holds.
enum Entry {
    Run(Box<(Row, RunRecord)>),
    Comparison(Box<(ComparisonRecord, Value)>),
    Clients(Box<(ClientsRecord, Value)>),
    Benchmark(Box<(BenchmarkResult, Value)>),
}

impl Entry {
    fn id(&self) -> &str {
        match self {
            Self::Run(run) => &run.1.id,
            Self::Comparison(comparison) => &comparison.0.id,
            Self::Clients(contest) => &contest.0.id,
            Self::Benchmark(result) => &result.0.id,
        }
    }

    /// As it is exported.
    fn json(&self) -> Value {
        match self {
            Self::Run(run) => {
                Row { json: run.0.json.clone(), intervals: run.0.intervals.clone() }.into_json()
            }
            Self::Comparison(comparison) => comparison.1.clone(),
            Self::Clients(contest) => contest.1.clone(),
            Self::Benchmark(result) => result.1.clone(),
        }
    }
}

impl Store {
    /// A run, comparison, contest of clients or result of a benchmark as JSON, without loss: what [`Store::import`] reads back to the same text.
    ///
    /// # Errors
    /// When there is none of that id, or the store cannot be read.
    pub fn export(&mut self, id: &str) -> Result<String, StoreError> {
        self.settle()?;
        Ok(pretty(&self.any_json(id)?))
    }

    /// Several runs, comparisons, contests of clients and results of benchmarks as one JSON text.
    ///
    /// # Errors
    /// When one does not exist, or the store cannot be read.
    pub fn export_bundle(&mut self, ids: &[String]) -> Result<String, StoreError> {
        self.settle()?;
        let (mut runs, mut comparisons, mut contests, mut results) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for id in ids {
            let list = if self.has_comparison(id)? {
                &mut comparisons
            } else if self.has_clients(id)? {
                &mut contests
            } else if self.has_benchmark(id)? {
                &mut results
            } else {
                &mut runs
            };
            list.push(self.any_json(id)?);
        }
        let mut bundle = json!({ "schema": BUNDLE_SCHEMA, "runs": runs });
        if !comparisons.is_empty() {
            bundle["comparisons"] = Value::Array(comparisons);
        }
        if !contests.is_empty() {
            bundle["clients"] = Value::Array(contests);
        }
        if !results.is_empty() {
            bundle["results"] = Value::Array(results);
        }
        Ok(pretty(&bundle))
    }

    /// Stores what an exported text holds, all or nothing.
    ///
    /// # Errors
    /// When the text is no record or bundle that this version knows, something is stored already with other content,
    /// or the store cannot be written.
    pub fn import(&mut self, text: &str) -> Result<Imported, StoreError> {
        self.settle()?;
        let mut imported = Imported::default();
        let mut new: Vec<Entry> = Vec::new();
        for json in records_of(text)? {
            let entry = entry_of(json.clone())?;
            let id = entry.id().to_owned();
            let is_known = self.exists(&id)?
                || self.has_comparison(&id)?
                || self.has_clients(&id)?
                || self.has_benchmark(&id)?;
            let known = if is_known { Some(self.any_json(&id)?) } else { None };
            let earlier = new.iter().find(|other| other.id() == id).map(Entry::json);
            match known.or(earlier) {
                Some(known) if known == json => imported.skipped.push(id),
                None => {
                    imported.added.push(id);
                    new.push(entry);
                }
                Some(_) => return Err(StoreError::Conflict { id }),
            }
        }
        self.write("import runs", |transaction| {
            new.iter().try_for_each(|entry| match entry {
                Entry::Run(run) => run.0.write(transaction, &run.1, None),
                Entry::Comparison(comparison) => {
                    comparison::insert(transaction, &comparison.0, &comparison.1)
                }
                Entry::Clients(contest) => clients::insert(transaction, &contest.0, &contest.1),
                Entry::Benchmark(result) => benchmark::insert(transaction, &result.0),
            })
        })?;
        Ok(imported)
    }

    fn any_json(&self, id: &str) -> Result<Value, StoreError> {
        if self.has_comparison(id)? {
            self.load_comparison_json(id)
        } else if self.has_clients(id)? {
            self.load_clients_json(id)
        } else if let Some(result) = self.load_benchmark(id)? {
            Ok(benchmark_json(&result))
        } else {
            self.load_json(id)
        }
    }
}

/// A result with the name of its form, by which an import knows it.
fn benchmark_json(result: &BenchmarkResult) -> Value {
    let mut json = json!(result);
    json["schema"] = BENCHMARK_SCHEMA.into();
    json
}

fn pretty(json: &Value) -> String {
    let mut text = serde_json::to_string_pretty(json).expect("invariant: a value is JSON");
    text.push('\n');
    text
}

/// The records of a text: one, or those of a bundle.
fn records_of(text: &str) -> Result<Vec<Value>, StoreError> {
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
    if [RUN_SCHEMA, COMPARISON_SCHEMA, CLIENTS_SCHEMA, BENCHMARK_SCHEMA].contains(&schema.as_str()) {
        return Ok(vec![json]);
    }
    if schema != BUNDLE_SCHEMA {
        return Err(wrong_schema(&schema));
    }
    let Some(Value::Array(mut records)) = json.get_mut("runs").map(Value::take) else {
        return Err(StoreError::NotARecord {
            reason: format!("a bundle `{BUNDLE_SCHEMA}` has a list `runs`"),
        });
    };
    for kind in ["comparisons", "clients", "results"] {
        match json.get_mut(kind).map(Value::take) {
            None => {}
            Some(Value::Array(others)) => records.extend(others),
            Some(_) => {
                let reason = format!("`{kind}` of a bundle `{BUNDLE_SCHEMA}` is no list");
                return Err(StoreError::NotARecord { reason });
            }
        }
    }
    Ok(records)
}

fn entry_of(json: Value) -> Result<Entry, StoreError> {
    let schema = schema_of(&json)?;
    if schema == COMPARISON_SCHEMA {
        let record = comparison::comparison_of(&json)?;
        check_id(&record.id)?;
        return Ok(Entry::Comparison(Box::new((record, json))));
    }
    if schema == CLIENTS_SCHEMA {
        let record = clients::clients_of(&json)?;
        check_id(&record.id)?;
        return Ok(Entry::Clients(Box::new((record, json))));
    }
    if schema == BENCHMARK_SCHEMA {
        let result: BenchmarkResult = serde_json::from_value(json).map_err(|error| {
            StoreError::NotARecord { reason: format!("it is no result of a benchmark: {error}") }
        })?;
        benchmark::check_id(&result.id)?;
        let json = benchmark_json(&result);
        return Ok(Entry::Benchmark(Box::new((result, json))));
    }
    let record = record_of(&json)?;
    Ok(Entry::Run(Box::new((Row::of_json(json), record))))
}

fn check_id(id: &str) -> Result<(), StoreError> {
    let is_id = (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_id {
        return Ok(());
    }
    Err(StoreError::NotARecord { reason: format!("`id` is `{id}`, which is not an id") })
}

fn record_of(json: &Value) -> Result<RunRecord, StoreError> {
    let schema = schema_of(json)?;
    if schema != RUN_SCHEMA {
        return Err(wrong_schema(&schema));
    }
    let record: RunRecord =
        serde_json::from_value(json.clone()).map_err(|e| StoreError::NotARecord { reason: e.to_string() })?;
    check_id(&record.id)?;
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
    let known = [RUN_SCHEMA, BUNDLE_SCHEMA, COMPARISON_SCHEMA, CLIENTS_SCHEMA]
        .into_iter()
        .find(|known| is_newer(known));
    let hint = if known.is_some() {
        "it was written by a newer dyno: use that one"
    } else {
        "export the run again with `dyno runs export`"
    };
    let known = known.unwrap_or(RUN_SCHEMA);
    StoreError::WrongSchema { found: found.to_owned(), known, hint }
}

#[cfg(test)]
mod tests;
