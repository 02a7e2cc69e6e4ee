//! The machine during one round of a contest: what decides whether the round counts, blind to what it measured.
//!
//! Reads counters before and after, and runs the anchors outside of the round. Judges nothing; the contest's rules do.

use std::time::{Duration, Instant};

use dyno_model::RoundMachine;

use crate::anchor::{self, Anchor};
use crate::cgroup;
use crate::files::Files;
use crate::meter::{MachineCounters, ProcessTree};
use crate::pressure;

const THIS: &str = "/proc/self";

/// Counters at the start of a round.
#[derive(Debug)]
pub struct RoundMeter {
    files: Files,
    measured: Vec<u32>,
    idle: Vec<u32>,
    anchor: Anchor,
    counters: Counters,
}

/// What the generator says of itself at the end of a round.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GeneratorRound {
    /// Load threads that played the round; at least 1 is taken.
    pub threads: u32,
    /// 99th percentile of its own lateness, in nanoseconds.
    pub lateness_p99_ns: u64,
}

#[derive(Debug, Clone, Copy)]
struct Counters {
    at: Instant,
    machine: MachineCounters,
    throttled: Duration,
    cpu_waited: Option<Duration>,
    generator_cpu_s: f64,
    measured: ProcessTree,
    idle: ProcessTree,
}

impl RoundMeter {
    /// Runs the anchors, then reads all counters: the round should start right after.
    ///
    /// `measured` are the processes of the arm that will be loaded and `idle` those of the other; both may be empty when
    /// they are not known (a remote target). Children count with their parents.
    #[must_use]
    pub fn begin(measured: &[u32], idle: &[u32]) -> Self {
        Self::begin_on(Files::here(), measured, idle)
    }

    fn begin_on(files: Files, measured: &[u32], idle: &[u32]) -> Self {
        let anchor = anchor::measure();
        let counters = Counters::read(&files, measured, idle);
        Self { files, measured: measured.to_vec(), idle: idle.to_vec(), anchor, counters }
    }

    /// Reads all counters, then runs the anchors: to be called right after the round.
    #[must_use]
    pub fn end(self, generator: GeneratorRound) -> RoundMachine {
        let now = Counters::read(&self.files, &self.measured, &self.idle);
        let after = anchor::measure();
        let mut machine = now.since(&self.counters, generator);
        machine.anchor_arithmetic_ns = (self.anchor.arithmetic_ns, after.arithmetic_ns);
        machine.anchor_memory_ns = (self.anchor.memory_ns, after.memory_ns);
        machine
    }
}

impl Counters {
    fn read(files: &Files, measured: &[u32], idle: &[u32]) -> Self {
        let trees = ProcessTree::read(files, &[&[std::process::id()], measured, idle]);
        let throttled = measured.iter().map(|pid| format!("/proc/{pid}")).chain([THIS.to_owned()]);
        Self {
            throttled: throttled
                .filter_map(|process| cgroup::throttled_time(files, &process))
                .max()
                .unwrap_or_default(),
            cpu_waited: pressure::total(files, "cpu"),
            machine: MachineCounters::read(files, THIS),
            generator_cpu_s: trees[0].own_cpu_s,
            measured: trees[1],
            idle: trees[2],
            at: Instant::now(),
        }
    }

    /// Everything but the anchors.
    fn since(&self, before: &Self, generator: GeneratorRound) -> RoundMachine {
        let seconds = self.at.duration_since(before.at).as_secs_f64().max(1e-9);
        let cores = |now: f64, before: f64| (now - before).max(0.0) / seconds;
        let machine = self.machine.since(before.machine);
        let generator_cores = cores(self.generator_cpu_s, before.generator_cpu_s);
        let measured = self.measured.exists().then(|| cores(self.measured.cpu_s, before.measured.cpu_s));
        let idle = self.idle.exists().then(|| cores(self.idle.cpu_s, before.idle.cpu_s));
        let ours = generator_cores + measured.unwrap_or(0.0) + idle.unwrap_or(0.0);
        let share =
            |now: Duration, before: Duration| (now.saturating_sub(before).as_secs_f64() / seconds).min(1.0);
        RoundMachine {
            steal_share: machine.steal_share(),
            throttled_share: share(self.throttled, before.throttled),
            cpu_pressure: self.cpu_waited.zip(before.cpu_waited).map(|(now, before)| share(now, before)),
            generator_cpu_share: (generator_cores / f64::from(generator.threads.max(1))).min(1.0),
            generator_lateness_p99_ns: generator.lateness_p99_ns,
            arm_cpu_cores: measured,
            idle_arm_cpu_cores: idle,
            arm_rss_bytes: self.measured.exists().then_some(self.measured.rss_bytes),
            other_cpu_cores: (machine.busy_s() / seconds - ours).max(0.0),
            ..RoundMachine::default()
        }
    }
}

#[cfg(test)]
mod tests;
