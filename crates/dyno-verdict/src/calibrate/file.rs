//! The file that a calibration writes: new, over an old one, or together with it.

use dyno_model::{Certificate, Environment, Noise, PROFILE_SCHEMA};
use dyno_stats::paired::share_at_most;
use serde_json::{Map, Value, json};

use super::{Calibrated, CalibratedCell};

/// What happens to measurements of the same plan that are there already. Limits, tolerances and all that people wrote stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// They are replaced.
    Overwrite,
    /// They count as earlier sessions.
    Append,
}

/// What else the file says of a calibration.
#[derive(Debug, Clone)]
pub struct Measurement<'a> {
    /// The machine.
    pub environment: &'a Environment,
    /// Name of the profile.
    pub id: &'a str,
    /// Version of `dyno`.
    pub tool: &'a str,
    /// When, RFC 3339 in UTC.
    pub at: &'a str,
    /// What was asked, by [`dyno_model::scenario_of`].
    pub scenario: &'a str,
    /// What was played against itself.
    pub target: &'a str,
    /// Quads per session.
    pub quads: u32,
    /// The seed of the first session.
    pub seed: u64,
    /// After so many days the certificate is no longer believed.
    pub valid_days: u32,
}

/// The profile file of a machine with a new calibration in it.
#[must_use]
pub fn calibration_file(
    existing: Option<&Value>,
    keeping: Keeping,
    calibrated: &Calibrated,
    measurement: &Measurement<'_>,
) -> Value {
    let mut file = existing.cloned().filter(Value::is_object).unwrap_or_else(|| json!({}));
    file["schema"] = json!(PROFILE_SCHEMA);
    set_default(&mut file, "id", json!(measurement.id));
    file["match"]["fingerprint"] = json!([measurement.environment.fingerprint]);
    let (identity, config) = (&measurement.environment.identity, &measurement.environment.config);
    file["fingerprint"] = json!({ "identity": identity, "config": config });
    let earlier = file["calibration"].take();
    let earlier = (keeping == Keeping::Append && earlier.is_object()).then_some(earlier);
    file["calibration"] = calibration(earlier.as_ref(), calibrated, measurement);
    let plan = &mut file["plans"][&calibrated.plan];
    plan["scenario"] = json!(measurement.scenario);
    let metrics = &mut plan["metrics"];
    for cell in &calibrated.cells {
        let entry = &mut metrics[cell.key.to_string()];
        let earlier = (keeping == Keeping::Append).then(|| entry.clone());
        write_cell(entry, cell, earlier.as_ref());
    }
    file
}

/// Sets a key unless people have.
fn set_default(value: &mut Value, key: &str, default: Value) {
    if value[key].is_null() {
        value[key] = default;
    }
}

fn calibration(earlier: Option<&Value>, calibrated: &Calibrated, measurement: &Measurement<'_>) -> Value {
    let before =
        |pointer: &str| earlier.and_then(|earlier| earlier.pointer(pointer)?.as_f64()).unwrap_or(0.0);
    let mut value = json!({
        "tool": measurement.tool,
        "at": measurement.at,
        "target": measurement.target,
        "sessions": calibrated.sessions + before("/sessions") as u64,
        "quads": measurement.quads,
        "round_ms": calibrated.round_ns as f64 / 1e6,
        "seed": measurement.seed,
        "valid_days": measurement.valid_days,
        "health": {
            "discarded_quads": calibrated.discarded_quads + before("/health/discarded_quads") as u64,
            "steal_max": calibrated.steal_max.max(before("/health/steal_max")),
            "throttled_max": calibrated.throttled_max.max(before("/health/throttled_max")),
        },
    });
    let old: Option<Certificate> =
        earlier.and_then(|earlier| serde_json::from_value(earlier["certificate"].clone()).ok());
    if let Some(certificate) = together(old, calibrated.certificate.clone()) {
        value["certificate"] = json!(certificate);
    }
    value
}

/// Gates of both count; a bias is as large as the newer calibration found it, where it looked.
fn together(old: Option<Certificate>, new: Option<Certificate>) -> Option<Certificate> {
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (old, new) => return old.or(new),
    };
    let (gates, false_alarms) = (old.gates + new.gates, old.false_alarms + new.false_alarms);
    let mut bias_upper = old.bias_upper;
    bias_upper.extend(new.bias_upper);
    Some(Certificate { gates, false_alarms, upper95: share_at_most(false_alarms, gates, 0.95), bias_upper })
}

fn write_cell(entry: &mut Value, cell: &CalibratedCell, earlier: Option<&Value>) {
    if !entry.is_object() {
        *entry = Value::Object(Map::new());
    }
    let earlier = earlier.filter(|earlier| earlier["noise"].is_object());
    let noise: Option<Noise> =
        earlier.and_then(|earlier| serde_json::from_value(earlier["noise"].clone()).ok());
    let rounds = earlier.and_then(|earlier| earlier["rounds"].as_u64()).unwrap_or(0);
    let mut sessions: Vec<f64> = earlier
        .and_then(|earlier| earlier["sessions"].as_array())
        .map(|values| values.iter().filter_map(Value::as_f64).collect())
        .unwrap_or_default();
    sessions.extend(&cell.session_values);
    let noise = match noise {
        Some(noise) if rounds > 0 => pooled(&noise, rounds, cell, &sessions),
        _ => cell.noise,
    };
    entry["unit"] = json!(cell.kind.unit);
    entry["direction"] = json!(cell.kind.direction);
    entry["value"] = json!(if cell.kind.is_difference { mean(&sessions) } else { geometric_mean(&sessions) });
    match cell.interval95 {
        Some((low, high)) => entry["interval95"] = json!([low, high]),
        None => drop(entry.as_object_mut().map(|entry| entry.remove("interval95"))),
    }
    entry["rounds"] = json!(rounds + cell.rounds);
    entry["sessions"] = json!(sessions);
    entry["noise"] = json!(noise);
}

/// The scatter of both: within sessions weighted by rounds, between sessions from the values of all of them.
fn pooled(old: &Noise, rounds: u64, cell: &CalibratedCell, sessions: &[f64]) -> Noise {
    let new = &cell.noise;
    let (weight_old, weight_new) = (rounds as f64, cell.rounds as f64);
    let pool = |old: f64, new: f64| {
        ((weight_old * old * old + weight_new * new * new) / (weight_old + weight_new)).sqrt()
    };
    let sigma_round = pool(old.sigma_round, new.sigma_round);
    let sigma_process = match (old.sigma_process, new.sigma_process) {
        (Some(old), Some(new)) => Some(pool(old, new)),
        (old, new) => new.or(old),
    };
    let logs: Vec<f64> =
        sessions.iter().map(|value| if cell.kind.is_difference { *value } else { value.ln() }).collect();
    let middle = mean(&logs);
    let between = logs.iter().map(|value| (value - middle).powi(2)).sum::<f64>() / (logs.len() as f64 - 1.0);
    // The mean of a session scatters by itself as well.
    let of_rounds = sigma_round.powi(2) * sessions.len() as f64 / (weight_old + weight_new);
    let sigma_session = (logs.len() > 1).then(|| (between - of_rounds).max(0.0).sqrt());
    Noise { sigma_round, sigma_process, sigma_session, rho1: new.rho1.or(old.rho1) }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn geometric_mean(values: &[f64]) -> f64 {
    mean(&values.iter().map(|value| value.ln()).collect::<Vec<_>>()).exp()
}
