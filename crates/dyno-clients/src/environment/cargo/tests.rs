use proptest::prelude::*;

use super::{Artifact, artifact, package_name};

fn read(source: &str, kind: &str, fresh: bool) -> Option<Artifact> {
    let message = serde_json::json!({
        "reason": "compiler-artifact",
        "package_id": format!("{source}#ureq@3.5.1"),
        "target": {"kind": [kind]},
        "fresh": fresh,
    });
    artifact(&message.to_string())
}

#[test]
fn what_is_linked_comes_from_the_registry_and_is_a_library() {
    let registry = "registry+https://example.test/index";
    for (source, kind, expected) in [
        (registry, "lib", true),
        (registry, "proc-macro", false),
        (registry, "custom-build", false),
        ("path+file:///home/me/mine", "lib", false),
    ] {
        let found = read(source, kind, true).expect("it is an artifact");
        assert_eq!((found.is_linked, found.is_fresh), (expected, true), "{source} {kind}");
        assert_eq!(found.package, "ureq@3.5.1");
    }
    let own = r#"{"reason": "compiler-artifact", "package_id": "path+file:///home/me/mine#0.1.0", "target": {"kind": ["bin"]}}"#;
    assert_eq!(artifact(own).map(|found| found.package), Some("mine@0.1.0".to_owned()));
    assert_eq!(artifact(r#"{"reason": "build-finished", "success": true}"#), None);
}

#[test]
fn a_package_is_found_by_its_manifest() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let manifest = folder.path().join("Cargo.toml");
    std::fs::write(&manifest, "[package]\nname = \"mine\"\n").expect("it can be written");
    assert_eq!(package_name(folder.path()).expect("it has a name"), "mine");
    std::fs::write(&manifest, "[workspace]\n").expect("it can be written");
    let error = package_name(folder.path()).expect_err("it has no package").to_string();
    assert!(error.starts_with("cannot find the name of the package in"), "{error}");
}

proptest! {
    #[test]
    fn any_line_is_read(line in "\\PC{0,60}") {
        let _ = artifact(&line);
    }
}
