//! Libraries of others in Python and JavaScript: one directory per environment below `target/foreign`.
//!
//! What is wanted, with its versions, is in `xtask/foreign.toml`. Never fails a command: where an environment
//! cannot be made, the message says so and what needs it is skipped visibly. Called by `test`, `conformance`
//! and `bench`; tests find an environment by its path alone.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::failure::Failure;
use crate::project;

/// The last virtualenv that can make an environment of Python 2.7.
const VIRTUALENV_FOR_PYTHON2: &str = "virtualenv==20.21.1";
/// The file in an environment that says for which packages it was made; written last.
const STAMP: &str = "made-for.txt";

/// The environments that `bench frameworks` needs.
pub const FOR_BENCH_FRAMEWORKS: &[&str] = &["python-frameworks"];

/// The environments that the tests need.
pub const FOR_TESTS: &[&str] = &["python-peers", "api-peers", "node-peers", "autobahn"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pins {
    environment: Vec<Environment>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Environment {
    /// The name of its directory.
    name: String,
    kind: Kind,
    /// What it holds, to complete "needed: …".
    why: String,
    /// Requirements as `pip` or `npm` read them, each with its version.
    packages: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Python,
    Python2,
    Node,
}

/// Makes those of the named environments that are missing or out of date.
///
/// # Errors
/// When `foreign.toml` cannot be read or does not know a name. That a package cannot be had is no error.
pub fn ensure(names: &[&str]) -> Result<(), Failure> {
    let environments = read_pins()?;
    for name in names {
        let Some(environment) = environments.iter().find(|it| it.name == *name) else {
            let why = format!("it has no environment `{name}`");
            return Err(Failure::Content { path: pins_path(), why });
        };
        make_if_missing(environment);
    }
    Ok(())
}

/// The directory of an environment, whether or not it could be made.
pub fn directory(name: &str) -> PathBuf {
    project::target_dir().join("foreign").join(name)
}

fn pins_path() -> PathBuf {
    project::root().join("xtask/foreign.toml")
}

fn read_pins() -> Result<Vec<Environment>, Failure> {
    let path = pins_path();
    let text = fs::read_to_string(&path).map_err(Failure::file("read", &path))?;
    parse_pins(&text).map_err(|why| Failure::Content { path, why })
}

/// The environments of the text; every package must have a version.
fn parse_pins(text: &str) -> Result<Vec<Environment>, String> {
    let pins: Pins = toml::from_str(text).map_err(|error| error.to_string())?;
    for environment in &pins.environment {
        let mark = if environment.kind == Kind::Node { "@" } else { "==" };
        if let Some(package) = environment.packages.iter().find(|package| !package.contains(mark)) {
            return Err(format!("`{package}` has no version; write `{package}{mark}1.2.3`"));
        }
    }
    Ok(pins.environment)
}

fn make_if_missing(environment: &Environment) {
    let directory = directory(&environment.name);
    let wanted = environment.packages.join("\n") + "\n";
    let is_made = fs::read_to_string(directory.join(STAMP)).is_ok_and(|made_for| made_for == wanted);
    let state = if is_made { "found" } else { "missing" };
    eprintln!("  {:<17} {state:<8} needed: {}", environment.name, environment.why);
    if is_made {
        return;
    }
    let made = clear(&directory).and_then(|()| match environment.kind {
        Kind::Python => make_python(&directory, &environment.packages),
        Kind::Python2 => make_python2(&directory, &environment.packages),
        Kind::Node => make_node(&directory, &environment.packages),
    });
    let stamped =
        made.and_then(|()| fs::write(directory.join(STAMP), wanted).map_err(|error| error.to_string()));
    if let Err(why) = stamped {
        eprintln!(
            "skip: cannot make the environment `{}` ({why}); what needs it is skipped",
            environment.name
        );
    }
}

fn clear(directory: &Path) -> Result<(), String> {
    if directory.exists() {
        fs::remove_dir_all(directory).map_err(|error| format!("cannot clear it: {error}"))?;
    }
    fs::create_dir_all(directory).map_err(|error| format!("cannot create it: {error}"))
}

fn make_python(directory: &Path, packages: &[String]) -> Result<(), String> {
    let python = project::find_program("python3").ok_or("there is no `python3`")?;
    run(Command::new(python).args(["-m", "venv"]).arg(directory))
        .map_err(|why| format!("{why}; Debian has it in `python3-venv`"))?;
    pip_install(directory, packages)
}

fn make_python2(directory: &Path, packages: &[String]) -> Result<(), String> {
    let python2 = find_python2().ok_or("there is no Python 2.7")?;
    let maker = directory.join("maker");
    make_python(&maker, &[VIRTUALENV_FOR_PYTHON2.to_owned()])?;
    run(Command::new(maker.join("bin/virtualenv")).arg("-q").arg("-p").arg(python2).arg(directory))?;
    pip_install(directory, packages)
}

fn pip_install(directory: &Path, packages: &[String]) -> Result<(), String> {
    let mut pip = Command::new(directory.join("bin/python"));
    // Without a network the answer must come soon; no newer pip is asked for.
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"]);
    run(pip.args(packages))
}

fn make_node(directory: &Path, packages: &[String]) -> Result<(), String> {
    let npm = project::find_program("npm").ok_or("there is no `npm`")?;
    let mut install = Command::new(npm);
    install.args(["install", "--silent", "--no-audit", "--no-fund", "--no-save", "--prefix"]);
    run(install.arg(directory).args(packages))
}

/// Python 2.7 of the system, or one that pyenv keeps.
fn find_python2() -> Option<PathBuf> {
    let pyenv = env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".pyenv")));
    let kept =
        pyenv.and_then(|root| fs::read_dir(root.join("versions")).ok()).into_iter().flatten().flatten();
    kept.map(|version| version.path().join("bin/python2.7"))
        .find(|python| python.is_file())
        .or_else(|| project::find_program("python2.7"))
}

fn run(command: &mut Command) -> Result<(), String> {
    let shown = project::shown(command);
    eprintln!("$ {shown}");
    // Standard output is for the result of the command that called us.
    match command.stdin(Stdio::null()).stdout(std::io::stderr()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{shown}` ended with {status}")),
        Err(error) => Err(format!("cannot run `{shown}`: {error}")),
    }
}

#[cfg(test)]
mod tests;
