//! From the JSON of a request to a configuration, or to all of its mistakes at once.

use std::collections::BTreeMap;

use dyno_model::{BENCHMARK_METHODS, BenchmarkConfiguration, BenchmarkSettings, ConfigurationStatus};
use serde_json::{Map, Value};
use url::Url;

use crate::player::ClientOffer;
use crate::problem::Mistake;

/// Keys that a request may have.
pub(crate) const KEYS: [&str; 15] = [
    "name",
    "target_url",
    "http_method",
    "headers",
    "body",
    "concurrency",
    "duration_seconds",
    "total_requests",
    "client_library",
    "is_async",
    "timeout",
    "verify_ssl",
    "retry_attempts",
    "delay_between_requests",
    "status",
];

/// The longest name, in characters.
pub(crate) const NAME_MOST: usize = 200;

/// The longest URL, in characters.
pub(crate) const URL_MOST: usize = 2_000;

/// The most requests that a benchmark may be asked for; each leaves a sample in memory.
pub(crate) const REQUESTS_MOST: u64 = 10_000_000;

/// The most tries after a failure.
pub(crate) const RETRIES_MOST: u64 = 1_000;

/// What a configuration is checked against.
pub(crate) struct Rules<'a> {
    pub(crate) settings: &'a BenchmarkSettings,
    pub(crate) clients: &'a [ClientOffer],
}

/// Reads a configuration that gets this id and time.
pub(crate) fn read(
    given: &Map<String, Value>,
    rules: &Rules<'_>,
    id: &str,
    created_at: &str,
) -> Result<BenchmarkConfiguration, Vec<Mistake>> {
    let settings = rules.settings;
    let mut fields = Fields { given, mistakes: Vec::new() };
    fields.refuse_unknown(&KEYS);
    let concurrency_most = u64::from(settings.max_concurrency);
    let duration_most = settings.max_duration_seconds;
    let (default_concurrency, default_retries) =
        (u64::from(settings.default_concurrency), u64::from(settings.default_retry_attempts));
    let configuration = BenchmarkConfiguration {
        id: id.to_owned(),
        created_at: created_at.to_owned(),
        name: fields.name(),
        target_url: fields.url(),
        http_method: fields.one_of("http_method", &BENCHMARK_METHODS),
        headers: fields.headers(),
        body: fields.text("body").unwrap_or_default().to_owned(),
        concurrency: fields.whole("concurrency", (1, concurrency_most)).unwrap_or(default_concurrency) as u32,
        duration_seconds: fields
            .number("duration_seconds", (0.0, duration_most), true)
            .unwrap_or(settings.default_duration_seconds.min(duration_most)),
        total_requests: fields.whole("total_requests", (1, REQUESTS_MOST)),
        client_library: fields.client(rules.clients),
        is_async: fields.flag("is_async").unwrap_or_else(|| is_async_only(rules.clients, given)),
        timeout_s: fields.number("timeout", (0.0, 86_400.0), true).unwrap_or(settings.default_timeout_s),
        verify_ssl: fields.flag("verify_ssl").unwrap_or(true),
        retry_attempts: fields.whole("retry_attempts", (0, RETRIES_MOST)).unwrap_or(default_retries) as u32,
        delay_s: fields.number("delay_between_requests", (0.0, 86_400.0), false).unwrap_or(0.0),
        status: fields.status(),
    };
    if fields.mistakes.is_empty() {
        fields.check_mode(&configuration, rules.clients);
    }
    if fields.mistakes.is_empty() { Ok(configuration) } else { Err(fields.mistakes) }
}

/// Reads the status that a configuration is to have, from an object that has nothing else.
pub(crate) fn read_status(given: &Map<String, Value>) -> Result<ConfigurationStatus, Vec<Mistake>> {
    let mut fields = Fields { given, mistakes: Vec::new() };
    fields.refuse_unknown(&["status"]);
    if !given.contains_key("status") {
        fields.wrong("status", "is missing; it must be DRAFT, ACTIVE or ARCHIVED");
    }
    let status = fields.status();
    if fields.mistakes.is_empty() { Ok(status) } else { Err(fields.mistakes) }
}

/// A library that has nothing but an asynchronous interface is used by it when nothing is said.
fn is_async_only(clients: &[ClientOffer], given: &Map<String, Value>) -> bool {
    let name = given.get("client_library").and_then(Value::as_str);
    let offer = clients.iter().find(|client| Some(client.name.as_str()) == name);
    offer.is_some_and(|offer| offer.modes == ["async"])
}

struct Fields<'a> {
    given: &'a Map<String, Value>,
    mistakes: Vec<Mistake>,
}

impl<'a> Fields<'a> {
    fn wrong(&mut self, field: &str, problem: impl Into<String>) {
        let value = self.given.get(field).unwrap_or(&Value::Null);
        self.mistakes.push(Mistake::new(field, value, problem));
    }

    /// Names the field alone: its value may be a secret.
    fn wrong_silently(&mut self, field: &str, problem: impl Into<String>) {
        self.mistakes.push(Mistake::new(field, &Value::Null, problem));
    }

    fn refuse_unknown(&mut self, known: &[&str]) {
        let unknown: Vec<&String> = self.given.keys().filter(|key| !known.contains(&key.as_str())).collect();
        for key in unknown {
            let problem = match key.as_str() {
                "id" | "created_at" => "is given by the server; leave it out".to_owned(),
                _ => format!("is not known; known are {}", known.join(", ")),
            };
            self.wrong_silently(key, problem);
        }
    }

    fn needed_text(&mut self, field: &'static str) -> Option<&'a str> {
        if !self.given.contains_key(field) {
            self.wrong(field, "is missing");
            return None;
        }
        self.text(field)
    }

    fn text(&mut self, field: &'static str) -> Option<&'a str> {
        let value = self.given.get(field)?;
        let text = value.as_str();
        if text.is_none() {
            self.wrong(field, "must be a text");
        }
        text
    }

    fn flag(&mut self, field: &'static str) -> Option<bool> {
        let value = self.given.get(field)?;
        let flag = value.as_bool();
        if flag.is_none() {
            self.wrong(field, "must be true or false");
        }
        flag
    }

    /// A whole number within bounds; null is none where the contract has it.
    fn whole(&mut self, field: &'static str, (least, most): (u64, u64)) -> Option<u64> {
        let value = self.given.get(field)?;
        if value.is_null() && field == "total_requests" {
            return None;
        }
        // JSON knows one kind of number: 10.0 is as whole as 10.
        let exact = value.as_f64().filter(|number| number.fract() == 0.0 && *number >= 0.0 && *number < 9e15);
        let number = value.as_u64().or(exact.map(|number| number as u64));
        let fine = number.filter(|number| (least..=most).contains(number));
        if fine.is_none() {
            self.wrong(field, format!("must be a whole number from {least} to {most}"));
        }
        fine
    }

    fn number(&mut self, field: &'static str, (least, most): (f64, f64), is_above: bool) -> Option<f64> {
        let value = self.given.get(field)?;
        let in_range = |number: &f64| *number <= most && (*number > least || (!is_above && *number >= least));
        let fine = value.as_f64().filter(in_range);
        if fine.is_none() {
            let word = if is_above { "above" } else { "at least" };
            self.wrong(field, format!("must be a number of seconds, {word} {least} and at most {most}"));
        }
        fine
    }

    fn name(&mut self) -> String {
        let Some(name) = self.needed_text("name") else { return String::new() };
        if name.is_empty() || name.chars().count() > NAME_MOST || name.chars().any(char::is_control) {
            self.wrong("name", format!("must have 1 to {NAME_MOST} characters on one line"));
        }
        name.to_owned()
    }

    fn url(&mut self) -> String {
        let Some(text) = self.needed_text("target_url") else { return String::new() };
        let parsed =
            Url::parse(text).ok().filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
        if parsed.is_none() || text.chars().count() > URL_MOST || text.chars().any(char::is_whitespace) {
            let problem = format!("must be an http or https URL of at most {URL_MOST} characters");
            // What may be a URL may have a password.
            if text.contains('@') {
                self.wrong_silently("target_url", problem);
            } else {
                self.wrong("target_url", problem);
            }
        }
        text.to_owned()
    }

    fn one_of(&mut self, field: &'static str, known: &[&str]) -> String {
        let Some(text) = self.needed_text(field) else { return String::new() };
        if !known.contains(&text) {
            self.wrong(field, format!("must be one of {}", known.join(", ")));
        }
        text.to_owned()
    }

    fn client(&mut self, clients: &[ClientOffer]) -> String {
        let names: Vec<&str> = clients.iter().map(|client| client.name.as_str()).collect();
        self.one_of("client_library", &names)
    }

    fn status(&mut self) -> ConfigurationStatus {
        let Some(value) = self.given.get("status") else { return ConfigurationStatus::default() };
        serde_json::from_value(value.clone()).unwrap_or_else(|_| {
            self.wrong("status", "must be DRAFT, ACTIVE or ARCHIVED");
            ConfigurationStatus::default()
        })
    }

    fn headers(&mut self) -> BTreeMap<String, String> {
        let Some(value) = self.given.get("headers") else { return BTreeMap::new() };
        let Some(map) = value.as_object() else {
            self.wrong_silently("headers", "must be an object of names and texts");
            return BTreeMap::new();
        };
        let mut headers = BTreeMap::new();
        for (name, value) in map {
            let text =
                value.as_str().filter(|text| text.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~')));
            match text {
                Some(text) if is_token(name) => drop(headers.insert(name.clone(), text.to_owned())),
                Some(_) => self.wrong_silently("headers", "has a name that is no name of a header field"),
                None => self.wrong_silently(
                    "headers",
                    format!("has a value for `{}` that is no line of ASCII", name.escape_debug()),
                ),
            }
        }
        headers
    }

    fn check_mode(&mut self, configuration: &BenchmarkConfiguration, clients: &[ClientOffer]) {
        let Some(offer) = clients.iter().find(|client| client.name == configuration.client_library) else {
            return;
        };
        if !offer.modes.iter().any(|mode| mode == configuration.client_type()) {
            let (name, has) = (&configuration.client_library, offer.modes.join(" and "));
            let wanted = !configuration.is_async;
            let problem = format!(
                "must be {wanted}: `{name}` has no {} interface, it is {has} only",
                configuration.client_type()
            );
            let value = Value::Bool(configuration.is_async);
            self.mistakes.push(Mistake::new("is_async", &value, problem));
        }
    }
}

/// Whether a text can be the name of a header field.
fn is_token(name: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_fine)
}

#[cfg(test)]
mod tests;
