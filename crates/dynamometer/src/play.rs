//! From a resolved plan to an exit code: check, play, judge, store, show.
//!
//! The order is the contract: the run is stored before anything is drawn, and a broken store, view or report
//! never ends a run. Measures nothing itself. Called by `dyno run` and `dyno http`.

mod abort;
mod audit;
pub mod baseline;
mod embedded;
mod evidence;
mod guard;
mod keep;
pub mod outputs;
pub mod record;
pub mod reproduce;
mod resources;
pub mod signals;
mod view;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use dyno_engine::{Driver, Hooks, Observer, Played};
use dyno_model::{RunPlan, RunRecord, RunState, Workload};
use dyno_plan::{Origin, Resolved};
use dyno_store::Store;

use crate::args::play::ResultArgs;
use crate::commands::compare::baseline::Baseline;
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::log;
use crate::registry;

use abort::AbortRules;
use audit::Audit;
pub use embedded::EmbeddedTarget;
use guard::Guarded;
use keep::Keeper;
use resources::Resources;
pub use signals::Interrupts;
use view::View;

/// A plan to play, and what is to become of the result.
pub struct Game<'a> {
    /// The plan.
    pub resolved: Resolved,
    /// What is judged, written and shown.
    pub result: &'a ResultArgs,
    /// The store's file; `None` is the usual one.
    pub store: Option<&'a Path>,
    /// A command that plays the same again.
    pub reproduce: String,
    /// Whether this is the built-in tour, which ends with a report and advice.
    pub is_tour: bool,
    /// What the run is compared with at last.
    pub baseline: Option<Baseline>,
}

/// Plays, judges, stores and shows.
///
/// # Errors
/// When nothing could be played. A run that was played always gives an exit code.
pub fn play(mut game: Game<'_>) -> Result<Exit, CommandError> {
    log::hide(&game.resolved.redactor);
    let formats = outputs::check(&game.resolved.outputs)?;
    let embedded = start_embedded(&mut game.resolved)?;
    let keeper_store = open_store(&game);
    let plan = &game.resolved.plan;
    let interrupts = Interrupts::listen()?;
    let mut resources = Resources::find(game.result, embedded.as_ref(), plan)?;
    let driver = registry::driver(plan)?;
    prepare_limits(plan)?;
    let target = registry::check(&*driver)?;
    let head = record::head(&game.resolved, driver.name(), &target.description, &game.reproduce);
    let audit = game.result.audit.then(|| Audit::begin(plan, &head.id)).transpose()?;
    let driver = match &audit {
        Some(audit) => registry::driver(audit.tagged_plan())?,
        None => driver,
    };
    let keeper = Rc::new(RefCell::new(Keeper::begin(keeper_store, &head)));
    let session = Session { game: &game, driver: &*driver, interrupts: &interrupts, head: &head };
    tracing::info!(run = head.id, plan = head.name, target = head.target, "run begins");
    let (played, aborted) = session.run(&keeper, &mut resources)?;
    // Before the target is gone.
    let ledger = audit.as_ref().map(Audit::ask);
    drop(embedded);
    let keeper = Rc::into_inner(keeper).expect("invariant: observers are gone after the run").into_inner();
    let (intervals, writer) = keeper.into_intervals();
    let mut record = record::complete(head, plan, &played, intervals, &resources);
    if let Some(reason) = aborted {
        record.state = RunState::Aborted;
        console::talk(&format!("stopped early: {reason}"));
    }
    evidence::judge(&mut record, plan, &played, &resources);
    if let Some(ledger) = ledger {
        audit::judge(&mut record, plan, ledger);
    }
    record::redact(&mut record, &game.resolved.redactor);
    let (state, totals) = (record.state, &record.totals);
    tracing::info!(run = record.id, ?state, requests = totals.requests, failed = totals.failed, "run ends");
    let stored_in = writer.and_then(|writer| keep::finish(writer, &record));
    let record = record::as_stored(&record);
    show(&game, formats, &record, stored_in.as_deref())
}

/// What a run needs while it is played.
struct Session<'a> {
    game: &'a Game<'a>,
    driver: &'a dyn Driver,
    interrupts: &'a Interrupts,
    head: &'a RunRecord,
}

impl Session<'_> {
    /// Plays; gives what was played, and why a threshold ended it early.
    fn run(
        &self,
        keeper: &Rc<RefCell<Keeper>>,
        resources: &mut Resources,
    ) -> Result<(Played, Option<String>), CommandError> {
        let plan = &self.game.resolved.plan;
        let view = Rc::new(RefCell::new(View::choose(self.game.result, plan, self.head)));
        let rules = Rc::new(RefCell::new(AbortRules::of(plan)));
        let observers: Vec<Box<dyn Observer>> = vec![
            Box::new(Guarded::new("the store", Rc::clone(keeper))),
            Box::new(Guarded::new("the thresholds that abort", Rc::clone(&rules))),
            Box::new(Guarded::new("the view", Rc::clone(&view))),
        ];
        let mut is_view_broken = false;
        let hooks = Hooks {
            observers,
            meters: resources.meters(),
            supervise: Box::new(|control, now_ns| {
                let stops = self.interrupts.count();
                let is_lost = rules.borrow().reason().is_some();
                if (stops > 0 || is_lost) && !control.is_stopped() {
                    control.stop(now_ns);
                    guard::catch("the view", || view.borrow_mut().note_stop());
                }
                if stops > 1 && !control.is_aborted() {
                    control.abort(now_ns);
                }
                if !is_view_broken {
                    let asks_to_stop = guard::catch("the view", || view.borrow_mut().tick(control, now_ns));
                    is_view_broken = asks_to_stop.is_none();
                    self.interrupts.add(u32::from(asks_to_stop == Some(true)));
                }
            }),
        };
        self.interrupts.begin_playing();
        let played = dyno_engine::run(plan, self.driver, hooks);
        self.interrupts.end_playing();
        resources.finish();
        guard::catch("the view", || view.borrow_mut().close());
        let reason = rules.borrow().reason().map(str::to_owned);
        let played = played?;
        let was_stopped_by_user = self.interrupts.count() > 0;
        Ok((played, reason.filter(|_| !was_stopped_by_user)))
    }
}

/// Starts the tool's own target when the plan asks for it, and points the plan at it.
fn start_embedded(resolved: &mut Resolved) -> Result<Option<EmbeddedTarget>, CommandError> {
    if !resolved.embedded {
        return Ok(None);
    }
    let plan = &mut resolved.plan;
    let cores = dyno_host::usable_cores();
    let is_default =
        |(key, _, origin): &(String, String, Origin)| key == "threads" && *origin == Origin::Default;
    if resolved.provenance.iter().any(is_default) {
        // Both sides share the machine, so that each gets half of it.
        plan.threads = plan.threads.min((cores / 2).max(1));
    }
    let target = EmbeddedTarget::start((cores - plan.threads.min(cores)).max(1))?;
    let Workload::Http(http) = &mut plan.workload;
    http.base_urls = vec![target.url().to_owned()];
    Ok(Some(target))
}

/// A store that cannot be opened is a warning: the run goes on without it.
fn open_store(game: &Game<'_>) -> Option<Store> {
    if game.result.no_store {
        return None;
    }
    match Store::open(game.store) {
        Ok(store) => Some(store),
        Err(error) => {
            console::warn(&format!("the run will not be stored: {error}"));
            None
        }
    }
}

/// Raises what can be raised, warns of what may be slow, refuses what cannot work.
fn prepare_limits(plan: &RunPlan) -> Result<(), CommandError> {
    use dyno_host::limits;
    let connections = plan.load.max_in_flight();
    limits::raise_open_files(limits::open_files_needed(connections));
    let Workload::Http(http) = &plan.workload;
    let is_single = http.base_urls.len() == 1 && http.connection.unix_socket.is_none();
    let sources = u32::try_from(http.connection.source_addresses.len().max(1)).unwrap_or(u32::MAX);
    let demand = limits::Demand { has_single_target: is_single, sources, ..limits::Demand::of(connections) };
    for problem in limits::check(&demand) {
        // An open loop opens only as many connections as it needs, which may be few.
        if problem.is_fatal && !plan.load.is_open() {
            let message = format!(
                "the machine does not allow {connections} connections: {} are limited to {}, {} are needed",
                problem.what, problem.have, problem.need
            );
            return Err(CommandError::target(message).hint(problem.command));
        }
        console::warn(&problem.to_string());
    }
    Ok(())
}

/// Writes the outputs, then the result on stdout; the last step of a run.
fn show(
    game: &Game<'_>,
    mut formats: Vec<outputs::Output>,
    record: &RunRecord,
    stored_in: Option<&Path>,
) -> Result<Exit, CommandError> {
    let mut exit = Exit::of(record);
    if game.is_tour && game.resolved.outputs.is_empty() {
        let path = PathBuf::from(format!("dyno-report-{}.html", record.id));
        formats.extend(outputs::check(std::slice::from_ref(&path))?);
    }
    let mut talk = Vec::new();
    for output in &formats {
        match output.write(record) {
            Ok(()) => talk.push(format!("wrote {}", output.path().display())),
            Err(error) => {
                console::complain(&error);
                exit = exit.after_failed_output();
            }
        }
    }
    if let Err(error) = outputs::print(record, game.result.json) {
        console::complain(&error);
        exit = exit.after_failed_output();
    }
    outputs::annotate(record);
    if let Some(baseline) = &game.baseline {
        exit = exit.graver(baseline.compare(record, game.result, game.store));
    }
    if let Some(path) = stored_in {
        talk.push(format!("stored as {} in {}", record.id, path.display()));
    }
    if !game.result.quiet {
        talk.iter().for_each(|line| console::talk(line));
        if game.is_tour {
            console::talk(&outputs::tour_advice(record));
        }
    }
    Ok(exit)
}
