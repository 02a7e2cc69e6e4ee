//! Process groups that live, so that a process that has to exit at once leaves nobody behind.
//!
//! Workers and installers lead groups of their own: a signal of the terminal does not reach them, and what they start goes
//! with them. Not here: how a worker is ended in order; that is its session's.

use std::io;
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Process numbers of the leaders.
static GROUPS: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// A group that [`kill_groups`] knows for as long as this lives.
#[derive(Debug)]
pub struct Group {
    leader: u32,
}

/// Starts a command as the leader of a group of its own.
///
/// # Errors
/// When it cannot be started.
pub fn spawn_group(command: &mut Command) -> io::Result<(Child, Group)> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    // Held meanwhile, so that nobody is started unseen while all are killed.
    let mut groups = groups();
    let child = command.spawn()?;
    let leader = child.id();
    groups.push(leader);
    Ok((child, Group { leader }))
}

/// Kills every group that lives; for a process that exits without unwinding.
pub fn kill_groups() {
    groups().iter().for_each(|leader| kill(*leader));
}

impl Group {
    /// Asks all of it to end, by SIGTERM.
    pub(crate) fn terminate(&self) {
        #[cfg(unix)]
        signal(self.leader, rustix::process::Signal::TERM);
    }

    /// Kills whatever is left of it.
    pub(crate) fn kill(&self) {
        kill(self.leader);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        groups().retain(|leader| *leader != self.leader);
    }
}

fn groups() -> MutexGuard<'static, Vec<u32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn kill(leader: u32) {
    #[cfg(unix)]
    signal(leader, rustix::process::Signal::KILL);
    #[cfg(not(unix))]
    let _ = leader;
}

#[cfg(unix)]
fn signal(leader: u32, signal: rustix::process::Signal) {
    let group = i32::try_from(leader).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // Nobody is left to be told when it fails.
        let _ = rustix::process::kill_process_group(group, signal);
    }
}
