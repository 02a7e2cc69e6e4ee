//! How often a regression of a known size is found, for budgets of one, three and ten minutes.

use dyno_model::{CellKey, RowVerdict};
use dyno_stats::paired::clopper_pearson;

use crate::chart::{Axis, Chart, Series};
use crate::play::shipped;
use crate::promises::{promised, share_of};
use crate::world::{SETTINGS, Setting};
use crate::{Part, percent, table};

const GATES: u64 = 400;
const MINUTES: [f64; 3] = [1.0, 3.0, 10.0];

/// Rounds of a screen and a confirmation, and what passes between two rounds.
const ROUNDS: f64 = 4.0 * (8.0 + 12.0);
const BETWEEN_S: f64 = 0.36;

/// A metric: how much a round of one second scatters by the number of its requests, and how much however long it is.
struct Kind {
    metric: &'static str,
    counting: f64,
    floor: f64,
}

/// A thousand requests per second whose times scatter with a sigma of 0.5, as logarithms.
const KINDS: [Kind; 2] = [
    Kind { metric: "p50", counting: 0.020, floor: 0.008 },
    Kind { metric: "p99", counting: 0.059, floor: 0.015 },
];

/// A machine with some drift and processes that differ a little, and rounds as long as the budget allows.
fn setting(kind: &Kind, minutes: f64) -> Setting {
    let round_s = minutes * 60.0 / ROUNDS - BETWEEN_S;
    let round = (kind.counting.powi(2) / round_s + kind.floor.powi(2)).sqrt();
    Setting { name: "budget", round, drift: 0.02, rho: 0.8, process: 0.005, ..SETTINGS[0] }
}

pub fn part() -> Part {
    let effects: [f64; 12] = [0.0, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.10, 0.12, 0.15, 0.20];
    let mut rows = Vec::new();
    let mut charts = Vec::new();
    for kind in &KINDS {
        let rule = shipped(&CellKey::whole(kind.metric));
        let mut series = Vec::new();
        for minutes in MINUTES {
            let setting = setting(kind, minutes);
            let found: Vec<(f64, f64)> = effects
                .iter()
                .map(|effect| {
                    (*effect, share_of(setting, &rule, GATES, effect.ln_1p(), RowVerdict::Regressed))
                })
                .collect();
            let bars = found.iter().map(|(effect, share)| {
                let (low, high) = clopper_pearson((share * GATES as f64).round() as u64, GATES, 0.95);
                (*effect, low, high)
            });
            let promise = promised(setting, &rule, GATES).exp_m1();
            let at = |wanted: f64| {
                percent(
                    found.iter().find(|(effect, _)| *effect == wanted).map_or(f64::NAN, |(_, share)| *share),
                )
            };
            let name = format!("{minutes:.0} min");
            rows.push(vec![
                kind.metric.to_owned(),
                name.clone(),
                at(0.0),
                at(0.05),
                at(0.10),
                at(0.15),
                percent(promise),
            ]);
            series.push(Series { bars: bars.collect(), has_dots: true, ..Series::line(name, found) });
        }
        charts.push(chart(kind.metric, series));
    }
    let head = ["metric", "budget", "equal builds", "+5 %", "+10 %", "+15 %", "promised in 9 of 10"];
    let text = "### What is found\n\nShare of gates that fail, by how much slower the candidate really is. Bars are 95 % \
                intervals (Clopper and Pearson). At the tolerance itself (5 % for p50, 10 % for p99) half are found at \
                best, because the median has to reach it.\n\n\
                ![detection p50](validation/detection-p50.svg)\n\n![detection p99](validation/detection-p99.svg)\n\n";
    Part { charts, markdown: format!("{text}{}", table(&head, &rows)) }
}

fn chart(metric: &str, mut series: Vec<Series>) -> Chart {
    let shares = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
    let (id, title, effects): (_, _, &[f64]) = match metric {
        "p50" => {
            ("detection-p50", "p50, tolerance 5 %: gates that fail", &[0.0, 0.02, 0.04, 0.06, 0.08, 0.10])
        }
        _ => ("detection-p99", "p99, tolerance 10 %: gates that fail", &[0.0, 0.04, 0.08, 0.12, 0.16, 0.20]),
    };
    series.iter_mut().for_each(|series| series.end_at(effects[effects.len() - 1]));
    Chart {
        id,
        title: title.to_owned(),
        x: Axis::percent("how much slower the candidate is", effects),
        y: Axis::percent("share of gates that fail", &shares),
        series,
    }
}
