//! Commands as text that can be pasted into a shell.

use std::borrow::Cow;

/// A word as a POSIX shell reads it back: as it is when harmless, in single quotes otherwise.
pub fn quote(word: &str) -> Cow<'_, str> {
    let is_harmless = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    if !word.is_empty() && word.chars().all(is_harmless) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

/// Words as one command line.
pub fn join<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(quote).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
