//! What of a configuration is a secret, and the configuration without it.

use serde_json::Value;

use super::{BenchmarkConfiguration, BenchmarkResult};
use crate::Redactor;
use crate::redact::MASK;

/// Header fields whose values are credentials, in lower case.
pub const SECRET_HEADERS: [&str; 6] =
    ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token"];

/// Parts of names whose values are credentials, wherever they stand: header fields, queries, bodies.
const SECRET_PARTS: [&str; 10] = [
    "authorization",
    "cookie",
    "password",
    "passwd",
    "secret",
    "token",
    "api-key",
    "api_key",
    "apikey",
    "credential",
];

/// Whether the value of a field, a query parameter or a key of this name is likely to be a credential.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    SECRET_PARTS.iter().any(|part| lower.contains(part))
}

impl BenchmarkConfiguration {
    /// Knows every secret of the configuration: of header fields, of the URL (user, password, query) and of a body in JSON
    /// or as a form, by their names.
    #[must_use]
    pub fn redactor(&self) -> Redactor {
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        redactor_of(headers, &self.target_url, &self.body)
    }

    /// The same without its secrets.
    #[must_use]
    pub fn redacted(&self) -> Self {
        let redactor = self.redactor();
        let mut kept = self.clone();
        for (name, value) in &mut kept.headers {
            // By name as well: a short secret is none to look for, but it is one to hide.
            *value = if is_secret_name(name) { MASK.to_owned() } else { redactor.redact(value) };
        }
        kept.target_url = redactor.redact(&without_user(&kept.target_url));
        kept.body = redactor.redact(&kept.body);
        kept.name = redactor.redact(&kept.name);
        kept
    }

    /// Whether something is missing in what [`BenchmarkConfiguration::redacted`] keeps.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        self.redacted() != *self
    }
}

impl BenchmarkResult {
    /// Takes secrets out of a result that another program wrote, whose snapshot may hold anything.
    pub fn redact(&mut self) {
        let text =
            |key: &str| self.config_snapshot.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (url, body) = (text("target_url"), text("body"));
        let headers: Vec<(String, String)> = match self.config_snapshot.get("headers") {
            Some(Value::Object(map)) => map
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
                .collect(),
            _ => Vec::new(),
        };
        let pairs = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut redactor = redactor_of(pairs, &url, &body);
        add_url(&mut redactor, &self.url);
        add_json(&mut redactor, &self.config_snapshot);
        redactor.redact_json(&mut self.config_snapshot);
        if let Some(Value::Object(map)) = self.config_snapshot.get_mut("headers") {
            map.iter_mut()
                .filter(|(name, _)| is_secret_name(name))
                .for_each(|(_, value)| *value = MASK.into());
        }
        if let Some(url) = self.config_snapshot.get_mut("target_url").filter(|url| url.is_string()) {
            *url = without_user(url.as_str().unwrap_or_default()).into();
        }
        self.url = redactor.redact(&without_user(&self.url));
        self.name = redactor.redact(&self.name);
    }
}

/// Knows the secrets among header fields, in a URL (user, password, query) and in a body in JSON or as a form, by their
/// names.
#[must_use]
pub fn redactor_of<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>, url: &str, body: &str) -> Redactor {
    let mut redactor = Redactor::default();
    for (name, value) in headers.filter(|(name, _)| is_secret_name(name)) {
        redactor.add(value);
        // `Bearer abc` and `a=1; b=2`: each part is a secret by itself, the scheme and the names are none.
        let is_cookie = name.to_ascii_lowercase().contains("cookie");
        let parts: Vec<&str> = if is_cookie {
            value.split(';').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value.trim()).collect()
        } else {
            value.split_whitespace().skip(1).collect()
        };
        parts.into_iter().for_each(|part| redactor.add(part));
    }
    add_url(&mut redactor, url);
    match serde_json::from_str::<Value>(body) {
        Ok(json) => add_json(&mut redactor, &json),
        Err(_) => add_pairs(&mut redactor, body),
    }
    redactor
}

fn add_url(redactor: &mut Redactor, url: &str) {
    if let Some(user) = user_of(url) {
        redactor.add(user);
        user.split(':').skip(1).for_each(|password| redactor.add(password));
    }
    if let Some((_, query)) = url.split_once('?') {
        add_pairs(redactor, query.split('#').next().unwrap_or_default());
    }
}

/// `a=1&token=2` as in queries and forms.
fn add_pairs(redactor: &mut Redactor, text: &str) {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(name, _)| is_secret_name(name)).for_each(|(_, value)| redactor.add(value));
}

fn add_json(redactor: &mut Redactor, json: &Value) {
    match json {
        Value::Object(map) => {
            for (name, value) in map {
                match value {
                    Value::String(text) if is_secret_name(name) => redactor.add(text),
                    Value::Number(number) if is_secret_name(name) => redactor.add(&number.to_string()),
                    other => add_json(redactor, other),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| add_json(redactor, item)),
        _ => {}
    }
}

/// `user:password` of `scheme://user:password@host/…`.
fn user_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    authority.rsplit_once('@').map(|(user, _)| user)
}

fn without_user(url: &str) -> String {
    match user_of(url) {
        Some(user) => url.replacen(&format!("{user}@"), &format!("{MASK}@"), 1),
        None => url.to_owned(),
    }
}
