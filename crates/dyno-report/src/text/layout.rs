//! Lines with a label column, wrapped to the width, coloured only when asked.
//!
//! Knows nothing of records. Called by the summary for a terminal.

use anstyle::{AnsiColor, Style as Ansi};

use super::Style;

/// What a word means, and so which colour repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// Look at it.
    Doubtful,
    /// Not as it should be.
    Bad,
    /// Important without being good or bad.
    Strong,
    /// A label or a remark.
    Plain,
}

impl Tone {
    fn ansi(self) -> Ansi {
        match self {
            Self::Good => AnsiColor::Green.on_default().bold(),
            Self::Doubtful => AnsiColor::Yellow.on_default().bold(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Strong => Ansi::new().bold(),
            Self::Plain => Ansi::new().dimmed(),
        }
    }
}

/// Width of the column of labels, with the blanks around it.
const LABEL_WIDTH: usize = 12;

/// The summary while it grows.
pub(crate) struct Page {
    text: String,
    colour: bool,
    /// Usable columns.
    pub(crate) width: usize,
}

impl Page {
    pub(crate) fn new(style: Style) -> Self {
        Self::up_to(style, 100)
    }

    /// A page that uses at most `widest` columns.
    pub(crate) fn up_to(style: Style, widest: usize) -> Self {
        Self { text: String::new(), colour: style.colour, width: style.width.clamp(70, widest) }
    }

    /// Columns right of the labels.
    pub(crate) fn room(&self) -> usize {
        self.width - LABEL_WIDTH
    }

    pub(crate) fn toned(&self, tone: Tone, word: &str) -> String {
        if !self.colour || word.is_empty() {
            return word.to_owned();
        }
        let ansi = tone.ansi();
        format!("{ansi}{word}{ansi:#}")
    }

    pub(crate) fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    pub(crate) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A label and text behind it that stays in its column.
    pub(crate) fn wrapped(&mut self, label: &str, text: &str) {
        self.labelled(Tone::Plain, label, text);
    }

    /// The same with a label that means something.
    pub(crate) fn labelled(&mut self, tone: Tone, label: &str, text: &str) {
        let blanks = LABEL_WIDTH.saturating_sub(label.chars().count() + 2);
        let mut prefix = format!("  {}{}", self.toned(tone, label), " ".repeat(blanks));
        for row in wrap(text, self.room()) {
            self.line(&format!("{prefix}{row}"));
            prefix = " ".repeat(LABEL_WIDTH);
        }
    }

    /// Says how many of `count` rows were left out.
    pub(crate) fn rest(&mut self, count: usize, shown: usize, what: &str) {
        if count > shown {
            self.wrapped("", &format!("and {} more {what}", count - shown));
        }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
}

/// Units that stay on the row of their number.
const UNITS: [&str; 13] = ["ns", "µs", "ms", "s", "m", "h", "%", "B", "KiB", "MiB", "GiB", "×", "requests"];

/// Breaks at blanks, but not before a unit, and inside of words that are wider than a row.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let bare = word.trim_end_matches([',', ';', ')', ':', '.']);
        match words.last_mut() {
            Some(last) if UNITS.contains(&bare) && last.ends_with(|c: char| c.is_ascii_digit()) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    let mut rows = vec![String::new()];
    for word in words {
        let mut letters: Vec<char> = word.chars().collect();
        loop {
            let row = rows.last_mut().expect("invariant: there is a first row");
            let used = row.chars().count();
            let blank = usize::from(used > 0);
            if used + blank + letters.len() <= width {
                row.push_str(&" ".repeat(blank));
                row.extend(&letters);
                break;
            }
            if used > 0 {
                rows.push(String::new());
                continue;
            }
            row.extend(letters.drain(..width));
        }
    }
    rows
}
