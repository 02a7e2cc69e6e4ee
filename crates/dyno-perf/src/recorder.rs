//! All operations of a program, and when their record is written.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use dyno_host::ResourceMeter;
use dyno_model::{OperationKind, RunRecord};
use dyno_verdict::parse_threshold;

use crate::benchmark::{Benchmark, Span};
use crate::calls::{Calls, locked};
use crate::record;

/// The variable that names the file of the record.
const RECORD: &str = "DYNO_RECORD";

static GLOBAL: OnceLock<Recorder> = OnceLock::new();

thread_local! {
    /// What this thread has looked up in the global recorder before, so that a span takes no lock.
    static KNOWN: RefCell<HashMap<String, Benchmark>> = RefCell::default();
}

/// Operations by name. A program has one, [`Recorder::global`]; tests may have their own.
pub struct Recorder {
    operations: Mutex<BTreeMap<String, Known>>,
    meter: Mutex<ResourceMeter>,
}

/// An operation, and the line of the function that it is, when it is named by its place.
struct Known {
    calls: Arc<Calls>,
    line: Option<u32>,
}

/// Why a record could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the run record to `{}`", path.display())]
pub struct WriteError {
    /// The file that was asked for.
    pub path: PathBuf,
    /// Why.
    pub source: std::io::Error,
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

impl Recorder {
    /// One without operations, which nothing but its owner writes to.
    #[must_use]
    pub fn new() -> Self {
        Self { operations: Mutex::default(), meter: Mutex::new(ResourceMeter::this()) }
    }

    /// That of `#[benchmark]`, [`span`] and [`write()`]. With `DYNO_RECORD=FILE` its record is written when the program
    /// ends by returning from `main` or by `std::process::exit`.
    #[must_use]
    pub fn global() -> &'static Self {
        GLOBAL.get_or_init(|| {
            if std::env::var_os(RECORD).is_some_and(|path| !path.is_empty()) {
                at_exit::ask();
            }
            Self::new()
        })
    }

    /// The operation of that name; the first use makes it.
    #[must_use]
    pub fn benchmark(&self, name: &str) -> Benchmark {
        self.operation(name, OperationKind::Request)
    }

    /// Begins a block of that name. In records with functions it is a journey of their calls.
    #[must_use = "a span that is not kept ends at once"]
    pub fn span(&self, name: &str) -> Span {
        self.operation(name, OperationKind::Journey).begin()
    }

    fn operation(&self, name: &str, kind: OperationKind) -> Benchmark {
        let mut operations = locked(&self.operations);
        let known = operations.entry(name.to_owned()).or_insert_with(|| Known::of(name.to_owned(), kind));
        Benchmark { calls: Arc::clone(&known.calls) }
    }

    /// The operation of an attribute. Functions of one name that are not told apart by it are told apart by their line.
    pub(crate) fn register(
        &self,
        name: String,
        line: Option<u32>,
        gate: &[&str],
        tags: &[&str],
    ) -> Arc<Calls> {
        let mut operations = locked(&self.operations);
        let is_taken = operations.get(&name).is_some_and(|known| known.line.is_some() && known.line != line);
        let name = match line {
            Some(line) if is_taken => format!("{name}:{line}"),
            _ => name,
        };
        let known =
            operations.entry(name).or_insert_with_key(|name| Known::of(name.clone(), OperationKind::Request));
        known.line = line;
        let gate = gate.iter().filter_map(|text| parse_threshold(text).ok()).collect();
        known.calls.expect(gate, tags.iter().map(|tag| (*tag).to_owned()));
        Arc::clone(&known.calls)
    }

    /// Those that have been called, by name.
    #[must_use]
    pub fn operations(&self) -> Vec<Benchmark> {
        let all: Vec<Arc<Calls>> =
            locked(&self.operations).values().map(|known| Arc::clone(&known.calls)).collect();
        let called = all.into_iter().filter(|calls| calls.counted().calls() > 0);
        called.map(|calls| Benchmark { calls }).collect()
    }

    /// The record of everything so far, under that name.
    #[must_use]
    pub fn record(&self, name: &str) -> RunRecord {
        let calls: Vec<Arc<Calls>> = self.operations().into_iter().map(|benchmark| benchmark.calls).collect();
        record::build(&calls, name, &locked(&self.meter).summary())
    }

    /// Writes the record of everything so far; the file appears whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<RunRecord, WriteError> {
        let path = path.as_ref();
        let record = self.record(&program());
        let mut text = serde_json::to_vec_pretty(&record).expect("invariant: a record is made of JSON types");
        text.push(b'\n');
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(format!(".{}.part", std::process::id()));
        let written = std::fs::write(&unfinished, text).and_then(|()| std::fs::rename(&unfinished, path));
        match written {
            Ok(()) => Ok(record),
            Err(source) => {
                // Nothing to tell when it was never made.
                let _ = std::fs::remove_file(&unfinished);
                Err(WriteError { path: path.to_owned(), source })
            }
        }
    }

    /// Forgets all calls of all operations.
    pub fn reset(&self) {
        let all: Vec<Arc<Calls>> =
            locked(&self.operations).values().map(|known| Arc::clone(&known.calls)).collect();
        all.iter().for_each(|calls| calls.reset());
    }
}

impl Known {
    fn of(name: String, kind: OperationKind) -> Self {
        Self { calls: Arc::new(Calls::new(name, kind)), line: None }
    }
}

/// The operation of that name in the global recorder; the first use makes it.
#[must_use]
pub fn benchmark(name: &str) -> Benchmark {
    Recorder::global().benchmark(name)
}

/// Begins a block of that name: `let _login = span("login");`.
#[must_use = "a span that is not kept ends at once"]
pub fn span(name: &str) -> Span {
    let known = KNOWN.try_with(|known| {
        let mut known = known.borrow_mut();
        if let Some(benchmark) = known.get(name) {
            return benchmark.begin();
        }
        let made = Recorder::global().operation(name, OperationKind::Journey);
        known.entry(name.to_owned()).or_insert(made).begin()
    });
    // At the end of a thread nothing is kept any more.
    known.unwrap_or_else(|_| Recorder::global().span(name))
}

/// Writes the record of everything that was timed so far.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: impl AsRef<Path>) -> Result<RunRecord, WriteError> {
    Recorder::global().write(path)
}

/// Forgets all calls of all operations.
pub fn reset() {
    Recorder::global().reset();
}

/// What a record is called when nobody named it: the program.
fn program() -> String {
    let first = std::env::args_os().next().map(PathBuf::from);
    let name = first.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "program".to_owned())
}

/// Writes what `DYNO_RECORD` asks for.
fn write_at_exit(started_pid: u32) {
    // A forked child would replace the record of its parent.
    let Some(path) = std::env::var_os(RECORD).filter(|_| std::process::id() == started_pid) else { return };
    let recorder = Recorder::global();
    if recorder.operations().is_empty() {
        return;
    }
    if let Err(error) = recorder.write(&path) {
        // The program is at its end: this is the last who can be told.
        let _ = writeln!(std::io::stderr(), "dyno-perf: {error}: {}", error.source);
    }
}

mod at_exit {
    //! The end of the process, which std has no word for.

    use std::sync::atomic::{AtomicU32, Ordering};

    static PID: AtomicU32 = AtomicU32::new(0);

    /// Asks for `write_at_exit` at the end of the process.
    pub(super) fn ask() {
        PID.store(std::process::id(), Ordering::Relaxed);
        // SAFETY: `ended` is a function of the whole life of the program, takes nothing, and never unwinds.
        let asked = unsafe { libc::atexit(ended) };
        // It fails only without memory; then there is no record, as after a kill.
        let _ = asked;
    }

    extern "C" fn ended() {
        let _ = std::panic::catch_unwind(|| super::write_at_exit(PID.load(Ordering::Relaxed)));
    }
}

#[cfg(test)]
mod tests;
