//! The target's own account of tagged requests, against which a load generator's numbers can be checked.
//!
//! A request is tagged by the field `x-dyno-run: ID` or the query `run=ID`. Untagged ones cost a look at the
//! lengths of their field names. Each thread writes its own ledger; `truth` adds them up.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use dyno_server::{Action, Finish, Request, ResponseWriter};
use hdrhistogram::Histogram;

use crate::clock::unix_ns;
use crate::query::Query;
use crate::routes;
use crate::state::{Target, locked};

/// The field that tags a request.
const RUN_FIELD: &str = "x-dyno-run";
/// Most runs kept per thread; the one that began first is forgotten for a new one.
const RUNS_MAX: usize = 256;
/// Longest service time told apart: one hour.
const SERVICE_NS_MAX: u64 = 3_600_000_000_000;

/// The runs seen by one thread.
#[derive(Default)]
pub(crate) struct Ledger {
    runs: HashMap<String, Account>,
}

/// What one thread saw of one run.
pub(crate) struct Account {
    pub(crate) requests: u64,
    pub(crate) bytes_received: u64,
    pub(crate) first_arrival_ns: u64,
    pub(crate) last_arrival_ns: u64,
    pub(crate) first_arrival_unix_ns: u64,
    pub(crate) connections: HashSet<u64>,
    /// Answers by status; 0 is an answer without one, as the faults give.
    pub(crate) status_codes: BTreeMap<u16, u64>,
    /// Arrivals by second of the target's clock.
    pub(crate) arrivals_by_second: BTreeMap<u64, u64>,
    pub(crate) service_ns: Histogram<u64>,
}

impl Ledger {
    pub(crate) fn account(&self, run: &str) -> Option<&Account> {
        self.runs.get(run)
    }

    fn arrival(&mut self, run: &str, request: &Request<'_>, now_ns: u64) {
        if !self.runs.contains_key(run) {
            if self.runs.len() >= RUNS_MAX
                && let Some(oldest) = self.runs.iter().min_by_key(|(_, account)| account.first_arrival_ns)
            {
                let oldest = oldest.0.clone();
                self.runs.remove(&oldest);
            }
            self.runs.insert(run.to_owned(), Account::new(now_ns));
        }
        let Some(account) = self.runs.get_mut(run) else { return };
        account.requests += 1;
        account.bytes_received += request.received_bytes();
        account.last_arrival_ns = now_ns;
        account.connections.insert(request.connection_id());
        *account.arrivals_by_second.entry(now_ns / 1_000_000_000).or_default() += 1;
    }

    fn answered(&mut self, run: &str, status: u16, service_ns: u64) {
        if let Some(account) = self.runs.get_mut(run) {
            *account.status_codes.entry(status).or_default() += 1;
            account.service_ns.saturating_record(service_ns);
        }
    }
}

impl Account {
    pub(crate) fn new(now_ns: u64) -> Self {
        Self {
            requests: 0,
            bytes_received: 0,
            first_arrival_ns: now_ns,
            last_arrival_ns: now_ns,
            first_arrival_unix_ns: unix_ns(),
            connections: HashSet::new(),
            status_codes: BTreeMap::new(),
            arrivals_by_second: BTreeMap::new(),
            service_ns: Histogram::new_with_bounds(1, SERVICE_NS_MAX, 3)
                .expect("invariant: the bounds are constants in the allowed range"),
        }
    }
}

/// The run that a request is tagged with.
pub(crate) fn run_of<'a>(request: &Request<'a>) -> Option<Cow<'a, str>> {
    if let Some(run) = request.header_str(RUN_FIELD) {
        return Some(Cow::Borrowed(run));
    }
    let query = request.query()?;
    if !query.contains("run=") || request.path().starts_with("/__truth/") {
        return None;
    }
    Query(Some(query)).get("run")
}

/// Answers a tagged request and writes it into the ledger of this thread.
pub(crate) fn answer_and_record(
    target: &Target,
    run: &str,
    request: &Request<'_>,
    response: &mut ResponseWriter<'_>,
) -> Action {
    let arrival_ns = target.state.clock.now_ns();
    let ledger = &target.state.ledgers[target.thread_index];
    locked(ledger).arrival(run, request, arrival_ns);
    let action = routes::answer(target, request, response);
    let Action::Later(later) = action else {
        locked(ledger).answered(run, response.status(), target.state.clock.now_ns() - arrival_ns);
        return action;
    };
    let (state, thread_index, run) = (target.state.clone(), target.thread_index, run.to_owned());
    Action::Later(Box::pin(async move {
        let finish = later.await;
        let finish_and_record: Finish = Box::new(move |response| {
            let action = finish(response);
            let service_ns = state.clock.now_ns() - arrival_ns;
            locked(&state.ledgers[thread_index]).answered(&run, response.status(), service_ns);
            action
        });
        finish_and_record
    }))
}
