//! The field `Sec-WebSocket-Extensions`, RFC 6455 section 9.1: names with parameters, read into plain data.
//!
//! Knows no extension; `deflate` gives a meaning to the one that there is.

use thiserror::Error;

use crate::http1::chunked::is_token_byte;

/// One extension that is offered or agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Its registered name, as it came.
    pub name: String,
    /// Parameters in their order; quoted values without the quotes.
    pub parameters: Vec<(String, Option<String>)>,
}

/// The field breaks its grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the field `Sec-WebSocket-Extensions` is malformed at byte {at}")]
pub struct ExtensionMalformed {
    /// Offset of the first byte that does not fit.
    pub at: usize,
}

/// Reads one value of the field; several fields are read one by one, as if joined by commas.
///
/// # Errors
/// When a name, a value or a separator is not what the grammar asks for.
pub fn parse_extensions(value: &[u8]) -> Result<Vec<Extension>, ExtensionMalformed> {
    let mut reader = Reader { value, at: 0 };
    let mut extensions = Vec::new();
    loop {
        reader.skip_space();
        // Empty members of a list are to be ignored, RFC 9110 section 5.6.1.
        if reader.take(b',') {
            continue;
        }
        if reader.is_at_end() {
            return Ok(extensions);
        }
        extensions.push(reader.extension()?);
        reader.skip_space();
        if !reader.is_at_end() && !reader.take(b',') {
            return Err(reader.malformed());
        }
    }
}

struct Reader<'a> {
    value: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn extension(&mut self) -> Result<Extension, ExtensionMalformed> {
        let name = self.token()?;
        let mut parameters = Vec::new();
        loop {
            self.skip_space();
            if !self.take(b';') {
                return Ok(Extension { name, parameters });
            }
            self.skip_space();
            let name = self.token()?;
            self.skip_space();
            let value = if self.take(b'=') {
                self.skip_space();
                Some(if self.take(b'"') { self.quoted()? } else { self.token()? })
            } else {
                None
            };
            parameters.push((name, value));
        }
    }

    fn token(&mut self) -> Result<String, ExtensionMalformed> {
        let rest = &self.value[self.at..];
        let length = rest.iter().position(|byte| !is_token_byte(*byte)).unwrap_or(rest.len());
        if length == 0 {
            return Err(self.malformed());
        }
        self.at += length;
        Ok(String::from_utf8_lossy(&rest[..length]).into_owned())
    }

    /// What stands in quotes has to be a token too, RFC 6455 section 9.1.
    fn quoted(&mut self) -> Result<String, ExtensionMalformed> {
        let mut text = String::new();
        loop {
            let byte = self.next_byte()?;
            let byte = match byte {
                b'"' if text.is_empty() => return Err(self.malformed()),
                b'"' => return Ok(text),
                b'\\' => self.next_byte()?,
                byte => byte,
            };
            if !is_token_byte(byte) {
                return Err(self.malformed());
            }
            text.push(char::from(byte));
        }
    }

    fn next_byte(&mut self) -> Result<u8, ExtensionMalformed> {
        let byte = *self.value.get(self.at).ok_or_else(|| self.malformed())?;
        self.at += 1;
        Ok(byte)
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.value.get(self.at) == Some(&byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn skip_space(&mut self) {
        while self.take(b' ') || self.take(b'\t') {}
    }

    fn is_at_end(&self) -> bool {
        self.at == self.value.len()
    }

    fn malformed(&self) -> ExtensionMalformed {
        ExtensionMalformed { at: self.at }
    }
}
