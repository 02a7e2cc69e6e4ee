//! The cookies of one virtual user, by the rules of RFC 6265 that decide where a cookie goes.
//!
//! Knows no list of public suffixes: a server under test is trusted not to set cookies for a whole country. Reads
//! the wall clock only to compare it with an expiry. Called by the session before and after each exchange.

mod date;

use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::endpoint::Endpoint;

/// The cookies of one user.
#[derive(Debug, Default)]
pub(super) struct Jar {
    cookies: Vec<Cookie>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: String,
    domain: String,
    /// Whether only the very host gets it, and not those below.
    is_host_only: bool,
    path: String,
    is_secure: bool,
    /// Seconds since 1970; `None` until the run ends.
    expires_s: Option<i64>,
}

/// A user keeps at most this many, the newest.
const COOKIES_MAX: usize = 300;

impl Jar {
    /// Takes one `Set-Cookie` field of an answer to `path` at `endpoint`.
    pub(super) fn set(&mut self, field: &[u8], endpoint: &Endpoint, path: &str) {
        let Ok(field) = str::from_utf8(field) else { return };
        let Some(cookie) = parse(field, endpoint, path, now_s()) else { return };
        self.cookies.retain(|known| {
            (&known.name, &known.domain, &known.path) != (&cookie.name, &cookie.domain, &cookie.path)
        });
        if cookie.expires_s.is_none_or(|expires_s| expires_s > now_s()) {
            if self.cookies.len() == COOKIES_MAX {
                self.cookies.remove(0);
            }
            self.cookies.push(cookie);
        }
    }

    /// The `Cookie` field for a request to `path` at `endpoint`; `None` when there is nothing to send.
    pub(super) fn field(&mut self, endpoint: &Endpoint, path: &str) -> Option<String> {
        let now_s = now_s();
        self.cookies.retain(|cookie| cookie.expires_s.is_none_or(|expires_s| expires_s > now_s));
        let path = path_only(path);
        let mut fitting: Vec<&Cookie> =
            self.cookies.iter().filter(|cookie| cookie.goes_to(endpoint, path)).collect();
        // Longer paths first; the sort keeps older cookies before newer ones.
        fitting.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> = fitting.iter().map(|c| format!("{}={}", c.name, c.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

impl Cookie {
    fn goes_to(&self, endpoint: &Endpoint, path: &str) -> bool {
        let is_host = match self.is_host_only {
            true => endpoint.host.eq_ignore_ascii_case(&self.domain),
            false => is_below(&endpoint.host, &self.domain),
        };
        let is_path = path
            .strip_prefix(self.path.as_str())
            .is_some_and(|rest| rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/'));
        is_host && is_path && (!self.is_secure || endpoint.tls)
    }
}

fn parse(field: &str, endpoint: &Endpoint, path: &str, now_s: i64) -> Option<Cookie> {
    let mut parts = field.split(';');
    let (name, value) = parts.next()?.split_once('=')?;
    let mut cookie = Cookie {
        name: name.trim().to_owned(),
        value: value.trim().to_owned(),
        domain: endpoint.host.to_ascii_lowercase(),
        is_host_only: true,
        path: default_path(path_only(path)),
        is_secure: false,
        expires_s: None,
    };
    if cookie.name.is_empty() {
        return None;
    }
    let mut max_age_s = None;
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "domain" if !value.trim_start_matches('.').is_empty() => {
                let domain = value.trim_start_matches('.').to_ascii_lowercase();
                if !is_below(&endpoint.host, &domain) {
                    return None;
                }
                (cookie.domain, cookie.is_host_only) = (domain, false);
            }
            "path" if value.starts_with('/') => cookie.path = value.to_owned(),
            "secure" => cookie.is_secure = true,
            "max-age" => max_age_s = value.parse::<i64>().ok().or(max_age_s),
            "expires" => cookie.expires_s = date::parse(value).or(cookie.expires_s),
            _ => {}
        }
    }
    if let Some(max_age_s) = max_age_s {
        cookie.expires_s = Some(now_s.saturating_add(max_age_s));
    }
    (!cookie.is_secure || endpoint.tls).then_some(cookie)
}

/// Whether a host is a domain or a name below it.
fn is_below(host: &str, domain: &str) -> bool {
    if host.eq_ignore_ascii_case(domain) {
        return true;
    }
    let Some(start) = host.len().checked_sub(domain.len() + 1) else { return false };
    host.is_char_boundary(start)
        && host.as_bytes()[start] == b'.'
        && host[start + 1..].eq_ignore_ascii_case(domain)
        && host.parse::<IpAddr>().is_err()
}

/// Everything before the last slash of the request's path.
fn default_path(path: &str) -> String {
    match path.rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(at) => path[..at].to_owned(),
    }
}

fn path_only(path: &str) -> &str {
    match path.split(['?', '#']).next() {
        None | Some("") => "/",
        Some(path) => path,
    }
}

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
