//! What the comparison measured, and the few numbers made of it.
//!
//! Medians over rounds with the smallest and largest value; no model and no statistics beyond that.
//! Made by `rounds`, read by `table`.

use std::fmt;
use std::time::Duration;

use super::super::spread::{Spread, count};
use super::cases::Case;
use super::tools::{Answer, Tool};

/// One tool's play of one case in one round.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Which round, from 0.
    pub round: u32,
    /// Who played.
    pub tool: Tool,
    /// What it says it did.
    pub answer: Answer,
    /// Its CPU time in user mode.
    pub user: Duration,
    /// Its CPU time in the kernel.
    pub system: Duration,
    /// From its start to its end.
    pub wall: Duration,
    /// Most memory it held.
    pub rss_peak_bytes: u64,
    /// CPU time of the target meanwhile.
    pub target_cpu: Duration,
}

/// Everything measured in one case.
#[derive(Debug)]
pub struct CaseResult {
    /// The situation.
    pub case: Case,
    /// The rate all tools were asked for, if there was one.
    pub rate_per_s: Option<u64>,
    /// All plays, in the order of time.
    pub samples: Vec<Sample>,
}

impl Sample {
    /// Good answers per second of CPU time in both modes.
    pub fn requests_per_cpu_s(&self) -> f64 {
        count(self.answer.ok) / (self.user + self.system).as_secs_f64().max(1e-6)
    }

    /// Good answers per second of the clock, starting and ending the process included.
    pub fn requests_per_s(&self) -> u64 {
        let milliseconds = u64::try_from(self.wall.as_millis()).unwrap_or(u64::MAX).max(1);
        self.answer.ok.saturating_mul(1000) / milliseconds
    }

    /// Microseconds of CPU time in user mode for each good answer.
    pub fn user_us_per_request(&self) -> f64 {
        self.user.as_secs_f64() * 1e6 / count(self.answer.ok).max(1.0)
    }

    /// Peak memory in megabytes of 1,000,000 bytes.
    pub fn rss_mb(&self) -> f64 {
        count(self.rss_peak_bytes) / 1e6
    }

    /// Good answers per second of the clock, in thousands.
    pub fn thousand_per_s(&self) -> f64 {
        count(self.requests_per_s()) / 1e3
    }

    /// How much of its core the target used, as a percentage.
    pub fn target_core_percent(&self) -> f64 {
        100.0 * self.target_cpu.as_secs_f64() / self.wall.as_secs_f64().max(1e-6)
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<6} {:6.1} k/CPU-s, {:6.1} k/s, {:5.2} us user, {:5.1} MB, target's core {:3.0} %",
            self.tool.name(),
            self.requests_per_cpu_s() / 1e3,
            self.thousand_per_s(),
            self.user_us_per_request(),
            self.rss_mb(),
            self.target_core_percent()
        )?;
        if self.answer.errors > 0 { write!(f, ", {} ERRORS", self.answer.errors) } else { Ok(()) }
    }
}

impl CaseResult {
    /// The tools that played, in the order of [`Tool::ALL`].
    pub fn tools(&self) -> Vec<Tool> {
        Tool::ALL.into_iter().filter(|&tool| self.of(tool).next().is_some()).collect()
    }

    /// The plays of one tool.
    pub fn of(&self, tool: Tool) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |sample| sample.tool == tool)
    }

    /// The spread of one number of one tool; `None` when it did not play.
    pub fn spread(&self, tool: Tool, number: impl Fn(&Sample) -> f64) -> Option<Spread> {
        Spread::of(self.of(tool).map(number).collect())
    }

    /// The spread of a tool's requests per CPU-second divided by wrk's in the same round.
    pub fn ratio_to_wrk(&self, tool: Tool) -> Option<Spread> {
        let wrk_in = |round| self.of(Tool::Wrk).find(|sample| sample.round == round);
        let ratio =
            |ours: &Sample| Some(ours.requests_per_cpu_s() / wrk_in(ours.round)?.requests_per_cpu_s());
        Spread::of(self.of(tool).filter_map(ratio).collect())
    }

    /// All requests of one tool that failed, over all rounds.
    pub fn errors(&self, tool: Tool) -> u64 {
        self.of(tool).map(|sample| sample.answer.errors).sum()
    }

    /// The spread of the generator's own lateness, its 99th percentile in microseconds; `None` when the tool does not know it.
    pub fn lateness_p99_us(&self, tool: Tool) -> Option<Spread> {
        Spread::of(
            self.of(tool).filter_map(|sample| Some(count(sample.answer.lateness_p99_ns?) / 1e3)).collect(),
        )
    }
}
