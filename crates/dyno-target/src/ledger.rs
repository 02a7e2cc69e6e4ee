//! The target's own account of tagged requests, against which a load generator's numbers can be checked.
//!
//! A request is tagged by the field `x-dyno-run: ID` or the query `run=ID`. Untagged ones cost a look at the
//! lengths of their field names. Each thread writes its own ledger; `truth` adds them up.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dyno_server::{Action, Finish, Request, ResponseWriter, TlsInfo};
use hdrhistogram::Histogram;

use crate::clock::unix_ns;
use crate::query::Query;
use crate::state::{Target, TargetState, locked};
use streamed::Counted;

mod streamed;

/// The field that tags a request.
const RUN_FIELD: &str = "x-dyno-run";
/// Most runs kept per thread; the one that began first is forgotten for a new one.
pub(crate) const RUNS_MAX: usize = 256;
/// Heads that are looked at per thread and run: enough to know a client, too few to slow a load test down.
const HEADS_LOOKED_AT: u64 = 1_000;
/// Most shapes of heads that are told apart.
const SHAPES_MAX: usize = 16;
/// Longest service time and gap told apart: one hour.
const SPAN_NS_MAX: u64 = 3_600_000_000_000;

/// The runs seen by one thread.
#[derive(Default)]
pub(crate) struct Ledger {
    runs: HashMap<String, Account>,
}

/// What the threads share of one run: gaps are between arrivals on any of them.
#[derive(Debug)]
pub(crate) struct SharedRun {
    /// On the target's clock; `u64::MAX` before the first arrival.
    last_arrival_ns: AtomicU64,
}

impl Default for SharedRun {
    fn default() -> Self {
        Self { last_arrival_ns: AtomicU64::new(u64::MAX) }
    }
}

/// What one thread saw of one run.
pub(crate) struct Account {
    shared: Arc<SharedRun>,
    pub(crate) requests: u64,
    /// Bytes of heads and bodies, without framing.
    pub(crate) bytes_received: u64,
    /// Bytes of the answers that were given, without the framing of chunks.
    pub(crate) bytes_sent: u64,
    /// Answers that broke off: the client went away, or a fault was asked for.
    pub(crate) cut: u64,
    pub(crate) first_arrival_ns: u64,
    pub(crate) last_arrival_ns: u64,
    pub(crate) first_arrival_unix_ns: u64,
    /// By number; of those over TLS, what the handshake agreed on.
    pub(crate) connections: HashMap<u64, Option<Handshake>>,
    /// Version and names of the header fields, in order, of the first requests.
    pub(crate) heads: BTreeMap<HeadShape, u64>,
    /// Answers by status; 0 is an answer without one, as the faults give.
    pub(crate) status_codes: BTreeMap<u16, u64>,
    /// Arrivals by second of the target's clock.
    pub(crate) arrivals_by_second: BTreeMap<u64, u64>,
    /// Times from arrival to the end of the answer.
    pub(crate) service_ns: Histogram<u64>,
    /// Times between an arrival of this thread and the one before it on any thread.
    pub(crate) gaps_ns: Histogram<u64>,
}

/// What a client's head looks like: the version, and the names of its fields in order and in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HeadShape {
    pub(crate) version: &'static str,
    pub(crate) fields: Vec<String>,
}

/// What the handshake of a connection agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Handshake {
    pub(crate) version: &'static str,
    pub(crate) alpn: Option<String>,
    pub(crate) is_resumed: bool,
}

impl Handshake {
    fn of(info: &TlsInfo) -> Self {
        Self { version: info.version, alpn: info.alpn.clone(), is_resumed: info.is_resumed == Some(true) }
    }
}

/// How an answer ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) status: u16,
    pub(crate) bytes: u64,
    pub(crate) is_cut: bool,
}

impl Ledger {
    pub(crate) fn account(&self, run: &str) -> Option<&Account> {
        self.runs.get(run)
    }

    fn arrival(&mut self, state: &TargetState, run: &str, request: &Request<'_>, now_ns: u64) {
        if !self.runs.contains_key(run) {
            if self.runs.len() >= RUNS_MAX
                && let Some(oldest) = self.runs.iter().min_by_key(|(_, account)| account.first_arrival_ns)
            {
                let oldest = oldest.0.clone();
                self.runs.remove(&oldest);
            }
            self.runs.insert(run.to_owned(), Account::new(now_ns, state.shared_run(run)));
        }
        let Some(account) = self.runs.get_mut(run) else { return };
        account.requests += 1;
        if account.requests <= HEADS_LOOKED_AT {
            account.look_at(request);
        }
        account.bytes_received += request.received_bytes();
        account.last_arrival_ns = now_ns;
        let handshake = || request.connection().tls.as_ref().map(Handshake::of);
        account.connections.entry(request.connection_id()).or_insert_with(handshake);
        *account.arrivals_by_second.entry(now_ns / 1_000_000_000).or_default() += 1;
        let before_ns = account.shared.last_arrival_ns.swap(now_ns, Ordering::Relaxed);
        if before_ns != u64::MAX {
            account.gaps_ns.saturating_record(now_ns.saturating_sub(before_ns));
        }
    }

    fn answered(&mut self, run: &str, ending: Ending, service_ns: u64) {
        if let Some(account) = self.runs.get_mut(run) {
            *account.status_codes.entry(ending.status).or_default() += 1;
            account.bytes_sent += ending.bytes;
            account.cut += u64::from(ending.is_cut);
            account.service_ns.saturating_record(service_ns);
        }
    }
}

impl Account {
    pub(crate) fn new(now_ns: u64, shared: Arc<SharedRun>) -> Self {
        let histogram = || {
            Histogram::new_with_bounds(1, SPAN_NS_MAX, 3)
                .expect("invariant: the bounds are constants in the allowed range")
        };
        Self {
            shared,
            requests: 0,
            bytes_received: 0,
            bytes_sent: 0,
            cut: 0,
            first_arrival_ns: now_ns,
            last_arrival_ns: now_ns,
            first_arrival_unix_ns: unix_ns(),
            connections: HashMap::new(),
            heads: BTreeMap::new(),
            status_codes: BTreeMap::new(),
            arrivals_by_second: BTreeMap::new(),
            service_ns: histogram(),
            gaps_ns: histogram(),
        }
    }

    fn look_at(&mut self, request: &Request<'_>) {
        let fields = request.headers().map(|(name, _)| name.to_ascii_lowercase()).collect();
        let shape = HeadShape { version: request.version().name(), fields };
        if self.heads.len() < SHAPES_MAX || self.heads.contains_key(&shape) {
            *self.heads.entry(shape).or_default() += 1;
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

/// Writes one request into the ledger of a thread, from its arrival to the end of its answer.
pub(crate) struct Entry {
    state: Arc<TargetState>,
    thread_index: usize,
    run: String,
    arrival_ns: u64,
}

impl Entry {
    fn end(self, ending: Ending) {
        let service_ns = self.state.clock.now_ns().saturating_sub(self.arrival_ns);
        locked(&self.state.ledgers[self.thread_index]).answered(&self.run, ending, service_ns);
    }
}

/// Answers a tagged request by `answer` and writes it into the ledger of this thread.
pub(crate) fn answer_and_record(
    target: &Target,
    run: &str,
    request: &Request<'_>,
    response: &mut ResponseWriter<'_>,
    answer: impl FnOnce(&Request<'_>, &mut ResponseWriter<'_>) -> Action,
) -> Action {
    let arrival_ns = target.state.clock.now_ns();
    locked(&target.state.ledgers[target.thread_index]).arrival(&target.state, run, request, arrival_ns);
    let entry = Entry {
        state: Arc::clone(&target.state),
        thread_index: target.thread_index,
        run: run.to_owned(),
        arrival_ns,
    };
    let action = answer(request, response);
    recorded(entry, action, response)
}

/// The action, with `entry` ended when the answer is.
fn recorded(entry: Entry, action: Action, response: &ResponseWriter<'_>) -> Action {
    let mut ending = Ending { status: response.status(), bytes: response.written_bytes(), is_cut: false };
    match action {
        Action::Later(later) => Action::Later(Box::pin(async move {
            let finish = later.await;
            let finish_and_record: Finish = Box::new(move |response| {
                let action = finish(response);
                recorded(entry, action, response)
            });
            finish_and_record
        })),
        Action::Stream(source) if !response.is_head() => {
            Action::Stream(Box::new(Counted::new(source, entry, ending)))
        }
        action => {
            ending.is_cut = !matches!(action, Action::Done | Action::Stream(_) | Action::Upgrade(_));
            entry.end(ending);
            action
        }
    }
}
