//! Records of `dyno` itself: one run or contest of clients, or a bundle of runs.

use dyno_model::{CLIENTS_SCHEMA, COMPARISON_SCHEMA, ClientsRecord, Measured, RUN_SCHEMA, RunRecord};
use serde_json::Value;

use crate::json::broken;
use crate::{Format, ImportError};

/// The schema of bundles, as `dyno runs export` writes them.
const BUNDLE_SCHEMA: &str = "dyno-runs/1";

/// Whether a schema of `dyno` is one of results.
pub(crate) fn accepts(schema: &str) -> Result<(), ImportError> {
    let family = |known: &str| known.split_once('/').map_or("", |(family, _)| family).to_owned();
    if [RUN_SCHEMA, BUNDLE_SCHEMA, CLIENTS_SCHEMA].contains(&schema) {
        return Ok(());
    }
    if schema.starts_with(&format!("{}/", family(COMPARISON_SCHEMA))) {
        return Err(ImportError::NotAResult { what: "comparison".to_owned(), schema: schema.to_owned() });
    }
    let same_family = [RUN_SCHEMA, BUNDLE_SCHEMA, CLIENTS_SCHEMA]
        .into_iter()
        .find(|known| schema.starts_with(&format!("{}/", family(known))));
    match same_family {
        Some(known) => Err(ImportError::NewerSchema { schema: schema.to_owned(), known: known.to_owned() }),
        None => Err(ImportError::NotAResult {
            what: "file of another kind".to_owned(),
            schema: schema.to_owned(),
        }),
    }
}

pub(crate) fn read(label: &str, value: &Value) -> Result<Vec<Measured>, ImportError> {
    let runs = match value.get("runs") {
        None => return Ok(vec![run(label, value)?]),
        Some(Value::Array(runs)) if runs.is_empty() => {
            return Err(broken(Format::DynoRun, "the bundle holds no runs"));
        }
        Some(Value::Array(runs)) => runs,
        Some(_) => return Err(broken(Format::DynoRun, "`runs` is not a list")),
    };
    let mut measured = runs.iter().map(|one| run(label, one)).collect::<Result<Vec<_>, _>>()?;
    measured.sort_by(|a, b| a.started_at.cmp(&b.started_at));
    Ok(measured)
}

fn run(label: &str, value: &Value) -> Result<Measured, ImportError> {
    if let Some(schema) = value.get("schema").and_then(Value::as_str) {
        accepts(schema)?;
    }
    if value.get("schema").and_then(Value::as_str) == Some(CLIENTS_SCHEMA) {
        let record: ClientsRecord = serde_json::from_value(value.clone())
            .map_err(|error| broken(Format::DynoRun, error.to_string()))?;
        return Ok(Measured { label: label.to_owned(), ..Measured::from(&record) });
    }
    let record: RunRecord =
        serde_json::from_value(value.clone()).map_err(|error| broken(Format::DynoRun, error.to_string()))?;
    let mut measured = Measured::from(&record);
    measured.label = label.to_owned();
    Ok(measured)
}
