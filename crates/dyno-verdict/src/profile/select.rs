//! Which profile of each layer is used on this machine, and how much of it.
//!
//! One per layer: the fingerprint itself before the same identity before the same class of machine before any. Limits and
//! tolerances may come from any match; what was measured (values, noise, the certificate) only from this very machine.

use dyno_model::Environment;
use serde_json::Value;

use super::format::ProfileFile;
use super::tree::Node;
use super::{Layer, MatchKind, ProfileMistake};

/// Parts that were measured and hold only on the machine where they were.
const MEASURED: [&[&str]; 8] = [
    &["calibration"],
    &["plans", "*", "scenario"],
    &["plans", "*", "metrics", "*", "value"],
    &["plans", "*", "metrics", "*", "interval95"],
    &["plans", "*", "metrics", "*", "rounds"],
    &["plans", "*", "metrics", "*", "sessions"],
    &["plans", "*", "metrics", "*", "requests"],
    &["plans", "*", "metrics", "*", "noise"],
];

/// The profile of a layer that is used.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Selected {
    pub(super) layer: Layer,
    pub(super) file: String,
    pub(super) id: String,
    pub(super) matched: MatchKind,
    /// With what it extends, and without what may not be used here.
    pub(super) tree: Node,
}

/// The best match of each layer, from the highest to the lowest.
pub(super) fn select(
    files: &[ProfileFile],
    environment: &Environment,
    wanted: Option<&str>,
    asked_file: Option<&str>,
) -> Result<Vec<Selected>, ProfileMistake> {
    let asked = asked_file.and_then(|name| files.iter().find(|file| &*file.file == name));
    if let Some(file) = asked.filter(|file| matched(&file.tree, environment).is_none()) {
        return Err(of_other_machines(file, environment));
    }
    if let Some(id) = wanted
        && !files.iter().any(|file| file.id() == id)
    {
        let known: Vec<&str> = files.iter().map(ProfileFile::id).collect();
        let hint = if known.is_empty() {
            "there are no profiles".to_owned()
        } else {
            format!("there are {}", known.join(", "))
        };
        return Err(ProfileMistake {
            pointer: String::new(),
            problem: format!("no profile is called `{id}`"),
            hint,
        });
    }
    let mut selected = Vec::new();
    for layer in [Layer::Local, Layer::Repo] {
        let of_layer: Vec<&ProfileFile> = files.iter().filter(|file| file.layer == layer).collect();
        let chosen = match wanted.and_then(|id| of_layer.iter().find(|file| file.id() == id)) {
            Some(file) => Some((*file, matched(&file.tree, environment).unwrap_or(MatchKind::Named))),
            None => best(&of_layer, environment)?,
        };
        let Some((file, matched)) = chosen else { continue };
        let mut tree = with_parents(file, files, &mut Vec::new())?;
        if !matched.is_this_machine() {
            MEASURED.iter().for_each(|path| tree.remove(path));
        }
        let (id, file) = (file.id().to_owned(), file.file.to_string());
        selected.push(Selected { layer, file, id, matched, tree });
    }
    Ok(selected)
}

/// What was asked for must not be left out in silence.
fn of_other_machines(file: &ProfileFile, environment: &Environment) -> ProfileMistake {
    let here = match environment.fingerprint.as_str() {
        "" => "and the results do not say on which machine they were made".to_owned(),
        fingerprint => format!("and the results are of {fingerprint}"),
    };
    ProfileMistake {
        pointer: "/match".to_owned(),
        problem: format!("profile `{}` is for other machines, {here}", file.file),
        hint: "`dyno calibrate` measures a machine; a profile without `match` holds its limits and tolerances on any"
            .to_owned(),
    }
}

fn best<'f>(
    files: &[&'f ProfileFile],
    environment: &Environment,
) -> Result<Option<(&'f ProfileFile, MatchKind)>, ProfileMistake> {
    let mut matches: Vec<(&ProfileFile, MatchKind)> =
        files.iter().filter_map(|file| Some((*file, matched(&file.tree, environment)?))).collect();
    let rank = |(file, matched): &(&ProfileFile, MatchKind)| (*matched, calibrated_at(&file.tree));
    matches.sort_by_key(|one| std::cmp::Reverse(rank(one)));
    if let [first, second, ..] = matches.as_slice()
        && rank(first) == rank(second)
    {
        let problem =
            format!("profiles `{}` and `{}` both fit this machine equally well", first.0.file, second.0.file);
        let hint = "remove one, make its `match` narrower, or name one in DYNO_PERF_PROFILE".to_owned();
        return Err(ProfileMistake { pointer: "/match".to_owned(), problem, hint });
    }
    Ok(matches.first().copied())
}

/// How a profile fits a machine; `None` when it does not.
fn matched(tree: &Node, environment: &Environment) -> Option<MatchKind> {
    let Some(rule) = tree.get(&["match"]) else { return Some(MatchKind::Any) };
    let listed = rule.get(&["fingerprint"]).and_then(Node::leaf).and_then(|(value, _)| value.as_array());
    if listed.is_some_and(|list| list.contains(&Value::String(environment.fingerprint.clone()))) {
        return Some(MatchKind::Fingerprint);
    }
    let identity = rule.get(&["identity"]);
    let facts: Vec<&str> = identity.iter().flat_map(|node| node.keys()).collect();
    let is_same = |fact: &&str| {
        identity.and_then(|node| node.get(&[*fact])).and_then(Node::text)
            == environment.identity.get(*fact).map(String::as_str)
    };
    if !facts.is_empty() && facts.iter().all(is_same) {
        let is_complete = environment.identity.keys().all(|known| facts.contains(&known.as_str()));
        return Some(if is_complete { MatchKind::WholeIdentity } else { MatchKind::Identity });
    }
    let mut names_a_class = false;
    for (word, fact) in [("os", "os"), ("arch", "arch"), ("virt", "hypervisor")] {
        let Some(asked) = rule.get(&[word]).and_then(Node::text).filter(|asked| *asked != "any") else {
            continue;
        };
        names_a_class = true;
        if environment.identity.get(fact).map(String::as_str) != Some(asked) {
            return None;
        }
    }
    match (names_a_class, facts.is_empty() && listed.is_none()) {
        (true, _) => Some(MatchKind::Class),
        (false, true) => Some(MatchKind::Any),
        // It names machines, and this is none of them.
        (false, false) => None,
    }
}

/// When it was calibrated; older than any when it was not.
fn calibrated_at(tree: &Node) -> Option<jiff::Timestamp> {
    tree.get(&["calibration", "at"])?.text()?.parse().ok()
}

/// A profile over those that it extends, each over its own; later names lie higher.
fn with_parents(
    file: &ProfileFile,
    files: &[ProfileFile],
    way: &mut Vec<String>,
) -> Result<Node, ProfileMistake> {
    let mistake = |problem: String, hint: &str| ProfileMistake {
        pointer: "/extends".to_owned(),
        problem: format!("profile `{}` {problem}", file.file),
        hint: hint.to_owned(),
    };
    way.push(file.id().to_owned());
    let mut below = Node::empty();
    let parents =
        file.tree.get(&["extends"]).and_then(Node::leaf).and_then(|(value, _)| value.as_array().cloned());
    for parent in parents.iter().flatten().filter_map(Value::as_str) {
        // The built-in table lies below everything anyway.
        if parent.starts_with("builtin:") {
            continue;
        }
        if way.iter().any(|id| id == parent) {
            return Err(mistake(format!("extends `{parent}`, which extends it"), "remove one of the two"));
        }
        let found = files.iter().filter(|other| other.id() == parent).max_by_key(|other| other.layer);
        let Some(found) = found else {
            let hint = "write the `id` of another profile of the repository or of this machine";
            return Err(mistake(format!("extends the unknown profile `{parent}`"), hint));
        };
        below = with_parents(found, files, way)?.over(below);
    }
    way.pop();
    Ok(file.tree.clone().over(below))
}

#[cfg(test)]
mod tests;
