//! From the name or id of a container to the process number of its first process.
//!
//! Reads `/proc` first, because that needs no daemon, then asks `docker` and `podman`. Called by the
//! binary for the target's resources.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use crate::files::{Files, field};

/// The programs that may know a container by its name.
const RUNTIMES: [&str; 2] = ["docker", "podman"];

/// The shortest id prefix that is looked for in control groups; the usual short form of an id.
const SHORTEST_ID: usize = 12;

/// Why there is no process for a container.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContainerError {
    /// No process belongs to it and no runtime knows it.
    #[error("found no running container `{name}`: {tried}")]
    NotFound {
        /// The name or id as given.
        name: String,
        /// What was tried and what came of it.
        tried: String,
    },
    /// It cannot be the name of a container.
    #[error("`{name}` cannot be the name of a container")]
    NotAName {
        /// The name as given.
        name: String,
    },
}

/// The process number of the first process of the container with this name, id or id prefix.
///
/// # Errors
/// When it is no possible name, or no running container has it.
pub fn container_pid(name: &str) -> Result<u32, ContainerError> {
    let well_formed = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    if !well_formed {
        return Err(ContainerError::NotAName { name: name.to_owned() });
    }
    if let Some(pid) = by_control_group(&Files::here(), name) {
        return Ok(pid);
    }
    let mut tried = vec!["no process has it in its control group".to_owned()];
    for runtime in RUNTIMES {
        match by_runtime(runtime, name) {
            Ok(pid) => return Ok(pid),
            Err(reason) => tried.push(reason),
        }
    }
    Err(ContainerError::NotFound { name: name.to_owned(), tried: tried.join("; ") })
}

/// The process of the container whose parent is outside of it.
fn by_control_group(files: &Files, id: &str) -> Option<u32> {
    if id.len() < SHORTEST_ID || !id.chars().all(|c| c.is_ascii_hexdigit()) {
        return None;
    }
    let mut parents = BTreeMap::new();
    for name in files.names("/proc") {
        let Ok(pid) = name.parse::<u32>() else { continue };
        let Some(groups) = files.text(&format!("/proc/{pid}/cgroup")) else { continue };
        if groups.split(['/', ':', '-', '\n']).any(|part| part.starts_with(id)) {
            parents.insert(pid, parent_of(files, pid));
        }
    }
    parents.iter().find(|(_, parent)| !parent.is_some_and(|p| parents.contains_key(&p))).map(|(pid, _)| *pid)
}

fn parent_of(files: &Files, pid: u32) -> Option<u32> {
    field(&files.text(&format!("/proc/{pid}/status"))?, "PPid")?.parse().ok()
}

/// Asks a container runtime; the error says what it answered.
fn by_runtime(runtime: &str, name: &str) -> Result<u32, String> {
    let output = Command::new(runtime)
        .args(["inspect", "--type", "container", "--format", "{{.State.Pid}}", name])
        .stdin(Stdio::null())
        .output()
        .map_err(|_| format!("`{runtime}` is not installed"))?;
    let answer = String::from_utf8_lossy(&output.stdout);
    match answer.trim().parse() {
        Ok(pid) if pid > 0 => Ok(pid),
        Ok(_) => Err(format!("`{runtime}` knows it, but it is not running")),
        Err(_) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let reason = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no answer");
            Err(format!("`{runtime}` said: {reason}"))
        }
    }
}

#[cfg(test)]
mod tests;
