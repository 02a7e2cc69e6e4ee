//! Whether what is said is true: probabilities, intervals, promises.

use dyno_model::RowVerdict;
use dyno_stats::paired::{QuadOrder, median, median_interval, order_interval, order_test};

use crate::chart::{Axis, Chart, Series};
use crate::intervals::{effects, share_covered, skewed};
use crate::play::seed;
use crate::promises::{noisy, promised, share_of, tolerating};
use crate::world::{SETTINGS, Setting};
use crate::{Part, percent, table};

pub fn part() -> Part {
    let (coverage, rows) = coverage();
    let markdown = format!(
        "### Probabilities and intervals\n\nProbabilities of equal builds lie on the diagonal.\n\n![p values](validation/p-values.svg)\n\nIntervals hold the truth at least as often as they say, of the sign \
         test also where one arm has the heavier tail.\n\n![coverage](validation/coverage.svg)\n\n{}",
        table(&["setting", "interval", "nominal 80 %", "nominal 95 %", "nominal 99 %"], &rows)
    );
    Part { charts: vec![uniform(), coverage], markdown }
}

/// Settings that show the most.
fn shown() -> [Setting; 4] {
    [SETTINGS[0], SETTINGS[3], SETTINGS[5], SETTINGS[11]]
}

fn uniform() -> Chart {
    const TRIALS: u64 = 20_000;
    let levels: Vec<f64> = (0..=24).map(|step| 10f64.powf(-3.0 + f64::from(step) / 8.0)).collect();
    let mut series: Vec<Series> = shown()
        .into_iter()
        .map(|setting| {
            let mut p: Vec<f64> = (0..TRIALS)
                .map(|trial| {
                    let (x, orders) = effects(setting, seed(trial, setting.name) ^ 6, 12, 0.0);
                    order_test(&x, &orders, 0.0, trial)
                })
                .collect();
            p.sort_by(f64::total_cmp);
            let share = |level: f64| p.partition_point(|p| *p <= level) as f64 / TRIALS as f64;
            Series::line(setting.name, levels.iter().map(|level| (*level, share(*level).max(1e-4))).collect())
        })
        .collect();
    series.push(Series::dashed("as claimed", vec![(1e-3, 1e-3), (1.0, 1.0)]));
    let ticks = [1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0];
    Chart {
        id: "p-values",
        title: "Equal builds: how often p is as small as a level (12 quads)".to_owned(),
        x: Axis::log_percent("level", &ticks),
        y: Axis::log_percent("share of p at or below it", &[1e-4, 1e-3, 1e-2, 0.1, 1.0]),
        series,
    }
}

type Interval = fn(&[f64], &[QuadOrder], f64, u64) -> Option<(f64, f64)>;

fn coverage() -> (Chart, Vec<Vec<String>>) {
    const TRIALS: u64 = 2_000;
    let nominal = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];
    let kinds: [(&str, Interval); 2] =
        [("sign test", |x, _, confidence, _| median_interval(x, confidence)), ("orders", order_interval)];
    let (mut series, mut rows) = (Vec::new(), Vec::new());
    for setting in [SETTINGS[0], SETTINGS[11], skewed(0.05)] {
        let truth = median(&effects(setting, 99, 200_000, 0.0).0).unwrap_or(0.0);
        // Only where the arms are alike the truth is known exactly.
        let truth = if setting.skew == 0.0 { 0.0 } else { truth };
        for (kind, interval) in kinds {
            let real: Vec<(f64, f64)> = nominal
                .iter()
                .map(|level| {
                    (
                        *level,
                        share_covered(setting, 0.0, truth, TRIALS, |x, o, seed| interval(x, o, *level, seed)),
                    )
                })
                .collect();
            let at = |wanted: f64| {
                percent(real.iter().find(|(level, _)| *level == wanted).map_or(f64::NAN, |p| p.1))
            };
            rows.push(vec![setting.name.to_owned(), kind.to_owned(), at(0.8), at(0.95), at(0.99)]);
            series.push(Series { has_dots: true, ..Series::line(format!("{}, {kind}", setting.name), real) });
        }
    }
    series.push(Series::dashed("as claimed", vec![(0.5, 0.5), (1.0, 1.0)]));
    let ticks = [0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
    let chart = Chart {
        id: "coverage",
        title: "Intervals of 12 quads: how often they hold the truth".to_owned(),
        x: Axis::percent("nominal", &ticks),
        y: Axis::percent("real", &ticks),
        series,
    };
    (chart, rows)
}

/// What gates promise to find in nine of ten cases, beside what is found in nine of ten cases.
pub fn promises() -> Part {
    let mut points = Vec::new();
    let mut rows = Vec::new();
    for round in [0.01, 0.02, 0.04, 0.08, 0.12] {
        for tolerance in [0.02, 0.05, 0.10] {
            let (setting, rule) = (noisy(round), tolerating(tolerance));
            let promise = promised(setting, &rule, 300);
            let found = |effect: f64| share_of(setting, &rule, 600, effect, RowVerdict::Regressed);
            let real = crossing(promise / 2.0, promise * 2.0, |effect| found(effect) >= 0.9);
            points.push((promise.exp_m1(), real.exp_m1()));
            let percents = [round, tolerance, promise.exp_m1(), real.exp_m1(), found(promise)].map(percent);
            rows.push(percents.to_vec());
        }
    }
    // Least squares through the origin.
    let slope =
        points.iter().map(|(x, y)| x * y).sum::<f64>() / points.iter().map(|(x, _)| x * x).sum::<f64>();
    let ticks = [0.0, 0.05, 0.10, 0.15, 0.20];
    let chart = Chart {
        id: "promises",
        title: "The smallest regression found in 9 of 10 cases, promised and real".to_owned(),
        x: Axis::percent("promised by the rows", &ticks),
        y: Axis::percent("really found in 9 of 10 gates", &ticks),
        series: vec![
            Series::dots("noise of 1 to 12 %, tolerance of 2 to 10 %", points),
            Series::dashed("kept", vec![(0.0, 0.0), (0.2, 0.2)]),
        ],
    };
    let markdown = format!(
        "### Promises\n\nEach row says what it would have caught in 9 of 10 cases. Real over promised is {slope:.2} (a slope \
         through the origin; 1 is exact, within 0.15 is wanted).\n\n![promises](validation/promises.svg)\n\n{}",
        table(&["noise of a round", "tolerance", "promised", "real", "promised size found in"], &rows)
    );
    Part { charts: vec![chart], markdown }
}

/// The smallest number at which this becomes true, to a hundredth.
fn crossing(mut low: f64, mut high: f64, is_found: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..8 {
        let middle = f64::midpoint(low, high);
        if is_found(middle) { high = middle } else { low = middle }
    }
    high
}
