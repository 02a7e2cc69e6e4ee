use super::{append, lines};

#[test]
fn what_was_played_is_read_again_and_torn_lines_are_not() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("x.jsonl");
    assert_eq!(lines::<u32>(&path), [0u32; 0]);
    append(&path, &1).unwrap();
    append(&path, &2).unwrap();
    std::fs::write(&path, std::fs::read_to_string(&path).unwrap() + "{\"torn").unwrap();
    assert_eq!(lines::<u32>(&path), [1, 2]);
}
