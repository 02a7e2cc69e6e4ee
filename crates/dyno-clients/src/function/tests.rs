use std::path::Path;

use proptest::prelude::*;

use super::Function;
use crate::environment::{EnvironmentError, Environments};
use crate::{Contender, ContenderError, select, select_known};

#[test]
fn functions_are_named_by_module_and_path() {
    for good in ["py:shop:fetch", "py:shop.client:Client.fetch", "py:_a:_b1", "py:größe:maß"] {
        assert!(Function::read(good).is_some(), "{good}");
    }
    for bad in
        ["py:", "py:shop", "py:shop:", "py::fetch", "py:shop:a:b", "py:shop/x:f", "py:1:f", "py:a..b:f"]
    {
        assert!(Function::read(bad).is_none(), "{bad}");
    }
    let refused = select("py:shop", "all").expect_err("it names no function");
    assert_eq!(refused, ContenderError::NoFunction("py:shop".to_owned()));
    assert_eq!(
        refused.to_string(),
        "`py:shop` names no function; write `py:MODULE:FUNCTION`, such as `py:shop.client:fetch`"
    );
}

#[test]
fn a_mode_stands_behind_a_function_and_not_in_its_place() {
    let modes = |text: &str| {
        let all = select(text, "all").expect("it names a function");
        let path = all[0].contender.function.as_ref().expect("it is a function").path.clone();
        (path, all.into_iter().map(|selection| selection.mode).collect::<Vec<_>>())
    };
    assert_eq!(modes("py:shop:fetch:async"), ("shop:fetch".to_owned(), vec!["async".to_owned()]));
    assert_eq!(
        modes("py:shop:sync"),
        ("shop:sync".to_owned(), vec!["sync".to_owned(), "async".to_owned()]),
        "a function may be called like a mode"
    );
}

/// The contender of a function in a module that holds `source`, looked at.
fn looked(source: &str, function: &str) -> (tempfile::TempDir, Result<Contender, EnvironmentError>) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("of_the_user.py"), source).expect("a module");
    let mut contender = of(function);
    let known = contender.function.as_mut().expect("it is a function");
    known.python = Some(python_with(folder.path()));
    let environments = Environments::below(folder.path().join("environments"));
    let looked = environments.look(contender);
    (folder, looked)
}

fn of(function: &str) -> Contender {
    select(&format!("py:of_the_user:{function}"), "all")
        .expect("it names a function")
        .swap_remove(0)
        .contender
}

/// A program that is a Python which starts in `folder`.
fn python_with(folder: &Path) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let program = folder.join("python");
    let script = format!("#!/bin/sh\ncd '{}' && exec python3 \"$@\"\n", folder.display());
    std::fs::write(&program, script).expect("a program");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("permissions");
    program
}

fn problem(source: &str, function: &str) -> String {
    let (_folder, looked) = looked(source, function);
    let function = looked.expect("there is a Python").function.expect("it is a function");
    function.problem.unwrap_or_else(|| panic!("it fits: {source}"))
}

#[test]
fn what_cannot_be_measured_says_why() {
    for (source, function, expected) in [
        ("import nothing_like_that", "f", "ModuleNotFoundError: No module named 'nothing_like_that'"),
        ("def f(:", "f", "SyntaxError"),
        ("raise SystemExit(3)", "f", "SystemExit: 3"),
        ("import os\nos._exit(7)", "f", "ended while it imported it (exit status: 7)"),
        ("def fetch(): pass", "fetsh", "has no `fetsh`, did you mean `fetch`?"),
        ("number = 3", "number", "is a int and cannot be called"),
        ("def f(url):\n    yield 1", "f", "`f` is a generator"),
        ("async def f(url):\n    yield 1", "f", "`f` is a generator"),
        ("def f(a, b): pass", "f", "`f` needs a, b; it is called with the URL alone, or with nothing"),
        ("def f(url, *, session): pass", "f", "`f` needs url, session"),
    ] {
        let said = problem(source, function);
        assert!(said.contains(expected), "{source}: {said}");
    }
    let said = problem("def deep():\n    raise ValueError('so deep')\ndeep()", "f");
    assert!(said.contains("of_the_user.py\", line 2, in deep"), "the user's own frames: {said}");
    assert!(!said.contains("importlib") && !said.contains("_function.py"), "and no others: {said}");
}

#[test]
fn what_can_be_measured_tells_its_mode_and_whether_it_takes_a_url() {
    for (source, function, mode, takes_url) in [
        ("def f(url): pass", "f", "sync", true),
        ("def f(url=None): pass", "f", "sync", true),
        ("def f(*all): pass", "f", "sync", true),
        ("def f(): pass", "f", "sync", false),
        ("async def f(url): pass", "f", "async", true),
        ("async def f(): pass", "f", "async", false),
        ("class A:\n    @staticmethod\n    def f(url): pass", "A.f", "sync", true),
        ("class A:\n    async def __call__(self): pass\nf = A()", "f", "async", false),
        ("import functools\ndef g(a, url): pass\nf = functools.partial(g, 1)", "f", "sync", true),
        (
            "print('hello')\nfrom dynamometer import benchmark\n@benchmark\nasync def f(url): pass",
            "f",
            "async",
            true,
        ),
    ] {
        let (_folder, looked) = looked(source, function);
        let contender = looked.expect("there is a Python");
        let known = contender.function.as_ref().expect("it is a function");
        assert_eq!(known.problem, None, "{source}");
        assert_eq!(
            (contender.modes.as_slice(), known.takes_url),
            (&[mode.to_owned()][..], takes_url),
            "{source}"
        );
        assert_eq!(contender.asks(), takes_url);
    }
}

#[test]
fn a_mode_that_the_function_does_not_have_is_refused() {
    let (_folder, looked) = looked("async def f(url): pass", "f");
    let known = looked.expect("there is a Python");
    let refused = select_known("py:of_the_user:f:sync", "all", |_| known).expect_err("it is async");
    assert_eq!(refused.to_string(), "`py:of_the_user:f` has no sync interface, it is async only");
}

#[test]
fn without_its_python_nothing_is_looked_at() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut contender = of("f");
    contender.function.as_mut().expect("it is a function").python = Some("/no/such/python".into());
    let error = Environments::below(folder.path().to_owned()).look(contender).expect_err("there is none");
    assert!(error.to_string().contains("cannot start `/no/such/python`"), "{error}");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,40}") {
        if let Some(function) = Function::read(&text) {
            prop_assert_eq!(format!("py:{}", function.path), text);
        }
    }
}
