use std::time::Duration;

use dyno_model::{CellKey, Stage};
use dyno_verdict::gate::CellProgress;

use super::{line, table};
use crate::contest::Standing;

fn cell(
    metric: &str,
    point: Option<f64>,
    interval: Option<(f64, f64)>,
    p: Option<f64>,
    is_gated: bool,
) -> CellProgress {
    CellProgress {
        key: CellKey::whole(metric),
        point,
        low: interval.map(|(low, _)| low),
        high: interval.map(|(_, high)| high),
        p,
        p_adjusted: None,
        p_pass: None,
        quads: 3,
        is_suspicious: false,
        is_gated,
    }
}

fn standing(discarded: Option<&str>) -> Standing<'_> {
    Standing {
        stage: Stage::Screen,
        quads: 3,
        planned: 8,
        discarded,
        cells: vec![
            cell("p50", Some(0.012), Some((-0.005, 0.03)), Some(0.21), true),
            cell("p99", Some(0.104), None, Some(0.062), true),
            cell("errors", Some(0.001), None, Some(0.5), true),
            cell("rss", None, None, None, false),
            cell("max", Some(9.0), None, Some(0.001), false),
        ],
        left: Duration::from_secs(50),
        alpha: 0.01,
    }
}

#[test]
fn a_line_names_the_cell_that_looks_worst_of_those_that_can_fail() {
    assert_eq!(
        line(&standing(None)),
        "first pass: quad 3 of 8, 50.0 s left; least likely to be equal: p99 +10.4 % p 0.062"
    );
    let discarded = line(&standing(Some("the hypervisor took 3.0 % of the machine")));
    assert!(
        discarded.contains("50.0 s left (not counted: the hypervisor took 3.0 % of the machine);"),
        "{discarded}"
    );
    let first = Standing { cells: vec![], left: Duration::ZERO, stage: Stage::Confirm, ..standing(None) };
    assert_eq!(line(&first), "second pass: quad 3 of 8");
}

#[test]
fn the_evidence_is_shown_as_it_grows() {
    let passing = CellProgress { p_pass: Some(0.041), ..cell("p50", Some(0.01), None, Some(0.2), true) };
    let open = CellProgress { p_pass: Some(0.3), ..cell("p90", Some(0.02), None, Some(0.1), true) };
    let doubtful = |p_adjusted| CellProgress {
        p_adjusted: Some(p_adjusted),
        is_suspicious: true,
        ..cell("p99", Some(0.2), None, Some(p_adjusted / 2.0), true)
    };
    let cells = vec![passing, open, doubtful(0.03), doubtful(0.004)];
    let screen = table(&Standing { cells: cells[..2].to_vec(), ..standing(None) });
    assert!(screen.contains("p50  +1.0 % p 0.200, not worse by the tolerance: p 0.041, passes"), "{screen}");
    assert!(screen.contains("p90  +2.0 % p 0.100, not worse by the tolerance: p 0.300 of 0.05"), "{screen}");
    let confirm = table(&Standing { cells, stage: Stage::Confirm, ..standing(None) });
    assert!(confirm.contains("p99  +20.0 % p 0.015, corrected 0.030 of 0.01"), "{confirm}");
    assert!(confirm.contains("p99  +20.0 % p 0.002, corrected 0.004, no chance"), "{confirm}");
}

#[test]
fn a_table_has_every_cell() {
    let expected = "first pass: quad 3 of 8, 50.0 s left
  p50     +1.2 % [-0.5, +3.0] p 0.210
  p99     +10.4 % p 0.062
  errors  +0.1 pp p 0.500
  rss     no value yet
  max     +900.0 % p 0.001";
    assert_eq!(table(&standing(None)), expected);
}
