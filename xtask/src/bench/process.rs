//! A process started by the comparison: what it cost, and that it ends.
//!
//! Costs come from the kernel, not from the process. Called by the comparisons for generators and targets.

use std::fs;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::project;

use super::machine::{Cores, Stop};

const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A generator that has ended.
#[derive(Debug)]
pub struct Finished {
    /// Its standard output, then its standard error.
    pub output: String,
    /// How it ended.
    pub status: ExitStatus,
    /// From start to end.
    pub wall: Duration,
    /// CPU time in user mode, with that of its own children.
    pub user: Duration,
    /// CPU time in the kernel, with that of its own children.
    pub system: Duration,
    /// Most memory it ever held.
    pub rss_peak_bytes: u64,
}

/// CPU time of a process, in both modes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CpuTime {
    /// In user mode.
    pub user: Duration,
    /// In the kernel.
    pub system: Duration,
}

impl CpuTime {
    /// Both together.
    pub fn total(self) -> Duration {
        self.user + self.system
    }

    /// What was used since `earlier`.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            user: self.user.saturating_sub(earlier.user),
            system: self.system.saturating_sub(earlier.system),
        }
    }
}

/// Runs `command` on the generator's core until it ends; kills it after `limit` or on Ctrl-C.
pub fn run_generator(
    command: &mut Command,
    cores: Cores,
    limit: Duration,
    stop: &Stop,
) -> Result<Finished, Failure> {
    let shown = project::shown(command);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let started = Instant::now();
    let spawned = cores.on_generator(|| command.spawn())?;
    let mut running = Background { child: spawned.map_err(Failure::run(&shown))?, is_reaped: false };
    let stdout = read_in_background(running.child.stdout.take());
    let stderr = read_in_background(running.child.stderr.take());

    let mut high_water = 0;
    let (status, usage) = loop {
        high_water = high_water.max(high_water_bytes(running.child.id()));
        if let Some(ended) = running.reap().map_err(Failure::run(&shown))? {
            break ended;
        }
        stop.check()?;
        if started.elapsed() > limit {
            return Err(Failure::Bench(format!("`{shown}` did not end within {} s", limit.as_secs())));
        }
        thread::sleep(POLL_INTERVAL);
    };
    let wall = started.elapsed();
    let joined =
        |reader: thread::JoinHandle<String>| reader.join().expect("invariant: reading does not panic");
    Ok(Finished {
        output: joined(stdout) + &joined(stderr),
        status,
        wall,
        user: duration_of(usage.ru_utime),
        system: duration_of(usage.ru_stime),
        rss_peak_bytes: rss_peak_bytes(usage.ru_maxrss, high_water),
    })
}

/// The kernel's peak also counts the memory of this process, from before the child became its own program.
///
/// So it is believed only when it is larger than ours; else the readings taken while the child ran count.
fn rss_peak_bytes(ru_maxrss_kib: i64, high_water: u64) -> u64 {
    let of_kernel = u64::try_from(ru_maxrss_kib).unwrap_or(0) * 1024;
    let is_the_childs = of_kernel > high_water_bytes(std::process::id());
    if is_the_childs || high_water == 0 { of_kernel } else { high_water }
}

fn high_water_bytes(process: u32) -> u64 {
    bytes_of_status(process, "VmHWM:")
}

fn bytes_of_status(process: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.trim().split(' ').next()?.parse::<u64>().ok())
        .unwrap_or(0)
        * 1024
}

fn duration_of(time: libc::timeval) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(u64::try_from(time.tv_usec).unwrap_or(0))
}

fn read_in_background(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // What was read before a broken pipe is still worth parsing.
            let _read = stream.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// A process that is killed when nobody needs it any more.
#[derive(Debug)]
pub struct Background {
    child: Child,
    is_reaped: bool,
}

impl Background {
    /// Starts `command` on the core of this process.
    pub fn start(command: &mut Command) -> Result<Self, Failure> {
        let shown = project::shown(command);
        let child = command.stdin(Stdio::null()).spawn().map_err(Failure::run(shown))?;
        Ok(Self { child, is_reaped: false })
    }

    /// Whether it has not ended by itself.
    pub fn is_running(&mut self) -> bool {
        !self.is_reaped && self.child.try_wait().is_ok_and(|status| status.is_none())
    }

    /// Asks it to end in order, by SIGTERM.
    pub fn ask_to_end(&self) -> Result<(), Failure> {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, rustix::process::Signal::TERM)
            .map_err(Failure::system("ask a process to end"))
    }

    /// CPU time it has used so far, in steps of 10 ms.
    pub fn cpu_time(&self) -> CpuTime {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        // Fields are counted after the name, which may contain spaces: user and system time are 14 and 15.
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        let time = |index: usize| {
            let ticks = fields.get(index).and_then(|ticks| ticks.parse::<u64>().ok()).unwrap_or(0);
            Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second())
        };
        CpuTime { user: time(11), system: time(12) }
    }

    /// Memory it holds now, in bytes.
    pub fn rss_bytes(&self) -> u64 {
        bytes_of_status(self.child.id(), "VmRSS:")
    }

    /// Collects status and cost when the process has ended.
    fn reap(&mut self) -> Result<Option<(ExitStatus, libc::rusage)>, std::io::Error> {
        let id = i32::try_from(self.child.id()).expect("invariant: process numbers fit 31 bits");
        let mut status = 0;
        // SAFETY: `rusage` is plain numbers, for which all zeros is a value.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: both pointers are to live locals, and the child is ours and not yet reaped.
        let reaped = unsafe { libc::wait4(id, &raw mut status, libc::WNOHANG, &raw mut usage) };
        match reaped {
            0 => Ok(None),
            -1 => Err(std::io::Error::last_os_error()),
            _ => {
                self.is_reaped = true;
                Ok(Some((ExitStatus::from_raw(status), usage)))
            }
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // A reaped process's number may already belong to another one.
        if !self.is_reaped {
            // It may have ended by itself, which is as good.
            let _ended = self.child.kill();
            let _status = self.child.wait();
        }
    }
}
