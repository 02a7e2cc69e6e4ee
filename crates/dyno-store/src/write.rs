//! Writing a run while it is played: its head first, each second as it comes, the whole record at the end.

use dyno_model::{IntervalRecord, RunRecord, RunState};
use rusqlite::{Transaction, TransactionBehavior, params};

use crate::process::{ProcessMark, now_ms};
use crate::row::{Row, saturated};
use crate::{Store, StoreError};

/// Writes one run. Has a connection of its own, so that it can live on another thread than the store.
///
/// Dropped without [`RunWriter::finish`], or killed, it leaves a run that readers find interrupted once the process
/// is gone.
#[derive(Debug)]
pub struct RunWriter {
    store: Store,
    id: String,
    next: u64,
}

impl Store {
    /// Stores the head of a run that begins: everything known before the first request, in state `running`.
    ///
    /// # Errors
    /// When a run with this id exists, or the store cannot be written.
    pub fn begin(&self, head: &RunRecord) -> Result<RunWriter, StoreError> {
        let mut store = self.connect_again()?;
        if store.exists(&head.id)? {
            return Err(StoreError::Conflict { id: head.id.clone() });
        }
        let mut head = head.clone();
        head.state = RunState::Running;
        head.intervals.clear();
        store.write("begin a run", |transaction| {
            Row::of(&head).write(transaction, &head, Some((&ProcessMark::this(), now_ms())))
        })?;
        Ok(RunWriter { store, id: head.id, next: 0 })
    }

    /// Stores a finished run at once, over an earlier version of it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put(&mut self, record: &RunRecord) -> Result<(), StoreError> {
        let row = Row::of(record);
        self.write("store a run", |transaction| row.write(transaction, record, None))
    }

    /// Runs `work` in a transaction that takes the right to write at once, so that it waits for others and does not
    /// fail half-way.
    pub(crate) fn write<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let outcome = (|| {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        })();
        outcome.map_err(self.sql(doing))
    }
}

impl RunWriter {
    /// The id of the run.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Adds one second, in a transaction of its own.
    ///
    /// # Errors
    /// When the store cannot be written; later seconds may be tried all the same.
    pub fn append(&mut self, interval: &IntervalRecord) -> Result<(), StoreError> {
        let json = serde_json::to_string(interval).expect("invariant: an interval is made of JSON types");
        let (id, position) = (self.id.as_str(), saturated(self.next));
        self.store.write("store a second of a run", |transaction| {
            transaction
                .prepare_cached("INSERT INTO run_interval (run_id, position, record) VALUES (?1, ?2, ?3)")?
                .execute(params![id, position, json])?;
            transaction
                .prepare_cached("UPDATE run SET heartbeat_ms = ?2 WHERE id = ?1")?
                .execute(params![id, now_ms()])
        })?;
        self.next += 1;
        Ok(())
    }

    /// Stores the whole record in place of what was written until now.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn finish(mut self, record: &RunRecord) -> Result<(), StoreError> {
        self.store.put(record)
    }
}
