//! Schedules: when each arrival of an open loop starts, as a pure function of seed and number.
//!
//! A schedule is a rate curve λ(t) and a spacing. With Λ(t) = ∫₀ᵗ λ, arrival `n` starts at Λ⁻¹(uₙ), where
//! uₙ = n for even spacing and uₙ = E₀ + … + Eₙ, sums of unit exponentials, for a Poisson process
//! (time-rescaling: Cox & Lewis, "The Statistical Analysis of Series of Events", 1966, ch. 2).

use std::sync::Arc;
use std::time::Duration;

use dyno_datagen::Random;
use dyno_model::{Arrivals, ScheduleSpec, Segment, Shape};

/// When arrivals start. Non-decreasing in `n`; pure, so tests are tables.
pub trait ArrivalSchedule: Send + Sync {
    /// The start of arrival `n` since the start of the run, or `None` when the schedule ends before it.
    fn start_of(&self, n: u64) -> Option<Duration>;
}

/// The stream of random numbers that spaces Poisson arrivals.
const GAP_STREAM: u64 = 0x6761_7073;

/// A schedule ready to be read.
#[derive(Debug, Clone)]
pub struct Schedule {
    pieces: Vec<Piece>,
    spacing: Spacing,
}

#[derive(Debug, Clone)]
enum Spacing {
    Even,
    Poisson { seed: u64 },
    Times(Vec<u64>),
}

/// A segment with what came before it.
#[derive(Debug, Clone, Copy)]
struct Piece {
    start_s: f64,
    /// Arrivals expected before it: Λ at its start.
    start_count: f64,
    /// Infinite for the held end.
    duration_s: f64,
    shape: Shape,
}

impl Schedule {
    /// Prepares a schedule; the seed matters for Poisson spacing only.
    #[must_use]
    pub fn new(spec: &ScheduleSpec, seed: u64) -> Self {
        let spacing = match &spec.arrivals {
            Arrivals::Even => Spacing::Even,
            Arrivals::Poisson => Spacing::Poisson { seed },
            Arrivals::Times(times) => Spacing::Times(times.clone()),
        };
        Self { pieces: pieces_of(spec), spacing }
    }

    /// The rate at a time since the start of the run, in arrivals per second; 0 after the end.
    #[must_use]
    pub fn rate_at(&self, at: Duration) -> f64 {
        let at_s = at.as_secs_f64();
        self.pieces
            .iter()
            .find(|p| at_s < p.start_s + p.duration_s)
            .map_or(0.0, |p| p.shape.rate_at(at_s - p.start_s, p.duration_s))
    }

    /// How many arrivals are expected before a time: Λ(t). For explicit times, how many there are.
    #[must_use]
    pub fn expected_before(&self, at: Duration) -> f64 {
        if let Spacing::Times(times) = &self.spacing {
            return times.partition_point(|&t| u128::from(t) < at.as_nanos()) as f64;
        }
        let at_s = at.as_secs_f64();
        self.pieces.iter().rev().find(|p| at_s >= p.start_s).map_or(0.0, |p| {
            p.start_count + p.shape.count_before((at_s - p.start_s).min(p.duration_s), p.duration_s)
        })
    }

    /// A reader that walks forward; cheaper than [`ArrivalSchedule::start_of`] from the start each time.
    #[must_use]
    pub fn cursor(self: &Arc<Self>) -> Cursor {
        Cursor { schedule: Arc::clone(self), next: 0, sum: 0.0, piece: 0 }
    }

    /// Λ⁻¹(count) in nanoseconds, searching from piece `from`; also the piece where it was found.
    fn time_of(&self, count: f64, from: usize) -> Option<(u64, usize)> {
        for (index, piece) in self.pieces.iter().enumerate().skip(from) {
            let within = count - piece.start_count;
            if within < piece.shape.count_before(piece.duration_s, piece.duration_s) {
                let t = piece.start_s + piece.shape.time_of(within.max(0.0), piece.duration_s);
                return Some(((t * 1e9).round() as u64, index));
            }
        }
        None
    }
}

impl ArrivalSchedule for Schedule {
    fn start_of(&self, n: u64) -> Option<Duration> {
        let mut cursor = Cursor { schedule: Arc::new(self.clone()), next: 0, sum: 0.0, piece: 0 };
        cursor.start_of_ns(n).map(Duration::from_nanos)
    }
}

fn pieces_of(spec: &ScheduleSpec) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut start_s, mut start_count) = (0.0, 0.0);
    for &Segment { duration, shape } in &spec.segments {
        let duration_s = duration.as_secs_f64();
        pieces.push(Piece { start_s, start_count, duration_s, shape });
        start_count += shape.count_before(duration_s, duration_s);
        start_s += duration_s;
    }
    if let (true, Some(last)) = (spec.hold_last, spec.segments.last()) {
        let rate = last.shape.rate_at(last.duration.as_secs_f64(), last.duration.as_secs_f64());
        let shape = Shape::Linear { from_per_s: rate, to_per_s: rate };
        pieces.push(Piece { start_s, start_count, duration_s: f64::INFINITY, shape });
    }
    pieces
}

/// A forward reader of a [`Schedule`].
#[derive(Debug, Clone)]
pub struct Cursor {
    schedule: Arc<Schedule>,
    /// Number of the next exponential to add.
    next: u64,
    /// E₀ + … + E₍next−1₎.
    sum: f64,
    /// Where the last answer was found; later ones are never before it.
    piece: usize,
}

impl Cursor {
    /// The start of arrival `n` in nanoseconds since the start of the run. `n` must not decrease between calls.
    pub fn start_of_ns(&mut self, n: u64) -> Option<u64> {
        let count = match &self.schedule.spacing {
            Spacing::Times(times) => return times.get(usize::try_from(n).ok()?).copied(),
            Spacing::Even => n as f64,
            Spacing::Poisson { seed } => {
                while self.next <= n {
                    self.sum += Random::for_arrival(*seed, GAP_STREAM, self.next).exponential();
                    self.next += 1;
                }
                self.sum
            }
        };
        let (start_ns, piece) = self.schedule.time_of(count, self.piece)?;
        self.piece = piece;
        Some(start_ns)
    }

    /// How many of the arrivals `number_of(0)`, `number_of(1)`, … start before `to_ns`, when `from` of them surely do.
    ///
    /// `number_of` must increase. Where starts follow from the number alone, this searches instead of walking, so a
    /// second of a high rate costs some forty looks.
    pub fn count_before(&mut self, to_ns: u64, from: u64, number_of: impl Fn(u64) -> u64) -> u64 {
        if let Spacing::Poisson { .. } = self.schedule.spacing {
            let mut count = from;
            // Only a walk knows the sums; the next call goes on where this one stopped.
            while self.start_of_ns(number_of(count)).is_some_and(|start_ns| start_ns < to_ns) {
                count += 1;
            }
            return count;
        }
        let is_before = |index: u64| self.clone().start_of_ns(number_of(index)).is_some_and(|at| at < to_ns);
        let (mut low, mut step) = (from, 1);
        while is_before(low + step - 1) {
            low += step;
            step *= 2;
        }
        // Arrival `low + step - 1` is too late, all before `low` are not.
        let mut high = low + step - 1;
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// The rate within a segment and its integral.
trait RateShape {
    /// Rate at `t` seconds into a segment of `duration` seconds.
    fn rate_at(&self, t: f64, duration: f64) -> f64;
    /// ∫₀ᵗ of the rate.
    fn count_before(&self, t: f64, duration: f64) -> f64;
    /// The `t` at which [`Self::count_before`] reaches `count`.
    fn time_of(&self, count: f64, duration: f64) -> f64;
}

impl RateShape for Shape {
    fn rate_at(&self, t: f64, duration: f64) -> f64 {
        match *self {
            Shape::Linear { from_per_s, to_per_s } => from_per_s + slope(from_per_s, to_per_s, duration) * t,
            Shape::Sine { mean_per_s, amplitude_per_s, period } => {
                mean_per_s + amplitude_per_s * (std::f64::consts::TAU * t / period.as_secs_f64()).sin()
            }
        }
    }

    fn count_before(&self, t: f64, duration: f64) -> f64 {
        match *self {
            Shape::Linear { from_per_s: 0.0, to_per_s: 0.0 } => 0.0,
            Shape::Linear { from_per_s, to_per_s } => {
                let slope = slope(from_per_s, to_per_s, duration);
                from_per_s * t + if slope == 0.0 { 0.0 } else { slope * t * t / 2.0 }
            }
            Shape::Sine { mean_per_s, amplitude_per_s, period } => {
                let omega = std::f64::consts::TAU / period.as_secs_f64();
                mean_per_s * t + amplitude_per_s / omega * (1.0 - (omega * t).cos())
            }
        }
    }

    fn time_of(&self, count: f64, duration: f64) -> f64 {
        match *self {
            Shape::Linear { from_per_s, to_per_s } => {
                let slope = slope(from_per_s, to_per_s, duration);
                if slope == 0.0 {
                    return if from_per_s > 0.0 { count / from_per_s } else { 0.0 };
                }
                // The root of slope·t²/2 + from·t = count in the form that does not cancel.
                let root = (from_per_s * from_per_s + 2.0 * slope * count).max(0.0).sqrt();
                let divisor = from_per_s + root;
                if divisor > 0.0 { (2.0 * count / divisor).min(duration) } else { 0.0 }
            }
            Shape::Sine { .. } => bisect(|t| self.count_before(t, duration) < count, duration),
        }
    }
}

/// The slope of a line in arrivals per second per second; zero for a segment without end.
fn slope(from: f64, to: f64, duration: f64) -> f64 {
    if from == to || duration == 0.0 || duration.is_infinite() { 0.0 } else { (to - from) / duration }
}

/// The border in 0..end between where `is_before` holds and where it does not, to a tenth of a nanosecond.
fn bisect(is_before: impl Fn(f64) -> bool, end: f64) -> f64 {
    let (mut low, mut high) = (0.0, end);
    while high - low > 1e-10 * end.max(1.0) {
        let middle = f64::midpoint(low, high);
        if is_before(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests;
