//! The only place that writes to the streams: stdout is data, stderr is talk.
//!
//! Colour follows `--color`, `NO_COLOR`, `CLICOLOR_FORCE` and whether the stream is a terminal.

use std::io::{ErrorKind, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use crate::error::CommandError;

const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// Columns used when the terminal does not tell.
const WIDTH_DEFAULT: usize = 100;

/// Decides about colour for the rest of the process.
pub fn choose_colour(choice: ColorChoice) {
    choice.write_global();
}

/// Writes data to stdout, as it is.
///
/// # Errors
/// When it cannot be written. A reader that has gone away (`| head`) is no error.
pub fn data(bytes: &[u8]) -> Result<(), CommandError> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(CommandError::output("cannot write to the standard output").because(error))
        }
        _ => Ok(()),
    }
}

/// The text without characters that would steer a terminal; line ends and tabs stay.
///
/// For everything that servers, files or other people wrote.
pub fn harmless(text: &str) -> String {
    let harmless = |c: char| if c.is_control() && c != '\n' && c != '\t' { '·' } else { c };
    text.chars().map(harmless).collect()
}

/// Writes a line to stderr. Talk that nobody can hear is no error.
pub fn talk(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Writes lines to stderr over the last `above` lines of a terminal.
pub fn redraw(above: usize, text: &str) {
    let up = if above > 0 { format!("\x1b[{above}A\x1b[J") } else { String::new() };
    // As with all talk: nobody may be there to hear it.
    let _ = writeln!(std::io::stderr(), "{up}{text}");
}

/// Writes a warning to stderr.
pub fn warn(text: &str) {
    talk(&format!("{YELLOW}warning:{YELLOW:#} {}", harmless(text)));
}

/// Writes an error with its causes and hints to stderr.
pub fn complain(error: &CommandError) {
    if let Some(drawn) = error.drawn(stderr_has_colour()) {
        let _ = write!(anstream::stderr(), "{drawn}");
    } else {
        let mut text = format!("{RED}error:{RED:#} {}", harmless(&error.to_string()));
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            text.push_str(&format!("\n  because: {}", harmless(&cause.to_string())));
            source = cause.source();
        }
        talk(&text);
    }
    for hint in &error.hints {
        talk(&format!("{CYAN}hint:{CYAN:#} {}", harmless(hint)));
    }
}

/// Whether text for stdout is coloured.
pub fn stdout_has_colour() -> bool {
    AutoStream::choice(&std::io::stdout()) != ColorChoice::Never
}

fn stderr_has_colour() -> bool {
    AutoStream::choice(&std::io::stderr()) != ColorChoice::Never
}

/// Whether a live view can be drawn on stderr and its keys read.
pub fn is_interactive() -> bool {
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    std::io::stderr().is_terminal() && std::io::stdin().is_terminal() && !is_dumb
}

/// Columns and lines of the terminal that talk goes to.
pub fn room() -> (usize, usize) {
    const OF_OLD: (u16, u16) = (80, 24);
    let (columns, lines) = ratatui::crossterm::terminal::size().unwrap_or(OF_OLD);
    (usize::from(columns), usize::from(lines))
}

/// Columns of the terminal behind stdout.
pub fn width() -> usize {
    width_or(WIDTH_DEFAULT)
}

/// The same, and `otherwise` where stdout is a file or a pipe.
pub fn width_or(otherwise: usize) -> usize {
    if !std::io::stdout().is_terminal() {
        return otherwise;
    }
    ratatui::crossterm::terminal::size().map_or(otherwise, |(columns, _)| usize::from(columns))
}
