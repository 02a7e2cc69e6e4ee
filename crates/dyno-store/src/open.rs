//! Opening the store: where it is, whether it is one, and bringing its schema up to date.
//!
//! A file that is not a store of this program is never changed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::StoreError;
use crate::error::{BUSY_SECONDS, sql};

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// `dyno` in ASCII; marks a database as ours.
const APPLICATION_ID: i64 = 0x6479_6e6f;

/// Two processes that make the same new store get into each other's way at most a few times.
const ATTEMPTS: u32 = 20;

/// The store of run records. Each process, and each thread, opens its own.
#[derive(Debug)]
pub struct Store {
    pub(crate) path: PathBuf,
    pub(crate) connection: Connection,
}

/// The file used when none is named: below `XDG_DATA_HOME`, `~/.local/share`, or the data directory of the system.
///
/// # Errors
/// When the environment names no home.
pub fn default_path() -> Result<PathBuf, StoreError> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        variable("XDG_DATA_HOME").or_else(|| Some(variable("HOME")?.join("Library/Application Support")))
    } else {
        variable("XDG_DATA_HOME").or_else(|| Some(variable("HOME")?.join(".local/share")))
    };
    Ok(data.ok_or(StoreError::NoDefaultPath)?.join("dynamometer").join("store.db"))
}

impl Store {
    /// Opens the store in `path`, or in [`default_path`], and makes it when there is none.
    ///
    /// # Errors
    /// When there is no place, the place cannot be written, or the file is damaged, of another program or of a
    /// newer version.
    pub fn open(path: Option<&Path>) -> Result<Self, StoreError> {
        let path = path.map_or_else(default_path, |path| Ok(path.to_owned()))?;
        if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
            std::fs::create_dir_all(directory)
                .map_err(|e| StoreError::CannotOpen { path: path.clone(), reason: e.to_string() })?;
        }
        let mut store = Self { connection: connect(&path)?, path };
        store.refuse_foreign()?;
        store.prepare()?;
        Ok(store)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn sql(&self, doing: &'static str) -> impl Fn(rusqlite::Error) -> StoreError + '_ {
        move |source| sql(&self.path, doing, source)
    }

    /// A second connection to the same file.
    pub(crate) fn connect_again(&self) -> Result<Self, StoreError> {
        let connection = connect(&self.path)?;
        configure(&connection).map_err(self.sql("set up a connection"))?;
        Ok(Self { connection, path: self.path.clone() })
    }

    fn number(&self, query: &str) -> Result<i64, StoreError> {
        self.connection.query_row(query, [], |row| row.get(0)).map_err(self.sql("look at the schema"))
    }

    /// Looks before anything is written.
    fn refuse_foreign(&self) -> Result<(), StoreError> {
        let tables = self.number("SELECT count(*) FROM sqlite_schema")?;
        let application = self.number("PRAGMA application_id")?;
        if application != APPLICATION_ID && (tables > 0 || application != 0) {
            return Err(StoreError::Foreign { path: self.path.clone() });
        }
        Ok(())
    }

    /// Sets up the connection and brings the schema up to date.
    fn prepare(&mut self) -> Result<(), StoreError> {
        for attempt in 1.. {
            let outcome = self.try_prepare();
            // Another process may be making the same store at this moment; then its tables appear in between.
            if attempt == ATTEMPTS || self.is_final(&outcome) {
                return outcome;
            }
            std::thread::sleep(Duration::from_millis(5) * attempt);
        }
        Ok(())
    }

    fn is_final(&self, outcome: &Result<(), StoreError>) -> bool {
        !matches!(outcome, Err(StoreError::Busy { .. } | StoreError::Sql { .. }))
    }

    fn try_prepare(&mut self) -> Result<(), StoreError> {
        configure(&self.connection).map_err(self.sql("set up a connection"))?;
        let known =
            migrations::migrations::runner().get_migrations().iter().map(|m| i64::from(m.version())).max();
        let known = known.unwrap_or(0);
        let has_history = "SELECT count(*) FROM sqlite_schema WHERE name = 'refinery_schema_history'";
        let found = if self.number(has_history)? == 0 {
            0
        } else {
            self.number("SELECT coalesce(max(version), 0) FROM refinery_schema_history")?
        };
        if found > known {
            return Err(StoreError::Newer { path: self.path.clone(), found, known });
        }
        if found == known {
            return Ok(());
        }
        // Marked first: a process that is killed here leaves an empty store and not a foreign database.
        self.connection
            .pragma_update(None, "application_id", APPLICATION_ID)
            .map_err(self.sql("mark the new store"))?;
        let migrated = migrations::migrations::runner().run(&mut self.connection);
        migrated.map(|_| ()).map_err(|error| self.migration_error(error))
    }

    fn migration_error(&self, error: refinery::Error) -> StoreError {
        let doing = "bring the schema up to date";
        let code = std::error::Error::source(&error)
            .and_then(|source| source.downcast_ref::<rusqlite::Error>())
            .and_then(rusqlite::Error::sqlite_error_code);
        match code {
            Some(ErrorCode::DiskFull) => StoreError::Full { path: self.path.clone() },
            Some(ErrorCode::ReadOnly) => StoreError::ReadOnly { path: self.path.clone() },
            _ => StoreError::Sql { doing, path: self.path.clone(), source: Box::new(error) },
        }
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| sql(path, "open the file", e))?;
    let wait = Duration::from_secs(BUSY_SECONDS);
    connection.busy_timeout(wait).map_err(|e| sql(path, "open the file", e))?;
    Ok(connection)
}

/// Write-ahead log: readers never wait for writers. Normal synchronisation: a crash of the machine may lose the
/// last second, never the file.
fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", "ON")
}

#[cfg(test)]
mod tests;
