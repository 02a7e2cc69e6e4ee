//! Contests of clients in the store. A broken store never hides what was measured.

use std::path::Path;

use dyno_model::ClientsRecord;
use dyno_store::{Store, StoreError};

use crate::console;

/// Stores contests, and says on stderr under which ids, or why not.
pub(super) fn keep(records: &[ClientsRecord], store: Option<&Path>, is_quiet: bool) {
    let kept = || -> Result<String, StoreError> {
        let mut store = Store::open(store)?;
        records.iter().try_for_each(|record| store.keep_clients(record))?;
        Ok(store.path().display().to_string())
    };
    let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
    match kept() {
        Ok(path) if !is_quiet => console::talk(&format!("stored as {} in {path}", ids.join(", "))),
        Ok(_) => {}
        Err(error) => console::warn(&format!("the contest is not stored: {error}")),
    }
}
