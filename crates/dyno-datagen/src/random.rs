//! The generator: SplitMix64 started at a strong mix of seed, stream and arrival number.
//!
//! Counter-based: the values of arrival `n` do not depend on any other arrival. Not for secrets.

/// The increment of SplitMix64: 2^64 divided by the golden ratio, odd.
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// Odd constants of wyhash that keep the inputs of [`Random::for_arrival`] apart.
const STREAM_KEY: u64 = 0xA076_1D64_78BD_642F;
const ARRIVAL_KEY: u64 = 0xE703_7ED1_A0B4_28DB;

/// 2^-53, the step between neighbouring results of [`Random::uniform_f64`].
const STEP: f64 = 1.0 / 9_007_199_254_740_992.0;

/// The finaliser of SplitMix64: a bijection that lets every input bit change every output bit.
#[inline]
#[must_use]
pub fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// A sequence of random numbers that is a pure function of (seed, stream, n).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The sequence of arrival `n`; `stream` keeps purposes apart (spacing, choice of scenario, templates).
    #[inline]
    #[must_use]
    pub fn for_arrival(seed: u64, stream: u64, n: u64) -> Self {
        let lane = mix(mix(seed.wrapping_add(GAMMA)) ^ stream.wrapping_mul(STREAM_KEY));
        Self { state: mix(lane ^ n.wrapping_add(1).wrapping_mul(ARRIVAL_KEY)) }
    }

    /// The next 64 uniform bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        mix(self.state)
    }

    /// A uniform number of at least 0 and less than 1, a multiple of 2^-53.
    #[inline]
    pub fn uniform_f64(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * STEP
    }

    /// A uniform integer of at least 0 and less than `bound`, without bias. 0 when `bound` is 0.
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // Lemire's method: the product's high half is the result, its low half says whether to draw again.
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(bound);
            if product as u64 >= threshold {
                return (product >> 64) as u64;
            }
        }
    }

    /// A uniform integer, both ends included. `min` when `max` is not above it.
    #[inline]
    pub fn between(&mut self, min: i64, max: i64) -> i64 {
        if max <= min {
            return min;
        }
        let span = max.wrapping_sub(min) as u64;
        let offset = if span == u64::MAX { self.next_u64() } else { self.below(span + 1) };
        min.wrapping_add(offset as i64)
    }

    /// An exponential number with mean 1: the gaps of a Poisson process of rate 1. Never negative or infinite.
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        // 1 - u is never 0, so the logarithm is finite.
        -(1.0 - self.uniform_f64()).ln()
    }

    /// A normal number with mean 0 and standard deviation 1. Always finite.
    #[inline]
    pub fn normal(&mut self) -> f64 {
        let radius = (2.0 * self.exponential()).sqrt();
        let angle = std::f64::consts::TAU * self.uniform_f64();
        radius * angle.cos()
    }
}
