//! `dyno clients`: HTTP client libraries side by side.

mod asked;
mod cases;
mod compare;
mod functions;
mod lanes;
mod progress;
mod record;
mod store;
mod target;

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use dyno_clients::{Contender, ContenderError, EnvironmentError, Environments, base_set, contenders, select};
use dyno_workers::{CheckUrls, check};

use crate::args::clients::{CheckArgs, ClientsArgs, ClientsCommand, ListArgs, NewArgs, SetupArgs};
use crate::commands::pretty;
use crate::commands::table::{self, Tone, Wrapping};
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::play::{EmbeddedTarget, Interrupts};

/// What the embedded target answers for `/plaintext`.
const PLAINTEXT_BYTES: u32 = 13;

/// Does what was asked with client libraries.
///
/// # Errors
/// When a client is not known, cannot be set up, or nothing could be played.
pub fn clients(args: &ClientsArgs, store: Option<&Path>) -> Result<Exit, CommandError> {
    let environments = Environments::below(home(store)?);
    match &args.command {
        ClientsCommand::List(args) => list(args, &environments),
        ClientsCommand::Setup(args) => set_up(args, &environments),
        ClientsCommand::Check(args) => check_one(args, &environments),
        ClientsCommand::New(args) => new(args),
        ClientsCommand::Compare(args) => compare::compare(args, &environments, store),
    }
}

/// Environments lie beside the store.
///
/// # Errors
/// When no place is known.
pub fn home(store: Option<&Path>) -> Result<PathBuf, CommandError> {
    let file = match store {
        Some(file) => file.to_owned(),
        None => dyno_store::default_path()?,
    };
    let folder = file.parent().unwrap_or(Path::new(".")).join("clients");
    // Installers run elsewhere, so the path has to mean the same there.
    std::path::absolute(&folder)
        .map_err(|error| CommandError::usage(format!("cannot use `{}`", folder.display())).because(error))
}

impl From<ContenderError> for CommandError {
    fn from(error: ContenderError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<EnvironmentError> for CommandError {
    fn from(error: EnvironmentError) -> Self {
        let converted = match &error {
            EnvironmentError::Files { .. } => Self::output(error.to_string()),
            _ => Self::target(error.to_string()),
        };
        match std::error::Error::source(&error).map(ToString::to_string) {
            Some(source) => converted.because(source),
            None => converted,
        }
    }
}

fn list(args: &ListArgs, environments: &Environments) -> Result<Exit, CommandError> {
    let all = contenders();
    if args.json {
        let rows: Vec<_> = all.iter().map(|contender| as_json(contender, environments)).collect();
        console::data(&pretty(&rows))?;
        return Ok(Exit::Passed);
    }
    let rows: Vec<Vec<(String, Tone)>> = all
        .iter()
        .map(|contender| {
            let plain = |text: String| (text, Tone::Plain);
            vec![
                plain(contender.name.clone()),
                plain(contender.lang.clone()),
                plain(contender.modes.join(", ")),
                plain(contender.http.join(", ")),
                state(contender, environments),
                plain(contender.requires.join(" ")),
            ]
        })
        .collect();
    let header = ["client", "language", "modes", "HTTP", "state", "packages"];
    console::data(table::toned(&header, &rows, Wrapping::Never).as_bytes())?;
    Ok(Exit::Passed)
}

fn as_json(contender: &Contender, environments: &Environments) -> serde_json::Value {
    serde_json::json!({
        "name": contender.name,
        "lang": contender.lang,
        "modes": contender.modes,
        "http": contender.http,
        "requires": contender.requires,
        "runtime": contender.runtime,
        "base": contender.base,
        "floor": contender.floor,
        "is_set_up": environments.is_set_up(contender),
        "notes": contender.notes,
    })
}

fn state(contender: &Contender, environments: &Environments) -> (String, Tone) {
    match environments.spawn(contender) {
        Ok(_) if !contender.needs_set_up() => ("ready".to_owned(), Tone::Good),
        Ok(_) => ("set up".to_owned(), Tone::Good),
        Err(EnvironmentError::NotInstalled { .. }) if contender.base => {
            ("not set up".to_owned(), Tone::Plain)
        }
        Err(EnvironmentError::NotInstalled { .. }) => ("on demand".to_owned(), Tone::Plain),
        Err(EnvironmentError::WrongRuntime { has, .. }) => (format!("not with {has}"), Tone::Doubtful),
        Err(EnvironmentError::NoRuntime { program, .. }) => (format!("no {program}"), Tone::Doubtful),
        Err(_) => ("broken".to_owned(), Tone::Bad),
    }
}

fn set_up(args: &SetupArgs, environments: &Environments) -> Result<Exit, CommandError> {
    let wanted: Vec<Contender> = if args.clients.is_empty() {
        base_set(&args.base.langs)
    } else {
        let chosen = |name: &String| Ok(select(name, "all")?.swap_remove(0).contender);
        args.clients.iter().map(chosen).collect::<Result<_, CommandError>>()?
    };
    // A signal ends this process at once, and its installers with it; what they left is not trusted the next time.
    let _interrupts = Interrupts::listen()?;
    let mut failed = 0;
    for (index, contender) in wanted.iter().enumerate() {
        let mut talk = |line: &str| console::talk(&format!("[{}/{}] {line}", index + 1, wanted.len()));
        match environments.set_up(contender, &mut talk) {
            Ok(installed) => {
                let first = installed.resolved.len().min(4);
                let rest = installed.resolved.len() - first;
                let mut text = installed.resolved[..first].join(" ");
                if rest > 0 {
                    text.push_str(&format!(" and {rest} more"));
                }
                console::data(format!("{}  {}\n", contender.name, text).as_bytes())?;
            }
            // One that cannot be installed must not keep the others from it.
            Err(error) => {
                failed += 1;
                console::complain(&error.into());
            }
        }
    }
    match failed {
        0 => Ok(Exit::Passed),
        _ => Err(CommandError::target(format!("{failed} of {} clients are not set up", wanted.len()))),
    }
}

fn check_one(args: &CheckArgs, environments: &Environments) -> Result<Exit, CommandError> {
    let contender = select(&args.client, "all")?.swap_remove(0).contender;
    // A signal ends this process at once, and the worker with it: there is nothing to keep.
    let _interrupts = Interrupts::listen()?;
    if !environments.is_set_up(&contender) {
        environments.set_up(&contender, &mut console::talk)?;
    }
    let spawn = environments.spawn(&contender)?;
    let target = EmbeddedTarget::start(1)?;
    // A port that was free a moment ago: nobody answers there.
    let refusing = std::net::TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map_err(|error| CommandError::internal("cannot find a free port").because(error))?;
    console::talk(&format!("checking {} against the worker protocol", contender.name));
    let (fixed, echo, refusing) = (
        format!("{}/plaintext", target.url()),
        format!("{}/echo", target.url()),
        format!("http://{refusing}/"),
    );
    let urls = CheckUrls { fixed: &fixed, body_bytes: PLAINTEXT_BYTES, echo: &echo, refusing: &refusing };
    let findings = check(&spawn, urls);
    let rows: Vec<Vec<(String, Tone)>> = findings
        .iter()
        .map(|finding| {
            let (word, tone) = match finding.problem {
                None => ("holds", Tone::Good),
                Some(_) => ("broken", Tone::Bad),
            };
            vec![
                (finding.mode.clone(), Tone::Plain),
                (finding.rule.meaning().to_owned(), Tone::Plain),
                (word.to_owned(), tone),
                (console::harmless(finding.problem.as_deref().unwrap_or_default()), Tone::Plain),
            ]
        })
        .collect();
    console::data(table::toned(&["mode", "the worker", "", ""], &rows, Wrapping::ToWidth).as_bytes())?;
    let broken = findings.iter().filter(|finding| finding.problem.is_some()).count();
    console::talk(&format!("{} rules hold, {broken} broken", findings.len() - broken));
    Ok(if broken == 0 { Exit::Passed } else { Exit::Failed })
}

fn new(args: &NewArgs) -> Result<Exit, CommandError> {
    if args.lang == "rust" {
        return new_project(args.file.as_deref().unwrap_or(Path::new("worker")));
    }
    let (text, ending) = dyno_clients::template(&args.lang)
        .ok_or_else(|| CommandError::usage(format!("there is no template for `{}`", args.lang)))?;
    let path = args.file.clone().unwrap_or_else(|| PathBuf::from(format!("worker.{ending}")));
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            CommandError::usage(format!("`{}` is there already", path.display())).hint("name another file")
        }
        _ => CommandError::output(format!("cannot write `{}`", path.display())).because(error),
    })?;
    console::talk(&format!("wrote {}", path.display()));
    console::talk(&format!("see whether it keeps the rules with `dyno clients check {}`", path.display()));
    Ok(Exit::Passed)
}

/// Writes a project of cargo's into a folder that is not there yet.
fn new_project(folder: &Path) -> Result<Exit, CommandError> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_package = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
    if !is_package {
        return Err(CommandError::usage(format!("`{name}` cannot be the name of a package in Rust"))
            .hint("use lower-case letters, digits and `-`, such as `my-client`"));
    }
    if folder.exists() {
        return Err(CommandError::usage(format!("`{}` is there already", folder.display()))
            .hint("name another folder"));
    }
    for (path, text) in dyno_clients::rust_project(&name) {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&path, text)).map_err(|error| {
            CommandError::output(format!("cannot write `{}`", path.display())).because(error)
        })?;
    }
    console::talk(&format!("wrote {}", folder.display()));
    console::talk(&format!(
        "build it and see whether it keeps the rules with `dyno clients check {}`",
        folder.display()
    ));
    Ok(Exit::Passed)
}
