//! Fixed work whose time tells whether the machine was as fast after a round as before it.
//!
//! Two kernels of about ten milliseconds: arithmetic, which follows the clock of the core, and dependent loads, which
//! follow caches and memory. The work is the same in every call of every session, so that times can be compared;
//! a build without optimisation does less of it. Called around each round of a contest and by the doctor.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::Instant;

/// Unoptimised code needs about ten times as long.
const SHARE: u64 = if cfg!(debug_assertions) { 10 } else { 1 };
/// Steps of arithmetic: a multiplication and an addition that need the step before, about 1.6 ns.
const ARITHMETIC_STEPS: u64 = 6_000_000 / SHARE;
/// Loads that need the load before.
const MEMORY_LOADS: u64 = 400_000 / SHARE;
/// Four MiB: more than a usual second level of cache, less than a usual third.
const LINES: usize = 65_536;
/// Numbers in one line of cache (64 bytes), of which one is used.
const STRIDE: usize = 16;

/// Times of both kernels, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// Fixed arithmetic.
    pub arithmetic_ns: u64,
    /// Fixed dependent loads.
    pub memory_ns: u64,
}

/// Runs both kernels once on this thread. Takes about 20 ms; the first call prepares the memory that is walked.
#[must_use]
pub fn measure() -> Anchor {
    let cycle = cycle();
    Anchor { arithmetic_ns: timed(|| arithmetic(ARITHMETIC_STEPS)), memory_ns: memory(cycle) }
}

fn memory(cycle: &[u32]) -> u64 {
    // The round before has driven the lines out of the caches, by how much depends on the arm; reading them all in order
    // brings them back.
    black_box(cycle.iter().step_by(STRIDE).fold(0_u32, |sum, next| sum.wrapping_add(*next)));
    timed(|| u64::from(walk(cycle, MEMORY_LOADS)))
}

fn timed(work: impl FnOnce() -> u64) -> u64 {
    let start = Instant::now();
    black_box(work());
    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Arithmetic that no compiler shortens: each step needs the one before, and where it starts is not known to it.
pub(crate) fn arithmetic(steps: u64) -> u64 {
    // The multiplier of Knuth's MMIX generator.
    (0..black_box(steps)).fold(black_box(1), |state: u64, step| {
        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(step)
    })
}

fn walk(cycle: &[u32], loads: u64) -> u32 {
    (0..black_box(loads)).fold(black_box(0), |at: u32, _| cycle[at as usize])
}

/// One cycle through all lines in an order that no prefetcher guesses (Sattolo's shuffle with a fixed seed).
fn cycle() -> &'static [u32] {
    static CYCLE: OnceLock<Box<[u32]>> = OnceLock::new();
    CYCLE.get_or_init(|| {
        let mut order: Vec<u32> = (0..LINES as u32).collect();
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for last in (1..LINES).rev() {
            // Xorshift64 (Marsaglia 2003); its slight unevenness does not matter here.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            order.swap(last, (state % last as u64) as usize);
        }
        let mut lines = vec![0_u32; LINES * STRIDE];
        for (line, next) in order.iter().enumerate() {
            lines[line * STRIDE] = next * STRIDE as u32;
        }
        lines.into_boxed_slice()
    })
}

#[cfg(test)]
mod tests;
