use super::{template, unpack};

#[test]
fn workers_are_unpacked_once() {
    let root = tempfile::tempdir().expect("there is room");
    let home = unpack(root.path()).expect("it can be written");
    let sdk = home.join("python/dynamometer/sdk.py");
    let text = std::fs::read_to_string(&sdk).expect("it is there");
    assert!(text.contains("def worker"), "{} bytes", text.len());
    std::fs::remove_file(&sdk).expect("it was there");
    assert_eq!(unpack(root.path()).expect("it is complete"), home);
    assert!(!sdk.exists(), "a complete folder is left alone");
}

#[test]
fn templates_are_there_for_the_languages_that_have_a_kit() {
    for lang in ["python", "node"] {
        assert!(template(lang).is_some_and(|(text, _)| text.len() > 200), "{lang}");
    }
    assert_eq!(template("cobol"), None);
}
