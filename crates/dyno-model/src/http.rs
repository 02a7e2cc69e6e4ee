//! What a plan asks over HTTP: scenarios of steps, checks, extractions, connections and TLS.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{OperationId, Secret, Template};

/// An HTTP workload: where to send and what.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpPlan {
    /// Base URLs, used in turn by connections; each has a scheme, a host and perhaps a path prefix.
    pub base_urls: Vec<String>,
    /// How connections are made.
    pub connection: Connection,
    /// Weighted scenarios; arrival `n` plays one of them, chosen by seed and `n`.
    pub scenarios: Vec<Scenario>,
    /// Tables that give rows to arrivals.
    pub feeders: Vec<Feeder>,
    /// Fixed variables of the plan.
    pub variables: Vec<(String, String)>,
    /// Whether each virtual user keeps cookies.
    pub cookies: bool,
    /// How many redirects are followed; 0 means a redirect is the answer.
    pub redirects_max: u32,
    /// Whether the answer is decoded and `Accept-Encoding: gzip` is sent.
    pub compressed: bool,
}

/// The version spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HttpVersion {
    /// HTTP/1.1.
    #[serde(rename = "http1.1")]
    Http11,
}

/// How connections are made.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// The version spoken.
    pub version: HttpVersion,
    /// Requests sent on one connection before the first answer; 1 means no pipelining.
    pub pipeline: u32,
    /// Whether a connection serves more than one request.
    pub keep_alive: bool,
    /// Time for resolving, connecting and the TLS handshake together.
    pub connect_timeout: Duration,
    /// Answers to name look-ups given by the user: (host, port, address).
    pub resolve: Vec<(String, u16, IpAddr)>,
    /// Connect elsewhere for a host: (host, port) → (host, port); the `Host` field stays.
    pub connect_to: Vec<((String, u16), (String, u16))>,
    /// Connect to this Unix socket for every URL.
    pub unix_socket: Option<PathBuf>,
    /// An `http://` proxy; requests go through `CONNECT`.
    pub proxy: Option<String>,
    /// Credentials for the proxy, `user:password`.
    pub proxy_credentials: Option<Secret>,
    /// Local addresses used in turn by connections.
    pub source_addresses: Vec<IpAddr>,
    /// TLS options for `https` URLs.
    pub tls: TlsOptions,
}

impl Default for Connection {
    /// Straight to the URL's host: HTTP/1.1 with keep-alive, no pipelining, ten seconds to connect.
    fn default() -> Self {
        Self {
            version: HttpVersion::Http11,
            pipeline: 1,
            keep_alive: true,
            connect_timeout: Duration::from_secs(10),
            resolve: Vec::new(),
            connect_to: Vec::new(),
            unix_socket: None,
            proxy: None,
            proxy_credentials: None,
            source_addresses: Vec::new(),
            tls: TlsOptions::default(),
        }
    }
}

/// TLS options.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TlsOptions {
    /// Accept any certificate.
    pub insecure: bool,
    /// Trust the authorities of this PEM file instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Client certificate chain, PEM.
    pub certificate_file: Option<PathBuf>,
    /// Client private key, PEM.
    pub key_file: Option<PathBuf>,
    /// Server name sent and verified instead of the URL's host.
    pub server_name: Option<String>,
}

/// Steps played in order by one virtual user.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// Its share of the arrivals, relative to the others.
    pub weight: u32,
    /// What is sent, in order. Never empty.
    pub steps: Vec<HttpStep>,
    /// The operation of the whole journey, when there are several steps.
    pub journey: Option<OperationId>,
}

/// One request and what is made of its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpStep {
    /// The operation its samples belong to.
    pub operation: OperationId,
    /// The method.
    pub method: String,
    /// A path below the base URL, or an absolute URL.
    pub url: Template,
    /// Fields to send besides `Host` and the framing ones.
    pub headers: Vec<(String, Template)>,
    /// What is sent as content.
    pub body: Body,
    /// `Authorization` to send.
    pub credentials: Option<Credentials>,
    /// What must hold of the answer; all of them.
    pub checks: Vec<Check>,
    /// What is taken from the answer: (variable, where from).
    pub extracts: Vec<(String, Extract)>,
    /// A pause before this step.
    pub pause_before: Duration,
}

/// Content of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// None.
    Empty,
    /// A text with holes; the content type is a header.
    Text(Template),
    /// Bytes of a file, read when the plan is resolved.
    Bytes(Vec<u8>),
    /// `application/x-www-form-urlencoded` pairs; values are encoded after rendering.
    Form(Vec<(String, Template)>),
}

/// `Authorization` of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Credentials {
    /// Basic, `user:password`.
    Basic(Secret),
    /// Bearer token.
    Bearer(Secret),
}

/// Something that must hold of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// The status is one of these inclusive ranges.
    Status(Vec<(u16, u16)>),
    /// A header is there, and has this value when one is given.
    Header {
        /// Field name, lower case.
        name: String,
        /// The whole value, or `None` when presence is enough.
        value: Option<Template>,
    },
    /// The body contains this text.
    BodyContains(Template),
    /// The body matches this regular expression.
    BodyMatches(String),
    /// A JSON path (RFC 9535) gives exactly this value, or anything when none is given.
    Json {
        /// The path.
        path: String,
        /// The value as compact JSON.
        equals: Option<Template>,
    },
    /// The body has a size in this inclusive range of bytes.
    Size {
        /// Smallest size.
        min: u64,
        /// Largest size.
        max: u64,
    },
    /// The service time is at most this long.
    TimeAtMost(Duration),
}

/// Where a variable's value is taken from.
#[derive(Debug, Clone, PartialEq)]
pub enum Extract {
    /// First match of a JSON path (RFC 9535); strings without quotes.
    Json(String),
    /// A header field.
    Header(String),
    /// First group of a regular expression over the body, or its whole match without groups.
    Regex(String),
    /// A cookie that the answer sets.
    Cookie(String),
}

/// A table whose rows are given to arrivals.
#[derive(Debug, Clone, PartialEq)]
pub struct Feeder {
    /// The name used in templates.
    pub name: String,
    /// Column names.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`. Never empty.
    pub rows: Vec<Vec<String>>,
    /// Which row an arrival gets.
    pub order: FeederOrder,
}

/// Which row of a feeder an arrival gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeederOrder {
    /// Row `n mod rows`.
    Sequential,
    /// A row chosen by seed and `n`.
    Random,
}
