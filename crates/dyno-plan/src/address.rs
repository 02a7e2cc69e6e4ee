//! URLs as people write them, split into what a connection needs and what a request asks for.
//!
//! The path may hold `{{ … }}`, so it stays a text; only the origin is parsed as a URL.

use url::Url;

/// What is wrong with a URL, and what to do. The message shows no user and password.
pub(crate) type UrlMistake = (String, String);

/// An absolute URL in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// `http://host:port`, without user and password; the port only when it is not the usual one.
    pub origin: String,
    /// `user:password`, decoded.
    pub user: Option<String>,
    /// Path and query, without the fragment; empty or starting with `/` or `?`.
    pub path: String,
}

/// Whether a text starts like an absolute URL.
pub(crate) fn is_absolute(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

/// Splits an absolute URL.
pub(crate) fn split(text: &str) -> Result<Address, UrlMistake> {
    let shown = without_user(text);
    refuse_characters("URL", &shown, |c| c.is_whitespace() || c.is_control())?;
    if !is_absolute(text) {
        let hint = format!("write `http://{shown}`");
        return Err((format!("the URL `{shown}` has no scheme"), hint));
    }
    let (scheme, rest) = text.split_once("://").expect("invariant: an absolute URL holds `://`");
    if !matches!(scheme, "http" | "https") {
        let hint = "write `http://` or `https://`".to_owned();
        return Err((format!("the scheme `{scheme}` is not supported"), hint));
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let path = path.split('#').next().unwrap_or_default();
    refuse_characters("path", path, |c| !c.is_ascii())?;
    let url = Url::parse(&format!("{scheme}://{authority}/")).map_err(|error| {
        let hint = match error {
            url::ParseError::InvalidPort => "a port is a number from 1 to 65535",
            url::ParseError::EmptyHost => "write a host, such as `http://127.0.0.1:8080`",
            _ => "write `http://host:port/path`",
        };
        (format!("the URL `{shown}` cannot be read: {error}"), hint.to_owned())
    })?;
    if url.port() == Some(0) {
        return Err((
            format!("the URL `{shown}` has port 0"),
            "a port is a number from 1 to 65535".to_owned(),
        ));
    }
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let user = (!url.username().is_empty() || url.password().is_some())
        .then(|| format!("{}:{}", decode(url.username()), decode(url.password().unwrap_or_default())));
    Ok(Address { origin: format!("{scheme}://{host}{port}"), user, path: path.to_owned() })
}

/// What is wrong with a path below a base URL, if anything.
pub(crate) fn check_path(text: &str) -> Result<(), UrlMistake> {
    let starts_well = text.is_empty() || text.starts_with(['/', '?']) || text.starts_with("{{");
    if !starts_well {
        let hint = format!("write `/{text}`, or a whole URL with `http://`");
        return Err((format!("the path `{text}` does not start with `/`"), hint));
    }
    refuse_characters("path", text, |c| c.is_whitespace() || c.is_control() || !c.is_ascii())
}

fn refuse_characters(what: &str, text: &str, is_bad: impl Fn(char) -> bool) -> Result<(), UrlMistake> {
    let Some(bad) = outside_of_holes(text).chars().find(|c| is_bad(*c)) else { return Ok(()) };
    let name = match bad {
        ' ' => "a space".to_owned(),
        bad if bad.is_whitespace() || bad.is_control() => "white space or a control character".to_owned(),
        bad => format!("`{bad}`"),
    };
    let encoded: String = bad.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02X}")).collect();
    Err((format!("the {what} `{text}` holds {name}"), format!("write `{encoded}` for it")))
}

/// The text without its `{{ … }}`.
fn outside_of_holes(text: &str) -> String {
    let mut outside = String::new();
    let mut rest = text;
    while let Some((before, hole)) = rest.split_once("{{") {
        outside.push_str(before);
        rest = hole.split_once("}}").map_or("", |(_, after)| after);
    }
    outside.push_str(rest);
    outside
}

/// `user:password` as it stands in the text of a URL, however wrong the rest is.
pub(crate) fn user_in(text: &str) -> Option<&str> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    authority.rsplit_once('@').map(|(user, _)| user).filter(|user| !user.is_empty())
}

fn without_user(text: &str) -> String {
    match user_in(text) {
        Some(user) => text.replacen(&format!("{user}@"), "", 1),
        None => text.to_owned(),
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = tail.get(..2).filter(|_| *first == b'%');
        let byte = escaped
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        rest = if byte.is_some() { &tail[2..] } else { tail };
        bytes.push(byte.unwrap_or(*first));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
