//! From what people write to a run, a comparison or a contest of clients.
//!
//! Runs come first, so that a text that named a run names it still when other things are stored.

use crate::find::{PREFIX_LEAST, split_back};
use crate::{ClientsFilter, ComparisonFilter, Store, StoreError};

/// What a text names in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The id of a run.
    Run(String),
    /// The id of a comparison.
    Comparison(String),
    /// The id of a contest of HTTP client libraries.
    Clients(String),
    /// The id of a result of a benchmark.
    Benchmark(String),
}

impl Found {
    /// The id, whatever it is.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Run(id) | Self::Comparison(id) | Self::Clients(id) | Self::Benchmark(id) => id,
        }
    }
}

/// The words that name the newest comparison and contest, as `latest` names the newest run.
const LATEST_COMPARISON: &str = "latest-comparison";
const LATEST_CLIENTS: &str = "latest-clients";

impl Store {
    /// The run, comparison or contest of clients that `text` means: a run as in [`Store::find`]; a comparison by its
    /// id, the start of its id, or `latest-comparison`; a contest by its id, the start of it, its name, `NAME@-1`, a
    /// tag, or `latest-clients`.
    ///
    /// # Errors
    /// When nothing or more than one is meant, or the store cannot be read.
    pub fn find_any(&mut self, text: &str) -> Result<Found, StoreError> {
        let upper = text.to_uppercase();
        if self.has_comparison(&upper)? {
            return Ok(Found::Comparison(upper));
        }
        if self.has_clients(&upper)? {
            return Ok(Found::Clients(upper));
        }
        if self.has_benchmark(text)? {
            return Ok(Found::Benchmark(text.to_owned()));
        }
        if let Some(newest) = self.newest(text)? {
            return Ok(newest);
        }
        let alike = self.start_with(&upper)?;
        let error = match self.find(text) {
            // A start of ids may fit several kinds alike; names and tags of runs are runs only.
            Ok(run) if run.starts_with(&upper) && run != upper && !alike.is_empty() => {
                return Err(ambiguous(text, 1 + alike.len(), &alike[0]));
            }
            Ok(run) => return Ok(Found::Run(run)),
            Err(error @ StoreError::UnknownRun { .. }) => error,
            Err(error) => return Err(error),
        };
        if let Some(found) = self.clients_by_name(text)? {
            return Ok(found);
        }
        match alike.as_slice() {
            [] => Err(error),
            [only] => Ok(only.clone()),
            [newest, ..] => Err(ambiguous(text, alike.len(), newest)),
        }
    }

    /// What the words for the newest ones name; `None` for other texts.
    fn newest(&self, text: &str) -> Result<Option<Found>, StoreError> {
        let (found, what) = match text {
            LATEST_COMPARISON => {
                let filter = ComparisonFilter { name: None, limit: Some(1) };
                (self.list_comparisons(&filter)?.pop().map(|one| Found::Comparison(one.id)), "comparisons")
            }
            LATEST_CLIENTS => {
                let filter = ClientsFilter { limit: Some(1), ..ClientsFilter::default() };
                (self.list_clients(&filter)?.pop().map(|one| Found::Clients(one.id)), "contests of clients")
            }
            _ => return Ok(None),
        };
        match found {
            Some(found) => Ok(Some(found)),
            None => Err(StoreError::UnknownRun {
                text: text.to_owned(),
                hint: format!("the store has no {what} yet"),
            }),
        }
    }

    /// A contest by its name, `NAME@-1` or a tag.
    fn clients_by_name(&self, text: &str) -> Result<Option<Found>, StoreError> {
        let named = |name: &str| {
            let filter = ClientsFilter { name: Some(name.to_owned()), ..ClientsFilter::default() };
            self.list_clients(&filter)
        };
        if let Some(newest) = named(text)?.into_iter().next() {
            return Ok(Some(Found::Clients(newest.id)));
        }
        if let Some((name, back)) = split_back(text) {
            let contests = named(name)?;
            let count = contests.len();
            if let Some(one) = usize::try_from(back).ok().and_then(|back| contests.into_iter().nth(back)) {
                return Ok(Some(Found::Clients(one.id)));
            }
            if count > 0 {
                let contests = if count == 1 { "contest" } else { "contests" };
                let hint = format!("`{name}` has {count} {contests}, the oldest is `{name}@-{}`", count - 1);
                return Err(StoreError::UnknownRun { text: text.to_owned(), hint });
            }
        }
        let filter = ClientsFilter { tag: Some(text.to_owned()), limit: Some(1), ..ClientsFilter::default() };
        Ok(self.list_clients(&filter)?.pop().map(|one| Found::Clients(one.id)))
    }

    /// Comparisons, then contests, whose ids start so; the newest first.
    fn start_with(&self, upper: &str) -> Result<Vec<Found>, StoreError> {
        if upper.len() < PREFIX_LEAST || !upper.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(Vec::new());
        }
        let comparisons =
            self.texts("SELECT id FROM comparison WHERE id GLOB ?1 || '*' ORDER BY id DESC", upper)?;
        let contests =
            self.texts("SELECT id FROM clients WHERE id GLOB ?1 || '*' ORDER BY id DESC", upper)?;
        let comparisons = comparisons.into_iter().map(Found::Comparison);
        Ok(comparisons.chain(contests.into_iter().map(Found::Clients)).collect())
    }
}

fn ambiguous(text: &str, count: usize, example: &Found) -> StoreError {
    StoreError::Ambiguous { text: text.to_owned(), count, example: example.id().to_owned() }
}
