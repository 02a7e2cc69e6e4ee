//! How a contest goes, on stderr: a table that is drawn over itself on a terminal, one line per quad elsewhere.

use dyno_model::{CellKey, Stage, units};
use dyno_verdict::MetricKind;
use dyno_verdict::gate::{CellProgress, PASS_LEVEL};

use crate::console;
use crate::contest::{Audience, Standing};

mod table;

use self::table::{Room, table};

/// Nobody watches.
pub struct Silent;

impl Audience for Silent {
    fn note(&mut self, _: &str) {}
    fn quad(&mut self, _: &Standing<'_>) {}
    fn close(&mut self) {}
}

/// Somebody watches stderr.
pub struct Progress {
    is_drawn: bool,
    /// Lines of the table that stand on the terminal.
    lines: usize,
}

impl Progress {
    /// Draws on terminals and writes lines elsewhere.
    pub fn choose() -> Self {
        Self { is_drawn: console::is_interactive(), lines: 0 }
    }
}

impl Audience for Progress {
    fn note(&mut self, line: &str) {
        self.lines = 0;
        console::talk(&console::harmless(line));
    }

    fn quad(&mut self, standing: &Standing<'_>) {
        let text = if self.is_drawn { table(standing, room()) } else { line(standing) };
        let above = if self.is_drawn { self.lines } else { 0 };
        self.lines = text.lines().count();
        console::redraw(above, &console::harmless(&text));
    }

    fn close(&mut self) {
        self.lines = 0;
    }
}

/// The room there is to draw in.
fn room() -> Room {
    let (columns, lines) = console::room();
    Room { columns, lines }
}

/// Everything about a quad in one line: the cell that looks worst stands for all.
fn line(standing: &Standing<'_>) -> String {
    let worst = standing.cells.iter().filter(|cell| cell.is_gated && cell.p.is_some()).min_by(|a, b| {
        let p = |cell: &CellProgress| cell.p.unwrap_or(1.0);
        p(a).total_cmp(&p(b))
    });
    let cell = match worst {
        Some(cell) => format!("; least likely to be equal: {} {}", cell.key, figures(cell, standing.alpha)),
        None => String::new(),
    };
    let discarded = standing.discarded.map(|reason| format!(" (not counted: {reason})")).unwrap_or_default();
    format!("{}{discarded}{cell}", head(standing))
}

fn head(standing: &Standing<'_>) -> String {
    let stage = match standing.stage {
        Stage::Screen => "first pass",
        Stage::Confirm => "second pass",
    };
    let left = match standing.left.as_secs() {
        0 => String::new(),
        seconds => format!(", {} left", units::format_duration(std::time::Duration::from_secs(seconds))),
    };
    format!("{stage}: quad {} of {}{left}", standing.quads, standing.planned)
}

/// `+1.2 % [-0.5, +3.0] p 0.210`, and how far that is from a verdict.
fn figures(cell: &CellProgress, alpha: f64) -> String {
    let Some(point) = cell.point else { return "no value yet".to_owned() };
    let text = |value: f64| format!("{:+.1}", value * 100.0);
    let interval = match (cell.low, cell.high) {
        (Some(low), Some(high)) => format!(" [{}, {}]", text(low), text(high)),
        _ => String::new(),
    };
    let p = cell.p.map(|p| format!(" p {p:.3}")).unwrap_or_default();
    format!("{}{interval}{p}{}", signed(cell, point), evidence(cell, alpha))
}

/// `+1.2 %`, of shares `+0.1 pp`.
fn signed(cell: &CellProgress, point: f64) -> String {
    format!("{:+.1} {}", point * 100.0, unit(&cell.key))
}

/// What the verdict will be about: of confirmed cells the corrected probability, of others whether they pass.
fn evidence(cell: &CellProgress, alpha: f64) -> String {
    match (cell.p_adjusted, cell.p_pass) {
        (Some(p), _) if p <= alpha => format!(", corrected {p:.3}, no chance"),
        (Some(p), _) => format!(", corrected {p:.3} of {alpha}"),
        (None, Some(p)) if p <= PASS_LEVEL => format!(", not worse by the tolerance: p {p:.3}, passes"),
        (None, Some(p)) => format!(", not worse by the tolerance: p {p:.3} of {PASS_LEVEL}"),
        (None, None) => String::new(),
    }
}

/// Whether its changes are percent, or percentage points because it is a share itself.
fn unit(key: &CellKey) -> &'static str {
    match MetricKind::of(&key.metric) {
        Some(kind) if kind.is_difference => "pp",
        _ => "%",
    }
}

#[cfg(test)]
mod tests;
