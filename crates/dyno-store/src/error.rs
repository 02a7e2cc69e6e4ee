//! Why the store could not do what it was asked.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the store could not do what it was asked. Never leaves a file changed that is not a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No place for the store is known.
    #[error(
        "no place for the store is known: neither XDG_DATA_HOME nor HOME is set; set DYNO_STORE to a file"
    )]
    NoDefaultPath,
    /// The directory could not be made, or the file could not be opened.
    #[error("cannot open the store `{path}`: {reason}; choose another file with DYNO_STORE")]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The place does not allow writing.
    #[error(
        "cannot write the store `{path}`: the file or its directory is read-only; choose another file with DYNO_STORE"
    )]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a database, or its content is broken.
    #[error(
        "the store `{path}` is damaged ({reason}); it was left as it is: move it away to start a new one"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was seen.
        reason: String,
    },
    /// The file is a database of another program.
    #[error(
        "`{path}` is a database of another program; it was left as it is: choose another file with DYNO_STORE"
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer version.
    #[error("the store `{path}` has schema {found}, this version knows up to {known}; use the newer dyno")]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema of the file.
        found: i64,
        /// The newest schema that this version knows.
        known: i64,
    },
    /// There is no room.
    #[error(
        "no room left to write the store `{path}`: free some space or remove runs with `dyno runs prune`"
    )]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Another process holds the store for too long.
    #[error("the store `{path}` is busy: another process has been writing for more than {seconds} s")]
    Busy {
        /// The file.
        path: PathBuf,
        /// How long was waited.
        seconds: u64,
    },
    /// The database refused for another reason.
    #[error("cannot {doing} in the store `{path}`")]
    Sql {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the database said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is no such run.
    #[error("there is no run `{text}`; {hint}")]
    UnknownRun {
        /// What was looked for.
        text: String,
        /// What there is instead.
        hint: String,
    },
    /// Several runs have an id that starts so.
    #[error("`{text}` is the start of {count} ids; write more of it, such as `{example}`")]
    Ambiguous {
        /// What was looked for.
        text: String,
        /// How many runs match.
        count: usize,
        /// The newest of them.
        example: String,
    },
    /// A run is still being played.
    #[error("run `{id}` is still being played; stop it first")]
    StillRunning {
        /// The run.
        id: String,
    },
    /// A run with this id is stored already.
    #[error("run `{id}` is stored already with different content; remove it first with `dyno runs rm {id}`")]
    Conflict {
        /// The run.
        id: String,
    },
    /// A text is not a record.
    #[error("cannot read the record: {reason}")]
    NotARecord {
        /// What was wrong, and where.
        reason: String,
    },
    /// A database is not one of results of benchmarks.
    #[error("`{path}` is not a database of http-client-benchmarker: {reason}; it was left as it is")]
    NotResults {
        /// The file.
        path: PathBuf,
        /// What was seen.
        reason: String,
    },
    /// A record has a schema that this version does not know.
    #[error("the record has schema `{found}`, this version reads `{known}`; {hint}")]
    WrongSchema {
        /// The schema of the record.
        found: String,
        /// The schema that was expected.
        known: &'static str,
        /// What to do.
        hint: &'static str,
    },
}

/// How long a process waits for another one's write.
pub(crate) const BUSY_SECONDS: u64 = 10;

/// Turns a database error into one that says what to do.
pub(crate) fn sql(path: &Path, doing: &'static str, source: rusqlite::Error) -> StoreError {
    let path = path.to_owned();
    let reason = source.to_string();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => StoreError::Damaged { path, reason },
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly { path },
        Some(ErrorCode::CannotOpen) => {
            // The binding appends the path, which the message names already.
            let reason = reason.trim_end_matches(&format!(": {}", path.display())).to_owned();
            StoreError::CannotOpen { path, reason }
        }
        Some(ErrorCode::DiskFull) => StoreError::Full { path },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            StoreError::Busy { path, seconds: BUSY_SECONDS }
        }
        _ => StoreError::Sql { doing, path, source: Box::new(source) },
    }
}
