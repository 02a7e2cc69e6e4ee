//! Columns of text, aligned by spaces, without lines: they survive mails, logs and narrow windows.

use comfy_table::{Cell, Color, ContentArrangement, Table, presets};

use crate::console;

/// How a cell is coloured; the words must say the same without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Not at all.
    Plain,
    /// All is well.
    Good,
    /// Worth a look.
    Doubtful,
    /// Wrong.
    Bad,
}

/// Rows without a header.
pub fn plain<const N: usize>(rows: &[[String; N]]) -> String {
    let mut table = empty();
    for row in rows {
        table.add_row(row.iter().map(|text| Cell::new(console::harmless(text))));
    }
    finished(&table)
}

/// Whether long cells are broken into lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapping {
    /// To the width of the window: for people.
    ToWidth,
    /// Never: one row stays one line, for people and for `grep`.
    Never,
}

/// Rows below a header; each cell with its tone.
pub fn toned(header: &[&str], rows: &[Vec<(String, Tone)>], wrapping: Wrapping) -> String {
    let mut table = empty();
    if wrapping == Wrapping::Never {
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    table.set_header(header.iter().map(Cell::new));
    let colour = console::stdout_has_colour();
    if colour {
        table.enforce_styling();
    }
    for row in rows {
        table.add_row(row.iter().map(|(text, tone)| {
            let cell = Cell::new(console::harmless(text));
            match tone {
                Tone::Good if colour => cell.fg(Color::Green),
                Tone::Doubtful if colour => cell.fg(Color::Yellow),
                Tone::Bad if colour => cell.fg(Color::Red),
                _ => cell,
            }
        }));
    }
    finished(&table)
}

fn empty() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(console::width().clamp(60, 160)).unwrap_or(100));
    table
}

/// Without the spaces that padding leaves at the ends of lines and before the first column.
fn finished(table: &Table) -> String {
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.strip_prefix(' ').unwrap_or(&line).trim_end());
        text.push('\n');
    }
    text
}
