//! Load models: when arrivals start. Closed loops wait for answers, open loops do not.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How arrivals come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadModel {
    /// Arrivals follow a schedule, whatever the target answers.
    Open {
        /// When each arrival starts.
        schedule: ScheduleSpec,
        /// How many arrivals may be in flight at once; further ones wait, and the wait is reported as lateness.
        max_in_flight: u32,
    },
    /// A fixed number of virtual users, each waiting for its answer before the next arrival.
    Closed {
        /// How many users.
        users: u32,
        /// The pause of a user between an answer and the next request.
        think_time: Duration,
        /// Users start evenly spread over this time.
        ramp_up: Duration,
    },
}

impl LoadModel {
    /// Whether arrivals follow a schedule.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// The most arrivals that can be in flight at once.
    #[must_use]
    pub fn max_in_flight(&self) -> u32 {
        match self {
            Self::Open { max_in_flight, .. } => *max_in_flight,
            Self::Closed { users, .. } => *users,
        }
    }
}

/// A schedule of arrivals: a rate over time, and how arrivals are spaced under it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScheduleSpec {
    /// Consecutive pieces of the rate curve. The last one goes on for ever when `hold_last` is set.
    pub segments: Vec<Segment>,
    /// How arrivals are spaced under the rate.
    pub arrivals: Arrivals,
    /// Whether the rate at the end of the last segment is held until the run ends.
    pub hold_last: bool,
}

/// One piece of a rate curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// How long it lasts.
    pub duration: Duration,
    /// The rate during it.
    pub shape: Shape,
}

/// The rate within a segment, in arrivals per second, as a function of the time `t` since its start.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A straight line; a constant when both ends are equal.
    Linear {
        /// Rate at the start of the segment.
        from_per_s: f64,
        /// Rate at its end.
        to_per_s: f64,
    },
    /// `mean + amplitude · sin(2π t / period)`, never below zero because amplitude ≤ mean.
    Sine {
        /// The middle rate.
        mean_per_s: f64,
        /// How far the rate swings to both sides.
        amplitude_per_s: f64,
        /// The length of one swing.
        period: Duration,
    },
}

/// How arrivals are spaced under the rate curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrivals {
    /// As evenly as the rate allows.
    Even,
    /// A Poisson process with the rate as its intensity: independent users.
    Poisson,
    /// Explicit times since the start of the run, ascending, in nanoseconds; the segments are empty.
    Times(Vec<u64>),
}

impl ScheduleSpec {
    /// A constant rate held until the run ends.
    #[must_use]
    pub fn constant(rate_per_s: f64, arrivals: Arrivals) -> Self {
        let shape = Shape::Linear { from_per_s: rate_per_s, to_per_s: rate_per_s };
        Self { segments: vec![Segment { duration: Duration::ZERO, shape }], arrivals, hold_last: true }
    }

    /// How long the schedule itself lasts: the sum of its segments, or the last explicit time.
    #[must_use]
    pub fn duration(&self) -> Duration {
        match &self.arrivals {
            Arrivals::Times(times) => Duration::from_nanos(times.last().copied().unwrap_or(0)),
            Arrivals::Even | Arrivals::Poisson => self.segments.iter().map(|s| s.duration).sum(),
        }
    }
}
