//! Clients in Rust are built: those that ship with the tool once, a user's own whenever its sources have changed.
//!
//! All that ship share one folder of compiled dependencies, and each leaves a binary of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dyno_workers::spawn_group;
use serde::Deserialize;
use serde_json::Value;

use super::EnvironmentError;
use crate::contender::Contender;

/// Lines of the compiler's output that are shown when it fails.
const TAIL_LINES: usize = 40;

/// How often it is told how far the build is.
const TALK_EVERY: Duration = Duration::from_secs(3);

/// Builds a worker that ships with the tool from its sources in `home`, and puts the binary into `folder`.
///
/// Gives the libraries that were linked, those that the client requires first.
pub(super) fn build(
    contender: &Contender,
    cargo: &Path,
    home: &Path,
    target: &Path,
    folder: &Path,
    talk: &mut dyn FnMut(&str),
) -> Result<Vec<String>, EnvironmentError> {
    let binary = contender.file.to_string_lossy();
    let mut command = Command::new(cargo);
    command
        .args(["build", "--release", "--locked", "--package", "dyno-contenders"])
        .args(["--bin", &binary, "--features", &binary])
        .arg("--target-dir")
        .arg(target)
        .current_dir(home.join("rust"));
    let mut linked = run(&contender.name, &mut command, talk)?;
    let built = target.join("release").join(&contender.file);
    let kept = folder.join(&contender.file);
    // Beside it first: one that is there may be running, and stays whole when this is interrupted.
    let beside = kept.with_extension("new");
    let copied = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::copy(&built, &beside))
        .and_then(|_| std::fs::rename(&beside, &kept));
    copied.map_err(|source| EnvironmentError::Files {
        what: "copy the built worker to",
        path: kept,
        source,
    })?;
    linked.sort_by_key(|library| (!contender.requires.contains(library), library.clone()));
    Ok(linked)
}

/// Builds a user's own project, where cargo does; gives the binary.
pub(super) fn build_foreign(
    contender: &Contender,
    cargo: &Path,
    talk: &mut dyn FnMut(&str),
) -> Result<(PathBuf, Vec<String>), EnvironmentError> {
    let project = &contender.file;
    let target = project.join("target");
    let mut command = Command::new(cargo);
    command.args(["build", "--release"]).arg("--target-dir").arg(&target).current_dir(project);
    let linked = run(&contender.name, &mut command, talk)?;
    Ok((target.join("release").join(package_name(project)?), linked))
}

/// The binary of a user's own project as cargo left it, when nothing that it was made from has changed since.
///
/// `None` when it was never built.
///
/// # Errors
/// When a source is newer than the binary; `program` is what would build it again.
pub(super) fn built_foreign(
    contender: &Contender,
    program: &str,
) -> Result<Option<PathBuf>, EnvironmentError> {
    let project = &contender.file;
    let release = project.join("target/release");
    let name = package_name(project)?;
    let binary = release.join(&name);
    let modified = |path: &Path| path.metadata().and_then(|it| it.modified());
    let (Ok(built), Ok(sources)) =
        (modified(&binary), std::fs::read_to_string(release.join(format!("{name}.d"))))
    else {
        return Ok(None);
    };
    let sources = sources_of(&sources).into_iter().chain([project.join("Cargo.toml")]);
    // A source that is gone has changed as well.
    match sources.into_iter().find(|path| modified(path).map_or(true, |changed| changed > built)) {
        None => Ok(Some(binary)),
        Some(changed) => Err(EnvironmentError::Outdated {
            client: contender.name.clone(),
            changed,
            program: program.to_owned(),
        }),
    }
}

/// What a binary was made from, by the rule that cargo leaves beside it; blanks in names stand behind a backslash.
fn sources_of(rule: &str) -> Vec<PathBuf> {
    let line = rule.lines().next().unwrap_or_default().replace("\\ ", "\0");
    let Some((_, sources)) = line.split_once(": ") else { return Vec::new() };
    sources.split_whitespace().map(|path| PathBuf::from(path.replace('\0', " "))).collect()
}

/// The name of the package, which is that of its binary.
fn package_name(project: &Path) -> Result<String, EnvironmentError> {
    #[derive(Deserialize)]
    struct Manifest {
        package: Package,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
    }
    let manifest = project.join("Cargo.toml");
    let read = || {
        let text = std::fs::read_to_string(&manifest)?;
        toml::from_str::<Manifest>(&text)
            .map(|manifest| manifest.package.name)
            .map_err(|error| std::io::Error::other(error.message().to_owned()))
    };
    read().map_err(|source| EnvironmentError::Files {
        what: "find the name of the package in",
        path: manifest.clone(),
        source,
    })
}

/// Runs a build; gives the libraries of the registry that it linked, such as `ureq@3.5.1`.
fn run(
    client: &str,
    command: &mut Command,
    talk: &mut dyn FnMut(&str),
) -> Result<Vec<String>, EnvironmentError> {
    command.args(["--message-format", "json-render-diagnostics"]);
    let line = super::command_line(command);
    let failed = super::failing(client, &line);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (mut child, _group) =
        spawn_group(command).map_err(|error| failed(error.to_string(), String::new()))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    // Read beside, or a full pipe would stop the build.
    let said = std::thread::spawn(move || {
        let mut said = Vec::new();
        let _ = stderr.map(|mut stderr| stderr.read_to_end(&mut said));
        said
    });
    let mut linked: Vec<String> = Vec::new();
    let (mut compiled, mut told) = (0, Instant::now());
    for message in stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines()).map_while(Result::ok)
    {
        let Some(artifact) = artifact(&message) else { continue };
        compiled += u32::from(!artifact.is_fresh);
        if !artifact.is_fresh && told.elapsed() >= TALK_EVERY {
            told = Instant::now();
            talk(&format!("building {client}: {compiled} crates compiled, {} last", artifact.package));
        }
        if artifact.is_linked && !linked.contains(&artifact.package) {
            linked.push(artifact.package);
        }
    }
    let status = child.wait().map_err(|error| failed(error.to_string(), String::new()))?;
    let said = said.join().unwrap_or_default();
    if status.success() {
        return Ok(linked);
    }
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said.lines().collect();
    Err(failed(status.to_string(), lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")))
}

/// Something that cargo has built, or found to be built.
#[derive(Debug, PartialEq, Eq)]
struct Artifact {
    /// Such as `ureq@3.5.1`.
    package: String,
    is_fresh: bool,
    /// Whether it is a library of the registry that ends in the binary.
    is_linked: bool,
}

/// Reads a line of cargo's messages; `None` for one of another kind.
fn artifact(line: &str) -> Option<Artifact> {
    let message: Value = serde_json::from_str(line).ok()?;
    if message["reason"] != "compiler-artifact" {
        return None;
    }
    let (source, package) = message["package_id"].as_str()?.rsplit_once('#')?;
    // A package in a folder of its own name is told by its version alone.
    let package = match (package.contains('@'), source.rsplit_once('/')) {
        (false, Some((_, name))) => format!("{name}@{package}"),
        _ => package.to_owned(),
    };
    let kinds = message["target"]["kind"].as_array()?;
    let is_library = kinds.iter().all(|kind| kind != "proc-macro" && kind != "custom-build");
    Some(Artifact {
        package,
        is_fresh: message["fresh"].as_bool().unwrap_or(false),
        is_linked: is_library && source.starts_with("registry+"),
    })
}

#[cfg(test)]
mod tests;
