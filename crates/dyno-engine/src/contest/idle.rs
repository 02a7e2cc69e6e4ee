//! Is the side that is not measured at rest? If not, both sides are measured together.

use dyno_model::RoundRecord;

/// A side at rest uses less than this part of a core …
const CORES_MOST: f64 = 0.01;
/// … or less than this part of what the measured side uses.
const SHARE_MOST: f64 = 0.01;
/// Counters of the kernel have steps; in less time than this one step looks like work.
const SECONDS_LEAST: f64 = 3.0;

/// What both sides used while they should have been at rest, summed up over the contest.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct IdleWatch {
    idle: [Used; 2],
    measured: [Used; 2],
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Used {
    cpu_s: f64,
    time_s: f64,
}

impl Used {
    fn add(&mut self, cores: Option<f64>, time_s: f64) {
        if let Some(cores) = cores {
            self.cpu_s += cores * time_s;
            self.time_s += time_s;
        }
    }

    fn cores(self) -> f64 {
        if self.time_s > 0.0 { self.cpu_s / self.time_s } else { 0.0 }
    }
}

impl IdleWatch {
    /// Adds a round.
    pub fn add(&mut self, round: &RoundRecord) {
        let time_s = round.length_ns as f64 / 1e9;
        let side = super::side_index(round.side);
        self.measured[side].add(round.machine.arm_cpu_cores, time_s);
        self.idle[1 - side].add(round.machine.idle_arm_cpu_cores, time_s);
    }

    /// Why the sides disturb each other; `None` when they do not, or when their processes are not known.
    #[must_use]
    pub fn unfit(&self) -> Option<String> {
        ["A", "B"].into_iter().enumerate().find_map(|(side, letter)| {
            let (idle, busy) = (self.idle[side], self.measured[1 - side]);
            let limit = CORES_MOST.max(SHARE_MOST * busy.cores());
            (idle.time_s >= SECONDS_LEAST && idle.cores() > limit).then(|| {
                format!(
                    "{letter} used {:.1} % of a core while the other was measured, and may use {:.1} %: it works without \
                     being asked (timers, collection of garbage, jobs)",
                    idle.cores() * 100.0,
                    limit * 100.0
                )
            })
        })
    }
}
