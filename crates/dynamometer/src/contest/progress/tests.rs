use std::time::Duration;

use dyno_model::{CellKey, Stage};
use dyno_verdict::gate::CellProgress;

use super::{Room, line, table};
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

/// A common terminal.
const ROOM: Room = Room { columns: 80, lines: 24 };

#[test]
fn the_evidence_is_shown_as_it_grows() {
    let passing = CellProgress { p_pass: Some(0.041), ..cell("p50", Some(0.01), None, Some(0.2), true) };
    let open = CellProgress { p_pass: Some(0.3), ..cell("p90", Some(0.02), None, Some(0.1), true) };
    let doubtful = |p_adjusted, p_pass| CellProgress {
        p_adjusted: Some(p_adjusted),
        p_pass: Some(p_pass),
        is_suspicious: true,
        ..cell("p99", Some(0.2), Some((-0.012, 1.5)), Some(p_adjusted / 2.0), true)
    };
    let cells = vec![
        passing,
        open,
        doubtful(0.03, 0.9),
        doubtful(0.0004, 1.0),
        doubtful(1.0, 1.0),
        doubtful(0.5, 0.04),
    ];
    let screen = table(&Standing { cells: cells[..2].to_vec(), ..standing(None) }, ROOM);
    assert_eq!(
        screen,
        "first pass: quad 3 of 8, 50.0 s left
  metric  change  95 % interval  how near to a pass
  p50     +1.0 %                 ████████ passes
  p90     +2.0 %                 ███░░░░░ p 0.300"
    );
    let confirm = table(&Standing { cells, stage: Stage::Confirm, ..standing(None) }, ROOM);
    assert_eq!(
        confirm.lines().skip(4).collect::<Vec<_>>(),
        [
            "  p99     +20.0 %   [-1.2, +150]  ██████░░ corrected p 0.030",
            "  p99     +20.0 %   [-1.2, +150]  ████████ worse, corrected p <0.001",
            "  p99     +20.0 %   [-1.2, +150]  ░░░░░░░░ corrected p 1.000",
            "  p99     +20.0 %   [-1.2, +150]  ████████ passes",
        ]
    );
}

#[test]
fn a_table_has_every_cell() {
    let expected = "first pass: quad 3 of 8, 50.0 s left
  metric    change  95 % interval  how near to a pass
  p50       +1.2 %   [-0.5, +3.0]  shown only
  p99      +10.4 %                 shown only
  errors   +0.1 pp                 shown only
  rss            –                 no value yet
  max     +900.0 %                 shown only";
    assert_eq!(table(&standing(None), ROOM), expected);
}

#[test]
fn a_table_fits_its_terminal() {
    let reason = "the machine was 104 % slower than usual at fixed memory work, and the hypervisor took 3 %";
    let mut standing = standing(Some(reason));
    for index in 0..40 {
        let mut cell = cell("p99", Some(-0.25), Some((-12.0, 345.6)), Some(0.5), true);
        cell.key.operation = Some(format!("an operation with a long name that has the number {index}"));
        cell.p_adjusted = Some(0.0001);
        cell.is_suspicious = index == 39;
        standing.cells.push(cell);
    }
    let sizes = [(80, 24), (40, 10), (20, 6), (200, 60), (0, 0)];
    for (columns, lines) in sizes {
        let text = table(&standing, Room { columns, lines });
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= columns.saturating_sub(1).max(1), "{columns}: {text}");
        assert!(text.lines().count() < lines.max(6), "{lines}: {text}");
    }
    let text = table(&standing, ROOM);
    assert!(text.contains("  p50 ") && text.contains("  and 26 more, which the report has"), "{text}");
    assert!(text.lines().any(|line| line.starts_with("  an operation with a lon…")), "{text}");
    assert!(text.contains("  not counted: the machine was 104 %"), "{text}");
}
