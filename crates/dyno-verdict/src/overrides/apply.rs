//! Overrides meet a profile: which cells each one changes, from what to what, and whether that loosens the gate.

use std::collections::BTreeMap;

use dyno_model::{CellKey, OverrideRecord};

use super::applied::{Applied, loosens};
use super::{LENIENT, Outcome, Overrides, Pattern, usual_metrics};
use crate::profile::{ProfileContext, ProfileError, ResolvedProfile};
use crate::threshold::nearest_name;

/// Plans with the cells that each of them has.
type Cells = BTreeMap<String, Vec<CellKey>>;

impl Overrides {
    /// Applies all entries from left to right to a profile without overrides.
    pub(crate) fn apply_to(
        &self,
        profile: &ResolvedProfile,
        context: &ProfileContext<'_>,
    ) -> Result<Outcome, Vec<ProfileError>> {
        if context.denies_overrides
            && let Some(first) = self.entries.first()
        {
            let problem = format!("`{}` changes the profile, and --deny-overrides forbids it", first.text);
            return Err(vec![ProfileError::one(
                &first.source,
                problem,
                "unset the variable, or leave out the flag",
            )]);
        }
        let cells = known_cells(profile, context);
        let mut outcome = Outcome { applied: Vec::new(), records: Vec::new(), warnings: Vec::new() };
        let mut errors = Vec::new();
        for entry in &self.entries {
            match check(entry, profile, &cells) {
                Err(error) if self.is_lenient => outcome.warnings.push(error.to_string()),
                Err(error) => errors.push(error),
                Ok(()) => {
                    outcome.records.extend(records(entry, profile, &outcome.applied, &cells));
                    outcome.applied.push(entry.clone());
                }
            }
        }
        if errors.is_empty() { Ok(outcome) } else { Err(errors) }
    }
}

/// Every cell that an override may mean: of the plans that are compared, and of those that profiles name.
fn known_cells(profile: &ResolvedProfile, context: &ProfileContext<'_>) -> Cells {
    let mut operations: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for subject in context.subjects {
        operations.entry(subject.plan.clone()).or_default().extend(subject.operations.iter().cloned());
    }
    for plan in profile.plans() {
        operations.entry(plan.to_owned()).or_default();
    }
    operations
        .into_iter()
        .map(|(plan, operations)| {
            let of_operations = operations.iter().flat_map(|operation| {
                usual_metrics().map(move |key| CellKey::of(operation.clone(), key.metric))
            });
            let mut cells: Vec<CellKey> = usual_metrics().chain(of_operations).collect();
            for key in profile.metrics(&plan) {
                // `*/p99` is no cell of its own.
                if key.operation.as_deref() != Some("*") && !cells.contains(&key) {
                    cells.push(key);
                }
            }
            (plan, cells)
        })
        .collect()
}

/// Whether an entry concerns anything; without any known plan everything may be meant.
fn check(entry: &Applied, profile: &ResolvedProfile, cells: &Cells) -> Result<(), ProfileError> {
    if cells.is_empty() {
        return Ok(());
    }
    let fail = |problem: String, hint: String| {
        let hint = format!("{hint} (or set {LENIENT}=1)");
        Err(ProfileError::one(&entry.source, format!("entry `{}` {problem}", entry.text), hint))
    };
    let plans: Vec<(&String, &Vec<CellKey>)> =
        cells.iter().filter(|(plan, _)| entry.plan.matches(plan)).collect();
    if plans.is_empty() {
        let names: Vec<&str> = cells.keys().map(String::as_str).collect();
        let (problem, text) = ("is about an unknown plan", entry.plan.text());
        return fail(format!("{problem}: `{text}`"), nearest_name(text, &names, "plans:", "none"));
    }
    if let Some(pattern) = &entry.operation
        && let Err(names) = has_operation(pattern, &plans)
    {
        let text = pattern.text();
        let hint = nearest_name(text, &names, "the plan has", "no operations");
        return fail(format!("is about an unknown operation: `{text}`"), hint);
    }
    let mut concerned = concerned(entry, cells).peekable();
    let is_any = concerned.peek().is_none()
        || concerned.any(|(plan, key)| {
            profile.settings(plan, &key).is_some_and(|settings| entry.has_object(&settings))
        });
    if !is_any {
        let hint = format!("set a limit: `{}<=…`, or a tolerance: `{}~20%`", entry.metric, entry.metric);
        return fail("moves a limit or a stored value, and there is neither".to_owned(), hint);
    }
    Ok(())
}

/// The known operations, when none is like the pattern.
fn has_operation<'c>(
    pattern: &Pattern,
    plans: &[(&'c String, &'c Vec<CellKey>)],
) -> Result<(), Vec<&'c str>> {
    let mut names: Vec<&str> =
        plans.iter().flat_map(|(_, cells)| cells.iter()).filter_map(|key| key.operation.as_deref()).collect();
    names.dedup();
    if names.iter().any(|name| pattern.matches(name)) { Ok(()) } else { Err(names) }
}

/// Every cell that an entry is about; a metric that is not usual is one in each plan and operation.
fn concerned<'c>(entry: &'c Applied, cells: &'c Cells) -> impl Iterator<Item = (&'c str, CellKey)> {
    cells.iter().flat_map(move |(plan, known)| {
        let mut keys: Vec<CellKey> = known.clone();
        if entry.metric != "*" {
            let of_metric =
                |key: &CellKey| CellKey { operation: key.operation.clone(), metric: entry.metric.clone() };
            keys = known.iter().map(of_metric).collect();
            keys.sort();
            keys.dedup();
        }
        keys.retain(|key| entry.concerns(plan, key));
        keys.into_iter().map(move |key| (plan.as_str(), key))
    })
}

/// What an entry changes: one record per kind of change, with all cells that it happens to.
fn records(
    entry: &Applied,
    profile: &ResolvedProfile,
    before: &[Applied],
    cells: &Cells,
) -> Vec<OverrideRecord> {
    let mut profile = profile.clone();
    let mut changes: Vec<(String, String, bool, Vec<String>)> = Vec::new();
    for (plan, key) in concerned(entry, cells) {
        profile.overrides = before.to_vec();
        let Some(was) = profile.settings(plan, &key) else { continue };
        profile.overrides.push(entry.clone());
        let Some(is) = profile.settings(plan, &key) else { continue };
        if !entry.has_object(&was) {
            continue;
        }
        let (from, to, loosens) = (entry.said(&was), entry.said(&is), loosens(&was, &is));
        let target = format!("{plan} {key}");
        match changes.iter_mut().find(|change| (&change.0, &change.1, change.2) == (&from, &to, loosens)) {
            Some(change) => change.3.push(target),
            None => changes.push((from, to, loosens, vec![target])),
        }
    }
    let record = |(from, to, loosens, targets): (String, String, bool, Vec<String>)| OverrideRecord {
        source: entry.source.clone(),
        text: entry.text.clone(),
        target: format!("{}: {}", entry.property(), targets.join(", ")),
        from,
        to,
        loosens,
    };
    changes.into_iter().map(record).collect()
}
