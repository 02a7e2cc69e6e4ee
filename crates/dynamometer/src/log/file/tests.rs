use std::time::{Duration, SystemTime};

use super::{AGE_MOST, KEPT, RotatedFile};

fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_full_file_becomes_the_first_of_the_older_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dyno.log");
    let mut file = RotatedFile::open(&path).unwrap();
    file.bytes_most = 20;
    for line in ["first line\n", "second line\n", "third line\n"] {
        file.write(line.as_bytes());
    }
    assert_eq!(names(folder.path()), ["dyno.log", "dyno.log.1", "dyno.log.2"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "third line\n");
    assert_eq!(std::fs::read_to_string(folder.path().join("dyno.log.2")).unwrap(), "first line\n");
    for _ in 0..3 * KEPT {
        file.write(b"one of many lines\n");
    }
    assert_eq!(names(folder.path()).len(), KEPT as usize + 1);
}

#[test]
fn a_line_is_never_cut_and_a_file_goes_on_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dyno.log");
    for line in ["a line of some length\n", "another\n"] {
        let mut file = RotatedFile::open(&path).unwrap();
        file.bytes_most = 30;
        file.write(line.as_bytes());
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "a line of some length\nanother\n");
    assert_eq!(names(folder.path()), ["dyno.log"]);
}

#[test]
fn what_is_too_old_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dyno.log");
    let older = folder.path().join("dyno.log.1");
    std::fs::write(&older, "old\n").unwrap();
    let file = RotatedFile::open(&path).unwrap();
    assert_eq!(names(folder.path()), ["dyno.log", "dyno.log.1"]);
    file.remove_old(SystemTime::now() + AGE_MOST + Duration::from_secs(60));
    assert_eq!(names(folder.path()), ["dyno.log"]);
}
