//! Bodies of forms: urlencoded, and multipart with files. Bytes of a stranger, so nothing here may panic.

use memchr::memmem;
use serde_json::{Map, Value};

use crate::httpbin::inspect::multi_map;
use crate::query::Query;

/// Most parts of a multipart body; a form has a few.
const PARTS_MAX: usize = 1_000;

/// Names to lists of values.
pub(crate) fn urlencoded(body: &[u8]) -> Map<String, Value> {
    let text = String::from_utf8_lossy(body);
    let pairs = Query(Some(text.trim_end())).pairs();
    multi_map(pairs.map(|(name, value)| (name.into_owned().into(), value.into_owned().into())))
}

/// Names to lists of values: the fields of a form, then its files.
pub(crate) type FieldsAndFiles = (Map<String, Value>, Map<String, Value>);

/// Fields and files of a `multipart/form-data` body; `parameters` are those of its content type.
pub(crate) fn multipart(body: &[u8], parameters: &str) -> Result<FieldsAndFiles, String> {
    let boundary = parameter_of(parameters, "boundary").ok_or("the content type has no boundary")?;
    let (mut fields, mut files) = (Vec::new(), Vec::new());
    for part in parts_of(body, &boundary)? {
        let content = String::from_utf8_lossy(part.content).into_owned();
        if part.is_file { files.push((part.name, content)) } else { fields.push((part.name, content)) }
    }
    let map = |pairs: Vec<(String, String)>| {
        multi_map(pairs.into_iter().map(|(name, value)| (name.into(), value.into())))
    };
    Ok((map(fields), map(files)))
}

/// One part of a multipart body.
struct Part<'a> {
    name: String,
    is_file: bool,
    content: &'a [u8],
}

fn parts_of<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<Part<'a>>, String> {
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    // What stands before the first delimiter means nothing; the first needs no line end before it.
    let mut rest = match body.strip_prefix(&delimiter[2..]) {
        Some(rest) => rest,
        None => {
            let at = memmem::find(body, &delimiter).ok_or("the boundary does not occur in the body")?;
            &body[at + delimiter.len()..]
        }
    };
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        if parts.len() >= PARTS_MAX {
            return Err(format!("the body has more than {PARTS_MAX} parts"));
        }
        let start = memmem::find(rest, b"\r\n").ok_or("a delimiter has no line end")? + 2;
        // A part without fields starts with the empty line itself.
        let head_end = match rest[start..].starts_with(b"\r\n") {
            true => start,
            false => {
                start
                    + memmem::find(&rest[start..], b"\r\n\r\n").ok_or("the head of a part does not end")?
                    + 2
            }
        };
        let content = &rest[head_end + 2..];
        let end = memmem::find(content, &delimiter).ok_or("the last part does not end")?;
        let head = String::from_utf8_lossy(&rest[start..head_end]);
        let disposition = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"))
            .map_or("", |(_, value)| value);
        parts.push(Part {
            name: parameter_of(disposition, "name").unwrap_or_default(),
            is_file: parameter_of(disposition, "filename").is_some(),
            content: &content[..end],
        });
        rest = &content[end + delimiter.len()..];
    }
    Ok(parts)
}

/// The parameter called `name` of `a; name="value"; other=value`, quotes undone.
pub(crate) fn parameter_of(text: &str, name: &str) -> Option<String> {
    Parameters(text).find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The parameters of a field value, one after the other, separated by `;` or `,`.
pub(crate) struct Parameters<'a>(pub(crate) &'a str);

impl Iterator for Parameters<'_> {
    type Item = (String, String);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let text = self.0.trim_start_matches([' ', '\t', ';', ',']);
            if text.is_empty() {
                return None;
            }
            let end = text.find(['=', ';', ',']).unwrap_or(text.len());
            let (name, rest) = text.split_at(end);
            let Some(rest) = rest.strip_prefix('=') else {
                // A word without a value, such as `form-data`.
                self.0 = rest;
                continue;
            };
            let (value, rest) = value_of(rest);
            self.0 = rest;
            return Some((name.trim().to_owned(), value));
        }
    }
}

/// A token or a quoted string, and what follows it.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ',']).unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests;
