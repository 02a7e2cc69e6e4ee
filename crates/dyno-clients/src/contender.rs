//! Which client libraries there are: the list that ships with the tool, and workers of the user's own.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::function::Function;

/// The list, as the repository keeps it.
const LIST: &str = include_str!("../../../clients/contenders.toml");

/// A client library and the worker that drives it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contender {
    /// What people call it.
    pub name: String,
    /// `python`, `node`, `rust`, or `engine` for dyno itself.
    pub lang: String,
    /// Its worker: the name of a file (in Rust, of a binary) that ships with the tool, or a path of the user's. Of the
    /// engine, the command of `dyno` that speaks the protocol.
    pub file: PathBuf,
    /// Packages that it needs, with their versions, in the words of its language's installer.
    #[serde(default)]
    pub requires: Vec<String>,
    /// The versions of the runtime that it works with, such as `>=3.9`.
    #[serde(default)]
    pub runtime: String,
    /// Of `sync` and `async`.
    pub modes: Vec<String>,
    /// Of `1.1`, `2` and `3`.
    #[serde(default)]
    pub http: Vec<String>,
    /// Whether it belongs to the set that is taken when nobody names any (`base_set`).
    #[serde(default)]
    pub base: bool,
    /// What one should know about it.
    #[serde(default)]
    pub notes: String,
    /// Whether it is the cheapest way of asking in its language, and not a library that one would choose.
    #[serde(default)]
    pub floor: bool,
    /// Whether the file is the user's own.
    #[serde(skip)]
    pub is_foreign: bool,
    /// The function of the user's own that is called in place of a library.
    #[serde(skip)]
    pub function: Option<Function>,
}

impl Contender {
    /// Whether it asks the target at all: a function that takes no URL does not.
    #[must_use]
    pub fn asks(&self) -> bool {
        self.function.as_ref().is_none_or(|function| function.takes_url)
    }
}

impl Contender {
    /// Whether it is dyno's own load engine, which is the floor beside every language.
    #[must_use]
    pub fn is_engine(&self) -> bool {
        self.lang == "engine"
    }

    /// Whether something has to be installed or built before it can be started.
    #[must_use]
    pub fn needs_set_up(&self) -> bool {
        self.lang == "rust" || !self.requires.is_empty()
    }
}

#[derive(Debug, Deserialize)]
struct List {
    client: Vec<Contender>,
}

/// Why a client cannot be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContenderError {
    /// There is no such client.
    #[error("there is no client `{name}`; {hint}")]
    Unknown {
        /// As it was written.
        name: String,
        /// The nearest ones.
        hint: String,
    },
    /// It has no such mode.
    #[error("`{name}` has no {mode} interface, it is {} only", has.join(" and "))]
    WrongMode {
        /// The client.
        name: String,
        /// What was asked for.
        mode: String,
        /// What it has.
        has: Vec<String>,
    },
    /// A mode that nobody has.
    #[error("`{0}` is not a mode; write `sync`, `async` or `all`")]
    UnknownMode(String),
    /// A file that is no worker in a known language.
    #[error("cannot tell the language of the worker `{}`; its name must end in .py, .mjs or .js, or it must be executable, or a folder with a Cargo.toml", .0.display())]
    UnknownLanguage(PathBuf),
    /// The path of a worker where no file is.
    #[error("there is no file `{}`; `dyno clients new FILE` writes a worker, and `dyno clients list` names the libraries", .0.display())]
    NoFile(PathBuf),
    /// A function that is not named as one.
    #[error("`{0}` names no function; write `py:MODULE:FUNCTION`, such as `py:shop.client:fetch`")]
    NoFunction(String),
}

/// A client in one mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The client.
    pub contender: Contender,
    /// `sync` or `async`.
    pub mode: String,
}

/// All that ship with the tool, in the order of the list.
#[must_use]
pub fn contenders() -> Vec<Contender> {
    let list: List = toml::from_str(LIST).expect("invariant: a test reads the list");
    list.client
}

/// The clients that are meant when nobody names any: those of `langs`, without one those of Python and Node.
///
/// Building the ones in Rust takes minutes and a compiler, so they are taken when their language is named.
#[must_use]
pub fn base_set(langs: &[String]) -> Vec<Contender> {
    let is_wanted = |contender: &Contender| match langs {
        [] => contender.lang != "rust",
        langs => langs.contains(&contender.lang),
    };
    contenders().into_iter().filter(|contender| contender.base && is_wanted(contender)).collect()
}

/// What `text` means: `httpx`, `httpx:async`, the path of a worker, or `py:MODULE:FUNCTION`, also with `:async`.
///
/// `mode` is used where the text names none: `sync`, `async`, or `all` for every mode that it has.
///
/// # Errors
/// When there is no such client, or it has no such mode.
pub fn select(text: &str, mode: &str) -> Result<Vec<Selection>, ContenderError> {
    select_known(text, mode, |contender| contender)
}

/// As `select`; `look` may find out more about a contender, such as its modes, before one is chosen.
///
/// # Errors
/// As `select`.
pub fn select_known(
    text: &str,
    mode: &str,
    look: impl FnOnce(Contender) -> Contender,
) -> Result<Vec<Selection>, ContenderError> {
    if !["sync", "async", "all"].contains(&mode) {
        return Err(ContenderError::UnknownMode(mode.to_owned()));
    }
    let (name, own_mode) = match text.rsplit_once(':') {
        Some((name, own @ ("sync" | "async" | "all"))) if name != "py" && !is_module_alone(name) => {
            (name, Some(own))
        }
        _ => (text, None),
    };
    let contender = look(find(name)?);
    let modes: Vec<String> = match (own_mode, mode) {
        (Some("all"), _) => contender.modes.clone(),
        (Some(own), _) => vec![own.to_owned()],
        // A default is a wish: a library that has only the other mode plays in that one.
        (None, "all") => contender.modes.clone(),
        (None, wish) if contender.modes.iter().any(|has| has == wish) => vec![wish.to_owned()],
        (None, _) => contender.modes.clone(),
    };
    if let Some(missing) = modes.iter().find(|mode| !contender.modes.contains(mode)) {
        return Err(ContenderError::WrongMode {
            name: contender.name,
            mode: missing.clone(),
            has: contender.modes,
        });
    }
    Ok(modes.into_iter().map(|mode| Selection { contender: contender.clone(), mode }).collect())
}

/// Whether it is `py:MODULE`, behind which even `sync` is the name of a function.
fn is_module_alone(name: &str) -> bool {
    name.strip_prefix("py:").is_some_and(|rest| !rest.contains(':'))
}

fn find(name: &str) -> Result<Contender, ContenderError> {
    if name.starts_with("py:") {
        let function = Function::read(name).ok_or_else(|| ContenderError::NoFunction(name.to_owned()))?;
        return Ok(of_function(name, function));
    }
    let all = contenders();
    if let Some(found) = all.iter().find(|contender| contender.name == name) {
        return Ok(found.clone());
    }
    let path = Path::new(name);
    if path.is_file() || path.is_dir() {
        return foreign(path);
    }
    if path.components().count() > 1 || path.extension().is_some() {
        return Err(ContenderError::NoFile(path.to_owned()));
    }
    let lower = name.to_lowercase();
    let names = |is_near: &dyn Fn(&str) -> bool| -> Vec<String> {
        let near = all.iter().map(|contender| &contender.name).filter(|name| is_near(name));
        near.map(|name| format!("`{name}`")).collect()
    };
    // What is part of a name says most, a name that is part of it least.
    let mut near = names(&|name| name.contains(&lower));
    if near.is_empty() {
        near = names(&|name| is_mistyped(&lower, name));
    }
    if near.is_empty() {
        near = names(&|name| lower.contains(name));
    }
    let hint = if near.is_empty() {
        "see `dyno clients list`, or give the path of a worker".to_owned()
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    Err(ContenderError::Unknown { name: name.to_owned(), hint })
}

/// Whether a third of the letters at most are mistyped.
fn is_mistyped(wanted: &str, name: &str) -> bool {
    strsim::damerau_levenshtein(wanted, name) <= (wanted.len().min(name.len()) / 3).max(1)
}

/// A worker of the user's own: its modes are what it greets with.
fn foreign(path: &Path) -> Result<Contender, ContenderError> {
    let lang = match path.extension().and_then(|extension| extension.to_str()) {
        Some("py") => "python",
        Some("mjs" | "js") => "node",
        _ if path.is_dir() && path.join("Cargo.toml").is_file() => "rust",
        _ if path.is_file() && is_executable(path) => "program",
        _ => return Err(ContenderError::UnknownLanguage(path.to_owned())),
    };
    let absolute = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = absolute.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Contender {
        requires: if lang == "python" { inline_dependencies(&absolute) } else { Vec::new() },
        file: absolute,
        ..brought(name, lang)
    })
}

/// A function of the user's own: its modes are known when it was looked at.
fn of_function(name: &str, function: Function) -> Contender {
    Contender { function: Some(function), ..brought(name.to_owned(), "python") }
}

/// What the user brought, of which nothing is known beforehand.
fn brought(name: String, lang: &str) -> Contender {
    Contender {
        name,
        lang: lang.to_owned(),
        requires: Vec::new(),
        file: PathBuf::new(),
        runtime: String::new(),
        modes: vec!["sync".to_owned(), "async".to_owned()],
        http: Vec::new(),
        base: false,
        notes: String::new(),
        floor: false,
        is_foreign: true,
        function: None,
    }
}

/// The dependencies that a Python script states about itself (PEP 723); none when it states nothing readable.
fn inline_dependencies(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).map(|text| script_dependencies(&text)).unwrap_or_default()
}

fn script_dependencies(text: &str) -> Vec<String> {
    #[derive(Deserialize)]
    struct Script {
        #[serde(default)]
        dependencies: Vec<String>,
    }
    let block =
        text.lines().skip_while(|line| *line != "# /// script").skip(1).take_while(|line| *line != "# ///");
    let metadata: String =
        block.map(|line| format!("{}\n", line.trim_start_matches('#').trim_start())).collect();
    toml::from_str::<Script>(&metadata).map(|script| script.dependencies).unwrap_or_default()
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("exe"))
}

#[cfg(test)]
mod tests;
