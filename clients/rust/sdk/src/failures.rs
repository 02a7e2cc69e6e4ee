//! Which class of the protocol a failure belongs to, by the system's error, else by words.

use std::borrow::Cow;
use std::error::Error;
use std::io::ErrorKind;

/// A class of failure, with its number in the column `err`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No connection.
    Connect = 1,
    /// No trust, or no agreement on TLS.
    Tls = 2,
    /// Not in time.
    Timeout = 3,
    /// The connection ended before the answer.
    Reset = 4,
    /// The answer is not HTTP.
    Protocol = 5,
    /// The body broke off, or cannot be decoded.
    Body = 6,
    /// More redirects than were allowed.
    Redirects = 7,
    /// Something else.
    Other = 8,
}

/// Why there is no answer: its class and the library's own word, such as `ConnectTimeout`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub(crate) kind: Kind,
    pub(crate) word: Cow<'static, str>,
}

/// Phrases that say it all, most telling first.
const PHRASES: [(&str, Kind); 18] = [
    ("complete message body", Kind::Body),
    ("end of file before message length", Kind::Body),
    ("incompletebody", Kind::Body),
    ("without sending a response", Kind::Reset),
    ("without response", Kind::Reset),
    ("empty reply", Kind::Reset),
    ("returned nothing", Kind::Reset),
    ("disconnected", Kind::Reset),
    ("closed before message completed", Kind::Reset),
    ("reset by peer", Kind::Reset),
    ("connection refused", Kind::Connect),
    ("certificate", Kind::Tls),
    ("unknownissuer", Kind::Tls),
    ("handshake", Kind::Tls),
    ("too many redirects", Kind::Redirects),
    ("toomanyredirects", Kind::Redirects),
    ("timed out", Kind::Timeout),
    ("timeout", Kind::Timeout),
];

/// Words of libraries with one kind of error for everything.
const WORDS: [(&str, Kind); 17] = [
    ("redirect", Kind::Redirects),
    ("deadline", Kind::Timeout),
    ("tls", Kind::Tls),
    ("ssl", Kind::Tls),
    ("refused", Kind::Connect),
    ("dns", Kind::Connect),
    ("resolve", Kind::Connect),
    ("reset", Kind::Reset),
    ("broken pipe", Kind::Reset),
    ("connection closed", Kind::Reset),
    ("incomplete", Kind::Body),
    ("decod", Kind::Body),
    ("body", Kind::Body),
    ("parse", Kind::Protocol),
    ("http", Kind::Protocol),
    ("invalid", Kind::Protocol),
    ("connect", Kind::Connect),
];

impl Failure {
    /// A failure whose class the library tells.
    pub fn new(kind: Kind, word: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, word: word.into() }
    }

    /// A failure whose class is found in the error and in what caused it, the innermost cause first.
    pub fn of(word: impl Into<Cow<'static, str>>, error: &(dyn Error + 'static)) -> Self {
        let chain = chain(error);
        let texts: Vec<String> = chain.iter().rev().map(|error| without_urls(&error.to_string())).collect();
        let by_phrase = || texts.iter().find_map(|text| first(&PHRASES, text));
        let by_system = || chain.iter().rev().find_map(|error| by_system(*error));
        let by_word = || texts.iter().find_map(|text| first(&WORDS, text));
        let kind = by_phrase().or_else(by_system).or_else(by_word).unwrap_or(Kind::Other);
        Self { kind, word: word.into() }
    }

    /// [`Failure::of`], with the name of the error's variant as its word.
    pub fn named(error: &(dyn Error + 'static)) -> Self {
        let name = format!("{error:?}");
        let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        Self::of(if end == 0 { "Error".to_owned() } else { name[..end].to_owned() }, error)
    }

    /// The same, met while the body was read: a connection that ends there breaks the body off, and so does what has
    /// no other name.
    #[must_use]
    pub fn in_body(mut self) -> Self {
        if matches!(self.kind, Kind::Reset | Kind::Other) {
            self.kind = Kind::Body;
        }
        self
    }

    pub(crate) fn is_worth_a_retry(&self) -> bool {
        self.kind != Kind::Redirects
    }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut chain = vec![error];
    let mut current = error;
    while chain.len() < 16 {
        // An `io::Error` hides what it holds behind that one's source.
        let held = current.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let next = held.map(|held| held as &(dyn Error + 'static)).or_else(|| current.source());
        let Some(next) = next else { break };
        chain.push(next);
        current = next;
    }
    chain
}

fn by_system(error: &(dyn Error + 'static)) -> Option<Kind> {
    match error.downcast_ref::<std::io::Error>()?.kind() {
        ErrorKind::ConnectionRefused
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::AddrNotAvailable => Some(Kind::Connect),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Some(Kind::Timeout),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof => Some(Kind::Reset),
        ErrorKind::InvalidData => Some(Kind::Protocol),
        _ => None,
    }
}

fn first(table: &[(&str, Kind)], text: &str) -> Option<Kind> {
    table.iter().find(|(word, _)| text.contains(word)).map(|(_, kind)| *kind)
}

/// What an error says in lower case, without URLs, whose words mean nothing.
fn without_urls(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| !word.contains("://"));
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests;
