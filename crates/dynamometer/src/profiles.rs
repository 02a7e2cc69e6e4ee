//! Where profiles are on this machine: files of the repository, of the user, and variables of the environment.
//!
//! Reads them and leaves all meaning to `dyno-verdict`. Called by comparisons, `dyno profile`, `dyno calibrate` and
//! `dyno doctor`.

use std::path::{Path, PathBuf};

use dyno_model::Environment;
use dyno_verdict::{
    Layer, Overrides, ProfileContext, ProfileError, ProfileText, ResolvedProfile, Subject, resolve_profile,
};

use crate::error::CommandError;

/// The id or the file of the profile to use in place of the best match.
pub const PROFILE: &str = "DYNO_PERF_PROFILE";
/// The directory of the user's profiles.
pub const PROFILE_DIRECTORY: &str = "DYNO_PERF_PROFILE_DIR";
/// The directory of the repository's profiles, beside the plans or above them up to the root of the repository.
const REPOSITORY_DIRECTORY: &str = "dyno-profiles";

/// Which profiles the command line asks for.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProfileChoice<'a> {
    /// A file in place of the user's profiles (`--profile`).
    pub file: Option<&'a Path>,
    /// Whether environment and local files are ignored (`--frozen`).
    pub is_frozen: bool,
    /// Whether overrides are a mistake (`--deny-overrides`).
    pub denies_overrides: bool,
    /// Whether only the calibration is of interest, so that overrides are not even read.
    pub is_calibration_only: bool,
}

/// Reads and merges all layers for this machine.
///
/// # Errors
/// When a file cannot be read or has mistakes, two profiles fit equally well, or an override is unknown or denied.
pub fn load(
    subjects: &[Subject],
    choice: ProfileChoice<'_>,
    environment: &Environment,
) -> Result<ResolvedProfile, CommandError> {
    let named = std::env::var(PROFILE).ok().filter(|name| !name.is_empty() && !choice.is_frozen);
    let (file, wanted) = match (choice.file, &named) {
        (Some(file), _) => (Some(file.to_owned()), None),
        (None, Some(name)) if is_path(name) => (Some(PathBuf::from(name)), None),
        (None, name) => (None, name.as_deref()),
    };
    let asked = file.as_ref().map(|file| file.display().to_string());
    let mut texts = Vec::new();
    match (file, choice.is_frozen) {
        (Some(file), false) => texts.push(read(Layer::Local, &file)?),
        (Some(file), true) if choice.file.is_some() => texts.push(read(Layer::Repo, &file)?),
        _ => texts.extend(read_all(Layer::Local, local_directory().as_deref())?),
    }
    texts.extend(read_all(Layer::Repo, repository_directory().as_deref())?);
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let overrides = match choice.is_calibration_only {
        true => Overrides::default(),
        false => Overrides::read(variables).map_err(|errors| mistaken(&errors))?,
    };
    let now = jiff::Timestamp::now().to_string();
    let context = ProfileContext {
        environment,
        subjects,
        now: &now,
        wanted,
        asked_file: asked.as_deref(),
        is_frozen: choice.is_frozen,
        denies_overrides: choice.denies_overrides,
    };
    resolve_profile(&texts, &overrides, &context).map_err(|errors| mistaken(&errors))
}

fn is_path(name: &str) -> bool {
    name.ends_with(".json") || name.contains(std::path::MAIN_SEPARATOR)
}

/// Where the user's profiles are: `DYNO_PERF_PROFILE_DIR`, else below the directory of settings; `None` without a home.
#[must_use]
pub fn local_directory() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(directory) = variable(PROFILE_DIRECTORY) {
        return Some(directory);
    }
    let settings = if cfg!(windows) {
        variable("APPDATA")
    } else if cfg!(target_os = "macos") {
        variable("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join("Library/Application Support")))
    } else {
        variable("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join(".config")))
    };
    Some(settings?.join("dyno").join("profiles"))
}

/// Where the repository's profiles are: `dyno-profiles` here or above, up to the root of the repository.
#[must_use]
pub fn repository_directory() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    for directory in here.ancestors() {
        let profiles = directory.join(REPOSITORY_DIRECTORY);
        if profiles.is_dir() {
            return Some(profiles);
        }
        if directory.join(".git").exists() {
            return None;
        }
    }
    None
}

/// The profiles of a directory by name; a directory that is not there has none.
fn read_all(layer: Layer, directory: Option<&Path>) -> Result<Vec<ProfileText>, CommandError> {
    let Some(entries) = directory.and_then(|directory| std::fs::read_dir(directory).ok()) else {
        return Ok(Vec::new());
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files.iter().map(|file| read(layer, file)).collect()
}

fn read(layer: Layer, file: &Path) -> Result<ProfileText, CommandError> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        CommandError::usage(format!("cannot read the profile `{}`", file.display())).because(error)
    })?;
    Ok(ProfileText { layer, file: file.display().to_string(), text })
}

fn mistaken(errors: &[ProfileError]) -> CommandError {
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    CommandError::usage(texts.join("\n"))
        .hint("`dyno schema profile` and `dyno profile explain` show what there is")
}
