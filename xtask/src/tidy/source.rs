//! Rust source split into code, comments and literals, line for line.
//!
//! Not a parser: it knows where a comment or a literal begins and ends, and nothing else. Called by `rust`
//! and `text`, so that a rule about code is not broken by a sentence about it.

/// The same text three times, each with what does not belong to it replaced by spaces.
///
/// Lines and columns (in bytes) are those of the original.
#[derive(Debug)]
pub struct Source {
    /// Code, with the quotes of literals but not their content.
    pub code: String,
    /// Comments with their marks.
    pub comments: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

impl Source {
    /// Splits the text of a file.
    pub fn split(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut kinds = vec![Kind::Code; bytes.len()];
        let mut at = 0;
        while at < bytes.len() {
            let (kind, end) = next_piece(bytes, at);
            kinds[at..end].fill(kind);
            at = end;
        }
        Self { code: keep(bytes, &kinds, Kind::Code), comments: keep(bytes, &kinds, Kind::Comment) }
    }
}

fn keep(bytes: &[u8], kinds: &[Kind], kept: Kind) -> String {
    bytes
        .iter()
        .zip(kinds)
        .map(|(&byte, &kind)| match byte {
            b'\n' => '\n',
            // Rules look for ASCII only; a letter beyond is any letter.
            _ if kind == kept => {
                if byte.is_ascii() {
                    char::from(byte)
                } else {
                    '?'
                }
            }
            _ => ' ',
        })
        .collect()
}

/// The kind of what begins at `at`, and where it ends.
fn next_piece(bytes: &[u8], at: usize) -> (Kind, usize) {
    let rest = &bytes[at..];
    if rest.starts_with(b"//") {
        return (Kind::Comment, at + rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len()));
    }
    if rest.starts_with(b"/*") {
        return (Kind::Comment, at + block_comment_length(rest));
    }
    let is_word_before = at > 0 && is_word(bytes[at - 1]);
    if !is_word_before && let Some(length) = raw_string_length(rest) {
        return (Kind::Literal, at + length);
    }
    match rest[0] {
        b'"' => (Kind::Literal, at + quoted_length(rest, b'"')),
        b'\'' if is_character(rest) => (Kind::Literal, at + quoted_length(rest, b'\'')),
        _ => (Kind::Code, at + 1),
    }
}

/// Block comments nest.
fn block_comment_length(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// The length of `r"…"`, `r#"…"#`, `br#"…"#` or `cr"…"` at the beginning of `rest`.
fn raw_string_length(rest: &[u8]) -> Option<usize> {
    let prefix = [&b"r"[..], b"br", b"cr"].into_iter().find(|prefix| rest.starts_with(prefix))?.len();
    let hashes = rest[prefix..].iter().take_while(|&&byte| byte == b'#').count();
    let open = prefix + hashes;
    if rest.get(open) != Some(&b'"') {
        return None;
    }
    let close = [&b"\""[..], &vec![b'#'; hashes]].concat();
    let body = &rest[open + 1..];
    let end = body.windows(close.len()).position(|window| window == close);
    Some(end.map_or(rest.len(), |end| open + 1 + end + close.len()))
}

fn quoted_length(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// Tells `'a'` and `'\n'` from the lifetime `'a`.
fn is_character(rest: &[u8]) -> bool {
    match rest.get(1) {
        Some(b'\\') => true,
        // A letter beyond ASCII takes two to four bytes and cannot begin a common lifetime.
        Some(byte) if !byte.is_ascii() => rest.iter().skip(2).take(4).any(|&byte| byte == b'\''),
        Some(_) => rest.get(2) == Some(&b'\''),
        None => false,
    }
}

/// Whether a byte can be part of an identifier.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
