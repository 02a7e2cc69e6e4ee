//! What stays in the store: tags, removal by hand, and removal by rule.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use dyno_model::BenchmarkStatus;
use rusqlite::params;
use serde_json::Value;

use crate::comparison::at_ms;
use crate::process::now_ms;
use crate::row::running;
use crate::{BenchmarkFilter, ClientsFilter, ComparisonFilter, RunFilter, Store, StoreError};

/// Which runs to remove. A run goes when every rule that is given says so; without a rule none goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prune {
    /// Keep this many of the newest runs of each name.
    pub keep_per_name: Option<u32>,
    /// Keep runs that are younger than this.
    pub older_than: Option<Duration>,
}

impl Store {
    /// Removes runs, comparisons, contests of clients and results of benchmarks by their ids, all or none, and gives the
    /// room back.
    ///
    /// # Errors
    /// When one does not exist or is still played, or the store cannot be written.
    pub fn remove(&mut self, ids: &[String]) -> Result<(), StoreError> {
        self.settle()?;
        self.settle_benchmarks()?;
        for id in ids {
            let is_known = self.exists(id)?
                || self.has_comparison(id)?
                || self.has_clients(id)?
                || self.has_benchmark(id)?;
            if !is_known {
                return Err(self.unknown(id)?);
            }
            if self.is_running(id)? {
                return Err(StoreError::StillRunning { id: id.clone() });
            }
        }
        self.write("remove runs", |transaction| {
            for id in ids {
                transaction.execute("DELETE FROM run WHERE id = ?1", [id])?;
                transaction.execute("DELETE FROM comparison WHERE id = ?1", [id])?;
                transaction.execute("DELETE FROM benchmark_result WHERE id = ?1", [id])?;
                transaction.execute("DELETE FROM clients WHERE id = ?1", [id])?;
            }
            Ok(())
        })?;
        let freed = self.connection.execute_batch("PRAGMA incremental_vacuum");
        freed.map_err(self.sql("give room back"))
    }

    /// Removes runs, comparisons, contests of clients and results of benchmarks by rule and gives their ids. Tagged runs
    /// and contests, comparisons that have a tagged run as an arm, and what is still played stay.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn prune(&mut self, rules: &Prune) -> Result<Vec<String>, StoreError> {
        if *rules == Prune::default() {
            return Ok(Vec::new());
        }
        let oldest_kept = rules
            .older_than
            .map(|age| now_ms().saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX)));
        let is_old = |at: &str| oldest_kept.is_none_or(|oldest| at_ms(at).unwrap_or(0) < oldest);
        let mut newer = Newer::default();
        let mut tagged: HashSet<String> = HashSet::new();
        let mut ids = Vec::new();
        for run in self.list(&RunFilter::default())? {
            let is_beyond = newer.is_beyond(run.name, rules.keep_per_name);
            if !run.tags.is_empty() {
                tagged.insert(run.id);
            } else if is_beyond && is_old(&run.started_at) && run.state != running() {
                ids.push(run.id);
            }
        }
        let mut newer = Newer::default();
        for comparison in self.list_comparisons(&ComparisonFilter::default())? {
            let is_beyond = newer.is_beyond(comparison.name, rules.keep_per_name);
            let has_tagged =
                comparison.arms.iter().any(|arm| arm.run_id.as_ref().is_some_and(|id| tagged.contains(id)));
            if is_beyond && is_old(&comparison.at) && !has_tagged {
                ids.push(comparison.id);
            }
        }
        let mut newer = Newer::default();
        for result in self.benchmarks(&BenchmarkFilter::default())?.results {
            let is_beyond = newer.is_beyond(result.name, rules.keep_per_name);
            if is_beyond && is_old(&result.start_time) && result.status != BenchmarkStatus::Running {
                ids.push(result.id);
            }
        }
        let mut newer = Newer::default();
        for contest in self.list_clients(&ClientsFilter::default())? {
            let is_beyond = newer.is_beyond(contest.name, rules.keep_per_name);
            if is_beyond && is_old(&contest.at) && contest.tags.is_empty() {
                ids.push(contest.id);
            }
        }
        self.remove(&ids)?;
        Ok(ids)
    }

    /// Adds a tag to a run or contest of clients; a tagged one is never pruned. A tag that it has already stays as it is.
    ///
    /// # Errors
    /// When there is no such run or contest, it is still played, or the store cannot be written.
    pub fn tag(&mut self, id: &str, tag: &str) -> Result<(), StoreError> {
        self.settle()?;
        let (mut json, mut tags) = self.tagged(id)?;
        if tags.iter().any(|known| known == tag) {
            return Ok(());
        }
        tags.push(tag.into());
        self.write_tags(id, &mut json, tags)
    }

    /// Takes a tag from a run or contest of clients, and gives whether it had it.
    ///
    /// # Errors
    /// When there is no such run or contest, it is still played, or the store cannot be written.
    pub fn untag(&mut self, id: &str, tag: &str) -> Result<bool, StoreError> {
        self.settle()?;
        let (mut json, mut tags) = self.tagged(id)?;
        let before = tags.len();
        tags.retain(|known| known != tag);
        if tags.len() == before {
            return Ok(false);
        }
        self.write_tags(id, &mut json, tags)?;
        Ok(true)
    }

    /// The record of what is tagged, with its tags.
    fn tagged(&self, id: &str) -> Result<(Value, Vec<Value>), StoreError> {
        if self.is_running(id)? {
            return Err(StoreError::StillRunning { id: id.to_owned() });
        }
        let json = if self.has_clients(id)? { self.load_clients_json(id)? } else { self.load_json(id)? };
        let tags = json["tags"].as_array().cloned().unwrap_or_default();
        Ok((json, tags))
    }

    fn write_tags(&mut self, id: &str, json: &mut Value, tags: Vec<Value>) -> Result<(), StoreError> {
        if self.has_clients(id)? {
            return self.write_clients_tags(id, &tags);
        }
        let column = Value::Array(tags);
        json["tags"] = column.clone();
        json["intervals"] = Value::Array(Vec::new());
        self.write("change the tags of a run", |transaction| {
            let update = "UPDATE run SET tags = ?2, record = ?3 WHERE id = ?1";
            transaction.execute(update, params![id, column.to_string(), json.to_string()]).map(|_| ())
        })
    }

    fn is_running(&self, id: &str) -> Result<bool, StoreError> {
        let query = "SELECT (SELECT count(*) FROM run WHERE id = ?1 AND state = ?2 AND pid IS NOT NULL)
             + (SELECT count(*) FROM benchmark_result WHERE id = ?1 AND pid IS NOT NULL)";
        let count: i64 = self
            .connection
            .query_row(query, params![id, running()], |row| row.get(0))
            .map_err(self.sql("look for a run"))?;
        Ok(count > 0)
    }
}

/// How many newer ones of each name were seen already.
#[derive(Default)]
struct Newer(HashMap<String, u32>);

impl Newer {
    /// Whether as many of this name as are kept were seen before this one.
    fn is_beyond(&mut self, name: String, keep: Option<u32>) -> bool {
        let position = self.0.entry(name).or_insert(0);
        let is_beyond = keep.is_none_or(|keep| *position >= keep);
        *position += 1;
        is_beyond
    }
}
