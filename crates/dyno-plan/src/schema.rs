//! The JSON Schema of plan files, for editors. Generated from structs whose comments are its descriptions.
//!
//! The structs only describe; `draft` and the section modules read. A test holds both to the same keys.

mod step;

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

pub(crate) use step::Scenario;

/// The JSON Schema of a plan file.
#[must_use]
pub fn plan_schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(PlanFile).to_value();
    if let Some(map) = schema.as_object_mut() {
        map.insert("title".to_owned(), "Dynamometer plan".into());
    }
    schema
}

/// A load test: where to send what, how often, for how long, and what must hold.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanFile {
    /// The name of the plan; runs of one name are comparable. The file's name unless given.
    name: Option<String>,
    /// What is measured.
    target: Option<Target>,
    /// When requests start: open (by a schedule) or closed (by users that wait). 50 users unless given.
    load: Option<Load>,
    /// Warm-up, measurement and cool-down: windows over one timeline that starts with the warm-up.
    phases: Option<Phases>,
    /// What ends the run or a request.
    limits: Option<Limits>,
    /// How connections are made.
    http: Option<Http>,
    /// Fixed texts for templates.
    variables: Option<BTreeMap<String, Scalar>>,
    /// Tables whose rows are given to arrivals.
    feeders: Option<BTreeMap<String, Feeder>>,
    /// What is sent. One GET of the target's URL unless given.
    scenarios: Option<Vec<Scenario>>,
    /// Objectives such as `p99 < 20ms`, `errors < 0.1%`, `browse.p95 < 10ms`, `rate > 99% of asked`.
    thresholds: Option<OneOrMany<ThresholdItem>>,
    /// Files to write; the extension says which kind.
    output: Option<OneOrMany<String>>,
    /// The seed of everything random; 42 unless given.
    seed: Option<Integer>,
    /// Load threads; one per usable core unless given.
    threads: Option<Integer>,
}

/// What is measured: one of `http` and `embedded`.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Target {
    /// Base URL, or several that connections use in turn.
    http: Option<OneOrMany<String>>,
    /// The target that comes with the tool.
    embedded: Option<Embedded>,
}

/// The embedded target has no settings.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Embedded {}

/// When requests start: one of `open` and `closed`.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Load {
    /// Requests start by a schedule, whether or not answers are back.
    open: Option<Open>,
    /// A number of users, each waiting for its answer before the next request.
    closed: Option<Closed>,
}

/// A schedule: one of `rate`, `stages` and `arrivals_file`.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Open {
    /// A constant rate, such as `300/s`.
    rate: Option<String>,
    /// Pieces of a rate curve; the last rate holds.
    stages: Option<Vec<Stage>>,
    /// A file with one start time per line, in seconds or with a unit, ascending.
    arrivals_file: Option<String>,
    /// `even` (default) or `poisson` (independent users).
    arrivals: Option<String>,
    /// How many requests may be in flight, 1024 unless given; further ones wait, and the wait counts.
    max_in_flight: Option<Integer>,
}

/// A piece of a rate curve: one of `hold`, `ramp`, `stairs`, `burst` and `sine`.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stage {
    /// A rate, for the time in `for`.
    hold: Option<String>,
    /// From one rate to another, such as `100/s..2000/s`, over the time in `over`.
    ramp: Option<String>,
    /// From one rate to another in equal steps.
    stairs: Option<String>,
    /// The rate of the bursts that end each period.
    burst: Option<String>,
    /// Swings between two rates, starting in the middle.
    sine: Option<String>,
    /// How long a `hold` or each `burst` lasts.
    #[serde(rename = "for")]
    lasting: Option<String>,
    /// How long the piece lasts.
    over: Option<String>,
    /// How many stairs.
    steps: Option<Integer>,
    /// The rate between bursts; none unless given.
    base: Option<String>,
    /// The time from the start of one burst to the next.
    every: Option<String>,
    /// The length of one swing.
    period: Option<String>,
}

/// Users that wait for their answers.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Closed {
    /// How many, 50 unless given.
    users: Option<Integer>,
    /// The pause between an answer and the next request.
    think_time: Option<String>,
    /// Users start evenly spread over this time.
    ramp_up: Option<String>,
}

/// Windows over one timeline.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Phases {
    /// Played and not counted: a time, `{ requests: N }` or `auto`.
    warmup: Option<WarmupForm>,
    /// How long is measured; what the warm-up leaves of a schedule with an end, else 10 s.
    measure: Option<String>,
    /// Load after the measurement.
    cooldown: Option<String>,
}

/// A warm-up by count.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WarmupRequests {
    /// How many requests are not counted.
    requests: Integer,
}

#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) enum WarmupForm {
    /// A time such as `10s`, or `auto`.
    Time(Scalar),
    /// By count.
    Requests(WarmupRequests),
}

/// What ends the run or a request.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limits {
    /// How many measured requests end the run.
    requests: Option<Integer>,
    /// A request without a complete answer after this time is a timeout; 10 s unless given.
    timeout: Option<String>,
    /// How long requests in flight may take after the end; the timeout unless given.
    drain: Option<String>,
}

/// How connections are made.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Http {
    /// `http1.1`.
    version: Option<Scalar>,
    /// Requests sent on a connection before the first answer.
    pipeline: Option<Integer>,
    /// Whether a connection serves more than one request.
    keep_alive: Option<Truth>,
    /// Time for resolving, connecting and TLS together.
    connect_timeout: Option<String>,
    /// Whether each user keeps cookies.
    cookies: Option<Truth>,
    /// How many redirects are followed; none unless given.
    redirects: Option<Integer>,
    /// Whether compressed answers are asked for and decoded.
    compressed: Option<Truth>,
    /// Header fields of every request.
    headers: Option<BTreeMap<String, OneOrMany<Scalar>>>,
    /// `http://user:password@host:port`.
    proxy: Option<String>,
    /// Answers to look-ups, `host:port:address`.
    resolve: Option<OneOrMany<String>>,
    /// Connect elsewhere, `host:port:host:port`.
    connect_to: Option<OneOrMany<String>>,
    /// Connect to this Unix socket.
    unix_socket: Option<String>,
    /// Local addresses used in turn.
    source_addresses: Option<OneOrMany<String>>,
    /// TLS options.
    tls: Option<Tls>,
}

/// TLS options.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    /// Accept any certificate.
    insecure: Option<Truth>,
    /// Trust the authorities of this PEM file.
    ca_file: Option<String>,
    /// Client certificate chain, PEM.
    certificate_file: Option<String>,
    /// Client private key, PEM.
    key_file: Option<String>,
    /// Server name to send and verify.
    server_name: Option<String>,
}

/// A table: one of `csv`, `json` and `rows`.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Feeder {
    /// A CSV file whose first line names the columns.
    csv: Option<String>,
    /// A JSON file with a list of objects.
    json: Option<String>,
    /// The rows themselves.
    rows: Option<Vec<BTreeMap<String, Scalar>>>,
    /// `sequential` (default) or `random`.
    order: Option<String>,
}

/// An objective with options.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThresholdForm {
    /// The objective, such as `p99 < 20ms`.
    check: String,
    /// End the run as soon as it cannot hold any more.
    abort: Option<Truth>,
}

#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) enum ThresholdItem {
    /// The objective.
    Text(String),
    /// The objective with options.
    Form(ThresholdForm),
}

/// One item, or a list of them.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) enum OneOrMany<T> {
    /// One.
    One(T),
    /// Several.
    Many(Vec<T>),
}

/// A whole number, or a text because of `${…}`.
#[derive(Serialize)]
pub(crate) struct Integer(u64);

/// `true` or `false`, or a text because of `${…}`.
#[derive(Serialize)]
pub(crate) struct Truth(bool);

/// A text, a number or a truth value.
#[derive(Serialize)]
pub(crate) struct Scalar(String);

macro_rules! inline_schema {
    ($type:ident, $schema:tt) => {
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

inline_schema!(Integer, { "type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9_]+$|\\$\\{" });
inline_schema!(Truth, { "type": ["boolean", "string"], "pattern": "^(true|false)$|\\$\\{" });
inline_schema!(Scalar, { "type": ["string", "number", "boolean"] });
