//! Lines of a pipe, none of them longer than the protocol allows: both sides read so.

use std::io::{self, BufRead, Read as _};

use crate::protocol::LINE_MOST;

/// What reading a line gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineRead {
    /// A line, without its end; the last one of a pipe may have had none.
    Whole,
    /// One that is longer than the protocol allows; it was skipped.
    TooLong,
    /// The pipe has ended.
    End,
}

/// Reads the next line into `line`, which is cleared first.
///
/// # Errors
/// When the pipe cannot be read.
pub fn read_line(pipe: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<LineRead> {
    line.clear();
    if pipe.by_ref().take(LINE_MOST as u64 + 1).read_until(b'\n', line)? == 0 {
        return Ok(LineRead::End);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() > LINE_MOST {
        skip_line(pipe)?;
        return Ok(LineRead::TooLong);
    }
    Ok(LineRead::Whole)
}

/// Reads to the end of the line without keeping it.
fn skip_line(pipe: &mut impl BufRead) -> io::Result<()> {
    loop {
        let (used, is_end) = {
            let available = pipe.fill_buf()?;
            match available.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (available.len(), available.is_empty()),
            }
        };
        pipe.consume(used);
        if is_end {
            return Ok(());
        }
    }
}
