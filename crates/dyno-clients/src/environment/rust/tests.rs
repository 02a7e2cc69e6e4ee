use crate::contender::{Contender, contenders};
use crate::environment::{EnvironmentError, Environments, Installed, write_mark};

fn raw() -> Contender {
    let all = contenders();
    all.into_iter().find(|contender| contender.name == "raw-rust").expect("it ships")
}

#[test]
fn a_build_is_used_whichever_compiler_made_it() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let (environments, raw) = (Environments::below(root.path().to_owned()), raw());
    assert!(!environments.is_set_up(&raw));
    let folder = environments.folder_of_build(&raw);
    std::fs::create_dir_all(&folder).expect("there is room");
    let installed =
        Installed { requires: Vec::new(), resolved: Vec::new(), runtime: "1.0.0-of-another-day".to_owned() };
    write_mark(&folder, &installed).expect("there is room");
    assert!(!environments.is_set_up(&raw), "a mark without a binary is no build");
    std::fs::write(folder.join(&raw.file), "").expect("there is room");
    assert_eq!(environments.built(&raw), Some(installed));
    assert!(environments.is_set_up(&raw));
    assert_eq!(environments.spawn(&raw).expect("it is there").program, folder.join(&raw.file));
}

#[test]
fn what_was_not_built_says_how_or_why_not() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let (environments, raw) = (Environments::below(root.path().to_owned()), raw());
    let error = environments.spawn(&raw).expect_err("it is not there");
    assert!(
        matches!(error, EnvironmentError::NotInstalled { .. } | EnvironmentError::NoRuntime { .. }),
        "{error}"
    );
    let never = Contender { runtime: ">=99.0".to_owned(), ..raw };
    let error = environments.spawn(&never).expect_err("no compiler will do");
    assert!(
        matches!(error, EnvironmentError::WrongRuntime { .. } | EnvironmentError::NoRuntime { .. }),
        "{error}"
    );
}
