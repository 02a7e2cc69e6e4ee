//! A section of a page that a command writes: between two markers, so that the rest of the page is left alone.

use std::fs;
use std::path::Path;

use crate::failure::Failure;

/// Writes `text` between the markers of `name`; at the end of the page when it has none, or into a new page.
///
/// # Errors
/// When the page cannot be read or written.
pub fn write(page: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let before = match fs::read_to_string(page) {
        Ok(before) => before,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "# Validation\n".to_owned(),
        Err(error) => return Err(Failure::file("read", page)(error)),
    };
    fs::write(page, with_section(&before, name, text)).map_err(Failure::file("write", page))
}

fn with_section(page: &str, name: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- {name}: begin -->"), format!("<!-- {name}: end -->"));
    let section = format!("{begin}\n{}\n{end}", text.trim_end());
    let marked = page.find(&begin).zip(page.find(&end)).filter(|(begin, end)| begin < end);
    match marked {
        Some((from, to)) => format!("{}{section}{}", &page[..from], &page[to + end.len()..]),
        None => format!("{}\n\n{section}\n", page.trim_end()),
    }
}

#[cfg(test)]
mod tests;
