//! This machine: its cores, its limits, its name, and the wish to stop.
//!
//! Measures nothing. Called by `bench` before and while playing.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Resource, Rlimit};
use rustix::thread::CpuSet;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::failure::Failure;

/// Whether the user asked to stop, by Ctrl-C or by ending this process.
#[derive(Debug, Clone)]
pub struct Stop {
    is_asked: Arc<AtomicBool>,
}

impl Stop {
    /// Listens to both signals from now on; they no longer end this process by themselves.
    pub fn on_signals() -> Result<Self, Failure> {
        let is_asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&is_asked))
                .map_err(Failure::system("listen to Ctrl-C"))?;
        }
        Ok(Self { is_asked })
    }

    /// Fails when the user asked to stop; whatever was started is then stopped on the way out.
    pub fn check(&self) -> Result<(), Failure> {
        if self.is_asked.load(Ordering::Relaxed) { Err(Failure::Interrupted) } else { Ok(()) }
    }
}

/// Where targets and generators run.
#[derive(Debug, Clone, Copy)]
pub struct Cores {
    target: usize,
    generator: usize,
}

impl Cores {
    /// Takes the first two cores that this process may use, and moves this process to the target's.
    ///
    /// What is started later inherits the place, so the generator's core stays empty.
    pub fn choose() -> Result<Self, Failure> {
        let allowed =
            rustix::thread::sched_getaffinity(None).map_err(Failure::system("read the allowed cores"))?;
        let mut usable = (0..CpuSet::MAX_CPU).filter(|&core| allowed.is_set(core));
        let target = usable.next().unwrap_or(0);
        let generator = usable.next().unwrap_or(target);
        if target == generator {
            eprintln!("warning: one core only, so targets and generators disturb each other");
        }
        move_to(target)?;
        Ok(Self { target, generator })
    }

    /// Runs `start` on the generator's core, so that the process it starts stays there.
    pub fn on_generator<T>(self, start: impl FnOnce() -> T) -> Result<T, Failure> {
        move_to(self.generator)?;
        let started = start();
        move_to(self.target)?;
        Ok(started)
    }
}

fn move_to(core: usize) -> Result<(), Failure> {
    let mut set = CpuSet::new();
    set.set(core);
    rustix::thread::sched_setaffinity(None, &set).map_err(Failure::system(format!("move to core {core}")))
}

/// Raises the limit of open files as far as this process may; what is started later inherits it.
pub fn raise_open_files_limit() {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = rustix::process::setrlimit(Resource::Nofile, raised) {
        eprintln!("warning: cannot raise the limit of open files to {:?}: {error}", limit.maximum);
    }
}

/// Whether this process and its children may open so many connections each.
pub fn allows_connections(count: u32) -> bool {
    // Programs, logs and libraries have files open too.
    rustix::process::getrlimit(Resource::Nofile).current.is_none_or(|files| files >= u64::from(count) + 100)
}

/// The processor's name, the number of cores, and the kernel's release.
pub fn description() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown processor", |(_, model)| model.trim());
    let cores = processor.lines().filter(|line| line.starts_with("processor")).count();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{model}, {cores} cores, Linux {}", kernel.trim())
}

/// How many processes wanted a core in the last minute.
pub fn load_average() -> String {
    fs::read_to_string("/proc/loadavg").unwrap_or_default().split(' ').next().unwrap_or_default().to_owned()
}
