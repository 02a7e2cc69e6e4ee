//! The `setup` message, read once: what to ask, how, and with which client.
//!
//! In the profile `matched` every absent field gets the value of the protocol; in `defaults` an absent field is `None`
//! and means that the library decides.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// The size of the chunks in which a streamed body is read, bytes.
pub const STREAM_CHUNK_BYTES: usize = 8192;

const LANES_MAX: u64 = 10_000;

/// Which of a library's habits are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// All of them.
    Defaults,
    /// None that can be set: all libraries do the same.
    Matched,
}

/// Why a setup cannot be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The library cannot do what was asked; starts with the field of `setup`.
    Skipped(String),
    /// It should be able to, and failed.
    Failed(String),
}

impl<E: std::error::Error> From<E> for Refusal {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        Self::Failed(text)
    }
}

/// One request of the setup.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method; `GET` for a streamed one.
    pub method: String,
    /// An absolute URL.
    pub url: String,
    /// Names and values, in the order in which they were told.
    pub headers: Vec<(String, String)>,
    /// The body; empty without one.
    pub body: Vec<u8>,
    /// Whether the body of the answer is read in chunks.
    pub is_stream: bool,
}

impl Request {
    /// Whether a header of this name was told.
    #[must_use]
    pub fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(told, _)| told.eq_ignore_ascii_case(name))
    }

    /// Whether its method is one that states a length even without a body.
    #[must_use]
    pub fn has_body(&self) -> bool {
        !self.body.is_empty() || ["POST", "PUT", "PATCH"].contains(&self.method.as_str())
    }

    fn read(fields: &Value) -> Result<Self, String> {
        let method = fields["method"].as_str().unwrap_or("GET").to_uppercase();
        let url = fields["url"].as_str().filter(|url| url.contains("://"));
        let url = url.ok_or_else(|| "requests.url is no absolute URL".to_owned())?.to_owned();
        let headers = fields["headers"].as_array().map(Vec::as_slice).unwrap_or_default();
        let header = |pair: &Value| match (pair[0].as_str(), pair[1].as_str()) {
            (Some(name), Some(value)) => Ok((name.to_owned(), value.to_owned())),
            _ => Err("requests.headers holds what is no [name, value]".to_owned()),
        };
        let body = STANDARD
            .decode(fields["body_b64"].as_str().unwrap_or_default())
            .map_err(|error| format!("requests.body_b64 is not base64: {error}"))?;
        let is_stream = method == "STREAM";
        Ok(Self {
            method: if is_stream { "GET".to_owned() } else { method },
            url,
            headers: headers.iter().map(header).collect::<Result<_, _>>()?,
            body,
            is_stream,
        })
    }
}

/// What clients are made from.
#[derive(Clone)]
pub struct Setup {
    /// Which habits are kept.
    pub profile: Profile,
    /// What is asked; at least one.
    pub requests: Vec<Request>,
    /// `sync` or `async`.
    pub mode: String,
    /// How many requests may be in flight; as many clients are made.
    pub lanes: usize,
    /// The limit of one request, in the library's own notion.
    pub timeout: Option<Duration>,
    /// Repetitions after failures without an answer. The SDK makes them, so switch the library's own off.
    pub retries: Option<u32>,
    /// Pause of a lane after each request, ns.
    pub delay_ns: u64,
    /// The version of HTTP: `1.1`, `2` or `3`.
    pub http: Option<String>,
    /// Whether certificates are verified.
    pub verify: Option<bool>,
    /// The only authority to trust, in PEM.
    pub ca_pem: Option<String>,
    /// How many redirects are followed.
    pub redirects: Option<u32>,
    /// Whether compressed bodies are asked for and decoded.
    pub decode: Option<bool>,
    /// Whether connections are used again.
    pub keep_alive: Option<bool>,
    /// Connections to keep.
    pub pool: Option<usize>,
    /// For what is random in a client.
    pub seed: u64,
}

impl Setup {
    pub(crate) fn read(message: &Map<String, Value>) -> Result<Self, String> {
        let profile = match message.get("profile").and_then(Value::as_str) {
            None | Some("matched") => Profile::Matched,
            Some("defaults") => Profile::Defaults,
            Some(other) => return Err(format!("profile is `{other}`; write `defaults` or `matched`")),
        };
        let text = |name: &str| message.get(name).and_then(Value::as_str).map(str::to_owned);
        let flag = |name: &str| message.get(name).and_then(Value::as_bool);
        let tls = message.get("tls").unwrap_or(&Value::Null);
        let requests =
            message.get("requests").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut setup = Self {
            profile,
            requests: requests.iter().map(Request::read).collect::<Result<_, _>>()?,
            mode: text("mode").unwrap_or_else(|| "sync".to_owned()),
            lanes: whole(message, "lanes", 1, LANES_MAX)?.unwrap_or(1) as usize,
            timeout: whole(message, "timeout_ms", 1, u64::from(u32::MAX))?.map(Duration::from_millis),
            retries: whole(message, "retries", 0, 1_000)?.map(|retries| retries as u32),
            delay_ns: whole(message, "delay_ns", 0, 10_000_000_000_000)?.unwrap_or(0),
            http: text("http"),
            verify: tls["verify"].as_bool(),
            ca_pem: tls["ca_pem"].as_str().filter(|pem| !pem.is_empty()).map(str::to_owned),
            redirects: whole(message, "redirects", 0, 1_000)?.map(|redirects| redirects as u32),
            decode: flag("decode"),
            keep_alive: flag("keep_alive"),
            pool: whole(message, "pool", 1, LANES_MAX)?.map(|pool| pool as usize),
            seed: message.get("seed").and_then(Value::as_u64).unwrap_or(0),
        };
        if setup.requests.is_empty() {
            return Err("requests is empty; name at least one".to_owned());
        }
        if setup.is_matched() {
            setup.fill();
        } else if setup.decode == Some(false) {
            setup.tell("accept-encoding", "identity");
        }
        Ok(setup)
    }

    /// Fills what was left out and tells the headers that libraries like to choose.
    fn fill(&mut self) {
        self.retries.get_or_insert(0);
        self.http.get_or_insert_with(|| "1.1".to_owned());
        self.verify.get_or_insert(true);
        self.redirects.get_or_insert(0);
        let decode = *self.decode.get_or_insert(false);
        self.keep_alive.get_or_insert(true);
        self.pool.get_or_insert(self.lanes);
        self.tell("user-agent", "dyno");
        self.tell("accept", "*/*");
        self.tell("accept-encoding", if decode { "gzip" } else { "identity" });
    }

    /// Adds a header to the requests that have none of that name.
    pub(crate) fn tell(&mut self, name: &str, value: &str) {
        for request in &mut self.requests {
            if !request.has_header(name) {
                request.headers.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    /// Whether the library's habits are switched off.
    #[must_use]
    pub fn is_matched(&self) -> bool {
        self.profile == Profile::Matched
    }

    /// Whether any request goes over TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.requests
            .iter()
            .any(|request| request.url.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:")))
    }

    /// Refuses a pool of another size than the lanes, for libraries that have no such choice.
    ///
    /// # Errors
    /// When another size was told.
    pub fn need_pool_of_lanes(&self, why: &str) -> Result<(), Refusal> {
        match self.pool {
            Some(pool) if pool != self.lanes => Err(skip("pool", why)),
            _ => Ok(()),
        }
    }
}

impl Refusal {
    /// This library cannot honour `field` of the setup.
    #[must_use]
    pub fn skip(field: &str, why: &str) -> Self {
        skip(field, why)
    }
}

fn skip(field: &str, why: &str) -> Refusal {
    Refusal::Skipped(format!("{field}: {why}"))
}

fn whole(message: &Map<String, Value>, name: &str, least: u64, most: u64) -> Result<Option<u64>, String> {
    match message.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64() {
            Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => Err(format!("{name} is {value}; it must be a whole number from {least} to {most}")),
        },
    }
}

#[cfg(test)]
mod tests;
