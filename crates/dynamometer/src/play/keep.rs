//! The seconds of a run: appended to the store as they come, or kept in memory when there is none.

use std::path::{Path, PathBuf};

use dyno_engine::{Observer, RunEvent};
use dyno_model::{IntervalRecord, RunRecord};
use dyno_store::{RunWriter, Store};

use crate::console;

/// Where the seconds go.
pub struct Keeper {
    stored: Option<Stored>,
    /// Seconds that are not in the store. Their histograms are packed, so an hour takes a few megabytes.
    kept: Vec<IntervalRecord>,
}

/// A store with the run that is being written to it.
pub struct Stored {
    store: Store,
    writer: RunWriter,
    is_complete: bool,
}

impl Keeper {
    /// Begins the run in the store, if there is one.
    pub fn begin(store: Option<Store>, head: &RunRecord) -> Self {
        let stored = store.and_then(|store| match store.begin(head) {
            Ok(writer) => Some(Stored { store, writer, is_complete: true }),
            Err(error) => {
                console::warn(&format!("the run will not be stored: {error}"));
                None
            }
        });
        Self { stored, kept: Vec::new() }
    }

    /// All seconds in order, and what finishes the run in the store.
    pub fn into_intervals(mut self) -> (Vec<IntervalRecord>, Option<Stored>) {
        let mut intervals = std::mem::take(&mut self.kept);
        if let Some(stored) = &mut self.stored {
            match stored.store.load(stored.writer.id()) {
                Ok(record) => intervals.extend(record.intervals),
                Err(error) => console::warn(&format!("cannot read the seconds of the run back: {error}")),
            }
        }
        intervals.sort_by_key(|interval| interval.at_ns);
        (intervals, self.stored)
    }
}

impl Observer for Keeper {
    fn on_event(&mut self, event: &RunEvent<'_>) {
        let RunEvent::Interval { interval, .. } = event else { return };
        if let Some(stored) = &mut self.stored {
            match stored.writer.append(interval) {
                Ok(()) => return,
                Err(error) if stored.is_complete => {
                    stored.is_complete = false;
                    console::warn(&format!("a second of the run is kept in memory for now: {error}"));
                }
                Err(_) => {}
            }
        }
        self.kept.push((*interval).clone());
    }
}

/// Stores the whole record; gives the store's file, or `None` after a warning.
pub fn finish(stored: Stored, record: &RunRecord) -> Option<PathBuf> {
    let path = Path::to_path_buf(stored.store.path());
    match stored.writer.finish(record) {
        Ok(()) => Some(path),
        Err(error) => {
            console::warn(&format!("the run is not stored: {error}"));
            None
        }
    }
}
