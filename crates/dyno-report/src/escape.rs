//! Foreign text made safe for people's terminals and for Markdown.
//!
//! Not the place of XML, CSV, HTML or JSON: their writers escape on their own. Called by all text outputs.

use std::fmt::Write as _;

/// One printable line: control characters, line ends and direction marks become visible escapes.
///
/// A record may hold bytes that a target sent, which must not steer a terminal or hide what follows.
pub(crate) fn line(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    safe
}

fn is_unsafe(c: char) -> bool {
    let direction = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let separator = matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    c.is_control() || direction || separator
}

/// At most `width` characters, with an ellipsis when something was cut.
pub(crate) fn clip(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut clipped: String = text.chars().take(width.saturating_sub(1)).collect();
    clipped.push('…');
    clipped
}

/// Markdown text that means only itself: every character with a meaning becomes an entity.
pub(crate) fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in line(text).chars() {
        let plain = c.is_alphanumeric() || !c.is_ascii() || " .,;:/%?=()+'\"".contains(c) || c == '-';
        if plain {
            safe.push(c);
        } else {
            write!(safe, "&#{};", u32::from(c)).expect("invariant: writing to memory does not fail");
        }
    }
    safe
}

/// Markdown code within a line, also inside of a table.
///
/// Text with a back tick or a bar takes the HTML form, because both would end the code or the cell.
pub(crate) fn markdown_code(text: &str) -> String {
    let text = line(text);
    if text.trim().is_empty() {
        return "–".to_owned();
    }
    if text.contains(['`', '|']) { format!("<code>{}</code>", markdown(&text)) } else { format!("`{text}`") }
}

/// Text for XML and HTML, in content and in quoted attributes.
pub(crate) fn xml(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in line(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}
