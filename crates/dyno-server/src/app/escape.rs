//! Text of users inside of HTML.

use std::fmt;

/// Shows a value inside of HTML text or a quoted attribute, without letting it become markup.
///
/// ```
/// use dyno_server::escape_html;
///
/// let name = r#"<script>alert("x")</script>"#;
/// assert_eq!(format!("<b>{}</b>", escape_html(name)), "<b>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;</b>");
/// ```
pub fn escape_html(value: impl fmt::Display) -> impl fmt::Display {
    Escaped(value)
}

struct Escaped<T>(T);

impl<T: fmt::Display> fmt::Display for Escaped<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::write(&mut EscapingWriter(out), format_args!("{}", self.0))
    }
}

struct EscapingWriter<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for EscapingWriter<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.split_inclusive(['<', '>', '&', '"', '\'']) {
            let (plain, last) = match part.char_indices().next_back() {
                Some((at, '<')) => (&part[..at], "&lt;"),
                Some((at, '>')) => (&part[..at], "&gt;"),
                Some((at, '&')) => (&part[..at], "&amp;"),
                Some((at, '"')) => (&part[..at], "&quot;"),
                Some((at, '\'')) => (&part[..at], "&#39;"),
                _ => (part, ""),
            };
            self.0.write_str(plain)?;
            self.0.write_str(last)?;
        }
        Ok(())
    }
}
