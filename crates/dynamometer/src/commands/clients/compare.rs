//! `dyno clients compare`: from names and flags to a table.

use std::path::{Path, PathBuf};

use dyno_clients::{
    Contender, Contest, Entrant, EnvironmentError, Environments, Expected, Role, Segment, Selection,
    base_set, blocks_least, contenders, play, select_known,
};
use dyno_model::{ClientPlayed, ClientState, ClientsRecord, Redactor, ValidityState, redactor_of, units};
use dyno_report::{Format, clients, text};

use super::asked;
use super::cases::{self, Case, Wanted};
use super::functions;
use super::lanes;
use super::progress::Talk;
use super::record;
use super::store;
use super::target::Target;
use crate::args::clients::ClientsCompareArgs;
use crate::commands::pretty;
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::log;
use crate::play::Interrupts;

/// Fewer blocks give no interval worth the name.
const BLOCKS_LEAST: u32 = 12;

/// Puts libraries side by side.
///
/// # Errors
/// When a client is not known, the reference is not set up, there are too many cases, or an output cannot be written.
pub(super) fn compare(
    args: &ClientsCompareArgs,
    environments: &Environments,
    store: Option<&Path>,
) -> Result<Exit, CommandError> {
    let outputs = check_outputs(&args.outputs)?;
    // Before anything is started: looking at a function imports whatever it needs.
    let interrupts = Interrupts::listen()?;
    let selected = selected(args, environments)?;
    let redactor = redactor(args)?;
    log::hide(&redactor);
    let entrants = entrants(args, &selected, environments, &redactor)?;
    let wanted = cases::wanted(args)?;
    let blocks = blocks(args, &entrants);
    announce(args, &wanted, entrants.len(), blocks)?;
    let lanes_take_turns = lanes::take_turns(args, &entrants)?;
    let target = Target::of(args, &wanted, entrants.iter().any(|entrant| entrant.asks))?;
    interrupts.begin_playing();
    let mut record = record::empty(args, &entrants[0].label, blocks, &target.words);
    record.left_out = wanted.left_out;
    for (index, case) in wanted.cases.iter().enumerate() {
        if interrupts.count() > 0 {
            break;
        }
        if wanted.cases.len() > 1 && !args.quiet {
            console::talk(&format!("case {}/{}: {}", index + 1, wanted.cases.len(), case.name));
        }
        let game = Game { args, target: &target, entrants: &entrants, blocks, lanes_take_turns };
        let mut played = game.play_case(case, &interrupts)?;
        record::redact_played(&mut played, &redactor);
        if !args.json {
            let alone = ClientsRecord { cases: vec![played.clone()], ..record.clone() }.by_case().remove(0);
            console::data(clients::summary(&alone, style()).as_bytes())?;
            console::data(if wanted.cases.len() > 1 { b"\n" } else { b"" })?;
        }
        record.cases.push(played);
    }
    interrupts.end_playing();
    let mut record = record::complete(record, wanted.cases.len());
    record::redact(&mut record, &redactor);
    if args.json {
        console::data(&pretty(&record))?;
    } else {
        console::data(clients::overview(&record, style()).as_bytes())?;
    }
    if !args.no_store {
        store::keep(std::slice::from_ref(&record), store, args.quiet);
    }
    write(&outputs, &record)?;
    Ok(exit(&record, interrupts.count() > 0))
}

/// A file or a pipe gets every column.
fn style() -> text::Style {
    text::Style { colour: console::stdout_has_colour(), width: console::width_or(clients::WIDTH_MAX) }
}

/// Says how much is to be played, and what not; refuses too much.
fn announce(
    args: &ClientsCompareArgs,
    wanted: &Wanted,
    entrants: usize,
    blocks: u32,
) -> Result<(), CommandError> {
    let count = wanted.cases.len();
    cases::check_count(args, count, entrants, blocks)?;
    if count > 1 && !args.quiet {
        let time = units::format_duration(cases::time(args, count, entrants, blocks));
        console::talk(&format!("{count} cases with {entrants} clients, up to {time}"));
    }
    Ok(())
}

/// As many blocks as were asked for, or as the number of clients needs.
fn blocks(args: &ClientsCompareArgs, entrants: &[Entrant]) -> u32 {
    let compared = entrants.iter().filter(|entrant| entrant.spawn.is_ok()).count();
    args.played.blocks.unwrap_or_else(|| blocks_least(compared).max(BLOCKS_LEAST))
}

fn exit(record: &ClientsRecord, was_stopped: bool) -> Exit {
    let cases = record.by_case();
    let has_played = cases.iter().flat_map(|case| &case.entries).any(|entry| entry.figures.is_some());
    if was_stopped {
        Exit::Interrupted
    } else if !has_played {
        Exit::Unreachable
    } else if record.validity.state == ValidityState::Invalid {
        Exit::Invalid
    } else {
        Exit::Passed
    }
}

/// The kind of each file; a contest takes too long to find out at its end that a folder is missing.
fn check_outputs(paths: &[PathBuf]) -> Result<Vec<(PathBuf, Format)>, CommandError> {
    let check = |path: &PathBuf| {
        let format = clients::format_of(path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(missing) = folder.filter(|folder| !folder.is_dir()) {
            let text =
                format!("cannot write `{}`: there is no folder `{}`", path.display(), missing.display());
            return Err(CommandError::usage(text).hint("make it, or name another one"));
        }
        Ok((path.clone(), format))
    };
    paths.iter().map(check).collect()
}

fn write(outputs: &[(PathBuf, Format)], record: &ClientsRecord) -> Result<(), CommandError> {
    for (path, format) in outputs {
        std::fs::write(path, clients::render(*format, record)).map_err(|error| {
            CommandError::output(format!("cannot write `{}`", path.display())).because(error)
        })?;
        console::talk(&format!("wrote {}", path.display()));
    }
    Ok(())
}

fn selected(args: &ClientsCompareArgs, environments: &Environments) -> Result<Vec<Selection>, CommandError> {
    let names: Vec<String> = if args.clients.is_empty() {
        base_set(&args.base.langs).into_iter().filter(|base| !base.floor).map(|base| base.name).collect()
    } else {
        args.clients.clone()
    };
    let mut selected: Vec<Selection> = Vec::new();
    for name in names {
        let mut refused = None;
        let look = |contender: Contender| {
            functions::look(contender.clone(), &args.functions, environments).unwrap_or_else(|error| {
                refused = Some(error);
                contender
            })
        };
        let selections = select_known(&name, &args.played.mode, look);
        if let Some(error) = refused {
            return Err(error);
        }
        for selection in selections? {
            if !selected.contains(&selection) {
                selected.push(selection);
            }
        }
    }
    Ok(selected)
}

fn entrants(
    args: &ClientsCompareArgs,
    selected: &[Selection],
    environments: &Environments,
    redactor: &Redactor,
) -> Result<Vec<Entrant>, CommandError> {
    let mut entrants: Vec<Entrant> =
        selected.iter().map(|selection| entrant(selection, Role::Client, environments)).collect();
    let reference = &entrants[0];
    if let Err((_, reason)) = &reference.spawn {
        let reason = redactor.redact(reason);
        return Err(CommandError::usage(format!("the first client is the reference, and {reason}"))
            .hint("mend it or set it up, or name another one first"));
    }
    let again =
        Entrant { label: format!("{} (again)", reference.label), role: Role::Control, ..reference.clone() };
    entrants.insert(1, again);
    if !args.played.no_floor {
        entrants.extend(floors(selected).iter().map(|floor| entrant(floor, Role::Floor, environments)));
    }
    Ok(entrants)
}

/// The engine's floor and those of the languages and modes that are played, unless they are named anyway. Where nobody asks
/// a target, there is none.
fn floors(selected: &[Selection]) -> Vec<Selection> {
    let mut floors = Vec::new();
    for contender in contenders().into_iter().filter(|contender| contender.floor) {
        for mode in contender.modes.clone() {
            let is_played = |other: &Selection| {
                let is_alike = other.contender.lang == contender.lang && other.mode == mode;
                other.contender.asks() && (contender.is_engine() || is_alike)
            };
            let floor = Selection { contender: contender.clone(), mode: mode.clone() };
            if selected.iter().any(is_played) && !selected.contains(&floor) {
                floors.push(floor);
            }
        }
    }
    floors
}

fn entrant(selection: &Selection, role: Role, environments: &Environments) -> Entrant {
    let contender = &selection.contender;
    let spawn = environments.spawn(contender).map_err(|error| {
        let state = match error {
            EnvironmentError::WrongRuntime { .. } | EnvironmentError::NoRuntime { .. } => {
                ClientState::Skipped
            }
            EnvironmentError::Unfit { .. } => ClientState::Broken,
            _ => ClientState::NotInstalled,
        };
        (state, error.to_string())
    });
    Entrant {
        label: format!("{} {}", contender.name, selection.mode),
        name: contender.name.clone(),
        mode: selection.mode.clone(),
        role,
        asks: contender.asks(),
        spawn,
    }
}

/// What all cases of a contest have in common.
struct Game<'a> {
    args: &'a ClientsCompareArgs,
    target: &'a Target,
    entrants: &'a [Entrant],
    blocks: u32,
    lanes_take_turns: bool,
}

impl Game<'_> {
    fn play_case(&self, case: &Case, interrupts: &Interrupts) -> Result<ClientPlayed, CommandError> {
        let Self { args, target, .. } = *self;
        let setup = asked::setup(args, case, target)?;
        let mut expected = Expected::default();
        if let Some(call) = &case.call {
            expected = Expected::read(&followed(&call.expected, setup.redirects)).unwrap_or(expected);
        }
        let contest = Contest {
            entrants: self.entrants.to_vec(),
            setup,
            blocks: self.blocks,
            segment: args.played.requests.map_or(Segment::Time(args.played.segment), Segment::Count),
            arrivals: arrivals(args),
            expected,
            warmup_most: args.played.warmup,
            // Where the lanes of the largest case do not fit, those of a small one do.
            lanes_take_turns: self.lanes_take_turns && case.lanes > lanes::FEW,
            reference: 0,
            target: target.access.clone(),
            stop: interrupts.asked(),
        };
        let mut talk = Talk::new(args.quiet);
        let outcome = play(&contest, &mut talk);
        talk.end();
        Ok(record::played(args, case, &contest, outcome, target.is_local))
    }
}

/// What is expected of a client that may follow redirects: where one is expected, also what is behind it.
fn followed(expected: &[String], redirects: Option<u32>) -> Vec<String> {
    let mut all = expected.to_vec();
    if redirects != Some(0) && expected.iter().any(|text| text.starts_with('3')) {
        all.push("2XX".to_owned());
    }
    all
}

/// Evenly spaced starts of one segment; none in a closed loop.
fn arrivals(args: &ClientsCompareArgs) -> Vec<(u64, u32)> {
    let Some(rate) = args.played.rate else { return Vec::new() };
    let count = (rate * args.played.segment.as_secs_f64()).floor().max(1.0) as u64;
    (0..count).map(|n| ((n as f64 / rate * 1e9) as u64, 0)).collect()
}

/// Knows what must not be shown: credentials in header fields, in the URL and in the body, and variables that functions keep.
fn redactor(args: &ClientsCompareArgs) -> Result<Redactor, CommandError> {
    let headers = asked::headers(&args.asked)?;
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut redactor = redactor_of(headers, &text(&args.asked.url), &text(&args.asked.data));
    functions::hide(&args.functions, &mut redactor)?;
    Ok(redactor)
}
