//! Results that can be compared: runs of the store, files of `dyno` and other tools, the standard input.
//!
//! Finds and reads them; what they say is `dyno-import`'s, and what their difference means `dyno-verdict`'s. Called by
//! comparisons.

use std::io::Read;
use std::path::{Path, PathBuf};

use dyno_model::{CLIENTS_TOOL, Measured, ValidityState};
use dyno_store::{ClientsFilter, Found, RunFilter, Store};

use crate::error::CommandError;

/// Sessions of the history that are read; older ones say little about the machine of today.
const HISTORY_MOST: u32 = 60;
/// Files of a benchmark of criterion, the best one first, below the folder of the benchmark or its `new`.
const IN_FOLDERS: [&str; 4] = ["sample.json", "estimates.json", "new/sample.json", "new/estimates.json"];
/// A file larger than this is no result.
const SIZE_MOST: u64 = 1 << 30;

/// One side of a comparison.
#[derive(Debug)]
pub struct Arm {
    /// What is compared.
    pub newest: Measured,
    /// Earlier sessions of the same, when a tag or a bundle holds several; oldest first.
    pub others: Vec<Measured>,
}

/// Where results are looked for.
pub struct Results {
    store: Option<PathBuf>,
    has_read_stdin: bool,
}

impl Results {
    /// Looks into this store, or the usual one.
    pub fn new(store: Option<&Path>) -> Self {
        Self { store: store.map(Path::to_owned), has_read_stdin: false }
    }

    /// The result that `text` names: `-`, a file or a folder that is there, else a run of the store.
    ///
    /// # Errors
    /// When it is not there, cannot be read, or is no result.
    pub fn arm(&mut self, text: &str) -> Result<Arm, CommandError> {
        if text == "-" {
            return self.stdin();
        }
        let path = Path::new(text);
        if path.is_dir() {
            return Self::folder(path, text);
        }
        if path.exists() {
            return Self::file(path, text);
        }
        self.stored(text).map_err(|error| if looks_like_a_file(text) { no_such_file(text) } else { error })
    }

    fn stdin(&mut self) -> Result<Arm, CommandError> {
        if self.has_read_stdin {
            let message = "`-` is the standard input, which can be read only once";
            return Err(CommandError::usage(message).hint("write one of the results to a file"));
        }
        self.has_read_stdin = true;
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().take(SIZE_MOST).read_to_end(&mut bytes);
        read.map_err(|error| CommandError::usage("cannot read the standard input").because(error))?;
        parse("standard input", &bytes)
    }

    fn folder(path: &Path, text: &str) -> Result<Arm, CommandError> {
        let Some(file) = IN_FOLDERS.iter().map(|name| path.join(name)).find(|file| file.is_file()) else {
            let message = format!("`{text}` is a folder without a result");
            return Err(
                CommandError::usage(message).hint("name a file, or the folder of a benchmark of criterion")
            );
        };
        Self::file(&file, text)
    }

    fn file(path: &Path, text: &str) -> Result<Arm, CommandError> {
        let cannot_read = || CommandError::usage(format!("cannot read the result `{text}`"));
        let size = std::fs::metadata(path).map_err(|error| cannot_read().because(error))?.len();
        if size > SIZE_MOST {
            return Err(cannot_read().because(format!("it has {}", dyno_model::units::format_size(size))));
        }
        let bytes = std::fs::read(path).map_err(|error| cannot_read().because(error))?;
        parse(text, &bytes)
    }

    /// The run or contest of clients of the store that `text` names.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be read.
    pub fn stored(&self, text: &str) -> Result<Arm, CommandError> {
        let mut store = Store::open(self.store.as_deref())?;
        let id = match store.find_any(text)? {
            Found::Run(id) => id,
            Found::Clients(id) => return contest(&store, text, &id),
            Found::Comparison(id) => {
                let message = format!("`{id}` is a comparison, and cannot be compared again");
                return Err(CommandError::usage(message).hint("name the runs that it compared"));
            }
            Found::Benchmark(id) => {
                let message = format!("`{id}` is a result of a benchmark, and cannot be compared");
                return Err(CommandError::usage(message).hint("play a contest with `dyno clients compare`"));
            }
        };
        let record = store.load(&id)?;
        let mut newest = Measured::from(&record);
        newest.label = text.to_owned();
        let is_tag = record.tags.iter().any(|tag| tag == text) && record.name != text && id != text;
        let mut others = Vec::new();
        if is_tag {
            let filter =
                RunFilter { tag: Some(text.to_owned()), limit: Some(HISTORY_MOST), ..RunFilter::default() };
            for run in store.list(&filter)?.into_iter().filter(|run| run.id != id) {
                others.push(Measured::from(&store.load(&run.id)?));
            }
        }
        others.retain(|other| is_sound(other) && other.is_session_like(&newest));
        others.sort_by(|a, b| a.started_at.cmp(&b.started_at));
        Ok(Arm { newest, others })
    }

    /// Stored sessions of the baseline's plan on its machine up to the baseline, and the baseline; oldest first. Empty
    /// for what is not of `dyno`. A store that cannot be read has no history.
    pub fn history(&self, baseline: &Measured, candidates: &[Measured]) -> Vec<Measured> {
        if baseline.run_id.is_none() || baseline.environment.is_none() || !is_sound(baseline) {
            return Vec::new();
        }
        let mut history = self.sessions(baseline).unwrap_or_default();
        let is_candidate = |one: &Measured| candidates.iter().any(|candidate| candidate.run_id == one.run_id);
        history.retain(|one| {
            is_sound(one)
                && one.is_session_like(baseline)
                && one.started_at < baseline.started_at
                && one.run_id != baseline.run_id
                && !is_candidate(one)
        });
        history.push(baseline.clone());
        history.sort_by(|a, b| a.started_at.cmp(&b.started_at));
        history
    }

    fn sessions(&self, baseline: &Measured) -> Result<Vec<Measured>, CommandError> {
        let path = match &self.store {
            Some(path) => path.clone(),
            None => dyno_store::default_path()?,
        };
        if !path.exists() {
            return Ok(Vec::new());
        }
        let mut store = Store::open(Some(&path))?;
        let name = Some(baseline.plan_name.clone());
        if baseline.tool == CLIENTS_TOOL {
            let filter = ClientsFilter { name, limit: Some(HISTORY_MOST), tag: None };
            let contests = store.list_clients(&filter)?;
            return contests.iter().map(|one| Ok(Measured::from(&store.load_clients(&one.id)?))).collect();
        }
        let runs = store.list(&RunFilter { name, limit: Some(HISTORY_MOST), ..RunFilter::default() })?;
        runs.iter().map(|run| Ok(Measured::from(&store.load(&run.id)?))).collect()
    }
}

/// A stored contest of clients; with a tag, its other contests are sessions of the same.
fn contest(store: &Store, text: &str, id: &str) -> Result<Arm, CommandError> {
    let record = store.load_clients(id)?;
    let mut newest = Measured::from(&record);
    newest.label = text.to_owned();
    let is_tag = record.tags.iter().any(|tag| tag == text) && record.name != text && id != text;
    let mut others = Vec::new();
    if is_tag {
        let filter = ClientsFilter {
            tag: Some(text.to_owned()),
            limit: Some(HISTORY_MOST),
            ..ClientsFilter::default()
        };
        for one in store.list_clients(&filter)?.into_iter().filter(|one| one.id != id) {
            others.push(Measured::from(&store.load_clients(&one.id)?));
        }
    }
    others.retain(|other| is_sound(other) && other.is_session_like(&newest));
    others.sort_by(|a, b| a.started_at.cmp(&b.started_at));
    Ok(Arm { newest, others })
}

/// Whether a session says something about the target. Runs that were cut short do not.
fn is_sound(one: &Measured) -> bool {
    let is_unfinished = one.validity.reasons.iter().any(|reason| reason.code == "unfinished");
    one.validity.state != ValidityState::Invalid && !is_unfinished
}

fn parse(label: &str, bytes: &[u8]) -> Result<Arm, CommandError> {
    let read = dyno_import::import(label, bytes).map_err(|error| {
        CommandError::usage(format!("cannot read the result `{label}`: {error}")).hint(error.hint())
    })?;
    let mut others = read;
    // Sessions of one thing; a bundle of different plans has the newest as its only one.
    let Some(newest) = others.pop() else {
        return Err(CommandError::usage(format!("the result `{label}` holds nothing")));
    };
    others.retain(|other| is_sound(other) && other.is_session_like(&newest));
    Ok(Arm { newest, others })
}

/// Whether people more likely meant a file than a run.
fn looks_like_a_file(text: &str) -> bool {
    let extension = Path::new(text).extension().and_then(|extension| extension.to_str());
    text.contains(std::path::MAIN_SEPARATOR)
        || extension.is_some_and(|found| ["json", "txt", "csv", "jsonl"].contains(&found))
}

fn no_such_file(text: &str) -> CommandError {
    CommandError::usage(format!("there is no file `{text}`, and no run of that name"))
        .hint("see `dyno runs list` for what is stored")
}
