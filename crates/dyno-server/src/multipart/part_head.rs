//! The fields in front of each part.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::MultipartError;

/// What a client says about a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartHead {
    name: String,
    filename: Option<String>,
    content_type: Option<String>,
}

impl PartHead {
    /// A field without a file.
    pub(super) fn field(name: &str) -> Self {
        Self { name: name.to_owned(), filename: None, content_type: None }
    }

    /// Reads the lines of a head.
    pub(super) fn parse(head: &[u8]) -> Result<Self, MultipartError> {
        let text =
            str::from_utf8(head).map_err(|_| MultipartError::Malformed("a part's head is not UTF-8"))?;
        let mut disposition = None;
        let mut content_type = None;
        for line in text.split("\r\n").filter(|line| !line.is_empty()) {
            let (name, value) = line
                .split_once(':')
                .ok_or(MultipartError::Malformed("a line of a part's head has no colon"))?;
            match name.trim() {
                name if name.eq_ignore_ascii_case("content-disposition") => disposition = Some(value.trim()),
                name if name.eq_ignore_ascii_case("content-type") => {
                    content_type = Some(value.trim().to_owned());
                }
                _ => {}
            }
        }
        let disposition =
            disposition.ok_or(MultipartError::Malformed("a part has no `Content-Disposition`"))?;
        let find = |wanted: &str| {
            parameters(disposition)
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
                .map(|(_, value)| value)
        };
        let name = find("name").ok_or(MultipartError::Malformed("a part has no name"))?;
        let filename =
            find("filename*").and_then(|value| decode_extended(&value)).or_else(|| find("filename"));
        Ok(Self { name, filename, content_type })
    }

    /// The name of the form's field.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the file on the client's machine, as sent; `None` when the part is no file.
    ///
    /// Never use it as a path: it may hold anything.
    #[must_use]
    pub fn filename(&self) -> Option<&str> {
        self.filename.as_deref()
    }

    /// The media type that the client states, as sent.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }
}

/// Names and values behind the first semicolon; quotes are taken off.
pub(super) fn parameters(field: &str) -> impl Iterator<Item = (&str, String)> {
    let mut rest = field.split_once(';').map_or("", |(_, rest)| rest);
    std::iter::from_fn(move || {
        let (name, behind) = rest.split_once('=')?;
        let behind = behind.trim_start();
        let (value, behind) = match behind.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let (value, behind) = behind.split_once(';').unwrap_or((behind, ""));
                (value.trim().to_owned(), behind)
            }
        };
        rest = behind.trim_start().trim_start_matches(';');
        Some((name.trim(), value))
    })
}

/// The text up to the closing quote, and what follows.
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &quoted[at + 1..])),
            // Only quote and backslash are escaped; browsers of old send `C:\name` as it is.
            '\\' => match quoted[at + 1..].chars().next() {
                Some(escaped @ ('"' | '\\')) => {
                    letters.next();
                    value.push(escaped);
                }
                _ => value.push('\\'),
            },
            letter => value.push(letter),
        }
    }
    None
}

/// `UTF-8''na%C3%AFve.txt` (RFC 5987).
fn decode_extended(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _, text) = (parts.next()?, parts.next()?, parts.next()?);
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned)
}
