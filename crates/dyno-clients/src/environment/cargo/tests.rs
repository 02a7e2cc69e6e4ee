use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;

use super::{Artifact, artifact, built_foreign, package_name, sources_of};
use crate::contender::select;

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

#[test]
fn sources_are_read_from_cargos_rule() {
    for (rule, expected) in [
        ("/a/target/release/mine: /a/src/main.rs /a/sdk/lib.rs\n", vec!["/a/src/main.rs", "/a/sdk/lib.rs"]),
        ("/a\\ b/target/release/mine: /a\\ b/src/main.rs\n", vec!["/a b/src/main.rs"]),
        ("/a/target/release/mine:\n", vec![]),
        ("", vec![]),
    ] {
        let sources = sources_of(rule);
        assert_eq!(sources, expected.iter().map(PathBuf::from).collect::<Vec<_>>(), "{rule}");
    }
}

#[test]
fn a_binary_is_used_without_cargo_as_long_as_nothing_has_changed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    let write = |name: &str, text: &str| std::fs::write(path(name), text).expect("it can be written");
    let set = |name: &str, seconds: u64| {
        let time = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let file = std::fs::File::options().append(true).open(path(name)).expect("it is there");
        file.set_modified(time).expect("it is ours");
    };
    write("Cargo.toml", "[package]\nname = \"mine\"\n");
    let contender = select(&folder.path().to_string_lossy(), "sync").expect("it has a manifest");
    let built = || built_foreign(&contender[0].contender, "cargo");
    assert_eq!(built().expect("nothing is wrong"), None, "never built");

    std::fs::create_dir_all(path("target/release")).expect("there is room");
    write("main.rs", "");
    let rule = format!("{}: {}\n", path("target/release/mine").display(), path("main.rs").display());
    write("target/release/mine.d", &rule);
    write("target/release/mine", "");
    for name in ["Cargo.toml", "main.rs"] {
        set(name, 1_000);
    }
    set("target/release/mine", 2_000);
    assert_eq!(built().expect("nothing has changed"), Some(path("target/release/mine")));

    for name in ["main.rs", "Cargo.toml"] {
        set(name, 3_000);
        let error = built().expect_err("it is newer").to_string();
        assert!(error.contains(&format!("for `{}` has changed", path(name).display())), "{error}");
        assert!(error.contains("cargo is not on this machine"), "{error}");
        set(name, 1_000);
    }
    std::fs::remove_file(path("main.rs")).expect("it is ours");
    assert!(built().is_err(), "a source that is gone has changed as well");
}
