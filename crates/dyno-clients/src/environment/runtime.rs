//! The runtime of a client's language: where it is, which version, and whether the client works with it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::EnvironmentError;
use crate::contender::Contender;

/// A runtime on this machine.
pub(super) struct Runtime {
    /// The program.
    pub(super) program: PathBuf,
    /// Its version, such as `3.11.7`; empty for programs that are their own.
    pub(super) version: String,
}

/// The runtime of a client.
pub(super) fn of(contender: &Contender) -> Result<Runtime, EnvironmentError> {
    let name = match contender.lang.as_str() {
        "python" => "python3",
        "node" => "node",
        "rust" => return cargo(contender),
        _ => return Ok(Runtime { program: contender.file.clone(), version: String::new() }),
    };
    let missing = || EnvironmentError::NoRuntime { client: contender.name.clone(), program: name.to_owned() };
    let program = find(name).ok_or_else(missing)?;
    let output =
        Command::new(&program).arg("--version").stdin(Stdio::null()).output().map_err(|_| missing())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = text.trim().trim_start_matches("Python ").trim_start_matches('v').to_owned();
    within(contender, program, version)
}

fn within(contender: &Contender, program: PathBuf, version: String) -> Result<Runtime, EnvironmentError> {
    if !is_within(&version, &contender.runtime) {
        return Err(EnvironmentError::WrongRuntime {
            client: contender.name.clone(),
            lang: contender.lang.clone(),
            needs: contender.runtime.clone(),
            has: version,
        });
    }
    Ok(Runtime { program, version })
}

/// `cargo`, with the version of the compiler that it uses.
fn cargo(contender: &Contender) -> Result<Runtime, EnvironmentError> {
    let missing = |program: &str| EnvironmentError::NoRuntime {
        client: contender.name.clone(),
        program: program.to_owned(),
    };
    let program = find("cargo").ok_or_else(|| missing("cargo"))?;
    let compiler = find("rustc").ok_or_else(|| missing("rustc"))?;
    let output = Command::new(compiler)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|_| missing("rustc"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // `rustc 1.92.0 (ded5c06cf 2025-12-08)`
    let version = text.split_whitespace().nth(1).unwrap_or_default().to_owned();
    within(contender, program, version)
}

/// Where a program is, by the search path.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Whether a version satisfies every part of a range such as `>=3.9,<3.14`. What cannot be read satisfies.
fn is_within(version: &str, range: &str) -> bool {
    let has = numbers(version);
    range.split(',').map(str::trim).filter(|part| !part.is_empty()).all(|part| {
        let digits = part.find(|c: char| c.is_ascii_digit()).unwrap_or(part.len());
        let (sign, wanted) = part.split_at(digits);
        let wanted = numbers(wanted);
        // `<3.14` means every 3.14.x is too new, so only as many parts are compared as are written.
        let has = &has[..has.len().min(wanted.len())];
        match sign.trim() {
            ">=" => has >= wanted.as_slice(),
            ">" => has > wanted.as_slice(),
            "<=" => has <= wanted.as_slice(),
            "<" => has < wanted.as_slice(),
            "==" | "=" => has == wanted.as_slice(),
            _ => true,
        }
    })
}

fn numbers(version: &str) -> Vec<u64> {
    version.split('.').map_while(|part| part.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests;
