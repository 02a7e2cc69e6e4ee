//! Files that are no store, newer stores, places that cannot be written, and full disks.

use std::path::Path;

use rusqlite::Connection;

use super::Store;
use crate::tests::{empty, interval, record};

/// What is said of the file, with its path as `PATH`.
fn said(path: &Path) -> String {
    let error = Store::open(Some(path)).unwrap_err();
    error.to_string().replace(path.to_str().unwrap(), "PATH")
}

fn check_untouched(content: &[u8]) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    std::fs::write(&path, content).unwrap();
    let said = said(&path);
    assert_eq!(std::fs::read(&path).unwrap(), content);
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 1, "no files beside it");
    said
}

#[test]
fn a_text_file_is_left_alone() {
    insta::assert_snapshot!(check_untouched(&b"a letter to my aunt\n".repeat(100)), @"the store `PATH` is damaged (file is not a database); it was left as it is: move it away to start a new one");
}

#[test]
fn a_truncated_store_is_left_alone() {
    let (_keep, store) = empty();
    let path = store.path().to_owned();
    drop(store);
    let whole = std::fs::read(path).unwrap();
    insta::assert_snapshot!(check_untouched(&whole[..whole.len() / 2]), @"the store `PATH` is damaged (database disk image is malformed); it was left as it is: move it away to start a new one");
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("other.db");
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE photo (name TEXT); INSERT INTO photo VALUES ('cat');").unwrap();
    drop(other);
    let before = std::fs::read(&path).unwrap();
    insta::assert_snapshot!(said(&path), @"`PATH` is a database of another program; it was left as it is: choose another file with DYNO_STORE");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_newer_store_is_left_alone() {
    let (_keep, store) = empty();
    let path = store.path().to_owned();
    let later = "INSERT INTO refinery_schema_history VALUES (99, 'later', '2030-01-01T00:00:00Z', '1')";
    store.connection.execute(later, []).unwrap();
    drop(store);
    insta::assert_snapshot!(said(&path), @"the store `PATH` has schema 99, this version knows up to 4; use the newer dyno");
}

#[test]
fn places_that_cannot_be_written_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "x").unwrap();
    insta::assert_snapshot!(said(&file.join("store.db")), @"cannot open the store `PATH`: File exists (os error 17); choose another file with DYNO_STORE");
    insta::assert_snapshot!(said(directory.path()), @"cannot open the store `PATH`: unable to open database file; choose another file with DYNO_STORE");
    let (_keep, mut store) = empty();
    // Tests may run as a user who may write everything; this makes the database refuse as a read-only file does.
    store.connection.pragma_update(None, "query_only", "ON").unwrap();
    let error = store.put(&record("01A", "x", "2026-01-01T00:00:00Z")).unwrap_err().to_string();
    assert!(
        error.ends_with("the file or its directory is read-only; choose another file with DYNO_STORE"),
        "{error}"
    );
}

#[test]
fn a_full_disk_loses_nothing_that_was_stored() {
    let (_keep, mut store) = empty();
    store.put(&record("01A", "x", "2026-01-01T00:00:00Z")).unwrap();
    let pages: i64 = store.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    store.connection.pragma_update_and_check(None, "max_page_count", pages + 2, |_| Ok(())).unwrap();
    let mut large = record("01B", "x", "2026-01-01T00:00:00Z");
    large.intervals = (1..200).map(interval).collect();
    let error = store.put(&large).unwrap_err().to_string();
    assert!(error.starts_with("no room left to write the store"), "{error}");
    assert!(store.load("01A").is_ok() && store.load("01B").is_err());
    store.remove(&["01A".to_owned()]).unwrap();
}

#[test]
fn an_empty_file_becomes_a_store_and_opens_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    std::fs::write(&path, "").unwrap();
    drop(Store::open(Some(&path)).unwrap());
    let store = Store::open(Some(&path)).unwrap();
    let mode: String = store.connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}
