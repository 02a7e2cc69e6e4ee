//! The messages of the worker protocol, one JSON object per line.
//!
//! Reading is lenient on both sides: unknown messages are [`ToHost::Unknown`] and [`ToWorker::Unknown`], unknown fields are
//! ignored, and what is missing is `None`. Nothing here waits or writes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The lowest and the highest version of the protocol that this host speaks.
pub const PROTOCOL: (u32, u32) = (1, 1);

/// The longest line in either direction, in bytes.
pub const LINE_MOST: usize = 4 << 20;

/// What a worker says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ToHost {
    /// Who it is; its first message.
    Hello(Hello),
    /// The answer to a ping.
    Pong {
        /// The number of the ping.
        id: u64,
        /// The worker's clock, in nanoseconds.
        now: u64,
    },
    /// It can do what `setup` asked.
    Ready {},
    /// Its library cannot do what `setup` asked.
    Skipped {
        /// Why, in words.
        reason: String,
    },
    /// It should be able to, and failed.
    Error {
        /// What it was doing.
        #[serde(default, rename = "where")]
        place: String,
        /// What went wrong.
        #[serde(default)]
        msg: String,
    },
    /// How a run goes.
    Progress(Progress),
    /// Samples in columns; read with [`crate::SampleColumns::read`].
    Samples(serde_json::Map<String, serde_json::Value>),
    /// The answer to a mark.
    Window(Window),
    /// The end of a run.
    Done(Done),
    /// A line for the log.
    Log {
        /// Such as `info`.
        #[serde(default)]
        level: String,
        /// The text.
        #[serde(default)]
        msg: String,
    },
    /// Its last message.
    Bye {},
    /// A message that this version does not know.
    #[serde(other)]
    Unknown,
}

/// Who a worker is and what its library can do.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Hello {
    /// Lowest and highest version of the protocol.
    pub proto: (u32, u32),
    /// The client, such as `httpx`.
    pub name: String,
    /// The version that was imported.
    #[serde(default)]
    pub version: String,
    /// The language, such as `python`.
    #[serde(default)]
    pub lang: String,
    /// The runtime with its version.
    #[serde(default)]
    pub runtime: String,
    /// The process.
    #[serde(default)]
    pub pid: Option<u32>,
    /// Of `sync` and `async`.
    #[serde(default)]
    pub modes: Vec<String>,
    /// Of `1.1`, `2` and `3`.
    #[serde(default)]
    pub http: Vec<String>,
    /// What else it can do, see the protocol.
    #[serde(default)]
    pub features: Vec<String>,
    /// Versions of what it stands on.
    #[serde(default)]
    pub libs: BTreeMap<String, String>,
    /// How long importing the library took, in nanoseconds.
    #[serde(default)]
    pub import_ns: Option<u64>,
    /// The name of its clock.
    #[serde(default)]
    pub clock: String,
    /// Its clock, in nanoseconds.
    #[serde(default)]
    pub now: u64,
}

/// How a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// Requests started.
    #[serde(default)]
    pub sent: u64,
    /// Requests ended.
    #[serde(default)]
    pub done: u64,
    /// Of these, failed.
    #[serde(default)]
    pub err: u64,
    /// Requests under way.
    #[serde(default)]
    pub inflight: u64,
    /// Largest lateness since the last message, in nanoseconds.
    #[serde(default)]
    pub lag_max: u64,
}

/// What a worker used up to a mark.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Window {
    /// The number of the mark.
    pub id: u64,
    /// The worker's clock, in nanoseconds.
    #[serde(default)]
    pub now: u64,
    /// Requests ended.
    #[serde(default)]
    pub done: u64,
    /// CPU in user mode, in nanoseconds.
    #[serde(default)]
    pub utime: Option<u64>,
    /// CPU in the kernel, in nanoseconds.
    #[serde(default)]
    pub stime: Option<u64>,
    /// Largest resident memory, in bytes.
    #[serde(default)]
    pub maxrss: Option<u64>,
}

/// The end of a run: what it cost.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Done {
    /// As in the order.
    #[serde(default)]
    pub run_id: u64,
    /// From the start to the last end, in nanoseconds.
    pub wall: u64,
    /// Requests started.
    #[serde(default)]
    pub sent: u64,
    /// Samples reported.
    #[serde(default)]
    pub count: u64,
    /// CPU in user mode, in nanoseconds, helper threads included.
    #[serde(default)]
    pub utime: Option<u64>,
    /// CPU in the kernel, in nanoseconds.
    #[serde(default)]
    pub stime: Option<u64>,
    /// Largest resident memory, in bytes.
    #[serde(default)]
    pub maxrss: Option<u64>,
    /// Page faults without a read.
    #[serde(default)]
    pub minflt: Option<u64>,
    /// Voluntary context switches.
    #[serde(default)]
    pub nvcsw: Option<u64>,
    /// Involuntary context switches.
    #[serde(default)]
    pub nivcsw: Option<u64>,
    /// Allocations.
    #[serde(default)]
    pub alloc: Option<i64>,
    /// Failures by the library's own word.
    #[serde(default)]
    pub errors: BTreeMap<String, u64>,
    /// Moments at which a request was due and every lane was busy.
    #[serde(default)]
    pub lanes_busy: Option<u64>,
}

/// What the host says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ToWorker {
    /// Answer at once.
    Ping {
        /// Its number.
        id: u64,
    },
    /// What is asked, and how.
    Setup(Box<Setup>),
    /// When requests are meant to start; made by [`crate::ScheduleColumns`].
    Schedule {
        /// The number of the first request.
        first_seq: u32,
        /// Intended starts, base64 of u64.
        at: String,
        /// Index into the requests, base64 of u32; empty for one after the other.
        #[serde(default)]
        req: String,
    },
    /// Begin.
    Run(RunOrder),
    /// Cut a window.
    Mark {
        /// Its number.
        id: u64,
    },
    /// End the run and drain.
    Stop {},
    /// End the run at once.
    Abort {},
    /// Exit.
    Bye {},
    /// A message that this version does not know.
    #[serde(other)]
    Unknown,
}

/// Which of the library's habits are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// The library as it comes.
    Defaults,
    /// Pools, redirects, decoding and header fields as told, the same for all.
    Matched,
}

/// What is asked, and how. In the profile `defaults` absent fields are the library's own business.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// Which habits are kept.
    pub profile: Profile,
    /// What is asked, in turn.
    pub requests: Vec<ClientRequest>,
    /// `sync` or `async`.
    pub mode: String,
    /// How many requests may be in flight.
    pub lanes: u32,
    /// Time limit of a request, in milliseconds.
    pub timeout_ms: u64,
    /// Tries after failures without an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
    /// Pause of a lane after each request, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_ns: Option<u64>,
    /// `1.1`, `2` or `3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
    /// Certificates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSetup>,
    /// How many redirects are followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirects: Option<u32>,
    /// Whether compressed bodies are asked for and decoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decode: Option<bool>,
    /// Whether connections are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<bool>,
    /// How many are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<u32>,
    /// The seed of everything random.
    #[serde(default)]
    pub seed: u64,
}

impl Setup {
    /// One lane of plain GETs, with everything else left to the library.
    #[must_use]
    pub fn of_get(profile: Profile, mode: &str, url: &str) -> Self {
        Self {
            profile,
            requests: vec![ClientRequest {
                method: "GET".to_owned(),
                url: url.to_owned(),
                headers: Vec::new(),
                body_b64: String::new(),
            }],
            mode: mode.to_owned(),
            lanes: 1,
            timeout_ms: 1_000,
            retries: None,
            delay_ns: None,
            http: None,
            tls: None,
            redirects: None,
            decode: None,
            keep_alive: None,
            pool: None,
            seed: 1,
        }
    }
}

/// One request of a setup. Its `Debug` hides fields and body, which may hold secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientRequest {
    /// The method; `STREAM` is a GET whose body is read in chunks of 8,192 bytes.
    pub method: String,
    /// The URL.
    pub url: String,
    /// Header fields.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body, base64; empty for none.
    #[serde(default)]
    pub body_b64: String,
}

impl std::fmt::Debug for ClientRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClientRequest({} {}, {} fields)", self.method, self.url, self.headers.len())
    }
}

/// Certificates of a setup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsSetup {
    /// Whether the certificate is verified.
    pub verify: bool,
    /// Authorities to trust, PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_pem: Option<String>,
}

/// When samples are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flush {
    /// After the run, so that encoding is not part of it.
    #[default]
    End,
    /// About once a second.
    Live,
}

/// The order to begin a run. Exactly one of `count` and `until_ns` is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOrder {
    /// Its number.
    #[serde(default)]
    pub run_id: u64,
    /// How many requests end it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// When it ends, in nanoseconds since its start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_ns: Option<u64>,
    /// When it starts, on the worker's clock; what is past, or absent, is now.
    #[serde(default)]
    pub start_at: u64,
    /// Whether samples are kept.
    #[serde(default = "yes")]
    pub record: bool,
    /// When they are sent.
    #[serde(default)]
    pub flush: Flush,
    /// How long requests in flight may go on, in milliseconds; absent: until they end.
    #[serde(default = "without_end")]
    pub drain_ms: u64,
}

fn yes() -> bool {
    true
}

fn without_end() -> u64 {
    u64::MAX
}

/// A line of a worker's stdout.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// A message.
    Message(Box<ToHost>),
    /// A message whose fields are not what the protocol says.
    Broken {
        /// The kind that it says to be.
        kind: String,
        /// What is wrong.
        problem: String,
    },
    /// Something else, taken for a log line.
    Text(String),
}

impl Line {
    /// Reads one line, without its end. Never fails: what is no message is a log line.
    #[must_use]
    pub fn read(line: &[u8]) -> Self {
        let text = || Self::Text(String::from_utf8_lossy(line).trim_end().to_owned());
        let Ok(value) = serde_json::from_slice::<serde_json::Value>(line) else { return text() };
        let Some(kind) = value.get("t").and_then(|t| t.as_str()).map(str::to_owned) else { return text() };
        match serde_json::from_value(value) {
            Ok(message) => Self::Message(Box::new(message)),
            Err(error) => Self::Broken { kind, problem: error.to_string() },
        }
    }
}

impl ToWorker {
    /// The line, with its end.
    #[must_use]
    pub fn line(&self) -> Vec<u8> {
        line_of(self)
    }

    /// Reads one line, without its end, as a worker does.
    ///
    /// # Errors
    /// When it is no message, or its fields are not what the protocol says; in words.
    pub fn read(line: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(line).map_err(|error| error.to_string())
    }
}

impl ToHost {
    /// Reads one line, without its end; lines that are no message are told apart by the session.
    ///
    /// # Errors
    /// When it is no message, or its fields are not what the protocol says; in words.
    pub fn read(line: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(line).map_err(|error| error.to_string())
    }

    /// The line, with its end.
    #[must_use]
    pub fn line(&self) -> Vec<u8> {
        line_of(self)
    }
}

fn line_of(message: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(message).expect("invariant: messages are made of JSON types");
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests;
