//! What disturbs a gate on purpose: a neighbour that works now and then, a quota of CPU time.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Shortest and longest time that a neighbour works or rests.
const NEIGHBOUR: (u64, u64) = (100, 2_000);
/// How often a neighbour looks whether it is wanted.
const LOOK: Duration = Duration::from_millis(50);
/// One and a half cores: microseconds of CPU in each period of 100 ms.
const QUOTA: &str = "150000 100000";

/// Threads that work and rest at random, one for each two cores, as long as this lives.
#[derive(Debug)]
pub struct Neighbours {
    ends: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Neighbours {
    /// Starts them.
    pub fn start(seed: u64) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let ends = Arc::new(AtomicBool::new(false));
        let threads = (0..(cores / 2).max(1))
            .map(|index| {
                let ends = Arc::clone(&ends);
                std::thread::spawn(move || neighbour(&ends, seed.wrapping_add(index as u64)))
            })
            .collect();
        Self { ends, threads }
    }
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            thread.join().expect("invariant: a neighbour does not panic");
        }
    }
}

fn neighbour(ends: &AtomicBool, mut state: u64) {
    let mut works = false;
    while !ends.load(Ordering::Relaxed) {
        let end = Instant::now() + Duration::from_millis(between(&mut state, NEIGHBOUR));
        works = !works;
        while Instant::now() < end && !ends.load(Ordering::Relaxed) {
            if works {
                (0..100_000u64).for_each(|step| {
                    std::hint::black_box(step);
                });
            } else {
                std::thread::sleep(LOOK);
            }
        }
    }
}

/// The next number of SplitMix64, within bounds.
fn between(state: &mut u64, (least, most): (u64, u64)) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    least + (mixed ^ (mixed >> 31)) % (most - least + 1)
}

/// A control group with a quota of CPU time, gone with this.
#[derive(Debug)]
pub struct Quota {
    group: PathBuf,
}

impl Quota {
    /// Makes the group; says why not where control groups cannot be written.
    pub fn make() -> Result<Self, String> {
        let group = PathBuf::from("/sys/fs/cgroup").join(format!("dyno-validate-{}", std::process::id()));
        let cannot =
            |error: std::io::Error| format!("cannot make the control group {}: {error}", group.display());
        fs::create_dir(&group).map_err(cannot)?;
        let quota = Self { group: group.clone() };
        fs::write(group.join("cpu.max"), QUOTA).map_err(cannot)?;
        Ok(quota)
    }

    /// The same command, in the group with everything it starts.
    pub fn around(&self, command: &Command) -> Command {
        let mut shell = Command::new("sh");
        let enter = "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"";
        shell.arg("-c").arg(enter).arg(&self.group).arg(command.get_program()).args(command.get_args());
        shell
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        // A group in which something still runs stays, and has no effect on others.
        let _removed = fs::remove_dir(&self.group);
    }
}
