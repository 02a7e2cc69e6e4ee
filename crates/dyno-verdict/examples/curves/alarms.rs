//! Equal builds: how often the gate and the rules of others say "slower", in each setting.

use dyno_model::RowVerdict;
use dyno_stats::paired::clopper_pearson;

use crate::chart::{Axis, Chart, Series};
use crate::play::{gates_with, shipped, strict};
use crate::rivals::{RULES, false_alarms};
use crate::world::{SETTINGS, twenty_cells};
use crate::{Part, percent, table};

const GATES: u64 = 2_000;
const TRIALS: u64 = 500;

/// Where nothing was seen at all: half an alarm.
const LEAST: f64 = 0.001;

pub fn part() -> Part {
    let keys = twenty_cells();
    let both = [RowVerdict::Regressed, RowVerdict::RegressedSmall];
    let mut gates = Vec::new();
    let mut rivals = Vec::new();
    let mut series: Vec<Series> = RULES.iter().map(|(name, _)| Series::dots(*name, vec![])).collect();
    for (index, setting) in SETTINGS.into_iter().enumerate() {
        let failed = gates_with(setting, GATES, shipped, &keys, &[RowVerdict::Regressed]);
        let claims = gates_with(setting, GATES, strict, &keys, &both);
        let (_, most) = clopper_pearson(failed, GATES, 0.95);
        gates.push(vec![setting.name.to_owned(), failed.to_string(), percent(most), claims.to_string()]);
        let alarms = false_alarms(setting, TRIALS);
        let shares: Vec<f64> = alarms.iter().map(|(_, count)| *count as f64 / TRIALS as f64).collect();
        for (series, share) in series.iter_mut().zip(&shares) {
            series.points.push(((index + 1) as f64, share.max(LEAST)));
        }
        let mut row = vec![format!("{} {}", index + 1, setting.name)];
        row.extend(shares.into_iter().map(percent));
        rivals.push(row);
    }
    let names: Vec<f64> = (0..=SETTINGS.len() + 1).map(|number| number as f64).collect();
    let mut x = Axis::of("setting", &names, false, |number| format!("{number}"));
    x.ticks = (1..=SETTINGS.len()).map(|number| (number as f64, number.to_string())).collect();
    let chart = Chart {
        id: "false-alarms",
        title: "Equal builds called slower, by rule, on the same rounds".to_owned(),
        x,
        y: Axis::log_percent("share of comparisons", &[LEAST, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0]),
        series,
    };
    Part { charts: vec![chart], markdown: markdown(&gates, &rivals) }
}

fn markdown(gates: &[Vec<String>], rivals: &[Vec<String>]) -> String {
    let gates = table(
        &["setting", "failed of 2000", "share at most (95 %)", "claims without tolerance and bias"],
        gates,
    );
    let mut head = vec!["setting"];
    head.extend(RULES.iter().map(|(name, _)| *name));
    let rivals = table(&head, rivals);
    format!(
        "### Equal builds\n\n2000 gates of 20 cells in each setting, candidate and baseline the same. The last column counts \
         gates that call anything worse when no bias is allowed for and any change matters: the bare test, whose bound of \
         1 % is 20 gates.\n\n{gates}One comparison of one metric by the rules of others, on the same 12 quads. Rules with a \
         level have 1 % (criterion: 5 %, two-sided). Settings are numbered in the order of the table. A point at 0.1 % is none in 500.\n\n\
         ![false alarms](validation/false-alarms.svg)\n\n{rivals}"
    )
}
