//! Both sides as the command line names them: commands, URLs, or revisions of one repository.

use std::path::Path;

use crate::args::compare::CompareArgs;
use crate::args::compare::contest::{ContestArgs, RestartArg};
use crate::commands::compare::played::revisions::{BUILD, Recipe, Revisions};
use crate::contest::{ArmSpec, PORT};
use crate::error::CommandError;
use crate::play::signals::Interrupts;

/// The word for the tool's own target; after it may stand what slows it, such as `embedded busy=5us`.
const EMBEDDED: &str = "embedded";

/// Baseline and candidate; revisions are built here.
///
/// # Errors
/// When a side is missing or contradicts itself, or when a revision cannot be built.
pub fn of(
    args: &CompareArgs,
    store: Option<&Path>,
    interrupts: &Interrupts,
) -> Result<[ArmSpec; 2], CommandError> {
    let contest = &args.contest;
    let wanted = [
        named(contest.a.as_ref(), contest.a_rev.as_ref(), "a")?,
        named(contest.b.as_ref(), contest.b_rev.as_ref(), "b")?,
    ];
    let ready = ready_of(&contest.ready, &wanted)?;
    check_rebuild(contest, &wanted)?;
    let revisions = match wanted.iter().any(|side| matches!(side, Named::Revision(_))) {
        true => {
            Some(Revisions::find(&store.map_or_else(dyno_store::default_path, |path| Ok(path.to_owned()))?)?)
        }
        false => None,
    };
    let side = |(named, ready): (&Named, Option<String>)| match (named, &revisions) {
        (Named::Revision(revision), Some(revisions)) => {
            let recipe = Recipe {
                build: contest.build.as_deref(),
                builds: contest.rebuild.unwrap_or(1),
                start: contest.start.as_deref().unwrap_or_default(),
            };
            revisions.side(revision, &recipe, ready.unwrap_or_default(), interrupts)
        }
        (Named::Revision(text) | Named::Text(text), _) => match ready {
            _ if is_url(text) => Ok(ArmSpec::Url(text.clone())),
            None => embedded(text),
            Some(ready) => {
                let (directory, rebuilt) = (None, Vec::new());
                Ok(ArmSpec::Command {
                    text: text.clone(),
                    directory,
                    rebuilt,
                    ready,
                    label: None,
                    build: None,
                })
            }
        },
    };
    let sides: Result<Vec<ArmSpec>, CommandError> = wanted.iter().zip(ready).map(side).collect();
    let sides = sides?;
    if let Some(revisions) = &revisions {
        revisions.forget_old(&sides.iter().collect::<Vec<_>>());
    }
    Ok(<[ArmSpec; 2]>::try_from(sides).expect("invariant: two sides were wanted"))
}

/// Building again has to give another program, of both sides, and each has to be started.
fn check_rebuild(contest: &ContestArgs, sides: &[Named; 2]) -> Result<(), CommandError> {
    let Some(builds) = contest.rebuild else { return Ok(()) };
    let refuse = |why: String, hint: &str| {
        Err(CommandError::usage(format!("`--rebuild {builds}`: {why}")).hint(hint.to_owned()))
    };
    if let Some(other) = sides.iter().find(|side| !matches!(side, Named::Revision(_))) {
        let why = format!("`{}` is no revision, and only revisions are built here", other.text());
        return refuse(why, "name both with `--a-rev` and `--b-rev`");
    }
    if contest.restart == RestartArg::Never {
        return refuse("builds take turns, so they have to be started anew".into(), "leave `--restart` out");
    }
    let build = contest.build.as_deref().unwrap_or_default();
    if !build.contains(BUILD) {
        return refuse(
            format!("`{build}` builds the same program each time"),
            "give the linker {build} as a seed, such as `RUSTFLAGS=\"-Clink-arg=-fuse-ld=lld \
             -Clink-arg=-Wl,--shuffle-sections=*={build}\" cargo build --release`",
        );
    }
    Ok(())
}

/// A side as it stands on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    /// A command, a URL or `embedded`.
    Text(String),
    /// A revision to check out.
    Revision(String),
}

impl Named {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Revision(text) => text,
        }
    }

    /// Whether it is started by a command, and must say when it is ready.
    fn is_started(&self) -> bool {
        match self {
            Self::Text(text) => !is_url(text) && slowness(text).is_none(),
            Self::Revision(_) => true,
        }
    }
}

fn named(text: Option<&String>, revision: Option<&String>, flag: &str) -> Result<Named, CommandError> {
    match (text, revision) {
        (Some(text), _) => Ok(Named::Text(text.clone())),
        (None, Some(revision)) => Ok(Named::Revision(revision.clone())),
        (None, None) => {
            let example =
                "--a './old --port {port}' --b './new --port {port}' --ready 'http://127.0.0.1:{port}/'";
            Err(CommandError::usage(format!("`--run` needs both builds, and `--{flag}` is missing"))
                .hint(format!("for example `dyno compare --run {example}`")))
        }
    }
}

/// What slows the tool's own target; `None` for everything else.
fn slowness(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(EMBEDDED)?;
    (rest.is_empty() || rest.starts_with(' ')).then(|| rest.trim())
}

fn embedded(text: &str) -> Result<ArmSpec, CommandError> {
    let slowness = slowness(text).unwrap_or_default();
    let injection: Result<dyno_target::Injection, _> = slowness.parse();
    injection.map_err(|error| CommandError::usage(format!("`{text}`: {error}")))?;
    let flags =
        if slowness.is_empty() { Vec::new() } else { vec!["--inject".to_owned(), slowness.to_owned()] };
    Ok(ArmSpec::Embedded { program: None, flags })
}

fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// What says of each side that it is ready; `None` for sides that need no such thing.
fn ready_of(given: &[String], sides: &[Named; 2]) -> Result<[Option<String>; 2], CommandError> {
    let both = match given {
        [] => [None, None],
        [one] => [Some(one.clone()), Some(one.clone())],
        [a, b] => [Some(a.clone()), Some(b.clone())],
        more => {
            let message = format!("`--ready` is given {} times, and there are two builds", more.len());
            return Err(CommandError::usage(message));
        }
    };
    let wanted = [0, 1].map(|index| both[index].clone().filter(|_| sides[index].is_started()));
    for (index, letter) in ["A", "B"].into_iter().enumerate() {
        if sides[index].is_started() && wanted[index].is_none() {
            let message = format!(
                "`--ready` is missing: nothing says when {letter}, `{}`, is ready",
                sides[index].text()
            );
            return Err(
                CommandError::usage(message).hint("for example `--ready 'http://127.0.0.1:{port}/health'`")
            );
        }
        if let Some(url) = wanted[index].as_ref().filter(|url| !is_url(url)) {
            let message = format!("`--ready` must be a URL, not `{url}`");
            return Err(CommandError::usage(message).hint(format!("write `http://{url}`")));
        }
    }
    if let [Some(a), Some(b)] = &wanted
        && a == b
        && !a.contains(PORT)
    {
        let message = format!("both builds would be asked at {a}, and they run at the same time");
        let hint =
            "write {port} in the commands and in `--ready`, or give `--ready` twice: A's URL, then B's";
        return Err(CommandError::usage(message).hint(hint));
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests;
