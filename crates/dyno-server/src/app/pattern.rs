//! Patterns of paths, from the text of an attribute to what the router stores.
//!
//! `{name}` is one segment or a part of one, `{path:*}` (or `{path:path}`, `{*path}`) is the rest of the path. The
//! slash in front may be left out. Matches nothing itself; `router` does. Called when an app is assembled.

use std::fmt::Write;

#[cfg(test)]
mod tests;

/// A pattern that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// As written, with its leading slash.
    pub(crate) text: String,
    /// The names of the parameters from left to right.
    pub(crate) names: Vec<String>,
    /// The same for all patterns that match the same paths: parameters are numbered, literals are percent-encoded.
    pub(crate) key: String,
}

impl Pattern {
    /// Reads a pattern below `prefix`, which is a pattern too and may be empty.
    pub(crate) fn parse(prefix: &str, text: &str) -> Result<Self, String> {
        let text = join(prefix, text);
        let mut pattern = Self { text: text.clone(), names: Vec::new(), key: String::new() };
        let segments: Vec<&str> = text[1..].split('/').collect();
        for (index, segment) in segments.iter().enumerate() {
            pattern.key.push('/');
            let is_last = index + 1 == segments.len();
            pattern.add_segment(segment, is_last).map_err(|reason| format!("pattern `{text}`: {reason}"))?;
        }
        Ok(pattern)
    }

    fn add_segment(&mut self, segment: &str, is_last: bool) -> Result<(), String> {
        let Some((before, rest)) = segment.split_once('{') else {
            return self.add_literal(segment);
        };
        let (inside, after) =
            rest.split_once('}').ok_or_else(|| format!("`{segment}` has no closing brace"))?;
        if after.contains('{') {
            return Err(format!("`{segment}` has two parameters; put a slash between them"));
        }
        let (name, is_tail) = match (inside.strip_prefix('*'), inside.split_once(':')) {
            (Some(name), _) => (name, true),
            (None, Some((name, "*" | "path"))) => (name, true),
            (None, Some((_, kind))) => {
                return Err(format!(
                    "`{{{inside}}}` asks for `{kind}`; only `*` and `path` may follow the colon"
                ));
            }
            (None, None) => (inside, false),
        };
        if is_tail && !(is_last && before.is_empty() && after.is_empty()) {
            return Err(format!("`{{{inside}}}` is the rest of the path and must stand alone at the end"));
        }
        let is_name = name.chars().all(|it| it.is_alphanumeric() || it == '_')
            && name.chars().next().is_some_and(|it| !it.is_numeric());
        if !is_name {
            return Err(format!("`{name}` is no name; use letters, digits and underscores"));
        }
        if self.names.iter().any(|it| it == name) {
            return Err(format!("`{name}` names two parameters"));
        }
        self.add_literal(before)?;
        let number = self.names.len();
        let star = if is_tail { "*" } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(self.key, "{{{star}p{number}}}");
        self.names.push(name.to_owned());
        self.add_literal(after)
    }

    fn add_literal(&mut self, literal: &str) -> Result<(), String> {
        if let Some(wrong) = literal.chars().find(|it| "{}?#".contains(*it) || it.is_control()) {
            return Err(format!("`{}` cannot be part of a path", wrong.escape_default()));
        }
        normalise(literal, &mut self.key);
        Ok(())
    }
}

fn join(prefix: &str, text: &str) -> String {
    let (prefix, text) = (prefix.trim_end_matches('/'), text.trim_start_matches('/'));
    let slash = if prefix.is_empty() || prefix.starts_with('/') { "" } else { "/" };
    match (prefix.is_empty(), text.is_empty()) {
        (false, true) => format!("{slash}{prefix}"),
        _ => format!("{slash}{prefix}/{text}"),
    }
}

/// Appends `path` to `out` in the one form that equal paths share (RFC 3986, 6.2.2): escapes of unreserved
/// characters undone, the others in upper case, everything that is not ASCII escaped.
pub(crate) fn normalise(path: &str, out: &mut String) {
    let bytes = path.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        let escaped = (byte == b'%').then(|| hex_pair(&bytes[at + 1..])).flatten();
        at += if escaped.is_some() { 3 } else { 1 };
        match escaped {
            Some(byte) if is_unreserved(byte) => out.push(char::from(byte)),
            None if byte.is_ascii_graphic() => out.push(char::from(byte)),
            _ => {
                let byte = escaped.unwrap_or(byte);
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

/// True when `path` may have another form than the one of [`normalise`].
pub(crate) fn needs_normalising(path: &str) -> bool {
    // Without an early end, so that the compiler compares many bytes at once.
    path.bytes().fold(false, |needs, byte| needs | (byte == b'%') | !byte.is_ascii_graphic())
}

fn hex_pair(bytes: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
    Some((digit(0)? * 16 + digit(1)?) as u8)
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}
