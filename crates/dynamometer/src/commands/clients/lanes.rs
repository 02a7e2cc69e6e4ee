//! Many lanes: whether the machine holds those of all clients at once, those of one client at a time, or neither.
//!
//! Called before a contest begins, so that nothing of it fails in the middle for want of a file, a port or a thread.

use dyno_clients::Entrant;
use dyno_host::limits::{self, Demand, LimitProblem};

use crate::args::clients::ClientsCompareArgs;
use crate::console;
use crate::error::CommandError;

/// Most connections that a target elsewhere, whose limits nobody knows, gets from all clients together.
const ELSEWHERE_MOST: u32 = 10_000;

/// So few lanes are always kept by all clients.
pub(super) const FEW: u32 = 64;

/// What plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Field {
    /// Lanes of the largest case.
    lanes: u32,
    /// Clients that play.
    clients: u32,
    /// Of these, the ones that have a thread for each lane.
    threaded: u32,
    /// Whether this machine also has the other ends of their connections.
    is_embedded: bool,
}

/// Whether a client has its lanes for its own segments only, because those of all cannot be open at once.
///
/// # Errors
/// When not even those of one client can be.
pub(super) fn take_turns(args: &ClientsCompareArgs, entrants: &[Entrant]) -> Result<bool, CommandError> {
    let playing = || entrants.iter().filter(|entrant| entrant.spawn.is_ok() && entrant.asks);
    let count = |clients: usize| u32::try_from(clients).unwrap_or(u32::MAX);
    let field = Field {
        lanes: args.played.lanes.iter().copied().max().unwrap_or(1),
        clients: count(playing().count()).max(1),
        threaded: count(playing().filter(|entrant| entrant.mode == "sync").count()),
        is_embedded: args.asked.url.is_none(),
    };
    let together = demand(field);
    let alone = demand(Field { clients: 1, threaded: field.threaded.min(1), ..field });
    limits::raise_open_files(together.open_files);
    let decided = decide(field, &limits::check(&together), &limits::check(&alone))?;
    if !args.quiet {
        decided.notes.iter().for_each(|note| console::talk(&format!("note: {note}")));
    }
    Ok(decided.take_turns)
}

/// What was decided, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Decided {
    take_turns: bool,
    notes: Vec<String>,
}

fn decide(field: Field, together: &[LimitProblem], alone: &[LimitProblem]) -> Result<Decided, CommandError> {
    let Field { lanes, clients, .. } = field;
    if let Some(problem) = alone.iter().find(|problem| problem.is_fatal) {
        let text = format!("{lanes} lanes of a client cannot be open at once: {problem}");
        return Err(CommandError::usage(text).hint("ask for fewer lanes, or raise the limit as it says"));
    }
    let turns = "each client opens its lanes for its own segments and closes them afterwards";
    if let Some(problem) = together.iter().find(|problem| problem.is_fatal)
        && clients > 1
    {
        let note =
            format!("{lanes} lanes of {clients} clients cannot be open at once, so {turns}: {problem}");
        return Ok(Decided { take_turns: true, notes: vec![note] });
    }
    let is_much = !field.is_embedded && lanes.saturating_mul(clients) > ELSEWHERE_MOST;
    if is_much && clients > 1 {
        let note = format!(
            "{lanes} lanes of {clients} clients are more connections than the {ELSEWHERE_MOST} that a target \
             elsewhere is asked for, so {turns}"
        );
        return Ok(Decided { take_turns: true, notes: vec![note] });
    }
    // What may be slow, as a queue that only matters to those who open many connections at a time.
    Ok(Decided { take_turns: false, notes: together.iter().map(ToString::to_string).collect() })
}

/// What all of these have open at once.
fn demand(field: Field) -> Demand {
    // A tenth more: while a client opens connections anew, its old ones are still being closed.
    let with_closing = |connections: u32| u32::try_from(u64::from(connections) * 11 / 10).unwrap_or(u32::MAX);
    let connections = with_closing(field.lanes.saturating_mul(field.clients));
    // The target has the connections of all, a worker its own.
    let of_worker = limits::open_files_needed(with_closing(field.lanes));
    let open_files =
        if field.is_embedded { limits::open_files_to_serve(connections).max(of_worker) } else { of_worker };
    Demand { open_files, threads: field.lanes.saturating_mul(field.threaded), ..Demand::of(connections) }
}

#[cfg(test)]
mod tests;
