//! Axes: which values a chart spans, where they lie, and which ticks carry which words.
//!
//! Knows no drawing. Called by the charts.

use dyno_model::units;
use serde::Serialize;

/// How values become places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// In proportion.
    Linear,
    /// By their logarithm; only for values above 0.
    Log,
}

/// What the values of an axis are, so that the script can write them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unit {
    /// Nanoseconds.
    Ns,
    /// Per second.
    Rate,
    /// Things.
    Count,
    /// Numbers of sessions.
    Session,
    /// Cores of a processor.
    Cores,
    /// Bytes of memory.
    Bytes,
    /// A change or share, 1 being 100 %.
    Percent,
    /// Seconds since the start of the run.
    Seconds,
    /// log10 of 1/(1 − quantile): 1 is 90 %, 2 is 99 %.
    Nines,
}

/// A labelled place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// Its value.
    pub(super) at: f64,
    /// Its words, with the unit.
    pub(super) label: String,
}

/// One axis of a chart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) scale: Scale,
    pub(super) unit: Unit,
    pub(super) ticks: Vec<Tick>,
}

impl Axis {
    /// Where a value lies, 0 at the minimum and 1 at the maximum; values outside go to the border.
    pub(super) fn place(&self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear => (value - self.min) / (self.max - self.min),
            Scale::Log => (value / self.min).ln() / (self.max / self.min).ln(),
        };
        if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }

    /// Times on a logarithmic scale, widened to the next 1, 2 or 5 on both sides.
    pub(super) fn log_time(values: impl Iterator<Item = f64> + Clone) -> Self {
        let positive = values.filter(|value| *value > 0.0);
        let high = positive.clone().fold(0.0, f64::max);
        let low = positive.fold(f64::INFINITY, f64::min);
        let (low, high) = if high > 0.0 { (low.max(high / 1e7), high) } else { (1e6, 1e7) };
        let steps: Vec<f64> = (0..14).flat_map(|e| [1.0, 2.0, 5.0].map(|m| m * 10_f64.powi(e))).collect();
        let first = steps.iter().rposition(|step| *step <= low).unwrap_or(0);
        let last = steps.iter().position(|step| *step >= high).unwrap_or(steps.len() - 1).max(first + 2);
        let last = last.min(steps.len() - 1);
        let inside = &steps[first..=last];
        let is_decade = |step: f64| (step.log10() - step.log10().round()).abs() < 1e-9;
        let ticks = inside
            .iter()
            .filter(|step| inside.len() <= 7 || is_decade(**step))
            .map(|step| Tick { at: *step, label: round_time(*step) })
            .collect();
        Self { min: steps[first], max: steps[last], scale: Scale::Log, unit: Unit::Ns, ticks }
    }

    /// From 0 to a round number above the largest value.
    pub(super) fn from_zero(values: impl Iterator<Item = f64>, unit: Unit) -> Self {
        let high = values.fold(0.0, f64::max);
        let least = if unit == Unit::Cores { 1.0 } else { 4.0 };
        let high = if high > 0.0 { high } else { least };
        let step = round_step(high * 1.04 / 4.0);
        let step = if matches!(unit, Unit::Count) { step.max(1.0) } else { step };
        let count = (high * 1.02 / step).ceil().max(1.0);
        let ticks = (0..=count as u32)
            .map(|i| Tick { at: f64::from(i) * step, label: plain(f64::from(i) * step, unit) })
            .collect();
        Self { min: 0.0, max: count * step, scale: Scale::Linear, unit, ticks }
    }

    /// Closely around the values, so that small differences are seen; does not begin at 0.
    pub(super) fn around(values: impl Iterator<Item = f64> + Clone, unit: Unit) -> Self {
        let known = values.filter(|value| value.is_finite());
        let low = known.clone().fold(f64::INFINITY, f64::min);
        let high = known.fold(f64::NEG_INFINITY, f64::max);
        let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
        let least = (high.abs().max(low.abs()) * 1e-3).max(1e-9);
        let margin = ((high - low) * 0.08).max(least);
        let step = round_step((high - low + 2.0 * margin) / 4.0);
        let (first, last) = (((low - margin) / step).floor(), ((high + margin) / step).ceil());
        let count = (last - first).clamp(1.0, 12.0) as u32;
        let ticks = (0..=count)
            .map(|i| (first + f64::from(i)) * step)
            .map(|at| Tick { at, label: fine(at, step, unit) })
            .collect();
        Self { min: first * step, max: (first + f64::from(count)) * step, scale: Scale::Linear, unit, ticks }
    }

    /// Changes as far to both sides, with 0 in the middle; `reach` is above 0.
    pub(super) fn symmetric(reach: f64) -> Self {
        let unit = Unit::Percent;
        let step = round_step(reach / 3.0);
        let count = (reach / step).floor() as i32;
        let ticks = (-count..=count)
            .map(|i| f64::from(i) * step)
            .map(|at| Tick { at, label: fine(at, step, unit) })
            .collect();
        Self { min: -reach, max: reach, scale: Scale::Linear, unit, ticks }
    }

    /// Numbers of sessions, with ticks at whole ones.
    pub(super) fn sessions(first: f64, last: f64) -> Self {
        let (min, max) = (first - 0.5, last.max(first) + 0.5);
        let step = round_step(((max - min) / 8.0).max(1.0));
        let (from, to) = ((first / step).ceil() as u64, (last / step).floor() as u64);
        let ticks = (from..=to).map(|i| i as f64 * step);
        let ticks = ticks.map(|at| Tick { at, label: format!("{at}") }).collect();
        Self { min, max, scale: Scale::Linear, unit: Unit::Session, ticks }
    }

    /// Seconds of the run, with ticks at full seconds, minutes or hours.
    pub(super) fn seconds(min: f64, max: f64) -> Self {
        let max = if max > min { max } else { min + 1.0 };
        let steps = [1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0];
        let span = max - min;
        let longest = round_step(span / 6.0 / 3_600.0).max(1.0) * 3_600.0;
        let step = steps.into_iter().find(|step| span / step <= 7.0).unwrap_or(longest);
        let first = (min / step).ceil() as u64;
        let ticks = (first..=(max / step) as u64).map(|i| i as f64 * step);
        let ticks = ticks.map(|at| Tick { at, label: round_seconds(at) }).collect();
        Self { min, max, scale: Scale::Linear, unit: Unit::Seconds, ticks }
    }

    /// Quantiles by their nines, up to the last one that `count` values can tell.
    pub(super) fn nines(count: u64) -> Self {
        let max = (count.max(10) as f64).log10().min(8.0);
        let named = [
            (0.5, "50 %"),
            (0.9, "90 %"),
            (0.99, "99 %"),
            (0.999, "99.9 %"),
            (0.9999, "99.99 %"),
            (0.99999, "99.999 %"),
            (0.999999, "99.9999 %"),
            (0.9999999, "99.99999 %"),
        ];
        let ticks = named.into_iter().map(|(q, label)| Tick { at: nines_of(q), label: label.to_owned() });
        let ticks = ticks.filter(|tick| tick.at <= max + 0.01).collect();
        Self { min: 0.0, max, scale: Scale::Linear, unit: Unit::Nines, ticks }
    }
}

/// How many nines a quantile has: 0.99 has 2.
pub(super) fn nines_of(quantile: f64) -> f64 {
    -(1.0 - quantile).log10()
}

/// The next 1, 2 or 5 times a power of ten that is not below.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= least * 0.999_999);
    factor.unwrap_or(10.0) * power
}

/// A round number of nanoseconds without needless decimals: `20 µs`, `1 ms`.
fn round_time(ns: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
    let (factor, unit) = units.into_iter().find(|(factor, _)| ns >= *factor * 0.999).unwrap_or((1.0, "ns"));
    format!("{} {unit}", (ns / factor).round())
}

fn round_seconds(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match (whole / 3_600, whole / 60 % 60, whole % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m}:{s:02}"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m:02}"),
    }
}

/// A value of an axis with steps of this size, as exact as the step asks.
fn fine(value: f64, step: f64, unit: Unit) -> String {
    let (size, name) = match unit {
        Unit::Ns => {
            let sizes = [(1e9, " s"), (1e6, " ms"), (1e3, " µs"), (1.0, " ns")];
            sizes.into_iter().find(|(size, _)| value.abs() >= *size).unwrap_or((1.0, " ns"))
        }
        Unit::Bytes => {
            let sizes = [(1_048_576.0, " MiB"), (1_024.0, " KiB"), (1.0, " B")];
            sizes.into_iter().find(|(size, _)| value.abs() >= *size).unwrap_or((1.0, " B"))
        }
        Unit::Percent => (0.01, " %"),
        Unit::Rate => (1.0, "/s"),
        Unit::Count | Unit::Session | Unit::Cores | Unit::Seconds | Unit::Nines => (1.0, ""),
    };
    let decimals = (-(step / size * 1.000_001).log10().floor()).clamp(0.0, 4.0) as usize;
    format!("{:.decimals$}{name}", value / size)
}

/// A round number with its unit: `2,500/s`, `10k/s`, `0.5`.
fn plain(value: f64, unit: Unit) -> String {
    let suffix = if unit == Unit::Rate { "/s" } else { "" };
    let (value, prefix) = match value {
        v if v >= 1e6 => (v / 1e6, "M"),
        v if v >= 10_000.0 => (v / 1e3, "k"),
        v => (v, ""),
    };
    // Adding thousandths of steps up leaves dust in the last digits.
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let text = if value >= 1e3 { units::format_count(value.round() as u64) } else { text.to_owned() };
    format!("{text}{prefix}{suffix}")
}

#[cfg(test)]
mod tests;
