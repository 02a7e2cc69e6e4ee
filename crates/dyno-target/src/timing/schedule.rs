//! When the pieces of a body come: evenly over a time, after a first delay.

use crate::call::Call;
use crate::paced::{Pace, PacedBody};

/// Times of `count` pieces. The first comes after the delay, the last at the end of the duration.
pub(crate) struct Spacing {
    first_ns: u64,
    count: u64,
    delay_ns: u64,
    duration_ns: u64,
    /// By how much of a gap a piece comes later or earlier, −0.5 to 0.5.
    jitter: Option<Box<dyn Fn(u64) -> f64>>,
}

impl Spacing {
    /// From `first_ns` on, over that time.
    pub(crate) fn new(first_ns: u64, count: u64, duration_ns: u64) -> Self {
        Self { first_ns, count, delay_ns: 0, duration_ns, jitter: None }
    }

    /// Reads `duration` and `delay`, both bounded, also together.
    pub(crate) fn from_query(
        call: &Call<'_>,
        arrival_ns: u64,
        count: u64,
        duration_default_ns: u64,
        delay_default_ns: u64,
    ) -> Result<Self, String> {
        let longest_ns = u64::try_from(call.target.state.bounds.duration_max.as_nanos()).unwrap_or(u64::MAX);
        let read = |name: &str, default_ns: u64| match call.query.get(name) {
            // Defaults never break a bound that was set below them.
            None => Ok(default_ns.min(longest_ns / 2)),
            Some(text) => call.bounded_ns(&text).map_err(|reason| format!("{name}: {reason}")),
        };
        let (duration_ns, delay_ns) =
            (read("duration", duration_default_ns)?, read("delay", delay_default_ns)?);
        if duration_ns + delay_ns > longest_ns {
            return Err("`duration` and `delay` together are above the limit".to_owned());
        }
        Ok(Self { first_ns: arrival_ns + delay_ns, count, delay_ns, duration_ns, jitter: None })
    }

    /// Moves every piece but the first and the last by a share of the gap between two.
    pub(crate) fn jittered(self, jitter: impl Fn(u64) -> f64 + 'static) -> Self {
        Self { jitter: Some(Box::new(jitter)), ..self }
    }

    /// When piece `index` comes, on the target's clock. Never earlier than the one before.
    pub(crate) fn at_ns(&self, index: u64) -> u64 {
        let gaps = self.count.saturating_sub(1).max(1);
        let even = self.duration_ns as f64 * index as f64 / gaps as f64;
        let is_inner = index > 0 && index + 1 < self.count;
        let moved = match &self.jitter {
            Some(jitter) if is_inner => jitter(index) * self.duration_ns as f64 / gaps as f64,
            _ => 0.0,
        };
        self.first_ns + (even + moved).max(0.0) as u64
    }

    /// The plan as the field `server-timing` says it.
    pub(crate) fn server_timing(&self) -> String {
        let ms = |ns: u64| ns as f64 / 1e6;
        format!(
            "total_duration;dur={:.3}, initial_delay;dur={:.3}, write_duration;dur={:.3}",
            ms(self.delay_ns + self.duration_ns),
            ms(self.delay_ns),
            ms(self.duration_ns)
        )
    }
}

/// Where piece `index` of `count` begins in a body of `bytes`, so that pieces differ by at most one byte.
pub(crate) fn border(bytes: u64, index: u64, count: u64) -> u64 {
    (u128::from(bytes) * u128::from(index) / u128::from(count.max(1))) as u64
}

/// A body whose piece `index` is what `write` appends, at the times of `spacing`.
pub(crate) fn spaced(spacing: Spacing, write: impl FnMut(u64, &mut Vec<u8>) + 'static) -> impl PacedBody {
    Spaced { spacing, next: 0, is_started: false, write }
}

struct Spaced<W> {
    spacing: Spacing,
    next: u64,
    is_started: bool,
    write: W,
}

impl<W: FnMut(u64, &mut Vec<u8>) + 'static> PacedBody for Spaced<W> {
    fn fill(&mut self, out: &mut Vec<u8>) -> Pace {
        // The first call comes with the request, before any time has passed.
        if !self.is_started {
            self.is_started = true;
            return Pace::At(self.spacing.at_ns(0));
        }
        (self.write)(self.next, out);
        self.next += 1;
        if self.next < self.spacing.count { Pace::At(self.spacing.at_ns(self.next)) } else { Pace::End }
    }
}

#[cfg(test)]
mod tests;
