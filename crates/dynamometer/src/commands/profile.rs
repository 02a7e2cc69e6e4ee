//! `dyno profile`: what results are held to on this machine, and where every value comes from.

use std::path::Path;

use dyno_model::{CellKey, Environment};
use dyno_verdict::{Explained, MetricKind, Origin, ResolvedProfile, Subject};
use serde_json::{Value, json};

use crate::args::profile::{ChoiceArgs, ProfileArgs, ProfileCommand};
use crate::commands::table::{self, Tone, Wrapping};
use crate::commands::{environment, pretty, surroundings};
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::profiles;

/// Metrics that are listed when none is asked for, beside those that profiles name.
const USUAL: [&str; 9] = ["rate", "errors", "mean", "p50", "p90", "p95", "p99", "cpu_per_request", "rss"];
/// Stands for every plan.
const EVERY_PLAN: &str = "*";

/// Shows profiles.
///
/// # Errors
/// When a profile or an override has mistakes, or stdout cannot be written.
pub fn profile(args: &ProfileArgs) -> Result<Exit, CommandError> {
    let bytes = match &args.command {
        ProfileCommand::Path => paths(),
        ProfileCommand::List { choice, json } => list(choice, *json)?,
        ProfileCommand::Explain { plan, metric, choice, json } => {
            explain(plan.as_deref(), metric.as_deref(), choice, *json)?
        }
    };
    console::data(&bytes)?;
    Ok(Exit::Passed)
}

fn paths() -> Vec<u8> {
    let shown = |path: Option<std::path::PathBuf>, none: &str| {
        path.map_or(none.to_owned(), |path| path.display().to_string())
    };
    let rows = [
        ["local".to_owned(), shown(profiles::local_directory(), "none: there is no home directory")],
        [
            "repo".to_owned(),
            shown(profiles::repository_directory(), "none: there is no `dyno-profiles` here or above"),
        ],
    ];
    table::plain(&rows).into_bytes()
}

fn list(choice: &ChoiceArgs, as_json: bool) -> Result<Vec<u8>, CommandError> {
    let machine = dyno_host::fingerprint();
    let profile = profiles::load(&[], choice.choice(), &machine)?;
    let hint = profile.calibration().hint();
    if as_json {
        let used: Vec<Value> = profile
            .profiles()
            .map(|(file, id, matched)| json!({ "id": id, "file": file, "fits": matched.words() }))
            .collect();
        let certificate = profile.certificate();
        let value = json!({ "machine": machine.fingerprint, "profiles": used, "certificate": certificate, "hint": hint });
        return Ok(pretty(&value));
    }
    let mut rows: Vec<[String; 3]> = profile
        .profiles()
        .map(|(file, id, matched)| [id.to_owned(), matched.words().to_owned(), file.to_owned()])
        .collect();
    rows.push(["built-in".to_owned(), "any machine".to_owned(), String::new()]);
    let mut text = format!("machine {}\n\n{}", machine.fingerprint, table::plain(&rows));
    text.push_str(&certificate_line(&profile));
    if let Some(hint) = hint {
        text.push_str(&format!("\n{hint}\n"));
    }
    Ok(text.into_bytes())
}

fn certificate_line(profile: &ResolvedProfile) -> String {
    profile.certificate().map_or(String::new(), |certificate| {
        format!(
            "\n{} of {} gates called a program slower than itself here: at most {:.1} % of gates do (95 %)\n",
            certificate.false_alarms,
            certificate.gates,
            certificate.upper95 * 100.0
        )
    })
}

fn explain(
    plan: Option<&str>,
    metric: Option<&str>,
    choice: &ChoiceArgs,
    as_json: bool,
) -> Result<Vec<u8>, CommandError> {
    let machine = dyno_host::fingerprint();
    let (subject, key) = (subject(plan)?, metric.map(key).transpose()?);
    let profile = resolve(&subject, key.as_ref(), choice, &machine)?;
    let keys = match key {
        Some(key) => vec![key],
        None => all_keys(&profile, &subject),
    };
    let explained: Vec<(&CellKey, Vec<Explained>)> =
        keys.iter().map(|key| (key, profile.explain(&subject.plan, key))).collect();
    profile.warnings().iter().for_each(|warning| console::warn(warning));
    if as_json {
        let cells: Vec<Value> =
            explained.iter().map(|(key, properties)| cell_json(key, properties)).collect();
        return Ok(pretty(
            &json!({ "plan": subject.plan, "cells": cells, "overrides": profile.overrides() }),
        ));
    }
    let text = match (metric, explained.as_slice()) {
        (Some(_), [(_, properties)]) => chains(properties),
        _ => summary(&explained),
    };
    Ok(text.into_bytes())
}

/// The plan that is asked about: a file, or a name.
fn subject(plan: Option<&str>) -> Result<Subject, CommandError> {
    let named = |plan: &str| Subject { plan: plan.to_owned(), ..Subject::default() };
    let Some(plan) = plan else { return Ok(named(EVERY_PLAN)) };
    if !Path::new(plan).is_file() {
        return Ok(named(plan));
    }
    let source = dyno_plan::read_plan(Path::new(plan))?;
    let flags = dyno_plan::Overrides::default();
    let resolved = dyno_plan::resolve(&source, &environment()?, &flags, &surroundings())?;
    let operations = resolved.plan.operations.iter().map(|(_, name, _)| name.to_owned()).collect();
    // Flags of the load are not known here, and they are part of what was calibrated.
    Ok(Subject { plan: resolved.plan.name, operations, scenario: None })
}

fn key(text: &str) -> Result<CellKey, CommandError> {
    let key: CellKey = text.parse().unwrap_or_else(|never: std::convert::Infallible| match never {});
    if MetricKind::of(&key.metric).is_none() {
        // The rule's reader knows what was meant.
        let hint = dyno_verdict::parse_rule(&format!("{text}:+1%")).err().map(|error| error.hint);
        let error = CommandError::usage(format!("`{}` is an unknown metric", key.metric));
        return Err(hint.into_iter().fold(error, CommandError::hint));
    }
    Ok(key)
}

fn resolve(
    subject: &Subject,
    key: Option<&CellKey>,
    choice: &ChoiceArgs,
    machine: &Environment,
) -> Result<ResolvedProfile, CommandError> {
    let mut subject = subject.clone();
    subject.operations.extend(key.and_then(|key| key.operation.clone()));
    // Without a plan nobody knows which names overrides may use.
    let subjects = if subject.plan == EVERY_PLAN { Vec::new() } else { vec![subject] };
    profiles::load(&subjects, choice.choice(), machine)
}

fn all_keys(profile: &ResolvedProfile, subject: &Subject) -> Vec<CellKey> {
    let mut keys: Vec<CellKey> = USUAL.iter().map(|metric| CellKey::whole(*metric)).collect();
    for key in profile.metrics(&subject.plan) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

fn cell_json(key: &CellKey, properties: &[Explained]) -> Value {
    let origin = |one: &Origin| json!({ "layer": one.layer.word(), "file": one.file, "pointer": one.pointer, "value": one.value, "is_used": one.is_used });
    let property = |one: &Explained| json!({ "property": one.property, "value": one.value, "chain": one.chain.iter().map(origin).collect::<Vec<_>>() });
    json!({ "metric": key.to_string(), "properties": properties.iter().map(property).collect::<Vec<_>>() })
}

/// One line per cell.
fn summary(explained: &[(&CellKey, Vec<Explained>)]) -> String {
    let rows: Vec<Vec<(String, Tone)>> = explained
        .iter()
        .map(|(key, properties)| {
            let value = |name: &str| {
                let found = properties.iter().find(|one| one.property == name);
                found.map_or(String::new(), |one| one.value.clone())
            };
            let layers =
                properties.iter().flat_map(|one| &one.chain).filter(|one| one.is_used).map(|one| one.layer);
            let strongest = layers.max().map_or("", |layer| layer.word());
            let cells = [key.to_string(), value("gate"), value("tolerance"), value("limit"), value("noise")];
            cells.into_iter().chain([strongest.to_owned()]).map(|text| (text, Tone::Plain)).collect()
        })
        .collect();
    table::toned(&["metric", "judged by", "tolerance", "limit", "noise", "said by"], &rows, Wrapping::Never)
}

/// Every property with all places that say something; what counts is marked.
fn chains(properties: &[Explained]) -> String {
    let mut rows: Vec<Vec<(String, Tone)>> = Vec::new();
    for one in properties {
        let mut name = one.property.to_owned();
        let mut value = one.value.clone();
        if one.chain.is_empty() {
            rows.push([name, value, String::new(), String::new()].map(|text| (text, Tone::Plain)).to_vec());
            continue;
        }
        for origin in &one.chain {
            let tone = if origin.is_used { Tone::Good } else { Tone::Plain };
            let mark = if origin.is_used { "→ " } else { "  " };
            let place = match (origin.layer.word(), origin.file.as_str()) {
                (layer, file) if layer == file => layer.to_owned(),
                (layer, file) => format!("{layer} {file} {}", origin.pointer).trim_end().to_owned(),
            };
            let said = format!("{mark}{}", origin.value);
            rows.push(vec![
                (std::mem::take(&mut name), Tone::Plain),
                (std::mem::take(&mut value), Tone::Plain),
                (said, tone),
                (place, Tone::Plain),
            ]);
        }
    }
    table::toned(&["", "counts", "said", "by"], &rows, Wrapping::Never)
}
