//! The record of a contest of clients: its case, its validity, its secrets hidden.

use std::time::SystemTime;

use dyno_clients::{Contest, Outcome, Segment, blocks_least};
use dyno_model::{
    CLIENTS_SCHEMA, ClientCase, ClientState, ClientWord, ClientsRecord, Reason, Redactor, Validity,
    ValidityState,
};
use url::Url;

use crate::args::clients::ClientsCompareArgs;

/// Fewer cores than this cannot keep client and target apart and leave one for the rest of the system.
const CORES_LEAST: u32 = 3;

/// What is known besides the outcome.
pub(super) struct Surroundings<'a> {
    pub(super) target: &'a str,
    pub(super) url: &'a str,
    pub(super) lanes: u32,
    pub(super) body_bytes: u64,
    pub(super) reproduce: &'a str,
    /// Whether client and target are on the same machine.
    pub(super) is_local: bool,
    pub(super) at: String,
}

/// Makes the record of a contest that was played.
pub(super) fn complete(
    args: &ClientsCompareArgs,
    contest: &Contest,
    outcome: Outcome,
    known: &Surroundings<'_>,
) -> ClientsRecord {
    let reference = contest.entrants[contest.reference].label.clone();
    let validity = validity(&outcome, &reference, contest.blocks, known.is_local);
    let (asked, setup) = (&args.asked, &contest.setup);
    ClientsRecord {
        schema: CLIENTS_SCHEMA.to_owned(),
        id: dyno_store::new_run_id(SystemTime::now()),
        at: known.at.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        target: known.target.to_owned(),
        case: ClientCase {
            profile: format!("{:?}", setup.profile).to_lowercase(),
            method: setup.requests[0].method.clone(),
            url: without_credentials(known.url),
            fields: setup.requests[0].headers.iter().map(|(name, _)| name.clone()).collect(),
            body_bytes: known.body_bytes,
            lanes: known.lanes,
            rate_per_s: args.played.rate,
            http: asked.http.clone(),
            timeout_ms: setup.timeout_ms,
            retries: asked.retries,
            keep_alive: asked.disable_keepalive.then_some(false),
            download_bytes: asked.download,
            tls: known.url.starts_with("https:"),
            operation: None,
            expected: Vec::new(),
            delay_ns: setup.delay_ns,
            redirects: asked.redirects,
        },
        seed: args.played.seed,
        blocks: contest.blocks,
        segment_ns: match contest.segment {
            Segment::Time(time) => u64::try_from(time.as_nanos()).unwrap_or(u64::MAX),
            Segment::Count(_) => mean_segment_ns(&outcome),
        },
        reference,
        floor: outcome.floor,
        control: outcome.control,
        entries: outcome.entries,
        cases: Vec::new(),
        methods: Vec::new(),
        left_out: Vec::new(),
        environment: dyno_host::fingerprint(),
        validity,
        reproduce: known.reproduce.to_owned(),
    }
}

fn mean_segment_ns(outcome: &Outcome) -> u64 {
    let walls: Vec<u64> =
        outcome.entries.iter().flat_map(|entry| &entry.segments).map(|segment| segment.wall_ns).collect();
    walls.iter().sum::<u64>() / (walls.len() as u64).max(1)
}

fn without_credentials(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut url) => {
            // Refused for URLs that cannot have any.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.to_string()
        }
        Err(_) => url.to_owned(),
    }
}

/// Whether the numbers are a ranking, and why not.
fn validity(outcome: &Outcome, reference: &str, blocks: u32, is_local: bool) -> Validity {
    let mut reasons = Vec::new();
    let mut note = |code: &str, state: ValidityState, detail: String| {
        reasons.push(Reason { code: code.to_owned(), state, detail });
    };
    let cores = dyno_host::usable_cores();
    if is_local && cores < CORES_LEAST {
        let detail = format!(
            "client and target share {cores} cores: compare the CPU that clients use, not how fast they are; a \
             ranking needs {CORES_LEAST} cores or a target elsewhere"
        );
        note("cores_shared", ValidityState::Suspect, detail);
    }
    if let Some(control) =
        outcome.control.as_ref().filter(|control| control.word != ClientWord::NoDifferenceShown)
    {
        let detail = format!(
            "{reference} against itself is said to be {}: the differences of this contest cannot be trusted",
            control.word.text()
        );
        note("control_differs", ValidityState::Invalid, detail);
    }
    let is_played =
        outcome.entries.iter().any(|entry| entry.label == reference && entry.state == ClientState::Ranked);
    if !is_played {
        note("no_reference", ValidityState::Invalid, format!("the reference {reference} was not measured"));
    }
    let compared = outcome.entries.iter().filter(|entry| entry.verdict.is_some()).count();
    let needed = blocks_least(compared);
    if blocks < needed {
        let detail =
            format!("{blocks} blocks cannot show much among {compared} clients; play {needed} or more");
        note("few_blocks", ValidityState::Suspect, detail);
    }
    if outcome.was_stopped {
        note("interrupted", ValidityState::Suspect, "the contest was stopped before its end".to_owned());
    }
    let state = reasons.iter().map(|reason| reason.state).max().unwrap_or(ValidityState::Valid);
    Validity { state, reasons }
}

/// Hides every secret in what workers said and what people wrote.
pub(super) fn redact(record: &mut ClientsRecord, redactor: &Redactor) {
    let hide = |text: &mut String| *text = redactor.redact(text);
    hide(&mut record.target);
    hide(&mut record.case.url);
    hide(&mut record.reproduce);
    for entry in &mut record.entries {
        hide(&mut entry.detail);
        hide(&mut entry.stderr);
        entry.segments.iter_mut().flat_map(|segment| &mut segment.doubts).for_each(&hide);
    }
}
