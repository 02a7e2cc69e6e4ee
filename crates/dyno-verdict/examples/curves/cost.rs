//! What time buys: one arm after the other, rounds in any order, and quads.

use dyno_model::CellKey;
use dyno_stats::paired::{QuadOrder, log_ratio, schedule};
use dyno_stats::random::SplitMix64;

use crate::chart::{Axis, Chart, Series};
use crate::play::seed;
use crate::world::{SETTINGS, Setting, World};
use crate::{Part, percent, table};

const TRIALS: u64 = 2_000;

/// Two seconds and what passes between two rounds.
const ROUND_S: f64 = 2.36;

/// In which order the rounds of both arms are played.
#[derive(Clone, Copy)]
enum Order {
    Sequential,
    Shuffled,
    Quads,
}

const ORDERS: [(&str, Order); 3] = [
    ("one arm after the other", Order::Sequential),
    ("rounds in random order, unpaired", Order::Shuffled),
    ("quads", Order::Quads),
];

pub fn part() -> Part {
    let setting = Setting { name: "cost", round: 0.02, drift: 0.04, rho: 0.95, ..SETTINGS[0] };
    let quads = [4usize, 8, 12, 20, 32, 50, 80];
    let mut series = Vec::new();
    let mut rows = Vec::new();
    for (name, order) in ORDERS {
        let points: Vec<(f64, f64)> = quads
            .iter()
            .map(|quads| (4.0 * *quads as f64 * ROUND_S / 60.0, smallest(setting, *quads, order)))
            .collect();
        let mut row = vec![name.to_owned()];
        row.extend(points.iter().map(|(_, found)| percent(*found)));
        rows.push(row);
        series.push(Series { has_dots: true, ..Series::line(name, points) });
    }
    let minutes = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0];
    let chart = Chart {
        id: "cost",
        title: "Smallest change found in 9 of 10 cases at 1 % false alarms".to_owned(),
        x: Axis::of("minutes of measuring", &minutes, true, |minutes| format!("{minutes}")),
        y: Axis::log_percent("change", &[0.005, 0.01, 0.02, 0.05, 0.1, 0.2]),
        series,
    };
    let times: Vec<String> =
        quads.iter().map(|quads| format!("{:.1} min", 4.0 * *quads as f64 * ROUND_S / 60.0)).collect();
    let mut head = vec!["order of rounds"];
    head.extend(times.iter().map(String::as_str));
    let markdown = format!(
        "### What minutes buy\n\nThe same rounds of 2 s on a machine that drifts slowly, in three orders. Each order gets the \
         limit that gives it 1 % false alarms here, which nobody knows who plays one arm after the other.\n\n\
         ![cost](validation/cost.svg)\n\n{}",
        table(&head, &rows)
    );
    Part { charts: vec![chart], markdown }
}

/// From the scatter of the estimate between equal builds: its 99 % quantile is the limit, and a change is found in nine
/// of ten cases when it lifts the 10 % quantile to that limit.
fn smallest(setting: Setting, quads: usize, order: Order) -> f64 {
    let mut estimates: Vec<f64> =
        (0..TRIALS).map(|trial| estimate(setting, seed(trial, setting.name), quads, order)).collect();
    estimates.sort_by(f64::total_cmp);
    let quantile = |share: f64| estimates[(share * (TRIALS - 1) as f64) as usize];
    (quantile(0.99) - quantile(0.10)).exp_m1()
}

fn estimate(setting: Setting, seed: u64, quads: usize, order: Order) -> f64 {
    let mut world = World::new(setting, seed, &[CellKey::whole("p50")], 0.0);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    if let Order::Quads = order {
        let ratio = |order: QuadOrder| {
            let [a, b] = world.levels(order).map(|arm| arm.map(|round| round[0].exp()));
            log_ratio(a, b).unwrap_or(f64::NAN)
        };
        return mean(&schedule(seed, quads).into_iter().map(ratio).collect::<Vec<_>>());
    }
    // The same machine, round by round; who was measured when is decided afterwards, which is the same for equal builds.
    let rounds: Vec<f64> = (0..quads)
        .flat_map(|_| {
            let [[first, last], [second, third]] = world.levels(QuadOrder::Abba);
            [first[0], second[0], third[0], last[0]]
        })
        .collect();
    let mut places: Vec<usize> = (0..rounds.len()).collect();
    if let Order::Shuffled = order {
        SplitMix64::new(!seed).shuffle(&mut places);
    }
    let values: Vec<f64> = places.into_iter().map(|place| rounds[place]).collect();
    let (a, b) = values.split_at(values.len() / 2);
    mean(b) - mean(a)
}
