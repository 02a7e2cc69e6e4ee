//! The contest: everybody gets ready, is looked at on the wire, warms up, and plays block by block.
//!
//! All workers stay up and idle while one of them plays, with their connections, unless the machine cannot hold those of
//! all. A worker that breaks is taken out with its reason; the others go on. Called by `dyno clients compare`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use dyno_model::{ClientEntry, ClientState, ClientVerdict, CountedBy, units};
use dyno_workers::{Answer, RunLimits, RunOutcome, Session, SessionError, Setup, Spawn, Stop, Watch};

use crate::audit::{self, TargetAccess};
use crate::expected::Expected;
use crate::figures::Gathered;
use crate::order::order_of_block;
use crate::verdict::verdicts;

/// A warm-up is over when its last runs agree this well, as a share.
const DRIFT_MOST: f64 = 0.05;

/// Runs that have to agree.
const DRIFT_RUNS: usize = 3;

/// The worker's lateness that is always allowed, in nanoseconds.
const LATENESS_LEAST_NS: u64 = 1_000_000;

/// The worker's lateness that is allowed as a share of the median response time.
const LATENESS_SHARE: f64 = 0.1;

/// How long requests in flight may go on once the contest is to end; after that their segment is lost.
const DRAIN: Duration = Duration::from_millis(1_500);

/// What is said of the wire of a function that takes no URL.
const NO_WIRE: &str = "not applicable: the function takes no URL, so nothing is known of what it sends";

/// Why somebody takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It is compared.
    Client,
    /// It is the reference once more, to see what the contest says of equals.
    Control,
    /// It shows what asking costs at least.
    Floor,
}

/// Somebody who takes part.
#[derive(Debug, Clone)]
pub struct Entrant {
    /// What tables call it.
    pub label: String,
    /// The library.
    pub name: String,
    /// `sync` or `async`.
    pub mode: String,
    /// Why it takes part.
    pub role: Role,
    /// Whether it asks the target; a function that takes no URL does not, and is not looked at on the wire.
    pub asks: bool,
    /// How it is started, or why it cannot be: whether it only cannot do what was asked, and the reason.
    pub spawn: Result<Spawn, (ClientState, String)>,
}

/// How long a segment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// So many requests.
    Count(u64),
    /// So much time.
    Time(Duration),
}

impl Segment {
    fn limits(self) -> RunLimits {
        match self {
            Self::Count(count) => RunLimits::Count(count),
            Self::Time(time) => RunLimits::Time(time),
        }
    }
}

/// A contest to play.
#[derive(Debug, Clone)]
pub struct Contest {
    /// Who takes part.
    pub entrants: Vec<Entrant>,
    /// What is asked; `mode` is each entrant's own.
    pub setup: Setup,
    /// Blocks; in each everybody plays one segment.
    pub blocks: u32,
    /// How long a segment is.
    pub segment: Segment,
    /// Intended starts of a segment in nanoseconds, with the index of the request; empty is a closed loop.
    pub arrivals: Vec<(u64, u32)>,
    /// Which answers are a success.
    pub expected: Expected,
    /// The longest warm-up of each.
    pub warmup_most: Duration,
    /// Whether a client has its lanes for its own segments only, because the machine cannot hold those of all.
    ///
    /// It then opens them before each segment, by a request of each lane that is not recorded, and closes them afterwards.
    pub lanes_take_turns: bool,
    /// Index of the reference among the entrants.
    pub reference: usize,
    /// Where the target keeps its ledger.
    pub target: TargetAccess,
    /// Set by anybody to end it early, at whatever it is; what was measured until then is kept.
    pub stop: Arc<AtomicBool>,
}

impl Contest {
    fn is_stopped(&self) -> bool {
        self.stop.load(SeqCst)
    }
}

/// Hears how a contest goes.
pub trait Observer {
    /// What is done now, such as `httpx async: warming up`.
    fn stage(&mut self, text: &str);
    /// A segment is about to be played: (block, blocks, label).
    fn segment(&mut self, block: u32, blocks: u32, label: &str);
}

/// What came of a contest.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// One entry per client and floor, in the order of the entrants.
    pub entries: Vec<ClientEntry>,
    /// The reference against itself.
    pub control: Option<ClientVerdict>,
    /// The label of the cheapest floor.
    pub floor: Option<String>,
    /// Who counted what clients used.
    pub counted_by: CountedBy,
    /// Whether it was stopped before its end.
    pub was_stopped: bool,
}

/// Somebody in the course of the contest.
struct Player<'a> {
    entrant: &'a Entrant,
    entry: ClientEntry,
    session: Option<Session>,
    gathered: Gathered,
}

/// Plays the contest. Never fails: what breaks is in its entry.
pub fn play(contest: &Contest, observer: &mut dyn Observer) -> Outcome {
    let mut players: Vec<Player<'_>> = contest.entrants.iter().map(Player::of).collect();
    for player in &mut players {
        if contest.is_stopped() {
            break;
        }
        player.prepare(contest, observer);
    }
    'blocks: for block in 0..contest.blocks {
        let order = order_of_block(contest.setup.seed, players.len(), block as usize);
        for (position, index) in order.into_iter().enumerate() {
            if contest.is_stopped() {
                break 'blocks;
            }
            observer.segment(block, contest.blocks, &contest.entrants[index].label);
            players[index].segment(contest, block, position as u32);
        }
    }
    let was_stopped = contest.is_stopped();
    finish(contest, players, was_stopped)
}

impl<'a> Player<'a> {
    fn of(entrant: &'a Entrant) -> Self {
        let entry = ClientEntry {
            label: entrant.label.clone(),
            name: entrant.name.clone(),
            mode: entrant.mode.clone(),
            version: String::new(),
            lang: String::new(),
            runtime: String::new(),
            libs: std::collections::BTreeMap::new(),
            state: ClientState::Ranked,
            detail: String::new(),
            stderr: String::new(),
            wire: None,
            wire_note: if entrant.asks { String::new() } else { NO_WIRE.to_owned() },
            account: Vec::new(),
            import_ns: None,
            first_request_ns: None,
            segments: Vec::new(),
            figures: None,
            verdict: None,
        };
        Self { entrant, entry, session: None, gathered: Gathered::default() }
    }

    /// Starts the worker, looks at it on the wire, sets it up for the contest and warms it up.
    fn prepare(&mut self, contest: &Contest, observer: &mut dyn Observer) {
        let spawn = match &self.entrant.spawn {
            Ok(spawn) => spawn,
            Err((state, reason)) => {
                self.take_out(*state, reason.clone());
                return;
            }
        };
        observer.stage(&format!("{}: starting", self.entrant.label));
        let mut session = match Session::start_until(spawn, Stop::when(Arc::clone(&contest.stop), DRAIN)) {
            Ok(session) => session,
            Err((error, tail)) => {
                self.broke(&error, tail);
                return;
            }
        };
        self.introduce(&session);
        if !session.hello().modes.contains(&self.entrant.mode) {
            let has = session.hello().modes.join(" and ");
            self.take_out(
                ClientState::Skipped,
                format!("it has no {} interface, it is {has} only", self.entrant.mode),
            );
            return;
        }
        let setup = Setup { mode: self.entrant.mode.clone(), ..contest.setup.clone() };
        match self.makes_ready(&mut session, &setup, contest, observer) {
            Ok(true) => self.session = Some(session),
            Ok(false) => {}
            Err(error) => self.broke(&error, session.tail()),
        }
    }

    /// Whether it is ready to play.
    fn makes_ready(
        &mut self,
        session: &mut Session,
        setup: &Setup,
        contest: &Contest,
        observer: &mut dyn Observer,
    ) -> Result<bool, SessionError> {
        if !self.sets_up(session, setup)? {
            return Ok(false);
        }
        let first = session.run(RunLimits::Count(1), &[], true, &mut |_| Watch::Continue)?;
        self.entry.first_request_ns = first.samples.duration_ns.first().copied();
        if self.entrant.asks && contest.target.ledger.is_some() {
            observer.stage(&format!("{}: looking at the wire", self.entrant.label));
            // Of one length, so that it adds as much to everybody's requests.
            let tag = format!("audit-{:08x}", session.pid());
            self.entry.wire = audit::audit(session, &contest.target, setup, &tag)?;
            if !self.sets_up(session, setup)? {
                return Ok(false);
            }
        }
        observer.stage(&format!("{}: warming up", self.entrant.label));
        warm_up(session, contest)?;
        Ok(!contest.lanes_take_turns || self.sets_up(session, &resting(setup))?)
    }

    fn sets_up(&mut self, session: &mut Session, setup: &Setup) -> Result<bool, SessionError> {
        match session.setup(setup)? {
            Answer::Ready => Ok(true),
            Answer::Skipped(reason) => {
                self.take_out(ClientState::Skipped, reason);
                Ok(false)
            }
            Answer::Failed { place, problem } => {
                self.take_out(ClientState::Broken, format!("{place}: {problem}"));
                self.entry.stderr = session.tail();
                Ok(false)
            }
        }
    }

    fn introduce(&mut self, session: &Session) {
        let hello = session.hello();
        self.entry.version.clone_from(&hello.version);
        self.entry.lang.clone_from(&hello.lang);
        self.entry.runtime.clone_from(&hello.runtime);
        self.entry.libs.clone_from(&hello.libs);
        self.entry.import_ns = hello.import_ns;
    }

    fn segment(&mut self, contest: &Contest, block: u32, position: u32) {
        let Some(mut session) = self.session.take() else { return };
        match self.plays(&mut session, contest, (block, position)) {
            Ok(true) => self.session = Some(session),
            Ok(false) => {}
            Err(error) => self.broke(&error, session.tail()),
        }
    }

    /// Whether it can go on after this segment.
    fn plays(
        &mut self,
        session: &mut Session,
        contest: &Contest,
        (block, position): (u32, u32),
    ) -> Result<bool, SessionError> {
        let setup = Setup { mode: self.entrant.mode.clone(), ..contest.setup.clone() };
        if contest.lanes_take_turns {
            if !self.sets_up(session, &setup)? {
                return Ok(false);
            }
            session.run(RunLimits::Count(setup.lanes.into()), &[], false, &mut |_| Watch::Continue)?;
        }
        let outcome =
            session.run(contest.segment.limits(), &contest.arrivals, true, &mut |_| Watch::Continue)?;
        self.gathered.add(block, position, &outcome, &contest.arrivals, &contest.expected);
        Ok(!contest.lanes_take_turns || self.sets_up(session, &resting(&setup))?)
    }

    fn broke(&mut self, error: &SessionError, tail: String) {
        if matches!(error, SessionError::Stopped) {
            // Nothing is wrong with it: it was killed with what it was doing.
            tracing::info!(client = self.entrant.label, "{error}");
            self.session = None;
            return;
        }
        self.take_out(ClientState::Broken, error.to_string());
        self.entry.stderr = tail;
    }

    fn take_out(&mut self, state: ClientState, detail: String) {
        tracing::warn!(client = self.entry.label, ?state, "{detail}");
        self.session = None;
        self.entry.state = state;
        self.entry.detail = detail;
    }

    /// Says good-bye, and whether its figures can be compared.
    fn end(mut self, is_open: bool, expected: &Expected) -> ClientEntry {
        if let Some(session) = self.session.take() {
            session.finish();
        }
        self.entry.figures = self.gathered.figures();
        self.entry.account = self.gathered.account();
        if self.entry.state == ClientState::Ranked
            && let Some(reason) = unranked(&self.gathered, is_open, expected)
        {
            self.entry.state = ClientState::Unranked;
            self.entry.detail = reason;
        }
        self.entry.segments = self.gathered.segments;
        self.entry
    }
}

/// The same with one lane, so that connections and threads go to whoever plays.
fn resting(setup: &Setup) -> Setup {
    Setup { lanes: 1, pool: setup.pool.map(|_| 1), ..setup.clone() }
}

/// Plays until the last runs agree on the time per request, or the time is over.
fn warm_up(session: &mut Session, contest: &Contest) -> Result<(), SessionError> {
    let part = contest.warmup_most / 12;
    let mut spent = Duration::ZERO;
    let mut paces: Vec<f64> = Vec::new();
    while spent < contest.warmup_most && !contest.is_stopped() && !is_steady(&paces) {
        let outcome = session.run(RunLimits::Time(part), &[], false, &mut |_| Watch::Continue)?;
        spent += part.max(Duration::from_nanos(outcome.done.wall));
        paces.extend(pace(&outcome));
    }
    Ok(())
}

/// Time per request, from what the worker counts in a warm-up.
fn pace(outcome: &RunOutcome) -> Option<f64> {
    (outcome.done.sent > 0).then(|| outcome.done.wall as f64 / outcome.done.sent as f64)
}

fn is_steady(paces: &[f64]) -> bool {
    let Some(last) = paces.len().checked_sub(DRIFT_RUNS).map(|from| &paces[from..]) else { return false };
    let (low, high) =
        last.iter().fold((f64::MAX, 0.0_f64), |(low, high), pace| (low.min(*pace), high.max(*pace)));
    high <= low * (1.0 + DRIFT_MOST)
}

/// Why a client that played is not compared.
fn unranked(gathered: &Gathered, is_open: bool, expected: &Expected) -> Option<String> {
    let errors = gathered.errors();
    if errors > 0 {
        let requests: u64 = gathered.segments.iter().map(|segment| segment.ok).sum::<u64>() + errors;
        let wanted = match expected.texts() {
            [] => String::new(),
            texts => format!(", {} was expected", texts.join(" or ")),
        };
        let kinds = gathered.error_kinds().join(", ");
        return Some(format!("{errors} of {requests} requests failed: {kinds}{wanted}"));
    }
    if gathered.segments.is_empty() {
        return Some("it did not play a single segment".to_owned());
    }
    if gathered.segments.iter().all(|segment| segment.ok == 0) {
        return Some("no request of its segments came to an end; play longer ones by `--segment`".to_owned());
    }
    if let Some(doubt) = gathered.segments.iter().flat_map(|segment| &segment.doubts).next() {
        return Some(format!("its account does not hold: {doubt}"));
    }
    let allowed = LATENESS_LEAST_NS.max((gathered.response_p50_ns() as f64 * LATENESS_SHARE) as u64);
    let late = gathered.segments.iter().map(|segment| segment.lateness_p99_ns).max().unwrap_or(0);
    let (shown, most) = (units::format_ns(late), units::format_ns(allowed));
    (is_open && late > allowed).then(|| format!("requests started up to {shown} late, {most} are allowed"))
}

fn finish(contest: &Contest, players: Vec<Player<'_>>, was_stopped: bool) -> Outcome {
    let is_open = !contest.arrivals.is_empty();
    let counted: Vec<bool> =
        players.iter().filter_map(|player| player.gathered.is_counted_by_host()).collect();
    let is_host = !counted.is_empty() && counted.iter().all(|is_host| *is_host);
    let counted_by = if is_host { CountedBy::Host } else { CountedBy::Worker };
    let mut entries: Vec<ClientEntry> =
        players.into_iter().map(|player| player.end(is_open, &contest.expected)).collect();
    let found = compare(contest, &entries);
    let is_compared = found.iter().any(Option::is_some);
    for (index, (entry, verdict)) in entries.iter_mut().zip(&found).enumerate() {
        entry.verdict.clone_from(verdict);
        if is_compared
            && verdict.is_none()
            && index != contest.reference
            && entry.state == ClientState::Ranked
        {
            entry.state = ClientState::Unranked;
            entry.detail =
                "no block has successes of both it and the reference; play more or longer ones".to_owned();
        }
    }
    let role = |index: usize| contest.entrants[index].role;
    let control = (0..entries.len()).find(|index| role(*index) == Role::Control);
    let control = control.and_then(|index| found[index].clone());
    let cpu = |entry: &ClientEntry| entry.figures.as_ref().map(|figures| figures.cpu_s_per_1000.value);
    let floors = entries.iter().enumerate().filter(|(index, entry)| {
        role(*index) == Role::Floor && entry.state == ClientState::Ranked && cpu(entry).is_some()
    });
    let cheapest =
        floors.min_by(|(_, a), (_, b)| cpu(a).unwrap_or(f64::MAX).total_cmp(&cpu(b).unwrap_or(f64::MAX)));
    let floor = cheapest.map(|(_, entry)| (entry.label.clone(), cpu(entry).unwrap_or(0.0)));
    if let Some((_, floor)) = &floor {
        for figures in entries.iter_mut().filter_map(|entry| entry.figures.as_mut()) {
            figures.cpu_s_per_1000_above_floor = Some(figures.cpu_s_per_1000.value - floor);
        }
    }
    Outcome { entries, control, floor: floor.map(|(label, _)| label), counted_by, was_stopped }
}

/// Everybody who is ranked against the reference; `None` for the reference and for who is not ranked.
fn compare(contest: &Contest, entries: &[ClientEntry]) -> Vec<Option<ClientVerdict>> {
    let mut found = vec![None; entries.len()];
    let Some(reference) = entries.get(contest.reference).filter(|entry| entry.state == ClientState::Ranked)
    else {
        return found;
    };
    let compared: Vec<usize> = (0..entries.len())
        .filter(|index| *index != contest.reference && entries[*index].state == ClientState::Ranked)
        .collect();
    let segments: Vec<_> = compared.iter().map(|index| entries[*index].segments.as_slice()).collect();
    for (index, verdict) in
        compared.into_iter().zip(verdicts(&reference.segments, &segments, contest.setup.seed))
    {
        found[index] = verdict;
    }
    found
}

#[cfg(test)]
mod tests;
