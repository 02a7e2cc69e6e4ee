//! criterion: `sample.json`, which has every batch, and `estimates.json`, which has what criterion made of them.
//!
//! Neither names the benchmark; the file's path does. Both count nanoseconds per iteration.

use dyno_model::{CellKey, Estimate, Measured};
use serde_json::Value;

use crate::json::{broken, number, optional};
use crate::{Format, ImportError};

pub(crate) fn read(label: &str, value: &Value) -> Result<Measured, ImportError> {
    let mut measured = Measured::of_tool("criterion", label);
    if value.get("iters").is_some() {
        read_sample(&mut measured, value)?;
    } else {
        read_estimates(&mut measured, value)?;
    }
    Ok(measured)
}

/// Batches: how many iterations each, and how long it took.
fn read_sample(measured: &mut Measured, value: &Value) -> Result<(), ImportError> {
    let (iterations, times) = (numbers(value, "iters")?, numbers(value, "times")?);
    if iterations.len() != times.len() {
        let problem = format!("`iters` has {} entries and `times` {}", iterations.len(), times.len());
        return Err(broken(Format::Criterion, problem));
    }
    let mut per_iteration: Vec<f64> = iterations
        .iter()
        .zip(&times)
        .filter(|(count, _)| **count > 0.0)
        .map(|(count, time)| time / count)
        .collect();
    if per_iteration.is_empty() {
        return Ok(());
    }
    let (all_iterations, all_time) = (iterations.iter().sum::<f64>(), times.iter().sum::<f64>());
    let batches = per_iteration.len() as u64;
    measured.cell(CellKey::whole("mean"), all_time / all_iterations, batches);
    measured.replicates.insert(CellKey::whole("mean"), per_iteration.clone());
    per_iteration.sort_by(f64::total_cmp);
    measured.cell(CellKey::whole("min"), per_iteration[0], batches);
    measured.cell(CellKey::whole("p50"), per_iteration[per_iteration.len() / 2], batches);
    measured.cell(CellKey::whole("max"), per_iteration[per_iteration.len() - 1], batches);
    Ok(())
}

fn numbers(value: &Value, name: &str) -> Result<Vec<f64>, ImportError> {
    let items = value.get(name).and_then(Value::as_array);
    let items = items.ok_or_else(|| broken(Format::Criterion, format!("`{name}` is not a list")))?;
    let number = |(at, item): (usize, &Value)| {
        let found = item.as_f64().filter(|number| *number >= 0.0);
        found.ok_or_else(|| {
            broken(Format::Criterion, format!("`{name}[{at}]` is {item} and not a positive number"))
        })
    };
    items.iter().enumerate().map(number).collect()
}

fn read_estimates(measured: &mut Measured, value: &Value) -> Result<(), ImportError> {
    for (theirs, ours) in [("mean", "mean"), ("median", "p50")] {
        let Some(point) = optional(Format::Criterion, value, &format!("/{theirs}/point_estimate"))? else {
            continue;
        };
        let bound = |side: &str| {
            number(Format::Criterion, value, &format!("/{theirs}/confidence_interval/{side}_bound"))
        };
        let level =
            number(Format::Criterion, value, &format!("/{theirs}/confidence_interval/confidence_level"))?;
        // Intervals are kept as criterion made them when they are of the confidence that all others here have.
        let is_usual = (level - 0.95).abs() < 1e-9;
        let (low, high) =
            if is_usual { (Some(bound("lower")?), Some(bound("upper")?)) } else { (None, None) };
        // How many batches they stand on is not in the file; there is at least one.
        measured.cells.insert(CellKey::whole(ours), Estimate { value: point, low, high, samples: 1 });
    }
    Ok(())
}
