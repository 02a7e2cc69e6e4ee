//! From what people write to the id of a run: an id or its start, `latest`, a name, `NAME@-1`, a tag.

use rusqlite::{OptionalExtension, params};

use crate::{RunFilter, Store, StoreError};

/// Shorter starts of ids match by accident.
pub(crate) const PREFIX_LEAST: usize = 4;

/// How alike two names must be (0 to 1) for one to be suggested for the other.
const ALIKE: f64 = 0.5;

impl Store {
    /// The id of the run that `text` means.
    ///
    /// In this order: `latest`; an id; a name (its newest run); `NAME@-1` (the one before, `@-2` and so on); a tag
    /// (the newest run that has it); the start of an id, if only one run has it.
    ///
    /// # Errors
    /// When no run or more than one is meant, or the store cannot be read.
    pub fn find(&mut self, text: &str) -> Result<String, StoreError> {
        self.settle()?;
        if text == "latest" {
            return match self.list(&RunFilter { limit: Some(1), ..RunFilter::default() })?.pop() {
                Some(run) => Ok(run.id),
                None => Err(self.unknown(text)?),
            };
        }
        let upper = text.to_uppercase();
        if self.exists(&upper)? {
            return Ok(upper);
        }
        if self.exists(text)? {
            return Ok(text.to_owned());
        }
        if let Some(id) = self.by_name(text, 0)? {
            return Ok(id);
        }
        if let Some((name, back)) = split_back(text) {
            if let Some(id) = self.by_name(name, back)? {
                return Ok(id);
            }
            return Err(self.too_far_back(text, name)?);
        }
        let tagged = RunFilter { tag: Some(text.to_owned()), limit: Some(1), ..RunFilter::default() };
        if let Some(run) = self.list(&tagged)?.pop() {
            return Ok(run.id);
        }
        self.by_prefix(text, &upper)
    }

    fn by_name(&self, name: &str, back: i64) -> Result<Option<String>, StoreError> {
        let query =
            "SELECT id FROM run WHERE name = ?1 ORDER BY started_at_ms DESC, id DESC LIMIT 1 OFFSET ?2";
        let found = self.connection.query_row(query, params![name, back], |row| row.get(0)).optional();
        found.map_err(self.sql("look for a run"))
    }

    fn by_prefix(&self, text: &str, upper: &str) -> Result<String, StoreError> {
        let mut ids: Vec<String> = Vec::new();
        if text.len() >= PREFIX_LEAST && upper.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            ids = self.texts("SELECT id FROM run WHERE id GLOB ?1 || '*' ORDER BY id DESC", upper)?;
        }
        match ids.as_slice() {
            [id] => Ok(id.clone()),
            [] => Err(self.unknown(text)?),
            [newest, ..] => Err(StoreError::Ambiguous {
                text: text.to_owned(),
                count: ids.len(),
                example: newest.clone(),
            }),
        }
    }

    fn too_far_back(&self, text: &str, name: &str) -> Result<StoreError, StoreError> {
        let count = self.texts("SELECT id FROM run WHERE name = ?1", name)?.len();
        if count == 0 {
            return self.unknown(text);
        }
        let runs = if count == 1 { "run" } else { "runs" };
        let hint = format!("`{name}` has {count} {runs}, the oldest is `{name}@-{}`", count - 1);
        Ok(StoreError::UnknownRun { text: text.to_owned(), hint })
    }

    /// The error for a text that means no run, with the nearest names.
    pub(crate) fn unknown(&self, text: &str) -> Result<StoreError, StoreError> {
        let names = self.texts("SELECT DISTINCT name FROM run WHERE ?1 IS NOT NULL ORDER BY name", text)?;
        let wanted = split_back(text).map_or(text, |(name, _)| name);
        let likeness = |name: &String| strsim::normalized_levenshtein(wanted, name);
        let nearest = names.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let hint = match nearest {
            None => "the store has no runs yet".to_owned(),
            Some(name) if likeness(name) >= ALIKE => format!("did you mean `{name}`?"),
            Some(_) => "see `dyno runs list`".to_owned(),
        };
        Ok(StoreError::UnknownRun { text: text.to_owned(), hint })
    }

    pub(crate) fn texts(&self, query: &str, parameter: &str) -> Result<Vec<String>, StoreError> {
        let rows = || {
            let mut statement = self.connection.prepare_cached(query)?;
            let rows = statement.query_map([parameter], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        rows().map_err(self.sql("look for runs"))
    }
}

/// Splits `checkout@-2` into the name and 2.
pub(crate) fn split_back(text: &str) -> Option<(&str, i64)> {
    let (name, back) = text.rsplit_once("@-")?;
    Some((name, back.parse().ok()?)).filter(|(name, back)| !name.is_empty() && *back >= 0)
}
