//! What the comparison measured, and the few numbers made of it.
//!
//! Made by `rounds`, read by `table` and `goals`.

use std::fmt;
use std::time::Duration;

use super::super::process::CpuTime;
use super::super::spread::{Spread, count};
use super::cases::Case;
use super::contenders::Contender;
use super::generators::Counts;

/// One server's play of one case in one round.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Which round, from 0.
    pub round: u32,
    /// Who served.
    pub server: Contender,
    /// What the generator counted.
    pub counts: Counts,
    /// CPU time of the server.
    pub cpu: CpuTime,
    /// CPU time of the generator.
    pub generator_cpu: Duration,
    /// From the generator's start to its end.
    pub wall: Duration,
    /// Memory of the server right after.
    pub rss_bytes: u64,
}

/// Everything measured in one case.
#[derive(Debug)]
pub struct CaseResult {
    /// The situation.
    pub case: Case,
    /// All plays, in the order of time.
    pub samples: Vec<Sample>,
}

impl Sample {
    /// Microseconds of CPU time for each good answer, in both modes.
    pub fn cpu_us(&self) -> f64 {
        self.us_per_answer(self.cpu.total())
    }

    /// The part of [`Sample::cpu_us`] in user mode.
    pub fn user_us(&self) -> f64 {
        self.us_per_answer(self.cpu.user)
    }

    /// The part of [`Sample::cpu_us`] in the kernel.
    pub fn system_us(&self) -> f64 {
        self.us_per_answer(self.cpu.system)
    }

    fn us_per_answer(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / count(self.counts.ok).max(1.0)
    }

    /// Good answers per second of the clock, in thousands.
    pub fn thousand_per_s(&self) -> f64 {
        count(self.counts.ok) / 1e3 / self.wall.as_secs_f64().max(1e-6)
    }

    /// Memory in megabytes of 1,000,000 bytes.
    pub fn rss_mb(&self) -> f64 {
        count(self.rss_bytes) / 1e6
    }

    /// How much of its core the server used, as a percentage.
    pub fn core_percent(&self) -> f64 {
        100.0 * self.cpu.total().as_secs_f64() / self.wall.as_secs_f64().max(1e-6)
    }

    /// How much of its core the generator used, as a percentage.
    pub fn generator_core_percent(&self) -> f64 {
        100.0 * self.generator_cpu.as_secs_f64() / self.wall.as_secs_f64().max(1e-6)
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<9} {:6.2} us ({:5.2} user), {:7.1} k/s, {:6.1} MB, cores {:3.0} % and {:3.0} %",
            self.server.name(),
            self.cpu_us(),
            self.user_us(),
            self.thousand_per_s(),
            self.rss_mb(),
            self.core_percent(),
            self.generator_core_percent()
        )?;
        if self.counts.failed > 0 { write!(f, ", {} FAILED", self.counts.failed) } else { Ok(()) }
    }
}

impl CaseResult {
    /// The servers that played, in the order of [`Contender::ALL`].
    pub fn servers(&self) -> Vec<Contender> {
        Contender::ALL.into_iter().filter(|&server| self.of(server).next().is_some()).collect()
    }

    /// The plays of one server.
    pub fn of(&self, server: Contender) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |sample| sample.server == server)
    }

    /// The spread of one number of one server; `None` when it did not play.
    pub fn spread(&self, server: Contender, number: impl Fn(&Sample) -> f64) -> Option<Spread> {
        Spread::of(self.of(server).map(number).collect())
    }

    /// The spread of the CPU time per answer of `ours` divided by that of `other` in the same round.
    pub fn ratio(&self, ours: Contender, other: Contender) -> Option<Spread> {
        let other_in = |round| self.of(other).find(|sample| sample.round == round);
        let ratio = |sample: &Sample| Some(sample.cpu_us() / other_in(sample.round)?.cpu_us());
        Spread::of(self.of(ours).filter_map(ratio).collect())
    }

    /// All requests of one server that failed, over all rounds.
    pub fn failed(&self, server: Contender) -> u64 {
        self.of(server).map(|sample| sample.counts.failed).sum()
    }
}
