//! How long rounds are and how many there is time for: pure arithmetic over what the warm-up has shown.

use std::time::Duration;

use super::Round;

/// A round is at least this long, unless the budget is too small for it.
const ROUND_USUAL: Duration = Duration::from_secs(2);
/// A round holds this many requests.
const REQUESTS_LEAST: f64 = 1_000.0;
/// Rounds are planned with this many times the samples that are needed, because the rate varies.
const SAMPLES_SPARE: f64 = 1.5;
/// A slow target makes rounds longer, but not longer than this.
const ROUND_MOST: Duration = Duration::from_secs(10);
/// A budget makes rounds shorter, but not shorter than this.
const ROUND_LEAST: Duration = Duration::from_millis(200);
/// What is dropped at the start of a round, in rounds that are long enough.
const WARMUP_USUAL: Duration = Duration::from_millis(200);
/// Longest and shortest pause before a round, in rounds that are long enough.
const GAP_USUAL: (Duration, Duration) = (Duration::from_millis(100), Duration::from_millis(500));
/// The shortest pause: connections are closed in it.
const GAP_LEAST: Duration = Duration::from_millis(10);
/// What a round takes beside load and pause: threads, connections, two readings of the machine with its fixed work.
const OVERHEAD: Duration = Duration::from_millis(60);

/// What decides about the length of rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wishes {
    /// The length that the user asked for.
    pub round: Option<Duration>,
    /// Time for all quads.
    pub budget: Option<Duration>,
    /// How many quads have to fit into it.
    pub quads: u32,
    /// What every quad takes beside its rounds, such as starting programs.
    pub quad_extra: Duration,
    /// Successes per second of the slower side.
    pub rate_per_s: f64,
    /// Samples that the most demanding cell needs in a round.
    pub samples_least: u64,
    /// 99th percentile of the response time of the slower side.
    pub p99: Duration,
}

/// How rounds are played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pacing {
    /// One round.
    pub round: Round,
    /// How long a quad takes on average.
    pub quad: Duration,
}

impl Pacing {
    /// The rounds for these wishes: `max(2 s, 1,000 requests, what the tail needs)`, at most 10 s, shorter where the
    /// budget says so.
    #[must_use]
    pub fn of(wishes: &Wishes) -> Self {
        let samples = wishes.samples_least.max(1) as f64 * SAMPLES_SPARE;
        let for_samples = samples.max(REQUESTS_LEAST) / wishes.rate_per_s.max(1e-3);
        let wanted =
            Duration::from_secs_f64(for_samples.clamp(ROUND_USUAL.as_secs_f64(), ROUND_MOST.as_secs_f64()));
        let length = match (wishes.round, wishes.budget) {
            (Some(round), _) => round,
            (None, Some(budget)) => affordable(wishes, budget).min(wanted).max(ROUND_LEAST),
            (None, None) => wanted,
        };
        Self::with_length(length, wishes.p99, wishes.quad_extra)
    }

    /// Rounds of this length.
    #[must_use]
    pub fn with_length(length: Duration, p99: Duration, quad_extra: Duration) -> Self {
        let warmup = WARMUP_USUAL.min(length / 2).max(3 * p99.min(length));
        let gap = (GAP_USUAL.0.min(length / 20).max(GAP_LEAST), GAP_USUAL.1.min(length / 4).max(GAP_LEAST));
        let round = Round { length, warmup, gap };
        Self { round, quad: 4 * (length + warmup + (gap.0 + gap.1) / 2 + OVERHEAD) + quad_extra }
    }
}

/// The longest rounds with which all quads fit into the budget.
fn affordable(wishes: &Wishes, budget: Duration) -> Duration {
    let quads = wishes.quads.max(1);
    let (mut fits, mut too_long) = (Duration::ZERO, budget);
    // Twenty halvings tell a budget of a day to a tenth of a second.
    for _ in 0..20 {
        let middle = (fits + too_long) / 2;
        let needed = Pacing::with_length(middle, wishes.p99, wishes.quad_extra).quad * quads;
        if needed <= budget { fits = middle } else { too_long = middle }
    }
    fits
}

/// Whether rounds of this length can be expected to give a cell the samples that it needs.
#[must_use]
pub fn has_samples(rate_per_s: f64, round: Duration, samples_least: u64) -> bool {
    rate_per_s * round.as_secs_f64() >= SAMPLES_SPARE * samples_least as f64
}

/// How many quads fit into the time that is left.
#[must_use]
pub fn quads_affordable(left: Duration, quad: Duration) -> u32 {
    u32::try_from(left.as_nanos() / quad.as_nanos().max(1)).unwrap_or(u32::MAX)
}
