use super::{rust_project, template, unpack};

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

#[test]
fn a_project_in_rust_has_a_worker_and_the_kit() {
    let files = rust_project("mine");
    let text = |path: &str| {
        let found = files.iter().find(|(name, _)| name.as_os_str() == path);
        found.map(|(_, text)| text.as_str()).unwrap_or_default()
    };
    assert!(text("Cargo.toml").contains("name = \"mine\""));
    assert!(text("src/main.rs").contains("Worker::new(\"mine\""));
    for path in ["dyno-worker/Cargo.toml", "dyno-worker/build.rs", "dyno-worker/src/lib.rs"] {
        assert!(text(path).len() > 200, "{path}");
    }
}
