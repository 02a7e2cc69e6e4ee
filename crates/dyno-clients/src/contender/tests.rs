use proptest::prelude::*;

use super::{ContenderError, contenders, script_dependencies, select};

#[test]
fn the_list_is_well_formed() {
    let all = contenders();
    for name in ["requests", "requestx", "httpx", "aiohttp", "urllib3", "pycurl"] {
        assert!(all.iter().any(|contender| contender.name == name), "{name} is missing");
    }
    for contender in &all {
        assert!(!contender.modes.is_empty(), "{} has no mode", contender.name);
        assert_eq!(all.iter().filter(|other| other.name == contender.name).count(), 1);
        for requirement in &contender.requires {
            assert!(requirement.contains(['=', '@']), "{requirement} of {} has no version", contender.name);
        }
    }
    let requestx = all.iter().find(|contender| contender.name == "requestx").expect("checked above");
    assert!(!requestx.base, "requestx builds from source for many minutes");
}

#[test]
fn the_lock_of_the_workers_in_rust_has_what_the_list_says() {
    let lock = include_str!("../../../../clients/rust/Cargo.lock");
    let mut seen = 0;
    for requirement in contenders().iter().filter(|it| it.lang == "rust").flat_map(|it| &it.requires) {
        let (name, version) = requirement.split_once('@').expect("it is pinned");
        let entry = format!("name = \"{name}\"\nversion = \"");
        let locked: Vec<&str> =
            lock.split(&entry).skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(locked, [version], "{name}");
        seen += 1;
    }
    assert!(seen >= 8, "{seen}");
}

#[test]
fn a_folder_with_a_manifest_is_a_worker_in_rust() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("mine");
    std::fs::create_dir(&path).expect("there is room");
    let text = path.to_string_lossy();
    let refused = select(&text, "sync").expect_err("it has no manifest").to_string();
    assert!(refused.contains("a folder with a Cargo.toml"), "{refused}");
    std::fs::write(path.join("Cargo.toml"), "").expect("there is room");
    let found = select(&format!("{text}:sync"), "all").expect("it has one");
    assert_eq!((found[0].contender.lang.as_str(), found[0].contender.name.as_str()), ("rust", "mine"));
    assert!(found[0].contender.is_foreign && found[0].contender.needs_set_up());
}

#[test]
fn modes_are_chosen_and_refused() {
    let modes = |text: &str, wish: &str| {
        select(text, wish).map(|all| all.into_iter().map(|selection| selection.mode).collect::<Vec<_>>())
    };
    assert_eq!(modes("httpx", "all"), Ok(vec!["sync".to_owned(), "async".to_owned()]));
    assert_eq!(modes("httpx", "async"), Ok(vec!["async".to_owned()]));
    assert_eq!(modes("httpx:sync", "async"), Ok(vec!["sync".to_owned()]));
    assert_eq!(modes("aiohttp", "sync"), Ok(vec!["async".to_owned()]));
    let refused = modes("aiohttp:sync", "all").expect_err("aiohttp is async only");
    assert_eq!(refused.to_string(), "`aiohttp` has no sync interface, it is async only");
    let refused = modes("requests:async", "all").expect_err("requests is sync only");
    assert_eq!(refused.to_string(), "`requests` has no async interface, it is sync only");
    assert!(matches!(modes("httpx", "both"), Err(ContenderError::UnknownMode(_))));
}

#[test]
fn wrong_names_are_helped() {
    let error = select("request", "all").expect_err("there is none");
    assert!(error.to_string().contains("`requests`"), "{error}");
    let error = select("zzz", "all").expect_err("there is none");
    assert_eq!(
        error.to_string(),
        "there is no client `zzz`; see `dyno clients list`, or give the path of a worker"
    );
    for (mistyped, meant) in [
        ("reqests", "`requests`"),
        ("htpx", "`httpx`"),
        ("aiohtpp", "`aiohttp`"),
        ("nodefetch", "`node-fetch`"),
        ("pycrul", "`pycurl`"),
        ("AXIOS", "`axios`"),
    ] {
        let error = select(mistyped, "all").expect_err("there is none").to_string();
        assert!(error.contains("did you mean") && error.contains(meant), "{error}");
    }
    for path in ["./mine.py", "mine.py", "workers/mine"] {
        let error = select(path, "all").expect_err("there is no such file").to_string();
        assert!(error.starts_with(&format!("there is no file `{path}`; `dyno clients new FILE`")), "{error}");
    }
}

#[test]
fn a_script_names_its_dependencies() {
    let text = "#!/usr/bin/env python3\n# /// script\n# requires-python = \">=3.9\"\n# dependencies = [\n#   \"httpx==0.28.1\",\n# ]\n# ///\nimport httpx\n";
    assert_eq!(script_dependencies(text), ["httpx==0.28.1"]);
    assert_eq!(script_dependencies("print(1)"), Vec::<String>::new());
}

proptest! {
    #[test]
    fn any_script_is_read(text in "(# /// script\n)?([# =\\[\\]\"a-z]{0,20}\n){0,6}(# ///\n)?") {
        let _ = script_dependencies(&text);
    }

    #[test]
    fn any_name_is_answered(name in "\\PC{0,12}", mode in "(sync|async|all|x)") {
        let _ = select(&name, &mode);
    }
}
