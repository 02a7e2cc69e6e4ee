//! The format `dyno-profile/1`: its table of keys, reading one file, and its JSON Schema.

use std::sync::Arc;

use dyno_model::{CellKey, Direction, PROFILE_SCHEMA};
use serde_json::{Value, json};

use super::shape::{Field, Shape, check, schema};
use super::tree::{Node, step};
use super::{Layer, ProfileMistake};
use crate::kind::MetricKind;

const POSITIVE: Shape = Shape::Number { least: 0.0, most: f64::INFINITY, example: "0.05" };
const SHARE: Shape = Shape::Number { least: 0.0, most: 1.0, example: "0.01" };

const fn field(key: &'static str, shape: &'static Shape, about: &'static str) -> Field {
    Field { key, shape, about }
}

const TEXTS: Shape = Shape::Map(&Shape::Text);

const MATCH: Shape = Shape::Object(&[
    field(
        "fingerprint",
        &Shape::List(&Shape::Text),
        "Fingerprints of machines, as `dyno doctor` and records show them.",
    ),
    field(
        "identity",
        &TEXTS,
        "Facts of the machine's identity, such as `cpu_brand`, that have to be the same.",
    ),
    field("os", &Shape::Text, "Operating system such as `linux`, or `any`."),
    field("arch", &Shape::Text, "Processor architecture such as `x86_64`, or `any`."),
    field("virt", &Shape::Text, "Hypervisor such as `KVM`, `none` for bare metal, or `any`."),
]);

const CERTIFICATE: Shape = Shape::Object(&[
    field(
        "gates",
        &Shape::Count,
        "A/A gates played: two copies of one program, compared as if they were two.",
    ),
    field("false_alarms", &Shape::Count, "Of these, gates that called the same program slower."),
    field("upper95", &SHARE, "Upper 95 % bound of the share of false alarms (Clopper-Pearson)."),
    field(
        "bias_upper",
        &Shape::Map(&POSITIVE),
        "Per metric the upper 95 % bound of the difference between copies of one program, as a log ratio.",
    ),
]);

const CALIBRATION: Shape = Shape::Object(&[
    field("tool", &Shape::Text, "Version of `dyno` that calibrated."),
    field("at", &Shape::Text, "When, RFC 3339 in UTC."),
    field("target", &Shape::Text, "What was played against itself."),
    field("sessions", &Shape::Count, "Sessions."),
    field("quads", &Shape::Count, "Quads per session."),
    field("round_ms", &POSITIVE, "Length of a round, in milliseconds."),
    field("seed", &Shape::Count, "Seed of the order."),
    field("valid_days", &POSITIVE, "After so many days the certificate is no longer believed."),
    field("certificate", &CERTIFICATE, "What the A/A gates showed."),
    field(
        "health",
        &Shape::Object(&[
            field("discarded_quads", &Shape::Count, "Quads that did not count."),
            field("steal_max", &SHARE, "Largest share of a round that the hypervisor took."),
            field(
                "throttled_max",
                &SHARE,
                "Largest share of a round in which the control group was held back.",
            ),
        ]),
        "The machine meanwhile.",
    ),
]);

const POLICY: Shape = Shape::Object(&[
    field(
        "alpha_gate",
        &Shape::Number { least: 1e-6, most: 0.5, example: "0.01" },
        "Bound of false alarms per gate.",
    ),
    field(
        "min_evidence",
        &Shape::Words(&["E0", "E1", "E2", "E3", "E4"]),
        "The least evidence that is enough.",
    ),
    field(
        "on_inconclusive",
        &Shape::Words(&["pass", "warn", "fail"]),
        "What is done when the evidence is not enough.",
    ),
    field("budget", &Shape::Text, "Time that a comparison may take, such as `10m`."),
]);

const NOISE: Shape = Shape::Object(&[
    field("sigma_round", &POSITIVE, "Standard deviation of the logarithm between rounds of one process."),
    field("sigma_process", &POSITIVE, "The same between processes."),
    field("sigma_session", &POSITIVE, "The same between sessions."),
    field(
        "rho1",
        &Shape::Number { least: -1.0, most: 1.0, example: "0.1" },
        "Correlation of neighbouring rounds.",
    ),
]);

const TOLERANCE: Shape = Shape::Object(&[
    field("rel", &POSITIVE, "As a share of the reference: 0.10 is 10 %."),
    field("abs", &POSITIVE, "In the unit of the metric: nanoseconds, per second, share, bytes."),
    field(
        "combine",
        &Shape::Words(&["max", "min", "sum"]),
        "How both make one; the larger one counts unless given.",
    ),
]);

const METRIC: Shape = Shape::Object(&[
    field(
        "unit",
        &Shape::Words(&["ns", "per_s", "share", "bytes", "count"]),
        "Unit of the values; it follows from the metric.",
    ),
    field(
        "direction",
        &Shape::Words(&["lower", "higher"]),
        "Which way is better; it follows from the metric.",
    ),
    field("value", &POSITIVE, "What calibration measured. Used on exactly this machine only."),
    field("interval95", &Shape::List(&POSITIVE), "Its 95 % interval."),
    field("sessions", &Shape::List(&POSITIVE), "The value of each session."),
    field("rounds", &Shape::Count, "Rounds it stands on."),
    field("requests", &Shape::Count, "Requests it stands on."),
    field("noise", &NOISE, "How much it scatters. Used on exactly this machine only."),
    field(
        "limit",
        &Shape::Object(&[
            field("op", &Shape::Words(&["<=", ">="]), "`<=` where lower is better, else `>=`."),
            field("value", &POSITIVE, "The limit, in the unit of the metric."),
        ]),
        "An absolute limit.",
    ),
    field(
        "tolerance",
        &Shape::Either(&Shape::Words(&["auto"]), &TOLERANCE),
        "What may change for the worse, or `auto`: as tight as the noise allows.",
    ),
    field(
        "gate",
        &Shape::Words(&["off", "info", "limit", "regression", "both"]),
        "Whether and how the metric is judged.",
    ),
]);

const PLAN: Shape = Shape::Object(&[
    field(
        "scenario",
        &Shape::Text,
        "What was asked in the calibration: an identifier and words. Another one is refused on exactly this machine.",
    ),
    field("tags", &Shape::List(&Shape::Text), "Words of the team."),
    field(
        "metrics",
        &Shape::Metrics(&METRIC),
        "By metric of the whole run (`p99`), of an operation (`browse/p99`) or of every operation (`*/p99`).",
    ),
]);

const PROFILE: Shape = Shape::Object(&[
    field("$schema", &Shape::Text, "For editors."),
    field("schema", &Shape::Words(&[PROFILE_SCHEMA]), "The version of the format."),
    field("id", &Shape::Text, "A name, unique among the profiles of one directory."),
    field("extends", &Shape::List(&Shape::Text), "Names of profiles that this one is laid over."),
    field("match", &Shape::Either(&Shape::Words(&["any"]), &MATCH), "On which machines it is used."),
    field(
        "fingerprint",
        &Shape::Object(&[
            field("identity", &TEXTS, "What decides whether results can be compared."),
            field("config", &TEXTS, "Settings; when they change the evidence is weaker."),
        ]),
        "The machine that was calibrated.",
    ),
    field("calibration", &CALIBRATION, "How the values were measured."),
    field("policy", &POLICY, "Rules of the whole gate."),
    field("plans", &Shape::Map(&PLAN), "By name of the plan; `*` is every plan."),
]);

/// One file, read and found right.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ProfileFile {
    pub(super) layer: Layer,
    pub(super) file: Arc<str>,
    pub(super) tree: Node,
}

impl ProfileFile {
    /// Its name; the file's without one.
    pub(super) fn id(&self) -> &str {
        self.tree.get(&["id"]).and_then(Node::text).unwrap_or(&self.file)
    }
}

/// Reads one file, or says all that is wrong with it.
pub(super) fn read(layer: Layer, file: &str, text: &str) -> Result<ProfileFile, Vec<ProfileMistake>> {
    let mistake = |pointer: &str, problem: String, hint: &str| ProfileMistake {
        pointer: pointer.to_owned(),
        problem,
        hint: hint.to_owned(),
    };
    let value: Value = serde_json::from_str(text).map_err(|error| {
        vec![mistake("", format!("the file is no JSON: {error}"), "see `dyno schema profile`")]
    })?;
    if value.get("schema").and_then(Value::as_str) != Some(PROFILE_SCHEMA) {
        let problem = match value.get("schema") {
            Some(schema) => format!("/schema is {schema}"),
            None => "the file has no /schema".to_owned(),
        };
        return Err(vec![mistake("/schema", problem, "write \"schema\": \"dyno-profile/1\"")]);
    }
    let mut mistakes = Vec::new();
    check(&value, &PROFILE, "", &mut mistakes);
    check_meaning(&value, &mut mistakes);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let file = Arc::from(file);
    Ok(ProfileFile { layer, tree: Node::read(&value, layer, &file), file })
}

/// What the table cannot say: units and limits that fit their metric, durations, times.
fn check_meaning(value: &Value, mistakes: &mut Vec<ProfileMistake>) {
    let mut complain = |pointer: String, problem: String, hint: String| {
        mistakes.push(ProfileMistake { problem: format!("{pointer} {problem}"), pointer, hint });
    };
    if let Some(at) = value.pointer("/calibration/at").and_then(Value::as_str)
        && at.parse::<jiff::Timestamp>().is_err()
    {
        let hint = "write a time such as `2026-11-20T10:00:00Z`".to_owned();
        complain("/calibration/at".to_owned(), format!("is `{at}`, which is no time"), hint);
    }
    if let Some(budget) = value.pointer("/policy/budget").and_then(Value::as_str)
        && let Err(error) = dyno_model::units::parse_duration(budget)
    {
        complain("/policy/budget".to_owned(), format!("is wrong: {}", error.problem), error.hint);
    }
    let objects = |value: &Value| {
        value.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect::<Vec<_>>()
    };
    for (plan, value) in objects(&value["plans"]) {
        let metrics = step(&step("/plans", &plan), "metrics");
        for (name, metric) in objects(&value["metrics"]) {
            let key: CellKey = name.parse().unwrap_or_else(|never: std::convert::Infallible| match never {});
            let Some(kind) = MetricKind::of(&key.metric) else { continue };
            let here = step(&metrics, &name);
            check_metric(&kind, &metric, &here, &mut complain);
        }
    }
}

fn check_metric(
    kind: &MetricKind,
    metric: &Value,
    here: &str,
    complain: &mut impl FnMut(String, String, String),
) {
    let (op, direction) = match kind.direction {
        Direction::Lower => ("<=", "lower"),
        Direction::Higher => (">=", "higher"),
    };
    let unit = json!(kind.unit);
    for (path, right) in
        [("unit", unit.as_str().unwrap_or_default()), ("direction", direction), ("limit/op", op)]
    {
        if let Some(written) = metric.pointer(&format!("/{path}")).and_then(Value::as_str)
            && written != right
        {
            complain(
                format!("{here}/{path}"),
                format!("is `{written}`"),
                format!("for this metric it is `{right}`"),
            );
        }
    }
    let limit_is_zero = metric.pointer("/limit/value").and_then(Value::as_f64) == Some(0.0);
    let tolerance = &metric["tolerance"];
    if limit_is_zero && tolerance.get("rel").is_some() && tolerance.get("abs").is_none() {
        let hint = "write `abs` as well".to_owned();
        complain(
            format!("{here}/tolerance"),
            "is a share of a limit of 0, which is nothing".to_owned(),
            hint,
        );
    }
}

/// The JSON Schema of profile files.
#[must_use]
pub fn profile_schema() -> Value {
    let mut schema = schema(&PROFILE);
    // The file itself is an object and nothing else.
    let mut root = schema["anyOf"][0].take();
    root["properties"]["schema"] =
        json!({ "const": PROFILE_SCHEMA, "description": "The version of the format." });
    root["required"] = json!(["schema"]);
    root["title"] = json!("Dynamometer profile");
    root["description"] = json!(
        "Limits, tolerances and the measured noise of a machine and a team. May leave out anything; layers are merged \
         leaf by leaf. `null` deletes what a lower layer says, `{\"!replace\": {…}}` replaces a whole object."
    );
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root
}

#[cfg(test)]
mod tests;
