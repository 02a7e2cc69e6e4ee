//! The section and the figure of what was found.

use std::fmt::Write as _;

use super::super::chart::{Axis, Chart, Series};
use super::super::gate::{Change, Ending, Gate};
use super::super::proportion;
use super::{Case, KINDS, Step};
use crate::bench::machine_description;

const HEAD: &str = "## What is found on real processes\n\nThe embedded target of the candidate is slowed by so many percent of a \
    base that both sides have. *Truth* is the change for the worse of the metric in one long comparison, with its 95 % \
    interval. *Found* counts gates of `dyno compare --run` with this rule that fail because of this metric, with the \
    interval of Clopper and Pearson. *Others* are gates that fail because of other metrics alone, by their usual \
    tolerances. Where nothing is added, or only before the measurement, each of both is a false alarm.";

/// What counts of one case.
struct Counted {
    found: u64,
    others: u64,
    decided: u64,
    unfit: u64,
}

impl Counted {
    fn of(case: Case, gates: &[Gate], build: &str) -> Self {
        let mut counted = Self { found: 0, others: 0, decided: 0, unfit: 0 };
        for gate in case.gates(gates, build) {
            let is_unfit = gate.ending() == Ending::Unfit;
            let (is_found, is_failed) = (case.is_found_by(gate), gate.ending() == Ending::Failed);
            counted.unfit += u64::from(is_unfit);
            counted.decided += u64::from(!is_unfit);
            counted.found += u64::from(is_found);
            counted.others += u64::from(is_failed && !is_found);
        }
        counted
    }
}

/// How large the change truly is; nothing where nothing is added.
fn truth(case: Case, gates: &[Gate], build: &str) -> Option<Change> {
    if case.is_nothing() {
        return Some(Change { point: 0.0, interval: None });
    }
    let key = case.key(Step::Truth, build);
    let mut truths = gates.iter().filter(|gate| gate.kind == key && gate.ending() != Ending::Unfit);
    truths.find_map(|gate| gate.changes.get(case.kind.metric).copied())
}

/// The section of the page; a kind or size that was not played is not shown.
pub fn section(cases: &[Case], gates: &[Gate], build: &str) -> String {
    let mut text = format!(
        "{HEAD}\n\n    cargo xtask validate inject\n\nplays more gates, in turns over kinds and sizes, and writes this section; \
         `--minutes` says for how long. {}.\n\n![found](validation/inject.svg)\n\n\
         | what is added | size | rule | truth | found | share | others | machine not fit |\n\
         |---|--:|---|---|--:|--:|--:|--:|\n",
        machine_description()
    );
    for case in sorted(cases) {
        let Counted { found, others, decided, unfit } = Counted::of(case, gates, build);
        if decided + unfit == 0 {
            continue;
        }
        let truth = match truth(case, gates, build) {
            _ if case.is_nothing() => "none".to_owned(),
            Some(change) => case.kind.words(&change),
            None => "–".to_owned(),
        };
        let (low, high) = proportion::interval(found, decided);
        writeln!(
            text,
            "| {} | {} % | `{}` | {truth} | {found} of {decided} | {:.0} % to {:.0} % | {others} | {unfit} |",
            case.kind.words,
            case.size,
            case.kind.rule,
            low * 100.0,
            high * 100.0
        )
        .expect("invariant: writing to a string does not fail");
    }
    text
}

/// By kind, then by size.
fn sorted(cases: &[Case]) -> Vec<Case> {
    let mut cases = cases.to_vec();
    let place = |case: &Case| KINDS.iter().position(|kind| kind.name == case.kind.name);
    cases.sort_by(|a, b| place(a).cmp(&place(b)).then(a.size.total_cmp(&b.size)));
    cases
}

/// The share that was found over the true change, a line for each kind whose change is a share of its value.
pub fn chart(cases: &[Case], gates: &[Gate], build: &str) -> Chart {
    let mut series: Vec<Series> = Vec::new();
    for case in sorted(cases).into_iter().filter(|case| !case.kind.is_difference && case.kind.has_sizes) {
        let Counted { found, decided, .. } = Counted::of(case, gates, build);
        let Some(change) = truth(case, gates, build).filter(|_| decided > 0) else { continue };
        let x = case.kind.worse(&change);
        let (low, high) = proportion::interval(found, decided);
        let name = format!("{}: {}", case.kind.name, case.kind.metric);
        let index = series.iter().position(|one| one.name == name).unwrap_or_else(|| {
            series.push(Series { has_dots: true, ..Series::line(name, Vec::new()) });
            series.len() - 1
        });
        series[index].points.push((x, found as f64 / decided as f64));
        series[index].bars.push((x, low, high));
    }
    Chart {
        id: "inject",
        title: "Real processes: gates that find what was put in".to_owned(),
        x: Axis::percent("how much worse the metric truly is", &ticks(&series)),
        y: Axis::percent("share of gates that fail because of it", &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        series,
    }
}

/// From nothing to the largest true change, in steps of 5 %.
fn ticks(series: &[Series]) -> Vec<f64> {
    let largest = series.iter().flat_map(|one| &one.points).map(|(x, _)| *x).fold(0.05, f64::max);
    (0..=(largest / 0.05).ceil() as u32).map(|step| f64::from(step) * 0.05).collect()
}
