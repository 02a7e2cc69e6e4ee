//! How many threads may run: those of the system, of the control group, and of the user.
//!
//! Clients that block have a thread for each lane, so ten thousand lanes of several clients reach limits that nothing
//! else does.

use super::LimitProblem;
use crate::cgroup;
use crate::files::Files;

/// Threads that a contest starts besides its lanes.
const OTHER_THREADS: u64 = 64;

/// Who limits threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limiter {
    /// The numbers that processes and threads can have.
    PidMax,
    /// What the system has memory for.
    ThreadsMax,
    /// The control group, such as that of a container.
    Group,
    /// What the user may start.
    User,
}

/// The limit that leaves the fewest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ThreadLimit {
    pub(crate) limiter: Limiter,
    /// Threads that may be there.
    pub(crate) most: u64,
    /// Threads that are there already, as far as they count for this limit.
    pub(crate) taken: u64,
}

impl ThreadLimit {
    /// What is wrong when so many more are started.
    pub(super) fn problem(&self, threads: u32) -> Option<LimitProblem> {
        if threads == 0 {
            return None;
        }
        let need = u64::from(threads) + OTHER_THREADS + self.taken;
        let (most, name) = (self.most, self.limiter);
        let (what, command) = match name {
            Limiter::PidMax => ("kernel.pid_max", format!("sudo sysctl -w kernel.pid_max={need}")),
            Limiter::ThreadsMax => {
                ("kernel.threads-max", format!("sudo sysctl -w kernel.threads-max={need}"))
            }
            Limiter::Group => (
                "pids.max of the control group",
                format!("--pids-limit={need} for a container, TasksMax={need} for a unit"),
            ),
            Limiter::User => ("RLIMIT_NPROC", format!("ulimit -u {need}")),
        };
        (most < need).then(|| LimitProblem {
            what: format!("threads ({what})"),
            have: most,
            need,
            command,
            is_fatal: true,
        })
    }
}

/// The limit that leaves the fewest; `None` where the system does not tell.
pub(super) fn tightest(files: &Files) -> Option<ThreadLimit> {
    let running = running(files).unwrap_or(0);
    let of_system =
        |limiter, path| files.number(path).map(|most| ThreadLimit { limiter, most, taken: running });
    let of_group = cgroup::pids_limit(files, "/proc/self").map(|(most, taken)| ThreadLimit {
        limiter: Limiter::Group,
        most,
        taken,
    });
    let of_user = user_limit().map(|most| ThreadLimit { limiter: Limiter::User, most, taken: 0 });
    [
        of_system(Limiter::PidMax, "/proc/sys/kernel/pid_max"),
        of_system(Limiter::ThreadsMax, "/proc/sys/kernel/threads-max"),
        of_group,
        of_user,
    ]
    .into_iter()
    .flatten()
    .min_by_key(|limit| limit.most.saturating_sub(limit.taken))
}

/// Threads of the whole system, from `0.20 0.18 0.12 1/80 11206`.
fn running(files: &Files) -> Option<u64> {
    let text = files.text("/proc/loadavg")?;
    text.split_whitespace().nth(3)?.split_once('/')?.1.parse().ok()
}

/// What a user may start; `None` for the one whom it does not bind.
#[cfg(unix)]
fn user_limit() -> Option<u64> {
    if rustix::process::geteuid().is_root() {
        return None;
    }
    rustix::process::getrlimit(rustix::process::Resource::Nproc).current
}

#[cfg(not(unix))]
fn user_limit() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests;
