//! Memory over time, and whether it grows.
//!
//! A line through the readings, without those of the beginning. Filled and shown by `soak`.

use std::fmt;
use std::time::Duration;

/// Caches and buffers fill at first: this part of the time does not count.
const SETTLING_SHARE: f64 = 0.3;
/// What the line may rise over the time that counts: a part of the mean, and an allowance for the noise of pages.
const GROWTH_SHARE_MAX: f64 = 0.04;
const GROWTH_BYTES_MAX: f64 = 512.0 * 1024.0;

/// Readings, in the order of time.
#[derive(Debug, Default)]
pub struct Memory {
    readings: Vec<(f64, f64)>,
}

/// The line through the readings that count.
#[derive(Debug, Clone, Copy)]
struct Line {
    mean_bytes: f64,
    slope_bytes_per_s: f64,
    span_s: f64,
}

impl Memory {
    /// Adds a reading.
    #[expect(clippy::cast_precision_loss, reason = "memory is far below 2^53 bytes")]
    pub fn add(&mut self, at: Duration, rss_bytes: u64) {
        self.readings.push((at.as_secs_f64(), rss_bytes as f64));
    }

    /// Whether the line rises no more than noise does. Without two readings that count, it is not known to be flat.
    pub fn is_flat(&self) -> bool {
        self.line()
            .is_some_and(|line| line.growth_bytes() <= line.mean_bytes * GROWTH_SHARE_MAX + GROWTH_BYTES_MAX)
    }

    /// Least squares; `None` with fewer than two readings.
    fn line(&self) -> Option<Line> {
        let end = self.readings.last()?.0;
        let counted: Vec<_> = self.readings.iter().filter(|it| it.0 >= end * SETTLING_SHARE).collect();
        let first = counted.first()?.0;
        let count = f64::from(u32::try_from(counted.len()).ok()?);
        let mean_s = counted.iter().map(|it| it.0).sum::<f64>() / count;
        let mean_bytes = counted.iter().map(|it| it.1).sum::<f64>() / count;
        let spread: f64 = counted.iter().map(|it| (it.0 - mean_s).powi(2)).sum();
        let joint: f64 = counted.iter().map(|it| (it.0 - mean_s) * (it.1 - mean_bytes)).sum();
        (spread > 0.0).then(|| Line { mean_bytes, slope_bytes_per_s: joint / spread, span_s: end - first })
    }
}

impl Line {
    fn growth_bytes(&self) -> f64 {
        self.slope_bytes_per_s * self.span_s
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peak = self.readings.iter().map(|it| it.1).fold(0.0, f64::max) / 1e6;
        let Some(line) = self.line() else { return write!(f, "memory: too few readings") };
        write!(
            f,
            "{:<22} mean {:.1} MB, peak {peak:.1} MB, {:+.2} MB in {:.0} s by the line through the readings: {}",
            "memory",
            line.mean_bytes / 1e6,
            line.growth_bytes() / 1e6,
            line.span_s,
            if self.is_flat() { "flat" } else { "GROWS" }
        )
    }
}
