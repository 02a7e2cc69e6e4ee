//! Revisions of a git repository as sides: each is checked out into a directory of its own and built once.
//!
//! Directories are named by commit, so all paths have one length, and lie beside the store. Called by `sides`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::console;
use crate::contest::{ArmSpec, Process};
use crate::error::CommandError;
use crate::play::signals::Interrupts;

/// The revision that means the working tree as it is, with what is not committed.
const WORKING_TREE: &str = ".";
/// Digits of a commit in the name of its directory.
const DIGITS: usize = 12;
/// Checkouts that are kept for the next time.
const KEPT: usize = 10;
/// How often it is looked whether a build has ended.
const LOOK: Duration = Duration::from_millis(20);
/// Who a snapshot of the working tree is from: always the same, so that equal trees give equal commits.
const SNAPSHOT: [(&str, &str); 6] = [
    ("GIT_AUTHOR_NAME", "dyno"),
    ("GIT_AUTHOR_EMAIL", "dyno@localhost"),
    ("GIT_AUTHOR_DATE", "2000-01-01T00:00:00Z"),
    ("GIT_COMMITTER_NAME", "dyno"),
    ("GIT_COMMITTER_EMAIL", "dyno@localhost"),
    ("GIT_COMMITTER_DATE", "2000-01-01T00:00:00Z"),
];

/// The place of a build's number, from one, in its command.
pub const BUILD: &str = "{build}";

/// How a revision becomes a program that runs.
#[derive(Debug, Clone, Copy)]
pub struct Recipe<'a> {
    /// The command that builds it, if it has to be; [`BUILD`] becomes the number of the build.
    pub build: Option<&'a str>,
    /// How many times it is built, each in a checkout of its own; at least once.
    pub builds: u32,
    /// The command that starts what was built.
    pub start: &'a str,
}

/// Where revisions come from and where they go.
pub struct Revisions {
    /// The top of the repository.
    root: PathBuf,
    /// Where in it the user stands.
    below: PathBuf,
    /// The directory of checkouts.
    cache: PathBuf,
}

impl Revisions {
    /// Finds the repository around the current directory; checkouts go beside the file `store`.
    ///
    /// # Errors
    /// When there is no repository, or no place for checkouts.
    pub fn find(store: &Path) -> Result<Self, CommandError> {
        let here = Path::new(".");
        let root = git(here, &["rev-parse", "--show-toplevel"], &[])?;
        let below = git(here, &["rev-parse", "--show-prefix"], &[])?;
        let beside = store.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(here);
        let cache = beside.join("builds");
        let cannot = |error: std::io::Error| {
            CommandError::output(format!("cannot make the directory of builds `{}`", cache.display()))
                .because(error)
        };
        std::fs::create_dir_all(&cache).map_err(cannot)?;
        let cache = cache.canonicalize().map_err(cannot)?;
        Ok(Self { root: PathBuf::from(root), below: PathBuf::from(below), cache })
    }

    /// Checks a revision out and builds it as `recipe` says, unless that was done before; gives the side that is started.
    ///
    /// # Errors
    /// When there is no such revision, or when a build fails; with the end of its output.
    pub fn side(
        &self,
        revision: &str,
        recipe: &Recipe<'_>,
        ready: String,
        interrupts: &Interrupts,
    ) -> Result<ArmSpec, CommandError> {
        let commit = self.commit(revision)?;
        let short = commit.get(..DIGITS).unwrap_or(&commit).to_owned();
        let mut directories = Vec::new();
        for number in 1..=recipe.builds {
            // All of one length, so that paths make no difference.
            let name = if recipe.builds == 1 { short.clone() } else { format!("{short}-{number}") };
            let directory = self.check_out(&commit, &name)?.join(&self.below);
            if let Some(build) = recipe.build {
                let build = build.replace(BUILD, &number.to_string());
                self.build(&name, &directory, &build, interrupts)?;
            }
            directories.push(directory);
        }
        let rebuilt = directories.split_off(1);
        let label = if revision == WORKING_TREE { "the working tree" } else { revision };
        Ok(ArmSpec::Command {
            text: recipe.start.to_owned(),
            directory: directories.pop(),
            rebuilt,
            ready,
            label: Some(format!("{label} ({})", &short[..short.len().min(7)])),
            build: Some(commit),
        })
    }

    fn commit(&self, revision: &str) -> Result<String, CommandError> {
        if revision == WORKING_TREE {
            return self.snapshot();
        }
        let name = format!("{revision}^{{commit}}");
        git(&self.root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &name], &[]).map_err(|_| {
            CommandError::usage(format!("there is no revision `{revision}` in {}", self.root.display()))
                .hint("`git branch --all` and `git tag` say which there are; a shallow clone has only a few")
        })
    }

    /// The working tree as a commit that no branch knows. Changes neither the tree nor its index.
    fn snapshot(&self) -> Result<String, CommandError> {
        let index = self.cache.join(format!("index-{}", std::process::id()));
        let index_text = index.to_string_lossy().into_owned();
        let with_index = [("GIT_INDEX_FILE", index_text.as_str())];
        let tree = git(&self.root, &["read-tree", "HEAD"], &with_index)
            .and_then(|_| git(&self.root, &["add", "--all"], &with_index))
            .and_then(|_| git(&self.root, &["write-tree"], &with_index));
        // It was ours and for this moment only.
        let _ = std::fs::remove_file(&index);
        let (tree, head) = (tree?, git(&self.root, &["rev-parse", "HEAD"], &[])?);
        if tree == git(&self.root, &["rev-parse", "HEAD^{tree}"], &[])? {
            return Ok(head);
        }
        git(&self.root, &["commit-tree", &tree, "-p", &head, "-m", "working tree"], &SNAPSHOT)
    }

    fn check_out(&self, commit: &str, name: &str) -> Result<PathBuf, CommandError> {
        let directory = self.cache.join(name);
        if git(&directory, &["rev-parse", "HEAD"], &[]).is_ok_and(|there| there == commit) {
            return Ok(directory);
        }
        // What is there is half of a checkout, or of another repository.
        let _ = std::fs::remove_dir_all(&directory);
        git(&self.root, &["worktree", "prune"], &[])?;
        let text = directory.to_string_lossy();
        git(&self.root, &["worktree", "add", "--detach", "--force", &text, commit], &[])?;
        Ok(directory)
    }

    fn build(
        &self,
        name: &str,
        directory: &Path,
        command: &str,
        interrupts: &Interrupts,
    ) -> Result<(), CommandError> {
        let done = self.cache.join(format!("{name}.built"));
        if std::fs::read_to_string(&done).is_ok_and(|built| built == command) {
            return Ok(());
        }
        console::talk(&format!("building {name}: {command}"));
        let log = self.cache.join(format!("{name}.log"));
        let mut process = Process::start(command, Some(directory), &[], &log)?;
        let status = loop {
            if let Some(status) = process.ended() {
                break status;
            }
            if interrupts.count() > 0 {
                return Err(CommandError::interrupted(format!("stopped while {name} was built")));
            }
            std::thread::sleep(LOOK);
        };
        if !status.success() {
            let message = format!("the build of {name} failed: `{command}` gave {status}");
            let tail = format!("its last words were:\n{}", process.tail());
            let hint = format!("the whole output is in {}", log.display());
            return Err(CommandError::target(message).because(tail).hint(hint));
        }
        // Without the mark it is built again next time.
        let _ = std::fs::write(&done, command);
        Ok(())
    }

    /// Removes the oldest checkouts, but none of `used`.
    pub fn forget_old(&self, used: &[&ArmSpec]) {
        let is_used = |path: &Path| {
            used.iter().any(|spec| match spec {
                ArmSpec::Command { directory, rebuilt, .. } => {
                    directory.iter().chain(rebuilt).any(|directory| directory.starts_with(path))
                }
                ArmSpec::Url(_) | ArmSpec::Embedded { .. } => false,
            })
        };
        let entries = std::fs::read_dir(&self.cache).into_iter().flatten().flatten();
        let mut checkouts: Vec<(std::time::SystemTime, PathBuf)> = entries
            .filter(|entry| entry.path().join(".git").exists())
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        checkouts.sort();
        let too_many = checkouts.len().saturating_sub(KEPT);
        for (_, path) in checkouts.iter().take(too_many).filter(|(_, path)| !is_used(path)) {
            // What cannot be removed takes room and harms nothing.
            let _ = std::fs::remove_dir_all(path);
            let _ = std::fs::remove_file(path.with_extension("built"));
            let _ = std::fs::remove_file(path.with_extension("log"));
        }
    }
}

/// The output of git, without the line end.
fn git(directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Result<String, CommandError> {
    let shown = || format!("git {}", arguments.join(" "));
    let mut command = Command::new("git");
    command.arg("-C").arg(directory).args(arguments).envs(variables.iter().copied());
    let output = command.output().map_err(|error| {
        CommandError::target(format!("cannot run `{}`", shown()))
            .because(error)
            .hint("revisions are compared with git, which has to be installed")
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(CommandError::usage(format!("`{}` failed in {}", shown(), directory.display())).because(said))
}

#[cfg(test)]
mod tests;
