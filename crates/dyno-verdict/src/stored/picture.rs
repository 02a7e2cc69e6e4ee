//! The distributions behind the rows, for pictures. Never decides anything.

use std::collections::BTreeMap;

use dyno_model::{Distribution, Histogram, Measured, SeriesPoint, ShiftPoint};
use dyno_stats::distribution::{Shift, shift};

use super::one::CONFIDENCE;

/// The name of the whole run among operations.
const WHOLE: &str = "all";

/// The distributions of the whole and of each operation that at least two arms have.
pub(super) fn distributions(arms: &[&Measured]) -> BTreeMap<String, Vec<Distribution>> {
    let mut found = BTreeMap::new();
    let names = arms[0].operations.keys().filter(|name| name.as_str() != WHOLE);
    for name in std::iter::once(None).chain(names.map(Some)) {
        let of = |arm: &Measured| -> Option<Histogram> {
            let histogram = match name {
                None => arm.histogram.as_ref(),
                Some(name) => arm.operations.get(name).and_then(|one| one.histogram.as_ref()),
            };
            histogram.filter(|histogram| !histogram.is_empty()).cloned()
        };
        let Some(baseline) = of(arms[0]) else { continue };
        let all: Vec<Distribution> = arms
            .iter()
            .enumerate()
            .filter_map(|(index, arm)| {
                let histogram = of(arm)?;
                let shift = if index == 0 { Vec::new() } else { shift_points(&baseline, &histogram) };
                let series = if name.is_none() { series(arm) } else { Vec::new() };
                Some(Distribution { arm: index, histogram: Some(histogram.pack()), shift, series })
            })
            .collect();
        if all.len() > 1 {
            found.insert(name.map_or_else(|| WHOLE.to_owned(), Clone::clone), all);
        }
    }
    found
}

fn shift_points(a: &Histogram, b: &Histogram) -> Vec<ShiftPoint> {
    let point = |shift: Shift| ShiftPoint {
        q: shift.q,
        a_ns: shift.a,
        b_ns: shift.b,
        low: shift.band.map(|(low, _)| low),
        high: shift.band.map(|(_, high)| high),
    };
    shift(a, b, CONFIDENCE).into_iter().map(point).collect()
}

fn series(arm: &Measured) -> Vec<SeriesPoint> {
    let point = |interval: &dyno_model::MeasuredInterval| SeriesPoint {
        at_ns: interval.at_ns,
        rate: interval.histogram.count() as f64 * 1e9 / interval.length_ns.max(1) as f64,
        p50_ns: interval.histogram.quantile(0.5) as f64,
        p99_ns: interval.histogram.quantile(0.99) as f64,
    };
    arm.intervals.iter().map(point).collect()
}
