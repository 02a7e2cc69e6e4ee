//! Limits of the system that a run can hit: open files, local ports, threads, the queue of new connections.
//!
//! Finds what is too low before the run starts and names the command that raises it; raises only the
//! process's own soft limit. Called by the binary before a run, and by `doctor`.

use dyno_model::units::format_count;
use serde::Serialize;

use crate::files::Files;

mod threads;

use threads::ThreadLimit;

/// Files that a run needs besides its connections: terminal, store, reports, event loops, `/proc`.
const OTHER_FILES: u64 = 64;

/// Ports below this one need privileges, so a range cannot usefully start lower.
const FIRST_FREE_PORT: u64 = 1024;

/// A limit that is lower than a run needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LimitProblem {
    /// What is limited, in words.
    pub what: String,
    /// What there is.
    pub have: u64,
    /// What the run needs.
    pub need: u64,
    /// What raises it.
    pub command: String,
    /// Whether connections will fail; otherwise they may only be slow.
    pub is_fatal: bool,
}

impl std::fmt::Display for LimitProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (have, need) = (format_count(self.have), format_count(self.need));
        write!(f, "{}: {have} allowed, {need} needed; {}", self.what, self.command)
    }
}

/// What is open at once while something plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Connections.
    pub connections: u32,
    /// Open files of the process that has most of them.
    pub open_files: u64,
    /// Whether all connections go to one address and port, so that each needs a local port of its own.
    pub has_single_target: bool,
    /// Local addresses that connections come from.
    pub sources: u32,
    /// Threads of programs that have one for each connection.
    pub threads: u32,
}

impl Demand {
    /// That of connections of one process to one address and port.
    #[must_use]
    pub fn of(connections: u32) -> Self {
        let open_files = open_files_needed(connections);
        Self { connections, open_files, has_single_target: true, sources: 1, threads: 0 }
    }
}

/// What is known of the limits; `None` where the system does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Limits {
    /// Open files now.
    pub(crate) open_files_soft: Option<u64>,
    /// Open files that the process may allow itself.
    pub(crate) open_files_hard: Option<u64>,
    /// First and last local port.
    pub(crate) ports: Option<(u64, u64)>,
    /// Connections that a listener of this machine can keep waiting.
    pub(crate) somaxconn: Option<u64>,
    /// The tightest limit of threads.
    pub(crate) threads: Option<ThreadLimit>,
}

/// Limits that are too low for this. Empty when nothing is known to be too low.
#[must_use]
pub fn check(demand: &Demand) -> Vec<LimitProblem> {
    problems(&read(&Files::here()), demand)
}

/// Raises the soft limit of open files to `need`, as far as the hard limit allows.
///
/// Gives the limit that holds afterwards, `None` when the system has none or does not tell.
pub fn raise_open_files(need: u64) -> Option<u64> {
    raise(need)
}

/// Open files that a run with this many connections needs.
#[must_use]
pub fn open_files_needed(connections: u32) -> u64 {
    u64::from(connections) + OTHER_FILES
}

/// Open files that the reference target needs to have this many connections: it lets in as many as are nine tenths of
/// the files that it may open.
#[must_use]
pub fn open_files_to_serve(connections: u32) -> u64 {
    (u64::from(connections) * 10).div_ceil(9) + OTHER_FILES
}

pub(crate) fn read(files: &Files) -> Limits {
    let (open_files_soft, open_files_hard) = open_files();
    Limits {
        open_files_soft,
        open_files_hard,
        ports: ports(files),
        somaxconn: somaxconn(files),
        threads: threads::tightest(files),
    }
}

fn ports(files: &Files) -> Option<(u64, u64)> {
    let text = files.text("/proc/sys/net/ipv4/ip_local_port_range")?;
    let mut numbers = text.split_whitespace().map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

fn somaxconn(files: &Files) -> Option<u64> {
    files.number("/proc/sys/net/core/somaxconn")
}

fn problems(limits: &Limits, demand: &Demand) -> Vec<LimitProblem> {
    let mut problems = Vec::new();
    problems.extend(open_files_problem(limits, demand.open_files));
    if demand.has_single_target {
        problems.extend(ports_problem(limits, demand.connections, demand.sources));
    }
    problems.extend(limits.threads.and_then(|limit| limit.problem(demand.threads)));
    if let Some(have) = limits.somaxconn.filter(|have| *have < u64::from(demand.connections)) {
        problems.push(LimitProblem {
            what: "waiting connections of a listener on this machine".to_owned(),
            have,
            need: u64::from(demand.connections),
            command: format!("sudo sysctl -w net.core.somaxconn={}", demand.connections),
            is_fatal: false,
        });
    }
    problems
}

fn open_files_problem(limits: &Limits, need: u64) -> Option<LimitProblem> {
    let have = limits.open_files_soft.filter(|have| *have < need)?;
    let command = match limits.open_files_hard {
        Some(hard) if hard < need => {
            format!("sudo prlimit --pid $$ --nofile={need}:{need}  # in the shell that starts the run")
        }
        _ => format!("ulimit -n {need}"),
    };
    Some(LimitProblem { what: "open files".to_owned(), have, need, command, is_fatal: true })
}

fn ports_problem(limits: &Limits, connections: u32, sources: u32) -> Option<LimitProblem> {
    let (first, last) = limits.ports?;
    let per_source = (last + 1).saturating_sub(first);
    let sources = u64::from(sources.max(1));
    let (have, need) = (per_source * sources, u64::from(connections));
    if have >= need {
        return None;
    }
    let most_per_source = 65_536 - FIRST_FREE_PORT;
    let command = if need > most_per_source * sources {
        format!("use at least {} source addresses or several targets", need.div_ceil(most_per_source))
    } else {
        format!("sudo sysctl -w net.ipv4.ip_local_port_range=\"{FIRST_FREE_PORT} 65535\"")
    };
    let what = "local ports for connections to one address".to_owned();
    Some(LimitProblem { what, have, need, command, is_fatal: true })
}

#[cfg(unix)]
fn open_files() -> (Option<u64>, Option<u64>) {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    // No limit is as good as a limit that nothing reaches.
    (Some(limit.current.unwrap_or(u64::MAX)), Some(limit.maximum.unwrap_or(u64::MAX)))
}

#[cfg(not(unix))]
fn open_files() -> (Option<u64>, Option<u64>) {
    (None, None)
}

#[cfg(unix)]
fn raise(need: u64) -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let Some(current) = limit.current else { return Some(u64::MAX) };
    let wanted = limit.maximum.map_or(need, |hard| need.min(hard));
    if wanted <= current {
        return Some(current);
    }
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum });
    Some(if raised.is_ok() { wanted } else { current })
}

#[cfg(not(unix))]
fn raise(_need: u64) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests;
